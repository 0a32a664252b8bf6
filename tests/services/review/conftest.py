"""Review on a real database, and people signed in to it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from services.review.main import service
from shared.service import Service
from tests.services.review.desk import Desk
from tests.support import Servers, make_settings


@pytest.fixture(scope="module")
def review(servers: Servers) -> Iterator[Service]:
    """Review with its tables and shipped rubrics, one a module: tests keep apart by innovations of their own."""
    settings = make_settings(
        servers, servers.database("review"), "review", producers={"submission": "http://127.0.0.1:9"}, subscribers=()
    )
    made = service(settings)
    made.migrate()
    yield made
    made.kernel.engine.dispose()


@pytest.fixture(scope="module")
def owner(review: Service) -> Iterator[Engine]:
    """The owner's engine on the same database."""
    url = review.kernel.settings.owner_database_url
    assert url is not None
    engine = create_engine(url.get_secret_value())
    yield engine
    engine.dispose()


@pytest.fixture
def desk(review: Service) -> Desk:
    """People at their desks, and an assessment of their own."""
    return Desk(review)
