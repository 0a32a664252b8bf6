"""What the page of an innovation says beyond its rows."""
