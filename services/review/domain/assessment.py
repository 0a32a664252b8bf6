"""An assessment: a panel judges one submission of an innovation to a gate, sealed until the panel is complete.

    open ──(last assigned reviewer done, quorum met)──▶ complete ──Conclude──▶ concluded
     ▲ │                    │ they differ widely         ▲    │
     │ │                    ▼                            │    │
     │ │                moderation ──CloseModeration─────┘    │
     └─┼───────────────────OpenRound──────────────────────────┘
       └──────────────────Cancel──────────────────────────────▶ cancelled

A panel whose reviewers have all left or scored without reaching its quorum stays open: nobody reads a score while
another may still be assigned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from services.review.domain import deliberation, panel, scorecards
from services.review.domain import rejections as no
from services.review.domain.deliberation import CloseModeration, MakeRemark, OpenRound, SchedulePresentation
from services.review.domain.events import (
    AssessmentCancelled,
    AssessmentConcluded,
    AssessmentEvent,
    AssessmentOpened,
    ModerationOpened,
    Outcome,
    PanelCompleted,
    ReviewerResolved,
)
from services.review.domain.panel import MAX_REASON, AssignReviewers, ClearConflict, Recuse, Release
from services.review.domain.scorecards import ReviseScorecard, SubmitScorecard
from services.review.domain.scoring import MODERATION_SPREAD, mean, spread
from services.review.domain.state import Assessment, SeatState, Status, evolve, is_complete
from services.review.domain.texts import optional, required
from shared.domain import Command, Decider, NotFound

MAX_RATIONALE = 8000


@dataclass(frozen=True, kw_only=True)
class OpenAssessment(Command):
    """Open an assessment of a submission to a gate."""

    assessment_id: str
    innovation_id: str
    programme_id: str
    unit_id: str
    submission_no: int
    from_stage: str
    to_stage: str
    rubric_id: str
    rubric_version: int
    panel_size: int
    quorum: int


@dataclass(frozen=True, kw_only=True)
class Conclude(Command):
    """Determine the outcome, as the chair."""

    outcome: Outcome
    rationale: str
    required_changes: str
    concluded_on: date


@dataclass(frozen=True, kw_only=True)
class Cancel(Command):
    """End the assessment without an outcome."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ResolveReviewer(Command):
    """Learn, as an auditor, who sat at a place of the concluded panel, and say why."""

    slot: str
    reason: str


AssessmentCommand = (
    OpenAssessment
    | AssignReviewers
    | ClearConflict
    | Recuse
    | Release
    | SubmitScorecard
    | ReviseScorecard
    | MakeRemark
    | CloseModeration
    | OpenRound
    | SchedulePresentation
    | Conclude
    | Cancel
    | ResolveReviewer
)


def decide(command: AssessmentCommand, state: Assessment) -> Sequence[AssessmentEvent]:
    """Give what happens on a command; raise the rejection that says why nothing does."""
    if isinstance(command, OpenAssessment):
        return [_open(command, state)]
    opened = state.opened
    if opened is None:
        raise NotFound
    match command:
        case AssignReviewers():
            _require_open(state)
            return panel.assign(command, state, opened)
        case ClearConflict():
            _require_open(state)
            return [panel.clear(command, state, opened)]
        case Recuse():
            _require_open(state)
            return _perhaps_completing(state, panel.recuse(command, state, opened))
        case Release():
            _require_open(state)
            return _perhaps_completing(state, panel.release(command, state, opened))
        case ReviseScorecard():
            if state.status is not Status.MODERATION:
                _require_open(state)
            return [scorecards.revise(command, state, opened)]
        case SubmitScorecard():
            _require_open(state)
            return _perhaps_completing(state, scorecards.submit(command, state, opened))
        case MakeRemark():
            return [deliberation.remark(command, state, opened)]
        case CloseModeration():
            return [deliberation.close(state, opened)]
        case OpenRound():
            _require_running(state)
            return [deliberation.open_round(command, state, opened)]
        case SchedulePresentation():
            _require_running(state)
            return [deliberation.schedule(command, state, opened)]
        case Conclude():
            return [_conclude(command, state, opened)]
        case Cancel():
            _require_running(state)
            return [
                AssessmentCancelled(
                    assessment_id=opened.assessment_id,
                    innovation_id=opened.innovation_id,
                    reason=required(command.reason, "reason", MAX_REASON),
                )
            ]
        case ResolveReviewer():
            return _resolve(command, state, opened)
        case _:
            assert_never(command)


