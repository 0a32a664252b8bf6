"""Filling an empty schema from showcase's own copy of the logs, whole regions at a time.

The copy holds every event as a service may read it, but for payloads that were sealed once, which the projection does
not handle: what it has need not be asked of the producers again. A region's events in one batch become one insert a
table, where events that come page after page update rows over and over. What the copy lacks, or what fails, is left to
the consumers, which go on behind the checkpoints.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection

from services.showcase.feeds.copied import NAME as COPY
from services.showcase.projections import showcase
from shared.consumer import BY_INDEX, Checkpoint, Consumer
from shared.event_log import Head
from shared.incoming import Received, parse
from shared.parking import OPERATIONAL
from shared.sources import Source

# Events whose writes are merged before they are sent: more are not quicker, and wait in memory.
BATCH = 5000
# Objects more than before, of which most belong to the batches that are at work.
COLLECTED_AFTER = 200_000

_COPIES = "SELECT region, epoch, position, leaf_hash, halted FROM checkpoint WHERE (consumer, source) = (%s, %s)"

# What the copy could not take in stands parked, and is missing from it.
_WHOLE = """
SELECT w.region FROM unnest(%s::text[], %s::bigint[]) AS w(region, upto)
WHERE w.upto = (SELECT count(*) FROM copied_event c
                WHERE (c.region, c.source) = (w.region, %s) AND c.position <= w.upto)
"""

_EVENTS = """
SELECT c.wire FROM unnest(%s::text[], %s::bigint[]) AS w(region, upto)
JOIN copied_event c ON c.region = w.region AND c.source = %s AND c.position <= w.upto
WHERE c.type = ANY(%s) ORDER BY c.region, c.position
"""

_REACHED = """
INSERT INTO checkpoint (consumer, source, region, epoch, position, leaf_hash, moved_at)
SELECT %s, %s, u.*, clock_timestamp() FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bytea[]) AS u
"""

_UNBOUNDED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"

_log = structlog.get_logger(__name__)


def fill_from_copy(consumers: Sequence[Consumer], threads: int) -> None:
    """Apply what the copy holds of each consumer's source, and set the consumers' checkpoints, which must be none.

    A region whose events cannot be applied so is left as it is. Raises one of `shared.consumer.OPERATIONAL`.
    """
    with _seldom_collected(), ThreadPoolExecutor(threads) as pool:
        for consumer in consumers:
            heads = {each.region: each for each in consumer.source.heads()}
            with consumer.engine.connect() as connection:
                # Where the copy is behind, the producer is asked meanwhile.
                connection.exec_driver_sql(_UNBOUNDED)
                held = held_in(connection, consumer.source, heads)
            for _ in pool.map(lambda part, consumer=consumer: _fill(consumer, part), _parts(held)):
                pass


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Have the garbage collector come rarely: it takes a fifth of the time, and what a batch makes goes without it."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def held_in(connection: Connection, source: Source, heads: Mapping[str, Head]) -> dict[str, Checkpoint]:
    """Give the places up to which the copy holds the very log of the source whose heads these are, by region."""
    rows = connection.exec_driver_sql(_COPIES, (COPY, source.name)).all()
    found = {row[0]: Checkpoint(*row[1:]) for row in rows if row[0] in heads and row[2]}
    same = {region: at for region, at in found.items() if _same(source, at, heads[region])}
    places = (list(same), [at.position for at in same.values()], source.name)
    whole = connection.exec_driver_sql(_WHOLE, places).scalars().all()
    return {region: same[region] for region in sorted(whole)}


def _same(source: Source, at: Checkpoint, head: Head) -> bool:
    """Whether the copy's newest event stands in the log: where a log was put back, it does not."""
    if at.halted or at.epoch != head.epoch or at.position > head.position:
        return False
    if at.position == head.position:
        return at.leaf_hash == head.leaf_hash
    events = source.page(head.region, at.position - 1, 1).events
    return bool(events) and events[0].leaf_hash == at.leaf_hash


def _parts(held: dict[str, Checkpoint]) -> Iterator[dict[str, Checkpoint]]:
    """Give the regions in parts of about a batch; a larger region is a part of its own."""
    part: dict[str, Checkpoint] = {}
    events = 0
    for region, at in held.items():
        if part and events + at.position > BATCH:
            yield part
            part, events = {}, 0
        part[region] = at
        events += at.position
    if part:
        yield part


def _fill(consumer: Consumer, part: dict[str, Checkpoint]) -> None:
    """Apply the events of these regions in one transaction, and set their checkpoints; region by region if it fails."""
    try:
        with consumer.engine.begin() as connection:
            connection.exec_driver_sql(f"{_UNBOUNDED}; {BY_INDEX}; SET LOCAL synchronous_commit = off")
            for events in _read(connection, consumer.source.name, part):
                consumer.effect.apply(connection, events)
            connection.exec_driver_sql(
                _REACHED,
                (
                    consumer.name,
                    consumer.source.name,
                    list(part),
                    [at.epoch for at in part.values()],
                    [at.position for at in part.values()],
                    [at.leaf_hash for at in part.values()],
                ),
            )
    except OPERATIONAL:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the consumer finds the event and parks it
        if len(part) > 1:
            for region, at in part.items():
                _fill(consumer, {region: at})
        else:
            _log.warning("left to the consumer", region=next(iter(part)), error=type(error).__name__)


def _read(connection: Connection, source: str, part: dict[str, Checkpoint]) -> Iterator[Sequence[Received]]:
    """Give the events of these regions that are handled at all, in order, in batches."""
    places = (list(part), [at.position for at in part.values()])
    rows = connection.exec_driver_sql(
        _EVENTS,
        (*places, source, [cls.wire_name for cls in showcase.handlers]),
        execution_options={"stream_results": True, "yield_per": BATCH},
    )
    return ([parse(wire) for wire in wires] for wires in rows.scalars().partitions())
