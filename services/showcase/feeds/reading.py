"""Reading the copied logs of a region as one: two queries, whatever is asked.

What is behind a place comes in the order of its recording, each log in its own order; between logs that order is only
what is known at that moment, since the copy of one may lag.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Engine

from services.showcase.feeds.copied import NAME, withheld
from services.showcase.feeds.places import NOT_BEGUN, SOURCES, At, Logs, Place
from services.showcase.feeds.visibility import may_read
from shared.cursors import Cursors, OutdatedCursor
from shared.envelope import TYPE_PREFIX
from shared.feed import Rights

# The copy's checkpoints say how far it goes: they are moved in the transaction that copies.
_HEADS = """
SELECT region, source, epoch, position FROM checkpoint
WHERE consumer = %s AND (%s::text[] IS NULL OR region = ANY(%s))
"""

_EVENTS = """
SELECT e.* FROM unnest(%(sources)s::text[], %(after)s::bigint[], %(to)s::bigint[]) AS l(source, after, "to")
CROSS JOIN LATERAL (
    SELECT source, position, type, type_version, recorded_at, wire FROM copied_event c
    WHERE c.region = %(region)s AND c.source = l.source AND c.position > l.after AND c.position <= l."to"
    ORDER BY c.position LIMIT %(limit)s
) e
"""

_EVENTS_OF_TYPES = """
SELECT e.* FROM unnest(%(sources)s::text[], %(after)s::bigint[], %(to)s::bigint[]) AS l(source, after, "to")
CROSS JOIN LATERAL (
    SELECT o.* FROM unnest(%(types)s::text[]) AS t(type) CROSS JOIN LATERAL (
        SELECT source, position, type, type_version, recorded_at, wire FROM copied_event c
        WHERE c.region = %(region)s AND c.source = l.source AND c.type = t.type
          AND c.position > l.after AND c.position <= l."to"
        ORDER BY c.position LIMIT %(limit)s
    ) o
    ORDER BY o.position LIMIT %(limit)s
) e
"""

_KEPT = """
SELECT coalesce(max(position), 0) FROM copied_event
WHERE (region, source) = (%s, %s) AND epoch < %s AND position <= %s
"""


class Copied(NamedTuple):
    """An event of the copy: `wire` is the CloudEvent with all that the copy holds of it."""

    source: str
    position: int
    type: str
    type_version: int
    recorded_at: datetime
    wire: bytes

    @property
    def cloud_type(self) -> str:
        """The CloudEvents `type`."""
        return f"{TYPE_PREFIX}{self.type}.v{self.type_version}"

    def as_seen_with(self, rights: Rights) -> bytes:
        """Give the CloudEvent as a reader may see it: without `data` where the payload is not for it."""
        return self.wire if may_read(self.type, rights(self.type)) else withheld(self.wire)


@dataclass(frozen=True)
class Found:
    """Events behind a place, the place behind them and what was passed over, and whether there is more."""

    events: Sequence[Copied]
    logs: Logs
    more: bool


class Copies:
    """The copied logs. Safe to use from several threads."""

    def __init__(self, engine: Engine, cursors: Cursors) -> None:
        """Take the application's engine, and what signs cursors."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._cursors = cursors

    def heads(self, regions: Collection[str] | None = None) -> dict[str, dict[str, At]]:
        """Give how far the copies of some regions' logs go, or of all: one query."""
        asked = None if regions is None else list(regions)
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(_HEADS, (NAME, asked, asked)).all()
        found: dict[str, dict[str, At]] = {}
        for region, source, epoch, position in rows:
            found.setdefault(region, {})[source] = At(epoch, position)
        return found

    def behind(self, place: Place, region: str, limit: int, types: Collection[str] | None = None) -> Found:
        """Give at most `limit` events of a region behind a place: two queries.

        Raises OutdatedCursor where a log was put back since.
        """
        heads = self.heads([region]).get(region, {})
        self._check(place, {region: heads})
        passed = place.logs(region)
        after = {source: passed.get(source, NOT_BEGUN).position for source in SOURCES}
        to = {source: heads.get(source, NOT_BEGUN).position for source in SOURCES}
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(
                _EVENTS if types is None else _EVENTS_OF_TYPES,
                {
                    "region": region,
                    "sources": list(SOURCES),
                    "after": list(after.values()),
                    "to": list(to.values()),
                    "limit": limit,
                    "types": None if types is None else sorted(types),
                },
            ).all()
        logs: dict[str, list[Copied]] = {source: [] for source in SOURCES}
        for row in rows:
            logs[row[0]].append(Copied(row[0], row[1], row[2], row[3], row[4], bytes(row[5])))
        for candidates in logs.values():
            candidates.sort(key=lambda each: each.position)
        # As each log is in its own order, an event whose clock was wrong waits for its turn and overtakes nothing.
        events = list(islice(merge(*logs.values(), key=lambda each: (each.recorded_at, each.source)), limit))
        behind = {}
        for source, candidates in logs.items():
            taken = sum(1 for each in events if each.source == source)
            if taken < len(candidates):
                position = candidates[taken].position - 1
            elif len(candidates) == limit:
                position = candidates[-1].position
            else:
                position = max(to[source], after[source])
            if position:
                behind[source] = At(heads[source].epoch if source in heads else passed[source].epoch, position)
        more = any(behind.get(source, NOT_BEGUN).position < to[source] for source in SOURCES)
        return Found(events, behind, more)

    def check(self, place: Place) -> None:
        """Raise OutdatedCursor where a log was put back since a place in it was passed: one query otherwise."""
        self._check(place, self.heads(list(place.regions)))

    def _check(self, place: Place, heads: Mapping[str, Logs]) -> None:
        put_back = [
            (region, source, head)
            for region, logs in heads.items()
            for source, head in logs.items()
            if _put_back(place.logs(region).get(source), head)
        ]
        if not put_back:
            return
        # Up to where the events are those of the former epoch, everything is as the subscriber has it.
        with self._engine.connect() as connection:
            for region, source, head in put_back:
                logs = dict(place.logs(region))
                kept = connection.exec_driver_sql(_KEPT, (region, source, head.epoch, logs[source].position))
                logs[source] = At(head.epoch, kept.scalar_one())
                place = place.moved(region, logs)
        raise OutdatedCursor(place.cursor(self._cursors))


def _put_back(passed: At | None, head: At) -> bool:
    return passed is not None and passed.position > 0 and passed.epoch != head.epoch
