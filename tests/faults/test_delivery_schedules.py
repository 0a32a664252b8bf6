"""Any order, repetition, delay and loss of deliveries gives the read model of a rebuild, byte for byte.

A sample of the schedules runs each time; all 10,000 with LABINOV_LONG=1.
"""

import os
import random
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from shared.consumer import Consumer
from shared.domain import Event
from shared.envelope import Clearance
from shared.incoming import Received, parse
from shared.projection import Projection
from shared.sources import LocalSource
from tests.shared.ledger import (
    CATALOGUE,
    Ledger,
    ThingBegun,
    ThingCounted,
    ThingDivided,
    ThingWhispered,
    latest,
    open_ledger,
    part,
    thing,
)
from tests.support import Database

# In blocks, each with a read model and a time limit of its own.
BLOCKS = [range(first, first + 100) for first in range(0, 10_000, 100)]
SEEDS = BLOCKS if os.environ.get("LABINOV_LONG") == "1" else [range(40)]
REGIONS = ("91.01", "91.02", "92")
EVENTS = 30


@pytest.fixture(scope="module")
def ledger(kernel_database: Database, kernel_engine: Engine) -> Iterator[Ledger]:
    found = open_ledger(kernel_database, kernel_engine)
    yield found
    found.owner.dispose()


@pytest.fixture(scope="module")
def history(ledger: Ledger) -> dict[str, list[Received]]:
    """The logs of three regions, a few things in each, their events interleaved."""
    rng = random.Random(5)
    for region in REGIONS:
        versions: dict[str, int] = {}
        for _ in range(EVENTS):
            ident = f"{region}-{rng.choice('abcd')}"
            version = versions.get(ident, 0)
            ledger.record(region, ident, [random_event(rng, ident, version)], after=version)
            versions[ident] = version + 1
    return {
        region: [parse(CATALOGUE.render(each, Clearance.SERVICE, opened=False)) for each in ledger.log.read(region)]
        for region in REGIONS
    }


def random_event(rng: random.Random, ident: str, version: int) -> Event:
    if version == 0:
        return ThingBegun(thing_id=ident, name=f"name {rng.random()}")
    return rng.choice(
        [
            ThingCounted(thing_id=ident, value=rng.randint(0, 99)),
            ThingCounted(thing_id=ident, value=rng.randint(0, 99)),
            ThingDivided(thing_id=ident, parts=tuple(rng.choices("uvwxyz", k=rng.randint(0, 4)))),
            ThingWhispered(thing_id=ident, words="hush"),
        ]
    )


def schedule(rng: random.Random, history: dict[str, list[Received]]) -> list[Sequence[Received]]:
    """Give messages as a bad network would: cut anywhere, lost, repeated up to five times, late, out of order."""
    messages: list[tuple[float, Sequence[Received]]] = []
    for events in history.values():
        start = 0
        while start < len(events):
            end = start + rng.choice((1, 1, 2, 3, 8, 30))
            copies = 0 if rng.random() < 0.15 else rng.randint(1, 5)
            for _ in range(copies):
                delay = rng.choice((0.0, 0.0, rng.random() * 3, rng.random() * EVENTS))
                messages.append((start + delay, events[start:end]))
            start = end
    return [message for _, message in sorted(messages, key=lambda each: each[0])]


def empty(ledger: Ledger, model: Projection, consumer: Consumer) -> None:
    with ledger.engine.begin() as connection:
        for table in (thing, part, latest):
            model.reading(connection).execute(table.delete())
        connection.execute(text("DELETE FROM checkpoint WHERE consumer = :name"), {"name": consumer.name})


@pytest.mark.parametrize("seeds", SEEDS, ids=str)
def test_every_schedule_gives_the_read_model_of_a_rebuild(
    ledger: Ledger, history: dict[str, list[Received]], seeds: range
) -> None:
    rebuilt = ledger.model(f"m_{uuid4().hex}")
    Consumer(rebuilt.schema, LocalSource(ledger.log), rebuilt, ledger.engine).catch_up_all()
    wanted = ledger.fingerprint(rebuilt)

    model = ledger.model(f"m_{uuid4().hex}")
    consumer = Consumer(model.schema, LocalSource(ledger.log), model, ledger.engine)
    empty_model = ledger.fingerprint(model)
    for seed in seeds:
        rng = random.Random(seed)
        for message in schedule(rng, history):
            consumer.deliver(message[0].region, 1, message)
            if rng.random() < 0.05:
                consumer.catch_up(rng.choice(REGIONS))
        # What the sweep does: nothing tells of the last message's loss.
        consumer.catch_up_all(threads=2)
        found = consumer.checkpoints()
        assert {region: at.position for region, at in found.items()} == dict.fromkeys(REGIONS, EVENTS), seed
        assert ledger.fingerprint(model) == wanted, seed
        empty(ledger, model, consumer)
        assert ledger.fingerprint(model) == empty_model != wanted
