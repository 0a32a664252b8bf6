"""A database put back to an earlier moment: what refuses, what an operator does, and what goes on as before."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine
from typer.testing import CliRunner

from deploy.cli import app
from shared import epochs
from shared.consumer import Consumer, NotResumed
from shared.database import make_engine
from shared.epochs import Earlier, EpochRefused, open_epoch
from shared.event_log import EventLog
from shared.incoming import Received
from shared.merkle import leaf_hash
from shared.sources import LocalSource
from shared.tlog import Checkpoint, Signer
from shared.verify import Fault, verify
from tests.shared.sealing import ORIGIN, SERVICE, Bench
from tests.shared.things import CATALOGUE
from tests.support import Database, Servers

REGION = "36.74"


@pytest.fixture
def database(servers: Servers) -> Database:
    return servers.database("kernel")


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Iterator[Bench]:
    """A log of 20 events, sealed at 12 and at 20."""
    engine = make_engine(database.app_url)
    made = Bench(engine, tmp_path / "seals")
    made.append(REGION, 12)
    made.seal()
    made.append(REGION, 8)
    made.seal()
    yield made
    engine.dispose()


@dataclass
class Seen:
    """Does nothing with events but to remember their positions: as reactions do, or as a read model."""

    durable: bool = True
    batch: int = 100
    handlers: tuple[str, ...] = ()
    positions: list[int] = field(default_factory=list)

    def apply(self, connection: Connection, events: Sequence[Received]) -> None:
        self.positions += [each.position for each in events]


def put_back(database: Database, position: int) -> None:
    """Restore the database to the moment of a position, with all that it holds; done by none but a superuser."""
    with psycopg.connect(database.superuser_conninfo, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM event WHERE position > %s", (position,))
        for table in ("log_head", "checkpoint"):
            connection.execute(
                f"UPDATE {table} SET (position, leaf_hash) = (SELECT position, leaf_hash FROM event "
                "ORDER BY position DESC LIMIT 1)".encode()
            )


def opened(owner: Engine, bench: Bench) -> None:
    open_epoch(owner, bench.seals, REGION, by="a keeper", reason="the disk was lost")


def earlier(bench: Bench) -> tuple[Earlier, ...]:
    report = bench.report(REGION)
    assert report.finding is None
    return tuple(replace(each, ended_at=None) for each in report.earlier)


def test_a_restored_log_goes_on_in_an_epoch_that_says_so(
    bench: Bench, database: Database, owner: Engine, servers: Servers
) -> None:
    source, elsewhere = LocalSource(EventLog(bench.engine, CATALOGUE)), make_engine(servers.database("kernel").app_url)
    reacting, reading, own = Seen(), Seen(durable=False), Seen()
    consumers = [Consumer("reactions", source, reacting, elsewhere), Consumer("model", source, reading, elsewhere)]
    beside = Consumer("own", source, own, bench.engine)
    for each in (*consumers, beside):
        each.catch_up(REGION)
    sealer = bench.sealer()
    put_back(database, 15)

    # Everybody stands still by himself.
    assert sealer.seal_once(at_once=True) == []
    assert bench.seals.alarms()[REGION]["reason"] == "Rollback"
    for each in consumers:
        each.catch_up(REGION)
        assert each.checkpoints()[REGION].halted == "the log ends before 20, the checkpoint: it was put back"
        with pytest.raises(NotResumed, match="no new epoch"):
            each.resume(REGION)
    report = bench.report(REGION)
    assert report.finding is not None
    assert (report.finding.fault, report.finding.first, report.finding.last) == (Fault.MISSING, 16, 20)

    opened(owner, bench)
    with pytest.raises(EpochRefused, match=r"epoch 2 of 36\.74 is open"):
        opened(owner, bench)
    assert earlier(bench) == (Earlier(1, 20, 2, 12, 16, None, "a keeper", "the disk was lost"),)

    # The sealer that runs, and what reads the same database, go on without being told.
    bench.append(REGION, 3, epoch=2)
    assert [(each.region, each.head.size) for each in sealer.seal_once(at_once=True)] == [(REGION, 18)]
    assert bench.seals.alarms() == {}
    assert bench.log(REGION, 2).head(18).origin == f"{ORIGIN}/{SERVICE}/{REGION}/2"
    beside.catch_up(REGION)
    assert own.positions == [*range(1, 21), 16, 17, 18]

    # What was done stays done, and goes on behind the last event of before; a read model has to be made anew.
    assert consumers[0].resume(REGION).position == 15
    consumers[0].catch_up(REGION)
    assert reacting.positions == [*range(1, 21), 16, 17, 18]
    with pytest.raises(NotResumed, match="has to be rebuilt"):
        consumers[1].resume(REGION)
    with pytest.raises(NotResumed, match="is not halted"):
        consumers[0].resume(REGION)
    assert earlier(bench) == (Earlier(1, 20, 2, 12, 16, None, "a keeper", "the disk was lost"),)
    assert bench.sealer().seal_once(at_once=True) == []
    elsewhere.dispose()


def test_a_consumer_that_lagged_goes_on_where_it_was_or_from_earlier(
    bench: Bench, database: Database, owner: Engine, servers: Servers
) -> None:
    source, elsewhere = LocalSource(EventLog(bench.engine, CATALOGUE)), make_engine(servers.database("kernel").app_url)
    model = Consumer("model", source, Seen(durable=False), elsewhere)
    model.deliver(REGION, 1, source.page(REGION, 0, 10).events)
    put_back(database, 15)
    opened(owner, bench)
    model.catch_up(REGION)
    assert model.checkpoints()[REGION].halted == "the log is of epoch 2, the checkpoint of 1"
    with pytest.raises(NotResumed, match="events behind 10 were not read"):
        model.resume(REGION, 11)
    with pytest.raises(NotResumed, match="has to be rebuilt"):
        model.resume(REGION, 4)
    assert model.resume(REGION).position == 10
    model.catch_up(REGION)
    assert model.checkpoints()[REGION].position == 15
    elsewhere.dispose()


def test_a_log_may_be_put_back_again_even_before_its_epoch_was_opened(
    bench: Bench, database: Database, owner: Engine
) -> None:
    put_back(database, 15)
    opened(owner, bench)
    bench.append(REGION, 1, epoch=2)
    bench.seal()
    with psycopg.connect(database.superuser_conninfo) as connection:
        connection.execute("UPDATE log_head SET epoch = 1")
    put_back(database, 12)
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "EpochChanged"
    opened(owner, bench)
    assert bench.seal() == [(REGION, 12)]
    said = (None, "a keeper", "the disk was lost")
    assert earlier(bench) == (Earlier(1, 20, 2, 12, 13, *said), Earlier(2, 16, 1, 0, 13, *said))


def test_no_epoch_is_opened_without_need(bench: Bench, owner: Engine) -> None:
    bench.append(REGION, 3)
    with pytest.raises(EpochRefused, match=r"all 20 sealed events of 36\.74 are there"):
        opened(owner, bench)
    with pytest.raises(EpochRefused, match="the database has no log"):
        open_epoch(owner, bench.seals, "36.71", by="a keeper", reason="none")
    with pytest.raises(EpochRefused, match="say why"):
        open_epoch(owner, bench.seals, REGION, by="a keeper", reason=" ")
    bench.append("36.71", 3)
    with pytest.raises(EpochRefused, match=r"nothing was ever sealed of 36\.71"):
        open_epoch(owner, bench.seals, "36.71", by="a keeper", reason="none")


def test_an_opening_counts_only_with_the_commit_and_a_commit_only_with_it(
    bench: Bench, database: Database, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(database, 15)

    def full(*args: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(epochs, "write", full)
        with pytest.raises(OSError, match="no space"):
            opened(owner, bench)
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "Rollback"
    opened(owner, bench)
    assert bench.seal() == [(REGION, 15)]


def test_what_is_wrong_with_a_former_epoch_is_found(bench: Bench, database: Database, owner: Engine) -> None:
    put_back(database, 15)
    opened(owner, bench)
    bench.seal()
    former, signer, log = bench.log(REGION, 1), bench.seals.signer(), bench.folder / SERVICE / REGION
    assert signer is not None
    verifier = signer.verifier
    untouched = bench.folder.with_name("untouched")
    shutil.copytree(log, untouched)

    def found(*kept: bytes) -> str:
        (report,) = verify(bench.engine, SERVICE, bench.seals, region=REGION, key=verifier, kept=kept).logs
        shutil.rmtree(log)
        shutil.copytree(untouched, log)
        assert report.finding is not None
        assert report.finding.fault is Fault.SIGNATURE
        return report.finding.detail

    name = former.verifier.name
    other = Checkpoint(name, 12, leaf_hash(b"another tree")).sign(signer.named(name))
    assert found(other) == "epoch 1: the tiles of epoch 1 do not lead to its head of 12"
    longer = Checkpoint(name, 21, leaf_hash(b"a longer tree")).sign(signer.named(name))
    assert found(longer) == "epoch 1: heads of 21 are kept elsewhere, the newest one here is of 20"
    (log / "1/heads/12").write_bytes(other)
    assert found() == "epoch 1: the tiles of epoch 1 do not lead to its head of 12"
    note = (log / "2/opened").read_bytes()
    (log / "2/opened").write_bytes(note.replace(b"disk", b"mind"))
    assert found().startswith("epoch 2: the signature of")
    (log / "2/opened").unlink()
    assert found() == "nothing that is signed says why epoch 2 was opened"
    kept = (log / "1/checkpoint").read_bytes()
    shutil.rmtree(log / "1")
    assert found(kept) == f"a head of {name} is kept elsewhere, and nothing is left of it here"


def test_an_epoch_that_another_key_opened_is_not_sealed(bench: Bench, database: Database, owner: Engine) -> None:
    put_back(database, 15)
    opened(owner, bench)
    path = bench.folder / SERVICE / REGION / "2" / "opened"
    head = Checkpoint(f"{ORIGIN}/{SERVICE}/{REGION}/2", 15, leaf_hash(b""))
    path.write_bytes(head.sign(Signer.generate(head.origin)))
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "Unsigned"


def test_the_command_opens_an_epoch_and_the_checker_tells_of_it(
    bench: Bench, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABINOV_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("LABINOV_SEAL_DIR", str(bench.folder))
    arguments = ["audit", "open-epoch", SERVICE, REGION, "--reason", "the disk was lost", "--by", "a keeper"]
    assert "all 20 sealed events" in str(CliRunner().invoke(app, arguments).exception)
    put_back(database, 15)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{ORIGIN}/{SERVICE}/{REGION}/2 is open, with 15 events; 20 were sealed before.\n")
    told = CliRunner().invoke(app, ["verify", "--service", SERVICE]).output
    assert "by a keeper: the disk was lost; the log as it is now leads to its head of 12 and is another from 16" in told
