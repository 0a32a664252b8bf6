"""What a reviewer hands in, and how it may be replaced: freely while the panel is at work, once in a moderation."""

from dataclasses import dataclass

from services.review.domain import rejections as no
from services.review.domain.events import AssessmentOpened, Criterion, Mark, ScorecardRevised, ScorecardSubmitted
from services.review.domain.panel import MAX_REASON, own_seat
from services.review.domain.scoring import check_marks, total
from services.review.domain.state import Assessment, SeatState, Status
from services.review.domain.texts import optional, required
from shared.domain import Command

MAX_SUMMARY = 8000


@dataclass(frozen=True, kw_only=True)
class SubmitScorecard(Command):
    """Hand in the scorecard, as a reviewer. `criteria` are those of the present round's rubric version."""

    criteria: tuple[Criterion, ...]
    marks: tuple[Mark, ...]
    summary: str


@dataclass(frozen=True, kw_only=True)
class ReviseScorecard(SubmitScorecard):
    """Replace the own scorecard; in a moderation with a reason, and once."""

    reason: str


def submit(command: SubmitScorecard, state: Assessment, opened: AssessmentOpened) -> ScorecardSubmitted:
    """Give the first scorecard of the round."""
    seat = own_seat(command, state)
    if seat.state is SeatState.SCORED:
        raise no.AlreadyScored
    if seat.state is not SeatState.CLEARED:
        raise no.DeclarationMissing
    marks = check_marks(command.criteria, command.marks)
    return ScorecardSubmitted(
        assessment_id=opened.assessment_id,
        slot=seat.slot,
        round_no=state.round.number,
        marks=marks,
        summary=optional(command.summary, "summary", MAX_SUMMARY),
        total=total(command.criteria, marks),
    )


def revise(command: ReviseScorecard, state: Assessment, opened: AssessmentOpened) -> ScorecardRevised:
    """Give the scorecard that takes the place of the one before."""
    seat = own_seat(command, state)
    before = seat.card(state.round.number)
    if before is None:
        raise no.NothingToRevise
    moderated = state.status is Status.MODERATION
    if moderated and before.moderated:
        raise no.RevisedAlready
    marks = check_marks(command.criteria, command.marks)
    needed = required if moderated else optional
    return ScorecardRevised(
        assessment_id=opened.assessment_id,
        slot=seat.slot,
        round_no=state.round.number,
        revision=before.revision + 1,
        marks=marks,
        summary=optional(command.summary, "summary", MAX_SUMMARY),
        total=total(command.criteria, marks),
        reason=needed(command.reason, "reason", MAX_REASON),
    )
