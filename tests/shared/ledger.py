"""A tiny producer and a tiny read model of it, for the tests of what lies between services."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, PrimaryKeyConstraint, Table, Text

from shared.database import make_engine
from shared.domain import Event, Visibility, event
from shared.envelope import Catalogue, Meta, Recorded
from shared.event_log import FIRST_EPOCH, EventLog, Head
from shared.incoming import Incoming, Received, reads
from shared.projection import Projection, Write, delete, insert, put, update
from shared.sources import Page, SourceUnavailable
from tests.support import Database

_regions = (f"{province}.{city:02d}" for province in range(20, 99) for city in range(1, 99))


@event("thing.begun", visibility=Visibility.PUBLIC)
class ThingBegun(Event):
    """A thing began."""

    thing_id: str
    name: str


@event("thing.counted", visibility=Visibility.REGIONAL)
class ThingCounted(Event):
    """A thing was counted."""

    thing_id: str
    value: int


@event("thing.divided", visibility=Visibility.PUBLIC)
class ThingDivided(Event):
    """A thing was divided into parts."""

    thing_id: str
    parts: tuple[str, ...]


@event("thing.whispered", visibility=Visibility.SEALED, opened_by="thing.revealed")
class ThingWhispered(Event):
    """Something was said that is not yet to be heard."""

    thing_id: str
    words: str

    @property
    def pseudonym(self) -> str:
        """Nobody in particular."""
        return "somebody"


@event("thing.revealed", visibility=Visibility.PUBLIC)
class ThingRevealed(Event):
    """What was said may be heard."""

    thing_id: str


CATALOGUE = Catalogue("ledger", [ThingBegun, ThingCounted, ThingDivided, ThingWhispered, ThingRevealed])


@reads("thing.begun")
class Begun(Incoming):
    """A thing began."""

    thing_id: str
    name: str


@reads("thing.counted")
class Counted(Incoming):
    """A thing was counted."""

    thing_id: str
    value: int


@reads("thing.divided")
class Divided(Incoming):
    """A thing was divided."""

    thing_id: str
    parts: tuple[str, ...]


metadata = MetaData()
thing = Table(
    "thing",
    metadata,
    Column("region", Text, nullable=False),
    Column("thing_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Integer),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "thing_id"),
)
part = Table(
    "part",
    metadata,
    Column("region", Text, nullable=False),
    Column("thing_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("region", "thing_id", "number"),
)
latest = Table(
    "latest",
    metadata,
    Column("region", Text, nullable=False),
    Column("thing_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "thing_id"),
)


class Poison(Exception):
    """The handler does not like this event."""


def ledger_projection(schema: str, likes: Callable[[Received], bool] = lambda at: True) -> Projection:
    """Give a read model of the ledger in a schema; its handler of counts fails for events that it does not like."""
    projection = Projection("ledger-model", metadata, schema)

    @projection.on(Begun)
    def begun(event: Begun, at: Received) -> Iterator[Write]:
        yield insert(
            thing,
            {"region": at.region, "thing_id": event.thing_id, "name": event.name, "position": at.position},
        )

    @projection.on(Counted)
    def counted(event: Counted, at: Received) -> Iterator[Write]:
        if not likes(at):
            raise Poison(str(event.value))
        key = {"region": at.region, "thing_id": event.thing_id}
        yield update(thing, key=key, set={"value": event.value, "position": at.position})
        yield put(latest, {**key, "position": at.position})

    @projection.on(Divided)
    def divided(event: Divided, at: Received) -> Iterator[Write]:
        key = {"region": at.region, "thing_id": event.thing_id}
        yield delete(part, key)
        for number, name in enumerate(event.parts, start=1):
            yield insert(part, {**key, "number": number, "name": name})

    return projection


@dataclass(frozen=True)
class Ledger:
    """The producer's log, and the database of the consumer: one and the same here."""

    log: EventLog
    engine: Engine
    owner: Engine

    def record(self, region: str, thing_id: str, events: Sequence[Event], *, after: int = 0) -> tuple[Recorded, ...]:
        """Append events to a thing's stream, which stands at version `after`."""
        meta = Meta(actor="tester", at=datetime.now(UTC), correlation=uuid4().hex)
        outcome = self.log.append(region, f"thing/{thing_id}", after, events, meta, epoch=FIRST_EPOCH)
        return outcome.recorded

    def model(self, schema: str, likes: Callable[[Received], bool] = lambda at: True) -> Projection:
        """Give a read model in a schema of its own, with its tables made."""
        projection = ledger_projection(schema, likes)
        with self.owner.begin() as connection:
            projection.create(connection, app_role=self.engine.url.username)
        return projection

    def fingerprint(self, projection: Projection) -> str:
        """Give the fingerprint of a read model."""
        with self.engine.connect() as connection:
            return projection.fingerprint(connection)


def new_region() -> str:
    """Give a region that no other test has."""
    return next(_regions)


def open_ledger(database: Database, engine: Engine) -> Ledger:
    """Give a ledger on the kernel's tables."""
    return Ledger(EventLog(engine, CATALOGUE), engine, make_engine(database.owner_url, pool_size=2))


class Down:
    """A source whose service does not answer."""

    name = "ledger"

    def heads(self) -> Sequence[Head]:
        """Fail."""
        raise SourceUnavailable("down")

    def page(self, region: str, after: int, limit: int = 500) -> Page:
        """Fail."""
        raise SourceUnavailable("down")
