"""Verify an export of Labinov's logs with nothing of Labinov: Python 3.11 and `pip install cryptography` will do.

    python verify.py [FOLDER] [--key NAME+HASH+BASE64 …]

For each log, a folder with `checkpoint`: the signature of the head; the tree that the leaves in `tile/entries/` make,
its root and every tile; and of each line of `payloads.ndjson` that SHA-256(salt ‖ data) is the `datahash` in the leaf.
Without --key the `key.vkey` beside a checkpoint is believed: give the keys as you got them from elsewhere. Exits with 0
when everything holds, 1 when something does not, 2 when there is nothing to verify.
"""

import argparse
import hashlib
import json
import re
import sys
from base64 import b64decode
from binascii import unhexlify as unhex
from collections import Counter
from collections.abc import Iterator
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


def signed_head(note: str, keys: list[str]) -> tuple[str, int, bytes]:
    """Give origin, size and root of a head that a key of the log or its service signed (C2SP signed-note, Ed25519)."""
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    for key in keys:
        name, key_hash, encoded = key.split("+", 2)
        public = b64decode(encoded, validate=True)
        if public[:1] != b"\x01" or sha256(name.encode(), b"\n", public)[:4].hex() != key_hash:
            raise ValueError(f"{key} is not an Ed25519 key with the hash that it names")
        ours = sha256(origin.encode(), b"\n", public)[:4] if f"{origin}/".startswith(f"{name}/") else None
        for line in signatures.splitlines():
            _, signer, value = line.split(" ")
            signature = b64decode(value, validate=True)
            if (signer, signature[:4]) == (origin, ours):
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
                return origin, int(size), b64decode(root, validate=True)
    raise ValueError("no key that is known signed the head")


def subtrees(hashes: list[bytes]) -> list[bytes]:
    """Give the roots of the perfect subtrees over hashes, the largest first (RFC 6962)."""
    roots, first = [], 0
    while first < len(hashes):
        row = hashes[first : first + (1 << (len(hashes) - first).bit_length() - 1)]
        first += len(row)
        while len(row) > 1:
            row = [sha256(b"\1", left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        roots += row
    return roots


def payloads(path: Path) -> Iterator[bytes]:
    """Give the lines of a file."""
    with path.open("rb") as file:
        yield from file


def compare(folder: Path, hashes: list[bytes], level: int, last: int) -> None:
    """Hold the open tile of a level, in a tree of so many leaves, against the file."""
    if hashes and tile(folder, level, (last - 1) // WIDTH ** (level + 1), len(hashes)) != b"".join(hashes):
        raise ValueError(f"a tile of level {level} is not that of the leaves up to position {last}")


def verify(folder: Path, keys: list[str], *, opened: bool = True) -> Counter[str]:
    """Verify one log; `opened` says that there is a line for each payload. Raises ValueError, gives counts."""
    origin, size, root = signed_head((folder / "checkpoint").read_text("utf-8"), keys)
    source = "/" + "/".join(origin.split("/")[-3:-1])
    lines = payloads(folder / "payloads.ndjson") if opened else None
    tree: list[list[bytes]] = [[]]
    counted: Counter[str] = Counter(events=size)
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
            data = line["data"] if line else None
            if line and data and sha256(unhex(line["salt"] or b""), data).hex() != envelope["datahash"]:
                raise ValueError(f"position {position}: salt and data are not those that were hashed")
            counted["opened" if data else "erased" if line and line["erased"] else "withheld"] += 1
        if place != len(bundle):
            raise ValueError(f"the bundle from position {first + 1} is longer or shorter than its leaves")
        level = 0
        while len(tree[level]) == WIDTH:
            compare(folder, tree[level], level, last)
            tree += [[]] * (level + 1 == len(tree))
            tree[level + 1], tree[level], level = tree[level + 1] + subtrees(tree[level]), [], level + 1
    for level, hashes in enumerate(tree):
        compare(folder, hashes, level, size)
    if lines and next(lines, b""):
        raise ValueError("payloads.ndjson goes on behind the head")
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
        except (InvalidSignature, ValueError, KeyError, TypeError, OSError) as error:
            wrong += 1
            print(f"{log}: DOES NOT HOLD. {str(error) or 'The signature does not verify.'}")
    print(f"{len(logs)} logs, {wrong} not as they were signed." if logs else "There is no log here.")
    return 2 if not logs else int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
