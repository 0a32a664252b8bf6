"""The witness: what it answers to whom, and that it never cosigns two histories, whatever happens to it."""

import base64
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.embedded.errors import Trouble
from deploy.witness import store as stores
from deploy.witness.store import NoWitness, Store, make, opened
from shared.merkle import consistency_proof, leaf_hash, nodes_of, root_of
from shared.tlog import COSIGNATURE, Checkpoint, Signer, Verifier, read_note

SERVICE = Signer.generate("labinov.example/submission")
ORIGIN = "labinov.example/submission/36.74/1"
LOG = SERVICE.named(ORIGIN)
LEAVES = [leaf_hash(str(number).encode()) for number in range(50)]
OTHERS = [*LEAVES[:4], *(leaf_hash(b"another") for _ in range(46))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "w", "witness.example", [SERVICE.verifier])
    return tmp_path / "w"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with opened(folder) as found:
        yield found


def head(size: int, leaves: list[bytes] = LEAVES, signer: Signer = LOG) -> bytes:
    return Checkpoint(signer.name, size, root_of(leaves[:size])).sign(signer)


def asked(old: int, note: bytes, leaves: list[bytes] = LEAVES) -> bytes:
    """Ask as a log does that has these leaves."""
    size = int(note.split(b"\n")[1])
    proof = consistency_proof(old, size, nodes_of(leaves)) if 0 < old < size else []
    return b"\n".join([b"old %d" % old, *(base64.b64encode(each) for each in proof), b"", note])


def test_a_log_is_seen_growing_and_what_was_seen_is_kept_with_both_signatures(store: Store) -> None:
    old = 0
    for size in (1, 7, 7, 50):
        answer = store.add(asked(old, head(size)))
        assert answer.status == 200
        text, lines = read_note(head(size) + answer.body, [LOG.verifier, store.signer.verifier])
        assert (text.split("\n")[1], len(lines)) == (str(size), 2)
        old = size
    note = store.seen(ORIGIN)
    assert note is not None
    assert read_note(note, [LOG.verifier, store.signer.verifier])[1].keys() == {LOG.verifier, store.signer.verifier}
    assert Checkpoint.open(note, LOG.verifier).size == 50


STRANGER = Signer.generate(ORIGIN)
ELSEWHERE = Signer.generate("labinov.example/review/36.74/1")
TWO_KEYS = head(9).decode() + STRANGER.sign(Checkpoint(ORIGIN, 9, root_of(LEAVES[:9])).text())
BROKEN = head(9)[:-10] + b"AAAAAAA=\n\n"


@pytest.mark.parametrize(
    ("body", "status", "evidence"),
    [
        (asked(7, TWO_KEYS.encode()), 200, 0),
        (asked(7, head(9, signer=ELSEWHERE)), 404, 0),
        (asked(7, head(9, signer=Signer.generate("labinov.example/submissions"))), 404, 0),
        (asked(7, head(9, signer=Signer.generate(f"{ORIGIN}/{'x' * 200}"))), 404, 0),
        (asked(7, head(9, signer=STRANGER)), 403, 0),
        (asked(7, head(9).replace(b"\n9\n", b"\n8\n", 1)), 403, 0),
        (b"old 10\n\n" + head(9), 400, 0),
        (asked(0, head(9)), 409, 0),
        (asked(5, head(9)), 409, 0),
        (asked(0, head(5)), 409, 0),
        (asked(7, head(7, OTHERS)), 409, 1),
        (asked(0, head(7, OTHERS)), 409, 1),
        (asked(7, head(9, OTHERS), OTHERS), 422, 1),
        (b"old 7\n\n" + head(9), 422, 1),
        (asked(7, head(9)).replace(b"old 7\n", b"old 7\n" + base64.b64encode(bytes(32)) + b"\n"), 422, 1),
        (b"old 07\n\n" + head(9), 400, 0),
        (b"old -1\n\n" + head(9), 400, 0),
        (b"7\n\n" + head(9), 400, 0),
        (b"old 7\nAAAA\n\n" + head(9), 400, 0),
        (b"old 7\n" + b"".join(base64.b64encode(bytes(32)) + b"\n" for _ in range(64)) + b"\n" + head(9), 400, 0),
        (b"old 7\n\n" + BROKEN, 400, 0),
        (b"old 7\n\n" + head(9).partition(b"\n\n")[0] + b"\n", 400, 0),
        (b"old 7", 400, 0),
        (b"", 400, 0),
        (b"\xff\n\n\xff", 400, 0),
    ],
)
def test_only_what_continues_the_last_head_is_cosigned(store: Store, body: bytes, status: int, evidence: int) -> None:
    assert store.add(asked(0, head(7))).status == 200
    answer = store.add(body)
    assert (answer.status, answer.kind == stores.SIZE_TYPE) == (status, status == 409)
    kept = store.folder / "evidence"
    found = [each.read_bytes() for each in kept.iterdir()] if kept.exists() else []
    assert found == [body] * evidence
    seen = store.seen(ORIGIN)
    assert seen is not None
    assert Checkpoint.open(seen, LOG.verifier).size == (9 if status == 200 else 7)
    if status == 409:
        assert answer.body == b"7\n"


def test_what_was_seen_is_remembered_by_the_next_process_and_by_one_only(folder: Path) -> None:
    with opened(folder) as first:
        first.add(asked(0, head(9)))
        with pytest.raises(NoWitness, match="another process"), opened(folder):
            pass
    with opened(folder) as second:
        assert second.add(asked(0, head(9, OTHERS), OTHERS)).status == 409
        assert second.add(asked(9, head(10))).status == 200


def test_nothing_is_answered_that_is_not_on_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(stores, "write", full)
        with pytest.raises(OSError, match="no space"):
            store.add(asked(0, head(9)))
    assert store.add(asked(0, head(9, OTHERS), OTHERS)).status == 200


def test_a_new_key_is_known_as_soon_as_it_has_a_line(store: Store) -> None:
    successor = Signer.generate(SERVICE.name)
    assert store.add(asked(0, head(9, signer=successor.named(ORIGIN)))).status == 403
    with (store.folder / "logs").open("a") as logs:
        logs.write(f"{successor.verifier}\n")
    assert store.add(asked(0, head(9))).status == 200
    assert store.add(asked(9, head(10, signer=successor.named(ORIGIN)))).status == 200


def test_evidence_does_not_fill_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "EVIDENCE_LIMIT", 3)
    store.add(asked(0, head(7)))
    sizes = count(8)
    assert [store.add(asked(7, head(next(sizes), OTHERS), OTHERS)).status for _ in range(5)] == [422] * 5
    assert len(list((store.folder / "evidence").iterdir())) == 3


def test_the_command_makes_a_witness_once(tmp_path: Path) -> None:
    arguments = ["witness", "init", str(tmp_path / "w"), "--name", "lan.go.id/w", "--log", str(SERVICE.verifier)]
    made = CliRunner().invoke(app, arguments)
    key = Verifier.parse(made.output)
    assert (made.exit_code, key.name, key.kind) == (0, "lan.go.id/w", COSIGNATURE)
    assert stat.S_IMODE((tmp_path / "w" / "key").stat().st_mode) == 0o600
    for again in (arguments, ["witness", "run", str(tmp_path / "nowhere")]):
        assert isinstance(CliRunner().invoke(app, again).exception, Trouble)
