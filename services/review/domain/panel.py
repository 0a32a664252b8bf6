"""Who sits on a panel: assigned by its chair, cleared or recused by their own declaration, released by the chair.

Slots are pseudonyms of one assessment, `R1`, `R2`, …; none is ever given twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.review.domain import rejections as no
from services.review.domain.events import (
    AssessmentEvent,
    AssessmentOpened,
    Bar,
    ConflictCleared,
    ConflictKind,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewerReleased,
)
from services.review.domain.state import LEFT, PENDING, Assessment, Seat, SeatState
from services.review.domain.texts import optional, required
from shared.domain import Command, NotFound, Rejection, Several, region_of

MAX_REASON = 1000


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Whom a chair wants on the panel: what the pool says of them, and what ties them to the innovation.

    `home_region` None: not in the pool. `in_team`: of the innovation's team. `mentored`: a mentor of its programme.
    """

    person: str
    home_region: str | None
    unit_id: str | None
    active: bool
    in_team: bool = False
    mentored: bool = False


@dataclass(frozen=True, kw_only=True)
class AssignReviewers(Command):
    """Put reviewers on the panel, each under the next free pseudonym.

    `overrides` gives, for a person whom a relation bars, why LAN seats them all the same; `may_override` says whether
    the actor is of LAN.
    """

    candidates: tuple[Candidate, ...]
    due_on: date | None
    overrides: Mapping[str, str] = field(default_factory=dict)
    may_override: bool = False


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


RELATIONS: dict[Bar, type[Rejection]] = {
    Bar.UNIT: no.OfSubmittingUnit,
    Bar.REGION: no.OfSubmittingRegion,
    Bar.TEAM: no.OfTheTeam,
    Bar.MENTOR: no.MentoredIt,
}


def relation(candidate: Candidate, opened: AssessmentOpened) -> Bar | None:
    """Give what ties a person to the innovation so that they may not judge it; None where nothing does."""
    if candidate.unit_id == opened.unit_id:
        return Bar.UNIT
    if candidate.in_team:
        return Bar.TEAM
    if candidate.home_region == region_of(opened.assessment_id):
        return Bar.REGION
    return Bar.MENTOR if candidate.mentored else None


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
    tie = relation(candidate, state.opened)
    if tie is not None:
        return RELATIONS[tie]
    return _bar_of_seat(seat, chair)


def assign(command: AssignReviewers, state: Assessment, opened: AssessmentOpened) -> list[AssessmentEvent]:
    """Give the assignments; raise every reason why one of them cannot be, each beside its person."""
    if not command.candidates:
        raise no.NobodyNamed(field="reviewers")
    if command.due_on is not None and command.due_on < command.at.date() - timedelta(days=1):
        raise no.DueInThePast(field="due_on")
    wrong: list[Rejection] = []
    events: list[AssessmentEvent] = []
    seen: set[str] = set()
    for place, candidate in enumerate(command.candidates):
        at = f"reviewers/{place}"
        bar = no.AssignedAlready if candidate.person in seen else bars(candidate, state, command.actor)
        seen.add(candidate.person)
        overridden, reason = None, command.overrides.get(candidate.person)
        if reason is not None:
            tie = relation(candidate, opened)
            overridden, bar = _override(command, state, candidate, tie, bar)
            reason = required(reason, f"overrides/{place}/reason", MAX_REASON)
        if bar is not None:
            wrong.append(bar(field=at))
            continue
        events.append(
            ReviewerAssigned(
                assessment_id=opened.assessment_id,
                slot=f"R{len(state.seats) + len(events) + 1}",
                person=candidate.person,
                due_on=command.due_on,
                assigned_by=command.actor,
                overridden=overridden,
                override_reason=reason or "",
            )
        )
    if wrong:
        raise Several(wrong)
    if len(state.active) + len(events) > opened.panel_size:
        raise no.PanelFull(field="reviewers", panel_size=opened.panel_size)
    return events


def clear(command: ClearConflict, state: Assessment, opened: AssessmentOpened) -> ConflictCleared:
    """Give the declaration that there is no conflict."""
    seat = own_seat(command, state)
    if seat.state is not SeatState.ASSIGNED:
        raise no.AlreadyDeclared
    return ConflictCleared(assessment_id=opened.assessment_id, slot=seat.slot, person=seat.person)


def recuse(command: Recuse, state: Assessment, opened: AssessmentOpened) -> ReviewerRecused:
    """Give the recusal of a reviewer who has not scored."""
    seat = own_seat(command, state)
    if seat.state not in PENDING:
        raise no.AlreadyScored
    needed = required if command.kind is ConflictKind.OTHER else optional
    return ReviewerRecused(
        assessment_id=opened.assessment_id,
        slot=seat.slot,
        person=seat.person,
        kind=command.kind,
        reason=needed(command.reason, "reason", MAX_REASON),
    )


def release(command: Release, state: Assessment, opened: AssessmentOpened) -> ReviewerReleased:
    """Give the release of a reviewer who has not scored."""
    seat = state.seat_at(command.slot)
    if seat is None:
        raise no.SlotUnknown(field="slot")
    if seat.state not in PENDING:
        raise no.NothingToRelease(field="slot")
    return ReviewerReleased(
        assessment_id=opened.assessment_id,
        slot=seat.slot,
        person=seat.person,
        reason=required(command.reason, "reason", MAX_REASON),
        released_by=command.actor,
    )


def own_seat(command: Command, state: Assessment) -> Seat:
    """Give the actor's seat; somebody else learns nothing, not even that there is such an assessment."""
    seat = state.seat_of(command.actor)
    if seat is None:
        raise NotFound
    if seat.state in LEFT:
        raise no.LeftThePanel
    return seat


def _bar_of_seat(seat: Seat | None, chair: str) -> type[Rejection] | None:
    if seat is None or seat.state is SeatState.RELEASED:
        return None
    if seat.assigned.assigned_by != chair:
        return no.NotAvailable
    return no.RecusedBefore if seat.state is SeatState.RECUSED else no.AssignedAlready


def _override(
    command: AssignReviewers, state: Assessment, candidate: Candidate, tie: Bar | None, bar: type[Rejection] | None
) -> tuple[Bar | None, type[Rejection] | None]:
    """Give the relation that an override passes over, and what bars the person all the same."""
    if not command.may_override:
        return None, no.OverrideByLan
    if tie is None or bar is not RELATIONS[tie]:
        return None, bar or no.NothingToOverride
    return tie, _bar_of_seat(state.seat_of(candidate.person), command.actor)
