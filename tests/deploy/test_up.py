"""`labinov up`, `status` and `down` as a person types them: real processes, from nothing to nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.embedded.processes import SERVICES, processes
from deploy.embedded.state import ROOT, State
from deploy.embedded.supervisor import Status, Supervisor

LABINOV = [sys.executable, "-c", "from deploy.cli import main; main()"]
pytestmark = pytest.mark.timeout(600)  # a dozen processes come up, beside whatever else the machine does

LONG = os.environ.get("LABINOV_LONG") == "1"
EVERYTHING = {"postgres", "valkey", "issuer", "gateway", *(each.name for each in processes())}


class Installation:
    """A folder of state with a port of its own, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        # From this process's own share; the command finds them kept.
        for name in ("supervisor", "postgres", "valkey", "issuer", *(f"{each}-api" for each in SERVICES)):
            self.state.port(name)
        self.url = f"http://127.0.0.1:{self.state.port('gateway')}"
        self.environment = os.environ | {
            "LABINOV_HOME": str(folder),
            "LABINOV_PORT": str(self.state.port("gateway")),
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `labinov` and wait for its end."""
        return subprocess.run(
            [*LABINOV, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300
        )

    def status(self) -> dict[str, dict[str, Any]]:
        """Give what `labinov status --json` says of the processes."""
        found = json.loads(self.run("status", "--json").stdout)["processes"]
        return {each["process"]: each for each in found}

    def processes(self) -> dict[str, Status]:
        """Give every process, as the supervisor knows it."""
        return {each.name: each for each in Supervisor(self.state).programs()}

    def not_running(self) -> set[str]:
        """Give the names of those processes that should run and do not."""
        return EVERYTHING - {name for name, each in self.processes().items() if each.state == "running"}


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError("it never came to hold")


def answers(running: Installation, path: str) -> bool:
    """Whether a path answers, and that all is well."""
    try:
        return httpx.get(f"{running.url}{path}", trust_env=False, timeout=60).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that is up, without the demonstration."""
    installation = Installation(tmp_path_factory.mktemp("up") / "a home")
    try:
        done = installation.run("up", "--detach", "--no-demonstration")
        assert (done.returncode, done.stderr) == (0, ""), done
        yield installation
    finally:
        installation.run("down")


def test_everything_runs_behind_one_address(running: Installation) -> None:
    eventually(lambda: running.not_running() == set())
    assert running.processes().keys() == EVERYTHING
    assert {name: each["state"] for name, each in running.status().items()} == dict.fromkeys(EVERYTHING, "running")
    assert running.run("status").returncode == 0
    for path in ("/readyz", "/submission/readyz", "/review/readyz", "/issuer/.well-known/openid-configuration"):
        assert answers(running, path), path


def test_a_second_up_says_that_it_runs(running: Installation) -> None:
    done = running.run("up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Labinov is running already; `make down` stops it.\n")


def test_what_has_no_address_says_when_it_last_got_on(running: Installation) -> None:
    beating = {each.name for each in processes() if each.role != "api"}
    eventually(lambda: {each.name for each in (running.state.folder / "heartbeat").iterdir()} == beating)
    told = {name for name, each in running.status().items() if each["last progress"] is not None}
    assert told == beating


# One always, and the others in a long run: what their end does to those at work `tests/faults/test_kills.py` and
# `tests/journeys/test_disturbed.py` show each time.
@pytest.mark.parametrize("name", ["valkey", *(["submission-worker", "review-api", "postgres"] if LONG else [])])
def test_a_process_that_is_killed_comes_back(running: Installation, name: str) -> None:
    eventually(lambda: running.not_running() == set())
    before = running.processes()[name].pid
    assert before
    os.kill(before, signal.SIGKILL)
    eventually(lambda: running.processes()[name].pid not in (before, None))
    eventually(lambda: running.not_running() == set())
    eventually(lambda: answers(running, "/review/readyz"))


def test_secrets_are_readable_by_nobody_else(running: Installation) -> None:
    secret = running.state.secret("client.submission")
    holding = [each for each in running.state.folder.rglob("*") if each.is_file() and secret in _text(each)]
    assert {each.name for each in holding} >= {"secrets.json", "clients.json", "supervisord.conf"}
    assert {oct(each.stat().st_mode & 0o777) for each in holding} == {"0o600"}


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def test_down_stops_everything_and_the_next_up_finds_it_all_again(running: Installation) -> None:
    secrets = (running.state.folder / "secrets.json").read_text()
    created = (running.state.folder / "postgres" / "labinov-created").stat().st_mtime_ns
    assert running.run("down").stdout == "Stopped.\n"
    assert Supervisor(running.state).leftovers() == []
    assert running.run("down").stdout == "Labinov was not running.\n"
    assert running.run("status").returncode == 1
    # In the foreground this time, until Ctrl-C.
    foreground = subprocess.Popen(
        [*LABINOV, "up", "--no-demonstration"],
        cwd=ROOT,
        env=running.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert foreground.stdout
    assert any(line == "Ctrl-C stops it.\n" for line in iter(foreground.stdout.readline, ""))
    assert (running.state.folder / "secrets.json").read_text() == secrets
    assert (running.state.folder / "postgres" / "labinov-created").stat().st_mtime_ns == created
    os.killpg(foreground.pid, signal.SIGINT)
    rest, _ = foreground.communicate(timeout=300)
    assert foreground.returncode == 0
    assert rest.endswith("\nStopping\n")
    assert Supervisor(running.state).leftovers() == []


def test_what_stands_in_the_way_is_said_without_a_traceback(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with socket.create_server(("127.0.0.1", installation.state.port("gateway"))):
        done = installation.run("up", "--detach")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Labinov cannot start yet:\n  - Port ")
    assert Supervisor(installation.state).leftovers() == []


def test_a_port_that_is_none_is_said(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.environment["LABINOV_PORT"] = "eight"
    done = installation.run("up")
    assert (done.returncode, done.stderr) == (1, "LABINOV_PORT is 'eight', which is not the number of a port.\n")
