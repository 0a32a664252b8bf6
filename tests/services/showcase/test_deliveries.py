"""Whatever way events arrive, the read model is the same, byte for byte."""

import os
import random
from collections.abc import Sequence

from sqlalchemy import Engine

from services.showcase.projections import showcase
from shared.consumer import Consumer
from shared.incoming import Received
from shared.service import Service
from tests.services.showcase.logs import Logs, laboratory

SCHEDULES = 200 if os.environ.get("LABINOV_LONG") else 12
REGIONS = ("36.74", "33.27", "36.02")


def recorded() -> tuple[Logs, Logs]:
    """Give the logs of two producers with three laboratories."""
    logs, reviews = Logs("submission"), Logs("review")
    for number, region in enumerate(REGIONS):
        laboratory(logs, reviews, region, innovations=5 + number)
    return logs, reviews


def into(schema: str, owner: Engine, sources: Sequence[Logs]) -> list[Consumer]:
    """Give consumers that fill a schema of their own."""
    fresh = showcase.into(schema)
    with owner.begin() as connection:
        fresh.drop(connection)
        fresh.create(connection)
        connection.exec_driver_sql("DELETE FROM checkpoint WHERE consumer = %s", (schema,))
    return [Consumer(schema, source, fresh, owner) for source in sources]


def fingerprint(schema: str, owner: Engine) -> str:
    """Give what the schema's rows are, byte for byte."""
    with owner.connect() as connection:
        return showcase.into(schema).fingerprint(connection)


def messages(events: Sequence[Received], dice: random.Random) -> list[list[Received]]:
    """Cut a log into messages, lose some, send some up to five times, and let them overtake each other."""
    cut, start = [], 0
    while start < len(events):
        end = start + dice.randint(1, 7)
        cut.append(list(events[start:end]))
        start = end
    sent = [message for message in cut for _ in range(dice.choice((0, 1, 1, 2, 5)))]
    dice.shuffle(sent)
    return sent


def deliver(consumers: Sequence[Consumer], sources: Sequence[Logs], dice: random.Random) -> None:
    """Deliver everything in some order, regions and producers mixed; the sweep finds what was lost."""
    waiting = [
        (consumer, region, message)
        for consumer, source in zip(consumers, sources, strict=True)
        for region, log in source.events.items()
        for message in messages(log, dice)
    ]
    dice.shuffle(waiting)
    for consumer, region, message in waiting:
        consumer.deliver(region, 1, message)
    for consumer, source in zip(consumers, sources, strict=True):
        for region in source.events:
            consumer.catch_up(region)


def test_any_order_repetition_and_loss_gives_the_model_that_a_rebuild_gives(made: Service, owner: Engine) -> None:
    sources = recorded()
    for consumer in into("showcase_v900", owner, sources):
        for head in consumer.source.heads():
            consumer.catch_up(head.region)
    rebuilt = fingerprint("showcase_v900", owner)
    found = []
    for seed in range(SCHEDULES):
        deliver(into("showcase_v901", owner, sources), sources, random.Random(seed))
        found.append(fingerprint("showcase_v901", owner))
    assert found == [rebuilt] * SCHEDULES


def test_a_model_that_lacks_an_event_is_not_the_same(made: Service, owner: Engine) -> None:
    sources = recorded()
    for consumer in into("showcase_v902", owner, sources):
        for head in consumer.source.heads():
            consumer.catch_up(head.region)
    whole = fingerprint("showcase_v902", owner)
    submission = Logs("submission", events={region: log[:-1] for region, log in sources[0].events.items()})
    for consumer in into("showcase_v903", owner, (submission, sources[1])):
        for head in consumer.source.heads():
            consumer.catch_up(head.region)
    assert fingerprint("showcase_v903", owner) != whole
