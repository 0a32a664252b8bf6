"""Processes killed or standing still while people write: what was acknowledged stays, what was not can be repeated."""

import os
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import text

from deploy.embedded.postgres import Postgres
from shared.database import make_engine
from tests.faults.checks import everything_holds
from tests.faults.subscriber import following
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import LAN_MACHINE, Acknowledged, Api
from tests.journeys.travelling import LEBAK, PURBALINGGA, Laboratory, open_programme

pytestmark = pytest.mark.timeout(400)

TRIALS = 300 if os.environ.get("LABINOV_LONG") == "1" else 3
WRITERS = 3
IDEA = {
    "title": "Layanan Keliling",
    "meaning": "",
    "idea": "Contoh.",
    "sector": "health",
    "initiator": "unit",
    "channel": "own-initiative",
    "team": [],
    "is_example": True,
    "source": "contoh",
    "proposed_on": "2024-02-05",
}


class Writers:
    """A few people who put ideas forward in a region without a pause; each repeats a command until it is answered."""

    def __init__(self, api: Api, laboratory: Laboratory, edition: str) -> None:
        self._api = api
        self._programme = open_programme(api, laboratory, edition)
        self._unit = f"{laboratory.region}-{laboratory.unit}"
        self._stop = Event()
        self._pool = ThreadPoolExecutor(WRITERS)
        self._running: list[Future[None]] = []
        self.written: list[Acknowledged] = []

    def start(self) -> None:
        """Begin to write."""
        self._running = [self._pool.submit(self._write) for _ in range(WRITERS)]

    def stop(self) -> None:
        """Write no more; raise what a writer met that is neither success nor 503."""
        self._stop.set()
        for each in self._running:
            each.result()
        self._pool.shutdown()

    def go_on(self, more: int = 3) -> None:
        """Wait until some more commands have been answered."""
        wanted = len(self.written) + more
        eventually(lambda: len(self.written) >= wanted, "the writers go on")

    def propose(self, url: str | None = None) -> Acknowledged:
        """Put one idea forward."""
        body = {**IDEA, "title": f"Layanan {uuid4().hex[:12]}", "programme_id": self._programme, "unit_id": self._unit}
        path, key = "/submission/innovations", uuid4().hex
        answer = self._api.command(LAN_MACHINE, "POST", path, body, key=key, url=url)
        return Acknowledged("submission", "POST", path, body, LAN_MACHINE, key, answer)

    def _write(self) -> None:
        while not self._stop.is_set():
            self.written.append(self.propose())


@contextmanager
def writing(api: Api, laboratory: Laboratory, edition: str) -> Iterator[Writers]:
    """Have people write while the block runs, and a subscriber follow; each command was then recorded exactly once."""
    writers = Writers(api, laboratory, edition)
    with following(api, LAN_MACHINE, "submission", laboratory.region):
        writers.start()
        try:
            writers.go_on()
            yield writers
            writers.go_on()
        finally:
            writers.stop()
    found = api.read(LAN_MACHINE, "/submission/innovations", region=laboratory.region, limit=500)["items"]
    titles = sorted(each["title"] for each in found if each["programme_id"] == f"{laboratory.region}-{edition}")
    assert titles == sorted(each.body["title"] for each in writers.written)
    for each in random.Random(5).sample(writers.written, 3):
        again = api.command(each.who, each.method, each.path, each.body, key=each.key)
        assert again == each.answer


def test_the_api_is_killed_while_it_is_written_to(installation: Installation, api: Api) -> None:
    with writing(api, PURBALINGGA, "api-terbunuh") as writers:
        for _ in range(TRIALS):
            killed = installation.kill("submission-api")
            installation.replaced("submission-api", killed)
            writers.go_on()
    everything_holds(installation, api)


def test_what_was_acknowledged_the_moment_before_the_kill_is_answered_the_same_again(
    installation: Installation, api: Api
) -> None:
    writer = Writers(api, PURBALINGGA, "sesaat-sebelumnya")
    given = writer.propose()
    installation.kill("submission-api")
    assert api.command(given.who, given.method, given.path, given.body, key=given.key) == given.answer
    innovation = api.read(LAN_MACHINE, f"/submission/innovations/{given.answer['id']}")
    assert innovation["title"] == given.body["title"]


def test_the_database_is_killed_and_comes_back(installation: Installation, api: Api) -> None:
    with writing(api, PURBALINGGA, "basis-data-terbunuh"):
        killed = installation.kill("postgres")
        installation.replaced("postgres", killed)
    assert api.unavailable > 0
    everything_holds(installation, api)


def test_an_api_that_stands_still_holds_up_nobody_else(installation: Installation, api: Api) -> None:
    with installation.second_api("submission") as second:
        writer = Writers(api, PURBALINGGA, "berhenti-sejenak")
        with installation.frozen("submission-api"):
            for _ in range(3):
                api.read(LAN_MACHINE, "/review/assessments", region=PURBALINGGA.region)
                writer.propose(url=second)
        writer.propose()
    everything_holds(installation, api)


def test_a_head_row_held_by_a_process_that_stands_still_is_freed(installation: Installation, api: Api) -> None:
    free, locked = Writers(api, LEBAK, "daerah-lain"), Writers(api, PURBALINGGA, "terkunci")
    engine = make_engine(Postgres(installation.state.folder).url("submission_app", "submission"))
    connection = engine.connect()
    connection.execute(
        text("SELECT position FROM log_head WHERE region = :region FOR UPDATE"), {"region": PURBALINGGA.region}
    )
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(locked.propose)
        for _ in range(5):
            free.propose()
        # Nobody lets go of the row: the server ends the idle transaction by itself, and the writer gets through.
        assert waiting.result(60).answer["region"] == PURBALINGGA.region
    connection.invalidate()
    engine.dispose()
    everything_holds(installation, api)
