"""The C2SP formats of a transparency log: signed notes, checkpoints, tiles and entry bundles. Pure.

    NoteError              what was read is not a note or checkpoint that may be believed
    ├── Malformed          it does not have the format
    ├── BadSignature       a signature by a known key does not verify
    └── Unsigned           none of the known keys signed it

c2sp.org/signed-note, tlog-checkpoint, tlog-tiles and, for witnesses, tlog-cosignature; keys as text as in Go's
sumdb/note.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.merkle import HASH_BYTES, CompactRange, fold

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
ENTRY_LIMIT = 0xFFFF

ED25519, COSIGNATURE = b"\x01", b"\x04"
"""What a key is for: it signs notes, or states as a witness when it saw a checkpoint. Never both."""

_SIGNATURE = "— "
_NOTE_LIMIT = 1_000_000
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteError(Exception):
    """What was read is not a note or checkpoint that may be believed."""


class Malformed(NoteError):
    """It does not have the format."""


class BadSignature(NoteError):
    """A signature by a known key does not verify."""


class Unsigned(NoteError):
    """None of the known keys signed it."""


@dataclass(frozen=True)
class Verifier:
    """A public Ed25519 key with the name that it signs under; as text `name+hash+base64`."""

    name: str
    key: bytes
    kind: bytes = field(default=ED25519, repr=False)

    def __post_init__(self) -> None:
        """Raise Malformed for a name that no key may have or a key that is not 32 bytes."""
        if not _NAME.fullmatch(self.name):
            raise Malformed(f"{self.name!r} cannot name a key")
        if len(self.key) != HASH_BYTES:
            raise Malformed(f"an Ed25519 key has {HASH_BYTES} bytes, this has {len(self.key)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey; raise Malformed."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise Malformed("a public key reads name+hash+base64")
        kind, key = _key_bytes(parts[2])
        found = cls(parts[0], key, kind)
        if parts[1] != found.key_id.hex():
            raise Malformed(f"the key's hash is {found.key_id.hex()}, the text says {parts[1]}")
        return found

    def __str__(self) -> str:
        """Give the vkey."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.kind + self.key)}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.key).digest()[:4]

    def named(self, name: str) -> "Verifier":
        """Give the same key under another name: a service has one key, and each of its logs signs as its origin."""
        return Verifier(name, self.key, self.kind)

    def check(self, text: bytes, signature: bytes) -> None:
        """Raise BadSignature unless this key signed this text, or as a witness's states when it saw it."""
        if self.kind == COSIGNATURE:
            text, signature = _seen(text, int.from_bytes(signature[:8], "big")), signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text)
        except InvalidSignature:
            raise BadSignature(f"the signature of {self.name} does not verify") from None


@dataclass(frozen=True)
class Signer:
    """A private Ed25519 key with its name; as text `PRIVATE+KEY+name+hash+base64`. Never shown by repr."""

    name: str
    seed: bytes = field(repr=False)
    kind: bytes = field(default=ED25519, repr=False)

    @classmethod
    def generate(cls, name: str, kind: bytes = ED25519) -> Self:
        """Make a new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an skey; raise Malformed, without showing what was read."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise Malformed("a private key reads PRIVATE+KEY+name+hash+base64")
        kind, seed = _key_bytes(parts[4])
        found = cls(parts[2], seed, kind)
        if len(found.seed) != HASH_BYTES or parts[3] != found.verifier.key_id.hex():
            raise Malformed("the private key does not have the hash that it names")
        return found

    def encode(self) -> str:
        """Give the skey: a secret."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{_base64(self.kind + self.seed)}"

    @property
    def verifier(self) -> Verifier:
        """The public part."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, key.public_bytes_raw(), self.kind)

    def named(self, name: str) -> "Signer":
        """Give the same key under another name."""
        return Signer(name, self.seed, self.kind)

    def sign(self, text: str) -> str:
        """Give the signature line of a note's text."""
        return self._line(b"", text.encode())

    def cosign(self, text: str, seconds: int) -> str:
        """Give a witness's line: that it saw this checkpoint, and none that contradicts it, at this POSIX time."""
        return self._line(seconds.to_bytes(8, "big"), _seen(text.encode(), seconds))

    def _line(self, before: bytes, text: bytes) -> str:
        signature = before + Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)
        return f"{_SIGNATURE}{self.name} {_base64(self.verifier.key_id + signature)}\n"


def sign_note(text: str, signers: Iterable[Signer]) -> bytes:
    """Give a signed note; `text` ends with a newline. Raises Malformed for text that no note may have."""
    if not text.endswith("\n") or any(ord(each) < 0x20 and each != "\n" for each in text):
        raise Malformed("a note's text ends with a newline and has no other control character")
    return (text + "\n" + "".join(each.sign(text) for each in signers)).encode()


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> str:
    """Give the text of a note that at least one of these keys signed; raise NoteError.

    Lines by unknown keys are passed over; one by a known key that does not verify refuses the whole note.
    """
    known = list(verifiers)
    text, signed_by = read_note(note, known)
    if not signed_by:
        raise Unsigned(f"none of the keys {sorted(map(str, known))} signed this")
    return text


