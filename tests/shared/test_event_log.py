"""The log: one statement appends, positions have no gap, keys answer once, and nobody alters what was written."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from shared.envelope import Meta, data_hash
from shared.event_log import EpochChanged, EventLog, IdempotencyKey, KeyReused, WrongExpectedVersion
from shared.merkle import leaf_hash
from tests.shared.things import CATALOGUE, JarEmptied, JarFilled
from tests.support import Database, counting, patiently

META = Meta(actor="somebody", at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC), correlation="c")


@pytest.fixture(scope="module")
def log(kernel_engine: Engine) -> EventLog:
    return EventLog(kernel_engine, CATALOGUE)


def filled(region: str, marbles: int = 1) -> JarFilled:
    return JarFilled(jar_id=f"{region}-jar", marbles=marbles, colour="red")


def key(text: str, request: bytes = b"request") -> IdempotencyKey:
    return IdempotencyKey(key=text, request_hash=sha256(request).digest())


def test_positions_and_versions_count_from_one_and_the_head_follows(log: EventLog) -> None:
    first = log.append("11.01", "jar/11.01-a", 0, [filled("11.01"), filled("11.01", 2)], META, epoch=1)
    second = log.append("11.01", "jar/11.01-b", 0, [filled("11.01")], META, epoch=1)
    read = log.read("11.01")
    assert [(each.position, each.stream, each.stream_version) for each in read] == [
        (1, "jar/11.01-a", 1),
        (2, "jar/11.01-a", 2),
        (3, "jar/11.01-b", 1),
    ]
    assert (first.first_position, first.last_position, second.first_position) == (1, 2, 3)
    assert [(h.position, h.leaf_hash, h.epoch) for h in log.heads(["11.01"])] == [(3, read[2].leaf_hash, 1)]
    assert first.recorded + second.recorded == tuple(read)


def test_a_leaf_commits_to_its_payload_by_a_salted_hash(log: EventLog) -> None:
    log.append("11.02", "jar/11.02-a", 0, [filled("11.02")], META, epoch=1)
    (recorded,) = log.read("11.02")
    assert recorded.payload is not None
    assert recorded.salt is not None
    assert len(recorded.salt) == 32
    assert data_hash(recorded.salt, recorded.payload).encode() in recorded.leaf
    assert recorded.leaf_hash == leaf_hash(recorded.leaf)


def test_an_append_and_a_load_are_one_statement_each(log: EventLog, kernel_engine: Engine) -> None:
    with counting(kernel_engine) as sent:
        log.append("11.03", "jar/11.03-a", 0, [filled("11.03")], META, epoch=1, key=key("k"))
        assert sent() == 1
        log.load("11.03", ["jar/11.03-a", "jar/11.03-b"], key=key("k"))
        assert sent() == 2


def test_a_stream_that_moved_on_refuses_and_writes_nothing(log: EventLog) -> None:
    log.append("11.04", "jar/11.04-a", 0, [filled("11.04")], META, epoch=1)
    with pytest.raises(WrongExpectedVersion):
        log.append("11.04", "jar/11.04-a", 0, [filled("11.04"), filled("11.04")], META, epoch=1, key=key("k4"))
    assert [head.position for head in log.heads(["11.04"])] == [1]
    assert log.load("11.04", ["jar/11.04-a"], key=key("k4")).earlier is None


def test_the_same_key_gives_the_first_answer_and_another_request_is_refused(log: EventLog) -> None:
    first = log.append("11.05", "jar/11.05-a", 0, [filled("11.05")], META, epoch=1, key=key("k"))
    again = log.append("11.05", "jar/11.05-a", 1, [filled("11.05")], META, epoch=1, key=key("k"))
    assert (again.first_position, again.version, again.replayed) == (first.first_position, first.version, True)
    with pytest.raises(KeyReused):
        log.load("11.05", ["jar/11.05-a"], key=key("k", b"another"))
    with pytest.raises(KeyReused):
        log.append("11.05", "jar/11.05-a", 1, [filled("11.05")], META, epoch=1, key=key("k", b"another"))
    assert len(log.read("11.05")) == 1


def test_twins_with_one_key_get_one_answer(log: EventLog) -> None:
    start = threading.Barrier(8, timeout=20)

    def send(_: int) -> tuple[int, int]:
        start.wait()
        outcome = patiently(
            lambda: log.append("11.06", "jar/11.06-a", 0, [filled("11.06")], META, epoch=1, key=key("twin"))
        )
        return outcome.first_position, outcome.version

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) == {(1, 1)}
    assert len(log.read("11.06")) == 1


def test_writers_of_one_expected_version_exactly_one_wins_and_positions_have_no_gap(log: EventLog) -> None:
    start = threading.Barrier(8, timeout=20)

    def write(number: int) -> int:
        won = 0
        start.wait()
        for turn in range(20):
            try:
                stream, event = f"jar/11.07-{turn}", filled("11.07", number + 1)
                patiently(partial(log.append, "11.07", stream, 0, [event], META, epoch=1))
                won += 1
            except WrongExpectedVersion:
                pass
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 20
    assert [each.position for each in log.read("11.07")] == list(range(1, 21))


def test_a_reader_during_delayed_commits_skips_nothing(log: EventLog, kernel_engine: Engine) -> None:
    held, release = threading.Event(), threading.Event()

    def slow() -> None:
        with kernel_engine.begin() as connection:
            log.append("11.08", "jar/11.08-slow", 0, [filled("11.08")], META, epoch=1, connection=connection)
            held.set()
            release.wait(4)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow)
        assert held.wait(20)
        fast = partial(log.append, "11.08", "jar/11.08-fast", 0, [filled("11.08")], META, epoch=1)
        second = pool.submit(patiently, fast)
        assert log.read("11.08") == []
        release.set()
        first.result()
        second.result()
    assert [(e.position, e.stream) for e in log.read("11.08")] == [(1, "jar/11.08-slow"), (2, "jar/11.08-fast")]


def test_the_application_cannot_alter_or_remove_an_event(log: EventLog, kernel_engine: Engine) -> None:
    log.append("11.09", "jar/11.09-a", 0, [filled("11.09")], META, epoch=1)
    for statement in ("UPDATE event SET payload = NULL, salt = NULL", "DELETE FROM event", "TRUNCATE event"):
        with pytest.raises(ProgrammingError, match="permission denied"), kernel_engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_the_owner_may_clear_a_payload_with_its_salt_and_nothing_else(
    log: EventLog, kernel_database: Database, servers: object
) -> None:
    log.append("11.10", "jar/11.10-a", 0, [filled("11.10"), JarEmptied(jar_id="11.10-a")], META, epoch=1)
    refused = (
        "UPDATE event SET payload = 'x' WHERE region = '11.10'",
        "UPDATE event SET payload = NULL WHERE region = '11.10'",
        "UPDATE event SET payload = NULL, salt = NULL, stream = 'x' WHERE region = '11.10'",
        "DELETE FROM event WHERE region = '11.10'",
        "TRUNCATE event",
        "TRUNCATE event_03",
    )
    with psycopg.connect(kernel_database.superuser_conninfo, autocommit=True) as owner:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner.execute(statement.encode())
        owner.execute("UPDATE event SET payload = NULL, salt = NULL WHERE region = '11.10' AND position = 1")
    loaded = log.load("11.10", ["jar/11.10-a"])
    assert (loaded.streams["jar/11.10-a"], loaded.versions["jar/11.10-a"]) == ([JarEmptied(jar_id="11.10-a")], 2)


def test_another_epoch_is_noticed(log: EventLog, kernel_database: Database) -> None:
    log.append("11.11", "jar/11.11-a", 0, [filled("11.11")], META, epoch=1)
    with psycopg.connect(kernel_database.superuser_conninfo, autocommit=True) as owner:
        owner.execute("UPDATE log_head SET epoch = 2 WHERE region = '11.11'")
    assert log.load("11.11", []).epoch == 2
    with pytest.raises(EpochChanged):
        log.append("11.11", "jar/11.11-a", 1, [filled("11.11")], META, epoch=1)
    assert [head.position for head in log.heads(["11.11"])] == [1]


def test_keys_of_different_regions_do_not_meet(log: EventLog) -> None:
    one = str(uuid4())
    log.append("11.12", "jar/11.12-a", 0, [filled("11.12")], META, epoch=1, key=key(one))
    other = log.append("11.13", "jar/11.13-a", 0, [filled("11.13")], META, epoch=1, key=key(one, b"another"))
    assert not other.replayed
