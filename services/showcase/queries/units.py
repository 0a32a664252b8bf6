"""What a unit's page reads."""

from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model, Rows

UNIT_LIMIT = 500

_UNIT = """
SELECT u.region, u.unit_id, u.name, u.short_name, u.kind, u.aliases, u.position
FROM {s}.unit u WHERE u.region = %(region)s AND u.unit_id = %(unit_id)s
"""

_UNIT_INNOVATIONS = """
SELECT i.innovation_id, i.title, i.stage, i.status, i.proposed_on, i.launched_on, i.displayed_on, i.is_example
FROM {s}.innovation i WHERE i.region = %(region)s AND i.unit_id = %(unit_id)s
ORDER BY i.proposed_on DESC, i.innovation_id DESC LIMIT %(limit)s
"""


def unit(model: Model, region: str, unit_id: str) -> Row[Any] | None:
    """Give a unit; None where there is none."""
    found = model.run(_UNIT, {"region": region, "unit_id": unit_id})
    return found[0] if found else None


def unit_innovations(model: Model, region: str, unit_id: str) -> Rows:
    """Give the innovations of a unit, the newest first, at most UNIT_LIMIT of them."""
    return model.run(_UNIT_INNOVATIONS, {"region": region, "unit_id": unit_id, "limit": UNIT_LIMIT})
