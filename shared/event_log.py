"""The append-only log of each region: append in one statement, load a stream, read on, and say where the heads are.

Rows of a region's log lock in commit order on the head row, so positions are gapless and no reader skips one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from shared.domain import Event, Rejection
from shared.envelope import Catalogue, Erased, Meta, Prepared, Recorded
from shared.gate import Gate

FIRST_EPOCH = 1

_LOAD = """
SELECT h.epoch, i.request_hash, i.stream, i.stream_version, i.first_position, i.last_position,
       e.stream, e.stream_version, e.type, e.type_version, e.payload, l.leaf_hash
FROM (SELECT 1) AS one
LEFT JOIN log_head h ON h.region = %(region)s
LEFT JOIN idempotency i ON i.region = %(region)s AND i.key = %(key)s
LEFT JOIN event l ON l.region = %(region)s AND l.position = i.last_position
LEFT JOIN event e ON e.region = %(region)s AND e.stream = ANY(%(streams)s)
ORDER BY e.stream, e.stream_version
"""

_APPEND = """
WITH head AS (
    INSERT INTO log_head AS h (region, epoch, position, leaf_hash)
    VALUES (%(region)s::text, %(epoch)s, %(count)s, %(last_hash)s)
    ON CONFLICT (region) DO UPDATE SET position = h.position + %(count)s, leaf_hash = EXCLUDED.leaf_hash
    WHERE h.epoch = EXCLUDED.epoch
    RETURNING position - %(count)s AS base
), written AS (
    INSERT INTO event (region, position, stream, stream_version, type, type_version, event_id, recorded_at,
                       leaf, leaf_hash, payload, salt)
    SELECT %(region)s::text, head.base + new.ord, %(stream)s::text, new.stream_version,
           new.type, new.type_version, new.event_id, %(recorded_at)s, new.leaf, new.leaf_hash, new.payload, new.salt
    FROM head, unnest(%(versions)s::int[], %(types)s::text[], %(type_versions)s::int[], %(event_ids)s::uuid[],
                      %(leaves)s::bytea[], %(leaf_hashes)s::bytea[], %(payloads)s::bytea[], %(salts)s::bytea[])
         WITH ORDINALITY
         AS new(stream_version, type, type_version, event_id, leaf, leaf_hash, payload, salt, ord)
    RETURNING 1
), keyed AS (
    INSERT INTO idempotency (region, key, request_hash, stream, stream_version, first_position, last_position)
    SELECT %(region)s::text, %(key)s::text, %(request_hash)s, %(stream)s::text, %(last_version)s,
           head.base + 1, head.base + %(count)s
    FROM head WHERE %(key)s::text IS NOT NULL
    RETURNING 1
)
SELECT base, (SELECT count(*) FROM written), (SELECT count(*) FROM keyed) FROM head
"""

_COLUMNS = """e.region, e.position, e.stream, e.stream_version, e.type, e.type_version, e.event_id, e.recorded_at,
       e.leaf, e.leaf_hash, e.payload, e.salt"""

_READ = f"""
SELECT h.epoch, {_COLUMNS}
FROM event e JOIN log_head h ON h.region = e.region
WHERE e.region = %(region)s AND e.position > %(after)s ORDER BY e.position LIMIT %(limit)s
"""

_STREAM = f"""
SELECT h.epoch, {_COLUMNS}
FROM event e JOIN log_head h ON h.region = e.region
WHERE e.region = %(region)s AND e.stream = %(stream)s ORDER BY e.stream_version
"""

_HEADS = """
SELECT region, epoch, position, leaf_hash FROM log_head
WHERE %(regions)s::text[] IS NULL OR region = ANY(%(regions)s) ORDER BY region
"""

_OPENED = """
SELECT DISTINCT stream FROM event
WHERE region = %(region)s AND stream = ANY(%(streams)s) AND type = ANY(%(types)s)
"""


class WrongExpectedVersion(Exception):
    """The stream has moved on since it was loaded; nothing was appended."""


class EpochChanged(Exception):
    """The log was restored into a new epoch since it was loaded; nothing was appended."""


class KeyReused(Rejection):
    """This Idempotency-Key was already used for another request. Send a new key."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key that makes a retry safe, and the hash of the request that it belongs to."""

    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a region's log ends: its epoch, its last position and the hash of the leaf there."""

    region: str
    epoch: int
    position: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """The last event of a command in its log: what a receipt names. `log` is the origin that signed heads are of."""

    log: str
    service: str
    region: str
    epoch: int
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind: its stream and version, and the positions of its events.

    `first_position` is `last_position` + 1 where nothing had to be recorded; `replayed` says that this answers a
    repeated request, whose events were recorded earlier; `recorded` holds the events recorded just now, and
    `leaf` is of the last event in either case.
    """

    region: str
    stream: str
    version: int
    first_position: int
    last_position: int
    replayed: bool
    recorded: tuple[Recorded, ...] = ()
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Streams of one region as they stood at one moment, and the earlier outcome of the same key if there is one."""

    epoch: int
    streams: Mapping[str, Sequence[Event]]
    versions: Mapping[str, int]
    earlier: Outcome | None


