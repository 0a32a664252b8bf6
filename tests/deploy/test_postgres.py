"""The embedded PostgreSQL: created, killed, started again, half-created, and who may do what in it."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import Postgres
from deploy.embedded.unprivileged import Way, ways


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


def ask(conninfo: str, question: LiteralString) -> list[tuple[object, ...]]:
    """Give the rows that a question brings."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(question).fetchall()


def test_a_service_has_a_database_an_owner_and_an_application(postgres: Postgres) -> None:
    postgres.create_service("review")
    postgres.create_service("review")
    owner, app = postgres.conninfo("review_owner", "review"), postgres.conninfo("review_app", "review")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("GRANT SELECT ON note TO review_app")
        connection.execute("CREATE EXTENSION pg_trgm")
    assert ask(app, "SELECT count(*) FROM note") == [(0,)]
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM note")
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (text text)")


def test_a_service_cannot_enter_anothers_database(postgres: Postgres) -> None:
    for name in ("submission", "showcase"):
        postgres.create_service(name)
    for role in ("owner", "app"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(postgres.conninfo(f"submission_{role}", "showcase"))


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    postgres.create_service("review")
    wrong = postgres.conninfo("review_app", "review").replace(":", ":x", 2).replace("postgresql:x", "postgresql:")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_it_is_durable_and_sorts_by_code_point(postgres: Postgres) -> None:
    admin = postgres.conninfo("postgres", "postgres")
    assert ask(admin, "SHOW fsync") == [("on",)]
    assert ask(admin, "SHOW full_page_writes") == [("on",)]
    assert ask(admin, "SHOW TimeZone") == [("UTC",)]
    assert ask(admin, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'") == [
        ("b", "C.UTF-8")
    ]


def test_what_was_written_is_there_after_a_stop_and_after_a_kill(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    admin = server.conninfo("postgres", "postgres")
    server.start()
    with psycopg.connect(admin) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(admin)
    again = Postgres(tmp_path)
    again.start()
    with psycopg.connect(admin) as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
    pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    again.stop()
    third = Postgres(tmp_path)
    third.start()
    assert ask(admin, "SELECT n FROM kept") == [(1,)]
    third.stop()


def test_a_folder_left_half_created_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres-new-1").mkdir()
    server = Postgres(tmp_path)
    server.start()
    assert ask(server.conninfo("postgres", "postgres"), "SELECT 1") == [(1,)]
    server.stop()
    aside = list(tmp_path.glob("postgres-*"))
    assert [(each / "PG_VERSION").read_text() for each in aside] == ["18\n"]


@pytest.mark.parametrize("way", [*ways()], ids=lambda way: f"{len(way.prefix)}-{Path(*way.prefix[:1]).name}")
def test_every_way_to_run_it_works_here(way: Way) -> None:
    # Not pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder), candidates=[way])
        try:
            server.start()
        except Trouble as trouble:
            pytest.skip(str(trouble))
        assert ask(server.conninfo("postgres", "postgres"), "SELECT 1") == [(1,)]
        assert server.data.stat().st_uid == way.owner
        server.stop()


def test_no_way_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="Install util-linux, or run Labinov as an ordinary user"):
        Postgres(tmp_path, candidates=[]).start()
