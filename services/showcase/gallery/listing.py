"""A page of the gallery, in one statement: found by an index where there is one, and only then joined with the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.showcase.gallery.asked import Filter
from services.showcase.gallery.conditions import conditions, listing_joins
from services.showcase.gallery.searching import Found
from services.showcase.queries import Model, Rows
from services.showcase.tables import ALPHABETICAL, DISPLAYED
from shared.cursors import Cursors

PAGE = 24


@dataclass(frozen=True)
class Page:
    """One page of the gallery; `like` says that none has all the words and these are merely alike."""

    rows: Sequence[Row[Any]]
    next: str | None
    previous: str | None
    like: bool


@dataclass(frozen=True)
class _Sort:
    """The key that stands before the id, its type, and whether it ascends."""

    key: str
    kind: str
    ascending: bool = False


_SORTS = {
    "relevance": _Sort("f.points", "int"),
    "newest": _Sort("i.proposed_on", "date"),
    "displayed": _Sort(DISPLAYED, "date"),
    "outcome": _Sort("coalesce(m.measured_on, DATE '0001-01-01')", "date"),
    "alphabetical": _Sort(ALPHABETICAL, "text", ascending=True),
}
_SHOWN = """i.region, i.innovation_id, i.title, i.meaning, i.sector, i.stage, i.status, i.proposed_on, i.launched_on,
       i.displayed_on, i.is_example, i.awaiting, i.returned"""


_EVERY = "{s}.innovation i"
# The best come first and are looked up one by one until the page is full. OFFSET 0 keeps PostgreSQL, which expects next
# to none of them to be there, from reading all innovations instead.
_FOUND = """(
    SELECT x.id, x.points, x.alike
    FROM unnest(string_to_array(%(found)s, ','), string_to_array(%(points)s, ',')::int[],
                string_to_array(%(alike)s, ',')::bool[]) x(id, points, alike)
    ORDER BY x.points {way}, x.id {way}
) f CROSS JOIN LATERAL (
    SELECT * FROM {{s}}.innovation n WHERE n.region = split_part(f.id, '-', 1) AND n.innovation_id = f.id OFFSET 0
) i"""


def page(
    model: Model,
    asked: Filter,
    cursors: Cursors,
    found: Found | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Give a page of what is asked for, of what was found for its words (None: no words), in one statement.

    Raises BadCursor.
    """
    of = ["gallery", asked.parameters()]
    direction, *key = cursors.read(of, cursor) or ["first"]
    rows = _rows(model, asked, found, direction, key, limit)
    backward = direction == "before"
    more = len(rows) > limit
    rows = rows[:limit][:: -1 if backward else 1]

    def place(way: str, row: Row[Any]) -> str:
        key = row.sort_key.isoformat() if isinstance(row.sort_key, date) else row.sort_key
        return cursors.write(of, [way, key, row.innovation_id])

    has_next = bool(rows) and (more or backward)
    has_previous = bool(rows) and (more if backward else direction != "first")
    return Page(
        rows=rows,
        next=place("after", rows[-1]) if has_next else None,
        previous=place("before", rows[0]) if has_previous else None,
        like=bool(rows) and all(row.alike for row in rows),
    )


def _rows(model: Model, asked: Filter, found: Found | None, direction: str, key: Sequence[Any], limit: int) -> Rows:
    wanted, parameters = conditions(asked)
    sort = _SORTS[asked.order]
    way, compare = ("DESC", "<") if sort.ascending == (direction == "before") else ("ASC", ">")
    # Compared with what was found, the better ones of pages before this are not looked up.
    ident = "i.innovation_id" if found is None else "f.id"
    if key:
        wanted.append(f"({sort.key}, {ident}) {compare} (%(key)s::{sort.kind}, %(id)s)")
        parameters |= {"key": key[0], "id": key[1]}
    if found is not None:
        # Thousands in an array take the driver several times as long as in a text.
        columns = {"found": found.ids, "points": found.points, "alike": found.alike}
        parameters |= {name: ",".join(map(str, column)) for name, column in columns.items()}
    template = f"""
WITH listed AS MATERIALIZED (
    SELECT {_SHOWN}, i.unit_id, {sort.key} AS sort_key, {"false" if found is None else "f.alike"} AS alike
    FROM {_EVERY if found is None else _FOUND.format(way=way)} {listing_joins(asked)}
    WHERE {" AND ".join(wanted)}
    ORDER BY {sort.key} {way}, {ident} {way} LIMIT %(limit)s
)
SELECT {_SHOWN}, u.name AS unit_name, u.kind AS unit_kind, i.sort_key, i.alike,
       left(coalesce(nullif(t.public_summary, ''), t.idea), 240) AS excerpt,
       g.indicator, g.value AS figure, g.measured_on, r.stars, r.ratings
FROM listed i
LEFT JOIN {{s}}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
JOIN {{s}}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
LEFT JOIN LATERAL (
    -- The first outcome that its unit shows, or that its design shows once it is displayed, with its newest figure.
    SELECT x.indicator, m.value, m.measured_on
    FROM jsonb_array_elements(coalesce(t.shown_indicators, CASE WHEN i.stage = 'display' THEN t.indicators END))
         WITH ORDINALITY x(indicator, n)
    JOIN {{s}}.measurement m ON m.region = i.region AND m.innovation_id = i.innovation_id
                          AND m.indicator_id = x.indicator ->> 'indicator_id'
    WHERE x.indicator ->> 'kind' = 'outcome'
    ORDER BY x.n, m.measured_on DESC, m.position DESC LIMIT 1
) g ON true
LEFT JOIN LATERAL (
    SELECT avg(b.stars) AS stars, count(b.stars) AS ratings FROM {{s}}.feedback b
    WHERE b.region = i.region AND b.innovation_id = i.innovation_id AND b.state IN ('given', 'published')
) r ON true
ORDER BY i.sort_key {way}, i.innovation_id {way}
"""
    return model.run(template, {**parameters, "limit": limit + 1})
