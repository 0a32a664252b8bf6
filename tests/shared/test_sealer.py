"""The sealer: what it signs is the RFC's tree over the log, and it never signs against what it signed before."""

import shutil
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import InternalError

from shared import sealer, seals
from shared.database import make_engine
from shared.merkle import consistency_proof, leaf_hash, nodes_of, root_of, verify_consistency
from shared.tlog import Checkpoint, Verifier, hashes_of, unbundle
from tests.shared.sealing import ORIGIN, Bench
from tests.support import Database, Servers, make_settings

REGION = "36.74"


@pytest.fixture
def database(servers: Servers) -> Database:
    return servers.database("kernel")


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Iterator[Bench]:
    engine = make_engine(database.app_url)
    yield Bench(engine, tmp_path / "seals")
    engine.dispose()


def leaves(engine: Engine, region: str = REGION) -> list[bytes]:
    with engine.connect() as connection:
        query = text("SELECT leaf FROM event WHERE region = :region ORDER BY position")
        return [row[0] for row in connection.execute(query, {"region": region})]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("steps", [(1,), (255, 1, 1), (256,), (300, 212, 600), (1_500,)], ids=str)
def test_tiles_entries_and_heads_are_those_of_the_log_after_every_restart(bench: Bench, steps: tuple[int, ...]) -> None:
    size = 0
    for step in steps:
        bench.append(REGION, step)
        size += step
        assert bench.seal() == [(REGION, size)]
        log, logged = bench.log(REGION), leaves(bench.engine)
        hashes = [leaf_hash(each) for each in logged]
        head = Checkpoint.open((log.folder / "checkpoint").read_bytes(), log.verifier)
        assert head == Checkpoint(f"{ORIGIN}/kernel/{REGION}/1", size, root_of(hashes))
        tiles, entries = b"", []
        for index in range(-(-size // 256)):
            width = min(256, size - index * 256)
            tiles += log.tile(0, index, width)
            entries += unbundle(log.tile("entries", index, width))
        assert (hashes_of(tiles), entries) == (hashes, logged)
        assert log.tree(head).root() == head.root
    assert bench.log(REGION).sizes() == [sum(steps[: number + 1]) for number in range(len(steps))]


def test_every_head_is_consistent_with_the_one_before(bench: Bench) -> None:
    for step in (3, 250, 4, 300):
        bench.append(REGION, step)
        bench.seal()
    log = bench.log(REGION)
    node = nodes_of([leaf_hash(each) for each in leaves(bench.engine)])
    heads = [log.head(size) for size in log.sizes()]
    assert [each.size for each in heads] == [3, 253, 257, 557]
    for old, new in pairwise(heads):
        verify_consistency(old.size, new.size, old.root, new.root, consistency_proof(old.size, new.size, node))


def test_the_files_are_those_that_c2sp_names(bench: Bench) -> None:
    bench.append(REGION, 10)
    bench.seal()
    bench.append(REGION, 260)
    bench.seal()
    assert list(files(bench.folder / "kernel")) == [
        f"{REGION}/1/checkpoint",
        f"{REGION}/1/heads/10",
        f"{REGION}/1/heads/270",
        f"{REGION}/1/tile/0/000",
        f"{REGION}/1/tile/0/001.p/14",
        f"{REGION}/1/tile/1/000.p/1",
        f"{REGION}/1/tile/entries/000",
        f"{REGION}/1/tile/entries/001.p/14",
        f"{REGION}/1/vkey",
        "key",
        "key.pub",
    ]
    key = bench.folder / "kernel" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    vkey = Verifier.parse((bench.folder / "kernel" / REGION / "1" / "vkey").read_text())
    assert vkey == bench.log(REGION).verifier


def test_nothing_is_written_when_nothing_is_new(bench: Bench) -> None:
    bench.append(REGION, 300)
    bench.seal()
    before = files(bench.folder)
    assert bench.seal() == []
    assert files(bench.folder) == before


def test_an_event_waits_its_time_by_its_age_not_by_when_it_was_noticed(bench: Bench) -> None:
    now = datetime.now(UTC)
    bench.append("11.01", 1, at=now - timedelta(seconds=40))
    bench.append("11.02", 1, at=now)
    bench.append("11.03", 1, at=now + timedelta(hours=1))  # recorded before a clock was stepped back
    waiting = bench.sealer(after=30)
    assert [each.region for each in waiting.seal_once()] == ["11.01"]
    assert [each.region for each in waiting.seal_once()] == []
    impatient = bench.sealer(after=0)
    assert [each.region for each in impatient.seal_once()] == ["11.02", "11.03"]


def test_a_long_backlog_is_sealed_in_turns(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "TURN", 512)
    bench.append(REGION, 1_100)
    bench.append("36.71", 5)
    working = bench.sealer()
    sizes = [[(each.region, each.head.size) for each in working.seal_once(at_once=True)] for _ in range(4)]
    assert sizes == [[(REGION, 512), ("36.71", 5)], [(REGION, 1_024)], [(REGION, 1_100)], []]
    assert bench.finding(REGION) is None


def alter(database: Database, *statements: str) -> None:
    """Change events as only a superuser can."""
    with psycopg.connect(database.superuser_conninfo, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())


def test_a_rollback_is_refused_while_other_regions_are_sealed(bench: Bench, database: Database) -> None:
    bench.append(REGION, 20)
    bench.append("36.71", 20)
    bench.seal()
    before = files(bench.folder / "kernel" / REGION)
    alter(
        database,
        f"DELETE FROM event WHERE region = '{REGION}' AND position > 15",
        f"UPDATE log_head SET position = 15 WHERE region = '{REGION}'",
    )
    bench.append("36.71", 1)
    working = bench.sealer()
    assert [(each.region, each.head.size) for each in working.seal_once(at_once=True)] == [("36.71", 21)]
    alarms = bench.seals.alarms()
    assert {region: alarm["reason"] for region, alarm in alarms.items()} == {REGION: "Rollback"}
    assert alarms[REGION]["detail"].startswith("20 events are sealed, the database has 15")

    # Grown past the signed size with other events, it is still refused: by this process and by the next.
    bench.append(REGION, 30)
    for each in (working, bench.sealer()):
        assert each.seal_once(at_once=True) == []
        assert bench.seals.alarms()[REGION]["reason"] == "Rewritten"
        assert bench.seals.alarms()[REGION]["detail"].startswith("position 16: ")
    (bench.folder / "kernel" / REGION / "alarm.json").unlink()
    assert files(bench.folder / "kernel" / REGION) == before


def test_a_log_that_has_vanished_is_a_rollback(bench: Bench, database: Database) -> None:
    bench.append(REGION, 2)
    bench.seal()
    alter(database, "DELETE FROM event", "DELETE FROM log_head")
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "Rollback"


def test_the_alarm_goes_when_the_database_is_put_right(bench: Bench, database: Database) -> None:
    bench.append(REGION, 5)
    bench.seal()
    working = bench.sealer()
    alter(database, f"UPDATE log_head SET position = 3 WHERE region = '{REGION}'")
    assert working.seal_once(at_once=True) == []
    assert list(bench.seals.alarms()) == [REGION]
    alter(database, f"UPDATE log_head SET position = 5 WHERE region = '{REGION}'")
    assert working.seal_once(at_once=True) == []
    assert bench.seals.alarms() == {}


@pytest.mark.parametrize("position", [1, 256, 300])
def test_a_rewritten_prefix_is_refused_by_a_sealer_that_starts(bench: Bench, database: Database, position: int) -> None:
    bench.append(REGION, 300)
    bench.seal()
    alter(database, f"UPDATE event SET leaf_hash = sha256(leaf_hash) WHERE position = {position}")
    bench.append(REGION, 1)
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["detail"].startswith(f"position {position}: ")


def test_another_epoch_is_not_opened_by_itself(bench: Bench, database: Database) -> None:
    bench.append(REGION, 1)
    bench.seal()
    alter(database, "UPDATE log_head SET epoch = 2")
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "EpochChanged"


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("DELETE FROM event WHERE position = 7", "position 7 is missing, 8 follows"),
        ("DELETE FROM event WHERE position > 7", "position 8 is missing, the head says 10"),
        ("UPDATE event SET leaf = leaf || ' ' WHERE position = 7", "position 7: leaf hash "),
        (
            """UPDATE event SET leaf = repeat('x', 65536)::bytea,
               leaf_hash = sha256('\\x00'::bytea || repeat('x', 65536)::bytea) WHERE position = 7""",
            "position 7: a leaf of 65536 bytes, over 65535",
        ),
    ],
)
def test_new_events_that_a_log_may_not_hold_are_not_sealed(
    bench: Bench, database: Database, statement: str, detail: str
) -> None:
    bench.append(REGION, 5)
    bench.seal()
    bench.append(REGION, 5)
    alter(database, statement)
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "Unsealable"
    assert bench.seals.alarms()[REGION]["detail"].startswith(detail)
    assert bench.log(REGION).sizes() == [5]


