"""How many innovations each value of each filter would show, the other filters kept: in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.showcase.gallery import searching
from services.showcase.gallery.asked import Filter
from services.showcase.gallery.conditions import FORM, HOST, RUNNING, STATUSES, TYPES, counting_joins, exact, values
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
# Besides those, what the counts of statuses and types are made of.
_MORE = {"status": "i.status", "launched_on": "i.launched_on", "displayed_on": "i.displayed_on", "type": TYPES}


@dataclass(frozen=True)
class Facets:
    """How many innovations each value of a dimension would show, the other filters kept; and how many match all."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


def facets(model: Model, asked: Filter) -> Facets:
    """Count what each value of each dimension would show, the other filters kept, in one statement."""
    chosen = {"status": STATUSES[asked.status or "active"], **exact(asked)}
    columns = ", ".join(f"{column} AS {name}" for name, column in (_DIMENSIONS | _MORE).items())
    fits = ", ".join(f"coalesce({condition}, false) AS fits_{name}" for name, condition in chosen.items())
    # Dimensions that nothing was chosen from share one condition, and so one pass with the total.
    shared = [name for name in _DIMENSIONS if name not in chosen]
    named = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in shared)
    parts = [
        f"SELECT CASE {named} ELSE 'total' END AS dimension, coalesce({', '.join([*shared, 'NULL'])}) AS value, "
        f"count(*) AS innovations FROM hits WHERE {_others(chosen)} "
        f"GROUP BY GROUPING SETS ((), {', '.join(f'({name})' for name in shared)})"
        if shared
        else f"SELECT 'total' AS dimension, NULL AS value, count(*) AS innovations FROM hits WHERE {_others(chosen)}"
    ]
    parts += [
        f"SELECT '{name}', {name}, count(*) FROM hits WHERE {_others(chosen, name)} GROUP BY {name}"
        for name in _DIMENSIONS
        if name in chosen
    ]
    parts.append(
        "SELECT 'type', value, count(*) FROM (SELECT unnest(type) AS value FROM hits "
        f"WHERE type IS NOT NULL AND {_others(chosen, 'type')}) types GROUP BY value"
    )
    # An innovation is of several statuses at once.
    statuses = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in STATUSES.values())
    parts.append(
        f"SELECT 'status', unnest(ARRAY{list(STATUSES)}), unnest(counts) "
        f"FROM (SELECT ARRAY[{statuses}] AS counts FROM hits i WHERE {_others(chosen, 'status')}) statuses"
    )
    template = f"""
WITH {f"{searching.FOUND}, " if asked.words else ""}hits AS MATERIALIZED (
    SELECT {columns}, {fits} FROM {{s}}.innovation i {counting_joins(asked)}
)
{" UNION ALL ".join(parts)}
"""
    counts: dict[str, dict[str, int]] = {name: {} for name in (*_DIMENSIONS, "type", "status")}
    total = 0
    for row in model.run(template, values(asked)):
        if row.dimension == "total":
            total = row.innovations
        elif row.value is not None and row.innovations:
            counts[row.dimension][row.value] = row.innovations
    return Facets(total=total, counts=counts)


def _others(chosen: Mapping[str, str], but: str | None = None) -> str:
    """Give the condition that all chosen filters hold, but one."""
    return " AND ".join(f"fits_{name}" for name in chosen if name != but) or "true"
