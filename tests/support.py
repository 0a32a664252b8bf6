"""What tests start and share: real PostgreSQL and Valkey, fresh databases, settings for a service."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from starlette.responses import Response

from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.valkey import Valkey
from shared.auth import Actor, Sessions
from shared.gate import RegionBusy
from shared.log_tables import consumer_ddl, log_ddl
from shared.migrations import migrate
from shared.service import Service
from shared.settings import Settings

PUBLIC_URL = "http://127.0.0.1:8000"
# A transaction that holds something while a slow machine does the rest is not ended for standing idle.
STAYS_IDLE = "SET LOCAL idle_in_transaction_session_timeout = 0"
PATIENCE = 1200  # tries, a twentieth of a second apart
_numbers = count(1)
T = TypeVar("T")


@dataclass(frozen=True)
class Database:
    """A database of its own: the addresses for its owner, its application and the superuser."""

    name: str
    owner_url: str
    app_url: str
    superuser_conninfo: str


class Servers:
    """One PostgreSQL and one Valkey for a whole test run, in a folder that goes with it."""

    def __init__(self, folder: Path) -> None:
        """Take a folder for their data and start them."""
        self.folder = folder
        self.postgres = Postgres(folder)
        self.valkey = Valkey(folder)
        self.postgres.start()
        self.valkey.start()
        self._templates: set[str] = set()

    def stop(self) -> None:
        """Stop both."""
        self.valkey.stop()
        self.postgres.stop()

    def database(self, service: str) -> Database:
        """Give a fresh database with a service's tables; `kernel` has those of the kernel alone."""
        if service not in self._templates:
            self._make_template(service)
            self._templates.add(service)
        name = f"{service}_{next(_numbers)}"
        with psycopg.connect(self.postgres.conninfo(SUPERUSER, "postgres"), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{service}" OWNER "{service}_owner"')
        return self._database(service, name)

    def _database(self, service: str, name: str) -> Database:
        return Database(
            name=name,
            owner_url=self.postgres.url(f"{service}_owner", name),
            app_url=self.postgres.url(f"{service}_app", name),
            superuser_conninfo=self.postgres.conninfo(SUPERUSER, name),
        )

    def _make_template(self, service: str) -> None:
        self.postgres.create_service(service)
        made = self._database(service, service)
        if service == "kernel":
            role = str(make_url(made.app_url).username)
            with psycopg.connect(self.postgres.conninfo("kernel_owner", "kernel"), autocommit=True) as owner:
                for statement in (*log_ddl(role), *consumer_ddl(role)):
                    owner.execute(statement.encode())
        else:
            root = Path(__file__).parent.parent
            migrate(made.owner_url, made.app_url, root / "services" / service / "migrations")


def make_settings(servers: Servers, database: Database, service: str, **changes: Any) -> Settings:
    """Give the settings of a service on this database; what a test does not need is made up."""
    values: dict[str, Any] = {
        "deployment": "test",
        "database_url": SecretStr(database.app_url),
        "owner_database_url": SecretStr(database.owner_url),
        "broker_url": SecretStr(servers.valkey.url()),
        "public_url": PUBLIC_URL,
        "root_path": "" if service == "showcase" else f"/{service}",
        "issuer": "http://127.0.0.1:9/issuer",
        "client_id": service,
        "client_secret": SecretStr("only-in-tests"),
        "session_secret": SecretStr("only-in-tests-too"),
        "seal_dir": servers.folder / "seal" / database.name,
        **changes,
    }
    return Settings(**values)


@contextmanager
def owner_of(service: Service) -> Iterator[Engine]:
    """Give the owner's engine on a service's database."""
    url = service.kernel.settings.owner_database_url
    assert url is not None
    engine = create_engine(url.get_secret_value())
    yield engine
    engine.dispose()


def session_of(sessions: Sessions, actor: Actor) -> tuple[str, str]:
    """Give the name and value of the cookie that says who is signed in."""
    response = Response()
    sessions.write(response, actor)
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    return name, value


def patiently(act: Callable[[], T]) -> T:
    """Give what an act gives once its region is not busy: in a crowd on a slow machine a lock can take too long."""
    for _ in range(PATIENCE):
        with suppress(RegionBusy):
            return act()
        time.sleep(0.05)
    return act()


@contextmanager
def counting(engine: Engine) -> Iterator[Callable[[], int]]:
    """Count the statements that an engine sends while the block runs; gives a function that says how many so far."""
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield lambda: len(statements)
    finally:
        event.remove(engine, "before_cursor_execute", note)
