"""Server-sent events of the copied logs: `id` is the cursor, `event` the CloudEvents type, `data` the CloudEvent.

A reader pulls: what it has not taken yet is not made, so a slow one holds a chunk and no queue. Readers at the same
place with the same rights share what is made for them. A reader that takes nothing at all is cut off by its
connection (`shared.serving`), and every stream ends after a while, so that a token that has run out is asked for anew;
the client then goes on by itself from the last `id` it saw.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.showcase.feeds.places import At, Place
from services.showcase.feeds.reading import Copies
from shared.auth import Actor, clearance_in
from shared.cursors import Cursors, OutdatedCursor
from shared.parking import OPERATIONAL
from shared.serving import STOPPING
from shared.waiting import Crowded, Moves

MEDIA_TYPE = "text/event-stream"
CHUNK = 50
PING_SECONDS = 15.0
LIFETIME_SECONDS = 900.0
RETRY_MILLISECONDS = 3000
PLACE_EVENT = "id.labinov.place"
"""Says nothing but how far the logs were passed: sent first, and where the events passed were not asked for."""

# Of the api's few threads the streams take at most so many, however many readers have much to catch up with.
_READING_AT_A_TIME = 2
_KEPT_CHUNKS = 64
_KEPT_SECONDS = 2.0
_LAST_WORD_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Chunk:
    """Some events as they are sent, the place and the cursor behind them, and whether there is more."""

    body: bytes
    place: Place
    cursor: str
    more: bool


class Seats:
    """The places for readers of streams in one process."""

    def __init__(self, most: int) -> None:
        """Take how many there are."""
        self._free = most

    def enter(self) -> None:
        """Take one of the places; raise Crowded when there is none."""
        if not self._free:
            raise Crowded
        self._free -= 1

    def leave(self) -> None:
        """Give the place back."""
        self._free += 1


class Streams:
    """All streams of one process."""

    def __init__(self, copies: Copies, cursors: Cursors, moves: Moves, most: int) -> None:
        """Take the copied logs, what signs cursors, what tells that logs moved, and how many readers there may be."""
        self._copies = copies
        self._cursors = cursors
        self.moves = moves
        self.seats = Seats(most)
        self._chunks: dict[object, asyncio.Task[Chunk]] = {}
        self._places: WeakValueDictionary[str, Place] = WeakValueDictionary()
        self._reading = asyncio.Semaphore(_READING_AT_A_TIME)

    def shared(self, place: Place) -> Place:
        """Give the same place to all who begin there: in the logs of all regions it is a quarter of a megabyte."""
        return self._places.setdefault(place.cursor(self._cursors), place)

    def begin(self, place: Place) -> Chunk:
        """Give what every stream begins with: when to come again, and the place that it begins at."""
        cursor = place.cursor(self._cursors)
        return Chunk(b"retry: %d\n%b" % (RETRY_MILLISECONDS, _frame(cursor, PLACE_EVENT, b"{}")), place, cursor, True)

    async def next(self, behind: Chunk, region: str, actor: Actor, types: Collection[str] | None) -> Chunk:
        """Give the next events of a region; those who are at the same place with the same rights get the same."""
        key = (behind.cursor, region, actor.clearance(region), actor.event_types, types)
        found = self._chunks.get(key)
        if found is None:
            found = asyncio.create_task(self._make(behind, region, actor, types))
            if len(self._chunks) < _KEPT_CHUNKS:
                self._chunks[key] = found
                # Kept shortly: what was erased meanwhile must not be sent.
                asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._chunks.pop, key, None)
        chunk = await asyncio.shield(found)
        if not chunk.body:
            self._chunks.pop(key, None)
        return chunk

    async def _make(self, behind: Chunk, region: str, actor: Actor, types: Collection[str] | None) -> Chunk:
        async with self._reading:
            return await run_in_threadpool(self._read, behind, region, actor, types)

    def _read(self, behind: Chunk, region: str, actor: Actor, types: Collection[str] | None) -> Chunk:
        place, cursor, sent = behind.place, behind.cursor, behind.cursor
        found = self._copies.behind(place, region, CHUNK)
        rights, frames = clearance_in(actor, region), []
        logs = dict(place.logs(region))
        for event in found.events:
            logs[event.source] = At(found.logs[event.source].epoch, event.position)
            if types is None or event.type in types:
                place = place.moved(region, dict(logs))
                cursor = sent = place.cursor(self._cursors)
                frames.append(_frame(sent, event.cloud_type, event.as_seen_with(rights)))
        if found.events:
            place = place.moved(region, found.logs)
            cursor = place.cursor(self._cursors)
        if cursor != sent:
            frames.append(_frame(cursor, PLACE_EVENT, b"{}"))
        return Chunk(b"".join(frames), place, cursor, found.more)


class OpenAnswer(Response, ABC):
    """An answer that goes on until the reader leaves, the process ends, or its time is over."""

    def __init__(self, seats: Seats, vary: str) -> None:
        """Take the places for readers, and the headers that the answer depends on."""
        super().__init__(
            media_type=MEDIA_TYPE,
            headers={
                # Whatever compresses or buffers on the way would hold events back.
                "Cache-Control": "no-store, no-transform",
                "X-Accel-Buffering": "no",
                "Vary": vary,
            },
        )
        del self.headers["content-length"]
        self._seats = seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream; raise Crowded before it begins when there are too many."""
        self._seats.enter()
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._until_it_ends(scope, receive, send)
        finally:
            self._seats.leave()

    async def _until_it_ends(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def write(body: bytes) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": True})

        stopping: asyncio.Event = scope.get("state", {}).get(STOPPING) or asyncio.Event()
        sending = asyncio.create_task(self._send(write))
        ends = [sending, asyncio.create_task(_left(receive)), asyncio.create_task(stopping.wait())]
        try:
            await asyncio.wait(ends, timeout=LIFETIME_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        # To a reader that has stopped reading the last word is not said.
        with suppress(TimeoutError):
            last = {"type": "http.response.body", "body": b"", "more_body": False}
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                await send(last)

    @abstractmethod
    async def _send(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Write what there is, and go on writing."""


class EventStream(OpenAnswer):
    """A stream of the copied logs' events."""

    def __init__(
        self,
        streams: Streams,
        actor: Actor,
        place: Place,
        regions: Collection[str] | None,
        first: Collection[str],
        tick: int,
        types: Collection[str] | None,
    ) -> None:
        """Take who reads from which place, the regions (None: all) and types that are sent, and where to look first.

        What moves after the tick is looked at as well.
        """
        super().__init__(streams.seats, vary="Authorization, Cookie")
        self._streams, self._actor, self._regions, self._types = streams, actor, regions, types
        self._first, self._tick = first, tick
        self._chunk = streams.begin(place)

    async def _send(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        try:
            await write(self._chunk.body)
            tick, waiting = self._tick, set(self._first)
            while True:
                for region in sorted(waiting):
                    await self._send_region(region, write)
                tick, waiting = await self._streams.moves.wait(self._regions, tick, PING_SECONDS)
                if not waiting:
                    await write(b": ping\n\n")
        except OutdatedCursor:
            # Whoever comes again with the cursor is told where to go on.
            return
        except OPERATIONAL as error:
            _log.warning("a stream ended", error=type(error).__name__)

    async def _send_region(self, region: str, write: Callable[[bytes], Awaitable[None]]) -> None:
        more = True
        while more:
            self._chunk = await self._streams.next(self._chunk, region, self._actor, self._types)
            more = self._chunk.more
            if self._chunk.body:
                await write(self._chunk.body)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(cursor: str, kind: str, data: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor.encode(), kind.encode(), data)
