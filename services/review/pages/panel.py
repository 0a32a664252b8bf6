"""A reviewer's pages: the declaration, the dossier beside the score sheet, and the receipt of what was handed in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.review.desk import actions, drafts
from services.review.desk.access import scope_of
from services.review.desk.drafts import Draft, Jotted, Writing
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.disclosure import SeenAssessment, disclose
from services.review.domain.events import ConflictKind, Mark, RubricPublished
from services.review.domain.rejections import AlreadyEnded, PanelClosed
from services.review.domain.scoring import check_marks, total
from services.review.domain.state import ENDED, Card
from services.review.pages import assessments
from services.review.pages.shown import REFUSED, Filled, act_of, refused, show, text, values_of
from services.review.read_models import assessments as lists
from services.review.read_models import dossier, queue
from shared.auth import Actor, Reviewer
from shared.domain import Invalid, NotFound, region_of
from shared.http import Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow

router = APIRouter(prefix="/desk/assessments/{ident}", route_class=FormRoute, include_in_schema=False)

MAX_OWN = 500


@router.post("/declaration")
def declare(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Declare to have no conflict of interest, or leave the panel because of one."""
    choice = text(form, "conflict")
    try:
        act = act_of(request, actor, kernel, form, ident)
        if choice == "none":
            actions.clear_conflict(act)
            said = kernel.pages.gettext(request, "Your declaration is recorded. The dossier is open.")
            return kernel.pages.redirect(f"/desk/assessments/{ident}/sheet", said)
        if choice not in set(ConflictKind):
            raise Invalid("Choose what applies to you.", field="conflict")
        actions.recuse(act, kind=ConflictKind(choice), reason=text(form, "reason"))
    except REFUSED as rejection:
        filled = refused(kernel, request, "declare", form, rejection)
        return assessments.page(request, actor, kernel, models, ident, filled)
    said = kernel.pages.gettext(request, "Thank you. You have left this panel; the chair sees it.")
    return kernel.pages.redirect("/desk/tasks", said)


@router.get("/sheet")
def sheet(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, ident: str) -> Response:
    """The dossier beside the score sheet; where nothing can be handed in, the assessment's page."""
    seen = actions.open_dossier(kernel.commands, actor, ident)
    if drafts.writing(seen) is None:
        return kernel.pages.redirect(f"/desk/assessments/{ident}")
    return _sheet(request, actor, kernel, models, ident)


