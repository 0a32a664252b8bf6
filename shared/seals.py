"""The folder outside the database: a service's key, and the signed heads and tiles of its logs.

    <service>/key                       the private key, readable by its owner only
    <service>/key.pub                   the public key, named for the service
    <service>/key.old  keys/<number>    while keys are changed, the former one; each change, stated by both keys
    <service>/alarm.json                that too few witnesses answer; absent while enough do
    <service>/<region>/alarm.json       why this region is not sealed; absent while it is
    <service>/<region>/<epoch>/         one log, laid out as C2SP tlog-tiles; served as it is at its origin
        checkpoint  vkey  tile/…        the newest head, the key under the log's name, hashes and entries
        heads/<size>                    every head that was ever signed
        opened                          from the second epoch on: why it was opened, signed

A file appears whole or not at all. What was signed is never changed or taken away: lines of witnesses, and of a new
key, are added below a head's own, which is the one way in which a file of `heads` is replaced; `checkpoint` and `vkey`
are the newest ones.
"""

import json
import os
import shutil
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from shared.domain import is_region
from shared.merkle import HASH_BYTES
from shared.statements import Keys, Opening, Succession
from shared.tlog import (
    TILE_WIDTH,
    Checkpoint,
    NoteError,
    Signer,
    TileTree,
    Verifier,
    bundle,
    hashes_of,
    read_note,
    tile_path,
    tile_paths,
    unbundle,
)

# The sealer signs in one thread while lines of witnesses are added in others.
_signing = threading.Lock()


class SealsDamaged(Exception):
    """A file of the sealed logs is missing, or does not lead to a signed head."""


class ServiceSeals:
    """The folder of one service."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is read or made yet."""
        self.folder = folder
        self._successions: tuple[int, tuple[Succession, ...]] = (0, ())

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
        """Give one log; its origin is the service's key name with region and epoch behind it.

        Takes the key that is believed; those that it vouches for are believed too. Raises NoteError.
        """
        name = f"{region}/{epoch}"
        return SealedLog(self.folder / name, verifier.named(f"{verifier.name}/{name}"), name, self.keys(verifier))

    def keys(self, trusted: Verifier) -> Keys:
        """Give the keys that follow from one. Raises NoteError for a change of keys that they did not both state."""
        count, known = self._successions
        while (path := self.folder / "keys" / str(count + 1)).exists():
            known, count = (*known, Succession.open(path.read_bytes())), count + 1
        self._successions = (count, known)
        return Keys.chain(trusted, known)

    def verifier(self) -> Verifier | None:
        """Give the public key, None where there is none yet. Raises NoteError when it cannot be read."""
        path = self.folder / "key.pub"
        return Verifier.parse(path.read_text()) if path.exists() else None

    def signer(self, name: str = "key") -> Signer | None:
        """Give the private key, None where there is none. Raises NoteError when it cannot be read."""
        path = self.folder / name
        return Signer.parse(path.read_text()) if path.exists() else None

    def keep(self, signer: Signer) -> None:
        """Write a new key, the private part for its owner's eyes only."""
        self.keep_private("key", signer)
        write(self.folder / "key.pub", f"{signer.verifier}\n".encode())

    def keep_private(self, name: str, signer: Signer) -> None:
        """Write a private key for its owner's eyes only."""
        write(self.folder / name, (signer.encode() + "\n").encode(), mode=0o600)

    def raise_alarm(self, region: str | None, alarm: dict[str, Any]) -> None:
        """Write down why a region is not sealed, or without one that witnesses are missing."""
        write(self.folder / (region or "") / "alarm.json", (json.dumps(alarm, indent=1) + "\n").encode())

    def clear_alarm(self, region: str | None) -> None:
        """Say that a region is sealed again, or that the witnesses are back."""
        (self.folder / (region or "") / "alarm.json").unlink(missing_ok=True)

    def alarms(self) -> dict[str, dict[str, Any]]:
        """Give the alarms by region; that witnesses are missing stands under the empty name."""
        paths = [*self.folder.glob("alarm.json"), *sorted(self.folder.glob("*/alarm.json"))]
        return {"" if path.parent == self.folder else path.parent.name: json.loads(path.read_text()) for path in paths}


class SealedLog:
    """The heads and tiles of one log."""

    def __init__(self, folder: Path, verifier: Verifier, name: str, keys: Keys) -> None:
        """Take the log's folder, the believed key under the log's own name, its origin, its place and all keys."""
        self.folder = folder
        self.verifier = verifier
        self.name = name
        self.keys = keys

    def sizes(self) -> list[int]:
        """Give the size of every signed head, in order."""
        heads = self.folder / "heads"
        return sorted(int(each.name) for each in heads.iterdir() if each.name.isdecimal()) if heads.is_dir() else []

    def head(self, size: int) -> Checkpoint:
        """Give a signed head. Raises NoteError, or SealsDamaged when it is another head's."""
        found = self.believed((self.folder / "heads" / str(size)).read_bytes())
        if found.size != size:
            raise SealsDamaged(f"heads/{size} holds the head of size {found.size}")
        return found

    def believed(self, note: bytes) -> Checkpoint:
        """Give what a signed head of this log says; raise NoteError unless a key signed it that could at that size."""
        size = Checkpoint.parse(note.partition(b"\n\n")[0].decode(errors="replace") + "\n").size
        return Checkpoint.open(note, *self.keys.of(self.name, size))

    def opening(self) -> Opening | None:
        """Give why the epoch was opened, None where nothing says so. Raises NoteError."""
        path = self.folder / "opened"
        if not path.exists():
            return None
        found = Opening.open(path.read_bytes(), self.keys.of(self.name, 0))
        if found.log != self.verifier.name:
            raise SealsDamaged(f"{path.name} is of {found.log}")
        return found

    def latest(self) -> Checkpoint | None:
        """Give the newest signed head, None where nothing was signed. Raises NoteError and SealsDamaged."""
        sizes = self.sizes()
        if sizes:
            return self.head(sizes[-1])
        if (self.folder / "checkpoint").exists():
            raise SealsDamaged("there is a checkpoint but no history of heads")
        return None

    def keep(self, checkpoint: Checkpoint, *signers: Signer) -> None:
        """Sign a head whose tiles are written, the newest key first; what readers poll comes last."""
        note = checkpoint.sign(*signers)
        with _signing:
            write(self.folder / "vkey", f"{signers[0].verifier}\n".encode())
            write(self.folder / "heads" / str(checkpoint.size), note)
            write(self.folder / "checkpoint", note)

    def cosignatures(self, size: int, witnesses: Collection[Verifier]) -> dict[Verifier, str]:
        """Give the lines of those of the witnesses that saw a signed head. Raises NoteError, OSError."""
        return read_note((self.folder / "heads" / str(size)).read_bytes(), witnesses)[1]

    def cosigned(self, size: int, line: str) -> None:
        """Add a line, checked before, to a signed head, and to `checkpoint` while that is the one."""
        path = self.folder / "heads" / str(size)
        with _signing:
            note = path.read_bytes()
            if line.encode() in note:
                return
            note += line.encode()
            write(path, note)
            if note.startswith((self.folder / "checkpoint").read_bytes()):
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
