"""Changing the key of a service's logs: both keys state it, and for a while both sign.

Every step may be cut short: said again, it goes on from there. Until the new key stands in its place the sealer does
not start, and it never signs while this is at work.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from shared.seals import ServiceSeals, write
from shared.statements import Succession
from shared.tlog import Checkpoint, Signer


class RotationRefused(Exception):
    """The key is not changed: the sealer is at work, there is no key, or an earlier change is not finished."""


def rotate(seals: ServiceSeals, *, by: str, reason: str) -> Succession:
    """Let a new key sign from now on, beside the former one; give what both stated.

    Takes who does it and why. Raises RotationRefused; NoteError or SealsDamaged where a head cannot be believed.
    """
    if not reason.strip():
        raise RotationRefused("say why the key is changed")
    with _alone(seals):
        old = seals.signer()
        if old is None:
            raise RotationRefused(f"there is no key in {seals.folder}")
        new = seals.signer("key.new")
        stated = seals.keys(old.verifier).successions
        if new != old:
            if seals.signer("key.old") is not None and seals.keys(old.verifier).newest == old.verifier:
                raise RotationRefused("the last change is not finished: two keys sign")
            if new is None or not stated or stated[-1].new != new.verifier:
                new = Signer.generate(old.name)
                seals.keep_private("key.new", new)
                said = Succession(old.verifier, new.verifier, datetime.now(UTC), by, reason.strip(), _heads(seals, old))
                write(seals.folder / "keys" / str(len(stated) + 1), said.sign(old, new))
            seals.keep_private("key.old", old)
        seals.keep(new)
        _sign_newest(seals, new)
        (seals.folder / "key.new").unlink()
        return seals.keys(new.verifier).successions[-1]


def finish(seals: ServiceSeals) -> None:
    """Let the former key sign no more, and destroy it; raise RotationRefused."""
    with _alone(seals):
        if seals.signer("key.old") is None:
            raise RotationRefused("only one key signs")
        (seals.folder / "key.old").unlink()


def _heads(seals: ServiceSeals, signer: Signer) -> dict[str, Checkpoint]:
    found = {f"{region}/{epoch}": seals.log(region, epoch, signer.verifier).latest() for region, epoch in seals.logs()}
    return {log: head for log, head in found.items() if head is not None}


def _sign_newest(seals: ServiceSeals, signer: Signer) -> None:
    """Put the new key's line below the newest head of each log: who knows that key alone can read quiet logs too."""
    for region, epoch in seals.logs():
        log = seals.log(region, epoch, signer.verifier)
        head = log.latest()
        if head is not None:
            named = signer.named(head.origin)
            log.cosigned(head.size, named.sign(head.text()))
            write(log.folder / "vkey", f"{named.verifier}\n".encode())


@contextmanager
def _alone(seals: ServiceSeals) -> Iterator[None]:
    if not seals.folder.is_dir():
        raise RotationRefused(f"there is no {seals.folder}")
    with (seals.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RotationRefused("the sealer is at work: stop it first") from None
        yield
