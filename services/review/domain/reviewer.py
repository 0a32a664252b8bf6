"""A reviewer: an entry of the national pool. Who it is stands in the person table; here is only an opaque id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from services.review.domain.events import DEFAULT_CAPACITY, ReviewerEvent, ReviewerRegistered
from shared.domain import (
    NATIONAL,
    Command,
    Decider,
    Invalid,
    NotFound,
    is_region,
    region_of,
)

MAX_EXPERTISE = 20
MAX_CAPACITY = 500
_SECTOR = re.compile(r"[a-z]+(-[a-z]+)*")


class PersonInvalid(Invalid):
    """A person is named by the opaque id that sign-in gives."""


class HomeRegionInvalid(Invalid):
    """The home region is the code of a region, or 00 for national."""


class UnitInvalid(Invalid):
    """The unit's id begins with the code of its region."""


class ExpertiseInvalid(Invalid):
    """Name at most {maximum} different sectors, in small letters."""


class TypesInvalid(Invalid):
    """Name at most {maximum} different types of innovation, in small letters."""


class CapacityInvalid(Invalid):
    """Give a number of panels from 1 to {maximum}."""


@dataclass(frozen=True, kw_only=True)
class RegisterReviewer(Command):
    """Admit a person to the pool, or renew the entry; inactive ones are not assigned any more.

    `expertise` are sectors, `types` types of innovation; `capacity` is how many panels at work they sit on at most.
    """

    person: str
    home_region: str
    unit_id: str | None
    expertise: tuple[str, ...]
    active: bool
    types: tuple[str, ...] = ()
    capacity: int = DEFAULT_CAPACITY


@dataclass(frozen=True)
class Reviewer:
    """The entry as it now is; None before the first registration."""

    entry: ReviewerRegistered | None = None


def reviewer_id(person: str) -> str:
    """Give the id of a person's entry in the pool."""
    return f"{NATIONAL}-{person}"


def decide(command: RegisterReviewer, state: Reviewer) -> Sequence[ReviewerEvent]:
    """Give the entry; raise Invalid for what cannot be."""
    match command:
        case RegisterReviewer():
            if not _is_uuid(command.person):
                raise PersonInvalid(field="person")
            if not is_region(command.home_region):
                raise HomeRegionInvalid(field="home_region")
            if command.unit_id is not None and not _is_unit(command.unit_id):
                raise UnitInvalid(field="unit_id")
            if not _are_words(command.expertise):
                raise ExpertiseInvalid(field="expertise", maximum=MAX_EXPERTISE)
            if not _are_words(command.types):
                raise TypesInvalid(field="types", maximum=MAX_EXPERTISE)
            if not 1 <= command.capacity <= MAX_CAPACITY:
                raise CapacityInvalid(field="capacity", maximum=MAX_CAPACITY)
            return [
                ReviewerRegistered(
                    reviewer_id=reviewer_id(command.person),
                    person=command.person,
                    home_region=command.home_region,
                    unit_id=command.unit_id,
                    expertise=command.expertise,
                    types=command.types,
                    capacity=command.capacity,
                    active=command.active,
                )
            ]
        case _:
            assert_never(command)


def evolve(state: Reviewer, event: ReviewerEvent) -> Reviewer:
    """Give the entry as the event says it."""
    return Reviewer(event)


def _are_words(words: tuple[str, ...]) -> bool:
    distinct = set(words)
    few = len(distinct) == len(words) <= MAX_EXPERTISE
    return few and all(_SECTOR.fullmatch(each) and len(each) <= 40 for each in distinct)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_unit(ident: str) -> bool:
    try:
        region_of(ident)
    except NotFound:
        return False
    return len(ident) <= 80


REVIEWER: Decider[RegisterReviewer, Reviewer, ReviewerEvent] = Decider(
    noun="reviewer", initial=Reviewer, decide=decide, evolve=evolve
)
