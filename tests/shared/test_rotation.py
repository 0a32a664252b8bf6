"""The signing key is changed: who kept the old one follows, who stole it gains nothing, and no step loses the way."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from shared import rotation, sealer, seals
from shared.database import make_engine
from shared.merkle import leaf_hash
from shared.rotation import RotationRefused, finish, rotate
from shared.tlog import Checkpoint, NoteError, Signer, Unsigned, Verifier, open_note
from shared.verify import Finding, verify
from tests.shared.sealing import SERVICE, Bench
from tests.support import Servers

REGION = "36.74"


@pytest.fixture(scope="module")
def original(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A log sealed at 3 and at 5 under the first key, and one event that is not."""
    engine = make_engine(servers.database("kernel").app_url)
    made = Bench(engine, tmp_path_factory.mktemp("seals"))
    for count in (3, 2):
        made.append(REGION, count)
        made.seal()
    made.append(REGION, 1)
    yield made
    engine.dispose()


@pytest.fixture
def bench(original: Bench, tmp_path: Path) -> Bench:
    """The same log with seals of a test's own; nothing is appended to it."""
    shutil.copytree(original.folder, tmp_path / "seals")
    return Bench(original.engine, tmp_path / "seals")


def key(bench: Bench) -> Signer:
    found = bench.seals.signer()
    assert found is not None
    return found


def change(bench: Bench) -> None:
    rotate(bench.seals, by="a keeper", reason="it is old")


def finding(bench: Bench, believed: Verifier, *kept: bytes) -> Finding | None:
    (report,) = verify(bench.engine, SERVICE, bench.seals, region=REGION, key=believed, kept=kept).logs
    return report.finding


def test_both_keys_sign_for_a_while_then_the_new_one(bench: Bench) -> None:
    first = key(bench)
    change(bench)
    second = key(bench)
    assert second != first
    quiet = bench.log(REGION)  # nothing new is sealed of it yet
    for signer in (first, second):
        named = signer.named(quiet.verifier.name).verifier
        for name in ("checkpoint", "heads/5"):
            assert Checkpoint.open((quiet.folder / name).read_bytes(), named).size == 5
    assert Verifier.parse((quiet.folder / "vkey").read_text()) == second.named(quiet.verifier.name).verifier
    assert bench.seal() == [(REGION, 6)]
    log = bench.log(REGION)
    checkpoint = log.folder / "checkpoint"
    names = [each.named(log.verifier.name).verifier for each in (first, second)]
    for each in names:
        assert Checkpoint.open(checkpoint.read_bytes(), each).size == 6
    assert Verifier.parse((log.folder / "vkey").read_text()) == names[1]

    with pytest.raises(RotationRefused, match="two keys sign"):
        change(bench)
    finish(bench.seals)
    with pytest.raises(RotationRefused, match="only one key signs"):
        finish(bench.seals)
    change(bench)  # and once more
    finish(bench.seals)
    note = log.head(6).sign(key(bench).named(log.verifier.name))
    with pytest.raises(Unsigned):
        open_note(note, names)
    checkpoint.write_bytes(note)
    kept = (log.folder / "heads" / "3").read_bytes()
    for believed in (first.verifier, second.verifier, key(bench).verifier):
        assert finding(bench, believed, kept) is None
    assert finding(bench, Signer.generate(first.name).verifier) is not None


def test_what_the_old_key_signs_afterwards_is_not_believed(bench: Bench) -> None:
    first = key(bench)
    change(bench)
    finish(bench.seals)
    bench.seal()
    log = bench.log(REGION)
    name = log.verifier.name
    stolen = Checkpoint(name, 6, leaf_hash(b"another tree")).sign(first.named(name))
    (log.folder / "heads" / "6").write_bytes(stolen)
    (log.folder / "checkpoint").write_bytes(stolen)
    found = finding(bench, first.verifier)
    assert found is not None
    assert (found.fault, found.first, found.last) == ("signed head", 6, 6)
    # Nor in place of what it signed before: two keys have stated that head.
    earlier = Checkpoint(name, 5, leaf_hash(b"another tree")).sign(first.named(name))
    (log.folder / "heads" / "5").write_bytes(earlier)
    found = finding(bench, first.verifier)
    assert found is not None
    assert (found.fault, found.first, found.last) == ("rewritten", 4, 5)


def test_a_change_that_both_keys_did_not_state_is_none(bench: Bench) -> None:
    first = key(bench)
    change(bench)
    path = bench.folder / SERVICE / "keys" / "1"
    note = path.read_text()
    assert bench.seals.keys(first.verifier).newest == key(bench).verifier
    lines = note.splitlines(keepends=True)
    for altered in ("".join(lines[:-1]), "".join(lines[:-2] + lines[-1:]), note.replace("it is old", "it is new")):
        path.write_text(altered)
        with pytest.raises(NoteError, match=r"signed by the old key and the new one|does not verify"):
            bench.seals.keys(first.verifier)


@pytest.mark.parametrize("step", range(1, 9))
def test_a_change_that_is_cut_short_is_taken_up(bench: Bench, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first, steps = key(bench), iter(range(1, 20))

    def crash(*args: Any, **options: Any) -> None:
        if next(steps) == step:
            raise KeyboardInterrupt
        writing(*args, **options)

    writing = seals.write
    with monkeypatch.context() as broken:
        for module in (seals, rotation):
            broken.setattr(module, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            change(bench)
    change(bench)
    finish(bench.seals)
    assert key(bench) != first
    assert sorted(each.name for each in (bench.folder / SERVICE).iterdir() if each.is_file()) == [
        "key",
        "key.pub",
        "lock",
    ]
    assert bench.seal() == [(REGION, 6)]
    assert finding(bench, first.verifier) is None


def test_between_two_steps_and_beside_another_process_nothing_is_signed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = key(bench)
    change(bench)
    bench.seals.keep(first)  # as a backup of the folder's key would
    with pytest.raises(sealer.KeyRefused, match="was succeeded by another"):
        bench.seal()
    with sealer.sole(bench.folder / SERVICE, threading.Event()), pytest.raises(RotationRefused, match="stop it first"):
        finish(bench.seals)


def test_the_command_changes_the_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABINOV_DATABASE_URL", "postgresql+psycopg://nobody@nowhere/kernel")
    monkeypatch.setenv("LABINOV_SEAL_DIR", str(bench.folder))
    first = key(bench)
    done = CliRunner().invoke(app, ["audit", "rotate-key", SERVICE, "--reason", "it is old"])
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        [
            f"The old key: {first.verifier}",
            f"The new key: {key(bench).verifier}",
            "Both sign 1 logs, until --finish.",
        ],
    )
    assert CliRunner().invoke(app, ["audit", "rotate-key", SERVICE, "--finish"]).output == (
        "One key signs from now on.\n"
    )
    assert "say why" in str(CliRunner().invoke(app, ["audit", "rotate-key", SERVICE]).exception)
