"""What a search finds: each innovation with its points, in one statement.

Each word is looked for in titles, meanings and texts (as written, by its beginning, by its stem and by what means the
same), in the names of units, regions and sectors. Only a word that is nowhere is looked for by likeness, so that one
misspelt word of three still finds, and one well-spelt word finds no others. All words must be found; of three and
more one may be missing where nothing has them all. Words that say nothing by themselves ("untuk", "inovasi") only add
to the points.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.showcase.gallery import names
from services.showcase.gallery.asked import Filter
from services.showcase.model import ReadModel, State
from services.showcase.queries import Model

# What finding a word in a place is worth: the whole title above its beginning, stems below words, texts below names.
WHOLE_TITLE, TITLE_BEGINS, TITLE_RUN_TOGETHER, REGION_NAMED = 1000, 150, 60, 30
# In shorter words one letter makes too many others.
LEAST_TO_SLIP = 5
# Of two titles with the same word the shorter one is more of what was asked for.
_SHORTNESS = "20 / (1 + length(t.title_words) - length(replace(t.title_words, ' ', '')))"
_HIT = f"""
CASE WHEN t.plain @@ w.title THEN 100 + {_SHORTNESS} WHEN t.plain @@ w.initials THEN 90
     WHEN t.plain @@ w.title_begins THEN 80 + {_SHORTNESS}
     WHEN t.plain @@ w.meaning THEN 55 WHEN t.plain @@ w.meaning_begins THEN 45 ELSE 40 END
"""
_STEM = "CASE WHEN t.stems @@ w.title_stem THEN 70 WHEN t.stems @@ w.meaning_stem THEN 50 ELSE 25 END"
_UNIT = """
CASE WHEN strpos(u.words, %(phrase)s) > 0 THEN 75 WHEN u.vector @@ w.title THEN 60
     WHEN u.vector @@ w.title_begins THEN 45 WHEN u.vector @@ w.meaning THEN 40 ELSE 30 END
"""

# Where a prefix eats the first letter of a word (tanam, penanaman; kendali, pengendalian) the stems differ by it, so
# that the word is stemmed in its other form too. Short words have too many by chance.
_OTHER_FORM = """
CASE WHEN w.word ~ '^[mp]en[aiueo]' THEN 't' || substr(w.word, 4)
     WHEN w.word ~ '^[mp]eng[aiueo]' THEN 'k' || substr(w.word, 5)
     WHEN w.word ~ '^t[aiueo]...' THEN 'men' || substr(w.word, 2)
     WHEN w.word ~ '^k[aiueo]...' THEN 'meng' || substr(w.word, 2) ELSE w.word END
