"""What citizens say about an innovation, in one statement: the figures, and the words that may be read."""

from typing import Any

from sqlalchemy import Row

from services.showcase.queries.model import Model

SHOWN = 20

# What was withheld or taken back neither shows nor counts. Words stand here only once they were published; of several
# answers the newest. Where words were erased since, what was said still counts.
_FEEDBACK = """
WITH counted AS (
    SELECT f.feedback_id, f.kind, f.stars, f.given_on, f.state, f.answered_on, f.first_position
    FROM {s}.feedback f
    WHERE f.region = %(region)s AND f.innovation_id = %(innovation_id)s AND f.state IN ('given', 'published')
)
SELECT count(*) FILTER (WHERE kind = 'confirmation') AS confirmations,
       count(*) FILTER (WHERE kind = 'rating') AS ratings,
       avg(stars) FILTER (WHERE kind = 'rating') AS mean,
       count(*) FILTER (WHERE kind = 'rating' AND stars = 1) AS stars_1,
       count(*) FILTER (WHERE kind = 'rating' AND stars = 2) AS stars_2,
       count(*) FILTER (WHERE kind = 'rating' AND stars = 3) AS stars_3,
       count(*) FILTER (WHERE kind = 'rating' AND stars = 4) AS stars_4,
       count(*) FILTER (WHERE kind = 'rating' AND stars = 5) AS stars_5,
       count(*) FILTER (WHERE kind = 'complaint') AS complaints,
       count(*) FILTER (WHERE kind = 'complaint' AND answered_on IS NULL) AS unanswered,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (answered_on - given_on)::float8)
           FILTER (WHERE kind = 'complaint' AND answered_on IS NOT NULL) AS median_days,
       count(*) FILTER (WHERE state = 'published') AS published,
       (SELECT json_agg(json_build_object(
                   'feedback_id', p.feedback_id, 'kind', p.kind, 'stars', p.stars, 'given_on', p.given_on,
                   'answered_on', p.answered_on, 'text', c.text, 'answer', a.text) ORDER BY p.first_position DESC)
        FROM (SELECT * FROM counted WHERE state = 'published' ORDER BY first_position DESC LIMIT %(shown)s) p
        LEFT JOIN LATERAL (
            SELECT w.text FROM {s}.feedback_words w
            WHERE w.region = %(region)s AND w.feedback_id = p.feedback_id AND w.by = 'citizen'
            ORDER BY w.position DESC LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            SELECT w.text FROM {s}.feedback_words w
            WHERE w.region = %(region)s AND w.feedback_id = p.feedback_id AND w.by = 'unit'
            ORDER BY w.position DESC LIMIT 1) a ON true) AS words
FROM counted
"""


def feedback(model: Model, region: str, innovation_id: str) -> Row[Any]:
    """Give what citizens say about an innovation: one row, with zeros where nobody said anything."""
    return model.run(_FEEDBACK, {"region": region, "innovation_id": innovation_id, "shown": SHOWN})[0]
