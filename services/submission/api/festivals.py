"""Festivals as JSON."""

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import JSONResponse

from services.submission.api.answers import Items, record, rows
from services.submission.desk import festivals as desk
from services.submission.desk.asked import AskedBy, readable_regions, require_reading
from services.submission.desk.festivals import Cancellation, Choice, FestivalWords, NewFestival, Schedule, Top
from services.submission.domain.festival import FESTIVAL, Festival
from services.submission.domain.festival_events import TopCategory
from services.submission.read_models import festivals
from shared.auth import Coordinator, Reader
from shared.domain import NotFound, region_of
from shared.http import Accepted, Commands, JsonRoute, accepted
from shared.lists import ListsNow

router = APIRouter(prefix="/festivals", route_class=JsonRoute, tags=["festivals"])

_ADAPTER: TypeAdapter[Festival] = TypeAdapter(Festival)


@router.post("", status_code=201, response_model=Accepted)
def announce(actor: Coordinator, asked: AskedBy, body: NewFestival) -> JSONResponse:
    """Announce a festival of a regency, city or province, or of the nation (`00`)."""
    outcome = desk.announce(asked, body)
    return accepted(outcome, status_code=201, location=f"/submission/festivals/{outcome.stream.partition('/')[2]}")


@router.put("/{festival_id}", response_model=Accepted)
def change(actor: Coordinator, asked: AskedBy, festival_id: str, body: FestivalWords) -> JSONResponse:
    """Give a festival another title, other words, days or another venue."""
    return accepted(desk.change(asked, festival_id, body))


@router.put("/{festival_id}/innovations", response_model=Accepted)
def choose(actor: Coordinator, asked: AskedBy, lists: ListsNow, festival_id: str, body: Choice) -> JSONResponse:
    """Choose the innovations that a festival shows: launched or shown to the public, of its region, still active."""
    return accepted(desk.choose(asked, lists, festival_id, body))


@router.put("/{festival_id}/schedule", response_model=Accepted)
def schedule(actor: Coordinator, asked: AskedBy, festival_id: str, body: Schedule) -> JSONResponse:
    """Set the schedule."""
    return accepted(desk.schedule(asked, festival_id, body))


@router.put("/{festival_id}/tops/{category}", response_model=Accepted)
def name_top(actor: Coordinator, asked: AskedBy, festival_id: str, category: TopCategory, body: Top) -> JSONResponse:
    """Name the best innovations, or the best displays."""
    return accepted(desk.name_top(asked, festival_id, category, body))


@router.post("/{festival_id}/cancel", response_model=Accepted)
def cancel(actor: Coordinator, asked: AskedBy, festival_id: str, body: Cancellation) -> JSONResponse:
    """Say that a festival will not take place."""
    return accepted(desk.cancel(asked, festival_id, body))


@router.get("", response_model=Items)
def list_festivals(actor: Reader, lists: ListsNow, region: str | None = None) -> JSONResponse:
    """List the festivals of a region, or of all that may be read, newest first."""
    regions = readable_regions(actor, region)
    with lists.of(regions) as connection:
        return rows(festivals(connection, regions))


@router.get("/{festival_id}")
def get_festival(actor: Reader, commands: Commands, festival_id: str) -> JSONResponse:
    """Give a festival."""
    require_reading(actor, region_of(festival_id))
    festival, version = commands.state(FESTIVAL, festival_id)
    if festival is None:
        raise NotFound
    return record(_ADAPTER.dump_python(festival, mode="json"), version)
