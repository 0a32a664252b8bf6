"""The worker of the lane as a process of its own, a real broker between, and killed in the middle of its work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from services.showcase.documents import store, working
from tests.services.showcase.documents.editions import ask, edition, rows
from tests.services.showcase.site import Running

LONG = os.environ.get("LABINOV_LONG") == "1"


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is so; the time is far more than it takes."""
    end = time.monotonic() + 100
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def worker(running: Running) -> "subprocess.Popen[bytes]":
    settings = running.service.kernel.settings
    told = {
        "DEPLOYMENT": settings.deployment,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "BROKER_URL": settings.broker_url.get_secret_value(),
        "PUBLIC_URL": settings.public_url,
        "ISSUER": settings.issuer,
        "CLIENT_ID": settings.client_id,
        "CLIENT_SECRET": "only-in-tests",
        "SESSION_SECRET": "only-in-tests-too",
    }
    command = ["-m", "shared.service", "lane", "services.showcase.main:service", working.LANE]
    environment = {**os.environ, **{f"LABINOV_{name}": value for name, value in told.items()}}
    return subprocess.Popen([sys.executable, *command], env=environment, start_new_session=True)


@pytest.mark.skipif(not LONG, reason="starts two workers; LABINOV_LONG=1")
def test_a_document_whose_maker_is_killed_is_made_by_the_next(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme_id = edition(running, "36.74", innovations=60)
    ask(running, programme_id)

    def state() -> str:
        (row,) = rows(running, programme_id)
        found: str = row.state
        return found

    first = worker(running)
    try:
        # Asking told the worker, before there was one.
        eventually(lambda: state() == "working")
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert state() == "working"
    second = worker(running)
    try:
        with running.service.kernel.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE document SET leased_until = leased_until - interval '30 seconds'")
        assert store.LEASE_SECONDS == 30
        working.chore(running.service.kernel)()
        eventually(lambda: state() == "done")
    finally:
        os.killpg(second.pid, signal.SIGTERM)
        try:
            second.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(second.pid, signal.SIGKILL)
            second.wait()
    (row,) = rows(running, programme_id)
    assert row.tries == 2
