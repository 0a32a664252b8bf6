"""The folder outside the database: a service's key, and the signed heads and tiles of its logs.

    <service>/key                       the private key, readable by its owner only
    <service>/key.pub                   the public key, named for the service
    <service>/<region>/alarm.json       why this region is not sealed; absent while it is
    <service>/<region>/<epoch>/         one log, laid out as C2SP tlog-tiles; served as it is at its origin
        checkpoint  vkey  tile/…        the newest head, the key under the log's name, hashes and entries
        heads/<size>                    every head that was ever signed

What stands here is never changed: a file appears whole or not at all, and only `checkpoint` is replaced.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from shared.domain import is_region
from shared.merkle import HASH_BYTES
from shared.tlog import (
    TILE_WIDTH,
    Checkpoint,
    NoteError,
    Signer,
    TileTree,
    Verifier,
    bundle,
    hashes_of,
    tile_path,
    tile_paths,
    unbundle,
)


class SealsDamaged(Exception):
    """A file of the sealed logs is missing, or does not lead to a signed head."""


class ServiceSeals:
    """The folder of one service."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is read or made yet."""
        self.folder = folder

    def logs(self) -> list[tuple[str, int]]:
        """Give region and epoch of every log that has a folder, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (region.name, int(epoch.name))
            for region in self.folder.iterdir()
            if is_region(region.name)
            for epoch in region.iterdir()
            if epoch.name.isdecimal()
        )

    def log(self, region: str, epoch: int, verifier: Verifier) -> "SealedLog":
        """Give one log; its origin is the service's key name with region and epoch behind it."""
        folder = self.folder / region / str(epoch)
        return SealedLog(folder, verifier.named(f"{verifier.name}/{region}/{epoch}"))

    def verifier(self) -> Verifier | None:
        """Give the public key, None where there is none yet. Raises NoteError when it cannot be read."""
        path = self.folder / "key.pub"
        return Verifier.parse(path.read_text()) if path.exists() else None

    def signer(self) -> Signer | None:
        """Give the private key, None where there is none. Raises NoteError when it cannot be read."""
        path = self.folder / "key"
        return Signer.parse(path.read_text()) if path.exists() else None

    def keep(self, signer: Signer) -> None:
        """Write a new key, the private part for its owner's eyes only."""
        write(self.folder / "key", (signer.encode() + "\n").encode(), mode=0o600)
        write(self.folder / "key.pub", f"{signer.verifier}\n".encode())

    def raise_alarm(self, region: str, alarm: dict[str, Any]) -> None:
        """Write down why a region is not sealed."""
        write(self.folder / region / "alarm.json", (json.dumps(alarm, indent=1) + "\n").encode())

    def clear_alarm(self, region: str) -> None:
        """Say that a region is sealed again."""
        (self.folder / region / "alarm.json").unlink(missing_ok=True)

    def alarms(self) -> dict[str, dict[str, Any]]:
        """Give the alarms by region."""
        return {path.parent.name: json.loads(path.read_text()) for path in sorted(self.folder.glob("*/alarm.json"))}


class SealedLog:
    """The heads and tiles of one log."""

    def __init__(self, folder: Path, verifier: Verifier) -> None:
        """Take the log's folder and the key under the log's own name, its origin."""
        self.folder = folder
        self.verifier = verifier

    def sizes(self) -> list[int]:
        """Give the size of every signed head, in order."""
        heads = self.folder / "heads"
        return sorted(int(each.name) for each in heads.iterdir() if each.name.isdecimal()) if heads.is_dir() else []

    def head(self, size: int) -> Checkpoint:
        """Give a signed head. Raises NoteError, or SealsDamaged when it is another head's."""
        found = Checkpoint.open((self.folder / "heads" / str(size)).read_bytes(), self.verifier)
        if found.size != size:
            raise SealsDamaged(f"heads/{size} holds the head of size {found.size}")
        return found

    def latest(self) -> Checkpoint | None:
        """Give the newest signed head, None where nothing was signed. Raises NoteError and SealsDamaged."""
        sizes = self.sizes()
        if sizes:
            return self.head(sizes[-1])
        if (self.folder / "checkpoint").exists():
            raise SealsDamaged("there is a checkpoint but no history of heads")
        return None

    def keep(self, checkpoint: Checkpoint, signer: Signer) -> None:
        """Sign a head whose tiles are written; what readers poll comes last."""
        note = checkpoint.sign(signer)
        write(self.folder / "vkey", f"{signer.verifier}\n".encode())
        write(self.folder / "heads" / str(checkpoint.size), note)
        write(self.folder / "checkpoint", note)

    def tile(self, level: int | str, index: int, width: int) -> bytes:
        """Give a tile or bundle, cut from the full one where the partial one is gone already.

        Raises SealsDamaged when neither is there, or the bundle cannot be cut.
        """
        path = tile_path(level, index, width)
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            pass
        try:
            full = (self.folder / tile_path(level, index)).read_bytes()
            return bundle(unbundle(full)[:width]) if level == "entries" else full[: width * HASH_BYTES]
        except (FileNotFoundError, NoteError) as error:
            raise SealsDamaged(f"{path} is missing, or the full one cannot be cut: {error}") from None

    def keep_tile(self, level: int | str, index: int, width: int, data: bytes) -> None:
        """Write a tile or bundle; a full one takes the place of its partial ones."""
        path = self.folder / tile_path(level, index, width)
        write(path, data)
        if width == TILE_WIDTH:
            shutil.rmtree(path.with_name(path.name + ".p"), ignore_errors=True)

    def tree(self, head: Checkpoint) -> TileTree:
        """Give the tree of a signed head from its last tiles; raise SealsDamaged when they lead to another root."""
        tiles: dict[int, list[bytes]] = {}
        for level, index, width in tile_paths(head.size):
            try:
                tiles[level] = hashes_of(self.tile(level, index, width))
            except NoteError as error:
                raise SealsDamaged(f"{tile_path(level, index, width)}: {error}") from None
            if len(tiles[level]) != width:
                raise SealsDamaged(f"{tile_path(level, index, width)} has {len(tiles[level])} hashes")
        tree = TileTree(head.size, tiles)
        if tree.root() != head.root:
            raise SealsDamaged(f"tiles of size {head.size}: signed root {head.root.hex()}, found {tree.root().hex()}")
        return tree


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that after any crash it is whole, as before or as after; raise OSError."""
    made = path.parent
    missing: list[Path] = []
    while not made.is_dir():
        missing.append(made)
        made = made.parent
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    for folder in (path.parent, *(each.parent for each in missing)):
        _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
