"""An assessment as its events tell it: its status, the places on the panel, their scorecards, the rounds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from services.review.domain.events import (
    AssessmentCancelled,
    AssessmentConcluded,
    AssessmentEvent,
    AssessmentOpened,
    ConflictCleared,
    Mark,
    ModerationClosed,
    ModerationOpened,
    PanelCompleted,
    PresentationScheduled,
    RemarkMade,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewerReleased,
    ReviewerResolved,
    RoundKind,
    RoundOpened,
    ScorecardRevised,
    ScorecardSubmitted,
)


class Status(StrEnum):
    """How far an assessment is."""

    OPEN = "open"
    MODERATION = "moderation"
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
ENDED = frozenset({Status.CONCLUDED, Status.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Card:
    """A scorecard of a round; `revision` counts from 1. Of several of a round, the last one counts."""

    round_no: int
    revision: int
    marks: tuple[Mark, ...]
    summary: str
    total: Decimal
    reason: str
    moderated: bool


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A reviewer's place on the panel; its slot is never given to anyone else."""

    slot: str
    assigned: ReviewerAssigned
    state: SeatState = SeatState.ASSIGNED
    cards: tuple[Card, ...] = ()
    conflict: ReviewerRecused | None = None

    @property
    def person(self) -> str:
        """Who sits here."""
        return self.assigned.person

    def card(self, round_no: int) -> Card | None:
        """Give the scorecard of a round that counts."""
        return next((card for card in reversed(self.cards) if card.round_no == round_no), None)


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round of the panel's work: how it comes to its scores, by which rubric, and when the unit presents."""

    number: int
    kind: RoundKind
    rubric_id: str
    rubric_version: int
    presentation: PresentationScheduled | None = None


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """An assessment as its events tell it; `opened` is None before the first."""

    opened: AssessmentOpened | None = None
    status: Status = Status.OPEN
    seats: tuple[Seat, ...] = ()
    rounds: tuple[Round, ...] = ()
    remarks: tuple[RemarkMade, ...] = ()
    resolved: frozenset[tuple[str, str]] = frozenset()
    conclusion: AssessmentConcluded | None = None

    @property
    def round(self) -> Round:
        """The present round, the last one; only an opened assessment has one."""
        return self.rounds[-1]

    @property
    def totals(self) -> tuple[Decimal, ...]:
        """The totals of the present round's scorecards, in the order of slots."""
        return self.totals_of(self.round.number) if self.rounds else ()

    def totals_of(self, round_no: int) -> tuple[Decimal, ...]:
        """Give the totals of a round's scorecards that count, in the order of slots."""
        return tuple(card.total for seat in self.seats if (card := seat.card(round_no)) is not None)

    @property
    def active(self) -> tuple[Seat, ...]:
        """The seats of those who have not left the panel."""
        return tuple(seat for seat in self.seats if seat.state not in LEFT)

    @property
    def pending(self) -> tuple[Seat, ...]:
        """The seats of those whose scorecard is still awaited."""
        return tuple(seat for seat in self.seats if seat.state in PENDING)

    def seat_of(self, person: str) -> Seat | None:
        """Give the latest seat of a person; None for somebody who is not on the panel."""
        return next((seat for seat in reversed(self.seats) if seat.person == person), None)

    def seat_at(self, slot: str) -> Seat | None:
        """Give the seat with this slot."""
        return next((seat for seat in self.seats if seat.slot == slot), None)


def is_complete(state: Assessment) -> bool:
    """Whether every assigned reviewer has scored or left, and as many have scored as the quorum asks for."""
    return state.opened is not None and not state.pending and len(state.totals) >= state.opened.quorum


def evolve(state: Assessment, event: AssessmentEvent) -> Assessment:
    """Give the assessment after one more event."""
    match event:
        case AssessmentOpened():
            first = Round(number=1, kind=RoundKind.DESK, rubric_id=event.rubric_id, rubric_version=event.rubric_version)
            return replace(state, opened=event, rounds=(first,))
        case ReviewerAssigned():
            return replace(state, seats=(*state.seats, Seat(slot=event.slot, assigned=event)))
        case ConflictCleared():
            return _at(state, event.slot, lambda seat: replace(seat, state=SeatState.CLEARED))
        case ReviewerRecused():
            return _at(state, event.slot, lambda seat: replace(seat, state=SeatState.RECUSED, conflict=event))
        case ReviewerReleased():
            return _at(state, event.slot, lambda seat: replace(seat, state=SeatState.RELEASED))
        case ScorecardSubmitted() | ScorecardRevised():
            return _with_card(state, event)
        case PanelCompleted() | ModerationClosed():
            return replace(state, status=Status.COMPLETE)
        case ModerationOpened():
            return replace(state, status=Status.MODERATION)
        case RemarkMade():
            return replace(state, remarks=(*state.remarks, event))
        case RoundOpened():
            return _with_round(state, event)
        case PresentationScheduled():
            rounds = tuple(
                replace(each, presentation=event) if each.number == event.round_no else each for each in state.rounds
            )
            return replace(state, rounds=rounds)
        case ReviewerResolved():
            return replace(state, resolved=state.resolved | {(event.resolved_by, event.slot)})
        case AssessmentConcluded():
            return replace(state, status=Status.CONCLUDED, conclusion=event)
        case AssessmentCancelled():
            return replace(state, status=Status.CANCELLED)
        case _:
            assert_never(event)


def _with_card(state: Assessment, event: ScorecardSubmitted | ScorecardRevised) -> Assessment:
    card = Card(
        round_no=event.round_no,
        revision=event.revision if isinstance(event, ScorecardRevised) else 1,
        marks=event.marks,
        summary=event.summary,
        total=event.total,
        reason=event.reason if isinstance(event, ScorecardRevised) else "",
        moderated=state.status is Status.MODERATION,
    )
    return _at(state, event.slot, lambda seat: replace(seat, state=SeatState.SCORED, cards=(*seat.cards, card)))


def _with_round(state: Assessment, event: RoundOpened) -> Assessment:
    """Give the assessment with those who scored asked once more; their declaration stands."""
    further = Round(
        number=event.round_no, kind=event.kind, rubric_id=event.rubric_id, rubric_version=event.rubric_version
    )
    seats = tuple(
        replace(seat, state=SeatState.CLEARED) if seat.state is SeatState.SCORED else seat for seat in state.seats
    )
    return replace(state, status=Status.OPEN, rounds=(*state.rounds, further), seats=seats)


def _at(state: Assessment, slot: str, change: Callable[[Seat], Seat]) -> Assessment:
    return replace(state, seats=tuple(change(seat) if seat.slot == slot else seat for seat in state.seats))
