"""The chair's pages: an assessment with its panel, its scores once open, and its determination."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.review.desk import actions
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.disclosure import SeenAssessment
from services.review.domain.events import Outcome, RubricPublished
from services.review.domain.rejections import RubricMissing
from services.review.domain.state import Round, Status
from services.review.pages.shown import REFUSED, Filled, act_of, day, refused, show, text
from services.review.read_models import assessments as lists
from services.review.read_models import dossier
from shared.auth import Actor, Coordinator, Reader
from shared.domain import Invalid, region_of
from shared.http import Form, FormRoute, KernelOf, today
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.people import names

router = APIRouter(prefix="/desk/assessments", route_class=FormRoute, include_in_schema=False)


@router.get("/{ident}")
def one(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, ident: str) -> Response:
    """An assessment as the actor may see it, with the forms for what they may do."""
    return page(request, actor, kernel, models, ident)


@router.get("/{ident}/dossier")
def read_dossier(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, ident: str) -> Response:
    """The dossier alone, for chairs and auditors."""
    seen = actions.open_dossier(kernel.commands, actor, ident)
    with models.connection() as connection:
        found = dossier.read(connection, seen.opened.innovation_id, seen.opened.submission_no)
    return show(kernel, request, "dossier_page.html", dossier=found, seen=seen, ident=ident)


@router.post("/{ident}/assignments")
def assign(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Put reviewers on the panel."""
    persons = [str(each) for each in form.getlist("reviewers")]
    try:
        if not set(persons) <= {each.person for each in _pool(models)}:
            raise Invalid(field="reviewers")
        actions.assign(
            act_of(request, actor, kernel, form, ident),
            persons=persons,
            due_on=day(form, "due_on"),
        )
    except REFUSED as rejection:
        filled = refused(kernel, request, "assign", form, rejection)
        gathered = {path.partition("/")[0]: sentence for path, sentence in filled.errors.items()}
        return page(request, actor, kernel, models, ident, Filled("assign", filled.values, gathered))
    return _back(request, kernel, ident, kernel.pages.gettext(request, "The reviewers are assigned."))


@router.post("/{ident}/releases")
def release(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Release a reviewer who has not scored."""
    try:
        actions.release(
            act_of(request, actor, kernel, form, ident),
            slot=text(form, "slot"),
            reason=text(form, "reason"),
        )
    except REFUSED as rejection:
        return page(request, actor, kernel, models, ident, refused(kernel, request, "release", form, rejection))
    return _back(request, kernel, ident, kernel.pages.gettext(request, "The reviewer is released."))


@router.post("/{ident}/conclusion")
def conclude(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Determine the outcome."""
    try:
        outcome = text(form, "outcome")
        if outcome not in set(Outcome):
            raise Invalid("Choose the outcome.", field="outcome")
        actions.conclude(
            act_of(request, actor, kernel, form, ident),
            outcome=Outcome(outcome),
            rationale=text(form, "rationale"),
            required_changes=text(form, "required_changes"),
            concluded_on=day(form, "concluded_on") or today(),
        )
    except REFUSED as rejection:
        return page(request, actor, kernel, models, ident, refused(kernel, request, "conclude", form, rejection))
    return _back(request, kernel, ident, kernel.pages.gettext(request, "The outcome is determined and recorded."))


def page(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    ident: str,
    filled: Filled | None = None,
) -> Response:
    """Give the page of an assessment, with a refused form where there is one; raise NotFound."""
    seen, version = actions.look(kernel.commands, actor, ident)
    region = region_of(ident)
    chairs = actor.coordinates(region)
    with models.connection() as connection:
        titles = dossier.titles(connection, [seen.opened.innovation_id])
    history = [
        {"type": each.type, "at": each.recorded_at, "position": each.position}
        for each in kernel.log.stream(region, ASSESSMENT.stream(ident))
    ]
    return show(
        kernel,
        request,
        "assessment.html",
        filled,
        ident=ident,
        region=region,
        version=version,
        seen=seen,
        chairs=chairs,
        titles=titles.get(seen.opened.innovation_id),
        rubric=_rubric(kernel, seen.round),
        rubrics={each.round.number: _rubric(kernel, each.round) for each in seen.rounds},
        published=_published(models) if chairs and seen.status is Status.COMPLETE else [],
        audits=actions.audits(actor, region),
        people=names(kernel.engine, {seat.person for seat in seen.seats if seat.person}),
        candidates=_candidates(request, actor, kernel, models, seen) if chairs else [],
        dossier_open=chairs or (seen.own is None and actions.audits(actor, region)),
        history=history if chairs or actions.audits(actor, region) else [],
    )


def _candidates(
    request: Request, actor: Actor, kernel: Kernel, models: Lists, seen: SeenAssessment
) -> list[dict[str, Any]]:
    """Give the pool with what bars each from this panel, those who may be assigned first."""
    if seen.status is not Status.OPEN:
        return []
    pool = _pool(models)
    barred = actions.bars_for(kernel.commands, actor, seen.opened.assessment_id, pool)
    found = [
        {"entry": each, "bar": kernel.pages.sentence(request, bar()) if bar else None}
        for each, bar in zip(pool, barred, strict=True)
    ]
    return sorted(found, key=lambda each: each["bar"] is not None)


def _pool(models: Lists) -> list[lists.Pooled]:
    with models.of(["00"]) as connection:
        return [each for each in lists.pool(connection) if each.active]


def _rubric(kernel: Kernel, each: Round) -> RubricPublished | None:
    try:
        return actions.rubric_version(kernel.log, each.rubric_id, each.rubric_version)
    except RubricMissing:
        return None


def _published(models: Lists) -> list[lists.ListedRubric]:
    with models.of(["00"]) as connection:
        return lists.rubrics(connection)


def _back(request: Request, kernel: Kernel, ident: str, said: str) -> Response:
    return kernel.pages.redirect(f"/desk/assessments/{ident}", said)