def test_tiles_that_do_not_lead_to_the_signed_head_are_not_built_upon(bench: Bench) -> None:
    bench.append(REGION, 5)
    bench.seal()
    tile = bench.log(REGION).folder / "tile/0/000.p/5"
    tile.write_bytes(tile.read_bytes()[::-1])
    bench.append(REGION, 1)
    assert bench.seal() == []
    assert bench.seals.alarms()[REGION]["reason"] == "SealsDamaged"


def test_a_crash_before_the_head_was_signed_leaves_nothing_to_repair(bench: Bench) -> None:
    bench.append(REGION, 250)
    bench.seal()
    kept = bench.folder.with_name("kept")
    shutil.copytree(bench.folder, kept)
    bench.append(REGION, 700)
    bench.seal()
    whole = files(bench.folder)
    log = bench.log(REGION).folder
    shutil.copy(kept / "kernel" / REGION / "1" / "checkpoint", log / "checkpoint")
    assert bench.seal() == []  # a head is signed once it is in the history
    (log / "heads" / "950").unlink()  # and before that, its tiles alone count for nothing
    (log / "tile/0/003.p/182").write_bytes(b"half")
    assert bench.seal() == [(REGION, 950)]
    assert files(bench.folder) == whole


def test_without_its_key_the_sealer_does_not_start_again(bench: Bench) -> None:
    bench.append(REGION, 1)
    bench.seal()
    key = bench.folder / "kernel" / "key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(sealer.KeyRefused, match="its key is gone"):
        bench.seal()
    key.write_bytes(kept)
    with pytest.raises(sealer.KeyRefused, match=r"signs for labinov\.example/kernel"):
        sealer.Sealer("kernel", bench.engine, bench.folder, "elsewhere.example", 0)
    bench.append(REGION, 1)
    assert bench.seal() == [(REGION, 2)]


