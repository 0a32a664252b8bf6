"""Verify an export of Labinov's logs with nothing of Labinov: Python 3.11 and `pip install cryptography` will do.

Of each log (a folder with `checkpoint`) it checks the signature, root and tiles of the tree that `tile/entries/` make,
and that SHA-256(salt ‖ data) in `payloads.ndjson` is the leaf's `datahash`. Without --key the `key.vkey` beside it is
believed: give keys as you got them from elsewhere. Exits with 0 if all holds, 1 if something does not, 2 without logs.
"""

import argparse
import hashlib
import json
import re
import sys
from base64 import b64decode
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256  # hashes in a full tile, leaves in a full bundle
LINE = re.compile(
    rb'\{(?:"data":(?P<data>.*),|(?P<erased>"erased":true,))?"position":(?P<position>\d+)'
    rb'(?:,"salt":"(?P<salt>[0-9a-f]{64})"|,"withheld":true)?\}\n'
)


def sha256(*parts: bytes) -> bytes:
    """Give the SHA-256 of the parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def tile(folder: Path, level: int | str, index: int, width: int) -> bytes:
    """Give a tile of hashes or, at the level `entries`, a bundle of leaves."""
    name, rest = f"{index % 1000:03d}", index // 1000
    while rest:
        name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
    return (folder / "tile" / str(level) / (name if width == WIDTH else f"{name}.p/{width}")).read_bytes()


def signed(note: str, key: str) -> bool:
    """Whether a key of a log or its service signed a note (C2SP signed-note, Ed25519)."""
    name, key_hash, encoded = key.split("+", 2)
    public, (text, _, signatures) = b64decode(encoded, validate=True), note.partition("\n\n")
    if public[:1] != b"\x01" or sha256(name.encode(), b"\n", public)[:4].hex() != key_hash:
        raise ValueError(f"{key} is not an Ed25519 key with the hash that it names")
    about = text.split("\n")[0]
    ours = sha256(about.encode(), b"\n", public)[:4] if f"{about}/".startswith(f"{name}/") else None
    for _, signer, value in map(str.split, signatures.splitlines()):
        signature = b64decode(value, validate=True)
        if (signer, signature[:4]) == (about, ours):
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
            return True
    return False


def signed_head(folder: Path, keys: list[str]) -> tuple[str, int, bytes]:
    """Give origin, size and root of a head that a key signed, or one that follows by statements of it and its next."""
    note = (folder / "checkpoint").read_text("utf-8")
    origin, size, root = note.partition("\n\n")[0].split("\n")
    longest = dict.fromkeys(keys, int(size))
    for path in sorted(folder.parents[1].glob("keys/*"), key=lambda each: int(each.name)):
        said = json.loads((stated := path.read_text("utf-8")).split("\n")[1])
        if said["from"] in longest and signed(stated, said["from"]) and signed(stated, said["to"]):
            longest[said["from"]] = said["heads"].get(f"{folder.parent.name}/{folder.name}", {"size": 0})["size"]
            longest[said["to"]] = int(size)
    if not any(int(size) <= most and signed(note, key) for key, most in longest.items()):
        raise ValueError("no key that is known signed the head")
    return origin, int(size), b64decode(root, validate=True)


def subtrees(hashes: list[bytes]) -> list[bytes]:
    """Give the roots of the perfect subtrees over hashes, the largest first (RFC 6962)."""
    width = 1 << max(0, len(hashes).bit_length() - 1)
    row, rest = hashes[:width], hashes[width:]
    while len(row) > 1:
        row = [sha256(b"\1", left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row + (subtrees(rest) if rest else [])


def compare(folder: Path, hashes: list[bytes], level: int, last: int) -> None:
    """Hold the open tile of a level, in a tree of so many leaves, against the file."""
    if hashes and tile(folder, level, (last - 1) // WIDTH ** (level + 1), len(hashes)) != b"".join(hashes):
        raise ValueError(f"a tile of level {level} is not that of the leaves up to position {last}")


def verify(folder: Path, keys: list[str], *, opened: bool = True) -> Counter[str]:
    """Verify one log; `opened` says that there is a line for each payload. Raises ValueError, gives counts."""
    origin, size, root = signed_head(folder, keys)
    source = "/" + "/".join(origin.split("/")[-3:-1])
    tree: list[list[bytes]] = [[]]
    counted: Counter[str] = Counter(events=size)
    with (folder / "payloads.ndjson").open("rb") if opened else nullcontext() as lines:
        for first in range(0, size, WIDTH):
            last = min(size, first + WIDTH)
            bundle, place = tile(folder, "entries", first // WIDTH, last - first), 0
            for position in range(first + 1, last + 1):
                leaf = bundle[place + 2 : (place := place + 2 + int.from_bytes(bundle[place : place + 2], "big"))]
                tree[0].append(sha256(b"\0", leaf))
                envelope = json.loads(leaf)
                if envelope["source"] != source:
                    raise ValueError(f"position {position}: a leaf of {envelope['source']}")
                line = LINE.fullmatch(next(lines, b"")) if lines else None
                if lines and (line is None or int(line["position"]) != position):
                    raise ValueError(f"position {position}: payloads.ndjson has no line of it in its place")
                data, salt = (line["data"], line["salt"] or b"") if line else (None, b"")
                if data and sha256(bytes.fromhex(salt.decode()), data).hex() != envelope["datahash"]:
                    raise ValueError(f"position {position}: salt and data are not those that were hashed")
                counted["opened" if data else "erased" if line and line["erased"] else "withheld"] += 1
            if place != len(bundle):
                raise ValueError(f"the bundle from position {first + 1} is longer or shorter than its leaves")
            level = 0
            while len(tree[level]) == WIDTH:
                compare(folder, tree[level], level, last)
                tree += [[]] * (level + 1 == len(tree))
                tree[level + 1], tree[level], level = tree[level + 1] + subtrees(tree[level]), [], level + 1
        if lines and next(lines, b""):
            raise ValueError("payloads.ndjson goes on behind the head")
    for level, hashes in enumerate(tree):
        compare(folder, hashes, level, size)
    found, *nodes = [node for hashes in tree for node in reversed(subtrees(hashes))] or [sha256()]
    for left in nodes:
        found = sha256(b"\1", left, found)
    if found != root:
        raise ValueError(f"the leaves lead to the root {found.hex()}, signed is {root.hex()}")
    return counted


def main() -> int:
    """Verify every log below a folder and say what was found."""
    parser = argparse.ArgumentParser(description="Verify an export of Labinov's logs.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", action="append", help="a public key that you trust, of a service or a log")
    given, wrong = parser.parse_args(), 0
    logs = sorted(each.parent for each in given.folder.rglob("checkpoint"))
    for log in logs:
        try:
            opened = int(log.name) == max(int(each.parent.name) for each in log.parent.glob("*/checkpoint"))
            counted = verify(log, given.key or [(log / "key.vkey").read_text("utf-8").strip()], opened=opened)
            print(f"{log}: holds;", ", ".join(f"{number} {what}" for what, number in counted.items()))
        except (InvalidSignature, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
            wrong += 1
            print(f"{log}: DOES NOT HOLD. {str(error) or 'The signature does not verify.'}")
    print(f"{len(logs)} logs, {wrong} not as they were signed." if logs else "There is no log here.")
    return 2 if not logs else int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
