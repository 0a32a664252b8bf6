"""What a panel does after its first scores: the moderation, further rounds, presentations; and who an auditor asks for.

Forms of one assessment stand on its page; the timetable of a gate's presentations is a page of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.review.desk import actions, analysis
from services.review.desk.actions import Act
from services.review.desk.analysis import Gathered
from services.review.domain.deliberation import INTERVIEW_MINUTES, PRESENT_MINUTES
from services.review.domain.disclosure import SeenAssessment
from services.review.domain.events import PresentationScheduled, RoundKind
from services.review.domain.state import Status
from services.review.pages import assessments
from services.review.pages.analysis import GateOf, Programme, Region, choose
from services.review.pages.shown import REFUSED, Filled, act_of, day, refused, show, text
from services.review.read_models import dossier
from services.review.read_models.gates import programme_titles
from shared.auth import Actor, Auditor, Coordinator, Panel
from shared.domain import Invalid
from shared.http import Form, FormRoute, KernelOf, form_key, now
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.web.formats import DEFAULT_ZONE

router = APIRouter(prefix="/desk", route_class=FormRoute, include_in_schema=False)

WIB = ZoneInfo(DEFAULT_ZONE)
PAUSE_MINUTES = 5


@router.post("/assessments/{ident}/remarks")
def say(request: Request, actor: Panel, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Say something in the moderation. No version is asked for: what others said meanwhile is no hindrance."""
    said = kernel.pages.gettext(request, "What you said is recorded.")
    do = partial(actions.make_remark, text=text(form, "text"))
    return _done(request, actor, kernel, models, form, ident, "remark", do, said)


