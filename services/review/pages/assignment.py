"""The chair's pages for panels: a proposal for a whole gate or for one panel, looked at before it is applied."""

from collections.abc import Sequence
from dataclasses import replace
from secrets import randbelow
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from services.review.desk import actions, assignment
from services.review.desk.assignment import MOST_SEATS, Asked, Choice, Wanted
from services.review.domain.assignment import Method
from services.review.domain.panel import RELATIONS
from services.review.domain.state import Status
from services.review.pages.shown import REFUSED, Filled, act_of, day, refused, show, text
from services.review.read_models import assessments as lists
from services.review.read_models import dossier, panels
from shared.auth import LAN, Actor, Coordinator, Role
from shared.domain import NATIONAL, Invalid, NotFound, is_region, region_of
from shared.http import Form, FormRoute, KernelOf, form_key, now
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow

router = APIRouter(prefix="/desk/panels", route_class=FormRoute, include_in_schema=False)

DRAWS = 1_000_000
Word = Annotated[str, Query(max_length=100)]


@router.get("")
def chosen(
    request: Request,
    actor: Coordinator,
    kernel: KernelOf,
    models: ListsNow,
    region: Word = "",
    programme: Word = "",
    gate: Word = "",
    assessment: Word = "",
    method: Word = "",
    seats: Word = "",
    seed: Word = "",
) -> Response:
    """The gates where panels have free places, or a proposal for one of them or for one assessment."""
    if not region and not assessment:
        return _gates(request, actor, kernel, models)
    fields = {"region": region, "programme": programme, "gate": gate, "assessment": assessment}
    return _preview(request, actor, kernel, models, _asked(fields | {"method": method, "seats": seats, "seed": seed}))


