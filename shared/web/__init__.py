"""The shell every page sits in: layout, components, static files, translations. See README.md for the macros."""
