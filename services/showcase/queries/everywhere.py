"""What is counted and listed across all regions: stages, programmes, the newest steps."""

from services.showcase.queries.model import Model, Rows

NEWEST = 8

_BY_REGION_AND_STAGE = """
SELECT region, stage, count(*) AS innovations, count(launched_on) AS launched, count(displayed_on) AS displayed,
       count(awaiting) AS awaiting, count(*) FILTER (WHERE returned) AS returned
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

# The figures that the public sees (as `views.figures` gives them): those the unit chose to show, or those of its design
# once it stands at stage display. Whether lower is better is read from baseline and target.
_OUTCOMES = """
SELECT i.region, coalesce(x.dimension, '') AS dimension, count(*) AS indicators, count(m.value) AS measured,
       count(*) FILTER (WHERE CASE WHEN x.target <= x.baseline THEN m.value <= x.target
                                   ELSE m.value >= x.target END) AS reached,
       count(DISTINCT i.innovation_id) FILTER (WHERE m.value IS NOT NULL) AS innovations
FROM {s}.innovation i
JOIN {s}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
CROSS JOIN LATERAL jsonb_to_recordset(
    CASE WHEN t.shown_indicators IS NOT NULL THEN t.shown_indicators
         WHEN i.stage = 'display' THEN coalesce(t.indicators, '[]') ELSE '[]' END
) AS x(indicator_id text, kind text, dimension text, baseline numeric, target numeric)
LEFT JOIN LATERAL (
    SELECT value FROM {s}.measurement m
    WHERE m.region = i.region AND m.innovation_id = i.innovation_id AND m.indicator_id = x.indicator_id
    ORDER BY m.measured_on DESC, m.position DESC LIMIT 1
) m ON true
WHERE i.status = 'active' AND x.kind = 'outcome'
GROUP BY GROUPING SETS ((i.region), (coalesce(x.dimension, '')), ())
"""

# Only what was returned can come to a stage twice: of all others each step is another innovation's, which is far
# quicker to count than different ids.
_FLOWS = """
WITH back AS MATERIALIZED (SELECT DISTINCT innovation_id FROM {s}.transition WHERE kind = 'returned')
SELECT kind, to_stage, sum(times)::bigint AS times, sum(innovations)::bigint AS innovations FROM (
    SELECT kind, to_stage, count(*) AS times, count(*) AS innovations FROM {s}.transition t
    WHERE kind IN ('proposed', 'advanced', 'returned')
      AND NOT EXISTS (SELECT FROM back b WHERE b.innovation_id = t.innovation_id)
    GROUP BY kind, to_stage
    UNION ALL
    SELECT kind, to_stage, count(*), count(DISTINCT innovation_id)
    FROM {s}.transition JOIN back USING (innovation_id)
    WHERE kind IN ('proposed', 'advanced', 'returned') GROUP BY kind, to_stage
) counted
GROUP BY kind, to_stage ORDER BY kind, to_stage
"""

_STEPS = """
SELECT t.region, t.position, t.innovation_id, t.kind, t.from_stage, t.to_stage, t.happened_on, t.recorded_at,
       i.title, i.is_example, u.name AS unit_name
FROM (SELECT t.* FROM {{s}}.transition t WHERE {where} ORDER BY {order} LIMIT %(limit)s) t
JOIN {{s}}.innovation i ON i.region = t.region AND i.innovation_id = t.innovation_id
LEFT JOIN {{s}}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
ORDER BY {order}
"""
# A region has an order of its own, that of its log, and an index by it.
_NEWEST_WITHIN = _STEPS.format(where="t.region = %(region)s", order="t.position DESC")
_NEWEST = _STEPS.format(where="true", order="t.recorded_at DESC, t.region DESC, t.position DESC")


def by_region_and_stage(model: Model, within: str | None = None) -> Rows:
    """Count the active innovations by region and stage, everywhere or in the regencies and cities of a province."""
    return model.run(_BY_REGION_AND_STAGE, {"within": within})


def programmes(model: Model) -> Rows:
    """Give every programme with the number of its stages that are completed."""
    return model.run(_PROGRAMMES_BY_REGION)


def outcomes(model: Model) -> Rows:
    """Count the public outcome indicators of active innovations: by region, by dimension and together.

    Of each: how many there are, were measured and reached their target by the newest measurement, and how many
    innovations have a measured one. A row of a region has no dimension, one of a dimension no region, that of all
    neither; an indicator that names no dimension is of the dimension "".
    """
    return model.run(_OUTCOMES)


def flows(model: Model) -> Rows:
    """Count the steps that lead to each stage, ever, by their kind: how often, and of how many innovations."""
    return model.run(_FLOWS)


def newest(model: Model, region: str | None = None, limit: int = NEWEST) -> Rows:
    """Give the transitions that were recorded last, of one region or of all."""
    if region is not None:
        return model.run(_NEWEST_WITHIN, {"region": region, "limit": limit})
    return model.run(_NEWEST, {"limit": limit})
