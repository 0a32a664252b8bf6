"""What the page of an innovation says beyond its rows: the change, its kin, what citizens say, how it is cited."""