def test_the_sealer_cannot_write_to_the_database(bench: Bench) -> None:
    with bench.sealer()._reading() as connection, pytest.raises(InternalError, match="read-only transaction"):
        connection.execute(text("INSERT INTO log_head VALUES ('36.74', 1, 1, '')"))


def test_the_process_seals_by_itself_alone_and_through_a_database_that_goes_away(
    bench: Bench, database: Database, servers: Servers
) -> None:
    settings = make_settings(servers, database, "kernel", seal_dir=bench.folder, origin=ORIGIN, seal_after_seconds=0)
    stops = [threading.Event(), threading.Event()]
    engine, beat = make_engine(database.app_url), bench.folder / "beat"
    processes = [
        threading.Thread(
            target=sealer.run, args=("kernel", settings, engine, stop), kwargs={"pause": 0.02, "heartbeat": beat}
        )
        for stop in stops
    ]
    sealed = threading.Event()
    try:
        for each in processes:
            each.start()
        bench.append(REGION, 3)
        wait_for_size(bench, 3, sealed)
        bench.engine.dispose()
        with psycopg.connect(database.superuser_conninfo, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        bench.append(REGION, 3)
        wait_for_size(bench, 6, sealed)
        stops[0].set()
        processes[0].join()
        bench.append(REGION, 3)
        wait_for_size(bench, 9, sealed)
    finally:
        for stop in stops:
            stop.set()
        for each in processes:
            each.join()
        engine.dispose()
    assert beat.exists()
    assert bench.finding(REGION) is None


def wait_for_size(bench: Bench, size: int, pause: threading.Event) -> None:
    """Wait until a head of this size is signed."""
    for _ in range(1_000):
        if bench.seals.verifier() is not None and bench.log(REGION).sizes()[-1:] == [size]:
            return
        pause.wait(0.02)
    raise AssertionError(f"not sealed up to {size}: {bench.log(REGION).sizes()}")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    seals.write(path, b"old")
    seals.write(path, b"new", mode=0o600)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o600)
    assert [each.name for each in path.parent.iterdir()] == ["file"]
