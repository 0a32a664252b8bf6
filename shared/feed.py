"""The HTTP feed of a log: the same pages for the other services, for regional systems and for auditors.

    GET /events/heads                      where each region's log ends
    GET /events/{region}?after=&limit=     its events behind a position, as a batch of CloudEvents

Nobody meets a hole: an event whose payload the reader may not see is in its place, without `data`.
"""

import asyncio
import hashlib
import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import JSONResponse

from shared.auth import Public
from shared.domain import NotFound, is_region
from shared.envelope import Clearance
from shared.event_log import EventLog, Head
from shared.http import MAX_SAFE_INTEGER

MEDIA_TYPE = "application/cloudevents-batch+json"
PAGE = 500
LONGEST_WAIT = 30

_POLL_SECONDS = 0.25
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,4})(?:$|[,;\s])", re.IGNORECASE)
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Prefer"}


class HeadOut(BaseModel):
    """Where a region's log ends."""

    region: str
    epoch: int
    position: int
    leaf_hash: str


class Waiters:
    """Long polls of one process: one task asks the database for all of them."""

    def __init__(self, log: EventLog) -> None:
        """Take the log."""
        self._log = log
        self._waiting: dict[asyncio.Event, tuple[str, int]] = {}
        self._task: asyncio.Task[None] | None = None

    async def wait(self, region: str, after: int, seconds: float) -> None:
        """Return once the region's log goes beyond the position, or when the time is over."""
        moved = asyncio.Event()
        self._waiting[moved] = (region, after)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        try:
            await asyncio.wait_for(moved.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            del self._waiting[moved]

    async def _poll(self) -> None:
        while self._waiting:
            regions = {region for region, _ in self._waiting.values()}
            heads = await run_in_threadpool(self._log.heads, regions)
            positions = {head.region: head.position for head in heads}
            for moved, (region, after) in self._waiting.items():
                if positions.get(region, 0) > after:
                    moved.set()
            await asyncio.sleep(_POLL_SECONDS)


def router(log: EventLog) -> APIRouter:
    """Give the routes of the feed of this log."""
    routes = APIRouter(tags=["events"])
    waiters = Waiters(log)

    @routes.get("/events/heads", response_model=list[HeadOut])
    def heads(actor: Public) -> Response:
        """Give where each region's log ends: its epoch, its last position and the hash of the leaf there."""
        found = [
            {
                "region": head.region,
                "epoch": head.epoch,
                "position": head.position,
                "leaf_hash": head.leaf_hash.hex(),
            }
            for head in log.heads()
        ]
        return JSONResponse(found, headers=_HEADERS)

    @routes.get(
        "/events/{region}",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}, 304: {"description": "Nothing changed."}},
    )
    async def events(
        request: Request,
        actor: Public,
        region: str,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
        prefer: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """Give the events of a region's log behind a position, in order; `Prefer: wait=30` waits for the next."""
        if not is_region(region):
            raise NotFound
        clearance = actor.clearance(region) if actor is not None else Clearance.PUBLIC
        head, body, count = await run_in_threadpool(_page, log, region, after, limit, clearance)
        headers = dict(_HEADERS)
        asked = _WAIT.search(prefer)
        if asked and not count:
            await waiters.wait(region, after, min(int(asked.group(1)), LONGEST_WAIT))
            headers["Preference-Applied"] = f"wait={asked.group(1)}"
            head, body, count = await run_in_threadpool(_page, log, region, after, limit, clearance)
        headers["Labinov-Epoch"] = str(head.epoch)
        headers["Labinov-Head"] = str(head.position)
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if count == limit:
            headers["Link"] = f'<?after={after + count}&limit={limit}>; rel="next"'
        if headers["ETag"] in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)

    return routes


def _page(log: EventLog, region: str, after: int, limit: int, clearance: Clearance) -> tuple[Head, bytes, int]:
    """Give the head, a page as this reader may see it, and the number of its events: three queries at most."""
    recorded = log.read(region, after, limit)
    # The head is asked for afterwards, so that it is never before the page.
    found = log.heads([region])
    head = found[0] if found else Head(region=region, epoch=0, position=0, leaf_hash=b"")
    opened = log.opened_among(region, recorded)
    render = log.catalogue.render
    body = b",".join([render(each, clearance, opened=each.stream in opened) for each in recorded])
    return head, b"[" + body + b"]", len(recorded)
