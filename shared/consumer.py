"""A consumer of one service's logs: checkpoint and effect in one transaction, region by region.

What a message brings is only a hint. A position at or below the checkpoint is dropped, the next one is applied, and
whatever lies between is read from the source. A failing event is tried some times, then parked with the later events
of its stream, while the region's other streams go on (`shared.parking`). A log that is not the one the checkpoint
was taken from halts its region until an operator acts.

    Gap                  what was offered begins behind the next position
    Stuck                a region waits for the next try of a failing event
    Halted               a region's log is not the one that was read so far
    NotResumed           a region does not go on like this: it is not halted, or has to be read anew
"""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import Connection, Engine

from shared import parking
from shared.event_log import Head
from shared.incoming import Received
from shared.parking import OPERATIONAL, Streams
from shared.sources import PAGE, LocalSource, Source

_PAGES_PER_MESSAGE = 10

# A plan made while a table was small would read it whole once it is large: batches always go by the index.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_BEGIN = f"SET LOCAL lock_timeout = '2s'; {BY_INDEX}"
_NOT_DURABLE = "; SET LOCAL synchronous_commit = off"

_LOCK = """
SELECT epoch, position, leaf_hash, halted FROM checkpoint
WHERE consumer = %s AND source = %s AND region = %s FOR UPDATE
"""

_FIRST = """
INSERT INTO checkpoint (consumer, source, region, epoch, position, leaf_hash) VALUES (%s, %s, %s, %s, 0, '')
ON CONFLICT DO NOTHING
"""

_MOVE = """
UPDATE checkpoint SET position = %s, leaf_hash = %s, moved_at = clock_timestamp()
WHERE consumer = %s AND source = %s AND region = %s
"""

_READ = """
SELECT region, epoch, position, leaf_hash, halted FROM checkpoint
WHERE consumer = %s AND source = %s AND (%s::text IS NULL OR region = %s)
"""

_HALT = "UPDATE checkpoint SET halted = %s WHERE consumer = %s AND source = %s AND region = %s AND halted IS NULL"

_RESUME = """
UPDATE checkpoint SET epoch = %s, position = %s, leaf_hash = %s, halted = NULL, moved_at = clock_timestamp()
WHERE consumer = %s AND source = %s AND region = %s AND halted IS NOT NULL AND (epoch, position) = (%s, %s)
"""

_BEHIND = """
SELECT u.consumer, h.region
FROM unnest(%s::text[]) AS u(consumer) CROSS JOIN log_head h
LEFT JOIN checkpoint c ON c.consumer = u.consumer AND c.source = %s AND c.region = h.region
WHERE (%s::text[] IS NULL OR h.region = ANY(%s))
  AND (c.epoch, c.position, c.leaf_hash) IS DISTINCT FROM (h.epoch, h.position, h.leaf_hash) AND c.halted IS NULL
ORDER BY h.region
"""

_log = structlog.get_logger(__name__)


class Gap(Exception):
    """What was offered begins behind the next position."""


class Stuck(Exception):
    """A region waits for the next try of a failing event."""


class Halted(Exception):
    """A region's log is not the one that was read so far."""


class NotResumed(Exception):
    """A region does not go on like this."""


class Effect(Protocol):
    """What a consumer does with events: a projection, or reactions with their command handler."""

    batch: int
    durable: bool

    @property
    def handlers(self) -> Container[str]:
        """The wire names of what is handled."""

    def apply(self, connection: Connection, events: Sequence[Received]) -> Callable[[], None] | None:
        """Carry out the events in order within the caller's transaction; give what is to be done after its commit."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a region's log was read: the epoch, the last position and the hash of the leaf there."""

    epoch: int
    position: int
    leaf_hash: bytes
    halted: str | None


