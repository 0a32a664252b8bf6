"""The copy of the producers' logs: every event, byte for byte, whatever its type; payloads that go when they must."""

from collections.abc import Collection
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from services.showcase.feeds.copied import NAME, Copy, forget_halted, redact
from services.submission.domain.events import PersonErased
from shared.auth import Actor
from shared.consumer import Consumer
from shared.envelope import canonical, leaf_of
from shared.erasure import PayloadsErased
from shared.incoming import Received, parse
from shared.people import names, remember
from shared.service import Service
from tests.services.showcase.logs import Logs, laboratory

REGION = "36.74"


@pytest.fixture(scope="module")
def engine(made: Service) -> Engine:
    return made.kernel.engine


@pytest.fixture
def logs(engine: Engine) -> Logs:
    """A laboratory in submission's log; nothing copied yet."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM copied_event; DELETE FROM checkpoint")
    logs = Logs("submission")
    laboratory(logs, Logs("review"), REGION)
    return logs


def copied(engine: Engine) -> list[bytes]:
    """Give all that is copied, in order."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT wire FROM copied_event ORDER BY region, source, position").all()
    return [bytes(row[0]) for row in rows]


def as_sent(event: Received) -> bytes:
    """Give the bytes that the producer's own renderer writes for an event."""
    data = b',"data":' + canonical(event.data) if event.data is not None else b""
    return leaf_of(event.wire)[:-1] + data + b',"sequence":"%020d"}' % event.position


def unknown(after: Received) -> Received:
    """Give the next event of a log, of a type and version that nobody here has heard of."""
    wire = {
        **after.wire,
        "id": str(uuid4()),
        "type": "id.labinov.thing.invented.v9",
        "sequence": f"{after.position + 1:020d}",
    }
    return parse(canonical(wire))


def test_every_event_is_copied_as_it_was_sent_known_or_not(engine: Engine, logs: Logs) -> None:
    logs.events[REGION].append(unknown(logs.events[REGION][-1]))
    told: list[Collection[str]] = []

    def lost(regions: Collection[str]) -> None:
        raise ConnectionError

    consumer = Consumer(NAME, logs, Copy([lost, told.append]), engine)
    consumer.catch_up(REGION)
    consumer.deliver(REGION, 1, logs.events[REGION][:3])
    found = copied(engine)
    assert [parse(each) for each in found] == logs.events[REGION]
    assert found[:-1] == [as_sent(each) for each in logs.events[REGION][:-1]]
    assert told == [{REGION}]


def test_a_redacted_event_keeps_its_leaf_and_loses_its_payload(engine: Engine, logs: Logs) -> None:
    Consumer(NAME, logs, Copy(), engine).catch_up(REGION)
    before = [parse(each) for each in copied(engine)]
    with engine.begin() as connection:
        assert redact(connection, REGION, logs.name, [2, 3, 999]) == 2
        assert redact(connection, REGION, "review", [1]) == 0
    after = [parse(each) for each in copied(engine)]
    assert [each.position for each in after if each.data is None] == [2, 3]
    assert [each.leaf_hash for each in after] == [each.leaf_hash for each in before]


def test_the_copy_obeys_erasures_in_the_order_of_the_log(engine: Engine, logs: Logs) -> None:
    erased = Actor(person=str(uuid4()), name="Kenari")
    remember(engine)(erased, {"email": "kenari@example.id"})
    said = logs.record(
        REGION, "erasure/36.74-1", PayloadsErased(erasure_id="36.74-1", request="00-1", positions=(2, 4))
    )
    asked = logs.record(
        REGION,
        "erasure/00-1",
        PersonErased(erasure_id="00-1", person=erased.person, grounds="Permohonan nomor 4.", held={}),
    )
    Consumer(NAME, logs, Copy(), engine).catch_up(REGION)
    after = [parse(each) for each in copied(engine)]
    assert [each.position for each in after if each.data is None] == [2, 4, asked[0].position]
    assert [each.data for each in after if each.position == said[0].position] == [said[0].data]
    assert [each.leaf_hash for each in after] == [each.leaf_hash for each in logs.events[REGION]]
    assert names(engine, {erased.person}) == {}


def test_the_copy_of_a_log_that_was_put_back_is_forgotten_and_read_anew(engine: Engine, logs: Logs) -> None:
    consumer = Consumer(NAME, logs, Copy(), engine)
    consumer.catch_up(REGION)
    restored = Logs("submission")
    laboratory(restored, Logs("review"), REGION, innovations=1)
    behind = Consumer(NAME, restored, Copy(), engine)
    behind.catch_up(REGION)
    assert behind.checkpoints(REGION)[REGION].halted
    with engine.begin() as connection:
        assert forget_halted(connection) == [(REGION, "submission")]
        assert forget_halted(connection) == []
    behind.catch_up(REGION)
    assert [parse(each) for each in copied(engine)] == restored.events[REGION]
