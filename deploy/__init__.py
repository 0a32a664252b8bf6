"""How Labinov is run: the command, the embedded default, the demonstration, containers."""
