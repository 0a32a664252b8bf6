"""Proofs that one event is in a log: C2SP `tlog-proof` files, made from tiles and a signed head, and checked offline.

c2sp.org/tlog-proof@v1: the index of the leaf, its audit path, and the log's signed checkpoint, in one text file.
"""

import base64
import re
from dataclasses import dataclass
from typing import Self

from shared.merkle import BadSize, Nodes, inclusion_proof, root_of, verify_inclusion
from shared.seals import SealedLog
from shared.tlog import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Checkpoint,
    Malformed,
    Verifier,
    hashes_of,
    tile_path,
    unbase64,
)

HEADER = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE = "text/plain; charset=utf-8"
SUFFIX = ".tlog-proof"

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_TILE = re.compile(
    r"(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<groups>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True)
class Proof:
    """That the leaf at `index` (position - 1) is in the log of a signed checkpoint; without extra data."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """Give the text of the file."""
        lines = [HEADER, f"index {self.index}", *(base64.b64encode(each).decode() for each in self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file, passing over the extra data that nobody vouches for; raise Malformed."""
        head, gap, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode().split("\n")
        except UnicodeDecodeError:
            raise Malformed("a proof is UTF-8") from None
        if lines[1:2] and lines[1].startswith("extra "):
            del lines[1]
        found = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        if not gap or lines[0] != HEADER or found is None:
            raise Malformed(f"a proof begins with {HEADER} and an index, and ends with a checkpoint")
        return cls(int(found[1]), tuple(map(unbase64, lines[2:])), checkpoint)

    def check(self, leaf_hash: bytes, verifier: Verifier) -> Checkpoint:
        """Check that the leaf with this hash is in the log, and give the signed head that says so.

        The key may be that of the log or of its service, whose logs sign as `<service>/<region>/<epoch>`. Raises
        NoteError for a head that is not to be believed, ProofError for a path that does not lead to its root.
        """
        origin = self.checkpoint.partition(b"\n")[0].decode(errors="replace")
        if origin.startswith(f"{verifier.name}/"):
            verifier = verifier.named(origin)
        head = Checkpoint.open(self.checkpoint, verifier)
        verify_inclusion(leaf_hash, self.index, head.size, self.path, head.root)
        return head


@dataclass(frozen=True)
class TileName:
    """What a path below `tile/` names: a level (0 to 63, or `entries`), an index in it, and how wide it is."""

    level: int | str
    index: int
    width: int

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """Read a path such as `0/x001/234` or `entries/007.p/12`; None for anything but the one way to write it."""
        found = _TILE.fullmatch(path)
        if found is None:
            return None
        level = found["level"] if found["level"] == "entries" else int(found["level"])
        index = int(found["groups"].replace("x", "").replace("/", ""))
        name = cls(level, index, int(found["width"] or TILE_WIDTH))
        return name if str(name) == f"tile/{path}" else None

    def __str__(self) -> str:
        """Give the path, `tile/` included."""
        return tile_path(self.level, self.index, self.width)

    def within(self, size: int) -> bool:
        """Whether a tree of this size has the tile, or the full one that it is the beginning of."""
        level = 0 if isinstance(self.level, str) else self.level
        return self.index * TILE_WIDTH + self.width <= size >> (TILE_HEIGHT * level)


def published(log: SealedLog) -> tuple[bytes, Checkpoint] | None:
    """Give a log's newest signed head as it stands in its file, and what it says; None where nothing is sealed.

    Whoever gets it checks the signatures: it is only read here. Raises Malformed.
    """
    try:
        note = (log.folder / "checkpoint").read_bytes()
    except FileNotFoundError:
        return None
    return note, Checkpoint.parse(note.partition(b"\n\n")[0].decode() + "\n")


def prove(log: SealedLog, position: int, leaf_hash: bytes) -> Proof | None:
    """Give the proof of the event at a position (from 1), None while it is not sealed.

    Raises ProofError when the sealed leaf is another one, and SealsDamaged or NoteError when the seals are unsound:
    what would not convince anybody is not given out.
    """
    found = published(log)
    if found is None or position > found[1].size:
        return None
    note, head = found
    path = inclusion_proof(position - 1, head.size, nodes_of_tiles(log, head.size))
    verify_inclusion(leaf_hash, position - 1, head.size, path, head.root)
    return Proof(position - 1, tuple(path), note)


def nodes_of_tiles(log: SealedLog, size: int) -> Nodes:
    """Give the nodes of a sealed log's tree of this size, each tile read once; raises what `SealedLog.tile` raises."""
    tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        tier, height = divmod(level, TILE_HEIGHT)
        first, count = index << height, 1 << height
        number, place = divmod(first, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * tier)) - number * TILE_WIDTH)
        if place + count > width:
            raise BadSize(f"node {level}/{index} is beyond a tree of {size}")
        if (tier, number) not in tiles:
            tiles[tier, number] = hashes_of(log.tile(tier, number, width))
        return root_of(tiles[tier, number][place : place + count])

    return node


def opening(position: int, salt: bytes | None, payload: bytes | None) -> bytes:
    """Give the line that opens an event to somebody who may read it."""
    if salt is None or payload is None:
        return b'{"erased":true,"position":%d}\n' % position
    return b'{"data":%b,"position":%d,"salt":"%b"}\n' % (payload, position, salt.hex().encode())