@router.post("")
def assign(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Assign those who are ticked, or propose others for those who are not."""
    asked = _asked({name: text(form, name) for name in form})
    choices, wanted = _choices(form)
    if form.get("_step") == "again":
        return _preview(request, actor, kernel, models, replace(asked, choices=choices), Filled("again", _values(form)))
    with models.of([NATIONAL]) as connection:
        people = {each.person: each for each in lists.pool(connection)}
    try:
        if not {person for each in wanted for person in each.persons} <= set(people):
            raise Invalid(field="reviewers")
        done = assignment.apply(
            kernel.commands, actor, wanted, due_on=day(form, "due_on"), at=now(), key=form_key(request, form)
        )
    except REFUSED as rejection:
        errors = kernel.pages.errors(request, rejection)
        kept = replace(asked, choices=choices, only_kept=True)
        return _preview(request, actor, kernel, models, kept, Filled("assign", _values(form), errors))
    with models.connection() as connection:
        titles = dossier.titles(connection, [each.innovation_id for each in done])
    sentences = {
        each.wanted.assessment_id: [
            (people[person].name or person if person else None, kernel.pages.sentence(request, rejection))
            for person, rejection in each.against()
        ]
        for each in done
    }
    return show(
        kernel,
        request,
        "panels_done.html",
        done=sorted(done, key=lambda each: each.outcome is not None),
        people=people,
        titles=titles,
        sentences=sentences,
        asked=asked,
    )


@router.post("/replacements")
def replace_reviewer(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Release a reviewer and, where one is named, put another on the panel at a new place."""
    ident = text(form, "assessment")
    what: dict[str, Any] = {"slot": text(form, "slot"), "reason": text(form, "reason")}
    try:
        act = act_of(request, actor, kernel, form, ident)
        if replacement := text(form, "replacement"):
            _known(models, replacement, "replacement")
            due_on = day(form, "due_on")
            assignment.replace_reviewer(act, replacement=replacement, due_on=due_on, **what)
        else:
            actions.release(act, **what)
    except REFUSED as rejection:
        filled = refused(kernel, request, "replace", form, rejection)
        return _one_again(request, actor, kernel, models, ident, filled, "replacement")
    return _back(request, kernel, ident, replaced=bool(replacement))


@router.post("/overrides")
def override(request: Request, actor: LAN, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Put somebody on a panel whom a relation bars, and say why: for LAN, and for auditors to see."""
    ident, person = text(form, "assessment"), text(form, "person")
    try:
        _known(models, person, "person")
        actions.assign(
            act_of(request, actor, kernel, form, ident),
            persons=[person],
            due_on=day(form, "due_on"),
            overrides={person: text(form, "reason")},
        )
    except REFUSED as rejection:
        filled = refused(kernel, request, "override", form, rejection)
        return _one_again(request, actor, kernel, models, ident, filled, "person")
    return kernel.pages.redirect(
        f"/desk/panels?assessment={ident}", kernel.pages.gettext(request, "The reviewers are assigned.")
    )


def _gates(request: Request, actor: Actor, kernel: Kernel, models: Lists) -> Response:
    regions = assignment.regions_of(actor)
    with models.of(regions) as connection:
        found = panels.gates(connection, regions)
        titles = dossier.titles(connection, [each.innovation_id for each in found])
    return show(kernel, request, "panels_gates.html", found=found, titles=titles)


def _preview(
    request: Request, actor: Actor, kernel: Kernel, models: Lists, asked: Asked, filled: Filled | None = None
) -> Response:
    ident = asked.assessments[0] if asked.assessments else None
    if ident is not None:
        actions.look(kernel.commands, actor, ident)
    with models.of() as connection:
        found = assignment.preview(kernel.commands, connection, actor, asked)
        titles = dossier.titles(connection, [each.waiting.innovation_id for each in found.rows])
    return show(
        kernel,
        request,
        "panels.html",
        filled,
        asked=asked,
        found=found,
        titles=titles,
        methods=list(Method),
        most_seats=MOST_SEATS,
        another=randbelow(DRAWS),
        one=_one(request, actor, kernel, models, ident) if ident else None,
    )


def _one(request: Request, actor: Actor, kernel: Kernel, models: Lists, ident: str) -> dict[str, Any]:
    """Give what the page of a single panel shows besides the proposal: its places, and whom LAN may override for."""
    seen, version = actions.look(kernel.commands, actor, ident)
    with models.of([NATIONAL]) as connection:
        pool = [each for each in lists.pool(connection) if each.active]
        titles = dossier.titles(connection, [seen.opened.innovation_id])
    open_now = seen.status is Status.OPEN
    barred = actions.bars_for(kernel.commands, actor, ident, pool) if open_now else []
    tied = set(RELATIONS.values())
    return {
        "ident": ident,
        "version": version,
        "seen": seen,
        "titles": titles.get(seen.opened.innovation_id),
        "open": open_now,
        "free": seen.opened.panel_size - seen.panel,
        "people": {each.person: each for each in pool},
        "able": [each for each, bar in zip(pool, barred, strict=False) if bar is None],
        "barred": [
            (each, kernel.pages.sentence(request, bar()))
            for each, bar in zip(pool, barred, strict=False)
            if bar is not None and bar in tied
        ]
        if actor.has(Role.LAN)
        else [],
    }


def _one_again(
    request: Request, actor: Actor, kernel: Kernel, models: Lists, ident: str, filled: Filled, field: str
) -> Response:
    """Give the page of a panel again after a refusal; what is wrong with a person stands at the form's field."""
    errors = {
        field if path.startswith("reviewers") else "reason" if path.startswith("overrides") else path: sentence
        for path, sentence in filled.errors.items()
    }
    asked = Asked(region=region_of(ident), assessments=(ident,), seed=randbelow(DRAWS))
    return _preview(request, actor, kernel, models, asked, Filled(filled.form, filled.values, errors))


def _back(request: Request, kernel: Kernel, ident: str, *, replaced: bool) -> Response:
    _ = kernel.pages.gettext
    said = _(request, "The reviewer is replaced.") if replaced else _(request, "The reviewer is released.")
    return kernel.pages.redirect(f"/desk/panels?assessment={ident}", said)


def _known(models: Lists, person: str, field: str) -> None:
    """Raise Invalid for somebody who is not in the pool, whose id may have any shape."""
    with models.of([NATIONAL]) as connection:
        if person not in {each.person for each in lists.pool(connection)}:
            raise Invalid("Choose a reviewer of the pool.", field=field)


def _asked(fields: dict[str, str]) -> Asked:
    """Give what is asked for, with what cannot be left out; raise NotFound for what is no region."""
    ident = fields.get("assessment", "")
    region = region_of(ident) if ident else fields.get("region", "")
    if not is_region(region):
        raise NotFound
    method, seats, seed = (fields.get(name, "") for name in ("method", "seats", "seed"))
    return Asked(
        region=region,
        programme=fields.get("programme") or None,
        gate=fields.get("gate") or None,
        assessments=(ident,) if ident else (),
        method=Method(method) if method in set(Method) else Method.BALANCED,
        seats=int(seats) if seats in map(str, range(1, MOST_SEATS + 1)) else None,
        seed=int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 10 else randbelow(DRAWS),
    )


def _choices(form: FormData) -> tuple[dict[str, Choice], Sequence[Wanted]]:
    """Give what the chair made of the proposal; `of/<id>` holds version, whom we offered, whom we no longer offer."""
    choices: dict[str, Choice] = {}
    wanted: list[Wanted] = []
    for name, value in form.multi_items():
        if not name.startswith("of/"):
            continue
        ident = name.removeprefix("of/")
        version, offered, declined = [*str(value).split("|"), "", ""][:3]
        kept = tuple(dict.fromkeys(str(each) for each in form.getlist(f"seat/{ident}") if each))
        left = frozenset(offered.split()) | frozenset(declined.split())
        choices[ident] = Choice(kept=kept, declined=left - frozenset(kept))
        seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
        wanted.append(Wanted(assessment_id=ident, persons=kept, version=seen))
    return choices, wanted


def _values(form: FormData) -> dict[str, str]:
    """Give the fields to keep; a form that only asked for others gets a new key."""
    kept = ("due_on",) if form.get("_step") == "again" else ("due_on", "_key")
    return {name: str(form.get(name, "")) for name in kept}
