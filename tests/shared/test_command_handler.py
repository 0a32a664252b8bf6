"""From a command to events: two round trips, stale versions, keys, lost races, facts of other streams."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.command_handler import CommandHandler
from shared.domain import NotFound, Stale
from shared.envelope import Recorded
from shared.event_log import EventLog, IdempotencyKey
from shared.telemetry import correlated
from tests.shared.things import CATALOGUE, JAR, AlreadyEmpty, Empty, Fill, JarFilled
from tests.support import counting, patiently

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Told:
    """Remembers what was announced."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []

    def __call__(self, recorded: Sequence[Recorded]) -> None:
        self.recorded.extend(recorded)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def commands(kernel_engine: Engine, told: Told) -> CommandHandler:
    return CommandHandler(EventLog(kernel_engine, CATALOGUE), told)


def fill(ident: str, marbles: int = 1) -> Fill:
    return Fill(actor="somebody", at=AT, jar_id=ident, marbles=marbles)


def key(text: str, request: bytes = b"") -> IdempotencyKey:
    return IdempotencyKey(key=text, request_hash=sha256(request).digest())


def test_a_command_is_two_statements_and_its_events_are_announced(
    commands: CommandHandler, told: Told, kernel_engine: Engine
) -> None:
    with counting(kernel_engine) as sent:
        outcome = commands.execute(JAR, "12.01-jar", fill("12.01-jar", 3), key=key("k"), if_match=0)
        assert sent() == 2
    assert (outcome.version, outcome.first_position, outcome.last_position) == (1, 1, 1)
    assert told.recorded == list(outcome.recorded)
    assert commands.state(JAR, "12.01-jar") == (3, 1)


def test_a_rejection_writes_nothing(commands: CommandHandler, told: Told) -> None:
    with pytest.raises(AlreadyEmpty):
        commands.execute(JAR, "12.02-jar", Empty(actor="somebody", at=AT, jar_id="12.02-jar"))
    assert (commands.log.read("12.02"), told.recorded) == ([], [])


def test_an_id_without_a_region_is_not_found(commands: CommandHandler) -> None:
    for ident in ("jar", "12-", "x-jar", "12.1-jar", ""):
        with pytest.raises(NotFound):
            commands.execute(JAR, ident, fill(ident))


@pytest.mark.parametrize("seen", [0, 2])
def test_a_version_that_is_not_the_present_one_is_stale(commands: CommandHandler, seen: int) -> None:
    ident = f"12.03-jar{seen}"
    commands.execute(JAR, ident, fill(ident))
    with pytest.raises(Stale):
        commands.execute(JAR, ident, fill(ident), if_match=seen)
    assert commands.state(JAR, ident) == (1, 1)


def test_a_repeated_key_answers_as_the_first_time_even_where_the_command_would_now_be_refused(
    commands: CommandHandler, told: Told
) -> None:
    ident = "12.04-jar"
    commands.execute(JAR, ident, fill(ident))
    empty = Empty(actor="somebody", at=AT, jar_id=ident)
    first = commands.execute(JAR, ident, empty, key=key("empty"))
    again = commands.execute(JAR, ident, empty, key=key("empty"), if_match=1)
    assert (again.version, again.last_position, again.replayed) == (first.version, first.last_position, True)
    assert len(told.recorded) == 2


def test_whoever_says_no_version_is_tried_again_when_a_race_is_lost(commands: CommandHandler) -> None:
    # As many as there are connections: without taking turns most of them would lose too often.
    ident = "12.05-jar"
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: patiently(lambda: commands.execute(JAR, ident, fill(ident, n))), range(1, 41)))
    assert commands.state(JAR, ident) == (820, 40)


def test_of_writers_with_one_version_exactly_one_wins(commands: CommandHandler) -> None:
    ident = "12.06-jar"

    def write(_: int) -> bool:
        try:
            patiently(lambda: commands.execute(JAR, ident, fill(ident), if_match=0))
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1
    assert commands.state(JAR, ident) == (1, 1)


def test_a_command_can_be_made_from_the_state_and_from_other_streams(
    commands: CommandHandler, kernel_engine: Engine
) -> None:
    commands.execute(JAR, "12.07-other", fill("12.07-other", 5))
    commands.execute(JAR, "12.07-jar", fill("12.07-jar", 2))

    def make(state: int, streams: Mapping[str, Sequence[Any]]) -> Fill:
        return fill("12.07-jar", state + JAR.fold(streams["jar/12.07-other"]))

    with counting(kernel_engine) as sent:
        commands.execute(JAR, "12.07-jar", make, also=["jar/12.07-other"])
        assert sent() == 2
    assert commands.states((JAR, "12.07-jar"), (JAR, "12.07-other")) == [(9, 2), (5, 1)]


def test_in_a_callers_transaction_nothing_is_announced_and_a_rollback_takes_it_back(
    commands: CommandHandler, told: Told, kernel_engine: Engine
) -> None:
    with kernel_engine.connect() as connection:
        outcome = commands.execute(JAR, "12.08-jar", fill("12.08-jar"), connection=connection)
        assert [each.position for each in outcome.recorded] == [1]
        connection.rollback()
    assert (told.recorded, commands.log.heads(["12.08"])) == ([], [])


def test_the_envelope_says_who_why_and_in_which_request(commands: CommandHandler) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with correlated("request-7", parent):
        outcome = commands.execute(JAR, "12.09-jar", fill("12.09-jar"), causation="cause")
    (recorded,) = outcome.recorded
    for part in (b'"actor":"somebody"', b'"correlationid":"request-7"', b'"causationid":"cause"', parent.encode()):
        assert part in recorded.leaf


def test_an_old_version_of_a_payload_is_read_as_the_present_one(commands: CommandHandler) -> None:
    assert CATALOGUE.decode("jar.filled", 1, b'{"jar_id":"12.10-jar","marbles":2}') == JarFilled(
        jar_id="12.10-jar", marbles=2, colour="clear"
    )
