"""What an innovation's page reads of the innovation itself, and what it may be compared with."""

from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model, Rows

CANDIDATES = 12

_INNOVATION = """
SELECT i.region, i.innovation_id, i.programme_id, i.unit_id, i.title, i.meaning, i.sector, i.initiator, i.channel,
       i.adapted_from, i.is_example, i.source, i.proposed_on, i.stage, i.status, i.awaiting, i.returned,
       i.launched_on, i.displayed_on, i.asked_on, i.confirmed_on, i.ended_on, i.first_position, i.position,
       i.recorded_at,
       u.name AS unit_name, u.short_name AS unit_short_name, u.kind AS unit_kind,
       p.title AS programme_title, p.edition, p.labels,
       t.idea, t.public_summary, t.replication_notes, t.video_url, t.shown_indicators,
       CASE WHEN i.stage = 'display' THEN t.diagnosis END AS diagnosis,
       CASE WHEN i.stage = 'display' THEN t.design END AS design,
       CASE WHEN i.stage = 'display' THEN t.indicators END AS indicators,
       (SELECT json_agg(json_build_object(
                   'kind', x.kind, 'from_stage', x.from_stage, 'to_stage', x.to_stage, 'happened_on', x.happened_on,
                   'note', x.note, 'position', x.position, 'recorded_at', x.recorded_at) ORDER BY x.position)
        FROM {s}.transition x WHERE x.region = i.region AND x.innovation_id = i.innovation_id) AS journey,
       (SELECT json_agg(json_build_object(
                   'indicator_id', m.indicator_id, 'value', m.value::text, 'measured_on', m.measured_on,
                   'source', m.source, 'position', m.position) ORDER BY m.measured_on, m.position)
        FROM {s}.measurement m WHERE m.region = i.region AND m.innovation_id = i.innovation_id) AS measurements,
       (SELECT json_agg(json_build_object(
                   'assessment_id', a.assessment_id, 'to_stage', a.to_stage, 'state', a.state,
                   'opened_at', a.opened_at, 'concluded_on', a.concluded_on, 'position', a.position)
                   ORDER BY a.opened_position)
        FROM {s}.assessment a WHERE a.region = i.region AND a.innovation_id = i.innovation_id) AS assessments
FROM {s}.innovation i
JOIN {s}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
LEFT JOIN {s}.programme p ON p.region = i.region AND p.programme_id = i.programme_id
WHERE i.region = %(region)s AND i.innovation_id = %(innovation_id)s
"""


def innovation(model: Model, region: str, innovation_id: str) -> Row[Any] | None:
    """Give everything that an innovation's page shows; None where there is no such innovation."""
    found = model.run(_INNOVATION, {"region": region, "innovation_id": innovation_id})
    return found[0] if found else None


# The furthest on their way first. The twelve are chosen before anything is joined to them.
_CANDIDATES = """
SELECT i.region, i.innovation_id, i.title, i.meaning, i.stage, i.status, i.is_example, i.awaiting, i.returned,
       i.launched_on, i.displayed_on, u.name AS unit_name
FROM (SELECT region, innovation_id, unit_id, title, meaning, stage, status, is_example, awaiting, returned,
             launched_on, displayed_on
      FROM {{s}}.innovation
      WHERE status = 'active' AND innovation_id <> %(innovation_id)s AND {condition}
      ORDER BY displayed_on DESC NULLS LAST, launched_on DESC NULLS LAST, region, innovation_id LIMIT %(limit)s) i
LEFT JOIN {{s}}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
ORDER BY i.displayed_on DESC NULLS LAST, i.launched_on DESC NULLS LAST, i.region, i.innovation_id
"""
_OF_SECTOR = _CANDIDATES.format(condition="sector = %(sector)s")
_WITH_WORDS = _CANDIDATES.format(
    condition="(region, innovation_id) IN"
    " (SELECT t.region, t.innovation_id FROM {s}.innovation_text t WHERE t.words LIKE %(words)s)"
)


def candidates(model: Model, innovation_id: str, sector: str, words: str) -> Rows:
    """Give what an innovation may be compared with: what holds these words, or without any those of its sector."""
    # A backslash, percent sign or underscore of the reader's is a character like any other.
    escaped = words.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return model.run(
        _WITH_WORDS if words else _OF_SECTOR,
        {"innovation_id": innovation_id, "sector": sector, "words": f"%{escaped}%", "limit": CANDIDATES},
    )
