"""What a process of a service holds: closed with one call, and opened again by whoever goes on."""

from pathlib import Path

from sqlalchemy import text

from shared.kernel import Kernel
from tests.support import Database, Servers, make_settings


def open_connections(kernel: Kernel) -> int:
    """Give how many connections lie in the pool of a kernel."""
    return int(kernel.engine.pool.checkedin())  # type: ignore[attr-defined]  # QueuePool has it


def used(kernel: Kernel) -> Kernel:
    """Ask the database and have a client of a peer made."""
    with kernel.engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    assert not kernel.peers["review"].is_closed
    return kernel


def test_what_was_closed_opens_when_it_is_used_and_closes_again(servers: Servers, kernel_database: Database) -> None:
    settings = make_settings(servers, kernel_database, "ledger", peers={"review": "http://127.0.0.1:9"})
    kernel = Kernel("ledger", settings, Path(__file__).parent)
    for _ in range(2):
        peer = used(kernel).peers["review"]
        assert (open_connections(kernel), peer.is_closed) == (1, False)
        kernel.close()
        assert (open_connections(kernel), peer.is_closed) == (0, True)
