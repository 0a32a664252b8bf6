"""JSON: the rubrics that panels judge by, and the national pool of reviewers."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, StrictInt

from services.review.desk import actions
from services.review.desk.access import name_person
from services.review.domain.events import DEFAULT_CAPACITY, Anchor, Criterion, RubricPublished, ScaleKind
from services.review.domain.reviewer import RegisterReviewer
from services.review.domain.rubric import RUBRIC, PublishRubric
from services.review.read_models import assessments as lists
from shared.auth import LAN, Coordinator, Public
from shared.domain import NATIONAL, NotFound
from shared.http import Body, Commands, IfMatch, JsonRoute, Key, accepted, etag, now
from shared.lists import ListsNow

router = APIRouter(route_class=JsonRoute, tags=["rubrics and reviewers"])

Text = Annotated[str, Field(max_length=4000)]
Ident = Annotated[str, Field(max_length=80)]


class NewAnchor(Body):
    """A choice on a scale."""

    value: Decimal
    label: Text


class NewCriterion(Body):
    """One thing that a panel judges."""

    criterion_id: Ident
    group: Text = ""
    name: Text
    help: Text = ""
    weight: Decimal
    scale: ScaleKind
    minimum: Decimal
    maximum: Decimal
    anchors: Annotated[tuple[NewAnchor, ...], Field(max_length=50)] = ()
    comment_required: bool = False


class NewRubric(Body):
    """A version of a rubric: 1 for a new one, else the one after the latest."""

    rubric_id: Ident
    version: Annotated[int, Field(ge=1, le=10_000)]
    title: Text
    purpose: Text
    source: Text
    criteria: Annotated[tuple[NewCriterion, ...], Field(max_length=100)]


class PoolEntry(Body):
    """An entry of the pool. `name` goes to the person table only, and only where sign-in has left none."""

    home_region: Annotated[str, Field(max_length=5)]
    unit_id: Ident | None = None
    expertise: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    types: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    capacity: StrictInt = DEFAULT_CAPACITY
    active: bool = True
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


@router.get("/rubrics")
def list_rubrics(actor: Public, models: ListsNow) -> list[lists.ListedRubric]:
    """All versions of all rubrics."""
    with models.of([NATIONAL]) as connection:
        return lists.rubrics(connection)


@router.get("/rubrics/{rubric_id}")
def show_rubric(
    actor: Public,
    commands: Commands,
    response: Response,
    rubric_id: str,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> RubricPublished:
    """A rubric with its criteria; the latest version unless one is asked for."""
    state, _ = commands.state(RUBRIC, rubric_id)
    found = state.versions.get(version or state.latest)
    if found is None:
        raise NotFound
    response.headers["ETag"] = etag(state.latest)
    return found


@router.post("/rubrics", status_code=201)
def publish_rubric(actor: LAN, key: Key, body: NewRubric, commands: Commands) -> Response:
    """Publish a version of a rubric."""
    command = PublishRubric(
        actor=actor.person,
        at=now(),
        rubric_id=body.rubric_id,
        version=body.version,
        title=body.title,
        purpose=body.purpose,
        source=body.source,
        criteria=tuple(_criterion(each) for each in body.criteria),
    )
    outcome = actions.publish_rubric(commands, command, key=key)
    return accepted(outcome, status_code=201, location=f"/rubrics/{body.rubric_id}?version={body.version}")


@router.get("/reviewers")
def list_reviewers(actor: Coordinator, models: ListsNow) -> list[lists.Pooled]:
    """The pool, for those who assign."""
    with models.of([NATIONAL]) as connection:
        return lists.pool(connection)


@router.put("/reviewers/{person}")
def register_reviewer(
    actor: LAN, key: Key, if_match: IfMatch, body: PoolEntry, commands: Commands, models: ListsNow, person: UUID
) -> Response:
    """Admit a person to the pool, or renew the entry."""
    command = RegisterReviewer(
        actor=actor.person,
        at=now(),
        person=str(person),
        home_region=body.home_region,
        unit_id=body.unit_id,
        expertise=body.expertise,
        types=body.types,
        capacity=body.capacity,
        active=body.active,
    )
    outcome = actions.register_reviewer(commands, command, key=key, if_match=if_match)
    if body.name is not None:
        name_person(models.engine, str(person), body.name, body.home_region, command.at)
    return accepted(outcome)


def _criterion(body: NewCriterion) -> Criterion:
    return Criterion(
        criterion_id=body.criterion_id,
        group=body.group,
        name=body.name,
        help=body.help,
        weight=body.weight,
        scale=body.scale,
        minimum=body.minimum,
        maximum=body.maximum,
        anchors=tuple(Anchor(value=each.value, label=each.label) for each in body.anchors),
        comment_required=body.comment_required,
    )
