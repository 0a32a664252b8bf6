"""What the pages and the JSON API read from the model: a fixed number of statements each, every column by its name.

Statements are plain text with the schema filled in, since the active schema changes at run time and pages are many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row

from services.showcase.counts import COUNTS

Rows = Sequence[Row[Any]]

NEWEST = 8
UNIT_LIMIT = 500

_BY_REGION_AND_STAGE = """
SELECT region, stage, count(*) AS innovations, count(launched_on) AS launched, count(displayed_on) AS displayed,
       count(awaiting) AS awaiting
FROM {s}.innovation
WHERE status = 'active' AND (%(within)s::text IS NULL OR region LIKE %(within)s || '.%%')
GROUP BY region, stage ORDER BY region, stage
"""

_PROGRAMMES_BY_REGION = """
SELECT p.region, p.programme_id, p.edition, p.title, p.signed_on, p.stalled_on, p.closed_on,
       (SELECT count(*) FROM {s}.programme_stage g
        WHERE g.region = p.region AND g.programme_id = p.programme_id AND g.completed_on IS NOT NULL) AS stages_done
FROM {s}.programme p ORDER BY p.region, p.requested_on, p.programme_id
"""

_NEWEST = """
SELECT t.region, t.position, t.innovation_id, t.kind, t.from_stage, t.to_stage, t.happened_on, t.recorded_at,
       i.title, i.is_example, u.name AS unit_name
FROM (SELECT region, position, innovation_id, kind, from_stage, to_stage, happened_on, recorded_at
      FROM {s}.transition WHERE %(region)s::text IS NULL OR region = %(region)s
      ORDER BY recorded_at DESC, region DESC, position DESC LIMIT %(limit)s) t
JOIN {s}.innovation i ON i.region = t.region AND i.innovation_id = t.innovation_id
LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
ORDER BY t.recorded_at DESC, t.region DESC, t.position DESC
"""

_INNOVATION = """
SELECT i.region, i.innovation_id, i.programme_id, i.unit_id, i.title, i.meaning, i.sector, i.initiator, i.channel,
       i.adapted_from, i.is_example, i.source, i.proposed_on, i.stage, i.status, i.awaiting, i.returned,
       i.launched_on, i.displayed_on, i.ended_on, i.first_position, i.position, i.recorded_at,
       u.name AS unit_name, u.short_name AS unit_short_name, u.kind AS unit_kind,
       p.title AS programme_title, p.edition, p.labels,
       t.idea, t.public_summary, t.replication_notes, t.video_url, t.shown_indicators,
       CASE WHEN i.stage = 'display' THEN t.diagnosis END AS diagnosis,
       CASE WHEN i.stage = 'display' THEN t.design END AS design,
       CASE WHEN i.stage = 'display' THEN t.indicators END AS indicators,
       o.title AS origin_title, o.region AS origin_region,
       (SELECT json_agg(json_build_object(
                   'kind', x.kind, 'from_stage', x.from_stage, 'to_stage', x.to_stage, 'happened_on', x.happened_on,
                   'note', x.note, 'position', x.position, 'recorded_at', x.recorded_at) ORDER BY x.position)
        FROM {s}.transition x WHERE x.region = i.region AND x.innovation_id = i.innovation_id) AS journey,
       (SELECT json_agg(json_build_object(
                   'indicator_id', m.indicator_id, 'value', m.value::text, 'measured_on', m.measured_on,
                   'source', m.source, 'position', m.position) ORDER BY m.measured_on, m.position)
        FROM {s}.measurement m WHERE m.region = i.region AND m.innovation_id = i.innovation_id) AS measurements,
       (SELECT json_agg(json_build_object(
                   'innovation_id', c.innovation_id, 'region', c.region, 'title', c.title, 'stage', c.stage,
                   'status', c.status) ORDER BY c.region, c.innovation_id)
        FROM {s}.innovation c WHERE c.adapted_from = i.innovation_id) AS copies,
       (SELECT json_agg(json_build_object(
                   'assessment_id', a.assessment_id, 'to_stage', a.to_stage, 'state', a.state,
                   'opened_at', a.opened_at, 'concluded_on', a.concluded_on, 'position', a.position)
                   ORDER BY a.opened_position)
        FROM {s}.assessment a WHERE a.region = i.region AND a.innovation_id = i.innovation_id) AS assessments
