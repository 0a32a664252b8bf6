"""The pages of units: the list with aliases, registering, renaming, counting the civil servants."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.submission.desk import units as desk
from services.submission.desk.asked import may_coordinate, readable_regions
from services.submission.desk.units import NewUnit, StaffCount, UnitNames
from services.submission.domain.unit import UNIT
from services.submission.pages.shown import Refused, show, take
from services.submission.read_models import InnovationFilter, unit_counts, units
from shared.auth import Actor, Coordinator, Reader
from shared.domain import NotFound, region_of
from shared.http import Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import ListsNow
from shared.web.messages import N_

router = APIRouter(prefix="/desk/units", route_class=FormRoute, include_in_schema=False)


@router.get("")
def list_units(
    request: Request, actor: Reader, kernel: KernelOf, lists: ListsNow, region: str | None = None
) -> Response:
    """Show the units of a region, or of all that may be read, with their innovations counted."""
    regions = readable_regions(actor, region or None)
    with lists.of(regions) as connection:
        found = units(connection, regions)
        counts = unit_counts(connection, InnovationFilter(regions=regions, status="active"))
    rows = [each._asdict() | {"innovations": counts.get(each.unit_id, 0)} for each in found]
    editable = {each.region for each in found if actor.coordinates(each.region)}
    return show(kernel, request, "units.html", units=rows, editable=editable, may_add=regions_to_choose(actor) != [])


@router.get("/new")
def new_unit(request: Request, actor: Coordinator, kernel: KernelOf) -> Response:
    """Show the form for a unit."""
    return _new(kernel, request, actor)


@router.post("")
def register_unit(request: Request, actor: Coordinator, kernel: KernelOf, form: Form) -> Response:
    """Register a unit."""
    try:
        take(kernel, request, form, actor, NewUnit, desk.register, lines=["aliases"])
    except Refused as refused:
        return _new(kernel, request, actor, refused)
    return kernel.pages.redirect("/desk/units", kernel.pages.gettext(request, N_("The unit is registered.")))


@router.get("/{unit_id}")
def unit_names(request: Request, actor: Coordinator, kernel: KernelOf, unit_id: str) -> Response:
    """Show the form for a unit's names."""
    return _names(kernel, request, actor, unit_id)


@router.post("/{unit_id}")
def rename_unit(request: Request, actor: Coordinator, kernel: KernelOf, unit_id: str, form: Form) -> Response:
    """Give a unit other names."""
    try:
        take(
            kernel,
            request,
            form,
            actor,
            UnitNames,
            lambda asked, body: desk.rename(asked, unit_id, body),
            lines=["aliases"],
        )
    except Refused as refused:
        return _names(kernel, request, actor, unit_id, refused)
    return kernel.pages.redirect("/desk/units", kernel.pages.gettext(request, N_("The names are saved.")))


@router.post("/{unit_id}/staff")
def count_staff(request: Request, actor: Coordinator, kernel: KernelOf, unit_id: str, form: Form) -> Response:
    """Record a count of a unit's civil servants."""
    try:
        take(kernel, request, form, actor, StaffCount, lambda asked, body: desk.count_staff(asked, unit_id, body))
    except Refused as refused:
        return _names(kernel, request, actor, unit_id, refused, sent="staff")
    text = kernel.pages.gettext(request, N_("The count is recorded."))
    return kernel.pages.redirect(f"/desk/units/{unit_id}", text)


def _new(kernel: Kernel, request: Request, actor: Actor, refused: Refused | None = None) -> Response:
    return show(kernel, request, "unit_new.html", refused=refused, regions=regions_to_choose(actor))


def _names(
    kernel: Kernel, request: Request, actor: Actor, unit_id: str, refused: Refused | None = None, sent: str = "names"
) -> Response:
    """Show the two forms of a unit; only the one that was sent has errors."""
    may_coordinate(actor, region_of(unit_id))
    unit, version = kernel.commands.state(UNIT, unit_id)
    if unit is None:
        raise NotFound
    names: Mapping[str, Any] = {"name": unit.name, "short_name": unit.short_name, "aliases": "\n".join(unit.aliases)}
    staff: Mapping[str, Any] = vars(unit.staff) if unit.staff else {}
    if refused is not None:
        names, staff = (refused.values, staff) if sent == "names" else (names, refused.values)
    return show(
        kernel,
        request,
        "unit.html",
        unit=unit,
        version=version,
        errors=refused.errors if refused else {},
        sent=sent,
        names=names,
        staff=staff,
    )


def regions_to_choose(actor: Actor) -> list[str]:
    """Give the regions that a coordinator may choose from; LAN types the code."""
    return sorted(each for each in actor.regions if each != "*" and actor.coordinates(each))
