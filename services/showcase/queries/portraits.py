"""What the innovations of a region, or of one of its editions, are like.

How far they came, how long it took, in which sectors, what they changed, and who learned from them. Each part is one
set of rows, which pages count and lists show.
"""

from datetime import date
from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model, Rows

# How long an innovation stood at a stage: from the day on which it came there to the day on which it moved on, was
# returned or was displayed. One that has not left, or ended there, has no such time; nor have dates out of order.
_STAYS = """
SELECT m.innovation_id, m.title, m.programme_id, m.stage, m.position, m.left_position, m.entered_on, m.left_on,
       m.left_on - m.entered_on AS days
FROM (SELECT x.innovation_id, i.title, i.programme_id, x.kind, x.to_stage AS stage, x.position,
             x.happened_on AS entered_on, lead(x.kind) OVER way AS left_kind, lead(x.happened_on) OVER way AS left_on,
             lead(x.position) OVER way AS left_position
      FROM {s}.transition x JOIN {s}.innovation i ON i.region = x.region AND i.innovation_id = x.innovation_id
      WHERE x.region = %(region)s AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
        AND x.kind IN ('proposed', 'advanced', 'returned', 'displayed', 'withdrawn', 'retired')
      WINDOW way AS (PARTITION BY x.innovation_id ORDER BY x.position)) m
WHERE m.kind IN ('proposed', 'advanced', 'returned') AND m.left_kind IN ('advanced', 'returned', 'displayed')
  AND m.left_on BETWEEN m.entered_on AND %(as_of)s
"""

# The first time that an innovation came to a stage.
_CAME = """
SELECT DISTINCT ON (x.innovation_id, x.to_stage)
       x.innovation_id, i.title, i.unit_id, x.to_stage AS stage, x.position, x.happened_on
FROM {s}.transition x JOIN {s}.innovation i ON i.region = x.region AND i.innovation_id = x.innovation_id
WHERE x.region = %(region)s AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
  AND x.kind IN ('proposed', 'advanced') AND x.happened_on <= %(as_of)s
ORDER BY x.innovation_id, x.to_stage, x.position
"""

# The outcome indicators that the public sees, each with its newest measurement up to a day.
_OUTCOMES = """
SELECT i.innovation_id, i.title, d.indicator ->> 'name' AS name, d.indicator ->> 'dimension' AS dimension,
       d.indicator ->> 'baseline' AS baseline, d.indicator ->> 'target' AS target,
       d.indicator ->> 'unit_of_measure' AS unit_of_measure, a.value::text AS value, a.measured_on, a.position,
       CASE WHEN (d.indicator ->> 'target')::numeric <= (d.indicator ->> 'baseline')::numeric
            THEN a.value <= (d.indicator ->> 'target')::numeric
            ELSE a.value >= (d.indicator ->> 'target')::numeric END AS reached
FROM {s}.innovation i
JOIN {s}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
CROSS JOIN LATERAL jsonb_array_elements(
    coalesce(t.shown_indicators, CASE WHEN i.stage = 'display' THEN t.indicators END)) AS d(indicator)
LEFT JOIN LATERAL (
    SELECT m.value, m.measured_on, m.position FROM {s}.measurement m
    WHERE m.region = i.region AND m.innovation_id = i.innovation_id
      AND m.indicator_id = d.indicator ->> 'indicator_id' AND m.measured_on <= %(as_of)s
    ORDER BY m.measured_on DESC, m.position DESC LIMIT 1) a ON true
WHERE i.region = %(region)s AND i.proposed_on <= %(as_of)s AND d.indicator ->> 'kind' = 'outcome'
  AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
"""

# What other regions adapted from here.
_ADAPTED = """
SELECT i.innovation_id, i.title, c.innovation_id AS copy_id, c.title AS copy_title, c.region AS copy_region,
       c.proposed_on, c.first_position
FROM {s}.innovation i JOIN {s}.innovation c ON c.adapted_from = i.innovation_id AND c.region <> i.region
WHERE i.region = %(region)s AND c.proposed_on <= %(as_of)s
  AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
"""

