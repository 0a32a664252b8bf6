"""An assessment: a panel judges one submission of an innovation to a gate, sealed until the panel is complete.

    open ──(last assigned reviewer done, quorum met)──▶ complete ──Conclude──▶ concluded
      └──────────────────Cancel──────────────────────────┴──▶ cancelled

A panel whose reviewers have all left or scored without reaching its quorum stays open: nobody reads a score while
another may still be assigned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from services.review.domain import rejections as no
from services.review.domain.events import (
    AssessmentCancelled,
    AssessmentConcluded,
    AssessmentEvent,
    AssessmentOpened,
    ConflictCleared,
    ConflictKind,
    Criterion,
    Mark,
    Outcome,
    PanelCompleted,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewerReleased,
    ScorecardSubmitted,
)
from services.review.domain.scoring import check_marks, mean, spread, total
from services.review.domain.texts import optional, required
from shared.domain import Command, Decider, NotFound, Rejection, Several, region_of

MAX_REASON = 1000
MAX_RATIONALE = 8000


class Status(StrEnum):
    """How far an assessment is."""

    OPEN = "open"
    COMPLETE = "complete"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"


class SeatState(StrEnum):
    """How far a reviewer on the panel is."""

    ASSIGNED = "assigned"
    CLEARED = "cleared"
    SCORED = "scored"
    RECUSED = "recused"
    RELEASED = "released"

    @property
    def left(self) -> bool:
        """Whether the reviewer is not on the panel any more."""
        return self in LEFT


PENDING = frozenset({SeatState.ASSIGNED, SeatState.CLEARED})
LEFT = frozenset({SeatState.RECUSED, SeatState.RELEASED})


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
class Candidate:
    """Whom a chair wants on the panel, with what the pool says of them; `home_region` None: not in the pool."""

    person: str
    home_region: str | None
    unit_id: str | None
    active: bool


@dataclass(frozen=True, kw_only=True)
class AssignReviewers(Command):
    """Put reviewers on the panel, each under the next free pseudonym."""

    candidates: tuple[Candidate, ...]
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class ClearConflict(Command):
    """Declare, as a reviewer, to have no conflict of interest."""


@dataclass(frozen=True, kw_only=True)
class Recuse(Command):
    """Leave the panel, as a reviewer, because of a conflict of interest."""

    kind: ConflictKind
    reason: str


@dataclass(frozen=True, kw_only=True)
class Release(Command):
    """Release, as the chair, a reviewer who has not scored."""

    slot: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SubmitScorecard(Command):
    """Hand in the scorecard, as a reviewer. `criteria` are those of the assessment's rubric version."""

    criteria: tuple[Criterion, ...]
    marks: tuple[Mark, ...]
    summary: str


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


