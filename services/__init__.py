"""The three services; they are strangers to one another."""
