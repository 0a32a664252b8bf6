"""Events that a consumer could not apply: counted, parked with the rest of their stream, tried again or skipped.

States: `trying` (it failed, and the region waits for the next try), `parked` (given up; the region went on), `behind`
(a later event of a parked stream, which waits for it). A skipped one keeps its row, with the reason as `resolution`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.command_handler import Busy
from shared.incoming import Received
from shared.sources import SourceUnavailable

if TYPE_CHECKING:
    from shared.consumer import Consumer

# What is wrong is not the event: the same batch is tried again, and nothing is counted.
OPERATIONAL = (
    OperationalError,
    InterfaceError,
    InternalError,
    ProgrammingError,
    PoolTimeout,
    SourceUnavailable,
    Busy,
    OSError,
    MemoryError,
)

_COUNT = """
INSERT INTO parked AS p (consumer, source, region, position, stream, type, tries, state, error)
VALUES (%s, %s, %s, %s, %s, %s, 1, 'trying', %s)
ON CONFLICT (consumer, source, region, position) DO UPDATE SET tries = p.tries + 1, error = EXCLUDED.error
RETURNING tries
"""
_STATE = "UPDATE parked SET state = %s WHERE (consumer, source, region, position) = (%s, %s, %s, %s)"
_HOLD = """
INSERT INTO parked (consumer, source, region, position, stream, type, tries, state, error)
VALUES (%s, %s, %s, %s, %s, %s, 0, 'behind', 'waits for an earlier event of its stream')
ON CONFLICT DO NOTHING
"""
_SUCCEEDED = """
DELETE FROM parked WHERE (consumer, source, region) = (%s, %s, %s) AND position <= %s AND state = 'trying'
"""
_FORGET = "DELETE FROM parked WHERE (consumer, source, region) = (%s, %s, %s) AND position > %s"
_STREAMS = """
SELECT stream, state FROM parked
WHERE (consumer, source, region) = (%s, %s, %s) AND resolution IS NULL
"""
_LIST = """
SELECT consumer, source, region, position, stream, type, tries, state, error, since, resolution FROM parked
WHERE (%(consumer)s::text IS NULL OR consumer = %(consumer)s) AND (%(all)s OR resolution IS NULL)
ORDER BY consumer, source, region, position
"""
_WAITING = """
SELECT position FROM parked WHERE (consumer, source, region, stream) = (%s, %s, %s, %s)
AND state <> 'trying' AND resolution IS NULL ORDER BY position
"""
_APPLIED = "DELETE FROM parked WHERE (consumer, source, region, position) = (%s, %s, %s, %s)"
_SKIP = """
UPDATE parked SET resolution = %s WHERE (consumer, source, region, position) = (%s, %s, %s, %s)
AND state = 'parked' AND resolution IS NULL RETURNING stream
"""

_ERROR_LENGTH = 2000

_log = structlog.get_logger(__name__)


class NotParked(LookupError):
    """No parked event stands at this position."""


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that was not applied, why, and what became of it."""

    consumer: str
    source: str
    region: str
    position: int
    stream: str
    type: str
    tries: int
    state: str
    error: str
    since: datetime
    resolution: str | None


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry came to: how many events of the stream were applied, how many still wait, and why."""

    applied: int
    left: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of a region that are parked, and whether an event is being tried."""

    parked: frozenset[str]
    trying: bool


def streams(connection: Connection, consumer: str, source: str, region: str) -> Streams:
    """Give what a region's next events have to heed; the caller holds the checkpoint's lock."""
    rows = connection.exec_driver_sql(_STREAMS, (consumer, source, region)).all()
    return Streams(
        parked=frozenset(stream for stream, state in rows if state != "trying"),
        trying=any(state == "trying" for _, state in rows),
    )


