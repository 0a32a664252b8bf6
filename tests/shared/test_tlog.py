"""The C2SP formats against what other implementations published, and against themselves."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import merkle, tlog

VECTORS = Path(__file__).parent.parent / "vectors" / "tlog"
ORIGIN = "labinov.example/submission/36.74/1"


def vector(name: str) -> Any:
    """Give the frozen case of this name."""
    return json.loads((VECTORS / f"{name}.json").read_text())


def test_a_note_is_signed_and_opened_as_by_the_reference_implementation() -> None:
    case = vector("note-of-the-reference-implementation")
    signer = tlog.Signer.parse(case["skey"])
    assert (signer.encode(), str(signer.verifier)) == (case["skey"], case["vkey"])
    assert tlog.sign_note(case["text"], [signer]) == case["note"].encode()
    assert tlog.open_note(case["note"].encode(), [tlog.Verifier.parse(case["vkey"])]) == case["text"]


@pytest.mark.parametrize("known", [(0,), (1,), (0, 1)])
def test_signatures_by_unknown_keys_are_passed_over(known: tuple[int, ...]) -> None:
    case = vector("note-with-two-signatures")
    verifiers = [tlog.Verifier.parse(case["vkeys"][each]) for each in known]
    assert tlog.open_note(case["note"].encode(), verifiers) == case["text"]


def test_a_checkpoint_of_another_log_is_read() -> None:
    case = vector("checkpoint-of-the-go-checksum-database")
    verifier = tlog.Verifier.parse(case["vkey"])
    found = tlog.Checkpoint.parse(tlog.open_note(case["note"].encode(), [verifier]))
    assert found == tlog.Checkpoint(case["origin"], case["size"], base64.b64decode(case["root"]))
    with pytest.raises(tlog.Malformed):  # it does not sign under its origin's name, as ours do
        tlog.Checkpoint.open(case["note"].encode(), verifier)


def test_a_checkpoint_is_cosigned_as_by_another_implementation() -> None:
    case = vector("cosigned-checkpoint")
    log, witness = tlog.Verifier.parse(case["log"]), tlog.Verifier.parse(case["witness"])
    text, lines = tlog.read_note(case["note"].encode(), [log, witness])
    assert (str(witness), witness.kind, set(lines)) == (case["witness"], tlog.COSIGNATURE, {log, witness})
    signer = tlog.Signer(witness.name, hashlib.sha256(b"witness").digest(), tlog.COSIGNATURE)
    assert (signer.verifier, signer.cosign(text, case["time"])) == (witness, lines[witness])
    # The same key for notes is another one; and a time that was not signed is found.
    with pytest.raises(tlog.Unsigned):
        tlog.open_note(case["note"].encode(), [tlog.Verifier(witness.name, witness.key)])
    later = signer.cosign(text, case["time"] + 1).rpartition(" ")[2]
    forged = bytearray(base64.b64decode(lines[witness].rpartition(" ")[2]))
    forged[4:12] = base64.b64decode(later)[4:12]
    line = f"— {witness.name} {base64.b64encode(forged).decode()}\n"
    with pytest.raises(tlog.BadSignature):
        tlog.open_note(f"{text}\n{line}".encode(), [witness])


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    signer = tlog.Signer.generate(ORIGIN)
    checkpoint = tlog.Checkpoint(ORIGIN, 3, merkle.leaf_hash(b"root"))
    assert tlog.Checkpoint.open(checkpoint.sign(signer), signer.verifier) == checkpoint


def test_a_note_without_a_known_key_is_refused() -> None:
    note = tlog.Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT).sign(tlog.Signer.generate(ORIGIN))
    with pytest.raises(tlog.Unsigned):
        tlog.open_note(note, [tlog.Signer.generate(ORIGIN).verifier])
    with pytest.raises(tlog.Unsigned):
        tlog.open_note(note, [])


def test_one_bad_signature_by_a_known_key_refuses_a_note_that_another_signed_well() -> None:
    good, bad = tlog.Signer.generate("good.example"), tlog.Signer.generate("bad.example")
    note = tlog.sign_note("true\n", [good]) + tlog.sign_note("false\n", [bad]).split(b"\n\n")[1]
    assert tlog.open_note(note, [good.verifier]) == "true\n"
    with pytest.raises(tlog.BadSignature):
        tlog.open_note(note, [good.verifier, bad.verifier])


@given(st.integers(min_value=0), st.integers(0, 7))
def test_a_note_with_any_bit_of_its_text_changed_is_refused(place: int, bit: int) -> None:
    signer = tlog.Signer.generate(ORIGIN)
    note = bytearray(tlog.Checkpoint(ORIGIN, 7, merkle.leaf_hash(b"")).sign(signer))
    note[place % note.index(b"\n\n")] ^= 1 << bit
    with pytest.raises(tlog.NoteError):
        tlog.open_note(bytes(note), [signer.verifier])


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAAA",
        b"text\n\nname AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 name !!!!\n",
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\r\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"text\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_malformed(note: bytes) -> None:
    with pytest.raises(tlog.Malformed):
        tlog.open_note(note, [tlog.Signer.generate("name").verifier])


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n１\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n",
        "origin\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
)
def test_what_is_no_checkpoint_is_malformed(text: str) -> None:
    with pytest.raises(tlog.Malformed):
        tlog.Checkpoint.parse(text)


def test_a_damaged_key_is_refused_and_never_shown() -> None:
    signer = tlog.Signer.generate("name")
    secret = signer.encode()
    # The last of five parts; a plus sign may be in it too.
    private = secret.split("+", 4)[-1]
    assert repr(signer) == "Signer(name='name')"
    for damaged in (secret.replace("name", "eman"), secret[:-4], secret.removeprefix("PRIVATE+"), str(signer.verifier)):
        with pytest.raises(tlog.Malformed) as refused:
            tlog.Signer.parse(damaged)
        assert private[:8] not in str(refused.value)
    with pytest.raises(tlog.Malformed):
        tlog.Verifier.parse(str(signer.verifier).replace("name", "eman"))
    for name in ("", "two words", "a+b", "a\u2003b"):
        with pytest.raises(tlog.Malformed):
            tlog.Verifier(name, signer.verifier.key)


@pytest.mark.parametrize("case", vector("tile-paths"), ids=lambda case: case["path"])
def test_tile_paths(case: dict[str, Any]) -> None:
    assert tlog.tile_path(case["level"], case["index"], case["width"]) == case["path"]


@pytest.mark.parametrize("case", vector("last-tiles-of-a-tree"), ids=lambda case: str(case["size"]))
def test_the_last_tiles_of_a_tree(case: dict[str, Any]) -> None:
    assert [list(each) for each in tlog.tile_paths(case["size"])] == case["tiles"]


@given(st.lists(st.binary(max_size=300)))
def test_entries_come_back_from_their_bundle(entries: list[bytes]) -> None:
    data = tlog.bundle(entries)
    assert tlog.unbundle(data) == entries
    if data:
        with pytest.raises(tlog.Malformed):
            tlog.unbundle(data + b"\x00")


def test_the_longest_entry_is_65535_bytes() -> None:
    longest = b"a" * 65_535
    assert tlog.bundle([longest])[:2] == b"\xff\xff"
    with pytest.raises(ValueError, match="65536"):
        tlog.bundle([longest + b"a"])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 66_305])
def test_a_tree_of_tiles_has_the_root_and_the_tiles_of_the_whole_and_recovers_from_them(size: int) -> None:
    leaves = [merkle.leaf_hash(each.to_bytes(4, "big")) for each in range(size)]
    tree, tiles = tlog.TileTree(), {}
    for leaf in leaves:
        tree.append(leaf)
        tiles.update({(level, index): data for level, index, data in tree.full()})
    assert tree.root() == merkle.root_of(leaves)

    expected = {}
    level, row = 0, leaves
    while row:
        for first in range(0, len(row) - 255, 256):
            expected[(level, first // 256)] = b"".join(row[first : first + 256])
        rest = row[len(row) - len(row) % 256 :]
        last = [(each[1], each[2], each[3]) for each in tree.partial() if each[0] == level]
        assert last == ([(len(row) // 256, len(rest), b"".join(rest))] if rest else [])
        row = [merkle.root_of(row[first : first + 256]) for first in range(0, len(row) - 255, 256)]
        level += 1
    assert tiles == expected

    again = tlog.TileTree(size, {each[0]: tlog.hashes_of(each[3]) for each in tree.partial()})
    assert again.root() == tree.root()
    for number in range(300):
        for each in (again, tree):
            each.append(merkle.leaf_hash(b"%d" % number))
        assert list(again.full()) == list(tree.full())
    assert (again.root(), list(again.partial())) == (tree.root(), list(tree.partial()))
