"""The copied events of a region as they are read for people: a page of the timeline, one event, its cause and effects.

Both logs of a region are merged by the time of recording; within one log the order of positions always stands. A
place in the merged logs is a moment: everything up to these positions, and the rest after them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.showcase.history.moments import SOURCES
from shared.incoming import Received, parse

_EXPRESSION = r"substring(encode(substring(c.wire from 1 for 200), 'escape') from '{}')"
# The members of an envelope stand in canonical order: these two are its first. `_CAUSE` has an index.
_ACTOR = _EXPRESSION.format(r'^\{"actor":"([^"]*)"')
_CAUSE = _EXPRESSION.format(r'^\{"actor":"[^"]*","causationid":"([^"]*)"')

_FILTERS = f"""
    AND (%(stream)s::text IS NULL OR c.stream = %(stream)s)
    AND (%(type)s::text IS NULL OR c.type = %(type)s)
    AND (%(actor)s::text IS NULL OR {_ACTOR} = %(actor)s)
"""
_AFTER = f"""
SELECT e.wire FROM unnest(%(sources)s::text[], %(positions)s::bigint[]) AS s(source, position)
CROSS JOIN LATERAL (
    SELECT c.wire, c.position FROM copied_event c
    WHERE c.region = %(region)s AND c.source = s.source AND c.position > s.position {_FILTERS}
    ORDER BY c.position LIMIT %(limit)s
) e ORDER BY s.source, e.position
"""
_UPTO = f"""
SELECT e.wire FROM unnest(%(sources)s::text[], %(positions)s::bigint[]) AS s(source, position)
CROSS JOIN LATERAL (
    SELECT c.wire, c.position FROM copied_event c
    WHERE c.region = %(region)s AND c.source = s.source AND c.position <= s.position {_FILTERS}
    ORDER BY c.position DESC LIMIT %(limit)s
) e ORDER BY s.source, e.position DESC
"""

_TYPES = "SELECT DISTINCT type FROM copied_event WHERE region = %s ORDER BY type"

# The event itself, those beside it in its log, what caused it, and what it caused.
_ONE = f"""
WITH one AS (
    SELECT c.region, c.source, c.position, c.event_id, c.wire, {_CAUSE} AS cause FROM copied_event c
    WHERE c.region = %(region)s AND c.source = %(source)s AND c.position = %(position)s
)
SELECT 'itself' AS what, wire FROM one
UNION ALL
SELECT 'cause', c.wire FROM one JOIN copied_event c ON c.region = one.region AND c.event_id::text = one.cause
UNION ALL
SELECT * FROM (
    SELECT 'effect', c.wire FROM one JOIN copied_event c ON {_CAUSE} = one.event_id::text AND {_CAUSE} IS NOT NULL
    ORDER BY c.recorded_at, c.source, c.position LIMIT %(limit)s
) e
UNION ALL
SELECT 'before', c.wire FROM one JOIN copied_event c ON (c.region, c.source, c.position) =
    (one.region, one.source, one.position - 1)
UNION ALL
SELECT 'after', c.wire FROM one JOIN copied_event c ON (c.region, c.source, c.position) =
    (one.region, one.source, one.position + 1)
"""

_AT = """
SELECT wire FROM copied_event WHERE region = %(region)s AND source = %(source)s AND position = ANY(%(positions)s)
ORDER BY position
"""

# The newest but one record up to a moment, and the first after it: what "earlier" and "later" lead to.
_BESIDE = """
SELECT 'earlier' AS what, e.* FROM unnest(%(sources)s::text[], %(positions)s::bigint[]) AS s(source, upto)
CROSS JOIN LATERAL (
    SELECT c.source, c.position, c.recorded_at FROM copied_event c
    WHERE c.region = %(region)s AND c.source = s.source AND c.position <= s.upto
      AND (%(streams)s::text[] IS NULL OR c.stream = ANY(%(streams)s))
    ORDER BY c.position DESC LIMIT 2
) e
UNION ALL
SELECT 'later', e.* FROM unnest(%(sources)s::text[], %(positions)s::bigint[]) AS s(source, upto)
CROSS JOIN LATERAL (
    SELECT c.source, c.position, c.recorded_at FROM copied_event c
    WHERE c.region = %(region)s AND c.source = s.source AND c.position > s.upto
      AND (%(streams)s::text[] IS NULL OR c.stream = ANY(%(streams)s))
    ORDER BY c.position LIMIT 1
) e
"""

EFFECTS = 50


@dataclass(frozen=True)
class Filter:
    """Which events are wanted; None leaves a dimension open."""

    stream: str | None = None
    type: str | None = None
    actor: str | None = None
    source: str | None = None

    def parameters(self) -> dict[str, str]:
        """Give what is asked for as query parameters."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Page:
    """A page of the merged logs in the order asked for; `beyond` is the place from which it goes on, None at the end.

    `start` is the place that it begins at.
    """

    events: Sequence[Received]
    start: Mapping[str, int]
    beyond: Mapping[str, int] | None


