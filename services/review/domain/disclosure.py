"""Who sees what of an assessment: the one place where a score, a comment or an identity leaves it.

| Viewer | open | complete | concluded |
|---|---|---|---|
| chair (LAN, the region's coordinator) | places and how far they are | + scores and comments | the same |
| whoever assigned a place | + who sits on it and why they recused | the same | the same |
| a reviewer on the panel | the own place only | the own place only | all places, scores and comments |
| the submitting unit, a system of the region | how many are in | how many are in | all places, scores and comments |
| auditor of the region | places and how far they are | the same | + scores, comments, identities, recusals |

Nobody else knows that there is such an assessment.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.review.domain.assessment import LEFT, Assessment, Seat, SeatState, Status
from services.review.domain.events import AssessmentConcluded, AssessmentOpened, ConflictKind, Mark
from services.review.domain.scoring import MODERATION_SPREAD, mean, spread
from shared.domain import NotFound


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks, as far as it matters here: the rights in the assessment's region, not the roles behind them."""

    person: str
    chairs: bool = False
    audits: bool = False
    reads: bool = False


@dataclass(frozen=True, kw_only=True)
class SeenSeat:
    """A place on the panel as a viewer may see it; what is sealed to them is None."""

    slot: str
    state: SeatState
    due_on: date | None
    own: bool
    person: str | None
    conflict_kind: ConflictKind | None
    conflict_reason: str | None
    marks: tuple[Mark, ...] | None
    summary: str | None
    total: Decimal | None


@dataclass(frozen=True, kw_only=True)
class SeenAssessment:
    """An assessment as a viewer may see it."""

    opened: AssessmentOpened
    status: Status
    scorecards: int
    panel: int
    seats: tuple[SeenSeat, ...]
    scores_open: bool
    score: Decimal | None
    spread: Decimal | None
    conclusion: AssessmentConcluded | None

    @property
    def own(self) -> SeenSeat | None:
        """The viewer's own place; None for somebody who is not on the panel."""
        return next((seat for seat in reversed(self.seats) if seat.own), None)

    @property
    def wide_spread(self) -> bool:
        """Whether the reviewers differ so much that the chair should look closely."""
        return self.spread is not None and self.spread > MODERATION_SPREAD


def disclose(state: Assessment, viewer: Viewer) -> SeenAssessment:
    """Give what the viewer may see; raise NotFound where they may not know of the assessment."""
    on_panel = state.seat_of(viewer.person) is not None
    if state.opened is None or not (viewer.chairs or viewer.audits or viewer.reads or on_panel):
        raise NotFound
    concluded = state.status is Status.CONCLUDED
    scores_open = concluded or (viewer.chairs and state.status is Status.COMPLETE)
    all_seats = viewer.chairs or viewer.audits or concluded
    seats = tuple(
        _seat(seat, viewer, scores_open=scores_open, resolve=viewer.audits and concluded)
        for seat in state.seats
        if all_seats or seat.person == viewer.person
    )
    totals = state.totals
    return SeenAssessment(
        opened=state.opened,
        status=state.status,
        scorecards=len(totals),
        panel=sum(seat.state not in LEFT for seat in state.seats),
        seats=seats,
        scores_open=scores_open,
        score=mean(totals) if scores_open and totals else None,
        spread=spread(totals) if scores_open and totals else None,
        conclusion=state.conclusion,
    )


def may_read_dossier(state: Assessment, viewer: Viewer) -> bool:
    """Whether the dossier is open to the viewer: chairs and auditors, and reviewers after their declaration."""
    seat = state.seat_of(viewer.person)
    declared = seat is not None and seat.state in (SeatState.CLEARED, SeatState.SCORED)
    return viewer.chairs or viewer.audits or declared


def _seat(seat: Seat, viewer: Viewer, *, scores_open: bool, resolve: bool) -> SeenSeat:
    own = seat.person == viewer.person
    named = own or resolve or seat.assigned_by == viewer.person
    card = seat.scorecard if own or scores_open else None
    conflict = seat.conflict if named else None
    return SeenSeat(
        slot=seat.slot,
        state=seat.state,
        due_on=seat.due_on,
        own=own,
        person=seat.person if named else None,
        conflict_kind=conflict.kind if conflict else None,
        conflict_reason=conflict.reason if conflict else None,
        marks=card.marks if card else None,
        summary=card.summary if card else None,
        total=card.total if card else None,
    )
