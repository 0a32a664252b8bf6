"""What is read of festivals: their list, one of them, and those at which an innovation or a region is seen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model, Rows

LIST_LIMIT = 200

_LISTED = """f.region, f.festival_id, f.programme_id, f.title, f.starts_on, f.ends_on, f.venue, f.cancelled_on,
       jsonb_array_length(f.innovation_ids) AS chosen"""

_FESTIVALS = f"""
SELECT {_LISTED} FROM {{s}}.festival f ORDER BY f.starts_on DESC, f.region, f.festival_id LIMIT %(limit)s
"""

# Of the region itself, and those elsewhere (its province's, the national one) that show an innovation from here.
_OF_REGION = f"""
SELECT {_LISTED} FROM {{s}}.festival f
WHERE f.region = %(region)s OR EXISTS (
    SELECT FROM jsonb_array_elements_text(f.innovation_ids) x WHERE split_part(x, '-', 1) = %(region)s)
ORDER BY f.starts_on DESC, f.region, f.festival_id LIMIT %(limit)s
"""

_OF_INNOVATION = f"""
SELECT {_LISTED},
       (SELECT json_agg(json_build_object('category', t.category, 'place', o.place) ORDER BY t.category)
        FROM {{s}}.festival_top t
        CROSS JOIN LATERAL jsonb_array_elements_text(t.innovation_ids) WITH ORDINALITY AS o(innovation_id, place)
        WHERE t.region = f.region AND t.festival_id = f.festival_id AND o.innovation_id = %(innovation_id)s) AS tops
FROM {{s}}.festival f WHERE f.innovation_ids @> to_jsonb(%(innovation_id)s::text)
ORDER BY f.starts_on DESC, f.region, f.festival_id LIMIT %(limit)s
"""

_FESTIVAL = """
SELECT f.region, f.festival_id, f.programme_id, f.title, f.about, f.starts_on, f.ends_on, f.venue, f.innovation_ids,
       f.slots, f.cancelled_on, f.cancel_reason, f.position,
       (SELECT json_agg(json_build_object(
                   'category', t.category, 'innovation_ids', t.innovation_ids, 'grounds', t.grounds,
                   'named_on', t.named_on, 'position', t.position) ORDER BY t.category)
        FROM {s}.festival_top t WHERE t.region = f.region AND t.festival_id = f.festival_id) AS tops
FROM {s}.festival f WHERE f.region = %(region)s AND f.festival_id = %(festival_id)s
"""

_SHOWN = """
SELECT i.region, i.innovation_id, i.title, i.meaning, i.sector, i.stage, i.status, i.awaiting, i.returned,
       i.launched_on, i.displayed_on, i.is_example, u.name AS unit_name
FROM unnest(%(regions)s::text[], %(ids)s::text[]) AS g(region, innovation_id)
JOIN {s}.innovation i ON i.region = g.region AND i.innovation_id = g.innovation_id
LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
"""


def festivals(model: Model) -> Rows:
    """Give the festivals everywhere, the newest first, at most LIST_LIMIT."""
    return model.run(_FESTIVALS, {"limit": LIST_LIMIT})


def of_region(model: Model, region: str) -> Rows:
    """Give the festivals of a region and those that show an innovation from it, the newest first."""
    return model.run(_OF_REGION, {"region": region, "limit": LIST_LIMIT})


def of_innovation(model: Model, innovation_id: str) -> Rows:
    """Give the festivals that show an innovation, the newest first; `tops` has its places (category, place from 1)."""
    return model.run(_OF_INNOVATION, {"innovation_id": innovation_id, "limit": LIST_LIMIT})


def festival(model: Model, region: str, festival_id: str) -> Row[Any] | None:
    """Give a festival with what was named best; None where there is none."""
    found = model.run(_FESTIVAL, {"region": region, "festival_id": festival_id})
    return found[0] if found else None


def shown(model: Model, innovation_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Give these innovations of any regions by id, those that are known."""
    regions = [ident.partition("-")[0] for ident in innovation_ids]
    rows = model.run(_SHOWN, {"regions": regions, "ids": list(innovation_ids)})
    return {row.innovation_id: row for row in rows}
