"""The gallery: filters, search in Indonesian, and keyset pages over any number of innovations.

Words are found by their stem and by their beginning; where nothing is found, by likeness, so that a typing mistake
still leads somewhere. The same statements serve the page and the JSON API.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.showcase.incoming import STAGES
from services.showcase.queries import Model, Rows
from services.showcase.words import SECTORS, UNIT_KINDS
from shared.cursors import Cursors
from shared.domain import Invalid, is_region

# What each status holds, as a condition; without one the gallery shows the active.
STATUSES = {
    "active": "i.status = 'active'",
    "launched": "i.status = 'active' AND i.launched_on IS NOT NULL",
    "displayed": "i.status = 'active' AND i.displayed_on IS NOT NULL",
    "withdrawn": "i.status = 'withdrawn'",
    "retired": "i.status = 'retired'",
    "all": "true",
}
PAGE = 24
MAX_QUERY = 200
MAX_WORDS = 8
_WORD = re.compile(r"\w+")


class WrongFilter(Invalid):
    """This filter does not have such a value."""


@dataclass(frozen=True)
class Filter:
    """What is asked for; None leaves a dimension open. Raises WrongFilter for a value that cannot be."""

    q: str | None = None
    region: str | None = None
    stage: str | None = None
    sector: str | None = None
    unit_kind: str | None = None
    year: str | None = None
    status: str | None = None

    def __post_init__(self) -> None:
        """Check each value, so that a statement never sees one that it does not know."""
        if self.q is not None and len(self.q) > MAX_QUERY:
            raise WrongFilter("Search with at most {max_length} characters.", field="q", max_length=MAX_QUERY)
        for name, allowed in (
            ("stage", STAGES),
            ("sector", tuple(SECTORS)),
            ("unit_kind", tuple(UNIT_KINDS)),
            ("status", tuple(STATUSES)),
        ):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise WrongFilter(field=name)
        if self.region is not None and not is_region(self.region):
            raise WrongFilter(field="region")
        if self.year is not None and not re.fullmatch(r"[12]\d{3}", self.year, re.ASCII):
            raise WrongFilter(field="year")

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Filter":
        """Give the filter of a query string; what is empty or unknown is left out. Raises WrongFilter."""
        given = {name: parameters.get(name, "").strip() or None for name in cls.__dataclass_fields__}
        return cls(**given)

    @property
    def words(self) -> list[str]:
        """The words that are searched for."""
        return _WORD.findall(self.q or "")[:MAX_WORDS]

    def parameters(self) -> dict[str, str]:
        """Give what is asked for as query parameters."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Page:
    """One page of the gallery; `like` says that nothing matched and these are merely alike."""

    rows: Sequence[Row[Any]]
    next: str | None
    previous: str | None
    like: bool


@dataclass(frozen=True)
class Facets:
    """How many innovations each value of a dimension would show, the other filters kept; and how many match all."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


_SHOWN = """i.region, i.innovation_id, i.title, i.meaning, i.sector, i.stage, i.status, i.proposed_on, i.launched_on,
       i.displayed_on, i.is_example, i.awaiting, i.returned"""
_UNIT = "LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id"
_TEXT = "JOIN {s}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id"

# How a search orders what it finds: the key before the id, and its type.
_NEWEST = ("i.proposed_on", "date")
_RANK = ("ts_rank(t.vector, to_tsquery('indonesian', %(tsquery)s))", "float4")
_LIKENESS = ("word_similarity(%(words)s, t.words)", "float4")

_BY_STEM = "t.vector @@ to_tsquery('indonesian', %(tsquery)s)"
_BY_LIKENESS = "%(words)s <%% t.words"


def page(model: Model, asked: Filter, cursors: Cursors, cursor: str | None = None, limit: int = PAGE) -> Page:
    """Give a page of what is asked for, in one statement, or two where only the like of it is found.

    Raises BadCursor.
    """
    of = ["gallery", asked.parameters()]
    direction, *key = cursors.read(of, cursor) or ["first"]
    like = direction.endswith("-like")
    direction = direction.removesuffix("-like")
    rows = _rows(model, asked, direction, key, limit, like=like)
    if not rows and direction == "first" and asked.words:
        like = True
        rows = _rows(model, asked, direction, key, limit, like=True)
    backward = direction == "before"
    more = len(rows) > limit
    rows = rows[:limit][:: -1 if backward else 1]
    suffix = "-like" if like else ""

    def place(way: str, row: Row[Any]) -> str:
        key = row.sort_key.isoformat() if isinstance(row.sort_key, date) else row.sort_key
        return cursors.write(of, [f"{way}{suffix}", key, row.innovation_id])

    has_next = bool(rows) and (more or backward)
    has_previous = bool(rows) and (more if backward else direction != "first")
    return Page(
        rows=rows,
        next=place("after", rows[-1]) if has_next else None,
        previous=place("before", rows[0]) if has_previous else None,
        like=like and bool(rows),
    )


def _rows(model: Model, asked: Filter, direction: str, key: Sequence[Any], limit: int, *, like: bool) -> Rows:
    conditions, parameters = _conditions(asked, like=like)
    order, kind = (_LIKENESS if like else _RANK) if asked.words else _NEWEST
    way, compare = ("ASC", ">") if direction == "before" else ("DESC", "<")
    if key:
        conditions.append(f"({order}, i.innovation_id) {compare} (%(key)s::{kind}, %(id)s)")
        parameters |= {"key": key[0], "id": key[1]}
    # The page is found first, by an index where there is one; only its rows are joined with what else they show.
    template = f"""
