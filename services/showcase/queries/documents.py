"""What a directory of innovations and the export rows read: all innovations of a region or edition, in one statement.

What was written for the region alone (diagnosis, design, its indicators) comes along from stage display on, as on an
innovation's page, or where `full` asks for it on behalf of somebody who has a role in the region.
"""

from services.showcase.queries.model import Model, Rows

_INNOVATIONS = """
WITH chosen AS (
    SELECT i.region, i.innovation_id, i.programme_id, i.unit_id, i.title, i.meaning, i.sector, i.initiator, i.channel,
           i.adapted_from, i.is_example, i.source, i.proposed_on, i.year, i.stage, i.status, i.awaiting, i.returned,
           i.launched_on, i.displayed_on, i.confirmed_on, i.ended_on, i.end_reason, i.first_position, i.position
    FROM {s}.innovation i
    WHERE i.region = %(region)s AND (%(programme_id)s::text IS NULL OR i.programme_id = %(programme_id)s)
), journeys AS (
    SELECT x.innovation_id, json_agg(json_build_object(
               'kind', x.kind, 'from_stage', x.from_stage, 'to_stage', x.to_stage, 'happened_on', x.happened_on,
               'note', x.note, 'position', x.position) ORDER BY x.position) AS journey
    FROM {s}.transition x WHERE x.region = %(region)s GROUP BY x.innovation_id
), measured AS (
    SELECT m.innovation_id, json_agg(json_build_object(
               'indicator_id', m.indicator_id, 'value', m.value::text, 'measured_on', m.measured_on,
               'source', m.source, 'position', m.position) ORDER BY m.measured_on, m.position) AS measurements
    FROM {s}.measurement m WHERE m.region = %(region)s GROUP BY m.innovation_id
), said AS (
    SELECT f.innovation_id,
           count(*) FILTER (WHERE f.kind = 'confirmation') AS confirmations,
           count(*) FILTER (WHERE f.kind = 'rating') AS ratings,
           avg(f.stars) FILTER (WHERE f.kind = 'rating') AS stars,
           count(*) FILTER (WHERE f.kind = 'complaint') AS complaints,
           count(*) FILTER (WHERE f.kind = 'complaint' AND f.answered_on IS NOT NULL) AS answered
    FROM {s}.feedback f WHERE f.region = %(region)s AND f.state IN ('given', 'published') GROUP BY f.innovation_id
)
SELECT c.*, u.name AS unit_name, u.short_name AS unit_short_name, u.kind AS unit_kind, p.labels, p.edition,
       o.title AS origin_title,
       t.idea, t.public_summary, t.replication_notes, t.video_url, t.shown_indicators,
       CASE WHEN c.stage = 'display' OR %(full)s THEN t.diagnosis END AS diagnosis,
       CASE WHEN c.stage = 'display' OR %(full)s THEN t.design END AS design,
       CASE WHEN c.stage = 'display' OR %(full)s THEN t.indicators END AS indicators,
       journeys.journey, measured.measurements, coalesce(said.confirmations, 0) AS confirmations,
       coalesce(said.ratings, 0) AS ratings, said.stars, coalesce(said.complaints, 0) AS complaints,
       coalesce(said.answered, 0) AS answered
FROM chosen c
JOIN {s}.innovation_text t ON t.region = c.region AND t.innovation_id = c.innovation_id
LEFT JOIN {s}.unit u ON u.region = c.region AND u.unit_id = c.unit_id
LEFT JOIN {s}.programme p ON p.region = c.region AND p.programme_id = c.programme_id
LEFT JOIN {s}.innovation o ON o.region = split_part(c.adapted_from, '-', 1) AND o.innovation_id = c.adapted_from
LEFT JOIN journeys ON journeys.innovation_id = c.innovation_id
LEFT JOIN measured ON measured.innovation_id = c.innovation_id
LEFT JOIN said ON said.innovation_id = c.innovation_id
"""

_COPYING_REGIONS = """
SELECT adapted_from, count(DISTINCT region) AS regions FROM {s}.innovation
WHERE adapted_from IS NOT NULL AND split_part(adapted_from, '-', 1) = %(region)s AND region <> %(region)s
GROUP BY adapted_from
"""


def innovations(model: Model, region: str, programme_id: str | None = None, *, full: bool = False) -> Rows:
    """Give the innovations of a region or of one of its programmes with all that belongs to them, in no order.

    An order of the database would depend on its collation: whoever shows them sorts them.
    """
    return model.run(_INNOVATIONS, {"region": region, "programme_id": programme_id, "full": full})


def copying_regions(model: Model, region: str) -> dict[str, int]:
    """Give for each innovation of a region that others copied, how many other regions did."""
    return {row.adapted_from: row.regions for row in model.run(_COPYING_REGIONS, {"region": region})}
