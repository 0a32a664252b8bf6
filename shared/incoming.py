"""An event as it arrives from a log, and the tolerant reader: a dataclass with only the fields its reader needs.

    @reads("innovation.stage-advanced", versions=(1,))
    class StageAdvanced(Incoming):
        innovation_id: str
        to_stage: str

Unknown fields are passed over, so that a producer may add some without asking. A version that is not named is not
guessed at: the event is parked until a release knows it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, dataclass_transform

from pydantic import TypeAdapter
from pydantic_core import from_json

from shared.domain import Event
from shared.envelope import TYPE_PREFIX, leaf_of
from shared.merkle import leaf_hash

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound="Incoming")


class Unreadable(ValueError):
    """What arrived is not an event of a Labinov log."""


class UnknownVersion(LookupError):
    """A type that is read here came in a version that this release does not know."""


class Incoming:
    """Base of the readers' dataclasses, declared with `@reads`.

    For a version V below the highest whose payload has another shape there is a static method `upcast_vV(data)`,
    which takes the payload of version V as a dict and gives that of version V + 1.
    """

    wire_name: ClassVar[str]
    versions: ClassVar[tuple[int, ...]]


Readable = Incoming | Event
R = TypeVar("R", bound=Readable)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def reads(wire_name: str, *, versions: tuple[int, ...] = (1,)) -> Callable[[type[T]], type[T]]:
    """Declare a reader of an event type of some producer: a frozen, keyword-only dataclass.

    Takes the wire name and the versions that can be read, each of the highest one's shape or with an upcaster.
    """

    def declare(cls: type[T]) -> type[T]:
        cls.wire_name, cls.versions = wire_name, versions
        return dataclass(frozen=True, kw_only=True)(cls)

    return declare


class Received(NamedTuple):
    """One event as it arrived. `data` is None where it is withheld from this reader or was erased."""

    # A tuple, since one is made for every event of a rebuild: it costs a third of a frozen dataclass.

    source: str
    region: str
    epoch: int
    position: int
    stream: str
    stream_version: int
    type: str
    version: int
    event_id: str
    recorded_at: datetime
    actor: str
    correlation: str
    data: dict[str, Any] | None
    wire: dict[str, Any]

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the event's leaf, computed from what arrived."""
        return leaf_hash(leaf_of(self.wire))

    def __str__(self) -> str:
        """Give where the event stands and what it is: what an error needs to name it."""
        return f"{self.source}/{self.region} {self.position} {self.type}.v{self.version} in {self.stream}"


@lru_cache(maxsize=4096)
def _name_and_version(cloud_type: str) -> tuple[str, int]:
    name, _, version = cloud_type.removeprefix(TYPE_PREFIX).rpartition(".v")
    return name, int(version)


def parse(wire: bytes | str) -> Received:
    """Give the event of its wire JSON; raise Unreadable."""
    try:
        return received(from_json(wire))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def parse_batch(wire: bytes) -> list[Received]:
    """Give the events of a JSON array, such as a page of a feed; raise Unreadable."""
    try:
        found = from_json(wire)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(found, list):
        raise Unreadable("not an array")
    return [received(each) for each in found]


def received(wire: dict[str, Any]) -> Received:
    """Give the event of its decoded wire JSON; raise Unreadable."""
    try:
        name, version = _name_and_version(wire["type"])
        _, source, region = wire["source"].split("/")
        return Received(
            source,
            region,
            wire["epoch"],
            int(wire["sequence"]),
            wire["subject"],
            wire["streamversion"],
            name,
            version,
            wire["id"],
            datetime.fromisoformat(wire["time"]),
            wire["actor"],
            wire["correlationid"],
            wire.get("data"),
            wire,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


class Reader:
    """Reads one event type into its dataclass: one declared with `@reads`, or an own event of the service."""

    def __init__(self, cls: type[R]) -> None:
        """Take the dataclass."""
        self.cls: type[Any] = cls
        self.wire_name = cls.wire_name
        self.versions = range(1, cls.schema_version + 1) if issubclass(cls, Event) else cls.versions
        self._newest = max(self.versions)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.cls)

    def read(self, event: Received) -> Any:
        """Give the dataclass; raise UnknownVersion, or ValueError for a payload that lacks what is needed."""
        if event.version not in self.versions:
            raise UnknownVersion(f"{event.type} version {event.version}")
        data = event.data
        for below in range(event.version, self._newest):
            upcast = getattr(self.cls, f"upcast_v{below}", None)
            data = upcast(data) if upcast else data
        return self._adapter.validate_python(data)


class Handlers(Generic[F]):
    """The handlers of one consumer, by the wire name of what they read."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: dict[str, tuple[Reader, F]] = {}

    def add(self, cls: type[R], handler: F) -> None:
        """Register the handler of a type; raise TypeError when there is one already."""
        if cls.wire_name in self._found:
            raise TypeError(f"{cls.wire_name} has a handler already")
        self._found[cls.wire_name] = (Reader(cls), handler)

    def __contains__(self, wire_name: object) -> bool:
        """Whether events of this type are handled at all."""
        return wire_name in self._found

    def __iter__(self) -> Iterator[type[Readable]]:
        """Give the types that are read, for the test of the contract between services."""
        return (reader.cls for reader, _ in self._found.values())

    def of(self, event: Received) -> tuple[F, Any] | None:
        """Give the handler and the event as it reads it; None when nothing is to be done.

        Nothing is to be done for a type without a handler, and where the payload is withheld or erased.
        Raises UnknownVersion, or ValueError for a payload that lacks what is needed.
        """
        found = self._found.get(event.type)
        if found is None or (event.data is None and event.version in found[0].versions):
            return None
        reader, handler = found
        return handler, reader.read(event)
