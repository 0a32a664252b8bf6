"""A reviewer's queue: which of the own panels needs its reviewer most, and an innovation's other assessments."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, select

from services.review.domain.state import PENDING, SeatState, Status
from services.review.read_models.assessments import PROJECTION, Listed, assessment

ASKED_BEFORE = 20


def missing(each: Listed) -> int:
    """Give how many scorecards a panel lacks to be complete."""
    return max(each.pending, each.quorum - each.scorecards)


def by_need(own: Iterable[Listed]) -> list[Listed]:
    """Give assessments with the one first whose panel lacks the fewest scorecards, then the due, then the oldest."""
    return sorted(own, key=lambda each: (missing(each), each.due_on or date.max, each.opened_at, each.assessment_id))


def waiting(own: Iterable[Listed]) -> list[Listed]:
    """Give those that wait for their reviewer, the most needed first."""
    return by_need(each for each in own if each.status is Status.OPEN and each.own_state in PENDING)


def grouped(own: list[Listed]) -> dict[str, list[Listed]]:
    """Give a reviewer's assessments by what there is to do, in the order of need; what is done, the newest first."""
    groups: dict[str, list[Listed]] = {
        "to_score": [],
        "to_declare": [],
        "in_moderation": [],
        "handed_in": [],
        "done": [],
    }
    for each in by_need(own):
        groups[_group(each)].append(each)
    groups["done"].sort(key=lambda each: (each.opened_at, each.assessment_id), reverse=True)
    return groups


def others_of(connection: Connection, innovation_id: str, ident: str) -> list[str]:
    """Give the ids of an innovation's other assessments, the newest first. Whether one may be read, it says itself."""
    query = (
        select(assessment.c.assessment_id)
        .where(assessment.c.innovation_id == innovation_id, assessment.c.assessment_id != ident)
        .order_by(assessment.c.submission_no.desc())
        .limit(ASKED_BEFORE)
    )
    return list(PROJECTION.reading(connection).execute(query).scalars())


def _group(each: Listed) -> str:
    match each.status, each.own_state:
        case Status.OPEN, SeatState.ASSIGNED:
            return "to_declare"
        case Status.OPEN, SeatState.CLEARED:
            return "to_score"
        case Status.OPEN, SeatState.SCORED:
            return "handed_in"
        case Status.MODERATION, SeatState.SCORED:
            return "in_moderation"
        case _:
            return "done"
