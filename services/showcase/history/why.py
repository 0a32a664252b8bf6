"""Why a number is what it is: exactly the innovations that were counted, each with the record that makes it count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.showcase import queries
from services.showcase.counts import COUNTS
from services.showcase.queries import Model, Rows
from services.showcase.views import Tally
from shared.domain import Invalid

LIMIT = 200

# The counts that a stated number is held against, by the day that it was stated for.
STATED_AGAINST = ("registered", "launched", "displayed")

_COUNTED = """
SELECT i.innovation_id, i.title, i.unit_id, i.stage, i.status, i.is_example, i.first_position, i.proposed_on,
       i.launched_on, i.displayed_on, u.name AS unit_name,
       e.position, e.kind, e.from_stage, e.to_stage, e.happened_on, e.recorded_at
FROM {{s}}.innovation i
LEFT JOIN {{s}}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
LEFT JOIN LATERAL (
    SELECT x.position, x.kind, x.from_stage, x.to_stage, x.happened_on, x.recorded_at FROM {{s}}.transition x
    WHERE x.region = i.region AND x.innovation_id = i.innovation_id AND x.kind = ANY(%(made_by)s)
      AND (NOT %(by_stage)s OR x.to_stage = i.stage)
    ORDER BY x.position DESC LIMIT 1
) e ON true
WHERE i.region = %(region)s AND ({condition}) AND i.first_position > %(after)s
  AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
  AND (%(unit)s::text IS NULL OR i.unit_id = %(unit)s)
  AND (%(sector)s::text IS NULL OR i.sector = %(sector)s)
ORDER BY i.first_position LIMIT %(limit)s
"""

_NUMBER = """
SELECT count(*) AS number, count(DISTINCT i.unit_id) AS units FROM {{s}}.innovation i
WHERE i.region = %(region)s AND ({condition})
  AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
  AND (%(unit)s::text IS NULL OR i.unit_id = %(unit)s)
  AND (%(sector)s::text IS NULL OR i.sector = %(sector)s)
"""


class NoCount(Invalid):
    """There is no count of this name."""


@dataclass(frozen=True)
class Asked:
    """The number that is asked about: which count, up to which day, of which programme, unit, sector (None for all)."""

    count: str
    as_of: date
    programme: str | None = None
    unit: str | None = None
    sector: str | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str], as_of: date) -> "Asked":
        """Give what a query asks about; raise NoCount."""
        count = parameters.get("count", "").strip()
        if count not in COUNTS:
            # Without a field: a page that leaves it out is none either.
            raise NoCount
        return cls(count, as_of, *(parameters.get(name) or None for name in ("programme", "unit", "sector")))


@dataclass(frozen=True)
class Explained:
    """A number with what it was counted from; `beyond` is where the list goes on, None at its end."""

    number: int
    units: int
    rows: Rows
    beyond: int | None


def explain(model: Model, region: str, asked: Asked, after: int = 0) -> Explained:
    """Give a number and a page of the innovations that were counted, in the order of their records: two statements."""
    of = {"region": region, **vars(asked)}
    [whole] = model.run(_NUMBER.format(condition=COUNTS[asked.count].condition), of)
    rows = counted(model, region, asked, after=after)
    more = len(rows) > LIMIT
    rows = rows[:LIMIT]
    return Explained(
        number=whole.number,
        units=whole.units,
        rows=rows,
        beyond=rows[-1].first_position if more else None,
    )


def counted(model: Model, region: str, asked: Asked, *, but_not: str | None = None, after: int = 0) -> Rows:
    """Give the innovations that are counted, perhaps without those that another count of the same day holds too.

    At most LIMIT + 1 of them.
    """
    count = COUNTS[asked.count]
    condition = count.condition
    if but_not is not None:
        condition += f" AND NOT coalesce({COUNTS[but_not].condition}, false)"
    return model.run(
        _COUNTED.format(condition=condition),
        {
            "region": region,
            "as_of": asked.as_of,
            "made_by": list(count.made_by),
            "by_stage": count.by_stage,
            "programme": asked.programme,
            "unit": asked.unit,
            "sector": asked.sector,
            "after": after,
            "limit": LIMIT + 1,
        },
    )


@dataclass(frozen=True)
class Against:
    """What the records hold beside a stated number, by one definition."""

    count: str
    number: int
    units: int
    same: bool


@dataclass(frozen=True)
class Stated:
    """A number that somebody stated, beside what the records hold for that day."""

    said: Mapping[str, Any]
    asked: Asked
    against: tuple[Against, ...]
    counted: Rows
    not_launched: Rows

    @property
    def same(self) -> tuple[Against, ...]:
        """The definitions that give the stated number."""
        return tuple(each for each in self.against if each.same)


def stated(model: Model, region: str, position: int) -> Stated | None:
    """Give the stated count that stands at a position of the region's log, explained; None where there is none."""
    found = [
        (programme, said)
        for programme in queries.region_programmes(model, region)
        for said in programme.stated_counts or ()
        if said["position"] == position
    ]
    if not found:
        return None
    [(programme, said)] = found
    day = date.fromisoformat(said["stated_on"])
    asked = Asked("launched", day, programme=programme.programme_id)
    tally = Tally(
        [row for row in queries.region_tally(model, region, day) if row.programme_id == programme.programme_id]
    )
    against = tuple(
        Against(
            count=name,
            number=tally.total(name),
            units=tally.units(name),
            same=tally.total(name) == said["innovations"] and said["units"] in (None, tally.units(name)),
        )
        for name in STATED_AGAINST
    )
    rest = Asked("registered", day, programme=programme.programme_id)
    return Stated(
        said=said,
        asked=asked,
        against=against,
        counted=counted(model, region, asked)[:LIMIT],
        not_launched=counted(model, region, rest, but_not="launched")[:LIMIT],
    )
