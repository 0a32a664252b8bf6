"""Reactions: what a service does by itself when something happened elsewhere, as commands to its own log.

    reactions = Reaction("submission.reactions")

    @reactions.on(AssessmentConcluded)
    def concluded(event: AssessmentConcluded, at: Received, do: Do) -> None:
        do(innovation, event.innovation_id, Advance(actor=SYSTEM, at=at.recorded_at, …))

The commands are carried out in the transaction that moves the checkpoint, keyed by the causing event's id, so that a
repetition changes nothing. A reaction that has become pointless does nothing; a rejection that it lets through counts
as a failure of the event, which is parked after some tries.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from shared.command_handler import CommandHandler
from shared.domain import Command, Decider
from shared.envelope import Recorded
from shared.event_log import IdempotencyKey, Outcome
from shared.incoming import Handlers, Readable, Received

T = TypeVar("T", bound=Readable)
Handler = Callable[[Any, Received, "Do"], None]


@dataclass
class Do:
    """Carries out commands on behalf of one event."""

    reaction: str
    commands: CommandHandler
    connection: Connection
    cause: Received
    recorded: list[Recorded] = field(default_factory=list)
    _done: int = 0

    def __call__(
        self,
        decider: Decider[Any, Any, Any],
        ident: str,
        command: Command | Callable[[Any, Mapping[str, Sequence[Any]]], Command],
        *,
        also: Sequence[str] = (),
    ) -> Outcome:
        """Carry out a command on the thing with this id; see `CommandHandler.execute`. Raises what that raises."""
        self._done += 1
        key = f"{self.reaction}/{self.cause.event_id}/{self._done}"
        outcome = self.commands.execute(
            decider,
            ident,
            command,
            key=IdempotencyKey(key=key, request_hash=hashlib.sha256(key.encode()).digest()),
            also=also,
            causation=self.cause.event_id,
            correlation=self.cause.correlation,
            connection=self.connection,
        )
        self.recorded.extend(outcome.recorded)
        return outcome


class Reaction:
    """The reactions of one service under one name, which is that of their consumer."""

    # Few in one transaction: each locks the head that it appends to, and others wait for it.
    batch = 20
    durable = True

    def __init__(self, name: str) -> None:
        """Take the name, which is part of the keys of what is recorded: it never changes."""
        self.name = name
        self.handlers: Handlers[Handler] = Handlers()

    def on(self, cls: type[T]) -> Callable[[Callable[[T, Received, Do], None]], Handler]:
        """Register the handler of an event type."""

        def register(handler: Callable[[T, Received, Do], None]) -> Handler:
            self.handlers.add(cls, handler)
            return handler

        return register

    def through(self, commands: CommandHandler) -> "Reacting":
        """Give the reactions as a consumer can run them."""
        return Reacting(self, commands)


class Reacting:
    """Reactions with the command handler that they work through."""

    def __init__(self, reaction: Reaction, commands: CommandHandler) -> None:
        """Take the reactions and the command handler."""
        self.name = reaction.name
        self.handlers = reaction.handlers
        self.batch = reaction.batch
        self.durable = reaction.durable
        self._commands = commands

    def apply(self, connection: Connection, events: Sequence[Received]) -> Callable[[], None] | None:
        """React to events in order, each in a savepoint; give what announces the outcome after the commit.

        Raises what the handlers raise.
        """
        recorded: list[Recorded] = []
        for event in events:
            found = self.handlers.of(event)
            if found is None:
                continue
            handler, read = found
            with connection.begin_nested():
                do = Do(self.name, self._commands, connection, event)
                handler(read, event, do)
            recorded.extend(do.recorded)
        return (lambda: self._commands.announce(recorded)) if recorded else None
