"""What a sitemap lists: the innovations in parts, and the pages of everything else."""

from services.showcase.queries.model import Model, Rows

# A moment as the sitemap protocol has it: the W3C's form of ISO 8601.
_W3C = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

_PARTS = f"""
SELECT part, {_W3C.format("max(recorded_at)")} AS newest
FROM (SELECT recorded_at, (row_number() OVER (ORDER BY region, innovation_id) - 1) / %(size)s + 1 AS part
      FROM {{s}}.innovation) numbered
GROUP BY part ORDER BY part
"""

_INNOVATIONS = f"""
SELECT innovation_id, {_W3C.format("recorded_at")} AS newest FROM {{s}}.innovation
ORDER BY region, innovation_id OFFSET %(skip)s LIMIT %(size)s
"""

_PAGES = """
SELECT path FROM (
    SELECT 1 AS kind, '/regions/' || region AS path FROM {s}.programme
    UNION SELECT 1, '/regions/' || region FROM {s}.unit
    UNION SELECT 2, '/programmes/' || programme_id FROM {s}.programme
    UNION SELECT 3, '/units/' || unit_id FROM {s}.unit
    UNION SELECT 4, '/festivals/' || festival_id FROM {s}.festival
) pages ORDER BY kind, path LIMIT 50000
"""


def listed(model: Model, size: int) -> Rows:
    """Give the parts of so many innovations each that a sitemap has, with the moment of the newest change in each."""
    return model.run(_PARTS, {"size": size})


def listed_innovations(model: Model, part: int, size: int) -> Rows:
    """Give the innovations of a part, counted from 1, with the moment at which each changed last."""
    return model.run(_INNOVATIONS, {"skip": (part - 1) * size, "size": size})


def listed_pages(model: Model) -> Rows:
    """Give the paths of the pages of regions, programmes, units and festivals."""
    return model.run(_PAGES)
