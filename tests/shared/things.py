"""A small domain to try the kernel with: a jar that marbles are put into and taken from."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain import Command, Conflict, Decider, Event, Invalid, Visibility, event
from shared.envelope import Catalogue


@event("jar.filled", version=2, visibility=Visibility.PUBLIC)
class JarFilled(Event):
    """Marbles were put into a jar."""

    jar_id: str
    marbles: int
    colour: str

    @staticmethod
    def upcast_v1(data: dict[str, object]) -> dict[str, object]:
        """In version 1 all marbles were glass-clear."""
        return {**data, "colour": "clear"}


@event("jar.emptied", visibility=Visibility.REGIONAL)
class JarEmptied(Event):
    """All marbles were taken out of a jar."""

    jar_id: str


@event("jar.guessed", visibility=Visibility.SEALED, opened_by="jar.emptied")
class JarGuessed(Event):
    """Somebody guessed how many marbles there are, sealed until the jar is emptied."""

    jar_id: str
    guess: int

    @property
    def pseudonym(self) -> str:
        """A guesser has no name."""
        return "guesser"


JarEvent = JarFilled | JarEmptied | JarGuessed


@dataclass(frozen=True, kw_only=True)
class Fill(Command):
    """Put marbles into a jar."""

    jar_id: str
    marbles: int
    colour: str = "red"


@dataclass(frozen=True, kw_only=True)
class Empty(Command):
    """Take all marbles out."""

    jar_id: str


@dataclass(frozen=True, kw_only=True)
class Guess(Command):
    """Guess how many there are."""

    jar_id: str
    guess: int


class NoMarbles(Invalid):
    """A jar is filled with at least one marble."""


class AlreadyEmpty(Conflict):
    """This jar is empty."""


def decide(command: Fill | Empty | Guess, marbles: int) -> list[JarEvent]:
    """Give what a command leads to."""
    match command:
        case Fill():
            if command.marbles < 1:
                raise NoMarbles(field="marbles")
            return [JarFilled(jar_id=command.jar_id, marbles=command.marbles, colour=command.colour)]
        case Empty():
            if marbles == 0:
                raise AlreadyEmpty
            return [JarEmptied(jar_id=command.jar_id)]
        case Guess():
            return [JarGuessed(jar_id=command.jar_id, guess=command.guess)]
        case _:
            assert_never(command)


def evolve(marbles: int, happened: JarEvent) -> int:
    """Give the number of marbles after an event."""
    match happened:
        case JarFilled():
            return marbles + happened.marbles
        case JarEmptied():
            return 0
        case JarGuessed():
            return marbles
        case _:
            assert_never(happened)


JAR: Decider[Fill | Empty | Guess, int, JarEvent] = Decider(noun="jar", initial=int, decide=decide, evolve=evolve)
CATALOGUE = Catalogue("kernel", (JarFilled, JarEmptied, JarGuessed))
