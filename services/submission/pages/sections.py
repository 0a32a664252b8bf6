"""The sections of an innovation's record as forms, each saved by itself."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.submission.desk import adapting
from services.submission.desk import sections as desk
from services.submission.desk.asked import Asked, may_change
from services.submission.desk.sections import (
    Design,
    Diagnosis,
    Display,
    Done,
    Evidence,
    Idea,
    Launch,
    Measurement,
    Team,
)
from services.submission.domain.innovation_commands import (
    DESIGN_WORDS_ASKED,
    REPLICATION_WORDS,
    SECTION_WORDS,
    SUMMARY_WORDS,
)
from services.submission.domain.innovation_state import Innovation
from services.submission.pages.innovations import context, load
from services.submission.pages.shown import Refused, show, take
from shared.auth import Actor, UnitMember
from shared.domain import NotFound
from shared.event_log import Outcome
from shared.http import Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.web.messages import N_

router = APIRouter(prefix="/desk/innovations/{ident}", route_class=FormRoute, include_in_schema=False)

SPARE_ROWS = 2

_PEOPLE = "SELECT person::text, name FROM person WHERE %s = ANY(units) OR person::text = ANY(%s) ORDER BY name, person"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section: its template, the body that its form fills in, what is done, and what the form shows at first.

    `start` is what it shows of a replication's original, as long as nothing of its own was saved.
    """

    template: str
    body: type[BaseModel]
    act: Callable[[Asked, str, Any], Outcome]
    values: Callable[[Innovation], Mapping[str, Any]] = lambda _: {}
    lists: tuple[str, ...] = ()
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict
    start: Callable[[Innovation, Innovation], Mapping[str, Any]] = lambda *_: {}


def _kept_rows(filled: dict[str, Any]) -> dict[str, Any]:
    """Leave out the rows that were emptied: all that remains in them is their id or a choice."""

    def kept(name: str, *said: str) -> list[Any]:
        return [row for row in filled.get(name, []) if not isinstance(row, dict) or any(key in row for key in said)]

    return filled | {
        "milestones": kept("milestones", "title", "due_on"),
        "indicators": kept("indicators", "name", "baseline", "target"),
    }


SECTIONS: Mapping[str, Section] = {
    "idea": Section(template="section_idea.html", body=Idea, act=desk.save_idea, values=vars),
    "team": Section(
        template="section_team.html",
        body=Team,
        act=desk.name_team,
        values=lambda innovation: {"members": innovation.team},
        lists=("members",),
        shape=lambda filled: {"members": []} | filled,
    ),
    "diagnosis": Section(
        template="section_diagnosis.html",
        body=Diagnosis,
        act=desk.save_diagnosis,
        values=lambda innovation: vars(innovation.diagnosis) if innovation.diagnosis else {},
        start=adapting.diagnosis,
    ),
    "design": Section(
        template="section_design.html",
        body=Design,
        act=desk.save_design,
        values=lambda innovation: asdict(innovation.design) if innovation.design else {},
        lists=("types", "sdgs"),
        shape=_kept_rows,
        start=adapting.design,
    ),
    "launch": Section(
        template="section_delivery.html",
        body=Launch,
        act=desk.launch,
        values=lambda innovation: vars(innovation.launched) if innovation.launched else {},
    ),
    "measurements": Section(template="section_delivery.html", body=Measurement, act=desk.measure),
    "evidence": Section(
        template="section_delivery.html",
        body=Evidence,
        act=desk.save_evidence,
        values=lambda innovation: {"evidence": innovation.evidence},
    ),
    "display": Section(
        template="section_display.html",
        body=Display,
        act=desk.save_display,
        values=lambda innovation: (
            vars(innovation.display)
            | {"shown_indicators": [each.indicator_id for each in innovation.display.shown_indicators]}
            if innovation.display
            else {}
        ),
        lists=("shown_indicators",),
    ),
}

DELIVERY = ("launch", "measurements", "evidence")
SAVED = N_("Saved.")