class Consumer:
    """Reads the logs of one source under one name. Safe to use from several threads and processes at once."""

    def __init__(self, name: str, source: Source, effect: Effect, engine: Engine, *, parked_after: int = 5) -> None:
        """Take the checkpoints' name, where the events come from, what they do, and the database of both.

        `parked_after` is the number of tries after which an event is parked.
        """
        self.name = name
        self.source = source
        self.effect = effect
        self.engine = engine
        self.parked_after = parked_after
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    def deliver(self, region: str, epoch: int, events: Iterable[Received]) -> None:
        """Take what a message brought; what is missing before or within it is read from the source.

        Raises one of OPERATIONAL, after which the same events may be delivered again.
        """
        run = sorted({each.position: each for each in events}.values(), key=lambda each: each.position)
        if not run:
            return
        whole = run[-1].position - run[0].position + 1 == len(run)
        try:
            # A message of another epoch proves nothing: it may be an old one. The source knows.
            if whole and self._advance(region, run, epoch):
                return
            self._fill(region)
        except Gap:
            self._fill(region)
        except (Stuck, Halted) as reason:
            _log.info("not applied", consumer=self.name, source=self.source.name, region=region, reason=str(reason))

    def _fill(self, region: str) -> None:
        # Bounded, so that a message never takes longer than a worker may: the sweep does the rest.
        for _ in range(_PAGES_PER_MESSAGE):
            if not self.catch_up_page(region):
                return

    def catch_up(self, region: str) -> None:
        """Apply all that the source has of a region, by pages; also finds a log that was put back or exchanged.

        Raises one of OPERATIONAL; what was applied before stays applied.
        """
        while self.catch_up_page(region):
            pass

    def catch_up_all(self, *, threads: int = 4) -> None:
        """Apply all that the source has of all regions, several regions at a time; raises one of OPERATIONAL."""
        regions = self.behind(self.checkpoints(), self.source.heads())
        with ThreadPoolExecutor(threads, thread_name_prefix="catch-up") as pool:
            for _ in pool.map(self.catch_up, regions):
                pass

    def catch_up_page(self, region: str) -> bool:
        """Apply at most one page of a region; say whether there may be more. Raises one of OPERATIONAL."""
        try:
            return self._next_page(region)
        except (Stuck, Halted) as reason:
            _log.info("not caught up", consumer=self.name, source=self.source.name, region=region, reason=str(reason))
            return False

    def checkpoints(self, region: str | None = None) -> dict[str, Checkpoint]:
        """Give the checkpoints by region, of one region or of all: one query."""
        with self._autocommit.connect() as connection:
            rows = connection.exec_driver_sql(_READ, (self.name, self.source.name, region, region)).all()
        return {row[0]: Checkpoint(row[1], row[2], row[3], row[4]) for row in rows}

    def behind(self, checkpoints: dict[str, Checkpoint], heads: Iterable[Head]) -> list[str]:
        """Give the regions whose head is not the checkpoint's place; halted ones are left out.

        The checkpoints are to be read before the heads, or a head that another process went past looks put back.
        """
        found = []
        for head in heads:
            at = checkpoints.get(head.region)
            there = at is not None and (at.epoch, at.position, at.leaf_hash) == (
                head.epoch,
                head.position,
                head.leaf_hash,
            )
            if not there and not (at is not None and at.halted):
                found.append(head.region)
        return found

    def resume(self, region: str, after: int | None = None) -> Checkpoint:
        """Let a halted region go on, in its log's new epoch or once the log is back; give the place behind which.

        That is the checkpoint where its event is there, else the last event of the former epochs; `after` names an
        earlier place. What was done for events that are gone stays done; what is read twice changes nothing.
        Raises NotResumed, also for a read model that holds what is gone, or one of OPERATIONAL.
        """
        at = self.checkpoints(region).get(region)
        if at is None or at.halted is None:
            raise NotResumed(f"{self.name} is not halted in {region}")
        head = next((each for each in self.source.heads() if each.region == region), None)
        there = head is not None and self._hash_at(region, at.position) == at.leaf_hash
        if head is None or not (there or head.epoch > at.epoch):
            raise NotResumed(f"no new epoch of {self.source.name}/{region} was opened: bring back the log, or open one")
        place = at.position if there else min(at.position, self._last_before(head))
        if after is not None and not 0 <= after <= place:
            raise NotResumed(f"events behind {place} were not read: it can go on there, or from an earlier place")
        place = place if after is None else after
        if place < at.position and not self.effect.durable:
            raise NotResumed(f"{self.name} holds events of {region} that are gone: it has to be rebuilt")
        hashed = self._hash_at(region, place)
        key = (self.name, self.source.name, region)
        with self.engine.begin() as connection:
            moved = connection.exec_driver_sql(_RESUME, (head.epoch, place, hashed, *key, at.epoch, at.position))
            if moved.rowcount != 1:
                raise NotResumed(f"{self.name} was resumed in {region} meanwhile")
            parking.forget(connection, *key, after=place)
        _log.warning("region resumed", consumer=self.name, source=self.source.name, region=region, after=place)
        return Checkpoint(head.epoch, place, hashed, None)

    def _hash_at(self, region: str, position: int) -> bytes:
        """Give the leaf hash at a position, nothing at 0 or where there is no event."""
        events = self.source.page(region, position - 1, 1).events if position else ()
        return events[0].leaf_hash if events else b""

    def _last_before(self, head: Head) -> int:
        """Give the last position that was recorded before the epoch, by halves: epochs only grow along a log."""
        first, last = 0, head.position
        while first < last:
            middle = (first + last + 1) // 2
            if self.source.page(head.region, middle - 1, 1).events[0].epoch < head.epoch:
                first = middle
            else:
                last = middle - 1
        return first

    def _next_page(self, region: str) -> bool:
        at = self.checkpoints(region).get(region)
        if at is not None and at.halted:
            raise Halted(at.halted)
        position = at.position if at is not None else 0
        # The event at the checkpoint is read once more: its hash shows that this is still the same log.
        page = self.source.page(region, max(position - 1, 0), PAGE)
        events = page.events
        if at is not None and events and page.epoch != at.epoch:
            self._halt(region, f"the log is of epoch {page.epoch}, the checkpoint of {at.epoch}")
        if at is not None and position:
            if not events:
                self._halt(region, f"the log ends before {position}, the checkpoint: it was put back")
            if events[0].leaf_hash != at.leaf_hash:
                self._halt(region, f"another event stands at {position}, the checkpoint")
            events = events[1:]
        if events:
            size = self.effect.batch
            for start in range(0, len(events), size):
                if not self._advance(region, events[start : start + size], page.epoch):
                    return True
        return len(page.events) == PAGE

    def _advance(self, region: str, events: Sequence[Received], epoch: int) -> bool:
        """Apply contiguous events; where they fail, halve them until the one at fault is found.

        Gives False where the checkpoint is of another epoch. Raises Gap, Stuck, Halted or one of OPERATIONAL.
        """
        try:
            return self._commit(region, events, epoch)
        except (Gap, Halted, *OPERATIONAL):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is counted, and parked in the end
            if len(events) == 1:
                self._failed(region, events[0], epoch, error)
                return True
            middle = len(events) // 2
            return self._advance(region, events[:middle], epoch) and self._advance(region, events[middle:], epoch)

    def _commit(self, region: str, events: Sequence[Received], epoch: int) -> bool:
        """Apply those of the events that are new, and move the checkpoint, in one transaction."""
        with self.engine.begin() as connection:
            at = self.lock(connection, region, epoch)
            if at.epoch != epoch:
                return False
            new = [each for each in events if each.position > at.position]
            if not new:
                return True
            if new[0].position != at.position + 1:
                raise Gap(f"{new[0]} after {at.position}")
            # Asked under the lock, in a statement of its own: whoever held it before may have parked something.
            streams = parking.streams(connection, self.name, self.source.name, region)
            free = [each for each in new if each.stream not in streams.parked]
            after_commit = self.effect.apply(connection, free)
            if len(free) < len(new):
                self._hold(connection, streams, new)
            if streams.trying:
                parking.succeeded(connection, self.name, new[-1])
            self._move(connection, region, new[-1])
        if after_commit is not None:
            after_commit()
        return True

    def lock(self, connection: Connection, region: str, epoch: int) -> Checkpoint:
        """Lock a region's checkpoint, made where there is none, for the caller's transaction.

        Raises Halted, and OperationalError when the row stays busy.
        """
        key = (self.name, self.source.name, region)
        connection.exec_driver_sql(_BEGIN + ("" if self.effect.durable else _NOT_DURABLE))
        row = connection.exec_driver_sql(_LOCK, key).one_or_none()
        if row is None:
            connection.exec_driver_sql(_FIRST, (*key, epoch))
            row = connection.exec_driver_sql(_LOCK, key).one()
        if row[3] is not None:
            raise Halted(row[3])
        return Checkpoint(row[0], row[1], row[2], row[3])

    def _hold(self, connection: Connection, streams: Streams, events: Sequence[Received]) -> None:
        held = [each for each in events if each.stream in streams.parked and each.type in self.effect.handlers]
        parking.hold(connection, self.name, held)

    def _move(self, connection: Connection, region: str, to: Received) -> None:
        values = (to.position, to.leaf_hash, self.name, self.source.name, region)
        if connection.exec_driver_sql(_MOVE, values).rowcount != 1:
            raise AssertionError(f"the checkpoint of {self.name} in {region} is gone")

    def _failed(self, region: str, event: Received, epoch: int, error: Exception) -> None:
        """Count a failure; park the event when it was the last try, else raise Stuck."""
        why = parking.describe(error)
        with self.engine.begin() as connection:
            at = self.lock(connection, region, epoch)
            if at.position != event.position - 1:
                return
            tries = parking.count(connection, self.name, event, why)
            if tries < self.parked_after:
                _log.warning("event failed", consumer=self.name, what=str(event), tries=tries, error=why)
            else:
                parking.park(connection, self.name, event)
                self._move(connection, region, event)
                _log.error("event parked", consumer=self.name, what=str(event), tries=tries, error=why)
                return
        raise Stuck(f"{event} failed {tries} times: {why}")

    def _halt(self, region: str, reason: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(_HALT, (reason, self.name, self.source.name, region))
        _log.error("region halted", alarm=True, consumer=self.name, source=self.source.name, region=region, why=reason)
        raise Halted(reason)


class LocalModels:
    """The read models over the service's own logs: brought up to the heads before a list is read."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        """Take consumers of the service's own log, all with the log's own database."""
        if not all(isinstance(each.source, LocalSource) for each in consumers):
            raise TypeError("local models read the service's own log")
        self.consumers = {each.name: each for each in consumers}

    def catch_up(self, regions: Collection[str] | None = None) -> None:
        """Apply what these regions, or all, have that the read models lack. One query where they lack nothing.

        Raises one of OPERATIONAL.
        """
        for name, region in self.behind(regions):
            self.consumers[name].catch_up(region)

    def behind(self, regions: Collection[str] | None = None) -> list[tuple[str, str]]:
        """Give consumer and region wherever something is lacking: one query, none without consumers."""
        if not self.consumers:
            return []
        first = next(iter(self.consumers.values()))
        asked = None if regions is None else list(regions)
        with first.engine.connect() as connection:
            rows = connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                _BEHIND, (list(self.consumers), first.source.name, asked, asked)
            )
            return [(row[0], row[1]) for row in rows]
