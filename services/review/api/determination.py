"""JSON: many determinations in one request, each accepted or refused by itself."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool

from services.review.desk import determination
from services.review.desk.determination import Choice
from services.review.domain.events import Outcome
from shared.auth import Coordinator
from shared.domain import Rejection
from shared.http import Accepted, Body, Day, JsonRoute, KernelOf, Key, now, today
from shared.lists import ListsNow
from shared.problems import status_of

router = APIRouter(prefix="/determinations", route_class=JsonRoute, tags=["assessments"])

MOST = 100
Text = Annotated[str, Field(max_length=10_000)]


class OneDetermination(Body):
    """The outcome of one assessment; `version` is the one that was seen, where it matters."""

    assessment_id: Annotated[str, Field(max_length=80)]
    outcome: Outcome
    rationale: Text
    required_changes: Text = ""
    version: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None


class Determinations(Body):
    """Determinations that are made one after another, and whether the letters about them are sent."""

    determinations: Annotated[tuple[OneDetermination, ...], Field(min_length=1, max_length=MOST)]
    concluded_on: Day | None = None
    send_letters: StrictBool = False
    language: Literal["id", "en"] = "id"


class Refusal(BaseModel):
    """Why one was not accepted."""

    status: int
    detail: str
    field: str | None


class Answered(BaseModel):
    """One of several: what was recorded, or why nothing was."""

    assessment_id: str
    accepted: Accepted | None
    refused: Refusal | None


class AllAnswered(BaseModel):
    """All of them in the order of the request, and how many letters were put into the outbox."""

    items: list[Answered]
    letters: int


@router.post("")
def determine(actor: Coordinator, key: Key, body: Determinations, kernel: KernelOf, models: ListsNow) -> AllAnswered:
    """Determine the outcomes of many complete assessments; one that is refused does not hold up the rest."""
    choices = [Choice(**each.model_dump()) for each in body.determinations]
    done = determination.determine(
        kernel.commands, actor, choices, concluded_on=body.concluded_on or today(), at=now(), key=key
    )
    recorded = [ident for ident, each in done.items() if not isinstance(each, Rejection)]
    letters = 0
    if body.send_letters and recorded:
        found = determination.conclusions(kernel.commands, recorded)
        address = f"{kernel.settings.public_url}{kernel.settings.root_path}"
        with models.connection() as connection:
            addressed = determination.address(connection, found, body.language, address)
        letters = determination.send(kernel.engine, addressed)
    return AllAnswered(items=[_answered(ident, each) for ident, each in done.items()], letters=letters)


def _answered(ident: str, answer: Any) -> Answered:
    if isinstance(answer, Rejection):
        refused = Refusal(status=status_of(answer), detail=str(answer), field=answer.field)
        return Answered(assessment_id=ident, accepted=None, refused=refused)
    accepted = Accepted(id=ident, version=answer.version, region=answer.region, position=answer.last_position)
    return Answered(assessment_id=ident, accepted=accepted, refused=None)
