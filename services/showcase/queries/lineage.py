"""Where an innovation comes from and what was adapted from it, over all regions, in one statement."""

from services.showcase.queries.model import Model, Rows

DEEPEST = 10
MOST = 200

# The way up has one parent at each step, so that all that could turn it into a circle is one of its own members; the
# way down is a tree but for the members of the way up. PostgreSQL makes no more of it than the limit asks for.
_LINEAGE = """
WITH RECURSIVE up AS (
    SELECT i.region, i.innovation_id, i.adapted_from, 0 AS depth, ARRAY[i.innovation_id] AS path
    FROM {s}.innovation i WHERE i.region = %(region)s AND i.innovation_id = %(innovation_id)s
    UNION ALL
    SELECT o.region, o.innovation_id, o.adapted_from, up.depth - 1, up.path || o.innovation_id
    FROM up
    JOIN {s}.innovation o ON o.region = split_part(up.adapted_from, '-', 1) AND o.innovation_id = up.adapted_from
    WHERE up.depth > -%(deepest)s AND o.innovation_id <> ALL(up.path)
), down AS (
    SELECT region, innovation_id, 0 AS depth FROM up WHERE depth = 0
    UNION ALL
    SELECT c.region, c.innovation_id, down.depth + 1
    FROM down JOIN {s}.innovation c ON c.adapted_from = down.innovation_id
    WHERE down.depth < %(deepest)s AND NOT EXISTS (SELECT FROM up WHERE up.innovation_id = c.innovation_id)
), kin AS (
    SELECT region, innovation_id, depth FROM up
    UNION ALL
    (SELECT region, innovation_id, depth FROM down WHERE depth > 0 LIMIT %(most)s + 1)
)
SELECT k.depth, i.region, i.innovation_id, i.adapted_from, i.title, i.stage, i.status, i.is_example, i.launched_on,
       i.displayed_on
FROM kin k JOIN {s}.innovation i ON i.region = k.region AND i.innovation_id = k.innovation_id
ORDER BY k.depth, i.region, i.innovation_id
"""


def lineage(model: Model, region: str, innovation_id: str) -> Rows:
    """Give an innovation and its kin by depth, negative for those it comes from; at most MOST + 1 copies of copies."""
    return model.run(_LINEAGE, {"region": region, "innovation_id": innovation_id, "deepest": DEEPEST, "most": MOST})
