"""The events of a region's logs as one feed, and as a stream of server-sent events.

    GET /feed/{region}?after=&limit=&types=     a batch of CloudEvents behind a cursor, and the cursor behind them
    GET /stream/{region}?after=&types=          the same as they are recorded, one region's
    GET /stream?after=&types=                   those of all regions that the token is for

`after` is a cursor, `start` for the beginning or `now` for the end; a feed begins at the start, a stream now. Nobody
meets a hole: an event whose payload the reader may not see is in its place, without `data`.
"""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.concurrency import run_in_threadpool

from services.showcase.feeds import streams
from services.showcase.feeds.places import EVERYWHERE, Place, place_of
from services.showcase.feeds.reading import Copies, Found
from services.showcase.feeds.streams import EventStream, Streams
from shared.auth import Actor, Public, Reader, clearance_in
from shared.cursors import Cursors
from shared.domain import NATIONAL, Forbidden, NotFound, region_of
from shared.feed import HEADERS, MEDIA_TYPE, PAGE, seconds_asked, types_asked, unchanged
from shared.http import JsonRoute
from shared.regions import regions
from shared.waiting import Moves

START, NOW = "start", "now"


class Feeds:
    """The routes over the copied logs."""

    def __init__(self, copies: Copies, cursors: Cursors, readers: int) -> None:
        """Take the copied logs, what signs cursors, and how many streams a process serves at a time."""
        self._copies = copies
        self._cursors = cursors
        self._moves = Moves(copies.heads)
        self._streams = Streams(copies, cursors, self._moves, readers)

    def router(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(tags=["events"], route_class=JsonRoute)
        stream: dict[int | str, dict[str, Any]] = {
            410: {"description": "A log was put back; `resume` is the cursor to go on from."},
            503: {"description": "Too many are listening; see Retry-After."},
            200: {"description": "The events, one after another.", "content": {streams.MEDIA_TYPE: {}}},
        }

        @routes.get(
            "/feed/{region}",
            response_class=Response,
            responses={
                200: {"content": {MEDIA_TYPE: {}}},
                304: {"description": "Nothing changed."},
                410: {"description": "A log was put back; `resume` is the cursor to go on from."},
            },
        )
        async def feed(
            actor: Public,
            region: str,
            after: str = START,
            limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
            types: str = "",
            prefer: Annotated[str, Header()] = "",
            if_none_match: Annotated[str, Header()] = "",
        ) -> Response:
            """Give the events of both services' logs of a region behind a cursor; `Prefer: wait=30` waits for the next.

            They come in the order of their recording, each log in its own. The cursor behind them is in the header
            `Labinov-Cursor` and in the link `next`, which is always there: whoever follows it misses nothing.
            """
            _existing(region)
            asked, rights, wait = types_asked(types), clearance_in(actor, region), seconds_asked(prefer)
            place = await self._place(region, after, {region})
            headers = dict(HEADERS)

            async def read() -> Found:
                return await run_in_threadpool(self._copies.behind, place, region, limit, asked)

            if wait is None:
                found = await read()
            else:
                headers["Preference-Applied"] = f"wait={wait}"
                found = await self._moves.until(region, wait, read, lambda found: bool(found.events) or found.more)
            cursor = place.moved(region, found.logs).cursor(self._cursors)
            body = b"[" + b",".join([each.as_seen_with(rights) for each in found.events]) + b"]"
            same = f"&types={','.join(sorted(asked))}" if asked else ""
            headers["Labinov-Cursor"] = cursor
            headers["Link"] = f'<?after={cursor}&limit={limit}{same}>; rel="next"'
            headers["ETag"] = f'"{hashlib.sha256(cursor.encode() + body).hexdigest()[:32]}"'
            if unchanged(if_none_match, headers["ETag"]):
                return Response(status_code=304, headers=headers)
            return Response(body, media_type=MEDIA_TYPE, headers=headers)

        @routes.get("/stream/{region}", response_class=Response, responses=stream)
        async def of_one(
            actor: Reader,
            region: str,
            after: str = NOW,
            types: str = "",
            last_event_id: Annotated[str, Header()] = "",
        ) -> Response:
            """Send the events of a region as they are recorded; `Last-Event-ID` goes on where a stream was cut."""
            _existing(region)
            asked = types_asked(types)
            tick = await self._moves.now()
            place = await self._place(region, last_event_id or after, {region})
            await run_in_threadpool(self._copies.check, place)
            return EventStream(self._streams, actor, place, {region}, {region}, tick, asked)

        @routes.get("/stream", response_class=Response, responses=stream)
        async def of_all(
            actor: Reader,
            after: str = NOW,
            types: str = "",
            last_event_id: Annotated[str, Header()] = "",
        ) -> Response:
            """Send the events of all regions that the token is for; `Last-Event-ID` goes on where a stream was cut.

            Between regions there is no order. A region that the token was not for before is sent from its beginning.
            """
            asked, allowed = types_asked(types), _regions_of(actor)
            # Before anything is looked at, or what moves while it is would be waited for in vain.
            tick = await self._moves.now()
            place = await self._place(EVERYWHERE, last_event_id or after, allowed)
            await run_in_threadpool(self._copies.check, place)
            heads = await run_in_threadpool(self._copies.heads, allowed)
            first = {region for region, logs in heads.items() if logs != place.logs(region)}
            return EventStream(self._streams, actor, place, allowed, first, tick, asked)

        return routes

    async def _place(self, of: str, after: str, allowed: set[str] | None) -> Place:
        """Give the place that is asked for; raise BadCursor."""
        if after == START:
            return Place(of)
        if after == NOW:
            return self._streams.shared(Place(of).moved_all(await run_in_threadpool(self._copies.heads, allowed)))
        return self._streams.shared(place_of(self._cursors, of, after))


def _existing(region: str) -> None:
    if region != NATIONAL and region not in regions():
        raise NotFound


def _regions_of(actor: Actor) -> set[str] | None:
    """Give the regions that an actor has a role in, None for all; raise Forbidden for somebody without any."""
    if actor.everywhere:
        return None
    found = set(actor.regions) | {region_of(unit) for unit in actor.units}
    if not found:
        raise Forbidden
    return found
