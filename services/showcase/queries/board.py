"""What LAN's board reads: programmes of all regions side by side, in one statement however many they are."""

from datetime import date

from services.showcase.counts import COUNTS, SECTIONS
from services.showcase.queries.model import Model, Rows
from services.showcase.queries.targets import held

# Momentum compares the steps of so many days with those of as many before.
MOMENTUM_DAYS = 90
# The transitions that are steps forward.
STEPS = ("proposed", "submitted", "advanced", "launched", "displayed")

_FILLED = " + ".join(f"({section.condition})::int" for section in SECTIONS.values())
_COUNTED = ",\n           ".join(
    f"count(*) FILTER (WHERE {COUNTS[name].condition}) AS {name}" for name in ("registered", "launched", "displayed")
)
# A programme's id holds its region. To join by the region too would have PostgreSQL, which takes the two for
# independent, expect next to no rows, and look each of many thousands up by itself.
_OURS = "{s}.innovation i JOIN chosen c ON c.programme_id = i.programme_id"

_BOARD = f"""
WITH chosen AS (
    SELECT DISTINCT ON (p.region) p.region, p.programme_id, p.edition, p.title, p.requested_on, p.signed_on,
           p.stalled_on, p.stalled_reason, p.closed_on
    FROM {{s}}.programme p
    WHERE (%(edition)s::text IS NULL OR p.edition = %(edition)s)
      AND (%(province)s::text IS NULL OR p.region = %(province)s OR p.region LIKE %(province)s || '.%%')
    ORDER BY p.region, p.requested_on DESC, p.programme_id DESC
), {held()}, counted AS (
    SELECT i.programme_id, {_COUNTED},
           count(DISTINCT i.unit_id) FILTER (WHERE {COUNTS["registered"].condition}) AS units,
           count(*) FILTER (WHERE i.status = 'active' AND i.awaiting IS NOT NULL) AS waiting,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY i.launched_on - i.proposed_on)
               FILTER (WHERE i.launched_on BETWEEN i.proposed_on AND %(as_of)s) AS median_days
    FROM {_OURS} GROUP BY i.programme_id
), waits AS (
    SELECT i.programme_id, min(w.since) AS waiting_since
    FROM {_OURS} CROSS JOIN LATERAL (
        SELECT max(x.happened_on) AS since FROM {{s}}.transition x
        WHERE x.region = i.region AND x.innovation_id = i.innovation_id AND x.kind = 'submitted') w
    WHERE i.status = 'active' AND i.awaiting IS NOT NULL GROUP BY i.programme_id
), moved AS (
    SELECT i.programme_id,
           count(*) FILTER (WHERE x.happened_on > %(as_of)s - %(days)s) AS steps,
           count(*) FILTER (WHERE x.happened_on <= %(as_of)s - %(days)s) AS steps_before
    FROM {_OURS} JOIN {{s}}.transition x ON x.region = i.region AND x.innovation_id = i.innovation_id
    WHERE x.kind = ANY(%(steps)s) AND x.happened_on > %(as_of)s - 2 * %(days)s AND x.happened_on <= %(as_of)s
    GROUP BY i.programme_id
), documented AS (
    SELECT i.programme_id, count(*) AS documented, sum({_FILLED}) AS filled
    FROM {_OURS} JOIN {{s}}.innovation_text t ON t.region = i.region AND t.innovation_id = i.innovation_id
    WHERE i.status = 'active' AND {COUNTS["launched"].condition} GROUP BY i.programme_id
), aims AS (
    SELECT h.programme_id, count(*) AS targets, count(h.met) AS targets_known,
           count(*) FILTER (WHERE h.met) AS targets_met
    FROM held h GROUP BY h.programme_id
), stages AS (
    SELECT g.programme_id, count(g.completed_on) AS stages_done,
           array_agg(g.stage) FILTER (WHERE g.opened_on IS NOT NULL AND g.completed_on IS NULL) AS open_stages
    FROM {{s}}.programme_stage g JOIN chosen c ON c.programme_id = g.programme_id
    GROUP BY g.programme_id
)
SELECT c.region, c.programme_id, c.edition, c.title, c.requested_on, c.signed_on, c.stalled_on, c.stalled_reason,
       c.closed_on, coalesce(g.stages_done, 0) AS stages_done, g.open_stages,
       coalesce(n.registered, 0) AS registered, coalesce(n.launched, 0) AS launched,
       coalesce(n.displayed, 0) AS displayed, coalesce(n.units, 0) AS units, coalesce(n.waiting, 0) AS waiting,
       n.median_days, w.waiting_since, coalesce(m.steps, 0) AS steps, coalesce(m.steps_before, 0) AS steps_before,
       coalesce(d.documented, 0) AS documented, coalesce(d.filled, 0) AS filled,
       coalesce(a.targets, 0) AS targets, coalesce(a.targets_known, 0) AS targets_known,
       coalesce(a.targets_met, 0) AS targets_met
FROM chosen c
LEFT JOIN counted n ON n.programme_id = c.programme_id
LEFT JOIN waits w ON w.programme_id = c.programme_id
LEFT JOIN moved m ON m.programme_id = c.programme_id
LEFT JOIN documented d ON d.programme_id = c.programme_id
LEFT JOIN aims a ON a.programme_id = c.programme_id
LEFT JOIN stages g ON g.programme_id = c.programme_id
ORDER BY c.region
"""

_EDITIONS = """
SELECT p.edition, count(*) AS programmes FROM {s}.programme p GROUP BY p.edition ORDER BY p.edition DESC LIMIT %(limit)s
"""


def board(model: Model, as_of: date, edition: str | None = None, province: str | None = None) -> Rows:
    """Give the programme of each region, in the order of their codes: of an edition, or else the region's newest.

    `province` is a province's code, whose own programme and those of its regencies and cities are given. Counts are
    up to `as_of`, steps those of MOMENTUM_DAYS up to it and of as many before.
    """
    parameters = {
        "as_of": as_of,
        "edition": edition,
        "province": province,
        "days": MOMENTUM_DAYS,
        "steps": list(STEPS),
    }
    return model.run(_BOARD, parameters)


def editions(model: Model, limit: int = 100) -> Rows:
    """Give the editions that there are, the newest first, with how many regions have one."""
    return model.run(_EDITIONS, {"limit": limit})
