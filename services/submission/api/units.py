"""Units as JSON."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from services.submission.api.answers import Items, record, rows
from services.submission.desk import units as desk
from services.submission.desk.asked import AskedBy, readable_regions, require_reading
from services.submission.desk.units import NewUnit, StaffCount, UnitNames
from services.submission.domain.unit import UNIT
from services.submission.read_models import units
from shared.auth import Coordinator, Reader
from shared.domain import NotFound, region_of
from shared.http import Accepted, Commands, JsonRoute, accepted
from shared.lists import ListsNow

router = APIRouter(prefix="/units", route_class=JsonRoute, tags=["units"])


@router.post("", status_code=201, response_model=Accepted)
def register_unit(actor: Coordinator, asked: AskedBy, body: NewUnit) -> JSONResponse:
    """Register a unit."""
    outcome = desk.register(asked, body)
    return accepted(outcome, status_code=201, location=f"/submission/units/{outcome.stream.partition('/')[2]}")


@router.patch("/{unit_id}", response_model=Accepted)
def rename_unit(actor: Coordinator, asked: AskedBy, unit_id: str, body: UnitNames) -> JSONResponse:
    """Give a unit another official name, short name or other aliases."""
    return accepted(desk.rename(asked, unit_id, body))


@router.post("/{unit_id}/staff", response_model=Accepted)
def count_staff(actor: Coordinator, asked: AskedBy, unit_id: str, body: StaffCount) -> JSONResponse:
    """Record how many civil servants a unit had on a day, with the source."""
    return accepted(desk.count_staff(asked, unit_id, body))


@router.get("", response_model=Items)
def list_units(actor: Reader, lists: ListsNow, region: str | None = None) -> JSONResponse:
    """List the units of a region, or of all that may be read."""
    regions = readable_regions(actor, region)
    with lists.of(regions) as connection:
        return rows(units(connection, regions))


@router.get("/{unit_id}")
def get_unit(actor: Reader, commands: Commands, unit_id: str) -> JSONResponse:
    """Give a unit."""
    require_reading(actor, region_of(unit_id))
    unit, version = commands.state(UNIT, unit_id)
    if unit is None:
        raise NotFound
    return record(unit, version)