SELECT {_SHOWN}, u.name AS unit_name, u.kind AS unit_kind,
       left(coalesce(nullif(t.public_summary, ''), t.idea), 240) AS excerpt, i.sort_key
FROM (
    SELECT {_SHOWN}, i.unit_id, {order} AS sort_key FROM {{s}}.innovation i {_joins(asked)}
    WHERE {" AND ".join(conditions)}
    ORDER BY {order} {way}, i.innovation_id {way} LIMIT %(limit)s
) i {_UNIT} {_TEXT}
ORDER BY i.sort_key {way}, i.innovation_id {way}
"""
    return model.run(template, {**parameters, "limit": limit + 1})


def _joins(asked: Filter, *, unit: bool = False) -> str:
    """Give the joins that the conditions need."""
    return f"{_UNIT if unit or asked.unit_kind else ''} {_TEXT if asked.words else ''}"


def _conditions(asked: Filter, *, like: bool, without: Sequence[str] = ()) -> tuple[list[str], dict[str, Any]]:
    found = {name: condition for name, condition in _exact(asked).items() if name not in without}
    parameters: dict[str, Any] = {name: value for name, value in asked.parameters().items() if name in _EXACT}
    conditions = [STATUSES[asked.status or "active"], *found.values()]
    if asked.words:
        conditions.append(_BY_LIKENESS if like else _BY_STEM)
        parameters["words"] = " ".join(asked.words).lower()
        parameters["tsquery"] = " & ".join(f"'{word}':*" for word in asked.words)
    return conditions, parameters


# A province stands for itself and all its regencies.
_EXACT = {
    "region": "(i.region = %(region)s OR i.region LIKE %(region)s || '.%%')",
    "stage": "i.stage = %(stage)s",
    "sector": "i.sector = %(sector)s",
    "unit_kind": "u.kind = %(unit_kind)s",
    "year": "i.year = %(year)s::smallint",
}
_FACETS = {
    "region": "i.region",
    "stage": "i.stage",
    "sector": "i.sector",
    "unit_kind": "u.kind",
    "year": "i.year::text",
}


def _exact(asked: Filter) -> dict[str, str]:
    return {name: condition for name, condition in _EXACT.items() if getattr(asked, name) is not None}


def facets(model: Model, asked: Filter, *, like: bool = False) -> Facets:
    """Count what each value of each dimension would show, the other filters kept, in one statement."""
    conditions, parameters = _conditions(asked, like=like, without=tuple(_EXACT))
    exact = _exact(asked)
    columns = ", ".join(f"{column} AS {name}" for name, column in _FACETS.items())
    fits = ", ".join(f"coalesce({condition}, false) AS fits_{name}" for name, condition in exact.items())
    parts = []
    for name in _FACETS:
        others = [f"fits_{other}" for other in exact if other != name]
        where = f" AND {' AND '.join(others)}" if others else ""
        parts.append(
            f"SELECT '{name}' AS dimension, {name} AS value, count(*) AS innovations FROM hits "
            f"WHERE {name} IS NOT NULL{where} GROUP BY {name}"
        )
    everything = " AND ".join(f"fits_{name}" for name in exact) or "true"
    parts.append(f"SELECT 'total', NULL, count(*) FROM hits WHERE {everything}")
    template = f"""
WITH hits AS MATERIALIZED (
    SELECT {columns}{", " + fits if fits else ""}
    FROM {{s}}.innovation i {_joins(asked, unit=True)}
    WHERE {" AND ".join(conditions)}
)
{" UNION ALL ".join(parts)}
"""
    counts: dict[str, dict[str, int]] = {name: {} for name in _FACETS}
    total = 0
    for row in model.run(template, parameters):
        if row.dimension == "total":
            total = row.innovations
        else:
            counts[row.dimension][row.value] = row.innovations
    return Facets(total=total, counts=counts)
