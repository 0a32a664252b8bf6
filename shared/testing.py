"""given / when / then: what a decider does, said in the words of its domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.domain import Command, Decider, Event, Rejection, Several

C = TypeVar("C", bound=Command)
S = TypeVar("S")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class When(Generic[C, S, E]):
    """A command given to a state; ask what it led to with `then` or `then_rejected`."""

    decider: Decider[C, S, E]
    state: S
    command: C

    def then(self, *expected: E) -> None:
        """Hold that the command leads to exactly these events, none for no change."""
        assert tuple(self.decider.decide(self.command, self.state)) == expected

    def then_rejected(self, *expected: type[Rejection] | tuple[type[Rejection], str | None]) -> None:
        """Hold that the command is refused for exactly these reasons: a class, or a class and the field it names."""
        try:
            events = self.decider.decide(self.command, self.state)
        except Several as several:
            raised: Sequence[Rejection] = several.rejections
        except Rejection as rejection:
            raised = (rejection,)
        else:
            raise AssertionError(f"not refused, but: {events}")
        found = [
            (type(each), each.field) if isinstance(wanted, tuple) else type(each)
            for each, wanted in zip(raised, expected, strict=False)
        ]
        assert (found, len(raised)) == (list(expected), len(expected)), [(type(each), each.field) for each in raised]


@dataclass(frozen=True)
class Given(Generic[C, S, E]):
    """What has happened in a stream so far."""

    decider: Decider[C, S, E]
    state: S

    def when(self, command: C) -> When[C, S, E]:
        """Give the command to the state that the events led to."""
        return When(self.decider, self.state, command)


def given(decider: Decider[C, S, E], *events: E) -> Given[C, S, E]:
    """Begin with what has happened, nothing for a new stream."""
    return Given(decider, decider.fold(events))
