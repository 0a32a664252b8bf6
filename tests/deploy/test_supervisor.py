"""The supervisor with small real programs: what ends is started again, and a stop leaves nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.errors import Trouble
from deploy.embedded.state import State
from deploy.embedded.supervisor import Program, Status, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
AWKWARD = '{"a": "50 % of b, c"; d}'


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor of a folder whose name has a space, stopped at the end."""
    found = Supervisor(State(tmp_path / "a folder"))
    yield found
    found.stop()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to hold")


def states(supervisor: Supervisor) -> dict[str, str]:
    """Give the state of each program."""
    return {each.name: each.state for each in supervisor.programs()}


def one(supervisor: Supervisor, name: str) -> Status:
    """Give one program's status."""
    return next(each for each in supervisor.programs() if each.name == name)


def test_programs_wait_for_their_group_and_get_their_environment(supervisor: Supervisor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"import os, pathlib; pathlib.Path({str(out)!r}).write_text(os.environ['SETTING']); {SLEEP[2]}"
    writer = Program("writer", "second", [sys.executable, "-c", script], {"SETTING": AWKWARD})
    supervisor.start([Program("first", "first", SLEEP), writer])
    assert states(supervisor) == {"first": "stopped", "writer": "stopped"}
    supervisor.start_group("second")
    eventually(lambda: states(supervisor) == {"first": "stopped", "writer": "running"})
    eventually(lambda: out.exists() and out.read_text() == AWKWARD)


def test_what_is_killed_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start([Program("sleeper", "all", SLEEP)])
    supervisor.start_group("all")
    eventually(lambda: states(supervisor) == {"sleeper": "running"})
    before = one(supervisor, "sleeper").pid
    assert before
    os.kill(before, signal.SIGKILL)
    eventually(lambda: one(supervisor, "sleeper").pid not in (before, None))


def test_a_stop_leaves_nothing_and_can_be_repeated(supervisor: Supervisor) -> None:
    supervisor.start([Program("sleeper", "all", SLEEP)])
    supervisor.start_group("all")
    eventually(lambda: states(supervisor) == {"sleeper": "running"})
    assert supervisor.stop()
    assert (supervisor.running(), supervisor.programs(), supervisor.leftovers()) == (False, [], [])
    assert not supervisor.stop()


def test_what_a_killed_supervisor_left_behind_is_found_and_stopped(supervisor: Supervisor) -> None:
    supervisor.start([Program("sleeper", "all", SLEEP)])
    supervisor.start_group("all")
    eventually(lambda: states(supervisor) == {"sleeper": "running"})
    sleeper = psutil.Process(one(supervisor, "sleeper").pid)
    parent = sleeper.parent()
    assert parent
    parent.kill()
    eventually(lambda: not supervisor.running())
    assert [each.pid for each in supervisor.leftovers()] == [sleeper.pid]
    assert supervisor.stop()
    assert not sleeper.is_running() or sleeper.status() == psutil.STATUS_ZOMBIE


def test_one_folder_does_not_see_anothers_processes(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([Program("sleeper", "all", SLEEP)])
    supervisor.start_group("all")
    eventually(lambda: states(supervisor) == {"sleeper": "running"})
    other = Supervisor(State(tmp_path / "other"))
    assert (other.running(), other.programs(), other.stop()) == (False, [], False)
    assert states(supervisor) == {"sleeper": "running"}


def test_a_configuration_that_cannot_be_is_said(supervisor: Supervisor) -> None:
    with pytest.raises(Trouble, match="The supervisor does not start"):
        supervisor.start([Program("sleeper", "all", SLEEP, stop_signal="NONSENSE")])