@router.post("/assessments/{ident}/moderation/end")
def end_moderation(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """End the moderation."""
    said = kernel.pages.gettext(request, "The moderation has ended. You may determine the outcome.")
    return _done(request, actor, kernel, models, form, ident, "moderation", actions.close_moderation, said)


@router.post("/assessments/{ident}/rounds")
def open_round(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Ask the panel for a further round; the field of the rubric holds its id and version, `00-x/2`."""

    def do(act: Act) -> None:
        kind = text(form, "kind")
        if kind not in set(RoundKind):
            raise Invalid("Choose the kind of round.", field="kind")
        rubric_id, _, number = text(form, "rubric_id").partition("/")
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise Invalid("Choose the rubric.", field="rubric_id")
        actions.open_round(act, kind=RoundKind(kind), rubric_id=rubric_id, rubric_no=int(number))

    said = kernel.pages.gettext(request, "The round is open. The panel is asked to score once more.")
    return _done(request, actor, kernel, models, form, ident, "round", do, said)


@router.post("/assessments/{ident}/presentation")
def schedule(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Give the unit its time to present, or move it."""

    def do(act: Act) -> None:
        actions.schedule_presentation(act, **asdict(_plan(form)))

    said = kernel.pages.gettext(request, "The presentation is scheduled.")
    return _done(request, actor, kernel, models, form, ident, "presentation", do, said)


@router.post("/assessments/{ident}/resolutions")
def resolve(request: Request, actor: Auditor, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Learn who sat at a place; that it was asked, and why, is recorded first."""
    said = kernel.pages.gettext(request, "Your question is recorded. The name stands in the panel.")
    do = partial(actions.resolve_reviewer, slot=text(form, "slot"), reason=text(form, "reason"))
    return _done(request, actor, kernel, models, form, ident, "resolve", do, said)


@router.get("/presentations")
def timetable(
    request: Request,
    actor: Coordinator,
    kernel: KernelOf,
    models: ListsNow,
    region: Region = "",
    programme: Programme = "",
    gate: GateOf = "",
) -> Response:
    """The presentations of a gate by day, and a form for those that have no time yet."""
    if not gate:
        return choose(request, actor, kernel, models, region, "presentations.html")
    return _timetable(request, actor, kernel, models, (region, programme, gate))


@router.post("/presentations")
def schedule_many(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Show consecutive times as they would be, or record them: one command for each assessment."""
    where = (text(form, "region"), text(form, "programme"), text(form, "gate"))
    gathered = analysis.look(kernel.commands, models, actor, *where)
    values = {name: form.getlist(name) if name == "assessments" else form[name] for name in form}
    open_ones = {each.opened.assessment_id for each in _to_schedule(gathered)}
    chosen = [str(each) for each in form.getlist("assessments")]
    try:
        if not chosen:
            raise Invalid("Choose at least one innovation.", field="assessments")
        if not set(chosen) <= open_ones:
            raise Invalid("One of these does not wait for a presentation any more.", field="assessments")
        plan = _plan(form)
        pause = _whole(form, "pause", 0)
        proposed = list(zip(chosen, slots(plan, pause, len(chosen)), strict=True))
        if text(form, "_step") != "record":
            return _timetable(request, actor, kernel, models, where, Filled("plan", values), proposed)
        key = form_key(request, form)
        for ident, slot in proposed:
            # Each has a key of its own under the form's, so that the form sent twice acts once on every one.
            act = Act(
                commands=kernel.commands,
                actor=actor,
                assessment_id=ident,
                at=now(),
                key=replace(key, key=f"{key.key}/{ident}"),
            )
            actions.schedule_presentation(act, **asdict(slot))
    except REFUSED as rejection:
        filled = Filled("plan", values, kernel.pages.errors(request, rejection))
        return _timetable(request, actor, kernel, models, where, filled)
    said = kernel.pages.gettext(request, "The times of %(count)s presentations are recorded.", count=len(chosen))
    return kernel.pages.redirect("/desk/presentations?region={}&programme={}&gate={}".format(*where), said)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time to present and be interviewed."""

    starts_at: datetime
    present_minutes: int
    interview_minutes: int
    place: str

    @property
    def ends_at(self) -> datetime:
        """When the interview ends."""
        return ends_at(self)


def ends_at(slot: Slot | PresentationScheduled) -> datetime:
    """Give when a presentation with its interview ends."""
    return slot.starts_at + timedelta(minutes=slot.present_minutes + slot.interview_minutes)


def slots(first: Slot, pause: int, count: int) -> list[Slot]:
    """Give as many times one after the other, with a pause in minutes between them."""
    step = ends_at(first) - first.starts_at + timedelta(minutes=pause)
    return [replace(first, starts_at=first.starts_at + step * place) for place in range(count)]


def _plan(form: FormData) -> Slot:
    """Give the time that was filled in, in western Indonesian time; raise Invalid beside its field."""
    date = day(form, "starts_at")
    if date is None:
        raise Invalid("This field is required.", field="starts_at")
    try:
        clock = time.fromisoformat(text(form, "clock").replace(".", ":"))
    except ValueError:
        raise Invalid("This must be a time such as 09.00.", field="clock") from None
    return Slot(
        starts_at=datetime.combine(date, clock.replace(tzinfo=None), tzinfo=WIB).astimezone(UTC),
        present_minutes=_whole(form, "present_minutes", PRESENT_MINUTES),
        interview_minutes=_whole(form, "interview_minutes", INTERVIEW_MINUTES),
        place=text(form, "place"),
    )


def _whole(form: FormData, name: str, default: int) -> int:
    found = text(form, name)
    if not found:
        return default
    if not (found.isascii() and found.isdigit() and len(found) < 4):
        raise Invalid("This must be a whole number of minutes.", field=name)
    return int(found)


def _done(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    form: FormData,
    ident: str,
    name: str,
    do: Callable[[Act], object],
    said: str,
) -> Response:
    """Do one thing to an assessment and return to its page, or show the form once more with what is wrong."""
    try:
        do(act_of(request, actor, kernel, form, ident))
    except REFUSED as rejection:
        filled = refused(kernel, request, name, form, rejection)
        return assessments.page(request, actor, kernel, models, ident, filled)
    return kernel.pages.redirect(f"/desk/assessments/{ident}", said)


def _to_schedule(gathered: Gathered) -> list[SeenAssessment]:
    return [each for each in gathered.presentations if each.status is Status.OPEN]


def _timetable(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    where: tuple[str, str, str],
    filled: Filled | None = None,
    proposed: Sequence[tuple[str, Slot]] = (),
) -> Response:
    region, programme, gate = where
    gathered = analysis.look(kernel.commands, models, actor, region, programme, gate)
    seen = gathered.presentations
    fixed = {each.opened.assessment_id: each for each in seen if each.round.presentation is not None}
    with models.connection() as connection:
        titles = dossier.titles(connection, [each.opened.innovation_id for each in seen])
        programmes = programme_titles(connection, [programme])
    rows: list[dict[str, Any]] = [
        {"slot": each.round.presentation, "seen": each, "proposed": False} for each in fixed.values()
    ]
    by_ident = {each.opened.assessment_id: each for each in seen}
    moved = {ident for ident, _ in proposed}
    rows = [row for row in rows if row["seen"].opened.assessment_id not in moved]
    rows += [{"slot": slot, "seen": by_ident[ident], "proposed": True} for ident, slot in proposed]
    return show(
        kernel,
        request,
        "presentations.html",
        filled,
        region=region,
        programme=programme,
        programmes=programmes,
        gate=gathered.states[0][1].opened,
        days=_days(rows),
        to_schedule=_to_schedule(gathered),
        scheduled=set(fixed),
        titles=titles,
        proposed=proposed,
        defaults={"present_minutes": PRESENT_MINUTES, "interview_minutes": INTERVIEW_MINUTES, "pause": PAUSE_MINUTES},
    )


def _days(rows: list[dict[str, Any]]) -> list[tuple[datetime, list[dict[str, Any]]]]:
    """Give the rows by day, each day in order; a row that begins before one at its place has ended says so."""
    days: dict[Any, list[dict[str, Any]]] = {}
    until: dict[str, datetime] = {}
    for row in sorted(rows, key=lambda each: (each["slot"].starts_at, each["slot"].place)):
        slot = row["slot"]
        local = slot.starts_at.astimezone(WIB)
        place = slot.place.casefold()
        row |= {"from": local, "to": ends_at(slot).astimezone(WIB)}
        row["overlaps"] = place in until and slot.starts_at < until[place]
        until[place] = max(until.get(place, ends_at(slot)), ends_at(slot))
        days.setdefault(local.date(), []).append(row)
    return list(days.items())
