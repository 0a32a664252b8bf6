"""A reviewer's pages: the declaration, and the dossier beside the score sheet."""

from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.review.desk import actions
from services.review.domain.events import ConflictKind, Mark, RubricPublished
from services.review.domain.scoring import check_marks, total
from services.review.domain.state import SeatState
from services.review.pages import assessments
from services.review.pages.shown import REFUSED, Filled, refused, show, text, values_of
from services.review.read_models import dossier
from shared.auth import Actor, Reviewer
from shared.domain import Invalid
from shared.http import Form, FormRoute, KernelOf, form_key, form_version, now
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow

router = APIRouter(prefix="/work/assessments/{ident}", route_class=FormRoute, include_in_schema=False)


@router.post("/declaration")
def declare(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Declare to have no conflict of interest, or leave the panel because of one."""
    choice = text(form, "conflict")
    when: dict[str, Any] = {"at": now(), "key": form_key(request, form), "if_match": form_version(form)}
    try:
        if choice == "none":
            actions.clear_conflict(kernel.commands, actor, ident, **when)
            said = kernel.pages.gettext(request, "Your declaration is recorded. The dossier is open.")
            return kernel.pages.redirect(f"/work/assessments/{ident}/sheet", said)
        if choice not in set(ConflictKind):
            raise Invalid("Choose what applies to you.", field="conflict")
        actions.recuse(kernel.commands, actor, ident, kind=ConflictKind(choice), reason=text(form, "reason"), **when)
    except REFUSED as rejection:
        filled = refused(kernel, request, "declare", form, rejection)
        return assessments.page(request, actor, kernel, models, ident, filled)
    said = kernel.pages.gettext(request, "Thank you. You have left this panel; the chair sees it.")
    return kernel.pages.redirect("/work/tasks", said)


@router.get("/sheet")
def sheet(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, ident: str) -> Response:
    """The dossier beside the score sheet; once the scorecard is in, the assessment's page."""
    seen = actions.open_dossier(kernel.commands, actor, ident)
    if seen.own is None or seen.own.state is not SeatState.CLEARED:
        return kernel.pages.redirect(f"/work/assessments/{ident}")
    return _sheet(request, actor, kernel, models, ident)


@router.post("/scorecard")
def hand_in(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Hand in the scorecard, or only reckon its total."""
    seen = actions.open_dossier(kernel.commands, actor, ident)
    rubric = actions.rubric_version(kernel.log, seen.opened.rubric_id, seen.opened.rubric_version)
    marks = _marks(form, rubric)
    try:
        if form.get("_step") == "reckon":
            reckoned = total(rubric.criteria, check_marks(rubric.criteria, marks))
            return _sheet(request, actor, kernel, models, ident, Filled("sheet", values_of(form)), reckoned)
        outcome = actions.submit_scorecard(
            kernel.commands,
            actor,
            ident,
            marks=marks,
            summary=text(form, "summary"),
            at=now(),
            key=form_key(request, form),
            if_match=form_version(form),
        )
    except REFUSED as rejection:
        filled = refused(kernel, request, "sheet", form, rejection)
        return _sheet(request, actor, kernel, models, ident, filled)
    said = kernel.pages.gettext(
        request,
        "Your scorecard is handed in and sealed: position %(position)s of the log of region %(region)s.",
        position=outcome.first_position,
        region=outcome.region,
    )
    return kernel.pages.redirect(f"/work/assessments/{ident}", said)


def _sheet(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    ident: str,
    filled: Filled | None = None,
    reckoned: Decimal | None = None,
) -> Response:
    seen = actions.open_dossier(kernel.commands, actor, ident)
    with models.connection() as connection:
        found = dossier.read(connection, seen.opened.innovation_id, seen.opened.submission_no)
    rubric = actions.rubric_version(kernel.log, seen.opened.rubric_id, seen.opened.rubric_version)
    return show(
        kernel,
        request,
        "sheet.html",
        filled,
        ident=ident,
        seen=seen,
        dossier=found,
        rubric=rubric,
        reckoned=reckoned,
    )


def _marks(form: FormData, rubric: RubricPublished) -> list[Mark]:
    """Give the marks that were filled in; a text that is no number becomes one that no scale has."""
    found = []
    for criterion in rubric.criteria:
        score = text(form, f"marks/{criterion.criterion_id}/score").replace(",", ".")
        if score:
            comment = text(form, f"marks/{criterion.criterion_id}/comment")
            found.append(Mark(criterion_id=criterion.criterion_id, score=_number(score), comment=comment))
    return found


def _number(score: str) -> Decimal:
    try:
        return Decimal(score)
    except InvalidOperation:
        return Decimal("NaN")
