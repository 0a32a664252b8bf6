"""The newest steps of innovations as server-sent events, for every home page that stays open.

    GET /steps?after=&lang=     `id` is a step's place, `event` is `step`, `data` its facts and its line on the page

Only the newest: what is older than the last few is not caught up with, since a page shows no more. One task of the
process looks whether the model moved; what it then shows is read and written out once a language, for all readers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple, Self

import structlog
from fastapi import APIRouter, Header
from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries
from services.showcase.feeds.streams import MEDIA_TYPE, PING_SECONDS, RETRY_MILLISECONDS, OpenAnswer, Seats
from services.showcase.pages.site import Site
from services.showcase.shell import happened
from shared.auth import Public
from shared.domain import Invalid, is_region
from shared.http import FormRoute
from shared.parking import OPERATIONAL
from shared.regions import region_name
from shared.waiting import Moves

WINDOW = 20
"""How many of the newest steps are looked at: as many a reader who comes again can have missed and still gets."""

_EVERYTHING = "*"
_FACTS = (
    "region",
    "position",
    "innovation_id",
    "title",
    "kind",
    "from_stage",
    "to_stage",
    "happened_on",
    "recorded_at",
)

_log = structlog.get_logger(__name__)


class WrongPlace(Invalid):
    """This is not the place of a step."""


class Place(NamedTuple):
    """Where a step stands among all: steps are newer by their time, then by region and position."""

    recorded_at: datetime
    region: str
    position: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Give the place that a text says; raise WrongPlace."""
        moment, _, rest = text.partition("~")
        region, _, position = rest.partition("~")
        try:
            place = cls(datetime.fromisoformat(moment), region, int(position))
        except ValueError:
            raise WrongPlace(field="after") from None
        if place.recorded_at.tzinfo is None or not is_region(region) or place.position < 1:
            raise WrongPlace(field="after")
        return place

    def __str__(self) -> str:
        """Give the place as `of` reads it."""
        return f"{self.recorded_at.isoformat()}~{self.region}~{self.position}"


@dataclass(frozen=True)
class Step:
    """A step as it is sent: its place, and its facts with its line on the page."""

    place: Place
    data: bytes


class Steps:
    """The newest steps for all readers of one process. To be used from one event loop."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self._site = site
        self.moves = Moves(self._heads)
        self._windows: dict[tuple[int, str], asyncio.Task[list[Step]]] = {}

    async def window(self, tick: int, language: str) -> list[Step]:
        """Give the newest steps, the oldest first, as of a tick: read once, whoever asks."""
        found = self._windows.get((tick, language))
        if found is None:
            self._windows = {key: task for key, task in self._windows.items() if key[0] == tick}
            found = self._windows[tick, language] = asyncio.create_task(run_in_threadpool(self._read, language))
        try:
            return await asyncio.shield(found)
        except Exception:
            # What failed once is tried again by the next.
            self._windows.pop((tick, language), None)
            raise

    def _heads(self) -> Mapping[str, object]:
        return {_EVERYTHING: self._site.read_model.ask(lambda _, state: (state.schema, state.applied))}

    def _read(self, language: str) -> list[Step]:
        rows = self._site.read_model.ask(lambda model, _: queries.newest(model, limit=WINDOW))
        return [self._step(row, language) for row in reversed(rows)]

    def _step(self, row: Any, language: str) -> Step:
        pages = self._site.pages
        line = pages.fragment(
            language,
            "step.html",
            row=row,
            said=happened(pages.translator(language), row),
            where=region_name(row.region),
        )
        facts = {name: getattr(row, name) for name in _FACTS}
        return Step(Place(row.recorded_at, row.region, row.position), to_json({**facts, "html": line.strip()}))


class StepStream(OpenAnswer):
    """The answer to one reader."""

    def __init__(self, steps: Steps, seats: Seats, language: str, after: Place | None) -> None:
        """Take the steps, the places for readers, the reader's language, and the step behind which it begins.

        Without one it begins with what is recorded from now on.
        """
        super().__init__(seats, vary="Cookie")
        self._steps, self._language, self._after = steps, language, after

    async def _send(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        try:
            tick = await self._steps.moves.now()
            known = await self._steps.window(tick, self._language)
            # What comes late may have been recorded before what was sent; so it is asked what was, not only how far.
            began = self._after or max((each.place for each in known), default=None)
            last, sent = began, set[Place]()
            await write(b"retry: %d\n\n" % RETRY_MILLISECONDS)
            while True:
                window = await self._steps.window(tick, self._language)
                frames = []
                for each in window:
                    if each.place not in sent and (began is None or each.place > began):
                        last = max(last or each.place, each.place)
                        frames.append(b"id: %b\nevent: step\ndata: %b\n\n" % (str(last).encode(), each.data))
                if frames:
                    await write(b"".join(frames))
                sent = {each.place for each in window}
                tick, moved = await self._steps.moves.wait(None, tick, PING_SECONDS)
                if not moved:
                    await write(b": ping\n\n")
        except OPERATIONAL as error:
            _log.warning("a stream ended", error=type(error).__name__)


class Live:
    """The route of the newest steps."""

    def __init__(self, site: Site, readers: int) -> None:
        """Take what the pages share, and how many readers a process serves at a time."""
        self._site = site
        self._steps = Steps(site)
        self._seats = Seats(readers)

    def router(self) -> APIRouter:
        """Give the route."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)

        @router.get("/steps", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
        async def steps(
            actor: Public, request: Request, after: str = "", last_event_id: Annotated[str, Header()] = ""
        ) -> Response:
            """Send the newest steps as they are recorded; `Last-Event-ID` goes on where a stream was cut."""
            asked = last_event_id or after
            place = Place.of(asked) if asked else None
            return StepStream(self._steps, self._seats, self._site.pages.language(request), place)

        return router
