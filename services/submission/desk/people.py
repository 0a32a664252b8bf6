"""People: finding them, what all services hold of somebody, ordering the erasure, and the report about it.

A service that does not answer now is named as such; the order is recorded here and reaches it when it is back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from services.submission.desk.words import answers_of, erase_answers
from services.submission.domain.events import PersonErased
from services.submission.domain.person import PERSON_ERASURE, OrderErasure
from shared.access import AccessKind, checked_reason, record
from shared.access_log import Access, AccessLog
from shared.auth import Actor
from shared.domain import NATIONAL, NotFound
from shared.erasure import forget_person
from shared.event_log import IdempotencyKey, Outcome
from shared.holdings import KINDS, Holdings, HoldingsOut, PeopleOut, PersonOut
from shared.http import Body
from shared.kernel import Kernel
from shared.tokens import IssuerUnreachable, Unauthenticated

PAGE = 50
_NAMESPACE = UUID("0b7b1f0e-4f7e-5c39-9b57-51f6b7d4a3c2")

_ORDERED = f"""
SELECT position, recorded_at, payload, convert_from(leaf, 'UTF8')::jsonb ->> 'actor' FROM event
WHERE region = '{NATIONAL}' AND type = '{PersonErased.wire_name}'
  AND (%(before)s::bigint IS NULL OR position < %(before)s)
  AND (%(stream)s::text IS NULL OR stream = %(stream)s)
ORDER BY recorded_at DESC, position DESC LIMIT %(limit)s
"""

M = TypeVar("M", bound=BaseModel)


class Reason(Body):
    """Why somebody's data are looked up."""

    reason: str


class Order(Body):
    """The erasure to order: the id that looking up gave, and its grounds."""

    erasure_id: str
    grounds: str


class Answer(BaseModel):
    """What a service holds; `holdings` is null where it does not answer now."""

    service: str
    holdings: HoldingsOut | None


class Preview(BaseModel):
    """What all services hold of a person, and the id under which its erasure can be ordered."""

    erasure_id: str
    person: str
    services: list[Answer]


class Ordered(BaseModel):
    """An erasure that was ordered: of whom (opaque id), by whom, when, why, and the event that says so.

    `held` is how much of each kind of data there was then, in the services that answered.
    """

    erasure_id: str
    person: str
    grounds: str
    held: dict[str, int]
    by: str
    at: datetime
    position: int


class Noted(BaseModel):
    """An access in connection with an erasure."""

    kind: str
    at: datetime
    by: str
    reason: str
    position: int


class Report(BaseModel):
    """What became of an erasure: what each service did and still holds, and who looked at what, to be handed over."""

    ordered: Ordered
    services: list[Answer]
    accesses: list[Noted]


