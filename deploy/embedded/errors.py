"""What can go wrong while the embedded default is created or started, said in sentences people can act on."""


class Trouble(Exception):
    """Something stands in the way; its text says what it is and what to do about it. Never shown as a traceback."""
