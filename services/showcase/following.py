"""The read model as its consumer fills it: in whichever schema is in use, which a rebuild may switch."""

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from services.showcase.projections import showcase
from shared.incoming import Handlers, Received
from shared.projection import Handler

# Whoever writes to the model shares this lock; whoever switches it to another schema holds it alone.
SWITCH_LOCK = int.from_bytes(hashlib.sha256(b"labinov showcase switch").digest()[:7], "big")


class Following:
    """The projection as the live consumer runs it: into whichever schema is active when the batch is applied."""

    batch = showcase.batch
    durable = showcase.durable

    @property
    def handlers(self) -> Handlers[Handler]:
        """The handlers of the projection."""
        return showcase.handlers

    def apply(self, connection: Connection, events: Sequence[Received]) -> Callable[[], None] | None:
        """Carry out what a batch changes, while no switch can take place."""
        # Two statements: the second must see what a switch committed while the first one waited for it.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(%s)", (SWITCH_LOCK,))
        return showcase.into(active_schema(connection)).apply(connection, events)


def active_schema(connection: Connection) -> str:
    """Give the name of the schema that is in use."""
    found = connection.exec_driver_sql("SELECT active FROM read_model WHERE name = %s", (showcase.name,))
    schema: str = found.scalar_one()
    return schema
