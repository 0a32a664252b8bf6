"""Two producers' logs in memory with a live copy of them in the showcase's database, and its readers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.showcase.feeds.copied import NAME, Copy
from services.submission.domain.events import UnitRegistered
from services.submission.domain.vocabulary import UnitKind
from shared.auth import Actor, Identity, Role
from shared.consumer import Consumer
from shared.service import Service
from tests.services.showcase.logs import Logs
from tests.support import session_of

STARTED = datetime(2026, 3, 1, tzinfo=UTC)


class Copied:
    """The logs of two producers, and the showcase that copies them."""

    def __init__(self, made: Service) -> None:
        """Take the service; what an earlier test copied is forgotten."""
        self.engine = made.kernel.engine
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM copied_event; DELETE FROM checkpoint")
        self.submission, self.review = Logs("submission"), Logs("review")

    def copy(self) -> None:
        """Copy what was recorded."""
        for source in (self.submission, self.review):
            consumer = Consumer(NAME, source, Copy(), self.engine)
            for region in source.events:
                consumer.catch_up(region)

    def units(self, region: str, numbers: Iterable[int], *, minute: int = 0) -> None:
        """Record the registration of some units, a minute apart, and copy it."""
        for number in numbers:
            unit = UnitRegistered(
                unit_id=f"{region}-u{number}", name=f"Dinas {number}", short_name="D", kind=UnitKind.OPD, aliases=()
            )
            at = STARTED + timedelta(minutes=minute + number)
            self.submission.record(region, f"unit/{unit.unit_id}", unit, at=at)
        self.copy()


def headers_of(
    app: FastAPI, *roles: Role, regions: Iterable[str] = (), types: Iterable[str] | None = None
) -> dict[str, str]:
    """Give the headers of somebody who is signed in with these rights; nobody's without a role."""
    if not roles:
        return {}
    identity: Identity = app.state.identity
    narrowed = None if types is None else frozenset(types)
    actor = Actor(person="somebody", roles=frozenset(roles), regions=frozenset(regions), event_types=narrowed)
    return {"Cookie": "=".join(session_of(identity.sessions, actor))}


def signed_in(
    app: FastAPI, *roles: Role, regions: Iterable[str] = (), types: Iterable[str] | None = None
) -> TestClient:
    """Give a client of somebody with these rights."""
    return TestClient(app, headers=headers_of(app, *roles, regions=regions, types=types))
