"""The access log as it is read and written from outside: JSON and a page, the same in every service that keeps a log.

POST /access                     an auditor or LAN notes that data were taken away, and why
GET  /access?region=&cursor=     what was noted, newest first
GET  /desk/access                the same for people
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from pydantic_core import from_json, to_jsonable_python
from sqlalchemy import Connection, Engine
from starlette.responses import JSONResponse

from shared.access import AccessKind, AccessRecorded, record
from shared.auth import Actor, Oversight
from shared.cursors import Cursors
from shared.domain import NATIONAL, Invalid, NotFound, region_of
from shared.http import Accepted, Body, Commands, CursorsOf, FormRoute, JsonRoute, KernelOf, Key, accepted, now
from shared.people import names
from shared.regions import region_name, regions
from shared.web.messages import N_

PAGE = 50
MOST = 500

KINDS = {
    AccessKind.EXPORT.value: N_("Data exported"),
    AccessKind.DISCLOSURE.value: N_("Data handed out"),
    AccessKind.ERASURE_PREVIEWED.value: N_("A person's data looked up before erasure"),
    AccessKind.ERASURE_ORDERED.value: N_("Erasure of a person's data ordered"),
    "reviewer-resolved": N_("Asked who a reviewer was"),
}

Noted = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""Gives kind, what, reason and by of the payload of an event that is an access as well."""


class AccessRegionUnknown(Invalid):
    """There is no region with this code."""


class NewAccess(Body):
    """An access to note: what was taken (an id or address, no person's name) and why."""

    region: str
    kind: Literal[AccessKind.EXPORT, AccessKind.DISCLOSURE]
    what: str
    reason: str


class AccessOut(BaseModel):
    """An access: when, by whom (opaque id), what it was about and why; the event that says so."""

    region: str
    position: int
    at: datetime
    kind: str
    what: str
    reason: str
    by: str


class AccessesOut(BaseModel):
    """Accesses, the newest first; `next` is null at the end."""

    items: list[AccessOut]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class Access:
    """An access as it was recorded."""

    region: str
    position: int
    at: datetime
    kind: str
    what: str
    reason: str
    by: str


class AccessLog:
    """Reads the accesses that a service's logs hold, of whatever types."""

    def __init__(self, engine: Engine, also: Mapping[str, Noted]) -> None:
        """Take the database, and how to read the event types that are accesses besides `access.recorded`."""
        self._engine = engine
        self._also = also
        named = ", ".join(f"'{each}'" for each in (AccessRecorded.wire_name, *also))
        # The types stand in the text, so that the index over these few is found.
        self._query = f"""
        SELECT region, position, recorded_at, type, payload FROM event
        WHERE type IN ({named}) AND payload IS NOT NULL
          AND (%(regions)s::text[] IS NULL OR region = ANY(%(regions)s))
          AND (%(what)s::text IS NULL OR convert_from(payload, 'UTF8')::jsonb ->> 'what' = %(what)s)
          AND (%(at)s::timestamptz IS NULL OR (recorded_at, region, position) < (%(at)s, %(in)s, %(position)s))
        ORDER BY recorded_at DESC, region DESC, position DESC LIMIT %(limit)s
        """

    def read(
        self,
        in_regions: Sequence[str] | None,
        *,
        before: tuple[datetime, str, int] | None = None,
        what: str | None = None,
        limit: int = PAGE,
    ) -> list[Access]:
        """Give the accesses of some regions, or of all, the newest first: one query."""
        at, region, position = before or (None, None, None)
        values = {"regions": in_regions, "at": at, "in": region, "position": position, "what": what, "limit": limit}
        with self._engine.connect() as connection:
            rows = _autocommit(connection).exec_driver_sql(self._query, values).all()
        return [self._access(*row) for row in rows]

    def _access(self, region: str, position: int, at: datetime, kind: str, payload: bytes) -> Access:
        data = from_json(payload)
        said = self._also[kind](data) if kind in self._also else {k: data[k] for k in ("kind", "what", "reason", "by")}
        return Access(region=region, position=position, at=at, **said)


def _autocommit(connection: Connection) -> Connection:
    return connection.execution_options(isolation_level="AUTOCOMMIT")


def routers(engine: Engine, also: Mapping[str, Noted] | None = None) -> list[APIRouter]:
    """Give the routes of a service's access log; `also` as in `AccessLog`."""
    log = AccessLog(engine, also or {})
    api = APIRouter(prefix="/access", route_class=JsonRoute, tags=["access"])
    pages = APIRouter(prefix="/desk/access", route_class=FormRoute, include_in_schema=False)

    @api.post("", status_code=201, response_model=Accepted)
    def note(actor: Oversight, commands: Commands, key: Key, body: NewAccess) -> JSONResponse:
        """Note that data were taken away, and why: before taking them."""
        if body.region not in regions() and body.region != NATIONAL:
            raise AccessRegionUnknown(field="region")
        actor.require_region(body.region)
        outcome = record(
            commands,
            body.region,
            body.kind,
            what=body.what,
            reason=body.reason,
            by=actor.person,
            at=now(),
            key=key,
        )
        return accepted(outcome, status_code=201)

    @api.get("", response_model=AccessesOut)
    def accesses(
        actor: Oversight,
        cursors: CursorsOf,
        region: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
        cursor: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        """Give what was noted, the newest first."""
        found, following = _page(log, cursors, actor, region, limit, cursor)
        body = {"items": [to_jsonable_python(asdict(each)) for each in found], "next": following}
        return JSONResponse(body, headers={"Cache-Control": "private, no-store"})

    @pages.get("")
    def page(
        request: Request,
        actor: Oversight,
        kernel: KernelOf,
        cursors: CursorsOf,
        region: str = "",
        cursor: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        """Show what was noted."""
        found, following = _page(log, cursors, actor, region.strip() or None, PAGE, cursor)
        return kernel.pages.render(
            request,
            "access.html",
            accesses=[asdict(each) for each in found],
            people=names(engine, {each.by for each in found}),
            kinds={kind: kernel.pages.gettext(request, label) for kind, label in KINDS.items()},
            region_name=region_name,
            next_cursor=following,
        )

    return [api, pages]


def _page(
    log: AccessLog, cursors: Cursors, actor: Actor, region: str | None, limit: int, cursor: str
) -> tuple[list[Access], str | None]:
    if region is not None and not actor.sees(region):
        raise NotFound
    everywhere = {*actor.regions, *(region_of(unit) for unit in actor.units)}
    seen = [region] if region is not None else None if actor.everywhere else sorted(everywhere)
    of = ["access", seen]
    place = cursors.read(of, cursor)
    before = None if place is None else (datetime.fromisoformat(place[0]), str(place[1]), int(place[2]))
    found = log.read(seen, before=before, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    following = cursors.write(of, [last.at.isoformat(), last.region, last.position]) if last else None
    return found[:limit], following
