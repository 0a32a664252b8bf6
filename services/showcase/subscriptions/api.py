"""Webhooks for programs: endpoints and what became of their deliveries, as JSON under `/webhooks`."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.showcase.subscriptions import attempts, endpoints
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.desk import MAX_DESCRIPTION, SOURCES, Asked, Desk, Start, sight_of
from services.showcase.subscriptions.endpoints import Counts, Endpoint
from shared.auth import Actor, Subscriber
from shared.cursors import Cursors
from shared.domain import NotFound
from shared.http import MAX_SAFE_INTEGER, Body, JsonRoute, Key

PAGE = 50
MAX_PAGE = 500
MAX_LOGS = 1_100  # both logs of all regions
TESTS_AT_A_TIME = 4
NO_STORE = {"Cache-Control": "no-store"}

Position = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
Source = Literal["submission", "review"]
assert Source.__args__ == SOURCES  # type: ignore[attr-defined]  # what a Literal is made of


class Change(Body):
    """What an endpoint is to get, and where: no types means all of them, `*` as the only region all regions."""

    url: str = Field(max_length=2000)
    regions: list[Annotated[str, Field(max_length=5)]] = Field(min_length=1, max_length=600)
    description: str = Field(default="", max_length=MAX_DESCRIPTION)
    types: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=200)

    @property
    def asked(self) -> Asked:
        """The same for the desk."""
        return Asked(url=self.url, regions=tuple(self.regions), description=self.description, types=tuple(self.types))


class New(Change):
    """A new endpoint, and where its logs begin: now, at the beginning, or behind a position of each source."""

    start: Literal["now", "beginning"] | dict[Source, Position] = "now"


class Replay(Body):
    """Go on behind a position of a log."""

    region: str = Field(max_length=5)
    source: Source
    after: Position


class Resend(Body):
    """Send the events from one position to another, both included, once more."""

    region: str = Field(max_length=5)
    source: Source
    first: Annotated[int, Field(ge=1, le=MAX_SAFE_INTEGER)]
    last: Annotated[int, Field(ge=1, le=MAX_SAFE_INTEGER)]


class EndpointOut(BaseModel):
    """An endpoint. `disabled_because` is `gone` (it answered 410) or `exhausted` (75 hours without success)."""

    id: str
    url: str
    regions: list[str]
    types: list[str]
    readable_types: list[str] | None
    description: str
    state: Literal["active", "paused", "disabled"]
    disabled_because: Literal["gone", "exhausted"] | None
    failing_logs: int
    failing_since: datetime | None
    next_try: datetime | None
    waiting_events: int
    former_secret_until: datetime | None
    created_at: datetime
    changed_at: datetime


class Secret(BaseModel):
    """A secret, told this once."""

    id: str
    secret: str
    former_secret_until: datetime | None


class Created(EndpointOut):
    """A new endpoint with its secret, told this once."""

    secret: str


class LogOut(BaseModel):
    """How far a log was delivered: `position` is done with, `head` is the newest."""

    region: str
    source: str
    position: int
    head: int
    tries: int
    failing_since: datetime | None
    next_try: datetime | None


class DeliveryOut(BaseModel):
    """One attempt; `error` stands in place of a status where there was no answer."""

    id: str
    kind: Literal["live", "resend", "test"]
    region: str
    source: str | None
    position: int | None
    type: str
    webhook_id: str
    at: datetime
    milliseconds: int
    attempt: int
    delivered: bool
    status: int | None
    error: str | None
    url: str
    request_headers: dict[str, str]
    answer: str


class Deliveries(BaseModel):
    """A page of attempts, the newest first; `next` is the cursor of the page after it."""

    items: list[DeliveryOut]
    next: str | None


class Webhooks:
    """The handlers of the API, and what its pages share with it."""

    def __init__(self, desk: Desk, cursors: Cursors) -> None:
        """Take the desk, and what signs the places in the log of deliveries."""
        self.desk = desk
        self.cursors = cursors

    @cached_property
    def _tests(self) -> CapacityLimiter:
        """The threads of tests: one waits as long as an attempt takes, and no other request is to wait for that."""
        return CapacityLimiter(TESTS_AT_A_TIME)

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(prefix="/webhooks", route_class=JsonRoute, tags=["webhooks"])
        router.add_api_route("", self.listed, methods=["GET"])
        router.add_api_route("", self.create, methods=["POST"], status_code=201)
        router.add_api_route("/{endpoint_id}", self.one, methods=["GET"])
        router.add_api_route("/{endpoint_id}", self.change, methods=["PUT"])
        router.add_api_route("/{endpoint_id}", self.delete, methods=["DELETE"], status_code=204)
        router.add_api_route("/{endpoint_id}/pause", self.pause, methods=["POST"])
        router.add_api_route("/{endpoint_id}/resume", self.resume, methods=["POST"])
        router.add_api_route("/{endpoint_id}/secret", self.rotate, methods=["POST"])
        router.add_api_route("/{endpoint_id}/test", self.test, methods=["POST"])
        router.add_api_route("/{endpoint_id}/logs", self.logs, methods=["GET"])
        router.add_api_route("/{endpoint_id}/replay", self.replay, methods=["POST"], status_code=204)
        router.add_api_route("/{endpoint_id}/resend", self.resend, methods=["POST"], status_code=202)
        router.add_api_route("/{endpoint_id}/deliveries", self.deliveries, methods=["GET"])
        router.add_api_route("/{endpoint_id}/deliveries/{delivery_id}", self.delivery, methods=["GET"])
        return router

    def listed(self, actor: Subscriber) -> list[EndpointOut]:
        """The endpoints of the regions that the token is for, the newest first; at most 500."""
        return [_out(each, counts) for each, counts in self.all(actor)]

    def create(self, actor: Subscriber, key: Key, body: New, response: Response) -> Created:
        """Make an endpoint. Its secret is in this answer alone, and in that to the same request sent again."""
        start: Start = body.start if isinstance(body.start, str) else {str(k): v for k, v in body.start.items()}
        made = self.desk.create(actor, body.asked, start, key)
        response.headers.update({"Location": f"/webhooks/{made.endpoint_id}", **NO_STORE})
        return Created(secret=made.secret, **_out(made, self.counts(made)).model_dump())

    def one(self, actor: Subscriber, endpoint_id: str) -> EndpointOut:
        """An endpoint, and how it fares."""
        found = self.desk.one(actor, endpoint_id)
        return _out(found, self.counts(found))

    def change(self, actor: Subscriber, endpoint_id: str, body: Change) -> EndpointOut:
        """Change where an endpoint is and what it gets; regions that are new to it begin now."""
        found = self.desk.change(actor, endpoint_id, body.asked)
        return _out(found, self.counts(found))

    def delete(self, actor: Subscriber, endpoint_id: str) -> None:
        """Delete an endpoint with all that is known of its deliveries."""
        self.desk.delete(actor, endpoint_id)

    def pause(self, actor: Subscriber, endpoint_id: str) -> EndpointOut:
        """Stop sending; what comes meanwhile waits."""
        found = self.desk.pause(actor, endpoint_id)
        return _out(found, self.counts(found))

    def resume(self, actor: Subscriber, endpoint_id: str) -> EndpointOut:
        """Send again, what waited first; also after an endpoint was switched off by itself."""
        found = self.desk.resume(actor, endpoint_id)
        return _out(found, self.counts(found))

    def rotate(self, actor: Subscriber, key: Key, endpoint_id: str, response: Response) -> Secret:
        """Give a new secret; for 24 hours messages are signed with the former one as well."""
        found = self.desk.rotate(actor, endpoint_id, key)
        response.headers.update(NO_STORE)
        return Secret(id=found.endpoint_id, secret=found.secret, former_secret_until=found.former_until)

    async def test(self, actor: Subscriber, endpoint_id: str) -> DeliveryOut:
        """Send the event `labinov.test` now, and say what became of it. It waits at most ten seconds."""
        return _delivery(await self.tested(actor, endpoint_id))

    def logs(self, actor: Subscriber, endpoint_id: str) -> list[LogOut]:
        """How far each log was delivered: failing ones first, then those that lag."""
        self.desk.one(actor, endpoint_id)
        return [LogOut(**vars(each)) for each in self.desk.logs(endpoint_id, MAX_LOGS)]

    def replay(self, actor: Subscriber, endpoint_id: str, body: Replay) -> None:
        """Go on behind a position of a log: back, to get everything again from there, or ahead, to pass over."""
        self.desk.replay(actor, endpoint_id, body.region, body.source, body.after)

    def resend(self, actor: Subscriber, key: Key, endpoint_id: str, body: Resend) -> None:
        """Send one event or a range of a log once more, beside what is new."""
        self.desk.resend(actor, endpoint_id, body.region, body.source, body.first, body.last, key)

    def deliveries(
        self,
        actor: Subscriber,
        endpoint_id: str,
        failed: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
        cursor: Annotated[str, Query(max_length=300)] = "",
    ) -> Deliveries:
        """The attempts of the last 30 days, the newest first; with `failed` those that did not arrive."""
        found, next_cursor = self.attempts(actor, endpoint_id, failed=failed, limit=limit, cursor=cursor)
        return Deliveries(items=[_delivery(each) for each in found], next=next_cursor)

    def delivery(self, actor: Subscriber, endpoint_id: str, delivery_id: str) -> DeliveryOut:
        """One attempt, with the headers that were sent and the beginning of the answer."""
        return _delivery(self.attempt(actor, endpoint_id, delivery_id))

    # What the pages need as well.

    def all(self, actor: Actor) -> list[tuple[Endpoint, Counts]]:
        """Give the endpoints that somebody manages, with how they fare: two queries."""
        with self.desk.connection() as connection:
            found = endpoints.listed(connection, sight_of(actor), MAX_PAGE)
            counts = endpoints.counts(connection, [each.endpoint_id for each in found])
        return [(each, counts[each.endpoint_id]) for each in found]

    def counts(self, endpoint: Endpoint) -> Counts:
        """Give how an endpoint fares."""
        with self.desk.connection() as connection:
            return endpoints.counts(connection, [endpoint.endpoint_id])[endpoint.endpoint_id]

    def attempts(
        self, actor: Actor, endpoint_id: str, *, failed: bool, limit: int, cursor: str
    ) -> tuple[list[Attempt], str | None]:
        """Give a page of attempts and the cursor of the page after it; raise NotFound, and BadCursor."""
        self.desk.one(actor, endpoint_id)
        of = ["deliveries", endpoint_id, failed]
        place = self.cursors.read(of, cursor)
        before = None if place is None else (datetime.fromisoformat(place[0]), str(place[1]))
        with self.desk.connection() as connection:
            found = attempts.listed(connection, endpoint_id, failed=failed, before=before, limit=limit + 1)
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], self.cursors.write(of, [last.at.isoformat(), last.delivery_id])

    def attempt(self, actor: Actor, endpoint_id: str, delivery_id: str) -> Attempt:
        """Give one attempt; raise NotFound."""
        self.desk.one(actor, endpoint_id)
        with self.desk.connection() as connection:
            found = attempts.one(connection, endpoint_id, delivery_id)
        if found is None:
            raise NotFound
        return found

    async def tested(self, actor: Actor, endpoint_id: str) -> Attempt:
        """Send a test and give what became of it; raise NotFound."""
        return await to_thread.run_sync(self.desk.test, actor, endpoint_id, limiter=self._tests)


def _out(endpoint: Endpoint, counts: Counts) -> EndpointOut:
    values: dict[str, Any] = {
        "id": endpoint.endpoint_id,
        "disabled_because": endpoint.reason,
        "former_secret_until": endpoint.former_until,
        "failing_logs": counts.failing,
        "waiting_events": counts.waiting,
        "failing_since": counts.failing_since,
        "next_try": counts.next_try,
    }
    same = ("url", "regions", "types", "readable_types", "description", "state", "created_at", "changed_at")
    return EndpointOut(**values, **{name: getattr(endpoint, name) for name in same})


def _delivery(attempt: Attempt) -> DeliveryOut:
    same = vars(attempt).keys() & DeliveryOut.model_fields.keys()
    return DeliveryOut(
        id=attempt.delivery_id,
        delivered=attempt.delivered,
        request_headers=dict(attempt.headers),
        **{name: getattr(attempt, name) for name in same},
    )
