"""The access log: who looked behind a curtain or took data away, with the reason, as events of the region's own log.

Each record is a stream of its own (`access/36.74-…`), so that no two writers race and none has to read what others
wrote; that it stands in the region's log puts it under the same signed tree as everything else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Connection

from shared.command_handler import CommandHandler
from shared.domain import Command, Decider, Event, Invalid, Visibility, event
from shared.event_log import IdempotencyKey, Outcome

SHORTEST_REASON, LONGEST_REASON = 10, 500
_REFERENCE = re.compile(r"[A-Za-z0-9._:/*-]{1,200}")


class ReasonNeeded(Invalid):
    """Give the reason in {shortest} to {longest} characters."""


class ReferenceInvalid(Invalid):
    """Name what it is about by its id or address, without spaces."""


class AccessKind(StrEnum):
    """What somebody did: took data away, handed some out, or had to do with the erasure of a person's data."""

    EXPORT = "export"
    DISCLOSURE = "disclosure"
    ERASURE_PREVIEWED = "erasure-previewed"
    ERASURE_ORDERED = "erasure-ordered"
    REPORT_GIVEN = "report-given"


@event("access.recorded", visibility=Visibility.AUDIT)
class AccessRecorded(Event):
    """Somebody took data away or looked behind a curtain, and said why."""

    access_id: str
    kind: AccessKind
    what: str
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RecordAccess(Command):
    """Note an access; `what` names what it was about by an id or address, never by a person's name."""

    access_id: str
    kind: AccessKind
    what: str
    reason: str


def checked_reason(text: str, field: str = "reason") -> str:
    """Give a reason without the white space around it; raise ReasonNeeded where it is too short or too long."""
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(field=field, shortest=SHORTEST_REASON, longest=LONGEST_REASON)
    return reason


def decide(command: RecordAccess, state: bool) -> Sequence[AccessRecorded]:  # noqa: FBT001 - the state of a decider
    """Give the record; nothing where it stands already. Raises Invalid."""
    if state:
        return []
    if not _REFERENCE.fullmatch(command.what):
        raise ReferenceInvalid(field="what")
    return [
        AccessRecorded(
            access_id=command.access_id,
            kind=command.kind,
            what=command.what,
            reason=checked_reason(command.reason),
            by=command.actor,
        )
    ]


def evolve(_: bool, __: AccessRecorded) -> bool:  # noqa: FBT001 - the state of a decider
    """Give that it is recorded."""
    return True


ACCESS: Decider[RecordAccess, bool, AccessRecorded] = Decider(noun="access", initial=bool, decide=decide, evolve=evolve)


def record(
    commands: CommandHandler,
    region: str,
    kind: AccessKind,
    *,
    what: str,
    reason: str,
    by: str,
    at: datetime,
    key: IdempotencyKey | None = None,
    connection: Connection | None = None,
) -> Outcome:
    """Note an access in a region's log; see `CommandHandler.execute` for the key and the connection.

    Raises ReasonNeeded, ReferenceInvalid, and what the command handler raises.
    """
    ident = f"{region}-{uuid4().hex}"
    command = RecordAccess(actor=by, at=at, access_id=ident, kind=kind, what=what, reason=reason)
    return commands.execute(ACCESS, ident, command, key=key, connection=connection)