class EventLog:
    """All regions' logs of one producing service, in its own database."""

    def __init__(self, engine: Engine, catalogue: Catalogue, origin: str = "labinov.id") -> None:
        """Take the application role's engine, the service's event types, and the deployment's part of the origin."""
        self.engine = engine
        self.origin = origin
        self.catalogue = catalogue
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._gate = Gate()

    @contextmanager
    def _connection(self, connection: Connection | None) -> Iterator[Connection]:
        """Give the caller's connection, or one on which each statement is its own transaction: one round trip."""
        if connection is not None:
            yield connection
        else:
            with self._autocommit.connect() as own:
                yield own

    def load(
        self,
        region: str,
        streams: Sequence[str],
        *,
        key: IdempotencyKey | None = None,
        connection: Connection | None = None,
    ) -> Loaded:
        """Give the events of some streams of one region, and what the key did before: one query.

        Raises KeyReused when the key belongs to another request.
        """
        with self._connection(connection) as conn:
            rows = conn.exec_driver_sql(
                _LOAD, {"region": region, "streams": list(streams), "key": key.key if key else None}
            ).all()
        events: dict[str, list[Event]] = {stream: [] for stream in streams}
        versions = dict.fromkeys(streams, 0)
        for row in rows:
            if row[6] is None:
                continue
            versions[row[6]] = row[7]
            decoded = self.catalogue.decode(row[8], row[9], row[10])
            if not isinstance(decoded, Erased):
                events[row[6]].append(decoded)
        first = rows[0]
        return Loaded(
            epoch=first[0] if first[0] is not None else FIRST_EPOCH,
            streams=events,
            versions=versions,
            earlier=self._earlier(region, key, first) if key and first[1] is not None else None,
        )

    def _earlier(self, region: str, key: IdempotencyKey, row: Sequence[Any]) -> Outcome:
        epoch, request_hash, stream, version, first, last = row[:6]
        if request_hash != key.request_hash:
            raise KeyReused(field="Idempotency-Key")
        return Outcome(
            region=region,
            stream=stream,
            version=version,
            first_position=first,
            last_position=last,
            replayed=True,
            leaf=self._leaf(region, epoch, last, row[11]),
        )

    def append(
        self,
        region: str,
        stream: str,
        expected_version: int,
        events: Sequence[Event],
        meta: Meta,
        *,
        epoch: int,
        key: IdempotencyKey | None = None,
        connection: Connection | None = None,
    ) -> Outcome:
        """Append events to a stream that stands at `expected_version`, with the key, in a single statement.

        Takes at least one event. With a connection it takes part in that transaction, inside a savepoint. Raises
        WrongExpectedVersion, EpochChanged or KeyReused, and outside a caller's transaction RegionBusy when the head
        is locked for longer than the engine waits; then nothing was written.
        """
        prepared = [
            self.catalogue.prepare(
                each, region=region, epoch=epoch, stream=stream, stream_version=expected_version + number, meta=meta
            )
            for number, each in enumerate(events, start=1)
        ]
        values = _append_values(region, stream, epoch, prepared, key)
        try:
            if connection is not None:
                with connection.begin_nested():
                    row = connection.exec_driver_sql(_APPEND, values).one_or_none()
            else:
                with self._gate.through(region), self._autocommit.connect() as conn:
                    row = conn.exec_driver_sql(_APPEND, values).one_or_none()
        except IntegrityError as error:
            # A lost race on the stream and a twin with the same key look alike: the key decides which it was.
            earlier = self.load(region, [stream], key=key, connection=connection).earlier if key else None
            if earlier is not None:
                return earlier
            raise WrongExpectedVersion(stream) from error
        if row is None:
            raise EpochChanged(region)
        base, written, keyed = row
        if (written, keyed) != (len(prepared), int(key is not None)):
            raise AssertionError(f"append wrote {written} events and {keyed} keys")
        return Outcome(
            region=region,
            stream=stream,
            version=expected_version + len(prepared),
            first_position=base + 1,
            last_position=base + len(prepared),
            replayed=False,
            recorded=tuple(
                self._recorded(region, epoch, base + number, each) for number, each in enumerate(prepared, start=1)
            ),
            leaf=self._leaf(region, epoch, base + len(prepared), prepared[-1].leaf_hash),
        )

    def _leaf(self, region: str, epoch: int, position: int, hashed: bytes) -> Leaf:
        service = self.catalogue.service
        return Leaf(
            log=f"{self.origin}/{service}/{region}/{epoch}",
            service=service,
            region=region,
            epoch=epoch,
            position=position,
            hash=hashed,
        )

    def _recorded(self, region: str, epoch: int, position: int, event: Prepared) -> Recorded:
        return Recorded(
            service=self.catalogue.service,
            region=region,
            epoch=epoch,
            position=position,
            stream=event.stream,
            stream_version=event.stream_version,
            type=event.type,
            type_version=event.type_version,
            event_id=event.event_id,
            recorded_at=event.recorded_at,
            leaf=event.leaf,
            leaf_hash=event.leaf_hash,
            payload=event.payload,
            salt=event.salt,
        )

    def read(
        self, region: str, after: int = 0, limit: int = 500, *, connection: Connection | None = None
    ) -> list[Recorded]:
        """Give the events of a region's log behind a position, in order, at most `limit`."""
        return self._select(_READ, {"region": region, "after": after, "limit": limit}, connection)

    def stream(self, region: str, stream: str, *, connection: Connection | None = None) -> list[Recorded]:
        """Give all events of one stream with their envelopes, in order: its history."""
        return self._select(_STREAM, {"region": region, "stream": stream}, connection)

    def _select(self, query: str, values: dict[str, Any], connection: Connection | None) -> list[Recorded]:
        with self._connection(connection) as conn:
            rows = conn.exec_driver_sql(query, values).all()
        service = self.catalogue.service
        return [
            Recorded(
                service=service,
                epoch=row[0],
                region=row[1],
                position=row[2],
                stream=row[3],
                stream_version=row[4],
                type=row[5],
                type_version=row[6],
                event_id=row[7],
                recorded_at=row[8],
                leaf=row[9],
                leaf_hash=row[10],
                payload=row[11],
                salt=row[12],
            )
            for row in rows
        ]

    def heads(self, regions: Collection[str] | None = None, *, connection: Connection | None = None) -> list[Head]:
        """Give the heads of some regions' logs, or of all, ordered by region: one query."""
        with self._connection(connection) as conn:
            rows = conn.exec_driver_sql(_HEADS, {"regions": None if regions is None else list(regions)}).all()
        return [Head(region=row[0], epoch=row[1], position=row[2], leaf_hash=row[3]) for row in rows]

    def opened_among(
        self, region: str, recorded: Iterable[Recorded], *, connection: Connection | None = None
    ) -> set[str]:
        """Give the streams with sealed events among these that were opened: one query, none without such events."""
        sealed = [(each.stream, opener) for each in recorded if (opener := self.catalogue[each.type].cls.opened_by)]
        return self.opened(
            region, {stream for stream, _ in sealed}, {opener for _, opener in sealed}, connection=connection
        )

    def opened(
        self, region: str, streams: Iterable[str], by: Iterable[str], *, connection: Connection | None = None
    ) -> set[str]:
        """Give those of the streams that hold an event of one of the types `by`: one query, none for no stream."""
        asked = list(streams)
        if not asked:
            return set()
        with self._connection(connection) as conn:
            rows = conn.exec_driver_sql(_OPENED, {"region": region, "streams": asked, "types": list(by)}).all()
        return {row[0] for row in rows}


def _append_values(
    region: str, stream: str, epoch: int, events: Sequence[Prepared], key: IdempotencyKey | None
) -> dict[str, Any]:
    if not events:
        raise ValueError("an append takes at least one event")
    return {
        "region": region,
        "epoch": epoch,
        "stream": stream,
        "count": len(events),
        "last_hash": events[-1].leaf_hash,
        "last_version": events[-1].stream_version,
        "recorded_at": events[0].recorded_at,
        "key": key.key if key else None,
        "request_hash": key.request_hash if key else None,
        "versions": [each.stream_version for each in events],
        "types": [each.type for each in events],
        "type_versions": [each.type_version for each in events],
        "event_ids": [each.event_id for each in events],
        "leaves": [each.leaf for each in events],
        "leaf_hashes": [each.leaf_hash for each in events],
        "payloads": [each.payload for each in events],
        "salts": [each.salt for each in events],
    }
