"""The pages of innovations: lists, proposing, the page of the work, and the steps on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.submission.desk import adapting, running
from services.submission.desk import innovations as desk
from services.submission.desk.asked import Asked, readable_regions, require_reading
from services.submission.desk.innovations import End, NewInnovation, Return, Step
from services.submission.desk.running import Running
from services.submission.domain.checks import LINE
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation, Status, missing_for_leaving
from services.submission.domain.programme import PROGRAMME, Programme
from services.submission.domain.unit import UNIT, Unit
from services.submission.domain.vocabulary import Stage
from services.submission.pages.journey import journey
from services.submission.pages.shown import Refused, show, take
from services.submission.read_models import (
    InnovationFilter,
    innovations,
    place_of,
    programmes,
    similar_titles,
    units,
)
from shared.auth import Actor, Reader, UnitMember
from shared.domain import Event, NotFound, region_of
from shared.envelope import Erased
from shared.event_log import Outcome
from shared.http import CursorsOf, Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.people import names
from shared.web.messages import N_

router = APIRouter(prefix="/desk/innovations", route_class=FormRoute, include_in_schema=False)

PAGE = 30


@dataclass(frozen=True, kw_only=True)
class Work:
    """An innovation with what its page needs from elsewhere, and what the reader may do."""

    innovation: Innovation
    version: int
    programme: Programme
    unit: Unit | None
    may_change: bool
    may_coordinate: bool


@router.get("")
def list_innovations(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    lists: ListsNow,
    cursors: CursorsOf,
    q: str = "",
    region: str = "",
    stage: str = "",
    status: str = "",
    unit: str = "",
    cursor: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show the innovations of all regions that may be read, with filters."""
    regions = readable_regions(actor, region or None)
    wanted = InnovationFilter(
        regions=regions,
        stage=stage or None,
        status=status or None,
        units=[unit] if unit else None,
        words=q[:200],
    )
    before = cursors.read("innovations", cursor)
    with lists.of(regions) as connection:
        found = innovations(connection, wanted, limit=PAGE + 1, before=before)
        choice = units(connection, regions) if regions is not None else []
    more = cursors.write("innovations", place_of(found[PAGE - 1])) if len(found) > PAGE else None
    return show(kernel, request, "innovations.html", rows=found[:PAGE], more=more, units=choice, stages=list(Stage))


@router.get("/new")
def new_innovation(request: Request, actor: UnitMember, kernel: KernelOf, lists: ListsNow) -> Response:
    """Show the form for a proposal."""
    return _new(kernel, request, actor, lists)


@router.post("")
def propose(request: Request, actor: UnitMember, kernel: KernelOf, lists: ListsNow, form: Form) -> Response:
    """Put an innovation forward."""
    try:
        outcome = take(kernel, request, form, actor, NewInnovation, desk.propose)
    except Refused as refused:
        return _new(kernel, request, actor, lists, refused)
    ident = outcome.stream.partition("/")[2]
    text = kernel.pages.gettext(request, N_("The innovation is put forward. Go on with its record."))
    return kernel.pages.redirect(f"/desk/innovations/{ident}", text)


def _new(kernel: Kernel, request: Request, actor: Actor, lists: Lists, refused: Refused | None = None) -> Response:
    """The form; whoever coordinates more than a region chooses one first. A replication begins with its original."""
    asked = request.query_params.get("region")
    regions = readable_regions(actor, asked or None)
    with lists.of(regions) as connection:
        running = [each for each in programmes(connection, regions) if each.agreed_on and not each.closed_on]
        own = [each for each in units(connection, regions) if actor.acts_for(each.unit_id)]
        title = str(refused.values.get("title", "")) if refused else ""
        similar = (
            similar_titles(connection, own[0].region, title)
            if title and own and len({each.region for each in own}) == 1
            else []
        )
    adapted_from = str((refused.values if refused else request.query_params).get("adapted_from") or "")[:LINE]
    found = adapting.original(kernel.commands, adapted_from) if adapted_from else None
    start = adapting.idea(found) | {"title": _adapted(kernel, request, found.title)} if found else {}
    return show(
        kernel,
        request,
        "innovation_new.html",
        refused=refused,
        original=found,
        unknown_original=bool(adapted_from) and found is None,
        programmes=[each for each in running if not each.stalled_on],
        units=own,
        similar=similar,
        values={"adapted_from": adapted_from, **start, "unit_id": own[0].unit_id if len(own) == 1 else None},
    )


def _adapted(kernel: Kernel, request: Request, title: str) -> str:
    """Give the title of an original marked as adapted, no longer than a title may be."""
    mark = kernel.pages.gettext(request, N_("(adapted)"))
    return f"{title[: LINE - len(mark) - 1].rstrip()} {mark}"


# Where what is missing can be filled in, by its field; the commitment is the coordinator's to record.
_SECTION_OF: Mapping[Stage, Mapping[str, str]] = {
    Stage.DRUM_UP: {"idea": "idea", "members": "team"},
    Stage.DIAGNOSE: dict.fromkeys(("problem", "affected", "root_causes", "evidence", "simple_solution"), "diagnosis"),
    Stage.DESIGN: dict.fromkeys(("design", "types", "milestones", "indicators", "resources", "legal_basis"), "design"),
    Stage.DELIVER: dict.fromkeys(("launched_on", "milestones", "measurements", "evidence"), "delivery"),
    Stage.DISPLAY: dict.fromkeys(("public_summary", "shown_indicators", "replication_notes"), "display"),
}


def load(kernel: Kernel, actor: Actor, ident: str) -> Work:
    """Give an innovation for its pages; raise NotFound for whoever may not read it."""
    require_reading(actor, region_of(ident))
    innovation, version = kernel.commands.state(INNOVATION, ident)
    if innovation is None:
        raise NotFound
    return _around(kernel, actor, innovation, version)


