"""What review shows in lists, from its own log; and the dossier, from submission's."""
