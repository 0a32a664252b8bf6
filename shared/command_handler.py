"""Load, fold, decide, append: the only way in which a command becomes events."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from shared.domain import Command, Conflict, Decider, Event, Stale, region_of
from shared.envelope import Meta, Recorded
from shared.event_log import EpochChanged, EventLog, IdempotencyKey, Outcome, WrongExpectedVersion
from shared.telemetry import correlation_id, traceparent

C = TypeVar("C", bound=Command)
S = TypeVar("S")
E = TypeVar("E", bound=Event)

_RETRIES = 11
# Whoever lost a race takes turns with the others of this process, so that a crowd at one stream gets through: only
# processes race each other then. A few locks are shared by all streams; two that share one merely wait a moment.
_TURNS = tuple(threading.Lock() for _ in range(64))


class Busy(Conflict):
    """Too many people change this at the same moment. Try again."""


@dataclass(frozen=True)
class CommandHandler:
    """Carries out commands on the logs of one service.

    `announce` is told what was recorded, after the commit; it must return at once.
    """

    log: EventLog
    announce: Callable[[Sequence[Recorded]], None]

    def execute(
        self,
        decider: Decider[C, S, E],
        ident: str,
        command: C | Callable[[S, Mapping[str, Sequence[Any]]], C],
        *,
        key: IdempotencyKey | None = None,
        if_match: int | None = None,
        also: Sequence[str] = (),
        causation: str | None = None,
        correlation: str | None = None,
        connection: Connection | None = None,
    ) -> Outcome:
        """Carry out a command on the thing with this id: two round trips, none of them under a lock of ours.

        `command` is the command, or a function that makes it from the state and from the events of the streams
        named in `also` (same region; loaded in the same query), which is where permissions on the state and facts of
        other streams come in. `if_match` is the version that the actor saw. With `connection` the append takes part
        in that transaction, and the caller announces `outcome.recorded` after its commit.

        Raises the decider's rejections, Stale when `if_match` is not the version, KeyReused, and Busy when it lost
        the race against other writers twelve times over.
        """
        region, stream = region_of(ident), decider.stream(ident)

        def attempt() -> Outcome | None:
            """Give what came of it, None for a lost race."""
            loaded = self.log.load(region, [stream, *also], key=key, connection=connection)
            if loaded.earlier is not None:
                return loaded.earlier
            version = loaded.versions[stream]
            if if_match is not None and if_match != version:
                raise Stale
            state = decider.fold(loaded.streams[stream])  # type: ignore[arg-type]  # a stream holds its own types
            present = command if isinstance(command, Command) else command(state, loaded.streams)
            events = decider.decide(present, state)
            if not events:
                return Outcome(
                    region=region, stream=stream, version=version, first_position=1, last_position=0, replayed=False
                )
            meta = Meta(
                actor=present.actor,
                at=present.at,
                correlation=correlation or correlation_id(),
                causation=causation,
                traceparent=traceparent(),
            )
            try:
                return self.log.append(
                    region, stream, version, events, meta, epoch=loaded.epoch, key=key, connection=connection
                )
            except (WrongExpectedVersion, EpochChanged):
                return None

        outcome = attempt()
        for _ in range(_RETRIES):
            if outcome is not None:
                break
            # Nobody waits for a turn within a transaction: whoever has it might wait for what that one holds.
            with nullcontext() if connection is not None else _TURNS[hash(stream) % len(_TURNS)]:
                outcome = attempt()
        if outcome is None:
            raise Busy
        if connection is None and outcome.recorded:
            self.announce(outcome.recorded)
        return outcome

    def state(self, decider: Decider[C, S, E], ident: str) -> tuple[S, int]:
        """Give the present state of the thing with this id and its version, 0 where nothing was recorded."""
        states = self.states((decider, ident))
        return states[0]

    def states(self, *things: tuple[Decider[Any, Any, Any], str]) -> list[tuple[Any, int]]:
        """Give states and versions of several things of one region in one query, in the order asked."""
        streams = [decider.stream(ident) for decider, ident in things]
        loaded = self.log.load(region_of(things[0][1]), streams)
        return [
            (decider.fold(loaded.streams[stream]), loaded.versions[stream])
            for (decider, _), stream in zip(things, streams, strict=True)
        ]
