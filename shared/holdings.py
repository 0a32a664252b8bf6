"""What a service holds of a person: what an erasure takes, what stays and why; asked by LAN and by other services.

    GET /people?q=                                  people by name, e-mail or id
    GET /people/{person}/holdings?erasure=00-…      what is held; with an erasure, what became of it here

Counts only: at which places of which panels somebody sat is asked for one by one, by an auditor with a reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy import Connection, Engine

from shared.auth import Custody
from shared.domain import NATIONAL, NotFound
from shared.erasure import PayloadsErased
from shared.http import JsonRoute
from shared.web.messages import N_

SHOWN = 20


class Kind(NamedTuple):
    """A kind of data: what it is called, whether an erasure takes it, why it stays or how it goes, and who reads it."""

    label: str
    goes: bool
    why: str
    readers: str


_OPAQUE = N_("It names the person only by an opaque id, which leads to nobody once name and contact are deleted.")
_GROUNDS = N_(
    "It is part of the reasons for a public decision: kept in the public interest of state administration "
    "(Law 27/2022, article 15), under a pseudonym of the panel."
)

KINDS = {
    "contact": Kind(
        N_("Name, e-mail address, roles and units"),
        True,
        N_("Deleted from the service's table of people."),
        N_("LAN and the coordinators whom the person works with"),
    ),
    "drafts": Kind(N_("Drafts of scorecards and private notes"), True, N_("Deleted."), N_("Nobody but the person")),
    "letters": Kind(
        N_("Letters and reminders to the person"),
        True,
        N_("Deleted from the outbox, sent ones too."),
        N_("The chairs of the region, members of the unit addressed"),
    ),
    "remarks": Kind(
        N_("Remarks in the moderation of a panel"),
        True,
        N_("Text and salt are cleared; the event stays in its place, and every proof still holds."),
        N_("The panel and its chair; after the determination also the unit and auditors, without the name"),
    ),
    "answers": Kind(
        N_("Answers to citizens"),
        True,
        N_("Text and salt are cleared; the event stays in its place, and every proof still holds."),
        N_("Everybody, without a name"),
    ),
    "actions": Kind(
        N_("Requests that were carried out, under the opaque id"),
        False,
        _OPAQUE,
        N_("Everybody who may read the log, without a name"),
    ),
    "pool": Kind(
        N_("Entry in the pool of reviewers: region, unit, expertise"),
        False,
        _OPAQUE,
        N_("LAN and coordinators"),
    ),
    "places": Kind(N_("Places on panels"), False, _OPAQUE, N_("Whoever assigned the place")),
    "declarations": Kind(
        N_("Declarations of a conflict of interest"), False, _GROUNDS, N_("Whoever assigned the place")
    ),
    "scorecards": Kind(
        N_("Scorecards with their comments"),
        False,
        _GROUNDS,
        N_("The panel and its chair; after the determination also the unit and auditors, without the name"),
    ),
}


class HoldingOut(BaseModel):
    """How much of a kind of data is held, and whether an erasure takes it."""

    kind: str
    count: int
    goes: bool


class ErasedOut(BaseModel):
    """An event that says that payloads were erased: where it stands and how many."""

    region: str
    position: int
    at: datetime
    payloads: int


class LookedOut(BaseModel):
    """That an auditor asked who sat at one of the person's places, and why."""

    region: str
    at: datetime
    reason: str


class HoldingsOut(BaseModel):
    """What a service holds of a person; with an erasure, the events that say what it took here.

    `followed` is the position of submission's national log up to which the service has obeyed; null where it keeps
    that log itself.
    """

    service: str
    holdings: list[HoldingOut]
    erased: list[ErasedOut] = []
    looked: list[LookedOut] = []
    followed: int | None = None


class PersonOut(BaseModel):
    """Somebody whom a service knows by name."""

    person: str
    name: str
    email: str | None
    roles: list[str]
    regions: list[str]
    units: list[str]
    seen_at: datetime


class PeopleOut(BaseModel):
    """People that were found."""

    items: list[PersonOut]


