"""Submission on a database of its own, and people who are signed in to it."""

from collections.abc import Iterator

import pytest

from services.submission.main import service
from tests.services.submission.signed_in import Running
from tests.support import Servers, make_settings


@pytest.fixture(scope="module")
def submission(servers: Servers) -> Iterator[Running]:
    """The service in this process, one a module: tests keep apart by using regions of their own."""
    settings = make_settings(
        servers, servers.database("submission"), "submission", producers={"review": "http://127.0.0.1:9"}
    )
    made = service(settings)
    made.migrate()
    with Running(made) as running:
        yield running
