"""The pages of festivals: the list, announcing one, and one form for each thing that is decided about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.submission.desk import festivals as desk
from services.submission.desk.asked import Asked, readable_regions, require_reading
from services.submission.desk.festivals import Cancellation, Choice, FestivalWords, NewFestival, Schedule, Top
from services.submission.domain.festival import FESTIVAL, MAX_CHOSEN, MAX_TOP, Festival
from services.submission.domain.festival_events import TopCategory
from services.submission.pages.shown import Refused, show, take
from services.submission.pages.units import regions_to_choose
from services.submission.read_models import InnovationFilter, festivals, innovations, programmes
from shared.auth import Actor, Coordinator, Reader, Role
from shared.domain import NotFound, region_of
from shared.http import Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.web.messages import N_

router = APIRouter(prefix="/desk/festivals", route_class=FormRoute, include_in_schema=False)

FOUND = 50
SPARE_ROWS = 4

Values = Mapping[str, Any]


@router.get("")
def list_festivals(request: Request, actor: Reader, kernel: KernelOf, lists: ListsNow, region: str = "") -> Response:
    """Show the festivals of all regions that may be read."""
    regions = readable_regions(actor, region or None)
    with lists.of(regions) as connection:
        found = festivals(connection, regions)
    return show(kernel, request, "festivals.html", rows=found, may_add=actor.has(Role.LAN, Role.COORDINATOR))


@router.get("/new")
def new_festival(request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow) -> Response:
    """Show the form for a festival."""
    return _new(kernel, request, actor, lists)


@router.post("")
def announce(request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow, form: Form) -> Response:
    """Announce a festival."""
    try:
        outcome = take(kernel, request, form, actor, NewFestival, desk.announce)
    except Refused as refused:
        return _new(kernel, request, actor, lists, refused)
    text = kernel.pages.gettext(request, N_("The festival is announced. Choose what it shows."))
    return kernel.pages.redirect(f"/desk/festivals/{outcome.stream.partition('/')[2]}", text)


def _new(kernel: Kernel, request: Request, actor: Actor, lists: Lists, refused: Refused | None = None) -> Response:
    regions = regions_to_choose(actor)
    with lists.of(regions) as connection:
        found = programmes(connection, regions) if regions else []
    return show(kernel, request, "festival_new.html", refused=refused, regions=regions, programmes=found)


@dataclass(frozen=True, kw_only=True)
class FestivalForm:
    """A form: its heading and what it is for, the body that it fills in, what is done, and what it shows at first.

    `shape` makes the body of what was filled in; `beside` finds the fields of errors where the form has another shape.
    """

    title: str
    lead: str
    body: type[BaseModel]
    act: Callable[[Asked, Lists, str, Any], object]
    values: Callable[[Festival, Values], Values] = lambda *_: {}
    lists: tuple[str, ...] = ()
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict
    beside: Callable[[Values, Mapping[str, str]], Mapping[str, str]] = lambda _, errors: errors


class CategoryTop(Top):
    """Which category, and its best."""

    category: TopCategory


def _by_place(filled: Values) -> list[tuple[str, str]]:
    """Give the chosen innovations in the order of their places, then those added, each with its field of the form.

    A row without a place is taken out; what is no number comes last, and the same number keeps the order of the rows.
    """
    rows = [
        (_number(row["place"]), number, row["innovation_id"])
        for number, row in enumerate(filled.get("chosen", []))
        if isinstance(row, dict) and isinstance(row.get("place"), str) and "innovation_id" in row
    ]
    ordered = [(f"chosen/{number}/place", ident) for _, number, ident in sorted(rows, key=lambda row: row[:2])]
    return ordered + [("added", ident) for ident in filled.get("added", [])]


def _number(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else float("inf")


def _beside_choice(filled: Values, errors: Mapping[str, str]) -> dict[str, str]:
    fields = [each for each, _ in _by_place(filled)]
    found = {}
    for path, sentence in errors.items():
        match path.split("/"):
            case ["innovation_ids", number] if number.isdigit() and int(number) < len(fields):
                found[fields[int(number)]] = sentence
            case _:
                found[path] = sentence
    return found


def _slots(festival: Festival, _: Values) -> Values:
    hours = "%H:%M"
    return {
        "slots": [
            vars(each) | {"begins": each.begins.strftime(hours), "ends": each.ends.strftime(hours)}
            for each in festival.slots
        ]
    }


def _top(festival: Festival, asked: Values) -> Values:
    found = festival.tops.get(TopCategory(asked["category"])) if asked.get("category") in set(TopCategory) else None
    return {"innovation_ids": found.innovation_ids, "grounds": found.grounds, "on": found.named_on} if found else {}


FORMS: Mapping[str, FestivalForm] = {
    "words": FestivalForm(
        title=N_("Change the festival"),
        lead=N_("Its title, what it is about, its days and its venue."),
        body=FestivalWords,
        act=lambda asked, _, ident, body: desk.change(asked, ident, body),
        values=lambda festival, _: vars(festival),
    ),
    "innovations": FestivalForm(
        title=N_("Choose the innovations"),
        lead=N_(
            "What is launched, or shown to the public, and still active. The order is that of the festival's page."
        ),
        body=Choice,
        act=desk.choose,
        lists=("added",),
        shape=lambda filled: {"innovation_ids": [ident for _, ident in _by_place(filled)]},
        beside=_beside_choice,
    ),
    "schedule": FestivalForm(
        title=N_("Set the schedule"),
        lead=N_("In the local time of the venue. Empty a row to remove it; save to get more rows."),
        body=Schedule,
        act=lambda asked, _, ident, body: desk.schedule(asked, ident, body),
        values=_slots,
        shape=lambda filled: {"slots": []} | filled,
    ),
    "top": FestivalForm(
        title=N_("Name the best"),
        lead=N_("First place first, with the grounds, which are public. A naming of the same category is replaced."),
        body=CategoryTop,
        act=lambda asked, _, ident, body: desk.name_top(asked, ident, body.category, body),
        values=_top,
        shape=lambda filled: {"innovation_ids": []} | filled,
    ),
    "cancel": FestivalForm(
        title=N_("Cancel the festival"),
        lead=N_(
            "The festival will not take place. Its record stays, with the reason, and nothing more can be changed."
        ),
        body=Cancellation,
        act=lambda asked, _, ident, body: desk.cancel(asked, ident, body),
    ),
}


@router.get("/{ident}")
def festival_page(request: Request, actor: Reader, kernel: KernelOf, lists: ListsNow, ident: str) -> Response:
    """Show a festival: its days, what it shows, its schedule, its best."""
    return show(kernel, request, "festival.html", **_context(kernel, actor, lists, ident))


@router.get("/{ident}/{name}")
def form_page(
    request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow, ident: str, name: str
) -> Response:
    """Show the form for something to decide."""
    return _form(kernel, request, actor, lists, ident, name)


@router.post("/{ident}/{name}")
def decide(
    request: Request, actor: Coordinator, kernel: KernelOf, lists: ListsNow, ident: str, name: str, form: Form
) -> Response:
    """Decide something of a festival."""
    page = _form_of(name)
    try:
        take(
            kernel,
            request,
            form,
            actor,
            page.body,
            lambda asked, body: page.act(asked, lists, ident, body),
            lists=page.lists,
            shape=page.shape,
        )
    except Refused as refused:
        placed = Refused(page.beside(refused.values, refused.errors), refused.values)
        return _form(kernel, request, actor, lists, ident, name, placed)
    return kernel.pages.redirect(f"/desk/festivals/{ident}", kernel.pages.gettext(request, N_("Recorded.")))


def _form(
    kernel: Kernel,
    request: Request,
    actor: Actor,
    lists: Lists,
    ident: str,
    name: str,
    refused: Refused | None = None,
) -> Response:
    page, first = _form_of(name), dict(request.query_params)
    around = _context(kernel, actor, lists, ident, words=first.get("q", "")[:200] if name == "innovations" else None)
    if not around["may_coordinate"]:
        raise NotFound
    festival: Festival = around["festival"]
    slots = refused.values.get("slots") if refused else festival.slots
    return show(
        kernel,
        request,
        "festival_form.html",
        refused=refused,
        **around,
        values=first | dict(page.values(festival, first)),
        form_name=name,
        title=page.title,
        lead=page.lead,
        rows=range((len(slots) if isinstance(slots, list | tuple) else 0) + SPARE_ROWS),
        places=range(max(1, min(MAX_TOP, len(around["chosen"])))),
    )


def _form_of(name: str) -> FestivalForm:
    if name not in FORMS:
        raise NotFound
    return FORMS[name]


def _context(kernel: Kernel, actor: Actor, lists: Lists, ident: str, words: str | None = None) -> dict[str, Any]:
    """Give what every page of a festival shows; with words to search for, also what it may show besides."""
    region = region_of(ident)
    require_reading(actor, region)
    festival, version = kernel.commands.state(FESTIVAL, ident)
    if festival is None:
        raise NotFound
    within = desk.regions_within(region)
    with lists.of(within) as connection:
        named = InnovationFilter(idents=festival.innovation_ids)
        known = {each.innovation_id: each for each in innovations(connection, named, limit=MAX_CHOSEN)}
        found: Sequence[Any] = []
        if words is not None:
            wanted = desk.running(within, words=words)
            found = innovations(connection, wanted, limit=FOUND + len(known))
    return {
        "festival": festival,
        "version": version,
        "ident": ident,
        "region": region,
        "at": f"/desk/festivals/{ident}",
        "chosen": [known[each] for each in festival.innovation_ids if each in known],
        "titles": {each: row.title for each, row in known.items()},
        "found": [each for each in found if each.innovation_id not in known][:FOUND],
        "categories": list(TopCategory),
        "may_coordinate": actor.coordinates(region),
    }