FROM {s}.innovation i
JOIN {s}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
LEFT JOIN {s}.programme p ON p.region = i.region AND p.programme_id = i.programme_id
LEFT JOIN {s}.innovation o ON o.region = split_part(i.adapted_from, '-', 1) AND o.innovation_id = i.adapted_from
WHERE i.region = %(region)s AND i.innovation_id = %(innovation_id)s
"""

_REGION_PROGRAMMES = """
SELECT p.programme_id, p.edition, p.title, p.coordinator_office, p.requested_on, p.note, p.mou_number, p.signed_on,
       p.valid_until, p.parties, p.scope, p.labels, p.stalled_on, p.stalled_reason, p.closed_on, p.position,
       (SELECT json_agg(json_build_object(
                   'stage', g.stage, 'opens_on', g.opens_on, 'closes_on', g.closes_on, 'opened_on', g.opened_on,
                   'completed_on', g.completed_on))
        FROM {s}.programme_stage g WHERE g.region = p.region AND g.programme_id = p.programme_id) AS stages,
       (SELECT json_agg(json_build_object(
                   'session_id', x.session_id, 'stage', x.stage, 'title', x.title, 'starts_on', x.starts_on,
                   'ends_on', x.ends_on, 'venue', x.venue, 'units_present', x.units_present, 'remark', x.remark)
                   ORDER BY x.starts_on, x.session_id)
        FROM {s}.session x WHERE x.region = p.region AND x.programme_id = p.programme_id) AS sessions,
       (SELECT json_agg(json_build_object(
                   'measure', x.measure, 'value', x.value, 'unit_id', x.unit_id, 'unit_name', u.name,
                   'due_on', x.due_on, 'note', x.note) ORDER BY x.position)
        FROM (SELECT DISTINCT ON (measure, unit_id, due_on) measure, value, unit_id, due_on, note, position
              FROM {s}.target WHERE region = p.region AND programme_id = p.programme_id
              ORDER BY measure, unit_id, due_on, position DESC) x
        LEFT JOIN {s}.unit u ON u.region = p.region AND u.unit_id = x.unit_id) AS targets,
       (SELECT json_agg(json_build_object(
                   'stated_by', x.stated_by, 'innovations', x.innovations, 'units', x.units,
                   'stated_on', x.stated_on, 'note', x.note, 'position', x.position)
                   ORDER BY x.stated_on, x.position)
        FROM {s}.stated_count x WHERE x.region = p.region AND x.programme_id = p.programme_id) AS stated_counts,
       (SELECT count(*) FROM {s}.commitment x
        WHERE x.region = p.region AND x.programme_id = p.programme_id) AS commitments
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

_UNIT = """
SELECT u.region, u.unit_id, u.name, u.short_name, u.kind, u.aliases, u.position
FROM {s}.unit u WHERE u.region = %(region)s AND u.unit_id = %(unit_id)s
"""

_UNIT_INNOVATIONS = """
SELECT i.innovation_id, i.title, i.stage, i.status, i.proposed_on, i.launched_on, i.displayed_on, i.is_example
FROM {s}.innovation i WHERE i.region = %(region)s AND i.unit_id = %(unit_id)s
ORDER BY i.proposed_on DESC, i.innovation_id DESC LIMIT %(limit)s
"""

_REGION_UNITS = """
SELECT kind, count(*) AS units FROM {s}.unit WHERE region = %(region)s GROUP BY kind ORDER BY kind
"""


@lru_cache(maxsize=128)
def statement(template: str, schema: str) -> str:
    """Give a statement with its tables found in this schema."""
    return template.replace("{s}", f'"{schema}"')


@dataclass(frozen=True)
class Model:
    """The read model on one connection, in one schema."""

    connection: Connection
    schema: str

    def run(self, template: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Give the rows of a statement; `{s}` in it stands for the schema."""
        return self.connection.exec_driver_sql(statement(template, self.schema), dict(parameters or {})).all()


def by_region_and_stage(model: Model, within: str | None = None) -> Rows:
    """Count the active innovations by region and stage, everywhere or in the regencies and cities of a province."""
    return model.run(_BY_REGION_AND_STAGE, {"within": within})


def programmes(model: Model) -> Rows:
    """Give every programme with the number of its stages that are completed."""
    return model.run(_PROGRAMMES_BY_REGION)


def newest(model: Model, region: str | None = None, limit: int = NEWEST) -> Rows:
    """Give the transitions that were recorded last, of one region or of all."""
    return model.run(_NEWEST, {"region": region, "limit": limit})


def innovation(model: Model, region: str, innovation_id: str) -> Row[Any] | None:
    """Give everything that an innovation's page shows; None where there is no such innovation."""
    found = model.run(_INNOVATION, {"region": region, "innovation_id": innovation_id})
    return found[0] if found else None


def region_programmes(model: Model, region: str) -> Rows:
    """Give the programmes of a region, the newest first, with stages, sessions, targets and stated counts."""
    return model.run(_REGION_PROGRAMMES, {"region": region})


def region_tally(model: Model, region: str, as_of: date) -> Rows:
    """Count a region's innovations by programme and unit: by date up to `as_of`, and by present stage."""
    return model.run(_REGION_TALLY, {"region": region, "as_of": as_of})


def region_units(model: Model, region: str) -> Rows:
    """Count a region's units by kind."""
    return model.run(_REGION_UNITS, {"region": region})


def unit(model: Model, region: str, unit_id: str) -> Row[Any] | None:
    """Give a unit; None where there is none."""
    found = model.run(_UNIT, {"region": region, "unit_id": unit_id})
    return found[0] if found else None


def unit_innovations(model: Model, region: str, unit_id: str) -> Rows:
    """Give the innovations of a unit, the newest first, at most UNIT_LIMIT of them."""
    return model.run(_UNIT_INNOVATIONS, {"region": region, "unit_id": unit_id, "limit": UNIT_LIMIT})
