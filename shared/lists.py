"""The way to a service's lists: brought up to the head of the asked regions' logs before they are read."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from shared.consumer import LocalModels


@dataclass(frozen=True)
class Lists:
    """The read models in a service's database, and what keeps those over its own log up to date."""

    engine: Engine
    models: LocalModels

    @contextmanager
    def of(self, regions: Collection[str] | None = None) -> Iterator[Connection]:
        """Give a connection that finds the lists of these regions, or all, as they are now.

        Raises one of OPERATIONAL.
        """
        self.models.catch_up(regions)
        with self.connection() as connection:
            yield connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection for reading what is not made of the service's own log."""
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")


async def _lists(request: Request) -> Lists:
    return Lists(request.app.state.kernel.engine, request.app.state.service.models)


ListsNow = Annotated[Lists, Depends(_lists)]
"""The lists of the service."""
