"""Review on a real database, and people signed in to it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from services.review.main import service
from shared.service import Service
from tests.services.review.desk import Desk
from tests.support import Servers, make_settings, owner_of


@pytest.fixture(scope="module")
def review(servers: Servers) -> Iterator[Service]:
    """Review with its tables and shipped rubrics, one a module: tests keep apart by innovations of their own."""
    settings = make_settings(
        servers, servers.database("review"), "review", producers={"submission": "http://127.0.0.1:9"}, subscribers=()
    )
    made = service(settings)
    made.migrate()
    yield made
    made.kernel.close()


@pytest.fixture(scope="module")
def owner(review: Service) -> Iterator[Engine]:
    """The owner's engine on the same database."""
    with owner_of(review) as engine:
        yield engine


@pytest.fixture
def desk(review: Service) -> Desk:
    """People at their desks, and an assessment of their own."""
    return Desk(review)
