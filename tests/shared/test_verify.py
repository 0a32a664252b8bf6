"""The checker: what is wrong with a log, its heads or its tiles is named, with the first position and the evidence."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from shared.database import make_engine
from shared.envelope import Catalogue, Meta
from shared.erasure import PayloadsErased
from shared.event_log import EventLog
from shared.merkle import leaf_hash
from shared.seals import SealedLog
from shared.tlog import Checkpoint, Signer, hashes_of
from shared.verify import Erasure, Fault, Finding, verify
from tests.shared.sealing import ORIGIN, SERVICE, Bench, Superuser, put_back, superuser
from tests.support import Database, Servers

REGION = "36.74"
HEADS = (100, 256, 300, 700)
SEALED, EVENTS = 700, 705

ERASE = f"UPDATE event SET payload = NULL, salt = NULL WHERE region = '{REGION}' AND position = ANY(%s)".encode()

Wrong = tuple[Fault, int, int] | None


@pytest.fixture(scope="module")
def database(servers: Servers) -> Database:
    return servers.database("kernel")


@pytest.fixture(scope="module")
def original(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A log of which 700 events are sealed under four heads and five are not, and a small log of another region."""
    engine = make_engine(database.app_url)
    made = Bench(engine, tmp_path_factory.mktemp("seals"))
    size = 0
    for head in HEADS:
        made.append(REGION, head - size)
        made.seal()
        size = head
    made.append("36.71", 3)
    made.seal()
    made.append(REGION, EVENTS - SEALED)
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def kept(database: Database, original: Bench) -> Iterator[Superuser]:
    with superuser(database) as connection:
        assert original.report(REGION).events == EVENTS
        yield connection


@pytest.fixture
def admin(kept: Superuser) -> Iterator[Superuser]:
    """A superuser, all of whose changes are undone after the test."""
    yield kept
    put_back(kept)


@pytest.fixture
def bench(original: Bench, tmp_path: Path) -> Bench:
    """The log with a copy of its seals, which a test may change."""
    shutil.copytree(original.folder, tmp_path / "seals")
    return replace(original, folder=tmp_path / "seals")


def say_erased(bench: Bench, *positions: int) -> None:
    """Append an event that says that these payloads are erased."""
    log = EventLog(bench.engine, Catalogue(SERVICE, [PayloadsErased]))
    said = PayloadsErased(erasure_id="36.74-1", request="00-1", positions=positions)
    meta = Meta(actor="erasure", at=datetime.now(UTC), correlation="c")
    log.append(REGION, f"erasure/36.74-{uuid4().hex}", 0, [said], meta, epoch=1)


def put_back_payload(admin: Superuser, position: int) -> None:
    """Give an event the payload and salt that it had."""
    admin.execute(
        "UPDATE event e SET payload = b.payload, salt = b.salt FROM event_before b "
        "WHERE (e.region, e.position) = (b.region, b.position) AND e.region = %s AND e.position = %s",
        (REGION, position),
    )


def wrong(bench: Bench, kept_heads: tuple[bytes, ...] = ()) -> Wrong:
    found = bench.report(REGION, kept_heads).finding
    return None if found is None else (found.fault, found.first, found.last)


def test_a_sound_log_is_reported_with_what_is_erased_and_what_is_not_sealed_yet(bench: Bench, admin: Superuser) -> None:
    say_erased(bench, 5, 300)
    admin.execute(ERASE, ([5, 300],))
    report = verify(bench.engine, SERVICE, bench.seals)
    assert report.ok
    small, large = report.logs
    assert (small.region, small.events, small.sealed, small.unsealed) == ("36.71", 3, 3, None)
    assert (large.region, large.epoch, large.events, large.erased) == (REGION, 1, EVENTS + 1, 2)
    assert (large.sealed, large.unsealed, large.heads) == (SEALED, (701, 706), 4)
    assert (small.erasures, large.erasures) == ((), (Erasure(706, (5, 300)),))


