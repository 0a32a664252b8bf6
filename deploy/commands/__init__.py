"""The sub-commands of `labinov`, one file each."""
