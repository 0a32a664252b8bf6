"""Review for programs: JSON."""
