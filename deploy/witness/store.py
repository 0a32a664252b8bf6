"""What a witness knows, in a folder: C2SP tlog-witness, the side of the witness.

    key  key.pub        its own key, for cosignatures only
    logs                the public keys of the logs that it sees, one a line; a service's stands for all its logs
    seen/<origin>       the newest head that it cosigned of each log, with both signatures
    evidence/<hash>     requests with a head that a log's key signed and that contradicts what was seen; for people

`seen` is what an auditor hands to `labinov verify --kept`. An answer is given only when what it says is on the disk.
"""

import base64
import binascii
import fcntl
import hashlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from shared.merkle import EMPTY_ROOT, HASH_BYTES, ProofError, verify_consistency
from shared.seals import write
from shared.tlog import COSIGNATURE, ED25519, BadSignature, Checkpoint, Malformed, Signer, Verifier, read_note

SIZE_TYPE = "text/x.tlog.size"
PROOF_LIMIT = 63
ORIGIN_LIMIT = 200
"""Bytes of an origin, so that its file's name is one that every file system takes."""
EVIDENCE_LIMIT = 1_000
"""Requests that are kept: the first ones tell, and nobody fills the disk."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class NoWitness(Exception):
    """The folder is not that of a witness, or another process has it."""


@dataclass(frozen=True)
class Answer:
    """What is answered to a request: an HTTP status, a body and its media type."""

    status: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A checkpoint to be seen, with the proof that it continues the tree of the old size."""

    old: int
    proof: Sequence[bytes]
    note: bytes

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a request's body; raise Malformed."""
        head, gap, note = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
            proof = [base64.b64decode(each, validate=True) for each in lines]
        except (UnicodeDecodeError, binascii.Error):
            raise Malformed("a proof is lines of base64") from None
        old = _OLD.fullmatch(first)
        if not gap or old is None or len(proof) > PROOF_LIMIT or any(len(each) != HASH_BYTES for each in proof):
            raise Malformed("a request is a line with the old size, the proof, an empty line and a checkpoint")
        return cls(int(old[1]), proof, note)


def make(folder: Path, name: str, logs: Sequence[Verifier]) -> Verifier:
    """Make a witness in an empty folder; give its public key. Raises NoWitness where there is one."""
    if (folder / "key").exists():
        raise NoWitness(f"there is a witness in {folder} already")
    signer = Signer.generate(name, COSIGNATURE)
    write(folder / "logs", "".join(f"{each}\n" for each in logs).encode())
    write(folder / "key.pub", f"{signer.verifier}\n".encode())
    write(folder / "key", f"{signer.encode()}\n".encode(), mode=0o600)
    return signer.verifier


class Store:
    """A witness's folder, while this process has it."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        """Take the folder and the witness's key; see `opened`."""
        self.folder, self.signer = folder, signer
        self._lock = threading.Lock()

    def add(self, body: bytes) -> Answer:
        """See a checkpoint: check it against what was seen, keep it, and answer with the cosignature."""
        try:
            asked = Request.parse(body)
            claimed = Checkpoint.parse(asked.note.partition(b"\n\n")[0].decode(errors="replace") + "\n")
            keys = self._keys(claimed.origin)
            if not keys:
                return Answer(404, b"this log is not known here\n")
            text, lines = read_note(asked.note, keys)
        except Malformed as error:
            return Answer(400, f"{error}\n".encode())
        except BadSignature as error:
            return Answer(403, f"{error}\n".encode())
        if not lines:
            return Answer(403, b"no known key of this log signed it\n")
        head = Checkpoint.parse(text)
        if asked.old > head.size:
            return Answer(400, b"the old size is over the new one\n")
        with self._lock:  # two requests must not both be held against the same last head
            return self._see(asked, head, text, list(lines.values()), body)

    def seen(self, origin: str) -> bytes | None:
        """Give the newest head that was cosigned of a log, None where there is none."""
        path = self._path(origin)
        return path.read_bytes() if len(origin.encode()) <= ORIGIN_LIMIT and path.exists() else None

    def _see(self, asked: Request, head: Checkpoint, text: str, lines: list[str], body: bytes) -> Answer:
        note = self.seen(head.origin)
        last = Checkpoint.parse(note.partition(b"\n\n")[0].decode() + "\n") if note else None
        size = last.size if last else 0
        twofold = last is not None and head.size == size and head.root != last.root
        if twofold:
            self._keep_evidence(asked, body)
        if twofold or asked.old != size:
            return Answer(409, b"%d\n" % size, SIZE_TYPE)
        try:
            _check(asked, head, last)
        except ProofError as error:
            self._keep_evidence(asked, body)
            return Answer(422, f"{error}\n".encode())
        line = self.signer.cosign(text, int(time.time()))
        if last is None or head.size > size:
            write(self._path(head.origin), (text + "\n" + "".join(lines) + line).encode())
        return Answer(200, line.encode())

    def _keys(self, origin: str) -> list[Verifier]:
        """Give the keys of a log: its own, or its service's. Read anew each time, so that a line may be added."""
        if len(origin.encode()) > ORIGIN_LIMIT:
            return []
        known = [Verifier.parse(each) for each in (self.folder / "logs").read_text().split()]
        return [
            each.named(origin)
            for each in known
            if each.kind == ED25519 and (origin == each.name or origin.startswith(f"{each.name}/"))
        ]

    def _path(self, origin: str) -> Path:
        # With a letter before it no origin is `.` or `..`.
        return self.folder / "seen" / quote(f"@{origin}", safe="@")

    def _keep_evidence(self, asked: Request, body: bytes) -> None:
        folder = self.folder / "evidence"
        path = folder / hashlib.sha256(asked.note).hexdigest()  # once, with whatever proof it comes again
        if not path.exists() and (not folder.is_dir() or sum(1 for _ in folder.iterdir()) < EVIDENCE_LIMIT):
            write(path, body)


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Have a witness's folder for this process alone; raise NoWitness, or NoteError for a damaged key."""
    if not (folder / "key").exists():
        raise NoWitness(f"there is no witness in {folder}")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoWitness(f"another process is the witness in {folder}") from None
        yield Store(folder, Signer.parse((folder / "key").read_text()))


def _check(asked: Request, head: Checkpoint, last: Checkpoint | None) -> None:
    """Raise ProofError unless the head continues the last one, or is the first."""
    if last is not None and last.size:
        verify_consistency(last.size, head.size, last.root, head.root, asked.proof)
    elif asked.proof or (head.size == 0 and head.root != EMPTY_ROOT):
        raise ProofError("from nothing there is nothing to prove, and nothing has one root only")
