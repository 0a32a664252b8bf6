"""Targets held against the records: what each wants, what there is, and whether it is met.

One definition for a region's pages and for the board: the parts of a statement below go from programmes (`chosen`,
with `region` and `programme_id`) to their targets (`held`).
"""

from datetime import date

from services.showcase.queries.model import Model, Rows

# Wanted of "innovations per unit" are all units; of "per civil servant" as many innovations as there are civil
# servants, as far as they were counted. Where some were not, only a miss is certain: `met` is null otherwise.
# What is stated anew for the same measure, unit and day replaces the former.
_HELD = """
per_unit AS (
    SELECT i.programme_id, i.unit_id, count(*) AS registered
    FROM {s}.innovation i JOIN chosen c ON c.programme_id = i.programme_id
    WHERE i.proposed_on <= %(as_of)s {of_i} GROUP BY i.programme_id, i.unit_id
), staff AS (
    SELECT u.region, count(*) AS units, count(u.civil_servants) AS counted, sum(u.civil_servants) AS civil_servants
    FROM {s}.unit u WHERE u.region IN (SELECT region FROM chosen) {of_u} GROUP BY u.region
), newest AS (
    SELECT DISTINCT ON (x.programme_id, x.measure, x.unit_id, x.due_on)
           x.region, x.programme_id, x.position, x.measure, x.value, x.unit_id, x.due_on, x.note
    FROM {s}.target x JOIN chosen c ON c.programme_id = x.programme_id {of_x}
    ORDER BY x.programme_id, x.measure, x.unit_id, x.due_on, x.position DESC
), whole AS (
    SELECT n.programme_id, sum(n.registered)::bigint AS registered, count(*) AS reached,
           array_agg(n.registered) AS by_unit
    FROM per_unit n GROUP BY n.programme_id
), summed AS (
    SELECT t.region, t.programme_id, t.position, t.measure, t.value, t.unit_id, t.due_on, t.note,
           coalesce(CASE WHEN t.unit_id IS NULL THEN w.registered ELSE n.registered END, 0) AS registered,
           CASE WHEN t.unit_id IS NULL THEN coalesce(w.reached, 0) ELSE (n.unit_id IS NOT NULL)::int END AS reached,
           CASE WHEN t.unit_id IS NULL THEN (SELECT count(*) FROM unnest(w.by_unit) x WHERE x >= t.value)
                ELSE coalesce(n.registered >= t.value, false)::int END AS enough
    FROM newest t
    LEFT JOIN whole w ON w.programme_id = t.programme_id
    LEFT JOIN per_unit n ON n.programme_id = t.programme_id AND n.unit_id = t.unit_id
), beside AS (
    SELECT x.region, x.programme_id, x.position, x.measure, x.value, x.unit_id, x.due_on, x.note, u.name AS unit_name,
           CASE x.measure WHEN 'innovations' THEN x.registered WHEN 'innovations-per-civil-servant' THEN x.registered
                          WHEN 'units-reached' THEN x.reached WHEN 'innovations-per-unit' THEN x.enough END AS actual,
           CASE x.measure WHEN 'innovations' THEN x.value WHEN 'units-reached' THEN x.value
                          WHEN 'innovations-per-unit' THEN CASE WHEN x.unit_id IS NULL THEN f.units ELSE 1 END
                          WHEN 'innovations-per-civil-servant'
                          THEN x.value * CASE WHEN x.unit_id IS NULL THEN f.civil_servants ELSE u.civil_servants END
           END AS wanted,
           CASE WHEN x.measure <> 'innovations-per-civil-servant' THEN 0 WHEN x.unit_id IS NULL THEN f.units - f.counted
                ELSE (u.civil_servants IS NULL)::int END AS uncounted
    FROM summed x
    LEFT JOIN staff f ON f.region = x.region
    LEFT JOIN {s}.unit u ON u.region = x.region AND u.unit_id = x.unit_id
), held AS (
    SELECT b.region, b.programme_id, b.position, b.measure, b.value, b.unit_id, b.due_on, b.note, b.unit_name,
           b.actual, b.wanted, b.uncounted,
           CASE WHEN b.actual < b.wanted THEN false WHEN b.uncounted = 0 AND b.actual >= b.wanted THEN true END AS met
    FROM beside b
)
"""


def held(*, of_one_region: bool = False) -> str:
    """Give these parts, ready to stand after `chosen` in a WITH; of one region they read by its key (`region`)."""
    parts = _HELD
    for row in "iux":
        parts = parts.replace(f"{{of_{row}}}", f"AND {row}.region = %(region)s" if of_one_region else "")
    return parts


_REGION_TARGETS = f"""
WITH chosen AS (SELECT p.region, p.programme_id FROM {{s}}.programme p WHERE p.region = %(region)s),
{held(of_one_region=True)}
SELECT programme_id, position, measure, value, unit_id, unit_name, due_on, note, actual, wanted, uncounted, met
FROM held ORDER BY programme_id, position
"""


def region_targets(model: Model, region: str, as_of: date) -> Rows:
    """Give the targets of a region's programmes beside what was put forward up to a day.

    `actual` and `wanted` are comparable numbers, `uncounted` the units whose civil servants were not counted, `met`
    None where the records cannot tell.
    """
    return model.run(_REGION_TARGETS, {"region": region, "as_of": as_of})
