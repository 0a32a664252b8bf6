"""The rubrics that everybody may read, and the editor in which LAN writes a version, looks at it and publishes it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from services.review.desk import actions
from services.review.domain.events import RubricPublished, ScaleKind
from services.review.domain.rubric import RUBRIC, Rubric, RubricIdInvalid, VersionTaken
from services.review.pages import rubric_form
from services.review.pages.rubric_form import Draft
from services.review.pages.shown import REFUSED, Filled, show, text
from services.review.read_models import assessments as lists
from shared.auth import LAN, Actor, Public, Role
from shared.domain import NATIONAL, Conflict, Invalid, NotFound, Rejection, Several
from shared.http import Form, FormRoute, KernelOf, form_again, form_key, now
from shared.kernel import Kernel
from shared.lists import ListsNow

router = APIRouter(prefix="/desk", route_class=FormRoute, include_in_schema=False)

PREVIEW, PUBLISH = "preview", "publish"


@router.get("/rubrics")
def rubrics(request: Request, actor: Public, kernel: KernelOf, models: ListsNow) -> Response:
    """All rubrics in their latest versions."""
    with models.of([NATIONAL]) as connection:
        found = lists.rubrics(connection)
    latest = {each.rubric_id: each for each in reversed(found)}
    newest = sorted(latest.values(), key=lambda each: each.title)
    return show(kernel, request, "rubrics.html", rubrics=newest, keeps=_keeps(actor))


@router.get("/rubrics/new")
def new(request: Request, actor: LAN, kernel: KernelOf) -> Response:
    """The editor of a new rubric."""
    return _editor(kernel, request, rubric_form.empty(), None)


@router.post("/rubrics/new")
def write_new(request: Request, actor: LAN, kernel: KernelOf, form: Form) -> Response:
    """A step in the editor of a new rubric."""
    return _step(kernel, request, actor, form, None)


@router.get("/rubrics/{rubric_id}")
def rubric(
    request: Request,
    actor: Public,
    kernel: KernelOf,
    models: ListsNow,
    rubric_id: str,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """A rubric with its criteria, and its versions with their dates."""
    state, _ = kernel.commands.state(RUBRIC, rubric_id)
    found = state.versions.get(version or state.latest)
    if found is None:
        raise NotFound
    with models.of([NATIONAL]) as connection:
        versions = [each for each in lists.rubrics(connection) if each.rubric_id == rubric_id]
    return show(
        kernel, request, "rubric.html", rubric=found, latest=state.latest, versions=versions, keeps=_keeps(actor)
    )


@router.get("/rubrics/{rubric_id}/edit")
def edit(request: Request, actor: LAN, kernel: KernelOf, rubric_id: str) -> Response:
    """The editor of the next version, which begins as the latest."""
    latest = _latest(kernel, rubric_id)
    return _editor(kernel, request, rubric_form.next_of(latest), latest)


@router.post("/rubrics/{rubric_id}/edit")
def write_next(request: Request, actor: LAN, kernel: KernelOf, rubric_id: str, form: Form) -> Response:
    """A step in the editor of the next version."""
    return _step(kernel, request, actor, form, _latest(kernel, rubric_id))


def _step(kernel: Kernel, request: Request, actor: Actor, form: FormData, latest: RubricPublished | None) -> Response:
    draft = rubric_form.read(form)
    draft = draft.headed(version="1") if latest is None else draft.headed(rubric_id=latest.rubric_id)
    step = text(form, "_step")
    if step not in (PREVIEW, PUBLISH):
        return _editor(kernel, request, draft.stepped(step), latest, key=text(form, "_key"))
    command, unread = rubric_form.command_of(draft, actor=actor.person, at=now())
    try:
        if step == PUBLISH and not unread:
            try:
                actions.publish_rubric(kernel.commands, command, key=form_key(request, form))
            except NotFound:
                raise RubricIdInvalid(field="rubric_id") from None
            message = kernel.pages.gettext(request, "The version is published.")
            return kernel.pages.redirect(f"/desk/rubrics/{command.rubric_id}", message)
        preview = rubric_form.judged(command, unread, _state(kernel, command.rubric_id))
    except REFUSED as rejection:
        why, kept = form_again(rejection, {"_key": text(form, "_key")})
        placed, draft = _placed(why, draft, latest)
        errors = kernel.pages.errors(request, placed)
        return _editor(kernel, request, draft, latest, key=kept.get("_key", ""), errors=errors)
    return _editor(kernel, request, draft, latest, key=text(form, "_key"), preview=preview)


def _placed(rejection: Rejection, draft: Draft, latest: RubricPublished | None) -> tuple[Rejection, Draft]:
    """Give what was refused by the fields of the form, which has none for the version, and the draft.

    Where somebody else published one meanwhile, the draft becomes the one after it.
    """
    wrong = rejection.rejections if isinstance(rejection, Several) else (rejection,)
    taken = next((each for each in wrong if isinstance(each, VersionTaken)), None)
    if taken is None:
        return rejection, draft
    others = [each for each in wrong if each is not taken]
    if latest is None:
        return Several([Invalid("There is a rubric with this id already.", field="rubric_id"), *others]), draft
    said = Conflict("Another version was published meanwhile; compare it. Yours now follows it, unchanged.")
    return Several([said, *others]), draft.headed(version=str(taken.facts["expected"]))


def _editor(
    kernel: Kernel,
    request: Request,
    draft: Draft,
    latest: RubricPublished | None,
    *,
    key: str = "",
    errors: dict[str, str] | None = None,
    preview: RubricPublished | None = None,
) -> Response:
    filled = Filled("rubric", draft.values | {"_key": key}, errors or {})
    scales = list(ScaleKind)
    return show(kernel, request, "rubric_edit.html", filled, draft=draft, latest=latest, preview=preview, scales=scales)


def _state(kernel: Kernel, rubric_id: str) -> Rubric:
    try:
        return kernel.commands.state(RUBRIC, rubric_id)[0]
    except NotFound:
        # An id of another shape; the decider says so beside its field.
        return Rubric()


def _latest(kernel: Kernel, rubric_id: str) -> RubricPublished:
    state = _state(kernel, rubric_id)
    if not state.versions:
        raise NotFound
    return state.versions[state.latest]


def _keeps(actor: Actor | None) -> bool:
    return actor is not None and actor.has(Role.LAN)
