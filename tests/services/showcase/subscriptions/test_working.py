"""The worker of the lane as a process of its own, a real broker between: from a message to a receiver's socket."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.showcase.subscriptions import working
from tests.services.showcase.subscriptions.program import REGION, TANGSEL, Program


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is so; the time is far more than it takes."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def environment(program: Program) -> dict[str, str]:
    settings = program.service.kernel.settings
    told = {
        "DEPLOYMENT": settings.deployment,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "BROKER_URL": settings.broker_url.get_secret_value(),
        "PUBLIC_URL": settings.public_url,
        "ISSUER": settings.issuer,
        "CLIENT_ID": settings.client_id,
        "CLIENT_SECRET": "only-in-tests",
        "SESSION_SECRET": "only-in-tests-too",
        "WEBHOOK_SECONDS": "1",
        "WEBHOOK_ALLOW": '["127.0.0.1"]',
    }
    return {**os.environ, **{f"LABINOV_{name}": value for name, value in told.items()}}


def test_a_worker_delivers_what_the_copy_and_the_sweep_tell_it_of(program: Program, tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    stalling = program.creates(TANGSEL, url=program.receiver.url("/stall"), start="beginning")
    made = program.creates(TANGSEL, url=program.receiver.url("/worker"), start="beginning")
    command = ["-m", "shared.service", "lane", "services.showcase.main:service", working.LANE]
    worker = subprocess.Popen(
        [sys.executable, *command, "--heartbeat", str(heartbeat)], env=environment(program), start_new_session=True
    )
    try:

        def got() -> set[str]:
            # An attempt that took too long is made again.
            return {headers["webhook-id"] for path, headers, _ in program.receiver.got if path == "/worker"}

        def figures() -> tuple[int, int]:
            found = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}", 200)
            return found["waiting_events"], found["failing_logs"]

        # Making it told the worker, before there was one.
        eventually(lambda: len(got()) == 3)
        eventually(heartbeat.exists)
        program.hub.record(REGION)
        working.after_copy(program.service.kernel)([REGION])
        eventually(lambda: len(got()) == 4)
        # Nobody is told of this one: the sweep finds it.
        program.hub.record(REGION)
        working.chore(program.service.kernel)()
        eventually(lambda: len(got()) == 5)
        eventually(lambda: figures() == (0, 0))
    finally:
        program.sends(TANGSEL, "DELETE", f"/webhooks/{stalling['id']}", 204)
        os.killpg(worker.pid, signal.SIGTERM)
        try:
            worker.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            raise
