"""Letters: the mailbox, the letter about a determination, reminders asked for by hand, and the templates."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.review.desk import actions, determination, letters, reminders
from services.review.desk.access import chaired_by, sight_of
from services.review.desk.determination import Foreseen
from services.review.pages.determination import public_url
from services.review.pages.shown import REFUSED, Filled, refused, show, text
from services.review.read_models import determinations, dossier
from shared import mail
from shared.auth import LAN, Actor, Coordinator, Reader, Role
from shared.domain import Forbidden, Invalid, NotFound, region_of
from shared.http import CursorsOf, Form, FormRoute, KernelOf, form_key, today
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.people import names
from shared.web.i18n import DEFAULT_LANGUAGE, LANGUAGES

router = APIRouter(prefix="/desk", route_class=FormRoute, include_in_schema=False)

PAGE = 50
STATES = ("queued", "sending", "sent", "failed", "held", "uncertain")
MAX_REASON = 2000


@router.get("/mail")
def mailbox(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    models: ListsNow,
    cursors: CursorsOf,
    state: str = "",
    cursor: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """The letters that the actor may see, the newest first."""
    chosen = state if state in STATES else None
    place = cursors.read(["mail", chosen], cursor)
    before = None if place is None else (datetime.fromisoformat(place[0]), str(place[1]))
    with models.connection() as connection:
        found = mail.listed(connection, sight_of(actor), state=chosen, before=before, limit=PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return show(
        kernel,
        request,
        "mailbox.html",
        found=found[:PAGE],
        people=names(kernel.engine, {each.recipient_person for each in found if each.recipient_person}),
        states=STATES,
        chairs=actor.has(Role.LAN, Role.COORDINATOR),
        next_cursor=cursors.write(["mail", chosen], [last.created_at.isoformat(), last.mail_id]) if last else None,
    )


@router.get("/mail/{mail_id}")
def one(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, mail_id: str) -> Response:
    """One letter as it was written, and how it went."""
    return _one(request, actor, kernel, models, mail_id)


@router.post("/mail/{mail_id}/resend")
def resend(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, mail_id: str
) -> Response:
    """Send a letter once more, with a reason; the same form sent twice sends one letter."""
    found = _find(actor, models, mail_id)
    form_key(request, form)
    reason, number = text(form, "reason"), text(form, "number")
    try:
        if not _manages(actor, found):
            raise Forbidden
        if not reason:
            raise Invalid("This field is required.", field="reason")
        if len(reason) > MAX_REASON:
            raise Invalid("This text is too long: at most {max} characters.", field="reason", max=MAX_REASON)
        with kernel.engine.begin() as connection:
            mail.resend(connection, found, number=int(number) if number.isdigit() else 0, reason=reason)
    except REFUSED as rejection:
        filled = refused(kernel, request, "resend", form, rejection)
        return _one(request, actor, kernel, models, mail_id, filled)
    return kernel.pages.redirect("/desk/mail", kernel.pages.gettext(request, "The letter is in the outbox once more."))


@router.get("/assessments/{ident}/letter")
def letter(
    request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, ident: str, language: str = ""
) -> Response:
    """The letter about a determination, whom it goes to and what was sent; before it, whom to remind."""
    return _letter(request, actor, kernel, models, ident, language)


@router.post("/assessments/{ident}/letter")
def send(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str) -> Response:
    """Put the letter into the outbox for everybody of the unit whose address is known and who did not get it yet."""
    form_key(request, form)
    _require_chair(actor, kernel, ident)
    found = determination.conclusions(kernel.commands, [ident])
    if not found:
        raise NotFound
    given = text(form, "language")
    with models.connection() as connection:
        addressed = determination.address(
            connection, found, given if given in LANGUAGES else DEFAULT_LANGUAGE, public_url(kernel)
        )
    queued = determination.send(kernel.engine, addressed)
    said = kernel.pages.gettext(request, "Letters put into the outbox: %(queued)s.", queued=queued)
    return kernel.pages.redirect(f"/desk/assessments/{ident}/letter", said)


@router.post("/assessments/{ident}/reminders")
def remind(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, form: Form, ident: str
) -> Response:
    """Remind whoever sits at a place that the actor assigned, at most once a day."""
    form_key(request, form)
    _require_chair(actor, kernel, ident)
    models.models.catch_up([region_of(ident)])
    try:
        new = reminders.remind_now(kernel.engine, ident, text(form, "slot"), actor.person, today(), public_url(kernel))
    except REFUSED as rejection:
        return _letter(request, actor, kernel, models, ident, "", refused(kernel, request, "remind", form, rejection))
    said = (
        kernel.pages.gettext(request, "The reminder is in the outbox.")
        if new
        else kernel.pages.gettext(request, "This place was reminded today already.")
    )
    return kernel.pages.redirect(f"/desk/assessments/{ident}/letter", said)


@router.get("/letters")
def all_templates(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow) -> Response:
    """The templates of all letters."""
    with models.connection() as connection:
        found = letters.templates(connection)
    return show(kernel, request, "letters.html", found=list(found.values()), keeps=actor.has(Role.LAN), chosen=None)


@router.get("/letters/{letter_id}/{language}")
def template(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, letter_id: str, language: str
) -> Response:
    """A template with its fields, an example of the letter it makes and its versions; LAN may publish another."""
    return _template(request, actor, kernel, models, letter_id, language)


@router.post("/letters/{letter_id}/{language}")
def publish(
    request: Request, actor: LAN, kernel: KernelOf, models: ListsNow, form: Form, letter_id: str, language: str
) -> Response:
    """Show what a changed template would make, or publish it as the next version."""
    form_key(request, form)
    seen = text(form, "_version")
    version = (int(seen) if seen.isdigit() and len(seen) < 10 else 0) + 1
    try:
        made = letters.checked(letter_id, language, version, text(form, "subject"), text(form, "body"))
        if form.get("_step") != "publish":
            filled = refused(kernel, request, "template", form, Invalid())
            return _template(
                request, actor, kernel, models, letter_id, language, Filled("template", filled.values), made
            )
        with kernel.engine.begin() as connection:
            letters.publish(connection, actor.person, made)
    except REFUSED as rejection:
        filled = refused(kernel, request, "template", form, rejection)
        return _template(request, actor, kernel, models, letter_id, language, filled)
    said = kernel.pages.gettext(request, "The template is published as version %(version)s.", version=version)
    return kernel.pages.redirect(f"/desk/letters/{letter_id}/{language}", said)


def _template(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    letter_id: str,
    language: str,
    filled: Filled | None = None,
    tried: letters.Template | None = None,
) -> Response:
    with models.connection() as connection:
        found = letters.templates(connection)
        versions = letters.versions(connection, letter_id, language)
    chosen = found[letter_id, language]
    return show(
        kernel,
        request,
        "letters.html",
        filled,
        found=list(found.values()),
        keeps=actor.has(Role.LAN),
        chosen=chosen,
        versions=versions,
        fields=sorted(letters.merge_fields(letter_id)),
        example=letters.example(tried or chosen),
        tried=tried is not None,
    )


def _one(
    request: Request, actor: Actor, kernel: Kernel, models: Lists, mail_id: str, filled: Filled | None = None
) -> Response:
    found = _find(actor, models, mail_id)
    manages = _manages(actor, found)
    number = 0
    if manages:
        with kernel.engine.begin() as connection:
            number = mail.next_number(connection, mail_id)
    people = names(kernel.engine, {found.recipient_person} if found.recipient_person else set())
    shows_address = manages or found.recipient_person == actor.person
    return show(
        kernel,
        request,
        "letter.html",
        filled,
        mail=found,
        to=people.get(found.recipient_person or ""),
        manages=manages,
        number=number,
        shows_address=shows_address,
    )


def _letter(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    ident: str,
    language: str,
    filled: Filled | None = None,
) -> Response:
    seen, _ = actions.look(kernel.commands, actor, ident)
    chairs = actor.coordinates(region_of(ident))
    if not (chairs or actor.belongs_to(seen.opened.unit_id)):
        raise Forbidden
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    found = None
    with models.of([region_of(ident)]) as connection:
        if seen.conclusion is not None:
            foreseen = Foreseen(opened=seen.opened, concluded=seen.conclusion)
            (found,) = determination.address(connection, [foreseen], language, public_url(kernel))
        titles = dossier.titles(connection, [seen.opened.innovation_id])
        awaited = determinations.awaited(connection, ident, actor.person) if chairs else []
        sent = mail.listed(connection, sight_of(actor), about=ident)
    persons = {each.recipient_person for each in sent if each.recipient_person} | {each.person for each in awaited}
    return show(
        kernel,
        request,
        "determination_letter.html",
        filled,
        ident=ident,
        titles=titles.get(seen.opened.innovation_id),
        addressed=found,
        got={each.recipient_person for each in sent},
        sent=sent,
        awaited=awaited,
        people=names(kernel.engine, persons),
        chairs=chairs,
        language=language,
        letter_languages=list(LANGUAGES.items()),
    )


def _find(actor: Actor, models: Lists, mail_id: str) -> mail.Kept:
    with models.connection() as connection:
        found = mail.one(connection, sight_of(actor), mail_id)
    if found is None:
        raise NotFound
    return found


def _manages(actor: Actor, found: mail.Kept) -> bool:
    """Whether the actor runs what the letter comes from; a sealed one only whoever it was written for."""
    chaired = chaired_by(actor)
    runs = chaired.everywhere or found.region in chaired.regions
    return runs and found.only_for in (None, actor.person)


def _require_chair(actor: Actor, kernel: Kernel, ident: str) -> None:
    actions.look(kernel.commands, actor, ident)
    if not actor.coordinates(region_of(ident)):
        raise Forbidden
