"""A ledger on the kernel's tables, for the tests of what lies between services."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.shared.ledger import Ledger, open_ledger
from tests.support import Database


@pytest.fixture(scope="module")
def ledger(kernel_database: Database, kernel_engine: Engine) -> Iterator[Ledger]:
    """The ledger, one a module: tests keep apart by using regions of their own."""
    found = open_ledger(kernel_database, kernel_engine)
    yield found
    found.owner.dispose()
