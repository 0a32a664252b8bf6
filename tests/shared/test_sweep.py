"""The sweep finds what no message announced, and no region or producer waits for another."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from shared import parking
from shared.consumer import Consumer, LocalModels
from shared.event_log import Head
from shared.incoming import Received
from shared.sources import LocalSource, Page, SourceUnavailable
from shared.sweep import Sweep
from tests.shared.ledger import Ledger, ThingBegun, ThingCounted, new_region
from tests.support import STAYS_IDLE, counting


def consumer_of(ledger: Ledger, likes: Callable[[Received], bool] = lambda at: True) -> Consumer:
    model = ledger.model(f"m_{uuid4().hex}", likes)
    return Consumer(model.schema, LocalSource(ledger.log), model, ledger.engine, parked_after=3)


def record(ledger: Ledger, region: str, values: int = 1) -> None:
    ident = f"{region}-a"
    ledger.record(
        region,
        ident,
        [ThingBegun(thing_id=ident, name="a"), *(ThingCounted(thing_id=ident, value=n) for n in range(values))],
    )


@contextmanager
def sweeping(sweep: Sweep) -> Iterator[None]:
    thread = threading.Thread(target=sweep.run)
    thread.start()
    try:
        yield
    finally:
        sweep.stop()
        thread.join(10)
        assert not thread.is_alive()


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is so; a minute is far more than it takes."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def reached(consumer: Consumer, region: str) -> int:
    found = consumer.checkpoints(region)
    return found[region].position if region in found else 0


def test_finds_what_no_message_announced_and_touches_its_heartbeat(ledger: Ledger, tmp_path: Path) -> None:
    consumer, region, heartbeat = consumer_of(ledger), new_region(), tmp_path / "sweep"
    with sweeping(Sweep([consumer], seconds=0.05, heartbeat=heartbeat)):
        record(ledger, region, 1100)
        eventually(lambda: reached(consumer, region) == 1101)
        eventually(heartbeat.exists)


def test_keeps_the_own_read_models_caught_up(ledger: Ledger) -> None:
    consumer, region = consumer_of(ledger), new_region()
    with sweeping(Sweep([], LocalModels([consumer]), seconds=0.05)):
        record(ledger, region)
        eventually(lambda: reached(consumer, region) == 2)


def test_a_locked_region_holds_up_no_other(ledger: Ledger) -> None:
    consumer, locked = consumer_of(ledger), new_region()
    record(ledger, locked)
    consumer.catch_up(locked)
    with ledger.engine.begin() as holder:
        holder.exec_driver_sql(STAYS_IDLE)
        holder.execute(
            text("SELECT 1 FROM checkpoint WHERE consumer = :name AND region = :region FOR UPDATE"),
            {"name": consumer.name, "region": locked},
        )
        ledger.record(locked, f"{locked}-b", [ThingBegun(thing_id=f"{locked}-b", name="b")])
        with sweeping(Sweep([consumer], seconds=0.05)):
            others = [new_region() for _ in range(5)]
            for each in others:
                record(ledger, each)
                eventually(lambda each=each: reached(consumer, each) == 2)  # type: ignore[misc]  # a lambda's default has no type
            assert reached(consumer, locked) == 2
    consumer.catch_up(locked)
    assert reached(consumer, locked) == 3


def test_a_poisoned_region_holds_up_no_other_and_is_parked_in_the_end(ledger: Ledger) -> None:
    poisoned, healthy = new_region(), new_region()
    consumer = consumer_of(ledger, lambda at: at.region != poisoned)
    record(ledger, poisoned)
    with sweeping(Sweep([consumer], seconds=0.05)):
        record(ledger, healthy)
        eventually(lambda: reached(consumer, healthy) == 2)
        eventually(lambda: reached(consumer, poisoned) == 2)
    found = parking.parked(ledger.engine, consumer=consumer.name)
    assert [(each.region, each.position, each.state, each.tries) for each in found] == [(poisoned, 2, "parked", 3)]


class Flaky:
    """A producer that does not answer until it is told to."""

    name = "flaky"

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.up = False
        self.asked = 0

    def heads(self) -> Sequence[Head]:
        self.asked += 1
        if not self.up:
            raise SourceUnavailable("flaky")
        return []

    def page(self, region: str, after: int, limit: int = 500) -> Page:
        raise SourceUnavailable("flaky")


def test_an_unreachable_producer_holds_up_no_other_and_is_asked_again(ledger: Ledger) -> None:
    consumer, region, flaky = consumer_of(ledger), new_region(), Flaky(ledger)
    beside = Consumer("beside", flaky, ledger.model(f"m_{uuid4().hex}"), ledger.engine)
    with sweeping(Sweep([beside, consumer], seconds=0.05)):
        eventually(lambda: flaky.asked >= 2)
        record(ledger, region)
        eventually(lambda: reached(consumer, region) == 2)
        flaky.up = True
        before = flaky.asked
        eventually(lambda: flaky.asked >= before + 3)


def test_a_look_costs_two_queries_whatever_the_number_of_regions(ledger: Ledger) -> None:
    consumer = consumer_of(ledger)
    costs = []
    for regions in (1, 5):
        for _ in range(regions):
            record(ledger, new_region())
        consumer.catch_up_all()
        with counting(ledger.engine) as statements:
            assert consumer.behind(consumer.checkpoints(), consumer.source.heads()) == []
        costs.append(statements())
    assert costs == [2, 2]


def test_a_chore_is_done_again_and_again_and_one_that_fails_holds_up_nothing(ledger: Ledger) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError

    consumer, region = consumer_of(ledger), new_region()
    record(ledger, region)
    with sweeping(Sweep([consumer], chores=[fail, lambda: done.append(1)], seconds=0.02)):
        eventually(lambda: len(done) >= 3 and reached(consumer, region) == 2)
