"""Journeys: innovations from idea to display on real processes, undisturbed and disturbed."""
