"""The pages of programmes: the list, the calendar and all that is recorded of an edition."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from services.submission.desk import programmes as desk
from services.submission.desk.asked import readable_regions, require_reading
from services.submission.desk.programmes import NewProgramme
from services.submission.domain.programme import PROGRAMME, Programme
from services.submission.domain.vocabulary import Stage, TargetMeasure
from services.submission.pages.home import overview
from services.submission.pages.programme_forms import FORMS, ProgrammeForm, rubric_choice
from services.submission.pages.shown import Refused, show, take
from services.submission.pages.units import regions_to_choose
from services.submission.read_models import InnovationFilter, rubrics, stage_counts, unit_counts, units
from shared.auth import Actor, Coordinator, Reader, Role
from shared.domain import NotFound, region_of
from shared.http import Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.web.messages import N_

router = APIRouter(prefix="/desk/programmes", route_class=FormRoute, include_in_schema=False)


@router.get("")
def list_programmes(request: Request, actor: Reader, kernel: KernelOf, lists: ListsNow, region: str = "") -> Response:
    """Show the programmes side by side."""
    shown = overview(lists, readable_regions(actor, region or None))
    return show(kernel, request, "programmes.html", may_add=actor.has(Role.LAN, Role.COORDINATOR), **shown)


@router.get("/new")
def new_programme(request: Request, actor: Coordinator, kernel: KernelOf) -> Response:
    """Show the form for a programme."""
    return _new(kernel, request, actor)


@router.post("")
def request_programme(request: Request, actor: Coordinator, kernel: KernelOf, form: Form) -> Response:
    """Request a programme."""
    try:
        outcome = take(kernel, request, form, actor, NewProgramme, desk.request)
    except Refused as refused:
        return _new(kernel, request, actor, refused)
    ident = outcome.stream.partition("/")[2]
    return kernel.pages.redirect(
        f"/desk/programmes/{ident}", kernel.pages.gettext(request, N_("The programme is requested."))
    )


def _new(kernel: Kernel, request: Request, actor: Actor, refused: Refused | None = None) -> Response:
    return show(kernel, request, "programme_new.html", refused=refused, regions=regions_to_choose(actor))


@router.get("/{ident}")
def programme_page(request: Request, actor: Reader, kernel: KernelOf, lists: ListsNow, ident: str) -> Response:
    """Show a programme."""
    return show(kernel, request, "programme.html", **_context(kernel, actor, lists, ident))


@router.get("/{ident}/{name}")
def form_page(
    request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow, ident: str, name: str
) -> Response:
    """Show the form for something to record."""
    return _form(kernel, request, actor, lists, ident, name)


@router.post("/{ident}/{name}")
def record(
    request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow, ident: str, name: str, form: Form
) -> Response:
    """Record something of a programme."""
    page = _form_of(name)
    try:
        take(
            kernel,
            request,
            form,
            actor,
            page.body,
            lambda asked, body: page.act(asked, ident, body),
            lists=page.lists,
            lines=page.lines,
            shape=page.shape,
        )
    except Refused as refused:
        placed = Refused(page.beside(refused.values, refused.errors), refused.values)
        return _form(kernel, request, actor, lists, ident, name, placed)
    return kernel.pages.redirect(f"/desk/programmes/{ident}", kernel.pages.gettext(request, N_("Recorded.")))


def _form(
    kernel: Kernel,
    request: Request,
    actor: Actor,
    lists: Lists,
    ident: str,
    name: str,
    refused: Refused | None = None,
) -> Response:
    page = _form_of(name)
    around = _context(kernel, actor, lists, ident)
    if not around["may_coordinate"] or (page.lan_only and not actor.has(Role.LAN)):
        raise NotFound
    first = dict(request.query_params)
    return show(
        kernel,
        request,
        "programme_form.html",
        refused=refused,
        **around,
        values=first | dict(page.values(around["programme"], first)),
        form_name=name,
        title=page.title,
        lead=page.lead,
        stages=list(Stage),
    )


def _form_of(name: str) -> ProgrammeForm:
    if name not in FORMS:
        raise NotFound
    return FORMS[name]


def _context(kernel: Kernel, actor: Actor, lists: Lists, ident: str) -> dict[str, Any]:
    region = region_of(ident)
    require_reading(actor, region)
    programme, version = kernel.commands.state(PROGRAMME, ident)
    if programme is None:
        raise NotFound
    wanted = InnovationFilter(regions=[region], programme_id=ident, status="active")
    with lists.of([region]) as connection:
        found = units(connection, [region])
        by_unit = unit_counts(connection, wanted)
        by_stage = stage_counts(connection, wanted)
        known = rubrics(connection)
    return {
        "programme": programme,
        "ident": ident,
        "at": f"/desk/programmes/{ident}",
        "version": version,
        "region": region,
        "units": found,
        "unit_names": {each.unit_id: each.short_name for each in found},
        "by_unit": by_unit,
        "by_stage": by_stage,
        "rubrics": known,
        "rubric_titles": {(each.rubric_id, each.version): each.title for each in known},
        "rubric_choice": rubric_choice,
        "targets": _targets(programme, by_unit, found),
        "may_coordinate": actor.coordinates(region),
        "is_lan": actor.has(Role.LAN),
    }


def _targets(programme: Programme, by_unit: Mapping[str, int], found: Sequence[Any]) -> list[dict[str, Any]]:
    """Give the targets with what has been reached; None where this service cannot count it."""
    rows = []
    for (measure, unit_id), target in programme.targets.items():
        value = target.value
        actual: int | None
        match measure:
            case TargetMeasure.INNOVATIONS:
                actual = sum(by_unit.values()) if unit_id is None else by_unit.get(unit_id, 0)
            case TargetMeasure.UNITS_REACHED:
                actual = len(by_unit)
            case TargetMeasure.PER_UNIT if unit_id is not None:
                actual = by_unit.get(unit_id, 0)
            case TargetMeasure.PER_UNIT:
                # A target for every unit: how many units have reached it, of all that are registered.
                actual, value = sum(1 for each in by_unit.values() if each >= target.value), len(found)
            case _:
                actual = None
        rows.append({"target": target, "value": value, "actual": actual, "unit_id": unit_id})
    return rows
