"""The erasure of a person's data, as it is ordered once; what each service does about it is the service's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.submission.domain.events import PersonErased
from services.submission.domain.rejections import ErasureOrdered, GroundsNeeded, PersonUnknown
from shared.domain import Command, Decider

SHORTEST_GROUNDS, LONGEST_GROUNDS = 10, 500


@dataclass(frozen=True, kw_only=True)
class OrderErasure(Command):
    """Order that a person's data be erased in all services; `grounds` name nobody.

    `held` says how much of each kind of data the services that answered then held, for the report.
    """

    erasure_id: str
    person: str
    grounds: str
    held: Mapping[str, int]


def decide(command: OrderErasure, state: PersonErased | None) -> Sequence[PersonErased]:
    """Give the order; raise PersonUnknown, GroundsNeeded, or ErasureOrdered where this one was given already."""
    if state is not None:
        raise ErasureOrdered
    if not _is_uuid(command.person):
        raise PersonUnknown(field="person")
    grounds = command.grounds.strip()
    if not SHORTEST_GROUNDS <= len(grounds) <= LONGEST_GROUNDS:
        raise GroundsNeeded(field="grounds", shortest=SHORTEST_GROUNDS, longest=LONGEST_GROUNDS)
    return [
        PersonErased(erasure_id=command.erasure_id, person=command.person, grounds=grounds, held=dict(command.held))
    ]


def evolve(_: PersonErased | None, event: PersonErased) -> PersonErased:
    """Give the order."""
    return event


def _nothing() -> PersonErased | None:
    return None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


PERSON_ERASURE: Decider[OrderErasure, PersonErased | None, PersonErased] = Decider(
    noun="erasure", initial=_nothing, decide=decide, evolve=evolve
)
