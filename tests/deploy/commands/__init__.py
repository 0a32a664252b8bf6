"""The sub-commands of `labinov`."""
