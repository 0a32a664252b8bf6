"""The HTTP feed of a log: the same pages for the other services, for regional systems and for auditors.

    GET /events/heads                             where each region's log ends
    GET /events/{region}?after=&limit=&types=     its events behind a position, as a batch of CloudEvents
    GET /events/{region}.ndjson?after=&types=     all of them, a line an event

Nobody meets a hole: an event whose payload the reader may not see is in its place, without `data`.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import JSONResponse, StreamingResponse

from shared.auth import Public, clearance_in
from shared.domain import Invalid, NotFound, is_region
from shared.envelope import Clearance, wire_name_of
from shared.event_log import EventLog, Head
from shared.http import MAX_SAFE_INTEGER
from shared.waiting import Moves

MEDIA_TYPE = "application/cloudevents-batch+json"
LINES_TYPE = "application/x-ndjson"
PAGE = 500
LONGEST_WAIT = 30
MOST_TYPES = 100

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,4})(?:$|[,;\s])", re.IGNORECASE)
_TYPE = re.compile(r"[a-z-]{1,60}\.[a-z-]{1,60}")

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Prefer"}

Rights = Callable[[str], Clearance]
"""What tells, by the wire name of a type, how much of such events a reader sees: `shared.auth.clearance_in`."""


class TypesInvalid(Invalid):
    """Name types such as innovation.proposed, with commas between them, at most {most}."""


def types_asked(types: str) -> frozenset[str] | None:
    """Give the wire names that the parameter `types` lists, as such or as CloudEvents types; None for all.

    Raises TypesInvalid.
    """
    if not types:
        return None
    names = frozenset(wire_name_of(each.strip()) for each in types.split(","))
    if len(names) > MOST_TYPES or not all(map(_TYPE.fullmatch, names)):
        raise TypesInvalid(field="types", most=MOST_TYPES)
    return names


def seconds_asked(prefer: str) -> int | None:
    """Give how long `Prefer: wait=` asks to wait, at most LONGEST_WAIT; None where it does not."""
    asked = _WAIT.search(prefer)
    return min(int(asked.group(1)), LONGEST_WAIT) if asked else None


def unchanged(if_none_match: str, etag: str) -> bool:
    """Whether the client has what this ETag stands for."""
    return etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))


class HeadOut(BaseModel):
    """Where a region's log ends."""

    region: str
    epoch: int
    position: int
    leaf_hash: str


def router(log: EventLog) -> APIRouter:
    """Give the routes of the feed of this log."""
    routes = APIRouter(tags=["events"])
    moves = Moves(lambda: {head.region: (head.epoch, head.position) for head in log.heads()})

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
        return JSONResponse(found, headers=HEADERS)

    @routes.get("/events/{region}.ndjson", response_class=Response, responses={200: {"content": {LINES_TYPE: {}}}})
    def lines(
        actor: Public,
        region: str,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        types: str = "",
    ) -> Response:
        """Give a whole log behind a position, a line an event, up to where it ends when this is asked."""
        if not is_region(region):
            raise NotFound
        asked, head = types_asked(types), _head(log, region)
        headers = HEADERS | {"Labinov-Epoch": str(head.epoch), "Labinov-Head": str(head.position)}
        found = _lines(log, region, after, head.position, clearance_in(actor, region), asked)
        return StreamingResponse(found, media_type=LINES_TYPE, headers=headers)

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
        types: str = "",
        prefer: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """Give the events of a region's log behind a position, in order; `Prefer: wait=30` waits for the next.

        With `types` those of other types among the `limit` that were looked at are left out; `Labinov-After` says
        which was the last one looked at, and the next page begins behind it.
        """
        if not is_region(region):
            raise NotFound
        asked, rights, wait = types_asked(types), clearance_in(actor, region), seconds_asked(prefer)
        headers = dict(HEADERS)

        async def read() -> Page:
            return await run_in_threadpool(_page, log, region, after, limit, rights, asked)

        if wait is None:
            page = await read()
        else:
            headers["Preference-Applied"] = f"wait={wait}"
            page = await moves.until(region, wait, read, lambda page: bool(page.events) or page.looked_at == limit)
        head, found, looked_at = page
        body = b"[" + b",".join(found) + b"]"
        headers["Labinov-Epoch"] = str(head.epoch)
        headers["Labinov-Head"] = str(head.position)
        headers["Labinov-After"] = str(after + looked_at)
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if looked_at == limit:
            same = f"&types={','.join(sorted(asked))}" if asked else ""
            headers["Link"] = f'<?after={after + looked_at}&limit={limit}{same}>; rel="next"'
        if unchanged(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)

    return routes


class Page(NamedTuple):
    """Where the log ends, some events as a reader may see them, and how many were looked at for them."""

    head: Head
    events: list[bytes]
    looked_at: int


def _page(log: EventLog, region: str, after: int, limit: int, rights: Rights, types: Collection[str] | None) -> Page:
    """Give a page: three queries at most."""
    recorded = log.read(region, after, limit)
    # The head is asked for afterwards, so that it is never before the page.
    head = _head(log, region)
    asked = recorded if types is None else [each for each in recorded if each.type in types]
    opened = log.opened_among(region, asked)
    render = log.catalogue.render
    events = [render(each, rights(each.type), opened=each.stream in opened) for each in asked]
    return Page(head, events, len(recorded))


def _head(log: EventLog, region: str) -> Head:
    found = log.heads([region])
    return found[0] if found else Head(region=region, epoch=0, position=0, leaf_hash=b"")


def _lines(
    log: EventLog, region: str, after: int, end: int, rights: Rights, types: Collection[str] | None
) -> Iterator[bytes]:
    """Give a log's lines up to a position, a page at a time, so that no more than one is ever held."""
    while after < end:
        _, found, looked_at = _page(log, region, after, min(PAGE, end - after), rights, types)
        if not looked_at:
            return
        after += looked_at
        yield b"".join([each + b"\n" for each in found])
