"""What an innovation's page reads, in one statement."""

from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model

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


def innovation(model: Model, region: str, innovation_id: str) -> Row[Any] | None:
    """Give everything that an innovation's page shows; None where there is no such innovation."""
    found = model.run(_INNOVATION, {"region": region, "innovation_id": innovation_id})
    return found[0] if found else None