def test_a_payload_that_is_gone_without_a_word_is_found(bench: Bench, admin: Superuser) -> None:
    # What an event says is of what stands before it.
    say_erased(bench, 5, 707)
    say_erased(bench, 6)
    admin.execute(ERASE, ([5, 300, 707],))
    detail = "the payload is gone and no event says so"
    assert bench.finding(REGION) == Finding(Fault.DATA, 300, 300, detail)
    put_back_payload(admin, 300)
    assert bench.finding(REGION) == Finding(Fault.DATA, 707, 707, detail)


def test_without_seals_everything_is_unsealed(bench: Bench) -> None:
    shutil.rmtree(bench.folder)
    report = bench.report(REGION)
    assert (report.finding, report.sealed, report.unsealed, report.heads) == (None, 0, (1, EVENTS), 0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("stream = 'jar/other'", (Fault.ENVELOPE, 150, 150)),
        ("stream_version = stream_version + 1000", (Fault.ENVELOPE, 150, 150)),
        ("type = 'jar.other'", (Fault.ENVELOPE, 150, 150)),
        ("type_version = 1", (Fault.ENVELOPE, 150, 150)),
        ("event_id = '00000000-0000-4000-8000-000000000000'", (Fault.ENVELOPE, 150, 150)),
        ("recorded_at = recorded_at + interval '1 microsecond'", (Fault.ENVELOPE, 150, 150)),
        ("region = '36.72'", (Fault.MISSING, 150, 150)),
        ("payload = payload || ' '", (Fault.DATA, 150, 150)),
        ("payload = NULL", (Fault.DATA, 150, 150)),
        ("salt = NULL", (Fault.DATA, 150, 150)),
        ("salt = sha256(salt)", (Fault.DATA, 150, 150)),
        ("leaf = leaf || ' '", (Fault.LEAF, 150, 150)),
        ("leaf_hash = sha256(leaf_hash)", (Fault.LEAF, 150, 150)),
        ("leaf = '[]', leaf_hash = sha256('\\x005b5d')", (Fault.ENVELOPE, 150, 150)),
        ("leaf = '{', leaf_hash = sha256('\\x007b')", (Fault.ENVELOPE, 150, 150)),
        ("position = 0", (Fault.MISSING, 1, 1)),
    ],
)
def test_an_altered_column_is_found(bench: Bench, admin: Superuser, change: str, expected: Wrong) -> None:
    admin.execute(f"UPDATE event SET {change} WHERE region = '{REGION}' AND position = 150".encode())
    assert wrong(bench) == expected
    assert bench.finding("36.71") is None


def test_the_evidence_is_given(bench: Bench, admin: Superuser) -> None:
    rewrite(admin, 300)
    sealed = hashes_of(bench.log(REGION).tile(0, 1, 256))[300 - 256 - 1]
    row = admin.execute("SELECT leaf_hash FROM event WHERE region = %s AND position = 300", (REGION,)).fetchone()
    assert row is not None
    assert bench.finding(REGION) == Finding(
        Fault.SEALED, 300, 300, "the leaf is not the one that was sealed", sealed.hex(), row[0].hex()
    )


def rewrite(admin: Superuser, first: int) -> None:
    """Make all events from a position on another actor's, all hashes computed anew, the head row's too."""
    rows = admin.execute("SELECT position, leaf FROM event WHERE region = %s AND position >= %s", (REGION, first))
    for position, leaf in rows.fetchall():
        altered = leaf.replace(b"somebody", b"nobody")
        admin.execute(
            "UPDATE event SET leaf = %s, leaf_hash = %s WHERE region = %s AND position = %s",
            (altered, leaf_hash(altered), REGION, position),
        )
    admin.execute(
        "UPDATE log_head SET leaf_hash = (SELECT leaf_hash FROM event WHERE region = %s ORDER BY position DESC LIMIT 1)"
        " WHERE region = %s",
        (REGION, REGION),
    )


