"""The pool of reviewers that LAN keeps."""

from fastapi import APIRouter, Request, Response

from services.review.desk import actions
from services.review.desk.access import name_person
from services.review.domain.reviewer import RegisterReviewer
from services.review.pages.shown import REFUSED, Filled, refused, show, text
from services.review.read_models import assessments as lists
from shared.auth import LAN, Actor, Coordinator, Role
from shared.domain import NATIONAL
from shared.http import Form, FormRoute, KernelOf, form_key, now
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.regions import regions

router = APIRouter(prefix="/work", route_class=FormRoute, include_in_schema=False)


@router.get("/reviewers")
def reviewers(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow) -> Response:
    """The pool; LAN keeps it."""
    return _pool(request, actor, kernel, models)


@router.post("/reviewers")
def register(request: Request, actor: LAN, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Admit a person to the pool, or renew the entry."""
    expertise = (each.strip() for each in text(form, "expertise").replace("\n", ",").split(","))
    command = RegisterReviewer(
        actor=actor.person,
        at=now(),
        person=text(form, "person"),
        home_region=text(form, "home_region"),
        unit_id=text(form, "unit_id") or None,
        expertise=tuple(each for each in expertise if each),
        active=form.get("active") == "yes",
    )
    try:
        actions.register_reviewer(kernel.commands, command, key=form_key(request, form))
    except REFUSED as rejection:
        return _pool(request, actor, kernel, models, refused(kernel, request, "reviewer", form, rejection))
    if name := text(form, "name")[:200]:
        name_person(kernel.engine, command.person, name, command.home_region, command.at)
    return kernel.pages.redirect("/work/reviewers", kernel.pages.gettext(request, "The pool is up to date."))


def _pool(request: Request, actor: Actor, kernel: Kernel, models: Lists, filled: Filled | None = None) -> Response:
    with models.of([NATIONAL]) as connection:
        found = lists.pool(connection)
    places = [(NATIONAL, "Nasional"), *((code, each.name) for code, each in regions().items())]
    return show(kernel, request, "reviewers.html", filled, pool=found, keeps=actor.has(Role.LAN), places=places)
