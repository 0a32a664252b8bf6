"""Fixtures of all tests: real servers, started once, and databases of a test's own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.database import make_engine
from tests.support import Database, Servers


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
