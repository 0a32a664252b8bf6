"""What an event, a command, a rejection and a decider are. Standard library only, so that a domain can be pure.

Rejection            a command the domain refuses; its docstring is the sentence that people read
├── Invalid          what was sent cannot be; names the field
├── Conflict         it could be, but not in the present state
├── Forbidden        the actor lacks the right
├── NotFound         no such thing, or none that the actor may know of
└── Stale            the state moved on since the actor looked
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform

NATIONAL = "00"

_REGION = re.compile(r"\d\d(\.\d\d)?")


class Visibility(StrEnum):
    """Who may read an event's payload; the envelope is always readable. See ARCHITECTURE.md.

    Sealed types are opened later. `AUDIT` is for the region's auditors; `INTERNAL` asks something of our own services
    and is for them alone.
    """

    PUBLIC = "public"
    REGIONAL = "regional"
    SEALED = "sealed"
    SEALED_IDENTITY = "sealed-identity"
    AUDIT = "audit"
    INTERNAL = "internal"

    @property
    def sealed(self) -> bool:
        """Whether the payload stays inside the producing service until the stream is opened."""
        return self in (Visibility.SEALED, Visibility.SEALED_IDENTITY)


class Event:
    """Base of all events: frozen dataclasses declared with `@event`, in the past tense.

    A type at version N > 1 has, for every version V below, a static method `upcast_vV(data)` that takes the
    payload of version V as a dict and gives that of version V + 1.
    """

    wire_name: ClassVar[str]
    schema_version: ClassVar[int]
    visibility: ClassVar[Visibility]
    opened_by: ClassVar[str | None]
    erasable: ClassVar[bool]

    @property
    def pseudonym(self) -> str:
        """The name that stands as `actor` on the envelope of a sealed event in place of the person's id."""
        raise NotImplementedError(f"{type(self).__name__} is sealed and must name its pseudonym")


E = TypeVar("E", bound=Event)
C = TypeVar("C", bound="Command")
S = TypeVar("S")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    wire_name: str,
    *,
    version: int = 1,
    visibility: Visibility,
    opened_by: str | None = None,
    erasable: bool = False,
) -> Callable[[type[E]], type[E]]:
    """Declare an event type: a frozen, keyword-only dataclass with a wire name and a version.

    Takes the wire name (`noun.past-participle`), its version, who may read it and, for sealed types, the wire name
    of the event that opens the stream. Raises TypeError when the declaration breaks a rule of the module.
    """

    def declare(cls: type[E]) -> type[E]:
        if not re.fullmatch(r"[a-z-]+\.[a-z-]+", wire_name):
            raise TypeError(f"{wire_name!r} is not a wire name such as 'noun.past-participle'")
        if not (cls.__doc__ or "").strip():
            raise TypeError(f"{cls.__name__} needs a docstring: it is the sentence that people read")
        for below in range(1, version):
            if not hasattr(cls, f"upcast_v{below}"):
                raise TypeError(f"{cls.__name__} version {version} needs upcast_v{below}")
        if visibility.sealed != (opened_by is not None):
            raise TypeError(f"{cls.__name__}: a sealed type, and only a sealed type, says what opens it")
        if visibility.sealed and cls.pseudonym is Event.pseudonym:
            raise TypeError(f"{cls.__name__} is sealed and must name its pseudonym")
        cls.wire_name, cls.schema_version, cls.visibility = wire_name, version, visibility
        cls.opened_by, cls.erasable = opened_by, erasable
        return dataclass(frozen=True, kw_only=True)(cls)

    return declare


@dataclass(frozen=True, kw_only=True)
class Command:
    """Base of all commands. Time, ids and the actor arrive inside: a decider has no clock and no randomness.

    `actor` is the opaque id of a person or machine; `at` is when the command arrived, in UTC.
    """

    actor: str
    at: datetime


class Rejection(Exception):
    """The request cannot be carried out."""

    retry_after: int | None = None
    """Seconds after which the same request may be carried out, where that is known."""

    def __init__(self, detail: str = "", *, field: str | None = None, **facts: Any) -> None:
        """Take a sentence for this case (the class's docstring without one), the field at fault, and its facts.

        `field` is a path such as `milestones/0/due_on`. `detail` may hold `{name}` for a fact; it is translated
        before the facts are filled in. Facts never hold what the client sent as text.
        """
        self.template = detail or (type(self).__doc__ or "").strip().splitlines()[0]
        self.field = field
        self.facts = facts
        super().__init__(self.template.format(**facts))


class Invalid(Rejection):
    """Something in the request is not valid."""


class Conflict(Rejection):
    """This is not possible in the present state."""


class Forbidden(Rejection):
    """You do not have the right to do this."""


class NotFound(Rejection):
    """There is no such thing here."""


class Stale(Rejection):
    """Somebody changed this since you opened it. Open it again and repeat your change."""


class Several(Rejection):
    """More than one thing is missing or wrong."""

    def __init__(self, rejections: Iterable[Rejection]) -> None:
        """Take the single rejections, at least one; all are shown, each beside its field."""
        self.rejections = tuple(rejections)
        super().__init__()


def refuse(found: Iterable[Rejection]) -> None:
    """Raise what was found wrong: nothing, the one rejection, or all of them together (Several)."""
    rejections = list(found)
    if len(rejections) == 1:
        raise rejections[0]
    if rejections:
        raise Several(rejections)


@dataclass(frozen=True)
class Decider(Generic[C, S, E]):
    """The whole of a stream's behaviour: three pure functions and the noun that its streams begin with."""

    noun: str
    initial: Callable[[], S]
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """Give the state after the events, from the initial state unless one is given."""
        result = self.initial() if state is None else state
        for each in events:
            result = self.evolve(result, each)
        return result

    def stream(self, ident: str) -> str:
        """Give the name of the stream of the thing with this id."""
        return f"{self.noun}/{ident}"


def is_region(code: str) -> bool:
    """Whether this has the shape of a region's code: `00`, a province `36` or a regency `36.74`."""
    return _REGION.fullmatch(code) is not None


def region_of(ident: str) -> str:
    """Give the region that an id begins with; raise NotFound for an id that has none."""
    region, dash, rest = ident.partition("-")
    if not (dash and rest and is_region(region)):
        raise NotFound
    return region
