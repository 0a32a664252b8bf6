"""Epochs: what becomes of a log that was put back to an earlier moment.

The sealed log of the former epoch stays as it is, as evidence of what was lost. The database goes on under the next
number, which an operator opens with a reason, signed; its tree begins anew at the first position, over everything
that the database holds. Events recorded before keep the leaf that names their old epoch.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, update

from shared.log_tables import event, log_head
from shared.merkle import CompactRange
from shared.seals import SealedLog, SealsDamaged, ServiceSeals, write
from shared.statements import Opening
from shared.tlog import TILE_WIDTH, Checkpoint, Signer, hashes_of

PAGE = 32 * TILE_WIDTH

# What a service reads of its own log stands in the same database, put back to the same moment: it goes on where the
# event at its place is still the one that it read.
_CARRY_OVER = """
UPDATE checkpoint c SET epoch = %(epoch)s, halted = NULL
WHERE c.source = %(service)s AND c.region = %(region)s AND c.epoch < %(epoch)s AND (c.position = 0 OR EXISTS (
    SELECT FROM event e WHERE e.region = c.region AND e.position = c.position AND e.leaf_hash = c.leaf_hash))
"""


class EpochRefused(Exception):
    """No new epoch is opened: there is no reason to, or a key is missing."""


@dataclass(frozen=True)
class Earlier:
    """An epoch that ended, beside the log as it is now.

    `agrees_to` is the size of the largest head of it that the log as it is now leads to (0 for none), `differs_at`
    the first position where a sealed event is another one or gone now; None where all of them are still there. When,
    by whom and why it was ended is what the opening of the next one states.
    """

    epoch: int
    sealed: int
    heads: int
    agrees_to: int
    differs_at: int | None
    ended_at: str | None = None
    by: str | None = None
    reason: str | None = None


def open_epoch(engine: Engine, seals: ServiceSeals, region: str, *, by: str, reason: str) -> Opening:
    """Let a log that was put back go on as the epoch after the newest one; give what was stated.

    Takes the owner's engine, who opens it and why. Raises EpochRefused, NoteError or SealsDamaged; then nothing
    has changed.
    """
    if not reason.strip():
        raise EpochRefused("say why a new epoch is opened")
    signer = seals.signer()
    if signer is None:
        raise EpochRefused(f"the signing key is not in {seals.folder}")
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        row = connection.execute(
            select(log_head.c.epoch, log_head.c.position).where(log_head.c.region == region).with_for_update()
        ).one_or_none()
        if row is None:
            raise EpochRefused(f"the database has no log of {region}; an empty one needs no new epoch")
        ended = _newest(seals, region, signer)
        if ended is None:
            raise EpochRefused(f"nothing was ever sealed of {region}: its log goes on as it is")
        epoch, log, before = ended
        if row.epoch > epoch and seals.log(region, row.epoch, signer.verifier).opening() is not None:
            raise EpochRefused(f"epoch {row.epoch} of {region} is open: it is sealed within a minute")
        if row.epoch == epoch and compare(connection, log, epoch).differs_at is None:
            raise EpochRefused(f"all {before.size} sealed events of {region} are there: its log goes on as it is")
        opened = max(epoch, row.epoch) + 1
        now = _tree(connection, region, row.position)
        origin = f"{signer.name}/{region}/{opened}"
        opening = Opening(
            origin, datetime.now(UTC), by, reason.strip(), before, Checkpoint(origin, now.size, now.root())
        )
        connection.execute(update(log_head).where(log_head.c.region == region).values(epoch=opened))
        service = seals.folder.name
        connection.exec_driver_sql(_CARRY_OVER, {"epoch": opened, "service": service, "region": region})
        # Before the commit: a sealer goes on only where the statement stands, and without the commit it means nothing.
        write(seals.folder / region / str(opened) / "opened", opening.sign(signer.named(origin)))
    return opening


def compare(connection: Connection, log: SealedLog, epoch: int, kept: Iterable[Checkpoint] = ()) -> Earlier:
    """Hold the sealed log of an epoch against the events that the database has now.

    Takes heads of it that somebody kept elsewhere. Raises NoteError or SealsDamaged when the sealed log is not sound
    in itself: its tiles must lead to every one of its heads.
    """
    sizes = log.sizes()
    heads = [*(log.head(size) for size in sizes), *log.keys.vouched(log.name), *kept]
    roots = {size: {each.root for each in heads if each.size == size} for size in {each.size for each in heads}}
    end = sizes[-1] if sizes else 0
    if any(size > end for size in roots):
        raise SealsDamaged(f"heads of {max(roots)} are kept elsewhere, the newest one here is of {end}")
    sealed, present = CompactRange(), CompactRange()
    agrees, differs = 0, None
    region = log.name.partition("/")[0]
    for expected, found in zip(_tiles(log, end), _leaves(connection, region, end), strict=True):
        sealed.append(expected)
        if sealed.size in roots and roots[sealed.size] != {sealed.root()}:
            raise SealsDamaged(f"the tiles of epoch {epoch} do not lead to its head of {sealed.size}")
        if differs is None and found is not None:
            present.append(found)
            if sealed.size in roots and present.root() == sealed.root():
                agrees = sealed.size
        if differs is None and expected != found:
            differs = sealed.size
    return Earlier(epoch, end, len(sizes), agrees, differs)


def _newest(seals: ServiceSeals, region: str, signer: Signer) -> tuple[int, SealedLog, Checkpoint] | None:
    """Give the newest epoch that has a signed head, with that head."""
    for epoch in sorted((epoch for each, epoch in seals.logs() if each == region), reverse=True):
        log = seals.log(region, epoch, signer.verifier)
        head = log.latest()
        if head is not None:
            return epoch, log, head
    return None


def _tree(connection: Connection, region: str, size: int) -> CompactRange:
    tree = CompactRange()
    for each in _leaves(connection, region, size):
        if each is None:
            raise EpochRefused(f"position {tree.size + 1} is missing in the database, its head says {size}")
        tree.append(each)
    return tree


def _tiles(log: SealedLog, size: int) -> Iterator[bytes]:
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        hashes = hashes_of(log.tile(0, index, width))
        if len(hashes) != width:
            raise SealsDamaged(f"tile {index} of {log.name} has {len(hashes)} hashes")
        yield from hashes


def _leaves(connection: Connection, region: str, size: int) -> Iterator[bytes | None]:
    """Give the leaf hash at each position up to a size, None where there is no event."""
    for first in range(0, size, PAGE):
        last = min(first + PAGE, size)
        rows = connection.execute(
            select(event.c.position, event.c.leaf_hash).where(
                event.c.region == region, event.c.position > first, event.c.position <= last
            )
        )
        found: dict[int, bytes] = {row.position: row.leaf_hash for row in rows}
        yield from (found.get(position) for position in range(first + 1, last + 1))
