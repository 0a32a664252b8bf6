"""What may be meant by what was typed so far: titles, units and regions that begin so."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.showcase.gallery import names
from services.showcase.gallery.asked import Filter
from services.showcase.queries import Model
from shared.regions import region_name

INNOVATIONS, UNITS, REGIONS = 6, 3, 3

_SUGGESTED = """
(SELECT 'innovation' AS kind, i.innovation_id AS id, i.title AS text, i.region
 FROM {s}.innovation_text t JOIN {s}.innovation i ON i.region = t.region AND i.innovation_id = t.innovation_id
 WHERE t.plain @@ to_tsquery('simple', %(title)s) AND i.status = 'active'
 ORDER BY starts_with(t.title_words, %(text)s) DESC, length(t.title_words), t.title_words, i.innovation_id
 LIMIT %(innovations)s)
UNION ALL
(SELECT 'unit', u.unit_id, u.name, u.region
 FROM {s}.unit u WHERE u.vector @@ to_tsquery('simple', %(unit)s)
 ORDER BY u.vector @@ to_tsquery('simple', %(short)s) DESC, length(u.name), u.unit_id LIMIT %(units)s)
"""


@dataclass(frozen=True)
class Suggestion:
    """Something that may be meant: its kind (region, unit or innovation), its id there, its name, and its region."""

    kind: str
    id: str
    text: str
    region_name: str


def suggest(model: Model, asked: Filter) -> Sequence[Suggestion]:
    """Give what the typed words begin, regions first: at most twelve, in one statement, or none for no words."""
    words = asked.words
    if not words:
        return ()
    *whole, last = [f"'{word}'" for word in words]
    joined = "".join(words)
    title = " & ".join([*(f"{word}:A" for word in whole), f"{last}:*A"])
    rows = model.run(
        _SUGGESTED,
        {
            "title": f"({title}) | '{joined}':*A",
            "unit": " & ".join([*whole, f"{last}:*"]),
            "short": f"'{joined}':*A",
            "text": " ".join(words),
            "innovations": INNOVATIONS,
            "units": UNITS,
        },
    )
    regions = [Suggestion("region", each.code, each.name, "") for each in names.beginning(words, REGIONS)]
    found = [Suggestion(row.kind, row.id, row.text, region_name(row.region)) for row in rows]
    # In the order of how much each holds: a region, its units, their innovations.
    return [
        *regions,
        *(each for each in found if each.kind == "unit"),
        *(each for each in found if each.kind != "unit"),
    ]
