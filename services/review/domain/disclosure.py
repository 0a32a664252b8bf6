"""Who sees what of an assessment: the one place where a score, a comment or an identity leaves it.

chair (LAN, the region's coordinator)   places and how far they are, and the scorecards of rounds before; those of
                                        this round and the remarks in a moderation and once the panel is complete
whoever assigned a place                also who sits on it, and why they recused
a reviewer on the panel                 the own place; in a moderation, and once concluded, everything but names
the submitting unit, a regional system  how many scorecards are in; once concluded, everything but names
an auditor of the region                places, how far they are, and which bars were overridden; once concluded
                                        everything but names, and a name after asking for it with a reason

Nobody else knows that there is such an assessment. A reviewer who left the panel is treated as one who never scored.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.review.domain.events import (
    AssessmentConcluded,
    AssessmentOpened,
    Bar,
    ConflictKind,
    Mark,
    RemarkMade,
)
from services.review.domain.scoring import MODERATION_SPREAD, mean, spread
from services.review.domain.state import LEFT, Assessment, Card, Round, Seat, SeatState, Status
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
    """A place on the panel as a viewer may see it; what is sealed to them is None, or missing from `cards`.

    `marks`, `summary` and `total` are those of the scorecard that counts in the present round; `cards` are all of all
    rounds, those that were replaced included.
    """

    slot: str
    state: SeatState
    due_on: date | None
    own: bool
    person: str | None
    conflict_kind: ConflictKind | None
    conflict_reason: str | None
    overridden: Bar | None
    override_reason: str | None
    marks: tuple[Mark, ...] | None
    summary: str | None
    total: Decimal | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, kw_only=True)
class SeenRound:
    """A round as a viewer may see it: how many scorecards it has and, once open, their mean and spread."""

    round: Round
    scorecards: int
    score: Decimal | None
    spread: Decimal | None


@dataclass(frozen=True, kw_only=True)
class SeenAssessment:
    """An assessment as a viewer may see it."""

    opened: AssessmentOpened
    status: Status
    scorecards: int
    panel: int
    seats: tuple[SeenSeat, ...]
    rounds: tuple[SeenRound, ...]
    scores_open: bool
    score: Decimal | None
    spread: Decimal | None
    remarks: tuple[RemarkMade, ...]
    conclusion: AssessmentConcluded | None

    @property
    def own(self) -> SeenSeat | None:
        """The viewer's own place; None for somebody who is not on the panel."""
        return next((seat for seat in reversed(self.seats) if seat.own), None)

    @property
    def round(self) -> Round:
        """The present round."""
        return self.rounds[-1].round

    @property
    def wide_spread(self) -> bool:
        """Whether the reviewers differ so much that the chair should look closely."""
        return self.spread is not None and self.spread > MODERATION_SPREAD


def disclose(state: Assessment, viewer: Viewer) -> SeenAssessment:
    """Give what the viewer may see; raise NotFound where they may not know of the assessment."""
    seat = state.seat_of(viewer.person)
    if state.opened is None or not (viewer.chairs or viewer.audits or viewer.reads or seat is not None):
        raise NotFound
    concluded = state.status is Status.CONCLUDED
    moderates = state.status is Status.MODERATION and seat is not None and seat.state is SeatState.SCORED
    now_open = concluded or moderates or (viewer.chairs and state.status in (Status.MODERATION, Status.COMPLETE))
    open_rounds = frozenset(
        each.number for each in state.rounds if now_open or (viewer.chairs and each.number < state.round.number)
    )
    all_seats = viewer.chairs or viewer.audits or concluded or moderates
    rounds = tuple(_round(each, state, shown=each.number in open_rounds) for each in state.rounds)
    return SeenAssessment(
        opened=state.opened,
        status=state.status,
        scorecards=len(state.totals),
        panel=sum(each.state not in LEFT for each in state.seats),
        seats=tuple(
            _seat(each, state, viewer, open_rounds) for each in state.seats if all_seats or each.person == viewer.person
        ),
        rounds=rounds,
        scores_open=now_open,
        score=rounds[-1].score,
        spread=rounds[-1].spread,
        remarks=state.remarks if concluded or moderates or viewer.chairs else (),
        conclusion=state.conclusion,
    )


def may_read_dossier(state: Assessment, viewer: Viewer) -> bool:
    """Whether the dossier is open to the viewer: chairs and auditors, and reviewers after their declaration."""
    seat = state.seat_of(viewer.person)
    declared = seat is not None and seat.state in (SeatState.CLEARED, SeatState.SCORED)
    return viewer.chairs or viewer.audits or declared


def _round(each: Round, state: Assessment, *, shown: bool) -> SeenRound:
    totals = state.totals_of(each.number)
    return SeenRound(
        round=each,
        scorecards=len(totals),
        score=mean(totals) if shown and totals else None,
        spread=spread(totals) if shown and totals else None,
    )


def _seat(seat: Seat, state: Assessment, viewer: Viewer, open_rounds: frozenset[int]) -> SeenSeat:
    own = seat.person == viewer.person
    resolved = viewer.audits and (viewer.person, seat.slot) in state.resolved
    named = own or resolved or seat.assigned.assigned_by == viewer.person
    answers = named or viewer.audits or viewer.chairs
    cards = tuple(card for card in seat.cards if own or card.round_no in open_rounds)
    card = next((each for each in reversed(cards) if each.round_no == state.round.number), None)
    conflict = seat.conflict if named else None
    return SeenSeat(
        slot=seat.slot,
        state=seat.state,
        due_on=seat.assigned.due_on,
        own=own,
        person=seat.person if named else None,
        conflict_kind=conflict.kind if conflict else None,
        conflict_reason=conflict.reason if conflict else None,
        overridden=seat.assigned.overridden if answers else None,
        override_reason=(seat.assigned.override_reason or None) if answers else None,
        marks=card.marks if card else None,
        summary=card.summary if card else None,
        total=card.total if card else None,
        cards=cards,
    )
