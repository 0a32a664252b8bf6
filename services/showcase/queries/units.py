"""What a unit's page reads."""

from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model, Rows

UNIT_LIMIT = 500

_UNIT = """
SELECT u.region, u.unit_id, u.name, u.short_name, u.kind, u.aliases, u.position, u.civil_servants, u.counted_on,
       u.counted_position
FROM {s}.unit u WHERE u.region = %(region)s AND u.unit_id = %(unit_id)s
"""

_UNIT_INNOVATIONS = """
SELECT i.innovation_id, i.title, i.stage, i.status, i.proposed_on, i.launched_on, i.displayed_on, i.is_example
FROM {s}.innovation i WHERE i.region = %(region)s AND i.unit_id = %(unit_id)s
ORDER BY i.proposed_on DESC, i.innovation_id DESC LIMIT %(limit)s
"""

# The editions in which a unit signed, came to a session or put something forward.
_UNIT_EDITIONS = """
SELECT p.programme_id, p.edition, p.title, c.signed_on, c.position AS signed_position, n.innovations, x.sessions, x.came
FROM {s}.programme p
LEFT JOIN {s}.commitment c ON c.region = p.region AND c.programme_id = p.programme_id AND c.unit_id = %(unit_id)s
CROSS JOIN LATERAL (
    SELECT count(*) AS sessions, count(*) FILTER (WHERE s.unit_ids @> to_jsonb(%(unit_id)s::text)) AS came
    FROM {s}.session s WHERE s.region = p.region AND s.programme_id = p.programme_id AND s.unit_ids IS NOT NULL) x
CROSS JOIN LATERAL (
    SELECT count(*) AS innovations FROM {s}.innovation i
    WHERE i.region = p.region AND i.programme_id = p.programme_id AND i.unit_id = %(unit_id)s) n
WHERE p.region = %(region)s AND (c.unit_id IS NOT NULL OR x.came > 0 OR n.innovations > 0)
ORDER BY p.requested_on DESC, p.programme_id DESC
"""


def unit(model: Model, region: str, unit_id: str) -> Row[Any] | None:
    """Give a unit; None where there is none."""
    found = model.run(_UNIT, {"region": region, "unit_id": unit_id})
    return found[0] if found else None


def unit_innovations(model: Model, region: str, unit_id: str) -> Rows:
    """Give the innovations of a unit, the newest first, at most UNIT_LIMIT of them."""
    return model.run(_UNIT_INNOVATIONS, {"region": region, "unit_id": unit_id, "limit": UNIT_LIMIT})


def unit_editions(model: Model, region: str, unit_id: str) -> Rows:
    """Give the editions that a unit took part in, the newest first: when it signed, to how many sessions it came.

    `sessions` counts those whose attendance was recorded.
    """
    return model.run(_UNIT_EDITIONS, {"region": region, "unit_id": unit_id})