def read_note(note: bytes, verifiers: Iterable[Verifier]) -> tuple[str, dict[Verifier, str]]:
    """Give the text of a note, and the lines of those of the keys that signed it; raise Malformed or BadSignature."""
    try:
        content = note.decode()
    except UnicodeDecodeError:
        raise Malformed("a note is UTF-8") from None
    text, gap, lines = content.rpartition("\n\n")
    if not gap or len(note) > _NOTE_LIMIT or any(ord(each) < 0x20 and each != "\n" for each in content):
        raise Malformed("a note is a text, an empty line and signatures, without control characters")
    text += "\n"
    if not lines.endswith("\n"):
        raise Malformed("a note ends with a newline")
    known = {(each.name, each.key_id): each for each in verifiers}
    found: dict[Verifier, str] = {}
    for line in lines[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
        signature = unbase64(encoded)
        if not line.startswith(_SIGNATURE) or not _NAME.fullmatch(name) or len(signature) < 5:
            raise Malformed("a signature line reads — name base64")
        verifier = known.get((name, signature[:4]))
        if verifier is not None:
            verifier.check(text.encode(), signature[4:])
            found[verifier] = line + "\n"
    return text, found


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: the origin of the log, its size and its root. Without extension lines."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Give the note text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    def sign(self, *signers: Signer) -> bytes:
        """Give the signed note."""
        return sign_note(self.text(), signers)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of an opened note; raise Malformed, also where it has extension lines."""
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0] or lines[3] or not _SIZE.fullmatch(lines[1]):
            raise Malformed("a checkpoint has three lines: origin, size, root")
        root = unbase64(lines[2])
        if len(root) != HASH_BYTES:
            raise Malformed(f"a root has {HASH_BYTES} bytes, this has {len(root)}")
        return cls(lines[0], int(lines[1]), root)

    @classmethod
    def open(cls, note: bytes, *verifiers: Verifier) -> Self:
        """Read a checkpoint of the log whose origin is the keys' name, signed by one of them; raise NoteError."""
        found = cls.parse(open_note(note, verifiers))
        if any(found.origin != each.name for each in verifiers):
            raise Malformed(f"the checkpoint is of {found.origin}, not of {verifiers[0].name}")
        return found


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Give the path of a tile, or of an entry bundle for the level `entries`; partial below the full width."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tile_paths(size: int) -> Iterator[tuple[int, int, int]]:
    """Give level, index and width of the last tile of each level in a tree of this size; none that is empty."""
    level = 0
    while size:
        index, width = divmod(size, TILE_WIDTH)
        if width:
            yield level, index, width
        size, level = index, level + 1


def bundle(entries: Iterable[bytes]) -> bytes:
    """Give entries with their lengths before them; raise ValueError for one over 65,535 bytes."""
    parts: list[bytes] = []
    for each in entries:
        if len(each) > ENTRY_LIMIT:
            raise ValueError(f"an entry has at most {ENTRY_LIMIT} bytes, this has {len(each)}")
        parts.append(len(each).to_bytes(2, "big"))
        parts.append(each)
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """Give the entries of a bundle; raise Malformed when it ends inside one."""
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if place > len(data) or start > len(data):
            raise Malformed("the bundle ends inside an entry")
        entries.append(data[start:place])
    return entries


def hashes_of(tile: bytes) -> list[bytes]:
    """Give the hashes of a tile; raise Malformed when they are not whole."""
    if len(tile) % HASH_BYTES:
        raise Malformed(f"a tile of {len(tile)} bytes is not made of {HASH_BYTES}-byte hashes")
    return [tile[place : place + HASH_BYTES] for place in range(0, len(tile), HASH_BYTES)]


class TileTree:
    """A tree that grows at its right edge and gives its tiles: one open tile a level, O(log n) memory.

    The nodes of the open tiles, from the highest level down, are the compact range of the whole tree.
    """

    def __init__(self, size: int = 0, tiles: Mapping[int, Sequence[bytes]] | None = None) -> None:
        """Take a size and the hashes of its last tile at each level that has a partial one."""
        self.size = size
        self.open: list[list[bytes]] = []
        self._ranges: list[CompactRange] = []
        for level, hashes in sorted((tiles or {}).items()):
            self._reach(level)
            self.open[level] = list(hashes)
            for each in hashes:
                self._ranges[level].append(each)

    def _reach(self, level: int) -> None:
        while len(self.open) <= level:
            self.open.append([])
            self._ranges.append(CompactRange())

    def append(self, leaf: bytes) -> None:
        """Extend the tree by a leaf's hash; look for full tiles with `full` whenever the size divides by 256."""
        if not self.open:
            self._reach(0)
        self.open[0].append(leaf)
        self._ranges[0].append(leaf)
        self.size += 1

    def full(self) -> Iterator[tuple[int, int, bytes]]:
        """Close the tiles that are full and give level, index and bytes of each, the lowest first."""
        level, count = 0, self.size
        while level < len(self.open) and len(self.open[level]) == TILE_WIDTH:
            count //= TILE_WIDTH
            yield level, count - 1, b"".join(self.open[level])
            above = self._ranges[level].root()
            self.open[level], self._ranges[level] = [], CompactRange()
            level += 1
            self._reach(level)
            self.open[level].append(above)
            self._ranges[level].append(above)

    def partial(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Give level, index, width and bytes of each open tile that is not empty."""
        for level, index, width in tile_paths(self.size):
            yield level, index, width, b"".join(self.open[level])

    def root(self) -> bytes:
        """Give the root of the tree as it is."""
        return fold([node for part in reversed(self._ranges) for node in part.nodes])


def _seen(text: bytes, seconds: int) -> bytes:
    """Give what a witness signs."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


def _key_bytes(encoded: str) -> tuple[bytes, bytes]:
    """Give the kind of a key and its bytes."""
    data = unbase64(encoded)
    if data[:1] not in (ED25519, COSIGNATURE):
        raise Malformed("only Ed25519 keys are read")
    return data[:1], data[1:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unbase64(text: str) -> bytes:
    """Give the bytes of a base64 text; raise Malformed for anything but the one way to write them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    # The decoder passes over bits that do not matter: there would be several files for one meaning.
    if _base64(data) != text:
        raise Malformed("not the one way to write this in base64")
    return data
