"""JSON: many panels at once, first as a proposal that records nothing, then assigned."""

from secrets import randbelow
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StrictInt

from services.review.desk import assignment
from services.review.desk.assignment import MOST, MOST_SEATS, Asked, Choice, Wanted
from services.review.domain.assignment import Method, Shortage
from shared.auth import Coordinator
from shared.http import Body, Commands, Day, JsonRoute, KernelOf, Key, now
from shared.lists import ListsNow

router = APIRouter(prefix="/assignments", route_class=JsonRoute, tags=["assessments"])

Ident = Annotated[str, Field(max_length=80)]
Seed = Annotated[StrictInt, Field(ge=0, lt=1_000_000_000)]


class Chosen(Body):
    """What the chair made of an earlier proposal for a panel: whom to keep, whom not to propose again."""

    assessment_id: Ident
    kept: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    declined: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()


class ProposalAsked(Body):
    """Which panels of a region are to be filled, and how; `gate` is the stage that it leads to.

    `seats` is how many reviewers each panel is to have, its own size where left out. The same `seed` gives the same
    proposal as long as nothing else changes.
    """

    region: Annotated[str, Field(pattern=r"^\d\d(\.\d\d)?$")]
    programme_id: Ident | None = None
    gate: Ident | None = None
    assessments: Annotated[tuple[Ident, ...], Field(max_length=MOST)] = ()
    method: Method = Method.BALANCED
    seats: Annotated[StrictInt, Field(ge=1, le=MOST_SEATS)] | None = None
    seed: Seed | None = None
    choices: Annotated[tuple[Chosen, ...], Field(max_length=MOST)] = ()


class ProposedReviewer(Body):
    """Somebody for a place: whether they know the innovation's sector, and which of its types."""

    person: str
    sector: bool
    types: tuple[str, ...]


class ProposedPanel(Body):
    """Whom a panel could be given, as it stood at `version`; how many places stay free, and why."""

    assessment_id: str
    version: int
    reviewers: tuple[ProposedReviewer, ...]
    unfilled: int
    shortage: Shortage | None


class ProposalMade(Body):
    """A proposal; `more` where the region has panels beyond those that are assigned at once."""

    seed: int
    items: tuple[ProposedPanel, ...]
    more: bool


class PanelWanted(Body):
    """Whom the chair puts on a panel, and the version that they saw."""

    assessment_id: Ident
    version: Annotated[StrictInt, Field(ge=1)] | None = None
    reviewers: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50)]


class AssignmentsWanted(Body):
    """Whom the chair puts on which panels, and until when they are asked to score."""

    items: Annotated[tuple[PanelWanted, ...], Field(max_length=MOST)]
    due_on: Day | None = None


class Against(Body):
    """What stood against a panel's assignment, and about whom; None where it is about the panel."""

    detail: str
    person: str | None


class PanelDone(Body):
    """What became of a panel: its version and the position of the record, or what stood against it."""

    assessment_id: str
    assigned: bool
    version: int | None
    position: int | None
    against: tuple[Against, ...]


class AssignmentsDone(Body):
    """What became of each panel."""

    items: tuple[PanelDone, ...]


@router.post("/preview")
def preview(actor: Coordinator, body: ProposalAsked, commands: Commands, models: ListsNow) -> ProposalMade:
    """Who could sit on the panels that have free places; records nothing."""
    seed = randbelow(1_000_000) if body.seed is None else body.seed
    asked = Asked(
        region=body.region,
        programme=body.programme_id,
        gate=body.gate,
        assessments=body.assessments,
        method=body.method,
        seats=body.seats,
        seed=seed,
        choices={
            each.assessment_id: Choice(
                kept=tuple(str(person) for person in each.kept),
                declined=frozenset(str(person) for person in each.declined),
            )
            for each in body.choices
        },
    )
    with models.of() as connection:
        found = assignment.preview(commands, connection, actor, asked)
    items = tuple(
        ProposedPanel(
            assessment_id=row.waiting.assessment_id,
            version=row.version,
            reviewers=tuple(
                ProposedReviewer(person=each.person, sector=each.sector, types=each.types)
                for each in row.proposal.proposed
            ),
            unfilled=row.proposal.unfilled,
            shortage=row.proposal.shortage,
        )
        for row in found.rows
    )
    return ProposalMade(seed=seed, items=items, more=found.more)


@router.post("")
def assign(
    actor: Coordinator, key: Key, body: AssignmentsWanted, kernel: KernelOf, request: Request
) -> AssignmentsDone:
    """Assign many panels, each by itself: what stands against one does not hold up the others."""
    wanted = [
        Wanted(
            assessment_id=each.assessment_id,
            persons=tuple(str(person) for person in each.reviewers),
            version=each.version,
        )
        for each in body.items
    ]
    done = assignment.apply(kernel.commands, actor, wanted, due_on=body.due_on, at=now(), key=key)
    items = tuple(
        PanelDone(
            assessment_id=each.wanted.assessment_id,
            assigned=each.outcome is not None,
            version=each.outcome.version if each.outcome else None,
            position=each.outcome.last_position if each.outcome else None,
            against=tuple(
                Against(detail=kernel.pages.sentence(request, rejection), person=person)
                for person, rejection in each.against()
            ),
        )
        for each in done
    )
    return AssignmentsDone(items=items)