def _open(command: OpenAssessment, state: Assessment) -> AssessmentOpened:
    if state.opened is not None:
        raise no.AlreadyOpened
    if not 1 <= command.quorum <= command.panel_size:
        raise no.PanelInvalid(field="quorum")
    return AssessmentOpened(
        assessment_id=command.assessment_id,
        innovation_id=command.innovation_id,
        programme_id=command.programme_id,
        unit_id=command.unit_id,
        submission_no=command.submission_no,
        from_stage=command.from_stage,
        to_stage=command.to_stage,
        rubric_id=command.rubric_id,
        rubric_version=command.rubric_version,
        panel_size=command.panel_size,
        quorum=command.quorum,
    )


def _conclude(command: Conclude, state: Assessment, opened: AssessmentOpened) -> AssessmentConcluded:
    match state.status:
        case Status.OPEN if state.pending:
            raise no.PanelIncomplete
        case Status.OPEN:
            raise no.QuorumNotMet(scorecards=len(state.totals), quorum=opened.quorum)
        case Status.MODERATION:
            raise no.InModeration
        case Status.CONCLUDED | Status.CANCELLED:
            raise no.AlreadyEnded
        case Status.COMPLETE:
            pass
        case _:
            assert_never(state.status)
    if any(seat.person == command.actor and seat.state is not SeatState.RELEASED for seat in state.seats):
        raise no.JudgeAndChair
    if command.concluded_on > command.at.date() + timedelta(days=1):
        raise no.ConcludedInTheFuture(field="concluded_on")
    changes = required if command.outcome is Outcome.REVISE else optional
    return AssessmentConcluded(
        assessment_id=opened.assessment_id,
        innovation_id=opened.innovation_id,
        submission_no=opened.submission_no,
        from_stage=opened.from_stage,
        to_stage=opened.to_stage,
        outcome=command.outcome,
        rationale=required(command.rationale, "rationale", MAX_RATIONALE),
        required_changes=changes(command.required_changes, "required_changes", MAX_RATIONALE),
        score=mean(state.totals),
        spread=spread(state.totals),
        scorecards=len(state.totals),
        concluded_on=command.concluded_on,
    )


def _resolve(command: ResolveReviewer, state: Assessment, opened: AssessmentOpened) -> list[AssessmentEvent]:
    if state.status is not Status.CONCLUDED:
        raise no.NotConcluded
    if state.seat_at(command.slot) is None:
        raise no.SlotUnknown(field="slot")
    return [
        ReviewerResolved(
            assessment_id=opened.assessment_id,
            slot=command.slot,
            reason=required(command.reason, "reason", MAX_REASON),
            resolved_by=command.actor,
        )
    ]


def _require_open(state: Assessment) -> None:
    match state.status:
        case Status.OPEN:
            return
        case Status.COMPLETE | Status.MODERATION:
            raise no.PanelClosed
        case Status.CONCLUDED | Status.CANCELLED:
            raise no.AlreadyEnded
        case _:
            assert_never(state.status)


def _require_running(state: Assessment) -> None:
    if state.status in (Status.CONCLUDED, Status.CANCELLED):
        raise no.AlreadyEnded


def _perhaps_completing(state: Assessment, event: AssessmentEvent) -> list[AssessmentEvent]:
    """Give the event; after it that the panel is complete when the event completes it, and moderates if it must."""
    after = evolve(state, event)
    if not is_complete(after):
        return [event]
    assert after.opened is not None
    completed = PanelCompleted(assessment_id=after.opened.assessment_id, scorecards=len(after.totals))
    if spread(after.totals) <= MODERATION_SPREAD:
        return [event, completed]
    return [event, completed, ModerationOpened(assessment_id=after.opened.assessment_id)]


ASSESSMENT: Decider[AssessmentCommand, Assessment, AssessmentEvent] = Decider(
    noun="assessment", initial=Assessment, decide=decide, evolve=evolve
)
