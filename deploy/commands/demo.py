"""`labinov demo`: play the demonstration by hand, on an installation of this machine that is running."""

from rich.console import Console

from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.state import State
from deploy.embedded.supervisor import Supervisor


def demo() -> None:
    """Play the demonstration: five laboratories and the innovations of many regions. A repetition doubles nothing."""
    # It speaks all services' languages, which other commands need not read.
    from deploy.demo.__main__ import play
    from deploy.demo.messages import Access

    home = environment.home()
    if not home.exists() or not Supervisor(State(home)).running():
        raise Trouble("Labinov is not running; `make up` starts it.")
    told = environment.machine(State(home))
    access = Access(
        public_url=told["LABINOV_PUBLIC_URL"],
        issuer=told["LABINOV_ISSUER"],
        client_id=told["LABINOV_CLIENT_ID"],
        client_secret=told["LABINOV_CLIENT_SECRET"],
    )
    play(access, Console(highlight=False))