def describe(error: Exception) -> str:
    """Give what an operator is to read of a failure; of a payload that does not fit, the fields and not the values."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        text = "; ".join(f"{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    elif isinstance(error, DBAPIError):
        text = str(error.orig).partition("\n")[0]
    else:
        text = str(error)
    return f"{type(error).__name__}: {text}".replace("\x00", "")[:_ERROR_LENGTH]


def count(connection: Connection, consumer: str, event: Received, error: str) -> int:
    """Note that an event failed once more; give how often it has."""
    row = connection.exec_driver_sql(_COUNT, (*_key(consumer, event), event.stream, event.type, error)).one()
    return int(row[0])


def park(connection: Connection, consumer: str, event: Received) -> None:
    """Give up on an event that was counted before."""
    connection.exec_driver_sql(_STATE, ("parked", *_key(consumer, event)))


def hold(connection: Connection, consumer: str, events: Sequence[Received]) -> None:
    """Note events that wait because an earlier one of their stream is parked."""
    for event in events:
        connection.exec_driver_sql(_HOLD, (*_key(consumer, event), event.stream, event.type))


def succeeded(connection: Connection, consumer: str, event: Received) -> None:
    """Forget the failures of events up to this one that went well in the end."""
    connection.exec_driver_sql(_SUCCEEDED, _key(consumer, event))


def forget(connection: Connection, consumer: str, source: str, region: str, *, after: int) -> None:
    """Forget what failed behind a position: the log was put back to it, or is read again from there."""
    connection.exec_driver_sql(_FORGET, (consumer, source, region, after))


def parked(engine: Engine, *, consumer: str | None = None, resolved: bool = False) -> list[Parked]:
    """Give what one consumer or all could not apply, in order; with `resolved` also what was skipped."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(_LIST, {"consumer": consumer, "all": resolved})
        return [Parked(*row) for row in rows]


def retry(consumer: "Consumer", region: str, stream: str) -> Retried:
    """Apply the parked events of a stream, in order, as far as it goes: the read model is as if nothing had been.

    Raises NotParked when none of the stream is parked, Halted, SourceUnavailable or SQLAlchemy's errors.
    """
    actions = []
    with consumer.engine.begin() as connection:
        consumer.lock(connection, region, 0)
        where = (consumer.name, consumer.source.name, region)
        waiting = [row[0] for row in connection.exec_driver_sql(_WAITING, (*where, stream))]
        if not waiting:
            raise NotParked(f"{consumer.name} {region} {stream}")
        error: str | None = None
        applied = 0
        for position in waiting:
            event = _fetch(consumer, region, position)
            try:
                with connection.begin_nested():
                    actions.append(consumer.effect.apply(connection, [event]))
                    connection.exec_driver_sql(_APPLIED, (*where, position))
            except OPERATIONAL:
                raise
            except Exception as failure:  # noqa: BLE001  # whatever it is, it is the answer
                error = describe(failure)
                count(connection, consumer.name, event, error)
                park(connection, consumer.name, event)
                break
            applied += 1
    for action in actions:
        if action is not None:
            action()
    _log.info("parked events retried", consumer=consumer.name, region=region, stream=stream, applied=applied)
    return Retried(applied=applied, left=len(waiting) - applied, error=error)


def skip(consumer: "Consumer", region: str, position: int, reason: str) -> Retried:
    """Leave a parked event out for good, with the reason, and apply what waited for it.

    Raises NotParked when no parked event stands there, ValueError without a reason, and what `retry` raises.
    """
    if not reason.strip():
        raise ValueError("say why the event is skipped")
    with consumer.engine.begin() as connection:
        consumer.lock(connection, region, 0)
        where = (consumer.name, consumer.source.name, region, position)
        row = connection.exec_driver_sql(_SKIP, (reason, *where)).one_or_none()
        if row is None:
            raise NotParked(f"{consumer.name} {region} {position}")
    _log.warning("parked event skipped", consumer=consumer.name, region=region, position=position, reason=reason)
    try:
        return retry(consumer, region, row[0])
    except NotParked:
        return Retried(applied=0, left=0, error=None)


def _fetch(consumer: "Consumer", region: str, position: int) -> Received:
    events = consumer.source.page(region, position - 1, 1).events
    if not events:
        raise SourceUnavailable(f"{consumer.source.name}/{region} has no event {position}")
    return events[0]


def _key(consumer: str, event: Received) -> tuple[str, str, str, int]:
    return consumer, event.source, event.region, event.position
