"""What the keeper of a service's logs states under its key: that another key follows, that a new epoch was opened.

Each is a signed note of two lines: what it is about, and one JSON object with who says it, when and why.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from shared.envelope import rfc3339
from shared.merkle import HASH_BYTES
from shared.tlog import Checkpoint, Malformed, Signer, Unsigned, Verifier, open_note, read_note, sign_note


@dataclass(frozen=True)
class Opening:
    """A log was put back to an earlier moment, and goes on as a new epoch.

    `before` is the newest signed head of the epoch that ended, `now` what the database held when this one began.
    """

    log: str
    at: datetime
    by: str
    reason: str
    before: Checkpoint
    now: Checkpoint

    def sign(self, signer: Signer) -> bytes:
        """Give the signed note."""
        return _note(
            self.log,
            {
                "opened": rfc3339(self.at),
                "by": self.by,
                "reason": self.reason,
                "before": _head(self.before) | {"log": self.before.origin},
                "now": _head(self.now),
            },
            [signer],
        )

    @classmethod
    def open(cls, note: bytes, verifiers: Iterable[Verifier]) -> Self:
        """Read a note signed by one of the keys; raise NoteError."""
        log, said = _read(open_note(note, verifiers))
        try:
            return cls(
                log=log,
                at=datetime.fromisoformat(said["opened"]),
                by=str(said["by"]),
                reason=str(said["reason"]),
                before=_checkpoint(str(said["before"]["log"]), said["before"]),
                now=_checkpoint(log, said["now"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(f"no opening of an epoch: {type(error).__name__}") from None


@dataclass(frozen=True)
class Succession:
    """Another key signs from now on: said by both keys, with the newest head of each log that the old one signed.

    What the old key signs beyond these heads is not to be believed, whoever holds it. `heads` has a log's place in
    the folder, `<region>/<epoch>`.
    """

    old: Verifier
    new: Verifier
    at: datetime
    by: str
    reason: str
    heads: Mapping[str, Checkpoint]

    def sign(self, old: Signer, new: Signer) -> bytes:
        """Give the signed note."""
        said = {
            "from": str(self.old),
            "to": str(self.new),
            "at": rfc3339(self.at),
            "by": self.by,
            "reason": self.reason,
            "heads": {name: _head(head) for name, head in sorted(self.heads.items())},
        }
        return _note(self.old.name, said, [old, new])

    @classmethod
    def open(cls, note: bytes) -> Self:
        """Read a note signed by both keys that it names; raise NoteError. Whether to believe either is for others."""
        name, said = _read(note.partition(b"\n\n")[0].decode(errors="replace") + "\n")
        try:
            old, new = Verifier.parse(said["from"]), Verifier.parse(said["to"])
            found = cls(
                old=old,
                new=new,
                at=datetime.fromisoformat(said["at"]),
                by=str(said["by"]),
                reason=str(said["reason"]),
                heads={log: _checkpoint(f"{name}/{log}", head) for log, head in said["heads"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Malformed(f"no succession of keys: {type(error).__name__}") from None
        if {old.name, new.name} != {name} or read_note(note, [old, new])[1].keys() != {old, new}:
            raise Unsigned("a succession is signed by the old key and the new one, for one service")
        return found


@dataclass(frozen=True)
class Keys:
    """The keys of a service, one after another."""

    trusted: Verifier
    successions: tuple[Succession, ...] = ()

    @classmethod
    def chain(cls, trusted: Verifier, successions: Iterable[Succession]) -> Self:
        """Give the keys that follow from a trusted one, each vouching for the next and the one before."""
        links: list[Succession] = []
        for each in successions:
            if links and links[-1].new != each.old:
                # A chain that ends before the trusted key is nothing to it; one that follows is another's.
                if trusted in _of(links):
                    break
                links = []
            links.append(each)
        return cls(trusted, tuple(links) if trusted in _of(links) else ())

    @property
    def newest(self) -> Verifier:
        """The key that signs now."""
        return self.successions[-1].new if self.successions else self.trusted

    def of(self, log: str, size: int) -> list[Verifier]:
        """Give the keys that may have signed a log's head of this size; `log` is `<region>/<epoch>`."""
        former = [each.old for each in self.successions if size <= (each.heads[log].size if log in each.heads else 0)]
        return [each.named(f"{each.name}/{log}") for each in (*former, self.newest)]

    def vouched(self, log: str) -> list[Checkpoint]:
        """Give the heads of a log that two keys signed."""
        return [each.heads[log] for each in self.successions if log in each.heads]


def _of(links: list[Succession]) -> set[Verifier]:
    return {key for each in links for key in (each.old, each.new)}


def _head(head: Checkpoint) -> dict[str, Any]:
    return {"size": head.size, "root": base64.b64encode(head.root).decode()}


def _checkpoint(log: str, said: Mapping[str, Any]) -> Checkpoint:
    try:
        root = base64.b64decode(said["root"], validate=True)
    except binascii.Error:
        raise Malformed("a root is base64") from None
    if type(said["size"]) is not int or said["size"] < 0 or len(root) != HASH_BYTES:
        raise Malformed("a head has a size and a root of 32 bytes")
    return Checkpoint(log, said["size"], root)


def _note(about: str, said: Mapping[str, Any], signers: Iterable[Signer]) -> bytes:
    return sign_note(f"{about}\n{json.dumps(said, ensure_ascii=False)}\n", signers)


def _read(text: str) -> tuple[str, dict[str, Any]]:
    about, _, rest = text.partition("\n")
    try:
        said = json.loads(rest)
    except ValueError:
        raise Malformed("a statement has a line of JSON") from None
    if not isinstance(said, dict):
        raise Malformed("a statement is a JSON object")
    return about, said
