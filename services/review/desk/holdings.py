"""What review holds of a person, in numbers: what an erasure takes, and what stays."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine

from services.review.desk.erasure import OF_SEAT
from services.review.domain.reviewer import REVIEWER, reviewer_id
from shared.domain import NATIONAL
from shared.holdings import Holdings, LookedOut

_COUNTS = f"""
{OF_SEAT}
SELECT (SELECT count(*) FROM seat) AS places,
    (SELECT count(*) FROM own WHERE type = 'assessment.remark-made') AS remarks,
    (SELECT count(*) FROM own WHERE type = 'assessment.reviewer-recused') AS declarations,
    (SELECT count(*) FROM own WHERE type LIKE 'assessment.scorecard-%%') AS scorecards,
    (SELECT count(*) FROM draft WHERE person = %(person)s::uuid) AS drafts,
    (SELECT count(*) FROM mail WHERE recipient_person = %(person)s::uuid) AS letters,
    (SELECT count(*) FROM (SELECT 1 FROM event WHERE region = %(national)s AND stream = %(entry)s LIMIT 1) p) AS pool
"""

_LOOKED = f"""
{OF_SEAT}
SELECT region, recorded_at, data ->> 'reason' FROM own WHERE type = 'assessment.reviewer-resolved' ORDER BY recorded_at
"""


def holdings(engine: Engine, follows: str) -> Holdings:
    """Give what review holds of people; `follows` is the name of the consumer that obeys submission."""
    return Holdings(service="review", engine=engine, follows=follows, keeps_a_log=True, counts=[counts], looked=looked)


def counts(connection: Connection, person: str) -> Mapping[str, int]:
    """Give how much there is of a person by kind: one query."""
    values = {"person": person, "national": NATIONAL, "entry": REVIEWER.stream(reviewer_id(person))}
    return {str(kind): number for kind, number in connection.exec_driver_sql(_COUNTS, values).mappings().one().items()}


def looked(connection: Connection, person: str) -> Sequence[LookedOut]:
    """Give when auditors asked who sat at one of the person's places, and why: one query."""
    rows = connection.exec_driver_sql(_LOOKED, {"person": person})
    return [LookedOut(region=row[0], at=row[1], reason=row[2]) for row in rows]
