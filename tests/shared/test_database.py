"""The pool of connections: what the server ended is given to nobody."""

from sqlalchemy import Engine, text

from shared.database import make_engine
from tests.support import Database


def backend(engine: Engine) -> int:
    """Give the server's process of the one connection in a pool."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_connection_that_the_server_ended_is_replaced_before_anybody_gets_it(kernel_database: Database) -> None:
    engine, other = (make_engine(kernel_database.app_url, pool_size=1) for _ in range(2))
    try:
        first = backend(engine)
        assert backend(engine) == first
        with other.connect() as connection:
            ended = text("SELECT pg_terminate_backend(:pid, 30000)")  # milliseconds to wait for its end
            assert connection.scalar(ended, {"pid": first}) is True
        assert backend(engine) not in (first, 0)
    finally:
        engine.dispose()
        other.dispose()
