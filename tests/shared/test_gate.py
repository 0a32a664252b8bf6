"""A region whose head is locked holds up nobody else, and opens again with the first who gets through."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from shared.envelope import Meta
from shared.event_log import EventLog
from shared.gate import Gate, RegionBusy
from tests.shared.things import CATALOGUE, JarFilled
from tests.support import STAYS_IDLE, counting

META = Meta(actor="somebody", at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC), correlation="c")


@pytest.fixture
def log(kernel_engine: Engine) -> EventLog:
    return EventLog(kernel_engine, CATALOGUE)


def append(log: EventLog, region: str, name: str) -> int:
    event = JarFilled(jar_id=f"{region}-{name}", marbles=1, colour="red")
    return log.append(region, f"jar/{region}-{name}", 0, [event], META, epoch=1).last_position


def busy(log: EventLog, region: str, names: Sequence[str]) -> list[bool]:
    def one(name: str) -> bool:
        try:
            append(log, region, name)
        except RegionBusy:
            return True
        return False

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(one, names))


def test_writers_of_a_locked_region_are_sent_away_and_at_most_one_waits(log: EventLog, kernel_engine: Engine) -> None:
    append(log, "15.01", "first")
    with kernel_engine.connect() as holder:
        holder.exec_driver_sql(STAYS_IDLE)
        holder.exec_driver_sql("SELECT 1 FROM log_head WHERE region = '15.01' FOR UPDATE")
        assert busy(log, "15.01", ["a"]) == [True]
        # While one tries, the others are answered without a statement.
        with log._gate.through("15.01"), counting(kernel_engine) as sent:
            assert busy(log, "15.01", [f"c{number}" for number in range(12)]) == [True] * 12
            assert sent() == 0
        assert append(log, "15.02", "elsewhere") == 1
        holder.rollback()
    assert [append(log, "15.01", name) for name in ("d", "e")] == [2, 3]
    assert busy(log, "15.01", [f"f{number}" for number in range(8)]) == [False] * 8
    assert [each.position for each in log.read("15.01")] == list(range(1, 12))


def test_an_error_of_another_kind_does_not_close_a_region() -> None:
    gate = Gate()
    with pytest.raises(KeyError), gate.through("15.03"):
        raise KeyError
    with gate.through("15.03"), gate.through("15.03"):
        pass
