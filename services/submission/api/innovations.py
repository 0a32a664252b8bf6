"""Innovations as JSON: proposing, the way through the stages, the end, and lists."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, TypeAdapter
from starlette.responses import JSONResponse

from services.submission.api.answers import MAX_PAGE, Items, record, rows
from services.submission.desk import innovations as desk
from services.submission.desk import running
from services.submission.desk.asked import AskedBy, readable_regions, require_reading
from services.submission.desk.innovations import End, NewInnovation, Return, Step
from services.submission.desk.running import Running
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation, Status, missing_for_leaving
from services.submission.domain.programme import PROGRAMME
from services.submission.domain.vocabulary import Stage
from services.submission.read_models import InnovationFilter, innovations, place_of, similar_titles
from shared.auth import Coordinator, Reader, UnitMember
from shared.domain import NotFound, region_of
from shared.http import Accepted, Commands, CursorsOf, JsonRoute, accepted
from shared.lists import ListsNow

router = APIRouter(prefix="/innovations", route_class=JsonRoute, tags=["innovations"])

_ADAPTER: TypeAdapter[Innovation] = TypeAdapter(Innovation)


class MissingPart(BaseModel):
    """Something that must exist before the innovation may leave its stage."""

    field: str | None
    detail: str


class Checklist(BaseModel):
    """Where an innovation stands and what is missing for the next step."""

    stage: Stage
    waiting: bool
    missing: list[MissingPart]


@router.post("", status_code=201, response_model=Accepted)
def propose(actor: UnitMember, asked: AskedBy, body: NewInnovation) -> JSONResponse:
    """Put an innovation forward."""
    outcome = desk.propose(asked, body)
    return accepted(outcome, status_code=201, location=f"/submission/innovations/{outcome.stream.partition('/')[2]}")


@router.post("/{innovation_id}/stage", response_model=Accepted)
def leave_stage(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Step) -> JSONResponse:
    """Go on to the next stage: at once where the way is free, else by submitting to the gate."""
    return accepted(desk.leave_stage(asked, innovation_id, body))


@router.post("/{innovation_id}/return", response_model=Accepted)
def send_back(actor: Coordinator, asked: AskedBy, innovation_id: str, body: Return) -> JSONResponse:
    """Return an innovation to an earlier stage, with what must change."""
    return accepted(desk.send_back(asked, innovation_id, body))


@router.post("/{innovation_id}/publication", response_model=Accepted)
def display(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Step) -> JSONResponse:
    """Show an innovation to the public."""
    return accepted(desk.display(asked, innovation_id, body))


@router.post("/{innovation_id}/running", response_model=Accepted)
def confirm_running(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Running) -> JSONResponse:
    """Confirm that a launched innovation still runs."""
    return accepted(running.confirm(asked, innovation_id, body))


@router.post("/{innovation_id}/withdraw", response_model=Accepted)
def withdraw(actor: UnitMember, asked: AskedBy, innovation_id: str, body: End) -> JSONResponse:
    """Withdraw an innovation."""
    return accepted(desk.withdraw(asked, innovation_id, body))


@router.post("/{innovation_id}/retire", response_model=Accepted)
def retire(actor: UnitMember, asked: AskedBy, innovation_id: str, body: End) -> JSONResponse:
    """Retire an innovation that brings no benefit any more."""
    return accepted(desk.retire(asked, innovation_id, body))


@router.get("", response_model=Items)
def list_innovations(
    actor: Reader,
    lists: ListsNow,
    cursors: CursorsOf,
    region: str | None = None,
    unit: str | None = None,
    programme: str | None = None,
    stage: Stage | None = None,
    status: Status | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
) -> JSONResponse:
    """List the innovations of a region, or of all that may be read, newest first."""
    before = cursors.read("innovations", cursor)
    regions = readable_regions(actor, region)
    wanted = InnovationFilter(
        regions=regions,
        units=None if unit is None else [unit],
        programme_id=programme,
        stage=stage,
        status=status,
        words=q,
    )
    with lists.of(regions) as connection:
        found = innovations(connection, wanted, limit=limit + 1, before=before)
    more = cursors.write("innovations", place_of(found[limit - 1])) if len(found) > limit else None
    return rows(found[:limit], next_cursor=more)


@router.get("/similar", response_model=Items)
def list_similar(
    actor: Reader, lists: ListsNow, region: str, title: Annotated[str, Query(min_length=3, max_length=200)]
) -> JSONResponse:
    """List innovations of the region whose titles resemble this one: the commonest reason to fail later."""
    require_reading(actor, region)
    with lists.of([region]) as connection:
        return rows(similar_titles(connection, region, title))


@router.get("/{innovation_id}")
def get_innovation(actor: Reader, commands: Commands, innovation_id: str) -> JSONResponse:
    """Give an innovation's record."""
    require_reading(actor, region_of(innovation_id))
    innovation, version = commands.state(INNOVATION, innovation_id)
    if innovation is None:
        raise NotFound
    return record(_ADAPTER.dump_python(innovation, mode="json") | {"innovation_id": innovation_id}, version)


@router.get("/{innovation_id}/checklist")
def get_checklist(actor: Reader, commands: Commands, innovation_id: str) -> Checklist:
    """Say what is missing before the innovation may leave its stage."""
    require_reading(actor, region_of(innovation_id))
    innovation, _ = commands.state(INNOVATION, innovation_id)
    if innovation is None:
        raise NotFound
    programme, _ = commands.state(PROGRAMME, innovation.programme_id)
    missing = missing_for_leaving(innovation, programme.commitments if programme else ())
    return Checklist(
        stage=innovation.stage,
        waiting=innovation.awaiting is not None,
        missing=[MissingPart(field=each.field, detail=str(each)) for each in missing],
    )
