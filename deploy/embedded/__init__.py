"""The embedded default: everything Labinov needs, as ordinary processes of one machine, from wheels."""
