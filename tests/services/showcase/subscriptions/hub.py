"""Endpoints on a real database, with logs to copy from, a clock that is moved by hand, and receivers in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine

from services.showcase.feeds.copied import NAME, Copy
from services.showcase.subscriptions.addresses import Allowed
from services.showcase.subscriptions.delivering import Deliverer
from services.showcase.subscriptions.desk import Asked, Desk, Start
from services.showcase.subscriptions.endpoints import Endpoint
from services.showcase.subscriptions.progress import Outcome
from services.showcase.subscriptions.sending import Answer
from services.showcase.subscriptions.store import Store
from shared.auth import Actor, Role
from shared.consumer import Consumer
from shared.event_log import IdempotencyKey
from tests.services.showcase.logs import Logs, unit

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
OK = Outcome(status=204)


def coordinator(*regions: str) -> Actor:
    return Actor(person=str(uuid4()), roles=frozenset({Role.COORDINATOR}), regions=frozenset(regions))


def machine(*regions: str, types: frozenset[str] | None = None) -> Actor:
    return Actor(person=str(uuid4()), roles=frozenset({Role.MACHINE}), regions=frozenset(regions), event_types=types)


def key(name: str | None = None, of: bytes = b"body") -> IdempotencyKey:
    return IdempotencyKey(key=name or str(uuid4()), request_hash=of.ljust(32, b"\0"))


@dataclass
class Hub:
    """What a test of webhooks works with: all in one."""

    engine: Engine
    now: datetime = START
    submission: Logs = field(default_factory=lambda: Logs("submission"))
    told: list[str] = field(default_factory=list)
    got: list[tuple[str, dict[str, Any], Mapping[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, Callable[[], Outcome]] = field(default_factory=dict)
    milliseconds: int = 3

    def __post_init__(self) -> None:
        self.store = Store(self.engine, "https://labinov.example/desk/webhooks")
        self.deliverer = Deliverer(self.store, self.post, self.clock)
        self.desk = Desk(
            self.engine,
            Allowed(),
            self.post,
            self.told.extend,
            clock=self.clock,
            resolve=lambda host, port, seconds: [ip_address("93.184.215.14")],
        )

    def clock(self) -> datetime:
        return self.now

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.got.append((url, json.loads(body), headers, body))
        answer = self.answers.get(url, lambda: OK)()
        return Answer(outcome=answer, milliseconds=self.milliseconds, text=f"answer of {url}")

    def record(self, region: str, count: int = 1) -> None:
        """Record the registrations of so many units, and copy them."""
        for _ in range(count):
            code = f"u{uuid4().hex[:8]}"
            self.submission.record(region, f"unit/{region}-{code}", unit(region, code, f"Unit {code}"))
        Consumer(NAME, self.submission, Copy(), self.engine).catch_up(region)

    def endpoint(self, actor: Actor, *regions: str, start: Start = "beginning", **asked: Any) -> Endpoint:
        url = asked.pop("url", f"https://{uuid4().hex}.example/hook")
        return self.desk.create(actor, Asked(url=url, regions=regions, **asked), start, key())

    def run(self, endpoint: Endpoint) -> int:
        """Take turns until there is nothing to do any more; give how many there were."""
        turns = 0
        while self.deliverer.turn(endpoint.endpoint_id):
            turns += 1
        return turns

    def positions(self, endpoint: Endpoint, source: str = "submission") -> list[int]:
        """Give the positions of a log that reached an endpoint, in the order of their arrival."""
        events = [event for url, event, *_ in self.got if url == endpoint.url and event["type"] != "labinov.test"]
        return [int(each["sequence"]) for each in events if each["source"].startswith(f"/{source}/")]

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)
