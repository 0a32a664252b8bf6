"""Faults: what kills, alters and delays, and what must hold all the same."""
