"""What several tests of bad input share."""

from collections.abc import Iterator

import pytest

from tests.faults.sites import Site, running
from tests.support import Servers


@pytest.fixture(scope="session")
def sites(servers: Servers) -> Iterator[dict[str, Site]]:
    """The three services, each with something in it."""
    with running(servers) as found:
        yield found