@router.post("/scorecard")
def hand_in(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Hand in the scorecard or what takes its place, or only save the draft, or only reckon the total."""
    seen, _ = drafts.at_the_sheet(kernel.commands, actor, ident)
    rubric = actions.rubric_version(kernel.log, seen.round.rubric_id, seen.round.rubric_version)
    step = text(form, "_step")
    marks, note = _marks(form, rubric), text(form, "note")
    try:
        if step == "draft":
            _save_draft(kernel, actor, ident, rubric, form)
            said = kernel.pages.gettext(request, "Your draft is saved. Only you can see it.")
            return kernel.pages.redirect(f"/desk/assessments/{ident}/sheet", said)
        if step == "reckon":
            reckoned = total(rubric.criteria, check_marks(rubric.criteria, marks))
            return _sheet(request, actor, kernel, models, ident, Filled("sheet", values_of(form)), reckoned)
        act, summary = act_of(request, actor, kernel, form, ident), text(form, "summary")
        if form.get("_revises") == "yes":
            outcome = actions.revise_scorecard(act, marks=marks, summary=summary, reason=text(form, "reason"))
        else:
            outcome = actions.submit_scorecard(act, marks=marks, summary=summary)
        drafts.settle(kernel.commands, actor, ident, outcome, note=note)
    except REFUSED as rejection:
        filled = refused(kernel, request, "sheet", form, rejection)
        return _sheet(request, actor, kernel, models, ident, filled)
    return kernel.pages.redirect(f"/desk/assessments/{ident}/receipt")


@router.get("/receipt")
def receipt(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow, ident: str) -> Response:
    """Where the log holds the own scorecard, how that can be checked later, and what waits next."""
    seen, _ = actions.look(kernel.commands, actor, ident)
    region = region_of(ident)
    own = seen.own
    cards = (
        []
        if own is None
        else [
            each
            for each in kernel.log.stream(region, ASSESSMENT.stream(ident))
            if each.type in ("assessment.scorecard-submitted", "assessment.scorecard-revised")
            and json.loads(each.leaf)["actor"] == own.slot
        ]
    )
    if own is None or not cards:
        raise NotFound
    with models.of() as connection:
        waiting = queue.waiting(lists.assessments(connection, scope_of(actor), own=True, limit=MAX_OWN))
        titles = dossier.titles(connection, [seen.opened.innovation_id, *(each.innovation_id for each in waiting[:1])])
    return show(
        kernel,
        request,
        "receipt.html",
        ident=ident,
        seen=seen,
        region=region,
        event=cards[-1],
        data_hash=json.loads(cards[-1].leaf)["datahash"],
        total=own.cards[-1].total,
        round_no=own.cards[-1].round_no,
        revisable=drafts.writing(seen) in (Writing.REVISE, Writing.RECONSIDER),
        titles=titles,
        next=waiting[0] if waiting else None,
        waiting=len(waiting),
    )


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier round or assessment as the viewer may see it, with the rubrics of its rounds by number."""

    seen: SeenAssessment
    rubrics: dict[int, RubricPublished]


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
    may = drafts.writing(seen)
    if may is None:
        # What was sent can no longer be handed in: the assessment has moved on since the sheet was opened.
        raise AlreadyEnded if seen.status in ENDED else PanelClosed
    opened = seen.opened
    with models.of([region_of(ident)]) as connection:
        found = dossier.read(connection, opened.innovation_id, opened.submission_no)
        others = queue.others_of(connection, opened.innovation_id, ident)
    kept = drafts.read(kernel.engine, actor, ident)
    draft = kept.get(seen.round.number, Draft())
    card = drafts.own_card(seen)
    rubric = actions.rubric_version(kernel.log, seen.round.rubric_id, seen.round.rubric_version)
    if filled is None:
        filled = Filled("sheet", _values(draft, card))
    return show(
        kernel,
        request,
        "sheet.html",
        filled,
        ident=ident,
        seen=seen,
        writing=may,
        revises=may is not Writing.SCORE,
        dossier=found,
        rubric=rubric,
        draft=draft,
        card=card,
        notes={number: each.note for number, each in kept.items() if each.note},
        present=Earlier(seen=seen, rubrics=_rubrics(kernel, seen)),
        earlier=_earlier(kernel, actor, others),
        reckoned=reckoned,
        sent_back=bool(filled.values.get("_key")),
        person=actor.person,
    )


def _earlier(kernel: Kernel, actor: Actor, others: Sequence[str]) -> list[Earlier]:
    """Give those of an innovation's other assessments that the actor may know of, as far as they may."""
    found = []
    states = kernel.commands.states(*((ASSESSMENT, each) for each in others)) if others else []
    for state, _ in states:
        try:
            seen = disclose(state, actions.viewer_of(actor, state))
        except NotFound:
            continue
        found.append(Earlier(seen=seen, rubrics=_rubrics(kernel, seen)))
    return found


def _rubrics(kernel: Kernel, seen: SeenAssessment) -> dict[int, RubricPublished]:
    """Give the rubrics of an assessment's rounds; a version, once read, is in memory."""
    return {
        each.round.number: actions.rubric_version(kernel.log, each.round.rubric_id, each.round.rubric_version)
        for each in seen.rounds
        if any(card.round_no == each.round.number for seat in seen.seats for card in seat.cards)
    }


def _values(draft: Draft, card: Card | None) -> dict[str, str]:
    """Give what the sheet opens with: the draft, else the scorecard that may be replaced."""
    marks: Sequence[Jotted | Mark] = ()
    summary, reason = "", ""
    if draft.marks is not None:
        marks, summary, reason = draft.marks, draft.summary, draft.reason
    elif card is not None:
        marks, summary = card.marks, card.summary
    values = {"summary": summary, "reason": reason, "note": draft.note}
    for mark in marks:
        score = mark.score if isinstance(mark, Jotted) else f"{mark.score:f}"
        values |= {f"marks/{mark.criterion_id}/score": score, f"marks/{mark.criterion_id}/comment": mark.comment}
    return values


def _save_draft(kernel: Kernel, actor: Actor, ident: str, rubric: RubricPublished, form: FormData) -> None:
    base = text(form, "_draft")
    drafts.save(
        kernel.commands,
        actor,
        ident,
        marks=[
            Jotted(criterion_id=each.criterion_id, score=score[:40], comment=comment[:10_000])
            for each in rubric.criteria
            if (score := text(form, f"marks/{each.criterion_id}/score"))
            + (comment := text(form, f"marks/{each.criterion_id}/comment"))
        ],
        summary=text(form, "summary")[:10_000],
        reason=text(form, "reason")[:10_000],
        note=text(form, "note")[:10_000],
        base=int(base) if base.isascii() and base.isdigit() and len(base) < 10 else 0,
        writer=text(form, "_key")[:128],
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
