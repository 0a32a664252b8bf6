"""Erasing a person's data: what asks for it, the event that says which payloads are gone, and how they are cleared.

Submission records `person.erased`, every service obeys: it deletes what it holds outside its log, and of its log the
payloads of those erasable types that the person wrote. An erasable type drives nothing: no decision and no read model
reads it, so that what stands before the erasure stands after it, live and rebuilt alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from shared.domain import Command, Decider, Event, Visibility, event
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
    """Say which payloads of a region's log are erased, and on which request (the id of the erasure in submission)."""

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
    said = do(ERASURE, ident, command)
    if said.last_position < said.first_position:
        return
    # The database clears what that event names, so that nothing is ever cleared without one.
    values = {"region": region, "position": said.last_position}
    cleared = do.connection.exec_driver_sql(_CLEAR, values).scalar_one()
    if not said.replayed and cleared != len(positions):
        raise AssertionError(f"{cleared} of {len(positions)} payloads of {region} were cleared")


def forget_person(connection: Connection, person: str) -> None:
    """Delete a person's name and contact in this service."""
    connection.exec_driver_sql(_FORGET_PERSON, (person,))
