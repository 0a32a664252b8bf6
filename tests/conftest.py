"""Fixtures of all tests: real servers, started once, databases of a test's own, and a real browser."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import structlog
from sqlalchemy import Engine

from deploy.embedded import state
from shared.database import make_engine
from tests.support import Database, Servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.scheduler import LoadScopeScheduling

    from tests.journeys.installation import Installation
    from tests.journeys.speaking import Api

ROOT = Path(__file__).parent.parent
ALL_RUNNING = "everything running"
# Databases come by the dozen and go with the run: in memory that costs nothing, on many a disk a minute.
MEMORY = Path("/dev/shm")  # a folder of its own is made there
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Several processes choose ports at the same time: each among its own, or one takes what another is about to use.
if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    first = 20_000 + int(worker.removeprefix("gw")) % 6 * 2_000
    state._PORTS = range(first, first + 2_000)

# Unconfigured it draws every traceback with the variables of all frames: ten seconds of work for an error in a route.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)

# Other examples each time; each test says how many.
hypothesis.settings.register_profile(
    "long", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)

CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


def chromium_path() -> str:
    """Give Debian's Chromium: the shell without a window where it is installed, which costs half as much."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found is not None, "browser tests need Chromium (on Debian: apt install chromium-headless-shell)"
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that need everything running first: they take longest."""
    items.sort(key=lambda item: shares(item.nodeid) == ALL_RUNNING, reverse=True)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what stays to the end: modules and thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadScopeScheduling":
    """Keep a file's tests in one of several processes, and the files on the running installation together in one."""
    # Only a run in several processes has it.
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
        def _split_scope(self, nodeid: str) -> str:
            return shares(nodeid)

    return Sharing(config, log)


@cache
def shares(nodeid: str) -> str:
    """Give the name of what a test shares with others and must stay with: its file, or the running installation."""
    file = nodeid.partition("::")[0]
    needs_all = "installation: Installation" in (ROOT / file).read_text("utf-8")
    return ALL_RUNNING if needs_all else file


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One PostgreSQL and one Valkey for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="labinov-tests-"))
    running = Servers(folder)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def kernel_database(servers: Servers) -> Database:
    """A database with the tables of the kernel alone, one a module: tests keep apart by using regions of their own."""
    return servers.database("kernel")


@pytest.fixture(scope="module")
def kernel_engine(kernel_database: Database) -> Iterator[Engine]:
    """The application role's engine on it."""
    engine = make_engine(kernel_database.app_url, pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, one a module: while it runs no test can start an event loop of its own."""
    # Only what asks for it pays for what it imports.
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def installation() -> Iterator["Installation"]:
    """One running installation of the embedded default for all journeys and faults."""
    # Only what asks for it pays for what it imports.
    from tests.faults.checks import proofs_and_models_hold
    from tests.journeys.installation import Installation

    folder = Path(tempfile.mkdtemp(prefix="labinov-journeys-"))
    running = Installation(folder)
    try:
        running.start()
        yield running
        proofs_and_models_hold(running)
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def api(installation: "Installation") -> Iterator["Api"]:
    """The way to its services, with the pool of reviewers filled."""
    from tests.journeys.speaking import Api
    from tests.journeys.travelling import fill_the_pool

    speaking = Api(installation.state)
    try:
        fill_the_pool(speaking)
        yield speaking
    finally:
        speaking.close()
        installation.restore()