AssessmentCommand = (
    OpenAssessment | AssignReviewers | ClearConflict | Recuse | Release | SubmitScorecard | Conclude | Cancel
)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A reviewer's place on the panel; its slot is never given to anyone else."""

    slot: str
    person: str
    due_on: date | None
    assigned_by: str
    state: SeatState = SeatState.ASSIGNED
    scorecard: ScorecardSubmitted | None = None
    conflict: ReviewerRecused | None = None


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """An assessment as its events tell it; `opened` is None before the first."""

    opened: AssessmentOpened | None = None
    status: Status = Status.OPEN
    seats: tuple[Seat, ...] = ()
    conclusion: AssessmentConcluded | None = None

    @property
    def totals(self) -> tuple[Decimal, ...]:
        """The totals of the scorecards handed in, in the order of slots."""
        return tuple(seat.scorecard.total for seat in self.seats if seat.scorecard is not None)

    @property
    def active(self) -> tuple[Seat, ...]:
        """The seats of those who have not left the panel."""
        return tuple(seat for seat in self.seats if seat.state not in LEFT)

    def seat_of(self, person: str) -> Seat | None:
        """Give the latest seat of a person; None for somebody who is not on the panel."""
        return next((seat for seat in reversed(self.seats) if seat.person == person), None)


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
            return _assign(command, state, opened)
        case ClearConflict():
            _require_open(state)
            seat = _own_seat(command, state)
            if seat.state is not SeatState.ASSIGNED:
                raise no.AlreadyDeclared
            return [
                ConflictCleared(
                    assessment_id=opened.assessment_id,
                    slot=seat.slot,
                    person=seat.person,
                )
            ]
        case Recuse():
            _require_open(state)
            seat = _own_seat(command, state)
            if seat.state not in PENDING:
                raise no.AlreadyScored
            needed = required if command.kind is ConflictKind.OTHER else optional
            recused = ReviewerRecused(
                assessment_id=opened.assessment_id,
                slot=seat.slot,
                person=seat.person,
                kind=command.kind,
                reason=needed(command.reason, "reason", MAX_REASON),
            )
            return _perhaps_completing(state, recused)
        case Release():
            _require_open(state)
            seat = _pending_seat(command.slot, state)
            released = ReviewerReleased(
                assessment_id=opened.assessment_id,
                slot=seat.slot,
                person=seat.person,
                reason=required(command.reason, "reason", MAX_REASON),
                released_by=command.actor,
            )
            return _perhaps_completing(state, released)
        case SubmitScorecard():
            _require_open(state)
            seat = _own_seat(command, state)
            if seat.state is SeatState.SCORED:
                raise no.AlreadyScored
            if seat.state is not SeatState.CLEARED:
                raise no.DeclarationMissing
            marks = check_marks(command.criteria, command.marks)
            scorecard = ScorecardSubmitted(
                assessment_id=opened.assessment_id,
                slot=seat.slot,
                marks=marks,
                summary=optional(command.summary, "summary", MAX_RATIONALE),
                total=total(command.criteria, marks),
            )
            return _perhaps_completing(state, scorecard)
        case Conclude():
            return [_conclude(command, state, opened)]
        case Cancel():
            if state.status in (Status.CONCLUDED, Status.CANCELLED):
                raise no.AlreadyEnded
            return [
                AssessmentCancelled(
                    assessment_id=opened.assessment_id,
                    innovation_id=opened.innovation_id,
                    reason=required(command.reason, "reason", MAX_REASON),
                )
            ]
        case _:
            assert_never(command)


def evolve(state: Assessment, event: AssessmentEvent) -> Assessment:
    """Give the assessment after one more event."""
    match event:
        case AssessmentOpened():
            return replace(state, opened=event)
        case ReviewerAssigned():
            seat = Seat(
                slot=event.slot,
                person=event.person,
                due_on=event.due_on,
                assigned_by=event.assigned_by,
            )
            return replace(state, seats=(*state.seats, seat))
        case ConflictCleared():
            return _with_seat(state, event.slot, state_now=SeatState.CLEARED)
        case ReviewerRecused():
            return _with_seat(state, event.slot, state_now=SeatState.RECUSED, conflict=event)
        case ReviewerReleased():
            return _with_seat(state, event.slot, state_now=SeatState.RELEASED)
        case ScorecardSubmitted():
            return _with_seat(state, event.slot, state_now=SeatState.SCORED, scorecard=event)
        case PanelCompleted():
            return replace(state, status=Status.COMPLETE)
        case AssessmentConcluded():
            return replace(state, status=Status.CONCLUDED, conclusion=event)
        case AssessmentCancelled():
            return replace(state, status=Status.CANCELLED)
        case _:
            assert_never(event)


def bars(candidate: Candidate, state: Assessment, chair: str) -> type[Rejection] | None:
    """Give why this person may not sit on the panel, None when nothing bars them. Pages show it beforehand.

    A chair who did not assign somebody is not told that they sit on the panel.
    """
    assert state.opened is not None
    seat = state.seat_of(candidate.person)
    if candidate.home_region is None:
        return no.NotInPool
    if not candidate.active:
        return no.ReviewerInactive
    if candidate.unit_id == state.opened.unit_id:
        return no.OfSubmittingUnit
    if candidate.home_region == region_of(state.opened.assessment_id):
        return no.OfSubmittingRegion
    if seat is None or seat.state is SeatState.RELEASED:
        return None
    if seat.assigned_by != chair:
        return no.NotAvailable
    return no.RecusedBefore if seat.state is SeatState.RECUSED else no.AssignedAlready


