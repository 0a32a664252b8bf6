"""The copy of the producers' logs: every event as it arrived, known or not, filled by a consumer of its own.

It stands outside the read model's versioned schemas, so that a rebuild never moves a subscriber's place in it. The
showcase reads the logs as a service does, so a sealed payload is never in it: what was sealed stays withheld here
even after it was opened, and is read from its producer's own feed.

Erasures are obeyed here, in the order of the log, so that no event still on its way brings a payload back behind one.
"""

from collections.abc import Callable, Collection, Sequence

import structlog
from pydantic_core import to_json
from sqlalchemy import Connection

from shared.erasure import PayloadsErased, PersonErased, forget_person
from shared.incoming import Handlers, Reader, Received, parse

NAME = "copy"

AfterCopy = Callable[[Collection[str]], None]
"""Is told the regions that have new events, after their commit; best effort, so what it tells may get lost."""

AlsoErase = Callable[[Connection, str, str, Collection[int]], None]
"""Forgets what else was kept of events of a region's log whose payloads go, within the same transaction."""

_INSERT = """
INSERT INTO copied_event
    (region, source, position, epoch, stream, type, type_version, event_id, recorded_at, wire)
SELECT %s, %s, u.* FROM unnest(
    %s::bigint[], %s::int[], %s::text[], %s::text[], %s::int[], %s::uuid[], %s::timestamptz[], %s::bytea[]
) AS u
ON CONFLICT DO NOTHING
"""

_TO_REDACT = """
SELECT position, wire FROM copied_event
WHERE (region, source) = (%s, %s) AND position = ANY(%s::bigint[]) FOR UPDATE
"""

_REDACT = """
UPDATE copied_event c SET wire = u.wire FROM unnest(%s::bigint[], %s::bytea[]) AS u(position, wire)
WHERE (c.region, c.source, c.position) = (%s, %s, u.position)
"""

_FORGET_LETTERS = "DELETE FROM mail WHERE recipient_person = %(person)s::uuid"

_HALTED = "DELETE FROM checkpoint WHERE consumer = %s AND halted IS NOT NULL RETURNING region, source"
_FORGET = "DELETE FROM copied_event WHERE (region, source) = (%s, %s)"
_FORGET_PARKED = "DELETE FROM parked WHERE (consumer, region, source) = (%s, %s, %s)"

_ERASED, _PERSON = Reader(PayloadsErased), Reader(PersonErased)

_log = structlog.get_logger(__name__)


class _EveryType(Handlers[Callable[..., None]]):
    """Every type is copied, whatever it is; none is read, so no version is unknown and nothing fails for its shape."""

    def __contains__(self, wire_name: object) -> bool:
        return True


class Copy:
    """The effect of the consumer named `copy`: events into the table, then word to whoever waits for them."""

    batch = 500
    # What a crash of the database may undo here is read from the log again, to the same positions.
    durable = False
    handlers = _EveryType()

    def __init__(self, after_copy: Sequence[AfterCopy] = (), also_erase: Sequence[AlsoErase] = ()) -> None:
        """Take whom to tell of the regions that have new events, and what else forgets payloads that must go."""
        self._after_copy = tuple(after_copy)
        self._also_erase = tuple(also_erase)

    def apply(self, connection: Connection, events: Sequence[Received]) -> Callable[[], None] | None:
        """Copy the events of one region's log, in one statement; those that are there stay as they are."""
        if not events:
            return None
        region, source = events[0].region, events[0].source
        connection.exec_driver_sql(
            _INSERT,
            (
                region,
                source,
                [each.position for each in events],
                [each.epoch for each in events],
                [each.stream for each in events],
                [each.type for each in events],
                [each.version for each in events],
                [each.event_id for each in events],
                [each.recorded_at for each in events],
                # The members stand in the order they came in, so that these are the producer's very bytes.
                [to_json(each.wire) for each in events],
            ),
        )
        for each in events:
            erased = _obey(connection, each)
            for also in self._also_erase if erased else ():
                also(connection, region, source, erased)
        return (lambda: self._tell({region})) if self._after_copy else None

    def _tell(self, regions: Collection[str]) -> None:
        for each in self._after_copy:
            try:
                each(regions)
            except Exception as error:  # noqa: BLE001  # word is best effort: whoever waits also looks by itself
                _log.warning("no word of new events", error=type(error).__name__)


def _obey(connection: Connection, event: Received) -> Collection[int]:
    """Do what an erasure asks: forget the person, remove the payloads; give the positions of these.

    Raises UnknownVersion for one not understood.
    """
    erased: Collection[int] = ()
    if event.data is None:
        return erased
    if event.type == _ERASED.wire_name:
        erased = _ERASED.read(event).positions
    elif event.type == _PERSON.wire_name:
        person = _PERSON.read(event).person
        forget_person(connection, person)
        connection.exec_driver_sql(_FORGET_LETTERS, {"person": person})
        # Who it was is nobody's to read from here.
        erased = [event.position]
    if erased:
        redact(connection, event.region, event.source, erased)
    return erased


def withheld(wire: bytes) -> bytes:
    """Give the same event without its `data`: what a reader gets who may not see it, and what erasure leaves."""
    event = parse(wire)
    if "data" not in event.wire:
        return wire
    # The members of a leaf stand in canonical order already; `leaf_of` would only find the same bytes more slowly.
    return to_json({name: value for name, value in event.wire.items() if name != "data"})


def redact(connection: Connection, region: str, source: str, positions: Collection[int]) -> int:
    """Remove the payloads of these events of a region's log within the caller's transaction; give how many are there.

    To be called by what applies the event that tells of the erasure: with `Copy`, so that events still on their way
    cannot bring a payload back behind it.
    """
    where = (region, source, list(positions))
    rows = connection.exec_driver_sql(_TO_REDACT, where).all()
    connection.exec_driver_sql(
        _REDACT, ([row[0] for row in rows], [withheld(bytes(row[1])) for row in rows], region, source)
    )
    return len(rows)


def forget_halted(connection: Connection) -> list[tuple[str, str]]:
    """Forget the copies of logs that are not the ones they were taken from, so that they are read anew.

    That is after a log was put back and a new epoch opened, as part of a rebuild. Gives their regions and sources.
    """
    halted = [(row[0], row[1]) for row in connection.exec_driver_sql(_HALTED, (NAME,)).all()]
    for region, source in halted:
        connection.exec_driver_sql(_FORGET, (region, source))
        connection.exec_driver_sql(_FORGET_PARKED, (NAME, region, source))
    return halted
