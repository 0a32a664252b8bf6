"""How a request reaches the lists: read models brought up to the head first, within what the actor may know of."""

import base64
import binascii
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from services.review.read_models.assessments import Listed, Scope
from shared.auth import EVERYWHERE, Actor, Role
from shared.consumer import LocalModels
from shared.domain import region_of
from shared.http import BadCursor

_NAME = """
INSERT INTO person (person, name, roles, regions, units, home_region, seen_at)
VALUES (%s, %s, '{reviewer}', '{}', '{}', %s, %s) ON CONFLICT (person) DO NOTHING
"""


class ReadModels:
    """The read models of one service's database."""

    def __init__(self, engine: Engine, local: LocalModels) -> None:
        """Take the application's engine and the models over the service's own log."""
        self.engine = engine
        self.local = local

    @contextmanager
    def reading(self, regions: Collection[str] | None = None) -> Iterator[Connection]:
        """Bring the lists of these regions, or all, up to their heads and give a connection to read them."""
        self.local.catch_up(regions)
        with self.connection() as connection:
            yield connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection for what is not made of the own log."""
        with self.engine.connect() as connection:
            yield connection

    def name_person(self, person: str, name: str, home_region: str, at: datetime) -> None:
        """Keep a person's name where sign-in has left none."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(_NAME, (person, name, home_region, at))


def _lists(request: Request) -> ReadModels:
    return ReadModels(request.app.state.kernel.engine, request.app.state.service.models)


Lists = Annotated[ReadModels, Depends(_lists)]
"""The read models of the service."""


def scope_of(actor: Actor) -> Scope:
    """Give whose assessments the actor may know of; `disclose` says the same of a single one."""
    regional = actor.has(Role.COORDINATOR, Role.AUDITOR, Role.MACHINE)
    regions = set(actor.regions) if regional else set()
    if actor.has(Role.COORDINATOR, Role.AUDITOR):
        regions |= {region_of(unit) for unit in actor.units}
    return Scope(
        everywhere=actor.has(Role.LAN) or (regional and EVERYWHERE in actor.regions),
        regions=frozenset(regions),
        units=actor.units if actor.has(Role.UNIT_MEMBER) else frozenset(),
        person=actor.person,
    )


def cursor_of(last: Listed) -> str:
    """Give the cursor of the place after this row."""
    place = json.dumps([last.opened_at.isoformat(), last.assessment_id])
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Give the place that a cursor names; raise BadCursor for one that `cursor_of` does not make."""
    try:
        opened_at, ident = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        place = datetime.fromisoformat(opened_at), str(ident)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursor from None
    if place[0].tzinfo is None or not isinstance(ident, str):
        raise BadCursor
    return place