@dataclass(frozen=True)
class People:
    """What can be asked about people; `own` is what submission itself holds."""

    kernel: Kernel
    own: Holdings

    @classmethod
    def of(cls, kernel: Kernel) -> "People":
        """Give it for this service."""
        return cls(kernel, holdings(kernel.engine))

    def find(self, text: str) -> list[PersonOut]:
        """Give people whom any service knows by name, each once, as submission or else another knows them."""
        found = {each.person: each for each in self.own.find(text)}
        for answer in self._ask("/people", {"q": text}, PeopleOut).values():
            for each in answer.items if answer else ():
                found.setdefault(each.person, each)
        return sorted(found.values(), key=lambda each: (each.name, each.person))

    def one(self, person: str) -> PersonOut | None:
        """Give a person as some service knows them, None where none does any more."""
        return next((each for each in self.find(person) if each.person == person), None)

    def held(self, person: str, erasure: str | None = None) -> list[Answer]:
        """Give what each service holds of a person, submission first."""
        params = {"erasure": erasure} if erasure else {}
        answers = self._ask(f"/people/{person}/holdings", params, HoldingsOut)
        return [
            Answer(service=self.own.service, holdings=self.own.of(person, erasure)),
            *(Answer(service=name, holdings=answer) for name, answer in answers.items()),
        ]

    def preview(self, actor: Actor, person: str, reason: str, *, at: datetime, key: IdempotencyKey) -> Preview:
        """Give what an erasure would take and leave; that it was looked at is noted first. Raises ReasonNeeded."""
        # The access is noted about this id, not about the person: who wrote what is erased would follow from it.
        erasure_id = f"{NATIONAL}-{uuid5(_NAMESPACE, key.key).hex}"
        record(
            self.kernel.commands,
            NATIONAL,
            AccessKind.ERASURE_PREVIEWED,
            what=erasure_id,
            reason=reason,
            by=actor.person,
            at=at,
            key=key,
        )
        return Preview(erasure_id=erasure_id, person=person, services=self.held(person))

    def order(self, actor: Actor, person: str, order: Order, *, at: datetime, key: IdempotencyKey) -> Outcome:
        """Order an erasure, and obey here at once. Raises what is wrong with it, and ErasureOrdered."""
        commands = self.kernel.commands
        _require_erasure_id(order.erasure_id)
        answers = self.held(person)
        command = OrderErasure(
            actor=actor.person,
            at=at,
            erasure_id=order.erasure_id,
            person=person,
            grounds=order.grounds,
            held={kind: number for kind in KINDS if (number := total(answers, kind))},
        )
        with self.kernel.engine.begin() as connection:
            outcome = commands.execute(PERSON_ERASURE, order.erasure_id, command, key=key, connection=connection)
            recorded = list(outcome.recorded)
            if not outcome.replayed:
                noted = record(
                    commands,
                    NATIONAL,
                    AccessKind.ERASURE_ORDERED,
                    what=order.erasure_id,
                    reason=checked_reason(order.grounds, "grounds"),
                    by=actor.person,
                    at=at,
                    connection=connection,
                )
                recorded += noted.recorded
                forget_person(connection, person)
                recorded += erase_answers(commands, connection, person, request=order.erasure_id, at=at)
        commands.announce(recorded)
        return outcome

    def ordered(self, before: int | None = None) -> list[Ordered]:
        """Give the erasures that were ordered, the newest first, before a position of the national log."""
        return self._ordered({"before": before, "stream": None, "limit": PAGE})

    def report(self, erasure_id: str) -> Report:
        """Give what became of an erasure; raise NotFound."""
        _require_erasure_id(erasure_id)
        found = self._ordered({"before": None, "stream": PERSON_ERASURE.stream(erasure_id), "limit": 1})
        if not found:
            raise NotFound
        accesses = AccessLog(self.kernel.engine, {}).read([NATIONAL], what=erasure_id)
        return Report(
            ordered=found[0],
            services=self.held(found[0].person, erasure_id),
            accesses=[_noted(each) for each in reversed(accesses)],
        )

    def _ordered(self, values: dict[str, Any]) -> list[Ordered]:
        decode = self.kernel.log.catalogue.decode
        with self.kernel.engine.connect() as connection:
            rows = connection.exec_driver_sql(_ORDERED, values).all()
        found = []
        for position, at, payload, by in rows:
            event = decode(PersonErased.wire_name, 1, payload)
            assert isinstance(event, PersonErased)
            found.append(
                Ordered(
                    erasure_id=event.erasure_id,
                    person=event.person,
                    grounds=event.grounds,
                    held=event.held,
                    by=by,
                    at=at,
                    position=position,
                )
            )
        return found

    def _ask(self, path: str, params: dict[str, str], shape: type[M]) -> dict[str, M | None]:
        return {name: _answer(client, path, params, shape) for name, client in self.kernel.peers.items()}


def holdings(engine: Engine) -> Holdings:
    """Give what submission holds of people: names and contacts, answers that they wrote, and what they asked for."""
    return Holdings(service="submission", engine=engine, follows=None, keeps_a_log=True, counts=(answers_of,))


def followed(report: Report) -> Callable[[Answer], bool]:
    """Give what tells whether a service has obeyed an erasure; submission does in the same transaction."""
    position = report.ordered.position
    return lambda each: (
        each.holdings is not None and (each.holdings.followed is None or each.holdings.followed >= position)
    )


def total(answers: Sequence[Answer], kind: str) -> int:
    """Give how much of a kind of data all services together hold."""
    held = [holding for each in answers if each.holdings for holding in each.holdings.holdings]
    return sum(each.count for each in held if each.kind == kind)


def _require_erasure_id(text: str) -> None:
    region, _, rest = text.partition("-")
    if region != NATIONAL or len(rest) != 32 or not all(each in "0123456789abcdef" for each in rest):
        raise NotFound


def _noted(access: Access) -> Noted:
    return Noted(kind=access.kind, at=access.at, by=access.by, reason=access.reason, position=access.position)


def _answer(client: httpx.Client, path: str, params: dict[str, str], shape: type[M]) -> M | None:
    try:
        response = client.get(path, params=params)
        return shape.model_validate_json(response.content) if response.status_code == 200 else None
    except (httpx.HTTPError, IssuerUnreachable, Unauthenticated, ValidationError):
        return None
