"""Messages on a real broker, a real worker, and what a broker's death costs."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from deploy.embedded.valkey import Valkey
from shared.bus import SHARDS, Publisher, celery_sender, make_celery, queue_of, shard_of
from shared.consumer import Consumer
from shared.envelope import Clearance
from shared.sources import LocalSource
from tests.shared.ledger import (
    CATALOGUE,
    Ledger,
    ThingBegun,
    ThingCounted,
    ThingRevealed,
    ThingWhispered,
    new_region,
)
from tests.support import Database


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    """A broker of the test's own, to be wiped, frozen and killed."""
    valkey = Valkey(tmp_path)
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def publisher(broker: Valkey) -> Iterator[Publisher]:
    found = publisher_to(broker.url())
    yield found
    found.close()


def publisher_to(url: str) -> Publisher:
    return Publisher(CATALOGUE, ("ledger", "reader"), celery_sender(make_celery("ledger", url)))


@contextmanager
def worker(database: Database, broker: Valkey, schema: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "TEST_DATABASE": database.app_url,
        "TEST_BROKER": broker.url(),
        "TEST_SCHEMA": schema,
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.shared.worker"], env=environment, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def eventually(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so; the time is far more than it takes."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def begun(region: str, name: str) -> ThingBegun:
    return ThingBegun(thing_id=f"{region}-{name}", name=name)


def messages(broker: Valkey, queue: str) -> list[list[object]]:
    """Give the arguments of the messages that wait in a queue, oldest first."""
    with redis.Redis.from_url(broker.url()) as client:
        waiting = client.lrange(queue, 0, -1)
    assert isinstance(waiting, list)
    return [json.loads(base64.b64decode(json.loads(each)["body"]))[0] for each in reversed(waiting)]


def test_shards_are_a_few_and_stay() -> None:
    assert {shard_of(f"{number:02d}.{city:02d}") for number in range(11, 30) for city in range(30)} == set(
        range(SHARDS)
    )
    assert [shard_of(region) for region in ("00", "36", "36.74", "33.27")] == [0, 6, 13, 0]
    assert queue_of("review", 3).name == "review.03"


def test_what_is_recorded_reaches_the_other_services_queue_in_one_message(
    ledger: Ledger, broker: Valkey, publisher: Publisher
) -> None:
    region = new_region()
    recorded = ledger.record(region, f"{region}-a", [begun(region, "a"), ThingCounted(thing_id=f"{region}-a", value=1)])
    publisher.announce(recorded)
    assert publisher.flush(30)
    wires = [CATALOGUE.render(each, Clearance.SERVICE, opened=False).decode() for each in recorded]
    assert messages(broker, f"reader.{shard_of(region):02d}") == [["ledger", region, 1, wires]]
    assert messages(broker, f"ledger.{shard_of(region):02d}") == []


def test_sealed_words_enter_no_message_even_after_the_opening(
    ledger: Ledger, broker: Valkey, publisher: Publisher
) -> None:
    region = new_region()
    ident = f"{region}-a"
    said = [ThingWhispered(thing_id=ident, words="the canary"), ThingRevealed(thing_id=ident)]
    publisher.announce(ledger.record(region, ident, [*said, ThingWhispered(thing_id=ident, words="the canary")]))
    assert publisher.flush(30)
    ((_, _, _, wires),) = messages(broker, f"reader.{shard_of(region):02d}")
    assert isinstance(wires, list)
    assert [sorted({"data"} & json.loads(each).keys()) for each in wires] == [[], ["data"], []]
    assert "canary" not in json.dumps(messages(broker, f"reader.{shard_of(region):02d}"))


def test_a_real_worker_applies_what_messages_bring_also_after_the_broker_was_wiped(
    ledger: Ledger, kernel_database: Database, broker: Valkey, publisher: Publisher
) -> None:
    """The worker cannot reach the source: what it applies came by message."""
    model = ledger.model(f"m_{uuid4().hex}")
    consumer = Consumer(model.schema, LocalSource(ledger.log), model, ledger.engine)

    def applied(region: str) -> int:
        found = consumer.checkpoints(region)
        return found[region].position if region in found else 0

    region, other = new_region(), new_region()
    with worker(kernel_database, broker, model.schema, TEST_SOURCE="down"):
        publisher.announce(ledger.record(region, f"{region}-a", [begun(region, "a")]))
        eventually(lambda: applied(region) == 1)
        with redis.Redis.from_url(broker.url()) as client:
            client.flushall()
        publisher.announce(ledger.record(region, f"{region}-b", [begun(region, "b")]))
        publisher.announce(ledger.record(other, f"{other}-b", [begun(other, "b")]))
        eventually(lambda: applied(region) == 2 and applied(other) == 1)


def test_a_worker_reads_what_a_lost_message_would_have_brought(
    ledger: Ledger, kernel_database: Database, broker: Valkey, publisher: Publisher
) -> None:
    model = ledger.model(f"m_{uuid4().hex}")
    consumer = Consumer(model.schema, LocalSource(ledger.log), model, ledger.engine)
    region = new_region()
    ledger.record(region, f"{region}-a", [begun(region, "a")])
    publisher.announce(ledger.record(region, f"{region}-b", [begun(region, "b")]))
    assert publisher.flush(30)
    with worker(kernel_database, broker, model.schema):
        eventually(lambda: region in consumer.checkpoints() and consumer.checkpoints()[region].position == 2)


def test_a_message_that_a_killed_worker_held_is_no_loss(
    ledger: Ledger, kernel_database: Database, broker: Valkey, publisher: Publisher
) -> None:
    model = ledger.model(f"m_{uuid4().hex}")
    consumer = Consumer(model.schema, LocalSource(ledger.log), model, ledger.engine)
    region = new_region()
    publisher.announce(ledger.record(region, f"{region}-a", [begun(region, "a")]))
    with worker(kernel_database, broker, model.schema) as process:
        eventually(lambda: region in consumer.checkpoints())
        os.killpg(process.pid, signal.SIGKILL)
    recorded = ledger.record(region, f"{region}-b", [begun(region, "b")])
    publisher.announce(recorded)
    assert publisher.flush(30)
    with worker(kernel_database, broker, model.schema):
        eventually(lambda: consumer.checkpoints(region)[region].position == 2)


def test_a_frozen_broker_holds_up_nobody_and_is_found_again(
    ledger: Ledger, broker: Valkey, publisher: Publisher
) -> None:
    region = new_region()
    recorded = ledger.record(region, f"{region}-a", [begun(region, "a")])
    queue = f"reader.{shard_of(region):02d}"
    publisher.announce(recorded)
    assert publisher.flush(30)
    assert broker._process is not None
    broker._process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(20_000):
            publisher.announce(recorded)
        # All of these returned while the broker said nothing; the thread gives up by itself.
        eventually(lambda: publisher._failures > 0 and not publisher._waiting)
    finally:
        broker._process.send_signal(signal.SIGCONT)
    sent = len(messages(broker, queue))

    def again() -> bool:
        publisher.announce(recorded)
        return len(messages(broker, queue)) > sent and publisher._failures == 0

    eventually(again)


def test_a_dead_broker_costs_nothing_after_the_first_failure(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus._BACK_OFF", (60.0, 60.0))
    dead = Valkey(tmp_path)
    dead.start()
    dead.stop()
    publisher = publisher_to(dead.url())
    region = new_region()
    recorded = ledger.record(region, f"{region}-a", [begun(region, "a")])
    publisher.announce(recorded)
    eventually(lambda: publisher._failures > 0)
    publisher.announce(recorded)
    assert not publisher._waiting
    publisher.close()


def test_the_store_is_bounded(ledger: Ledger) -> None:
    """A sender that takes for ever must not take all memory as well."""
    region = new_region()
    recorded = ledger.record(region, f"{region}-a", [begun(region, "a")])

    def slow(service: str, source: str, region: str, epoch: int, events: list[str]) -> None:
        time.sleep(0.5)

    publisher = Publisher(CATALOGUE, ("reader",), slow)
    for _ in range(30_000):
        publisher.announce(recorded)
    assert len(publisher._waiting) <= 10_000


def test_a_service_alone_starts_no_thread(ledger: Ledger) -> None:
    region = new_region()
    publisher = Publisher(CATALOGUE, ("ledger",), celery_sender(make_celery("ledger", "redis://127.0.0.1:9/0")))
    publisher.announce(ledger.record(region, f"{region}-a", [begun(region, "a")]))
    assert publisher._thread is None
    publisher.close()
