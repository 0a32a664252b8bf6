"""`labinov down`: stop everything that `labinov up` started, wherever it was started from."""

from rich.console import Console

from deploy.embedded import environment
from deploy.embedded.state import State
from deploy.embedded.supervisor import Supervisor


def down() -> None:
    """Stop Labinov on this machine; its data stays."""
    home = environment.home()
    stopped = home.exists() and Supervisor(State(home)).stop()
    Console(highlight=False).print("Stopped." if stopped else "Labinov was not running.")
