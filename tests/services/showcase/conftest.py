"""Showcase on a database of its own, fed from logs in memory."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from services.showcase.main import service
from shared.service import Service
from tests.services.showcase.site import Running
from tests.support import Servers, make_settings, owner_of


@pytest.fixture(scope="module")
def made(servers: Servers) -> Iterator[Service]:
    """The service with its tables, one a module."""
    service_made = service(make_settings(servers, servers.database("showcase"), "showcase"))
    yield service_made
    service_made.kernel.close()


@pytest.fixture(scope="module")
def owner(made: Service) -> Iterator[Engine]:
    """The owner's engine on the same database."""
    with owner_of(made) as engine:
        yield engine


@pytest.fixture(scope="module")
def running(made: Service) -> Iterator[Running]:
    """The site answering, with nothing recorded yet; tests of a module keep apart by regions of their own."""
    with Running(made) as site:
        yield site
