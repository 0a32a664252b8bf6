"""Fixtures of all tests: real servers, started once, databases of a test's own, and a real browser."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from shared.database import make_engine
from tests.support import Database, Servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.journeys.installation import Installation
    from tests.journeys.speaking import Api

CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


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
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def installation() -> Iterator["Installation"]:
    """One running installation of the embedded default for all journeys and faults."""
    # Only what asks for it pays for what it imports.
    from tests.journeys.installation import Installation  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="labinov-journeys-"))
    running = Installation(folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def api(installation: "Installation") -> Iterator["Api"]:
    """The way to its services, with the pool of reviewers filled."""
    from tests.journeys.speaking import Api  # noqa: PLC0415
    from tests.journeys.travelling import fill_the_pool  # noqa: PLC0415

    speaking = Api(installation.state)
    try:
        fill_the_pool(speaking)
        yield speaking
    finally:
        speaking.close()
        installation.restore()
