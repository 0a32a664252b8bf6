"""Engines: one style everywhere, sync SQLAlchemy 2 on psycopg 3."""

import select
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError


def make_engine(url: str, *, pool_size: int = 5, application: str = "labinov", **options: Any) -> Engine:
    """Give an engine on PostgreSQL whose statements and locks have bounds.

    Takes a URL `postgresql+psycopg://…`, the size of the pool and the name shown in pg_stat_activity. A connection that
    the server ended while it lay in the pool is replaced before anybody gets it.
    """
    engine = create_engine(
        make_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        # What people wrote has no place in a log, and an error's message would carry it there.
        hide_parameters=True,
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            # A request that stops while it holds a head row must free its region by itself: reliability.md, 5 s.
            # Who waits for a lock holds a thread, so nobody waits long: see gate.py.
            "options": "-c lock_timeout=1s -c statement_timeout=30s -c idle_in_transaction_session_timeout=5s"
            " -c client_connection_check_interval=1s -c timezone=UTC",
        },
        **options,
    )
    event.listen(engine, "checkout", _still_there)
    return engine


def _still_there(connection: Any, record: Any, proxy: Any) -> None:
    """Refuse a connection on which the server has hung up: it is readable though nobody asked. Costs no round trip."""
    if not connection.closed:
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN)
        if not waiting.poll(0):
            return
    raise DisconnectionError("the server ended the connection")
