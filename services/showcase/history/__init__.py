"""The past of a region out of the copy of its logs: as it was at a moment, what changed since, and why a number is."""
