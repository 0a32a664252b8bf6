"""What a superuser does to sealed data is found at its first position; and `labinov tamper` shows it on a copy."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.commands.tamper import ALTERATIONS, Trial, trials
from deploy.commands.verify import Source
from deploy.embedded.errors import Trouble
from shared.database import make_engine
from shared.verify import Fault
from tests.shared.sealing import SERVICE, Bench, Superuser, put_back, superuser
from tests.support import Database, Servers

REGION = "36.74"
SEALED = 700
TIMES = 1_000 if os.environ.get("LABINOV_LONG") == "1" else 200


@pytest.fixture(scope="module")
def database(servers: Servers) -> Database:
    return servers.database("kernel")


@pytest.fixture(scope="module")
def bench(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A log of which 700 events are sealed under three heads and five are not."""
    engine = make_engine(database.app_url)
    made = Bench(engine, tmp_path_factory.mktemp("seals"))
    for count in (200, 312, SEALED - 512):
        made.append(REGION, count)
        made.seal()
    made.append(REGION, 5)
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def admin(database: Database, bench: Bench) -> Iterator[Superuser]:
    assert bench.finding(REGION) is None
    with superuser(database) as connection:
        yield connection


@pytest.mark.parametrize("name", ALTERATIONS)
def test_random_alterations_of_sealed_data_are_all_found_where_they_begin(
    bench: Bench, admin: Superuser, name: str
) -> None:
    missed = []
    for seed in range(TIMES // len(ALTERATIONS)):
        with admin.transaction():
            first = ALTERATIONS[name](admin, REGION, SEALED, random.Random(seed))
        finding = bench.finding(REGION)
        if finding is None or finding.first != first:
            missed.append((seed, first, finding))
        put_back(admin)
    assert missed == []
    assert bench.finding(REGION) is None


def test_each_kind_is_shown_on_a_copy_and_the_log_is_only_read(
    bench: Bench, database: Database, admin: Superuser
) -> None:
    databases = admin.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
    source = Source(SERVICE, database.owner_url, bench.seals)
    url = database.superuser_conninfo.replace("postgresql://", "postgresql+psycopg://", 1)
    made = list(trials(source, url, None, list(ALTERATIONS), random.Random(5)))
    assert [(each.name, each.found, fault(each)) for each in made] == [
        ("flip", True, Fault.DATA),
        ("envelope", True, Fault.SEALED),
        ("delete", True, Fault.MISSING),
        ("swap", True, Fault.STREAM),
        ("truncate", True, Fault.MISSING),
    ]
    assert admin.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall() == databases
    assert bench.finding(REGION) is None


def fault(trial: Trial) -> Fault | None:
    return trial.report.finding.fault if trial.report.finding else None


def test_a_log_that_is_not_sound_is_not_altered_further(bench: Bench, database: Database, admin: Superuser) -> None:
    source = Source(SERVICE, database.owner_url, bench.seals)
    url = database.superuser_conninfo.replace("postgresql://", "postgresql+psycopg://", 1)
    admin.execute("DELETE FROM event WHERE position = 3")
    with pytest.raises(Trouble, match="not sound"):
        list(trials(source, url, None, ["flip"], random.Random(1)))
    put_back(admin)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("verify", "--service", SERVICE), 0, "705 events in 1 logs: all as they were signed; 5 not sealed yet."),
        (("verify", "--service", SERVICE, "--region", REGION), 0, "5 not sealed yet."),
    ],
)
def test_the_command_says_that_all_is_well(
    bench: Bench, database: Database, arguments: tuple[str, ...], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABINOV_DATABASE_URL", database.app_url)
    monkeypatch.setenv("LABINOV_SEAL_DIR", str(bench.folder))
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.output.rstrip().endswith(says)) == (code, True), done.output


def test_the_command_names_what_is_wrong_and_exits_with_1(
    bench: Bench,
    database: Database,
    admin: Superuser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABINOV_DATABASE_URL", database.app_url)
    monkeypatch.setenv("LABINOV_SEAL_DIR", str(bench.folder))
    admin.execute("DELETE FROM event WHERE position = 300")
    done = CliRunner().invoke(app, ("verify", "--service", SERVICE))
    put_back(admin)
    assert done.exit_code == 1
    assert f"{SERVICE}/{REGION}, position 300: missing. position 301 follows 299" in done.output


def test_no_database_but_the_embedded_one_is_tampered_with(
    bench: Bench, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABINOV_HOME", str(tmp_path))
    monkeypatch.setenv("LABINOV_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("LABINOV_SEAL_DIR", str(bench.folder))
    done = CliRunner().invoke(app, ("tamper", "--service", SERVICE, "--yes"))
    assert (type(done.exception), str(done.exception)) == (
        Trouble,
        "`labinov tamper` works on the embedded default only, never on a database of your own.",
    )
