"""How many innovations each value of each filter would show, the other filters kept: in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.showcase.gallery import searching
from services.showcase.gallery.asked import Filter
from services.showcase.gallery.conditions import FORM, HOST, RUNNING, STATUSES, TYPES, exact, joins, values
from services.showcase.queries import Model

_DIMENSIONS = {
    "region": "i.region",
    "stage": "i.stage",
    "sector": "i.sector",
    "unit_kind": "u.kind",
    "year": "i.year::text",
    "initiator": "i.initiator",
    "form": FORM,
    "outcome": "CASE WHEN m.measured_on IS NOT NULL THEN 'measured' END",
    "running": RUNNING,
    "host": HOST,
    "example": "CASE WHEN i.is_example THEN 'yes' ELSE 'no' END",
}
# An innovation has several of these at once.
_SEVERAL = {
    "type": TYPES,
    "status": "array_remove(ARRAY["
    + ", ".join(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in STATUSES.items())
    + "], NULL)",
}


@dataclass(frozen=True)
class Facets:
    """How many innovations each value of a dimension would show, the other filters kept; and how many match all."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


def facets(model: Model, asked: Filter) -> Facets:
    """Count what each value of each dimension would show, the other filters kept, in one statement."""
    chosen = {"status": STATUSES[asked.status or "active"], **exact(asked)}
    columns = ", ".join(f"{column} AS {name}" for name, column in (_DIMENSIONS | _SEVERAL).items())
    fits = ", ".join(f"coalesce({condition}, false) AS fits_{name}" for name, condition in chosen.items())
    everything = _others(chosen)
    parts = [f"SELECT 'total' AS dimension, NULL AS value, count(*) AS innovations FROM hits WHERE {everything}"]
    # Dimensions that nothing was chosen from share one condition, and so one pass.
    if shared := [name for name in _DIMENSIONS if name not in chosen]:
        named = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in shared)
        parts.append(
            f"SELECT CASE {named} END, coalesce({', '.join(shared)}), count(*) FROM hits WHERE {everything} "
            f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in shared)})"
        )
    for name in (*_DIMENSIONS, *_SEVERAL):
        if name in _SEVERAL or name in chosen:
            of = f"hits, unnest({name}) AS value" if name in _SEVERAL else f"(SELECT *, {name} AS value FROM hits) hits"
            where = _others(chosen, name)
            parts.append(f"SELECT '{name}', value, count(*) FROM {of} WHERE {where} GROUP BY value")
    template = f"""
WITH {f"{searching.FOUND}, " if asked.words else ""}hits AS MATERIALIZED (
    SELECT {columns}, {fits} FROM {{s}}.innovation i {joins(asked, unit=True, figures=True)}
)
{" UNION ALL ".join(parts)}
"""
    counts: dict[str, dict[str, int]] = {name: {} for name in (*_DIMENSIONS, *_SEVERAL)}
    total = 0
    for row in model.run(template, values(asked)):
        if row.dimension == "total":
            total = row.innovations
        elif row.value is not None:
            counts[row.dimension][row.value] = row.innovations
    return Facets(total=total, counts=counts)


def _others(chosen: Mapping[str, str], but: str | None = None) -> str:
    """Give the condition that all chosen filters hold, but one."""
    return " AND ".join(f"fits_{name}" for name in chosen if name != but) or "true"