Count = Callable[[Connection, str], Mapping[str, int]]
"""Gives how much is held of a person by kind, in one query."""

Looked = Callable[[Connection, str], Sequence[LookedOut]]
"""Gives when it was asked at which of a person's places they sat."""

_CONTACT = "SELECT count(*) FROM person WHERE person = %s::uuid"

_FIND = """
SELECT person::text, name, email, roles, regions, units, seen_at FROM person
WHERE person::text = %(exact)s OR lower(email) = lower(%(exact)s) OR name ILIKE %(like)s
ORDER BY name, person LIMIT %(limit)s
"""

# A command's key begins with whoever sent it; it names the events that came of it, sealed ones too.
_ACTIONS = """
SELECT coalesce(sum(i.n), 0) FROM log_head h CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM idempotency i WHERE i.region = h.region AND i.key ^@ %s) AS i
"""

_ERASED = f"""
SELECT region, position, recorded_at, payload FROM event
WHERE type = '{PayloadsErased.wire_name}' AND convert_from(payload, 'UTF8')::jsonb ->> 'request' = %s
ORDER BY region, position
"""

_FOLLOWED = "SELECT position FROM checkpoint WHERE consumer = %s AND source = 'submission' AND region = %s"


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What one service holds of people.

    `follows` is the consumer that obeys submission, None for submission itself; `counts` and `looked` say what there
    is besides names; `keeps_a_log` whether the service has one.
    """

    service: str
    engine: Engine
    follows: str | None
    keeps_a_log: bool
    counts: Sequence[Count] = ()
    looked: Looked | None = None

    def of(self, person: str, erasure: str | None = None) -> HoldingsOut:
        """Give what is held of a person, and what an erasure took here: a handful of queries, whatever there is."""
        with self.engine.connect() as opened:
            connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            found: dict[str, int] = {"contact": connection.exec_driver_sql(_CONTACT, (person,)).scalar_one()}
            for count in self.counts:
                found |= count(connection, person)
            if self.keeps_a_log:
                found["actions"] = int(connection.exec_driver_sql(_ACTIONS, (f"{person}:",)).scalar_one())
            erased = connection.exec_driver_sql(_ERASED, (erasure,)).all() if erasure and self.keeps_a_log else ()
            followed = None
            if self.follows is not None:
                followed = connection.exec_driver_sql(_FOLLOWED, (self.follows, NATIONAL)).scalar() or 0
            looked = list(self.looked(connection, person)) if self.looked else []
        return HoldingsOut(
            service=self.service,
            holdings=[
                HoldingOut(kind=kind, count=found[kind], goes=KINDS[kind].goes) for kind in KINDS if kind in found
            ],
            erased=[
                ErasedOut(region=row[0], position=row[1], at=row[2], payloads=len(from_json(row[3])["positions"]))
                for row in erased
            ],
            looked=looked,
            followed=followed,
        )

    def find(self, text: str) -> list[PersonOut]:
        """Give people by a part of their name, their whole e-mail address or id; at most twenty: one query."""
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values = {"exact": text, "like": f"%{escaped}%", "limit": SHOWN}
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(_FIND, values).mappings()
            return [PersonOut(**{str(name): row[name] for name in row}) for row in rows]


def person_in(text: str) -> str:
    """Give a person's id as it is written; raise NotFound for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None


def router(holdings: Holdings) -> APIRouter:
    """Give the routes of what a service holds of people."""
    routes = APIRouter(prefix="/people", route_class=JsonRoute, tags=["people"])

    @routes.get("", response_model=PeopleOut)
    def find(actor: Custody, q: Annotated[str, Query(min_length=2, max_length=200)]) -> Any:
        """Find people that this service knows by name."""
        return PeopleOut(items=holdings.find(q.strip()))

    @routes.get("/{person}/holdings", response_model=HoldingsOut)
    def of(actor: Custody, person: str, erasure: Annotated[str | None, Query(max_length=60)] = None) -> Any:
        """Give what this service holds of a person, in numbers."""
        return holdings.of(person_in(person), erasure)

    return routes
