"""Logs to seal: marbles by the hundred, in a database of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine

from shared.envelope import Meta
from shared.event_log import EventLog
from shared.sealer import Sealer
from shared.seals import SealedLog, ServiceSeals
from shared.verify import Finding, LogReport, verify
from tests.shared.things import CATALOGUE, JarFilled
from tests.support import Database

Superuser = psycopg.Connection[tuple[Any, ...]]

ORIGIN = "labinov.example"
SERVICE = "kernel"


@dataclass(frozen=True)
class Bench:
    """A log's database and the folder that its seals go to."""

    engine: Engine
    folder: Path

    def append(self, region: str, count: int, *, jars: int = 3, at: datetime | None = None, epoch: int = 1) -> None:
        """Append `count` events to a region, dealt out to a few streams."""
        log = EventLog(self.engine, CATALOGUE)
        meta = Meta(actor="somebody", at=at or datetime.now(UTC), correlation="c")
        for jar in range(jars):
            dealt = len(range(jar, count, jars))
            stream = f"jar/{region}-{jar}"
            version = log.load(region, [stream]).versions[stream]
            for first in range(0, dealt, 500):
                events = [
                    JarFilled(jar_id=f"{region}-{jar}", marbles=number + 1, colour="red")
                    for number in range(first, min(first + 500, dealt))
                ]
                log.append(region, stream, version + first, events, meta, epoch=epoch)

    def sealer(self, after: float = 30) -> Sealer:
        """Start a sealer, which remembers nothing of another."""
        return Sealer(SERVICE, self.engine, self.folder, ORIGIN, after)

    def seal(self) -> list[tuple[str, int]]:
        """Seal everything at once; gives region and size of each new head."""
        return [(each.region, each.head.size) for each in self.sealer().seal_once(at_once=True)]

    @property
    def seals(self) -> ServiceSeals:
        """The service's seals."""
        return ServiceSeals(self.folder / SERVICE)

    def log(self, region: str, epoch: int = 1) -> SealedLog:
        """Give the sealed log of a region."""
        verifier = self.seals.verifier()
        assert verifier is not None
        return self.seals.log(region, epoch, verifier)

    def report(self, region: str, kept: tuple[bytes, ...] = ()) -> LogReport:
        """Verify one region."""
        (report,) = verify(self.engine, SERVICE, self.seals, region=region, kept=kept).logs
        return report

    def finding(self, region: str) -> Finding | None:
        """Verify one region and give what is wrong with it."""
        return self.report(region).finding


@contextmanager
def superuser(database: Database) -> Iterator[Superuser]:
    """Give a connection for which no trigger fires, with the log as it is now kept beside it."""
    with psycopg.connect(database.superuser_conninfo, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE TABLE event_before AS SELECT * FROM event")
        connection.execute("CREATE TABLE head_before AS SELECT * FROM log_head")
        yield connection


def put_back(connection: Superuser) -> None:
    """Undo what was done to the log."""
    with connection.transaction():
        connection.execute("DELETE FROM event")
        connection.execute("INSERT INTO event SELECT * FROM event_before")
        connection.execute("DELETE FROM log_head")
        connection.execute("INSERT INTO log_head SELECT * FROM head_before")