@dataclass(frozen=True)
class Story:
    """An event with its neighbours in the log, what caused it and what it caused (at most EFFECTS of them)."""

    event: Received
    before: Received | None
    after: Received | None
    cause: Received | None
    effects: Sequence[Received]


def page(
    connection: Connection, region: str, place: Mapping[str, int], wanted: Filter, *, forward: bool, limit: int
) -> Page:
    """Give the events after a place, oldest first, or those up to it, newest first. One statement."""
    sources = [source for source in SOURCES if wanted.source in (None, source)]
    rows = connection.exec_driver_sql(
        _AFTER if forward else _UPTO,
        {
            "region": region,
            "sources": sources,
            "positions": [place[source] for source in sources],
            "stream": wanted.stream,
            "type": wanted.type,
            "actor": wanted.actor,
            "limit": limit + 1,
        },
    ).all()
    logs: dict[str, list[Received]] = {source: [] for source in sources}
    for row in rows:
        event = parse(bytes(row.wire))
        logs[event.source].append(event)
    taken = _merge(list(logs.values()), limit, forward=forward)
    beyond = dict(place)
    for event in taken:
        beyond[event.source] = event.position if forward else event.position - 1
    return Page(events=taken, start=place, beyond=beyond if len(rows) > len(taken) else None)


def _merge(logs: Sequence[Sequence[Received]], limit: int, *, forward: bool) -> list[Received]:
    """Merge logs by the time of recording without ever breaking the order of one: the earliest head is next."""
    heads = [0] * len(logs)
    taken: list[Received] = []
    while len(taken) < limit:
        open_ = [n for n, log in enumerate(logs) if heads[n] < len(log)]
        if not open_:
            break
        # Of two records of one time that of submission is the earlier: what it records is what review answers to.
        key = {n: (logs[n][heads[n]].recorded_at, SOURCES.index(logs[n][heads[n]].source)) for n in open_}
        chosen = min(open_, key=key.__getitem__) if forward else max(open_, key=key.__getitem__)
        taken.append(logs[chosen][heads[chosen]])
        heads[chosen] += 1
    return taken


def types(connection: Connection, region: str) -> list[str]:
    """Give the types of events that a region's logs hold."""
    return list(connection.exec_driver_sql(_TYPES, (region,)).scalars())


def story(connection: Connection, region: str, source: str, position: int) -> Story | None:
    """Give an event with what stands around it, in one statement; None where there is none."""
    parameters = {"region": region, "source": source, "position": position, "limit": EFFECTS}
    found: dict[str, list[Received]] = {}
    for row in connection.exec_driver_sql(_ONE, parameters):
        found.setdefault(row.what, []).append(parse(bytes(row.wire)))
    if "itself" not in found:
        return None

    def one(what: str) -> Received | None:
        return found[what][0] if what in found else None

    return Story(found["itself"][0], one("before"), one("after"), one("cause"), found.get("effect", []))


def at(connection: Connection, region: str, source: str, positions: Iterable[int]) -> list[Received]:
    """Give the events at these places of a log, as far as they were copied, in their order. One statement."""
    parameters = {"region": region, "source": source, "positions": list(positions)}
    return [parse(bytes(row.wire)) for row in connection.exec_driver_sql(_AT, parameters)]


@dataclass(frozen=True)
class Beside:
    """Where the state before and after a moment is found, as query parameters; None at either end."""

    earlier: Mapping[str, str] | None
    later: Mapping[str, str] | None


def beside(
    connection: Connection, region: str, positions: Mapping[str, int], streams: Iterable[str] | None = None
) -> Beside:
    """Give what leads to the states beside a moment, as these streams or the whole region changed. One statement."""
    rows = connection.exec_driver_sql(
        _BESIDE,
        {
            "region": region,
            "sources": list(SOURCES),
            "positions": [positions[source] for source in SOURCES],
            "streams": None if streams is None else list(streams),
        },
    ).all()

    def key(row: Row[Any]) -> tuple[datetime, int, int]:
        return row.recorded_at, SOURCES.index(row.source), row.position

    earlier = sorted((row for row in rows if row.what == "earlier"), key=key)
    later = sorted((row for row in rows if row.what == "later"), key=key)
    return Beside(
        earlier={earlier[-2].source: str(earlier[-2].position)} if len(earlier) > 1 else None,
        later={later[0].source: str(later[0].position)} if later else None,
    )
