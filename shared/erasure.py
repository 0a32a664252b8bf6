"""Erasing a person's data: what asks for it, the event that says which payloads are gone, and how they are cleared.

Submission records `person.erased`, every service obeys: it deletes what it holds outside its log, and of its log the
payloads of those erasable types that the person wrote. An erasable type drives nothing: no decision reads it, and a
read model that shows it lets go of it with `payloads.erased`, so that nothing else changes, live and rebuilt alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from shared.domain import Command, Decider, Event, Visibility, event, region_of
from shared.event_log import Outcome
from shared.incoming import Incoming, reads
from shared.reaction import Do

SYSTEM = "erasure"

_CLEAR = "SELECT erase_payloads(%(region)s, %(position)s)"
_FORGET_PERSON = "DELETE FROM person WHERE person = %s::uuid"


@reads("person.erased", versions=(1,))
class PersonErased(Incoming):
    """A person's data are to be erased, wherever they are; see submission, which records it."""

    erasure_id: str
    person: str


@event("payloads.erased", visibility=Visibility.PUBLIC)
class PayloadsErased(Event):
    """The contents of earlier events of this log were erased on request; the events stand, and so do their proofs."""

    erasure_id: str
    request: str
    positions: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class DeclareErased(Command):
    """Say which payloads of a region's log are erased, and on which request.

    That is the id of the erasure in submission, or of the erasure itself where it concerns no person that is known.
    """

    erasure_id: str
    request: str
    positions: tuple[int, ...]


def decide(command: DeclareErased, state: bool) -> Sequence[PayloadsErased]:  # noqa: FBT001 - the state of a decider
    """Give the event; nothing where this request was carried out in this log already."""
    if state:
        return []
    return [
        PayloadsErased(
            erasure_id=command.erasure_id, request=command.request, positions=tuple(sorted(command.positions))
        )
    ]


def evolve(_: bool, __: PayloadsErased) -> bool:  # noqa: FBT001 - the state of a decider
    """Give that it was said."""
    return True


ERASURE: Decider[DeclareErased, bool, PayloadsErased] = Decider(
    noun="erasure", initial=bool, decide=decide, evolve=evolve
)


Execute = Callable[[Decider[DeclareErased, bool, PayloadsErased], str, DeclareErased], Outcome]
"""Carries a command out in the transaction in which the payloads are cleared."""


def erase(do: Do, request: str, region: str, positions: Sequence[int]) -> None:
    """Clear these payloads of a region's log, in the reaction's transaction, and record the event that says so.

    Takes the id of the erasure in submission, and positions of events of erasable types. Nobody is named: who asked
    for it would be who wrote under a sealed pseudonym.
    """
    if not positions:
        return
    ident = f"{region}-{request.partition('-')[2]}"
    command = DeclareErased(
        actor=SYSTEM, at=datetime.now(UTC), erasure_id=ident, request=request, positions=tuple(positions)
    )
    clear(do, do.connection, command)


def clear(execute: Execute, connection: Connection, command: DeclareErased) -> Outcome:
    """Record the event that says what is erased, and clear it, within one transaction of the caller's.

    Takes what carries commands out in the transaction of this connection. Positions are of erasable types and at
    least one; the region's head is locked by whoever looked for them, or nobody else may clear the same.
    """
    region = region_of(command.erasure_id)
    said = execute(ERASURE, command.erasure_id, command)
    if said.last_position < said.first_position:
        return said
    # The database clears what that event names, so that nothing is ever cleared without one.
    values = {"region": region, "position": said.last_position}
    cleared = connection.exec_driver_sql(_CLEAR, values).scalar_one()
    if not said.replayed and cleared != len(command.positions):
        raise AssertionError(f"{cleared} of {len(command.positions)} payloads of {region} were cleared")
    return said


def forget_person(connection: Connection, person: str) -> None:
    """Delete a person's name and contact in this service."""
    connection.exec_driver_sql(_FORGET_PERSON, (person,))