@pytest.mark.parametrize("first", [1, 256, 257, 699])
def test_a_rewrite_of_everything_from_a_position_on_is_found_there(bench: Bench, admin: Superuser, first: int) -> None:
    rewrite(admin, first)
    assert wrong(bench) == (Fault.SEALED, first, first)


def test_what_is_not_sealed_yet_can_be_rewritten_without_a_trace(bench: Bench, admin: Superuser) -> None:
    rewrite(admin, SEALED + 1)
    assert wrong(bench) is None
    assert bench.report(REGION).unsealed == (701, 705)


def test_an_event_put_in_between_is_found(bench: Bench, admin: Superuser) -> None:
    with admin.transaction():
        admin.execute("UPDATE event SET position = -position WHERE region = %s AND position >= 200", (REGION,))
        admin.execute("UPDATE event SET position = 1 - position WHERE region = %s AND position < 0", (REGION,))
        admin.execute(
            "INSERT INTO event SELECT region, 200, 'jar/new', 1, type, type_version, event_id, recorded_at,"
            " leaf, leaf_hash, payload, salt FROM event WHERE region = %s AND position = 199",
            (REGION,),
        )
        admin.execute("UPDATE log_head SET position = position + 1 WHERE region = %s", (REGION,))
    assert wrong(bench) == (Fault.ENVELOPE, 200, 200)


def test_a_deleted_event_is_found_though_the_others_close_ranks(bench: Bench, admin: Superuser) -> None:
    with admin.transaction():
        admin.execute("DELETE FROM event WHERE region = %s AND position = 200", (REGION,))
        admin.execute("UPDATE event SET position = -position WHERE region = %s AND position > 200", (REGION,))
        admin.execute("UPDATE event SET position = -position - 1 WHERE region = %s AND position < 0", (REGION,))
        admin.execute("UPDATE log_head SET position = position - 1 WHERE region = %s", (REGION,))
    assert wrong(bench) == (Fault.STREAM, 200, 200)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE log_head SET position = 800", (Fault.MISSING, 706, 800)),
        ("UPDATE log_head SET position = 690", (Fault.HEAD, 691, 705)),
        ("UPDATE log_head SET leaf_hash = sha256(leaf_hash)", (Fault.HEAD, 705, 705)),
        ("UPDATE log_head SET epoch = 2", (Fault.HEAD, 705, 705)),
        ("DELETE FROM log_head", (Fault.HEAD, 705, 705)),
        ("DELETE FROM event", (Fault.MISSING, 1, 705)),
        ("DELETE FROM event; DELETE FROM log_head", (Fault.MISSING, 1, 700)),
        ("DELETE FROM event WHERE position > 600; DELETE FROM log_head", (Fault.MISSING, 601, 700)),
    ],
)
def test_a_head_row_that_is_not_the_logs_is_found(
    bench: Bench, admin: Superuser, statement: str, expected: Wrong
) -> None:
    admin.execute(statement.encode())
    assert wrong(bench) == expected