_PORTRAIT = f"""
SELECT
    (SELECT json_object_agg(s.stage, s.n) FROM (
        SELECT stage, count(*) AS n FROM ({_CAME}) x GROUP BY stage) s) AS came,
    (SELECT json_agg(json_build_object('stage', s.stage, 'n', s.n, 'least', s.least, 'median', s.median,
                                       'most', s.most)) FROM (
        SELECT stage, count(*) AS n, min(days) AS least, max(days) AS most,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median
        FROM ({_STAYS}) x GROUP BY stage) s) AS stays,
    (SELECT json_agg(json_build_object('sector', s.sector, 'n', s.n) ORDER BY s.n DESC, s.sector) FROM (
        SELECT i.sector, count(*) AS n FROM {{s}}.innovation i
        WHERE i.region = %(region)s AND i.proposed_on <= %(as_of)s
          AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s) GROUP BY i.sector) s) AS sectors,
    (SELECT json_agg(json_build_object('dimension', s.dimension, 'shown', s.shown, 'measured', s.measured,
                                       'reached', s.reached) ORDER BY s.dimension) FROM (
        SELECT dimension, count(*) AS shown, count(value) AS measured, count(*) FILTER (WHERE reached) AS reached
        FROM ({_OUTCOMES}) x GROUP BY dimension) s) AS outcomes,
    (SELECT json_agg(json_build_object('innovation_id', s.innovation_id, 'title', s.title, 'copies', s.copies,
                                       'regions', s.regions) ORDER BY s.copies DESC, s.innovation_id) FROM (
        SELECT innovation_id, title, count(*) AS copies, array_agg(DISTINCT copy_region) AS regions
        FROM ({_ADAPTED}) x GROUP BY innovation_id, title) s) AS adapted
"""

_LISTS = {
    "stays": f"{_STAYS} AND m.stage = %(only)s ORDER BY days DESC, m.position LIMIT %(limit)s",
    "came": f"SELECT x.* FROM ({_CAME}) x WHERE x.stage = %(only)s ORDER BY x.position LIMIT %(limit)s",
    "outcomes": f"SELECT x.* FROM ({_OUTCOMES}) x ORDER BY x.innovation_id, x.name LIMIT %(limit)s",
    "measured": f"SELECT x.* FROM ({_OUTCOMES}) x WHERE x.value IS NOT NULL"
    " ORDER BY x.innovation_id, x.name LIMIT %(limit)s",
    "target_reached": f"SELECT x.* FROM ({_OUTCOMES}) x WHERE x.reached"
    " ORDER BY x.innovation_id, x.name LIMIT %(limit)s",
    "adapted": f"{_ADAPTED} ORDER BY c.proposed_on, c.innovation_id LIMIT %(limit)s",
}


def portrait(model: Model, region: str, as_of: date, programme: str | None = None) -> Row[Any]:
    """Give what a region's innovations are like up to a day, of all its editions or of one: one row of JSON lists.

    `came` maps stages to how many came there, `stays` has days at each stage (least, median, most, n), `sectors` and
    `outcomes` (by dimension: shown, measured, reached) are counts, `adapted` the innovations that others copied.
    """
    [found] = model.run(_PORTRAIT, {"region": region, "as_of": as_of, "programme": programme})
    return found


def portrayed(
    model: Model,
    what: str,
    region: str,
    as_of: date,
    *,
    programme: str | None = None,
    only: str | None = None,
    limit: int,
) -> Rows:
    """Give the rows behind a number of the portrait: `what` is a key of it, `only` a stage."""
    parameters = {"region": region, "as_of": as_of, "programme": programme, "only": only, "limit": limit}
    return model.run(_LISTS[what], parameters)