def _around(kernel: Kernel, actor: Actor, innovation: Innovation, version: int) -> Work:
    (programme, _), (unit, _) = kernel.commands.states((PROGRAMME, innovation.programme_id), (UNIT, innovation.unit_id))
    return Work(
        innovation=innovation,
        version=version,
        programme=programme,
        unit=unit,
        may_change=actor.acts_for(innovation.unit_id),
        may_coordinate=actor.coordinates(region_of(innovation.innovation_id)),
    )


def context(work: Work) -> dict[str, Any]:
    """Give what every page of an innovation shows around its own matter."""
    innovation = work.innovation
    return {
        "work": work,
        "innovation": innovation,
        "ident": innovation.innovation_id,
        "version": work.version,
        "missing": missing_for_leaving(innovation, work.programme.commitments),
        "section_of": _SECTION_OF[innovation.stage],
        "gate": work.programme.gate_from(innovation.stage),
        # A stage that it was sent back to was reached anew on the day of the return.
        "reached": innovation.reached | ({innovation.stage: innovation.since} if innovation.returned else {}),
        "at": f"/desk/innovations/{innovation.innovation_id}",
    }


@router.get("/{ident}")
def innovation_page(request: Request, actor: Reader, kernel: KernelOf, ident: str) -> Response:
    """Show an innovation: where it stands, what is missing, its record and its journey."""
    region = region_of(ident)
    require_reading(actor, region)
    history = kernel.log.stream(region, INNOVATION.stream(ident))
    if not history:
        raise NotFound
    decoded = [kernel.log.catalogue.decode(each.type, each.type_version, each.payload) for each in history]
    known: list[tuple[Any, Event]] = [
        (recorded, event) for recorded, event in zip(history, decoded, strict=True) if not isinstance(event, Erased)
    ]
    innovation = INNOVATION.fold(event for _, event in known)  # type: ignore[misc]  # a stream holds its own types
    if innovation is None:
        raise NotFound
    work = _around(kernel, actor, innovation, history[-1].stream_version)
    return show(
        kernel,
        request,
        "innovation.html",
        **context(work),
        journey=journey(kernel, request, [each for each, _ in known], [event for _, event in known]),
        team=names(kernel.engine, set(innovation.team)),
    )


@dataclass(frozen=True, kw_only=True)
class StepPage:
    """One step as a form: its template, what it sends, what is done, and what is said afterwards."""

    template: str
    body: type[BaseModel]
    act: Callable[[Asked, str, Any], Outcome]
    said: str


STEPS: Mapping[str, StepPage] = {
    "next": StepPage(
        template="step_next.html", body=Step, act=desk.leave_stage, said=N_("Done. The innovation moves on.")
    ),
    "return": StepPage(
        template="step_return.html", body=Return, act=desk.send_back, said=N_("The innovation is returned.")
    ),
    "publication": StepPage(
        template="step_publication.html", body=Step, act=desk.display, said=N_("The innovation is shown to the public.")
    ),
    "withdraw": StepPage(
        template="step_end.html", body=End, act=desk.withdraw, said=N_("The innovation is withdrawn.")
    ),
    "retire": StepPage(template="step_end.html", body=End, act=desk.retire, said=N_("The innovation is retired.")),
}


@router.post("/{ident}/running")
def confirm_running(request: Request, actor: UnitMember, kernel: KernelOf, ident: str, form: Form) -> Response:
    """Confirm that an innovation still runs; on the first page the reader stays there."""
    try:
        take(kernel, request, form, actor, Running, lambda asked, body: running.confirm(asked, ident, body))
    except Refused as refused:
        text, kind = " ".join(refused.errors.values()), "bad"
    else:
        text, kind = kernel.pages.gettext(request, N_("Thank you: the record says that it still runs.")), "good"
    back = "/" if form.get("_back") == "home" else f"/desk/innovations/{ident}"
    return kernel.pages.redirect(back, text, kind)


@router.get("/{ident}/step/{name}")
def step_page(request: Request, actor: UnitMember, kernel: KernelOf, ident: str, name: str) -> Response:
    """Show the form of a step."""
    return _step(kernel, request, actor, ident, name)


@router.post("/{ident}/step/{name}")
def step(request: Request, actor: UnitMember, kernel: KernelOf, ident: str, name: str, form: Form) -> Response:
    """Take a step."""
    page = _step_of(name)
    try:
        outcome = take(kernel, request, form, actor, page.body, lambda asked, body: page.act(asked, ident, body))
    except Refused as refused:
        return _step(kernel, request, actor, ident, name, refused)
    said = kernel.pages.gettext(request, page.said)
    if outcome.leaf is not None:
        receipt = N_("It is record %(position)s of the log, leaf hash %(leaf)s; the journey below leads to its check.")
        said += " " + kernel.pages.gettext(
            request, receipt, position=outcome.leaf.position, leaf=outcome.leaf.hash.hex()
        )
    return kernel.pages.redirect(f"/desk/innovations/{ident}", said)


def _step(
    kernel: Kernel, request: Request, actor: Actor, ident: str, name: str, refused: Refused | None = None
) -> Response:
    page, work = _step_of(name), load(kernel, actor, ident)
    earlier = [each for each in Stage if each.precedes(work.innovation.stage)]
    return show(
        kernel,
        request,
        page.template,
        refused=refused,
        **context(work),
        step=name,
        earlier=earlier,
        active=Status.ACTIVE,
    )


def _step_of(name: str) -> StepPage:
    if name not in STEPS:
        raise NotFound
    return STEPS[name]
