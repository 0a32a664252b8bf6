"""What a service does by itself: once, in the transaction of its checkpoint, and told to the bus afterwards."""

from uuid import uuid4

import pytest

from shared import parking
from shared.command_handler import CommandHandler
from shared.consumer import Consumer
from shared.envelope import Recorded
from shared.event_log import EventLog
from shared.incoming import Received
from shared.reaction import Do, Reaction
from shared.sources import LocalSource
from tests.shared.ledger import Counted, Ledger, ThingBegun, ThingCounted, new_region
from tests.shared.things import CATALOGUE, JAR, Fill, JarFilled


class House:
    """A service that fills a jar, in a region of its own, with as many marbles as were counted."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.region, self.jar = new_region(), f"{new_region()}-jar"
        self.announced: list[Recorded] = []
        self.log = EventLog(ledger.engine, CATALOGUE)
        self.commands = CommandHandler(self.log, self.announced.extend)
        self.reaction = Reaction(f"house-{uuid4().hex}")

        @self.reaction.on(Counted)
        def counted(event: Counted, at: Received, do: Do) -> None:
            if event.value == 7:
                return
            fill = Fill(actor="house", at=at.recorded_at, jar_id=self.jar, marbles=event.value)
            do(JAR, self.jar, fill)
            if event.value == 2:
                do(JAR, self.jar, fill)

        self.consumer = Consumer(
            self.reaction.name,
            LocalSource(ledger.log),
            self.reaction.through(self.commands),
            ledger.engine,
            parked_after=1,
        )

    def count(self, *values: int) -> tuple[Recorded, ...]:
        """Record that a thing was counted."""
        ident = f"{self.region}-{uuid4().hex}"
        begun = ThingBegun(thing_id=ident, name="a")
        return self.ledger.record(
            self.region, ident, [begun, *(ThingCounted(thing_id=ident, value=each) for each in values)]
        )

    def jar_log(self) -> list[Recorded]:
        """Give what the reaction recorded."""
        return self.log.read(self.jar.partition("-")[0])


@pytest.fixture
def house(ledger: Ledger) -> House:
    return House(ledger)


def marbles(house: House) -> list[int]:
    events = [house.log.catalogue.decode(each.type, each.type_version, each.payload) for each in house.jar_log()]
    return [each.marbles for each in events if isinstance(each, JarFilled)]


def test_what_was_recorded_names_its_cause_and_is_announced(house: House) -> None:
    cause = house.count(1)[1]
    house.consumer.catch_up(house.region)
    (recorded,) = house.jar_log()
    assert house.announced == [recorded]
    assert b'"causationid":"%s"' % str(cause.event_id).encode() in recorded.leaf
    assert recorded.recorded_at == cause.recorded_at


def test_an_event_may_cause_none_or_several(house: House) -> None:
    house.count(7, 1, 2)
    house.consumer.catch_up(house.region)
    assert marbles(house) == [1, 2, 2]


def test_a_repetition_records_nothing(house: House) -> None:
    house.count(1, 2)
    house.consumer.catch_up(house.region)
    with house.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint WHERE consumer = %s", (house.consumer.name,))
    house.announced.clear()
    house.consumer.catch_up(house.region)
    assert (marbles(house), house.announced) == ([1, 2, 2], [])


def test_a_refused_command_parks_its_event_and_leaves_nothing_of_it(house: House) -> None:
    """Filling with no marbles is refused; what came before and after it stays."""
    house.count(1, 0)
    house.count(3)
    house.consumer.catch_up(house.region)
    assert marbles(house) == [1, 3]
    found = parking.parked(house.ledger.engine, consumer=house.consumer.name)
    assert [(each.position, each.state, each.error) for each in found] == [
        (3, "parked", "NoMarbles: A jar is filled with at least one marble.")
    ]
    assert [each.position for each in house.announced] == [1, 2]


def test_more_than_a_batch(house: House) -> None:
    house.count(*[1] * 50)
    house.consumer.catch_up(house.region)
    assert marbles(house) == [1] * 50
    assert house.consumer.checkpoints(house.region)[house.region].position == 51