"""

_FOUND = f"""
WITH word AS MATERIALIZED (
    SELECT w.*, to_tsquery('simple', quoted || ':A') AS title, to_tsquery('simple', quoted || ':B') AS meaning,
           to_tsquery('simple', quoted || ':C') AS initials,
           to_tsquery('simple', quoted || ':*A') AS title_begins,
           to_tsquery('simple', quoted || ':*B') AS meaning_begins,
           to_tsquery('simple', quoted || CASE WHEN length(w.word) > 1 THEN ':*' ELSE '' END) AS begins,
           to_tsquery('simple', format(either, stem, '', other)) AS stem,
           to_tsquery('simple', format(either, stem, ':A', other)) AS title_stem,
           to_tsquery('simple', format(either, stem, ':B', other)) AS meaning_stem,
           to_tsquery('indonesian', nullif(array_to_string(w.synonyms, ' | '), '')) AS synonym
    FROM json_to_recordset(%(words)s::json) AS w(
        n int, word text, required bool, slips text[], synonyms text[], regions text[], within text[], sectors text[],
        like_regions text[], like_sectors text[]
    ), LATERAL (
        SELECT quote_literal(w.word) AS quoted, (ts_lexize('indonesian_stem', w.word))[1] AS stem,
               '%%1$L%%2$s | %%3$L%%2$s' AS either
    ) q, LATERAL (SELECT (ts_lexize('indonesian_stem', {_OTHER_FORM}))[1] AS other) o
),
named AS MATERIALIZED (
    SELECT w.n, u.region, u.unit_id, {_UNIT} AS points
    FROM word w JOIN {{s}}.unit u ON u.vector @@ (w.begins || w.stem)
),
hit AS MATERIALIZED (
    SELECT w.n, t.region, t.innovation_id, {_HIT} AS points
    FROM word w JOIN {{s}}.innovation_text t ON t.plain @@ w.begins
    UNION ALL
    SELECT w.n, t.region, t.innovation_id, {_STEM} FROM word w JOIN {{s}}.innovation_text t ON t.stems @@ w.stem
    UNION ALL
    SELECT w.n, t.region, t.innovation_id, 35 FROM word w JOIN {{s}}.innovation_text t ON t.stems @@ w.synonym
    UNION ALL
    SELECT w.n, i.region, i.innovation_id, CASE WHEN i.region = ANY(w.regions) THEN 50 ELSE 30 END
    FROM word w JOIN {{s}}.innovation i ON i.region = ANY(w.regions || w.within)
    UNION ALL
    SELECT w.n, i.region, i.innovation_id, 20 FROM word w JOIN {{s}}.innovation i ON i.sector = ANY(w.sectors)
    UNION ALL
    SELECT u.n, i.region, i.innovation_id, u.points
    FROM named u JOIN {{s}}.innovation i ON i.region = u.region AND i.unit_id = u.unit_id
),
missing AS MATERIALIZED (
    SELECT w.* FROM word w
    WHERE w.required AND length(w.word) > 3 AND NOT EXISTS (SELECT FROM hit h WHERE h.n = w.n)
),
near AS (
    SELECT w.n, t.region, t.innovation_id, (40 * strict_word_similarity(w.word, t.words))::int AS points
    FROM missing w JOIN {{s}}.innovation_text t ON w.word <<%% t.words OR t.words LIKE ANY(w.slips)
    UNION ALL
    SELECT w.n, i.region, i.innovation_id, 10
    FROM missing w JOIN {{s}}.innovation i ON i.region = ANY(w.like_regions) OR i.sector = ANY(w.like_sectors)
    UNION ALL
    SELECT w.n, i.region, i.innovation_id, 10
    FROM missing w JOIN {{s}}.unit u ON w.word <<%% u.words
    JOIN {{s}}.innovation i ON i.region = u.region AND i.unit_id = u.unit_id
),
whole AS (
    SELECT 0 AS n, t.region, t.innovation_id,
           CASE WHEN t.title_words = %(text)s OR replace(t.title_words, ' ', '') = %(joined)s THEN {WHOLE_TITLE}
                WHEN starts_with(t.title_words, %(text)s) THEN {TITLE_BEGINS} ELSE {TITLE_RUN_TOGETHER} END AS points
    FROM {{s}}.innovation_text t WHERE t.plain @@ to_tsquery('simple', '''' || %(joined)s || ''':*A')
),
counted AS MATERIALIZED (
    SELECT region, innovation_id, sum(points)::int + CASE WHEN region = ANY(%(named)s) THEN {REGION_NAMED} ELSE 0 END
               AS points,
           bool_or(alike) AND NOT bool_or(n = 0) AS alike,
           -- The whole query at the beginning of a title stands for all its words.
           sum(CASE WHEN n = 0 THEN %(needed)s WHEN n = ANY(%(required)s) THEN 1 ELSE 0 END) AS words
    FROM (
        SELECT n, region, innovation_id, max(points) AS points, bool_and(alike) AS alike FROM (
            SELECT *, false AS alike FROM hit UNION ALL SELECT *, true FROM near UNION ALL SELECT *, false FROM whole
        ) every GROUP BY n, region, innovation_id
    ) best
    GROUP BY region, innovation_id
)
SELECT innovation_id, points, alike OR words < %(needed)s AS alike
FROM counted
WHERE words >= %(needed)s
   OR (words >= %(least)s AND NOT EXISTS (SELECT FROM counted every WHERE every.words >= %(needed)s))
"""


@dataclass(frozen=True)
class Found:
    """What was found, in no order: ids of innovations, and of each its points and whether it is merely alike."""

    ids: Sequence[str]
    points: Sequence[int]
    alike: Sequence[bool]


def found(read_model: ReadModel, model: Model, state: State, asked: Filter) -> Found | None:
    """Give what is found for the words of a filter in this very state, searched for once; None where it has none."""
    words = tuple(asked.words)
    return read_model.fact(("found", words), state, lambda: search(model, words), exact=True) if words else None


def search(model: Model, words: Sequence[str]) -> Found:
    """Give what is found for these words, of which there is at least one; in one statement."""
    rows = model.run(_FOUND, _parameters(words))
    return Found(*([getattr(row, name) for row in rows] for name in ("innovation_id", "points", "alike")))


def _parameters(words: Sequence[str]) -> dict[str, Any]:
    """Give what the statement is told of the words, of which there is at least one."""
    required = [n for n, word in enumerate(words, start=1) if not names.optional(word)]
    required = required or list(range(1, len(words) + 1))
    told = [
        {"n": n, "word": word, "required": n in required, "slips": _slips(word), **vars(names.meaning(word))}
        for n, word in enumerate(words, start=1)
    ]
    needed = len(required)
    return {
        "words": json.dumps(told),
        "text": " ".join(words),
        "joined": "".join(words),
        "phrase": " ".join(words) if len(words) > 1 else None,
        "named": list(names.named(words)),
        "required": required,
        "needed": needed,
        "least": needed if needed < 3 else needed - 1,
    }


def _slips(word: str) -> list[str]:
    """Give patterns of the words of which one slip makes this one: a letter wrong, too many or missing, two turned."""
    if len(word) < LEAST_TO_SLIP:
        return []
    places = range(len(word))
    slips = {f"{word[:at]}_{word[at + 1 :]}" for at in places}
    slips |= {f"{word[:at]}{word[at + 1 :]}" for at in places}
    slips |= {f"{word[:at]}_{word[at:]}" for at in places}
    slips |= {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in places[:-1]}
    return [f"% {slip}%" for slip in sorted(slips)]
