"""What the pages of a region and of its editions read."""

from datetime import date
from typing import Any

from sqlalchemy import Row

from services.showcase.counts import COUNTS
from services.showcase.queries.model import Model, Rows
from shared.domain import NotFound

_REGION_PROGRAMMES = """
SELECT p.programme_id, p.edition, p.title, p.coordinator_office, p.requested_on, p.note, p.mou_number, p.signed_on,
       p.valid_until, p.parties, p.scope, p.labels, p.stalled_on, p.stalled_reason, p.closed_on, p.position,
       (SELECT json_agg(json_build_object(
                   'stage', g.stage, 'opens_on', g.opens_on, 'closes_on', g.closes_on, 'opened_on', g.opened_on,
                   'completed_on', g.completed_on))
        FROM {s}.programme_stage g WHERE g.region = p.region AND g.programme_id = p.programme_id) AS stages,
       (SELECT json_agg(json_build_object(
                   'session_id', x.session_id, 'stage', x.stage, 'title', x.title, 'starts_on', x.starts_on,
                   'ends_on', x.ends_on, 'venue', x.venue, 'unit_ids', x.unit_ids,
                   'units_present', jsonb_array_length(x.unit_ids), 'remark', x.remark,
                   'attendance_position', x.attendance_position)
                   ORDER BY x.starts_on, x.session_id)
        FROM {s}.session x WHERE x.region = p.region AND x.programme_id = p.programme_id) AS sessions,
       (SELECT json_agg(json_build_object(
                   'stated_by', x.stated_by, 'innovations', x.innovations, 'units', x.units,
                   'stated_on', x.stated_on, 'note', x.note, 'position', x.position)
                   ORDER BY x.stated_on, x.position)
        FROM {s}.stated_count x WHERE x.region = p.region AND x.programme_id = p.programme_id) AS stated_counts,
       (SELECT json_agg(json_build_object('unit_id', x.unit_id, 'signed_on', x.signed_on, 'position', x.position)
                        ORDER BY x.signed_on, x.unit_id)
        FROM {s}.commitment x WHERE x.region = p.region AND x.programme_id = p.programme_id) AS commitments
FROM {s}.programme p WHERE p.region = %(region)s ORDER BY p.requested_on DESC, p.programme_id DESC
"""

# Every date counts what had happened on or before it, as the definitions beside the numbers say.
_COUNTED = ",\n       ".join(f"count(*) FILTER (WHERE {each.condition}) AS {name}" for name, each in COUNTS.items())
_REGION_TALLY = f"""
SELECT i.programme_id, i.unit_id, u.name AS unit_name, u.short_name AS unit_short_name, u.kind AS unit_kind,
       {_COUNTED}
FROM {{s}}.innovation i
LEFT JOIN {{s}}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
WHERE i.region = %(region)s
GROUP BY i.programme_id, i.unit_id, u.name, u.short_name, u.kind
ORDER BY i.programme_id, launched DESC, registered DESC, u.name, i.unit_id
"""

_REGION_UNITS = """
SELECT unit_id, name, short_name, kind, civil_servants, counted_on, counted_position, position
FROM {s}.unit WHERE region = %(region)s ORDER BY name, unit_id
"""


def region_programmes(model: Model, region: str) -> Rows:
    """Give the programmes of a region, the newest first, with stages, sessions, commitments and stated counts."""
    return model.run(_REGION_PROGRAMMES, {"region": region})


def region_programme(model: Model, region: str, programme_id: str) -> Row[Any]:
    """Give one of a region's programmes, of which it has a handful; raise NotFound where none is called so."""
    for each in region_programmes(model, region):
        if each.programme_id == programme_id:
            return each
    raise NotFound


def region_tally(model: Model, region: str, as_of: date) -> Rows:
    """Count a region's innovations by programme and unit: by date up to `as_of`, and by present stage."""
    return model.run(_REGION_TALLY, {"region": region, "as_of": as_of})


def region_units(model: Model, region: str) -> Rows:
    """Give a region's units by name, with their civil servants where they were counted."""
    return model.run(_REGION_UNITS, {"region": region})