@router.get("/{name}")
def section_page(request: Request, actor: UnitMember, kernel: KernelOf, ident: str, name: str) -> Response:
    """Show the form of a section; `delivery` is the launch, the milestones, the measurements and the evidence."""
    return _show(kernel, request, actor, ident, "launch" if name == "delivery" else name)


@router.post("/{name}")
def save_section(request: Request, actor: UnitMember, kernel: KernelOf, ident: str, name: str, form: Form) -> Response:
    """Save a section."""
    section = _section_of(name)
    try:
        take(
            kernel,
            request,
            form,
            actor,
            section.body,
            lambda asked, body: section.act(asked, ident, body),
            lists=section.lists,
            shape=section.shape,
        )
    except Refused as refused:
        return _show(kernel, request, actor, ident, name, refused)
    return _saved(kernel, request, ident, "/delivery" if name in DELIVERY else "")


@router.post("/milestones/{milestone_id}")
def complete_milestone(
    request: Request, actor: UnitMember, kernel: KernelOf, ident: str, milestone_id: str, form: Form
) -> Response:
    """Record that a milestone was reached."""
    try:
        take(
            kernel,
            request,
            form,
            actor,
            Done,
            lambda asked, body: desk.complete_milestone(asked, ident, milestone_id, body),
        )
    except Refused as refused:
        return _show(kernel, request, actor, ident, f"milestones/{milestone_id}", refused)
    return _saved(kernel, request, ident, "/delivery")


def _saved(kernel: Kernel, request: Request, ident: str, where: str) -> Response:
    return kernel.pages.redirect(f"/desk/innovations/{ident}{where}", kernel.pages.gettext(request, SAVED))


def _show(
    kernel: Kernel, request: Request, actor: Actor, ident: str, name: str, refused: Refused | None = None
) -> Response:
    """Show the page of a section; on the page of the delivery only the form that was sent has errors."""
    delivery = name in DELIVERY or name.startswith("milestones/")
    section = _section_of("launch" if delivery else name)
    work = load(kernel, actor, ident)
    may_change(actor, work.innovation.unit_id)
    innovation = work.innovation
    people = _people(kernel, actor, innovation) if name == "team" else []
    values = refused.values if refused and not delivery else section.values(innovation)
    start: Mapping[str, Any] = {}
    original = None
    if not values and name in ("diagnosis", "design"):
        original = adapting.displayed_original(kernel.commands, innovation)
        start = section.start(original, innovation) if original else {}
    return show(
        kernel,
        request,
        section.template,
        **context(work),
        errors=refused.errors if refused else {},
        values=values or start,
        original=original if start else None,
        sent=refused.values if refused else {},
        form=name,
        people=people,
        rows=range(_rows(values or start)),
        limits={
            "section": SECTION_WORDS,
            "summary": SUMMARY_WORDS,
            "replication": REPLICATION_WORDS,
            "design": DESIGN_WORDS_ASKED,
        },
    )


def _rows(shown: Mapping[str, Any]) -> int:
    """Give how many rows the tables of the design show: those that are there, and some to fill in."""
    return max(len(shown.get("milestones", ())), len(shown.get("indicators", ()))) + SPARE_ROWS


def _people(kernel: Kernel, actor: Actor, innovation: Innovation) -> list[tuple[str, str]]:
    """Give who may be named for the team: members of the unit who have signed in, oneself, and who is named already."""
    with kernel.engine.connect() as connection:
        rows = connection.exec_driver_sql(_PEOPLE, (innovation.unit_id, list(innovation.team))).all()
    found: dict[str, str] = {row[0]: row[1] for row in rows}
    if actor.belongs_to(innovation.unit_id):
        found.setdefault(actor.person, actor.name or "")
    return list((dict.fromkeys(innovation.team, "") | found).items())


def _section_of(name: str) -> Section:
    if name not in SECTIONS:
        raise NotFound
    return SECTIONS[name]