def is_complete(state: Assessment) -> bool:
    """Whether every assigned reviewer has scored or left, and as many have scored as the quorum asks for."""
    pending = any(seat.state in PENDING for seat in state.seats)
    return state.opened is not None and not pending and len(state.totals) >= state.opened.quorum


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


def _assign(command: AssignReviewers, state: Assessment, opened: AssessmentOpened) -> list[AssessmentEvent]:
    if not command.candidates:
        raise no.NobodyNamed(field="reviewers")
    if command.due_on is not None and command.due_on < command.at.date() - timedelta(days=1):
        raise no.DueInThePast(field="due_on")
    wrong: list[Rejection] = []
    events: list[AssessmentEvent] = []
    seen: set[str] = set()
    for place, candidate in enumerate(command.candidates):
        bar = no.AssignedAlready if candidate.person in seen else bars(candidate, state, command.actor)
        seen.add(candidate.person)
        if bar is not None:
            wrong.append(bar(field=f"reviewers/{place}"))
            continue
        events.append(
            ReviewerAssigned(
                assessment_id=opened.assessment_id,
                slot=f"R{len(state.seats) + len(events) + 1}",
                person=candidate.person,
                due_on=command.due_on,
                assigned_by=command.actor,
            )
        )
    if wrong:
        raise Several(wrong)
    if len(state.active) + len(events) > opened.panel_size:
        raise no.PanelFull(field="reviewers", panel_size=opened.panel_size)
    return events


def _conclude(command: Conclude, state: Assessment, opened: AssessmentOpened) -> AssessmentConcluded:
    match state.status:
        case Status.OPEN if any(seat.state in PENDING for seat in state.seats):
            raise no.PanelIncomplete
        case Status.OPEN:
            raise no.QuorumNotMet(scorecards=len(state.totals), quorum=opened.quorum)
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


def _require_open(state: Assessment) -> None:
    match state.status:
        case Status.OPEN:
            return
        case Status.COMPLETE:
            raise no.PanelClosed
        case Status.CONCLUDED | Status.CANCELLED:
            raise no.AlreadyEnded
        case _:
            assert_never(state.status)


def _own_seat(command: Command, state: Assessment) -> Seat:
    """Give the actor's seat; somebody else learns nothing, not even that there is such an assessment."""
    seat = state.seat_of(command.actor)
    if seat is None:
        raise NotFound
    if seat.state in LEFT:
        raise no.LeftThePanel
    return seat


def _pending_seat(slot: str, state: Assessment) -> Seat:
    seat = next((each for each in state.seats if each.slot == slot), None)
    if seat is None:
        raise no.SlotUnknown(field="slot")
    if seat.state not in PENDING:
        raise no.NothingToRelease(field="slot")
    return seat


def _perhaps_completing(state: Assessment, event: AssessmentEvent) -> list[AssessmentEvent]:
    """Give the event, and after it that the panel is complete when the event completes it."""
    after = evolve(state, event)
    if not is_complete(after):
        return [event]
    assert after.opened is not None
    return [
        event,
        PanelCompleted(assessment_id=after.opened.assessment_id, scorecards=len(after.totals)),
    ]


def _with_seat(
    state: Assessment,
    slot: str,
    *,
    state_now: SeatState,
    scorecard: ScorecardSubmitted | None = None,
    conflict: ReviewerRecused | None = None,
) -> Assessment:
    seats = tuple(
        replace(seat, state=state_now, scorecard=scorecard, conflict=conflict) if seat.slot == slot else seat
        for seat in state.seats
    )
    return replace(state, seats=seats)


ASSESSMENT: Decider[AssessmentCommand, Assessment, AssessmentEvent] = Decider(
    noun="assessment", initial=Assessment, decide=decide, evolve=evolve
)
