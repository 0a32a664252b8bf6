"""Rows for the national systems: what each asks for by year, as data, and what an innovation still lacks for it."""
