"""What the pages of the showcase have in common: the words around the rows, and the way from now into the past.

A page is made from a model and does not know whether it is the live one or one that was folded up to a moment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.showcase import words
from services.showcase.history import log, moments
from services.showcase.history.folding import folding
from services.showcase.history.moments import Moment
from services.showcase.model import ReadModel, State
from services.showcase.queries import Model
from shared.auth import Actor
from shared.domain import NATIONAL, Invalid
from shared.regions import region_name
from shared.web.pages import Pages


@dataclass(frozen=True)
class Past:
    """The moment that a page shows, and what leads to the states before and after it (query strings, None at ends)."""

    moment: Moment
    earlier: str | None
    later: str | None

    @property
    def query(self) -> str:
        """Give the query string that asks for this moment on another page of the region."""
        return "?" + urlencode(self.moment.parameters)


Make = Callable[[Model, State, Past | None], Response]
"""Makes a page from a model; the last argument is None for the present."""


class Shell:
    """Makes the pages of the showcase from what its handlers found."""

    def __init__(self, read_model: ReadModel, pages: Pages) -> None:
        """Take the model and the pages of the service."""
        self.read_model = read_model
        self.pages = pages

    def answer(
        self, request: Request, actor: Actor | None, region: str, make: Make, streams: Sequence[str] | None = None
    ) -> Response:
        """Give a page of a region, as of now or of the moment that the query asks for.

        `streams` are those by which "earlier" and "later" go, the whole region's where there are none. Raises what
        `moments.asked` and `moments.resolve` raise, and HTTPException 503 where too many look into the past.
        """
        asked = moments.asked(request.query_params)
        if not asked.anything:
            return self.read_model.answer(request, actor, lambda model, state: make(model, state, None))

        def past(model: Model, state: State) -> Response:
            moment = moments.resolve(model.connection, region, asked)
            beside = log.beside(model.connection, region, moment.positions, streams)
            kept = {name: value for name, value in request.query_params.items() if name not in (*moments.SOURCES, "at")}
            shown = Past(
                moment=moment,
                earlier=None if beside.earlier is None else "?" + urlencode({**kept, **beside.earlier}),
                later=None if beside.later is None else "?" + urlencode({**kept, **beside.later}),
            )
            with folding(model, region) as fold:
                return make(fold.to(moment.positions), replace(state, as_of=moment.recorded_at), shown)

        return self.read_model.answer(request, actor, past)

    def render(self, request: Request, actor: Actor | None, state: State, name: str, **context: Any) -> Response:
        """Give the page made of a template and its context; `listed=False` for one that its path alone does not say."""
        gettext = self.gettext(request)
        past: Past | None = context.setdefault("past", None)
        # Of the many states of a page only the present one is for search engines.
        context.setdefault("listed", past is None)
        return self.pages.render(
            request,
            name,
            actor=actor,
            as_of=state.as_of,
            behind=state.behind(context.get("region")),
            region_name=region_name,
            feeds=self._feeds(request, context.get("region")),
            at=past.query if past else "",
            word=lambda table, value: words.word(gettext, table, value),
            happened=lambda row: happened(gettext, row),
            **context,
        )

    def _feeds(self, request: Request, region: str | None) -> list[tuple[str, str]]:
        """The Atom feeds that a page offers: of everything, and of the region that it is about."""
        title = self.pages.gettext(request, "Newest steps")
        found = [(title, "/feed.atom")]
        if region is None or region == NATIONAL:
            return found
        return [*found, (f"{title}: {region_name(region)}", f"/regions/{region}/feed.atom")]

    def gettext(self, request: Request) -> Callable[[str], str]:
        """Give what translates a message for this reader."""
        return lambda message: self.pages.gettext(request, message)


def happened(gettext: Callable[[str], str], row: Any) -> tuple[str, str]:
    """Give the sentence for a transition, and how the timeline marks it."""
    kind, to_stage = (row["kind"], row["to_stage"]) if isinstance(row, dict) else (row.kind, row.to_stage)
    sentence, mark = words.TRANSITIONS.get(kind, (kind, "neutral"))
    text = gettext(sentence)
    return (text % {"stage": to_stage.capitalize()} if "%(stage)s" in text and to_stage else text), mark


def asked_date(request: Request) -> date | None:
    """Give the date of `?as_of=`, None where there is none; raise Invalid."""
    text = request.query_params.get("as_of", "").strip()
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise Invalid("This must be a date such as 2026-11-21.", field="as_of") from None
