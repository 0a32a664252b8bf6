"""Moments of a region: what a reader asks for, and the prefix of each of its logs that it stands for.

A moment is one prefix of every log of the region. As recorded at a time, that is the longest prefix of each log whose
times are not later, so that a clock that was once set back never shows half of what one log says in order.

    ?at=2026-11-21                   as recorded at the end of that day (western Indonesian time)
    ?at=2026-11-21T10:00+07:00       as recorded at that time; without a zone, western Indonesian time
    ?submission=120&review=40        up to these positions
    ?submission=120                  up to this position; the other log up to the time of that record
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from shared.domain import Invalid

SOURCES = ("submission", "review")

_WIB = ZoneInfo("Asia/Jakarta")
_POSITION = re.compile(r"\d{1,15}", re.ASCII)
# A plus sign that was not escaped arrives as a blank.
_LOST_PLUS = re.compile(r"(T[\d:.]+) (\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)

# Without positions and without a time, `at` is infinite: the heads.
_PREFIX = """
WITH heads AS (
    SELECT s.source, coalesce(max(c.position), 0) AS head
    FROM unnest(%(sources)s::text[]) AS s(source)
    LEFT JOIN copied_event c ON c.region = %(region)s AND c.source = s.source
    GROUP BY s.source
), given AS (
    SELECT g.source, g.position FROM unnest(%(given)s::text[], %(positions)s::bigint[]) AS g(source, position)
), bound AS (
    SELECT coalesce(
        %(at)s::timestamptz,
        (SELECT max(c.recorded_at) FROM given g
         JOIN copied_event c ON c.region = %(region)s AND c.source = g.source AND c.position = g.position),
        CASE WHEN EXISTS (SELECT FROM given) THEN '-infinity'::timestamptz ELSE 'infinity'::timestamptz END) AS at
)
SELECT p.source, p.head, p.position, c.recorded_at FROM (
    SELECT h.source, h.head, coalesce(
        (SELECT g.position FROM given g WHERE g.source = h.source),
        (SELECT min(c.position) - 1 FROM copied_event c
         WHERE c.region = %(region)s AND c.source = h.source AND c.recorded_at > (SELECT at FROM bound)),
        h.head) AS position
    FROM heads h
) p
LEFT JOIN copied_event c ON c.region = %(region)s AND c.source = p.source AND c.position = p.position
"""


class NoMoment(Invalid):
    """This must be a date such as 2026-11-21, or a time such as 2026-11-21T10:00."""


class NoPosition(Invalid):
    """This must be the position of a record: a whole number from 0 on."""


class BeyondHead(Invalid):
    """This log ends at record {head}."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: a time, or positions in some of the logs."""

    at: datetime | None = None
    day: bool = False
    positions: tuple[tuple[str, int], ...] = ()

    @property
    def anything(self) -> bool:
        """Whether a moment is asked for at all."""
        return self.at is not None or bool(self.positions)


@dataclass(frozen=True)
class Moment:
    """A prefix of each log of a region, by source; `recorded_at` is that of the newest record in it, if there is one.

    `asked_at` is the time that was asked for, None where positions were.
    """

    region: str
    positions: Mapping[str, int]
    heads: Mapping[str, int]
    recorded_at: datetime | None
    asked_at: datetime | None = None

    @property
    def at_head(self) -> bool:
        """Whether nothing was recorded after it."""
        return dict(self.positions) == dict(self.heads)

    @property
    def parameters(self) -> dict[str, str]:
        """Give it as the query parameters that ask for it again."""
        return {source: str(position) for source, position in self.positions.items()}

    def day(self) -> datetime:
        """Give its time in western Indonesian time: that asked for, else that of its newest record, else now."""
        return (self.asked_at or self.recorded_at or datetime.now(UTC)).astimezone(_WIB)


def asked(parameters: Mapping[str, str], name: str = "at", prefix: str = "") -> Asked:
    """Give what a query asks for; `name` is the parameter of the time, `prefix` stands before those of positions.

    Raises NoMoment or NoPosition, which name the parameter.
    """
    positions = []
    for source in SOURCES:
        text = parameters.get(prefix + source, "").strip()
        if text:
            if not _POSITION.fullmatch(text):
                raise NoPosition(field=prefix + source)
            positions.append((source, int(text)))
    if positions:
        return Asked(positions=tuple(positions))
    text = parameters.get(name, "").strip()
    return read(text, name) if text else Asked()


def read(text: str, field: str) -> Asked:
    """Give the moment of a date or time; raise NoMoment."""
    text = _LOST_PLUS.sub(r"\1+\2", text)
    try:
        if _DAY.fullmatch(text):
            day = datetime.combine(datetime.fromisoformat(text), time.min, _WIB)
            return Asked(at=(day + timedelta(days=1) - timedelta(microseconds=1)).astimezone(UTC), day=True)
        if _TIME.fullmatch(text):
            at = datetime.fromisoformat(text)
            # Pages show it in western Indonesian time, where the calendar may end earlier.
            return Asked(at=(at if at.tzinfo else at.replace(tzinfo=_WIB)).astimezone(_WIB).astimezone(UTC))
    except (ValueError, OverflowError):
        pass
    raise NoMoment(field=field)


def resolve(connection: Connection, region: str, what: Asked, prefix: str = "") -> Moment:
    """Give the moment that is asked for, in one statement; the heads where nothing is. Raises BeyondHead."""
    given = dict(what.positions)
    rows = connection.exec_driver_sql(
        _PREFIX,
        {
            "region": region,
            "sources": list(SOURCES),
            "given": list(given),
            "positions": list(given.values()),
            "at": what.at,
        },
    ).all()
    found = {row.source: row for row in rows}
    for source, position in given.items():
        if position > found[source].head:
            raise BeyondHead(field=prefix + source, head=found[source].head)
    return Moment(
        region=region,
        positions={source: found[source].position for source in SOURCES},
        heads={source: found[source].head for source in SOURCES},
        recorded_at=max((row.recorded_at for row in rows if row.recorded_at is not None), default=None),
        asked_at=what.at,
    )
