"""Regions, shards and processes of one service do not depend on one another."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from deploy.demo.journeys import Goal
from shared.bus import SHARDS, shard_of
from shared.domain import Event, Visibility, event
from shared.envelope import Catalogue, Meta
from shared.event_log import EventLog
from tests.faults.checks import everything_holds, loaded
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import Api
from tests.journeys.travelling import LEBAK, MEDAN, PEMALANG, SOUTH_TANGERANG, Laboratory, Travel, open_programme

pytestmark = pytest.mark.timeout(400)

HALF = SHARDS // 2
SWEEPS = ("submission-sweep", "review-sweep", "showcase-sweep")


def shards(first: int, last: int) -> str:
    """Give shards as the command line takes them."""
    return ",".join(map(str, range(first, last)))


def test_two_workers_on_disjoint_shards_and_two_apis_carry_the_journey(installation: Installation, api: Api) -> None:
    low, high = PEMALANG, SOUTH_TANGERANG
    assert shard_of(low.region) < HALF <= shard_of(high.region)
    with ExitStack() as running:
        running.enter_context(installation.halted(*SWEEPS, "showcase-worker"))
        second = running.enter_context(installation.second_api("submission"))
        travels = [travel(api, each, second) for each in (low, high)]
        running.enter_context(installation.worker_of_shards("showcase", shards(0, HALF)))
        eventually(travels[0].shown, "the lower half is shown by its own worker")
        assert not travels[1].shown()
        assert installation.messages("showcase") != []
        running.enter_context(installation.worker_of_shards("showcase", shards(HALF, SHARDS)))
        eventually(travels[1].shown, "the upper half is shown by the other")
    everything_holds(installation, api)


def travel(api: Api, laboratory: Laboratory, second: str) -> Travel:
    """Have an innovation go the whole way, its commands to submission by both of its APIs in turn."""
    found = Travel(api, laboratory, "Dua Pekerja")
    found.urls = [None, second]
    found.go()
    return found


def test_a_region_whose_head_is_locked_holds_up_no_other(installation: Installation, api: Api) -> None:
    locked = Travel(api, LEBAK, "Terkunci", Goal.DESIGNING)
    # More writers than the API has threads: those that wait must not take them all.
    with ThreadPoolExecutor(12) as pool:
        with head_locked(installation, LEBAK.region):
            waiting: list[Future[object]] = [pool.submit(locked.go)]
            waiting += [pool.submit(open_programme, api, LEBAK, str(year)) for year in range(2031, 2042)]
            free = Travel(api, MEDAN, "Tidak Terkunci")
            free.go()
            eventually(free.shown, "the other region is shown")
            assert not any(each.done() for each in waiting)
        for each in waiting:
            each.result(120)
    everything_holds(installation, api)


@contextmanager
def head_locked(installation: Installation, region: str) -> Iterator[None]:
    """Hold the head row of a region of submission for as long as the block lasts."""
    with installation.connect("submission") as connection, connection.transaction():
        connection.execute("SELECT position FROM log_head WHERE region = %s FOR UPDATE", (region,))
        yield


@event("innovation.stage-advanced", version=2, visibility=Visibility.PUBLIC)
class FromLater(Event):
    """An innovation moved on, as a release says it that nobody here knows yet."""

    innovation_id: str

    @staticmethod
    def upcast_v1(data: dict[str, str]) -> dict[str, str]:
        return data


def test_a_poisoned_event_is_parked_and_holds_up_neither_its_region_nor_another(
    installation: Installation, api: Api
) -> None:
    before = Travel(api, LEBAK, "Sebelum Racun", Goal.IDEA)
    before.go()
    stream = f"innovation/{LEBAK.region}-{uuid4().hex}"
    poison(installation, LEBAK.region, stream)
    travels = [Travel(api, each, "Sesudah Racun") for each in (LEBAK, MEDAN)]
    for each in travels:
        each.go()
    for each in travels:
        eventually(each.shown, f"{each.region} is shown")
    with installation.connect("showcase") as connection:
        rows = connection.execute("SELECT region, stream, state, tries FROM parked WHERE stream = %s", (stream,))
        assert rows.fetchall() == [(LEBAK.region, stream, "parked", 5)]
    everything_holds(installation, api)


def poison(installation: Installation, region: str, stream: str) -> None:
    """Record an event that every reader handles and none can read; as properly as any other."""
    service = loaded(installation, "submission")
    try:
        log = EventLog(service.kernel.engine, Catalogue("submission", [FromLater]))
        meta = Meta(actor="nobody", at=datetime.now(UTC), correlation="poison")
        log.append(region, stream, 0, [FromLater(innovation_id=stream.partition("/")[2])], meta, epoch=1)
    finally:
        service.kernel.close()