def retile(log: SealedLog, admin: Superuser) -> None:
    """Let the level-0 tiles agree with the database, as one does who can write the folder but not sign."""
    query = "SELECT leaf_hash FROM event WHERE region = %s AND position <= %s ORDER BY position"
    hashes = [row[0] for row in admin.execute(query, (REGION, SEALED))]
    for first in range(0, SEALED, 256):
        width = min(256, SEALED - first)
        log.keep_tile(0, first // 256, width, b"".join(hashes[first : first + width]))


@pytest.mark.parametrize(
    ("first", "expected"),
    [(50, (1, 100)), (100, (1, 100)), (101, (101, 256)), (280, (257, 300)), (700, (301, 700))],
)
def test_a_rewrite_with_its_tiles_is_found_between_two_signed_heads(
    bench: Bench, admin: Superuser, first: int, expected: tuple[int, int]
) -> None:
    rewrite(admin, first)
    retile(bench.log(REGION), admin)
    assert wrong(bench) == (Fault.REWRITTEN, *expected)


def test_a_rewrite_signed_anew_is_found_between_two_heads_that_somebody_kept(bench: Bench, admin: Superuser) -> None:
    heads = tuple((bench.log(REGION).folder / "heads" / str(size)).read_bytes() for size in (256, 700))
    rewrite(admin, 280)
    shutil.rmtree(bench.folder / SERVICE / REGION)
    assert bench.seal() == [(REGION, EVENTS)]
    assert wrong(bench) is None  # with the key in hand, only what others kept can tell
    assert wrong(bench, heads) == (Fault.REWRITTEN, 257, 700)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tile/0/000", (Fault.TILE, 1, 1)),
        ("tile/0/002.p/188", (Fault.TILE, 513, 513)),
        ("tile/1/000.p/2", (Fault.TILE, 513, 700)),
        ("tile/entries/001", (Fault.TILE, 257, 512)),
        ("tile/entries/002.p/188", (Fault.TILE, 513, 700)),
    ],
)
def test_an_altered_tile_is_found_and_the_database_not_blamed(bench: Bench, path: str, expected: Wrong) -> None:
    tile = bench.log(REGION).folder / path
    data = tile.read_bytes()
    tile.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    assert wrong(bench) == expected
    tile.write_bytes(data)
    assert wrong(bench) is None


@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/000.p/2", "tile/entries/002.p/188"])
def test_a_tile_that_is_missing_or_too_long_is_found(bench: Bench, path: str) -> None:
    tile = bench.log(REGION).folder / path
    tile.write_bytes(tile.read_bytes() + b"\x00" * 32)
    longer = wrong(bench)
    tile.unlink()
    missing = wrong(bench)
    assert longer is not None
    assert missing is not None
    assert (longer[0], missing[0]) == (Fault.TILE, Fault.TILE)


def test_a_head_that_is_not_signed_by_the_key_is_found(bench: Bench) -> None:
    log = bench.log(REGION)
    forged = log.head(300).sign(Signer.generate(log.verifier.name))
    (log.folder / "heads" / "300").write_bytes(forged)
    assert wrong(bench) == (Fault.SIGNATURE, 257, 300)


def test_a_head_of_another_size_or_log_is_found(bench: Bench) -> None:
    log = bench.log(REGION)
    shutil.copy(log.folder / "heads" / "256", log.folder / "heads" / "300")
    assert wrong(bench) == (Fault.SIGNATURE, 257, 300)
    shutil.copy(bench.folder / SERVICE / "36.71" / "1" / "heads" / "3", log.folder / "heads" / "300")
    assert wrong(bench) == (Fault.SIGNATURE, 257, 300)


def test_a_checkpoint_that_contradicts_the_heads_is_found(bench: Bench) -> None:
    log = bench.log(REGION)
    signer = bench.seals.signer()
    assert signer is not None
    other = Checkpoint(log.verifier.name, SEALED, leaf_hash(b"another tree"))
    (log.folder / "checkpoint").write_bytes(other.sign(signer.named(log.verifier.name)))
    assert wrong(bench) == (Fault.SIGNATURE, SEALED, SEALED)
    (log.folder / "checkpoint").unlink()
    assert wrong(bench) == (Fault.SIGNATURE, SEALED, SEALED)


def test_only_the_key_that_is_given_is_believed(bench: Bench) -> None:
    mine = Signer.generate(f"{ORIGIN}/{SERVICE}").verifier
    (report,) = verify(bench.engine, SERVICE, bench.seals, region=REGION, key=mine).logs
    assert report.finding is not None
    assert (report.finding.fault, report.finding.first, report.sealed) == (Fault.SIGNATURE, 1, 0)


def test_heads_without_any_key_are_not_believed(bench: Bench) -> None:
    (bench.folder / SERVICE / "key.pub").unlink()
    assert wrong(bench) == (Fault.SIGNATURE, 1, 1)
