"""The gallery: search, filters and pages of innovations. Its address is its whole state."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import gallery, words
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from shared.auth import Public
from shared.domain import Invalid, NotFound, region_of
from shared.http import FormRoute, today
from shared.regions import region_name
from shared.web.messages import N_
from shared.web.pages import query

# So many stand below one another before the list goes on at another page.
MOST_SHOWN = 10 * gallery.PAGE

# The groups of filters: what each is called, and the filters whose values stand in it.
_GROUPS = (
    (N_("Stage"), ("stage",)),
    (N_("Sector"), ("sector",)),
    (N_("State"), ("status",)),
    (N_("Results and use"), ("outcome", "running", "host", "example")),
    (N_("Year put forward"), ("year",)),
    (N_("Kind of unit"), ("unit_kind",)),
    (N_("Put forward by"), ("initiator",)),
    (N_("Type (of those displayed)"), ("type",)),
    (N_("Form (of those displayed)"), ("form",)),
)
_OPEN = 2


@dataclass(frozen=True)
class Choice:
    """A value of a filter: what it is called, how many it would show, and the address that chooses it or leaves it."""

    label: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Group:
    """Filters that stand together, and whether they are open from the start."""

    label: str
    choices: Sequence[Choice]
    open: bool


class Gallery:
    """The handler of the gallery."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/innovations", self.innovations)
        return router

    def innovations(self, actor: Public, request: Request) -> Response:
        """The gallery."""
        asked = gallery.Filter.of(request.query_params)
        cursor = request.query_params.get("cursor") or None
        shown = _shown(request)
        compared = _compared(request)

        def make(model: Model, state: State) -> Response:
            found = gallery.found(self.site.read_model, model, state, asked)
            page = gallery.page(model, asked, self.site.cursors, found, cursor, shown)
            # Read once for all that can be chosen.
            every = self.site.read_model.fact(("gallery", today()), state, lambda: gallery.bitmaps(model))
            counted = every.counted(asked, found)
            choosing = _Choosing(asked, counted, self.site.shell.gettext(request), {"compare": compared})
            return self.site.render(
                request,
                actor,
                state,
                "gallery.html",
                page=page,
                asked=asked,
                kept=choosing.kept,
                total=counted.total,
                groups=choosing.groups(),
                chips=choosing.chips(),
                offered=choosing.offered(),
                usual_order=self.site.shell.gettext(request)(words.SORTS[choosing.usual_order]),
                compared=compared,
                shown=len(page.rows),
                page_size=gallery.PAGE,
                may_grow=page.next is not None and len(page.rows) + gallery.PAGE <= MOST_SHOWN,
            )

        return self.site.read_model.answer(request, actor, make)


class _Choosing:
    """What can be chosen from here, in the reader's words."""

    def __init__(
        self, asked: gallery.Filter, found: gallery.Facets, gettext: Callable[[str], str], beside: dict[str, str | None]
    ) -> None:
        """Take what is asked for, what was counted, the reader's language, and what else the address keeps."""
        self.found = found
        self.gettext = gettext
        self.asked = asked
        self.kept = {**asked.parameters(), **{name: value for name, value in beside.items() if value is not None}}

    def label(self, name: str, value: str) -> str:
        """Give what a value is called."""
        if name == "region":
            return region_name(value)
        if name == "stage":
            return value.capitalize()
        return value if name == "year" else words.word(self.gettext, name, value)

    def _address(self, name: str, value: str | None) -> str:
        """Give the query string with another value of a filter, or without it."""
        changed = query(self.kept, **{name: value})
        return "" if changed == "?" else changed

    def groups(self) -> list[Group]:
        """Give the groups of filters that have something to choose."""
        made = []
        for at, (label, filters) in enumerate(_GROUPS):
            choices = [choice for name in filters for choice in self._choices(name)]
            if choices:
                opened = at < _OPEN or any(each.chosen for each in choices)
                made.append(Group(self.gettext(label), choices, opened))
        return made

    def _choices(self, name: str) -> Iterable[Choice]:
        counts = self.found.counts[name]
        # The active are shown where no state is asked for, so that choosing them is asking for none.
        usual = "active" if name == "status" else None
        now: str | None = getattr(self.asked, name) or usual
        known: Sequence[str] = gallery.CHOICES.get(name) or sorted({*counts, now or ""} - {""}, reverse=True)
        for value in known:
            if counts.get(value) or value == now:
                href = self._address(name, None if value in (now, usual) else value)
                yield Choice(self.label(name, value), counts.get(value, 0), href, value == now)

    def chips(self) -> list[tuple[str, str]]:
        """Give what is applied, each with the address without it."""
        names = [name for name in vars(self.asked) if name != "sort" and getattr(self.asked, name) is not None]
        made = []
        for name in names:
            value = getattr(self.asked, name)
            text = f"“{value}”" if name == "q" else self.label(name, value)
            made.append((text, self._address(name, None)))
        return made

    @property
    def usual_order(self) -> str:
        """The order where none is asked for, so that words that are added to an address sort it by how they match."""
        return "relevance" if self.asked.words else "newest"

    def offered(self) -> dict[str, list[tuple[str, str]]]:
        """Give the options of what is chosen from a list."""
        return {
            "region": [(code, f"{region_name(code)} ({count})") for code, count in self._regions()],
            "sort": [
                (each, self.gettext(label))
                for each, label in words.SORTS.items()
                if each not in (self.usual_order, "relevance")
            ],
        }

    def _regions(self) -> Iterable[tuple[str, int]]:
        """Give the provinces, and the regencies and cities of the one that is chosen or that the chosen one is in.

        All five hundred would be too many to choose from, and half of what the page sends.
        """
        counts = self.found.counts["region"]
        chosen = self.asked.region or ""
        near = chosen.partition(".")[0]
        provinces = Counter({near: 0} if near else {})
        for code, count in counts.items():
            # A province stands for itself and all its regencies and cities.
            provinces[code.partition(".")[0]] += count
        for province in sorted(provinces, key=region_name):
            yield province, provinces[province]
            if province == near:
                within = {code for code in (*counts, chosen) if code.startswith(f"{near}.")}
                yield from ((code, counts.get(code, 0)) for code in sorted(within, key=region_name))


def _shown(request: Request) -> int:
    """Give how many stand on the page, up to ten pages below one another; raise Invalid."""
    text = request.query_params.get("shown", "").strip()
    if not text:
        return gallery.PAGE
    shown = int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else 0
    if not gallery.PAGE <= shown <= MOST_SHOWN:
        raise Invalid("Between {minimum} and {maximum}.", field="shown", minimum=gallery.PAGE, maximum=MOST_SHOWN)
    return shown


def _compared(request: Request) -> str | None:
    """Give the innovation that another is to be compared with; what is none is left out."""
    text = request.query_params.get("compare", "").strip()
    try:
        region_of(text)
    except NotFound:
        return None
    return text or None
