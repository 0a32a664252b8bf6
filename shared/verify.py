"""The checker: derives every log anew from its events and compares it with what was signed outside the database.

It believes nothing but the public key. A payload may only be gone where a later event of the log says that it was
erased. For each event it holds the columns against the leaf, the leaf against its
hash, the payload against the `datahash` in the leaf; then the tree against every signed head and every tile. Of what
is wrong it names the first position and gives the evidence; where only two heads tell, the range between them.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg
from pydantic_core import from_json
from sqlalchemy import Connection, Engine

from shared.envelope import TYPE_PREFIX, rfc3339
from shared.epochs import Earlier, compare
from shared.erasure import PayloadsErased
from shared.event_log import FIRST_EPOCH, Head
from shared.merkle import HASH_BYTES, CompactRange
from shared.seals import SealedLog, SealsDamaged, ServiceSeals
from shared.tlog import TILE_WIDTH, NoteError, TileTree, Verifier, bundle, tile_path

CHUNK = 1_000

_ROWS = """
SELECT position, stream, stream_version, type, type_version, event_id::text, recorded_at,
       leaf, leaf_hash, payload, salt
FROM event WHERE region = %s ORDER BY position
"""
_HEAD = "SELECT region, epoch, position, leaf_hash FROM log_head WHERE region = %s"
# The regions of a log one by one through its key: a DISTINCT would read every event.
_REGIONS = """
WITH RECURSIVE found(region) AS (
    SELECT min(region) FROM event
    UNION ALL SELECT (SELECT min(region) FROM event WHERE region > found.region) FROM found WHERE region IS NOT NULL
)
SELECT region FROM found WHERE region IS NOT NULL UNION SELECT region FROM log_head ORDER BY region
"""


class Fault(StrEnum):
    """What can be wrong with a log."""

    MISSING = "missing"
    LEAF = "leaf hash"
    ENVELOPE = "envelope"
    DATA = "payload"
    STREAM = "stream version"
    HEAD = "head row"
    SEALED = "other than sealed"
    REWRITTEN = "rewritten"
    TILE = "tile"
    SIGNATURE = "signed head"


@dataclass(frozen=True)
class Finding:
    """The first thing wrong with a log: which positions, and what was expected and found there."""

    fault: Fault
    first: int
    last: int
    detail: str
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Erasure:
    """An event that says which payloads of its log were erased, and those of them that are gone."""

    position: int
    erased: tuple[int, ...]


@dataclass(frozen=True)
class LogReport:
    """One log: how many events were read and erased, up to where it is sealed, and what is wrong with it.

    `witnessed` is the size of the largest head that the asked witnesses saw; `earlier` are the epochs that ended.
    """

    service: str
    region: str
    epoch: int
    events: int
    erased: int
    sealed: int
    heads: int
    finding: Finding | None
    erasures: tuple["Erasure", ...] = ()
    witnessed: int = 0
    earlier: tuple[Earlier, ...] = ()

    @property
    def unsealed(self) -> tuple[int, int] | None:
        """The positions that are not sealed yet, and could still be altered without a trace."""
        return (self.sealed + 1, self.events) if self.events > self.sealed else None


@dataclass(frozen=True)
class Report:
    """All logs that were verified."""

    logs: tuple[LogReport, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong anywhere."""
        return all(each.finding is None for each in self.logs)


class _Row(NamedTuple):
    position: int
    stream: str
    stream_version: int
    type: str
    type_version: int
    event_id: str
    recorded_at: datetime
    leaf: bytes
    leaf_hash: bytes
    payload: bytes | None
    salt: bytes | None


def verify(
    engine: Engine,
    service: str,
    seals: ServiceSeals,
    *,
    region: str | None = None,
    key: Verifier | None = None,
    kept: Sequence[bytes] = (),
    witnesses: Collection[Verifier] = (),
    quorum: int = 1,
) -> Report:
    """Verify all logs of a service, or one region's, and give what was found.

    Takes an engine of any role that may read, the service's seals, the public key (else the one beside the seals is
    believed), signed heads that somebody kept elsewhere, and the keys of witnesses with the number of them that must
    have seen a head. Raises NoteError when the key or a kept head cannot be read, and SQLAlchemy's or psycopg's
    errors when the database cannot.
    """
    verifier = key or seals.verifier()
    with engine.connect() as connection:
        regions = {row[0] for row in connection.exec_driver_sql(_REGIONS)}
    epochs: dict[str, list[int]] = {}
    for name, epoch in seals.logs():
        epochs.setdefault(name, []).append(epoch)
    wanted = sorted(regions | epochs.keys() if region is None else {region} & (regions | epochs.keys()))
    logs = [_Log(service, each, epochs.get(each, []), seals, verifier, kept, witnesses, quorum) for each in wanted]
    return Report(tuple(each.verify(engine) for each in logs))


@dataclass(frozen=True)
class _Log:
    """A region's log, and what there is to verify it with."""

    service: str
    region: str
    epochs: list[int]
    seals: ServiceSeals
    verifier: Verifier | None
    kept: Sequence[bytes]
    witnesses: Collection[Verifier]
    quorum: int

    def verify(self, engine: Engine) -> LogReport:
        # What is signed is read before the database, which may grow meanwhile but never shrink below it.
        sealed, epoch = _Sealed(), self.epochs[-1] if self.epochs else None
        if epoch is not None and self.verifier is not None:
            sealed = _Sealed.read(self.seals.log(self.region, epoch, self.verifier), self.kept)
        elif epoch is not None:
            detail = "there are signed heads, but no public key to check them"
            sealed.faults.append(Finding(Fault.SIGNATURE, 1, 1, detail))
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            with raw.cursor(binary=True) as cursor:
                row = cursor.execute(_HEAD, (self.region,)).fetchone()
                head = Head(*row) if row else None
                scan = _Scan(self.service, self.region, head, sealed)
                # One statement for the whole log, so that the server fetches ahead while the rows are checked.
                cursor.execute("SET LOCAL statement_timeout = 0")
                scan.read(cursor.stream(_ROWS, (self.region,), binary=True, size=CHUNK))
            earlier = self._earlier(connection, scan) if self.verifier else ()
        return LogReport(
            service=self.service,
            region=self.region,
            epoch=head.epoch if head else epoch or 0,
            events=scan.at,
            erased=scan.erased,
            sealed=sealed.size,
            heads=len(sealed.heads),
            finding=scan.conclude(epoch),
            erasures=tuple(scan.erasures),
            witnessed=sealed.witnessed(self.witnesses, self.quorum) if self.witnesses else 0,
            earlier=earlier,
        )

    def _earlier(self, connection: Connection, scan: "_Scan") -> tuple[Earlier, ...]:
        """Say how the epochs that ended stand to the log as it is now: that it differs from them is no fault."""
        assert self.verifier is not None
        logs = {each: self.seals.log(self.region, each, self.verifier) for each in self.epochs}
        found: list[Earlier] = []
        known = {log.verifier.name for log in logs.values()}
        for note in self.kept:
            origin = _origin(note)
            if origin.startswith(f"{self.verifier.name}/{self.region}/") and origin not in known:
                scan.outside(f"a head of {origin} is kept elsewhere, and nothing is left of it here")
        for epoch, log in logs.items():
            try:
                opening = log.opening()
                if epoch != FIRST_EPOCH and opening is None:
                    scan.outside(f"nothing that is signed says why epoch {epoch} was opened")
                if opening and found:
                    at = rfc3339(opening.at)
                    found[-1] = replace(found[-1], ended_at=at, by=opening.by, reason=opening.reason)
                if epoch != self.epochs[-1]:
                    kept = [log.believed(note) for note in self.kept if _origin(note) == log.verifier.name]
                    found.append(compare(connection, log, epoch, kept))
            except (NoteError, SealsDamaged) as error:
                scan.outside(f"epoch {epoch}: {error}")
        return tuple(found)


def _origin(note: bytes) -> str:
    return note.split(b"\n", 1)[0].decode(errors="replace")


@dataclass
class _Sealed:
    """What was signed of one log: the roots by size (more than one where heads contradict each other)."""

    log: SealedLog | None = None
    size: int = 0
    heads: dict[int, set[bytes]] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)

    @classmethod
    def read(cls, log: SealedLog, kept: Iterable[bytes]) -> "_Sealed":
        found = cls(log)
        last = 0
        for size in log.sizes():
            try:
                found.heads[size] = {log.head(size).root}
                found.size = size
            except (NoteError, SealsDamaged) as error:
                found.faults.append(Finding(Fault.SIGNATURE, last + 1, size, f"heads/{size}: {error}"))
            last = size
        try:
            newest = log.believed((log.folder / "checkpoint").read_bytes())
            if newest.root not in found.heads.get(newest.size, ()):
                found.faults.append(Finding(Fault.SIGNATURE, newest.size, newest.size, "checkpoint is not in heads"))
        except FileNotFoundError:
            if last:
                found.faults.append(Finding(Fault.SIGNATURE, last, last, "checkpoint is missing"))
        except NoteError as error:
            found.faults.append(Finding(Fault.SIGNATURE, max(last, 1), max(last, 1), f"checkpoint: {error}"))
        elsewhere = [log.believed(note) for note in kept if _origin(note) == log.verifier.name]
        for head in (*elsewhere, *log.keys.vouched(log.name)):
            if head.size:
                found.heads.setdefault(head.size, set()).add(head.root)
        return found

    def witnessed(self, witnesses: Collection[Verifier], quorum: int) -> int:
        """Give the size of the largest head that enough of the witnesses saw, 0 where there is none."""
        for size in reversed(self.log.sizes() if self.log else []):
            try:
                if self.log and len(self.log.cosignatures(size, witnesses)) >= quorum:
                    return size
            except NoteError as error:
                self.faults.append(Finding(Fault.SIGNATURE, size, size, f"heads/{size}: {error}"))
        return 0


class _CloudTypes(dict[tuple[str, int], str]):
    """The CloudEvents `type` by wire name and version."""

    def __missing__(self, key: tuple[str, int]) -> str:
        self[key] = f"{TYPE_PREFIX}{key[0]}.v{key[1]}"
        return self[key]


class _Scan:
    """One pass over the events of one log."""

    def __init__(self, service: str, region: str, head: Head | None, sealed: _Sealed) -> None:
        self.source, self.region, self.head, self.sealed = f"/{service}/{region}", region, head, sealed
        self.at = self.erased = 0
        self.erasures: list[Erasure] = []
        self.wrong: list[Finding] = list(sealed.faults)
        self.row_fault: Finding | None = None
        self.tree = TileTree()
        self.entries: list[bytes] = []
        self.last_hash = b""
        self.good_head, self.bad_head = 0, 0
        self.suspect: tuple[int, bytes, bytes] | None = None  # position, hash in the tile, hash in the database
        self.tile_fault: Finding | None = None
        self._gone: set[int] = set()  # without a payload, and no event has said so yet
        self._versions: dict[str, int] = {}
        self._types = _CloudTypes()
        self._last_head = max((sealed.size, *sealed.heads))

    def read(self, rows: Iterable[_Row]) -> None:
        """Check all rows, or those before a gap. The hot loop of the whole checker."""
        sha256, parse, erasing = hashlib.sha256, datetime.fromisoformat, PayloadsErased.wire_name
        versions, types, source, region = self._versions, self._types, self.source, self.region
        sealed_size, heads, append = self.sealed.size, self.sealed.heads, self.tree.append
        last_head, entries, at = self._last_head, self.entries, self.at
        for row in rows:
            position, stream, version, kind, kind_version, ident, recorded_at, leaf, stored, payload, salt = row
            if position != at + 1:
                last = max(at + 1, position - 1)
                self._fault(Fault.MISSING, at + 1, f"position {position} follows {at}", None, None, last=last)
                break
            at = position
            hashed = sha256(b"\x00" + leaf).digest()
            if hashed != stored:
                self._fault(Fault.LEAF, at, "the leaf does not have its hash", stored.hex(), hashed.hex())
            else:
                try:
                    envelope = from_json(leaf, cache_strings="keys")
                    if not (
                        envelope["subject"] == stream
                        and envelope["streamversion"] == version
                        and envelope["id"] == ident
                        and envelope["type"] == types[kind, kind_version]
                        and envelope["source"] == source
                        and envelope["partitionkey"] == region
                        and parse(envelope["time"]) == recorded_at
                    ):
                        self._envelope(row, envelope)
                    if payload is None or salt is None:
                        self._withheld(row)
                    elif sha256(salt + payload).hexdigest() != envelope["datahash"]:
                        found = sha256(salt + payload).hexdigest()
                        self._fault(
                            Fault.DATA, at, "payload and salt are not those hashed", envelope["datahash"], found
                        )
                    elif kind == erasing:
                        self._said(at, payload)
                except (KeyError, TypeError, ValueError) as error:
                    self._fault(Fault.ENVELOPE, at, f"the leaf is no envelope ({type(error).__name__})", None, None)
            if versions.get(stream, 0) + 1 != version:
                expected = versions.get(stream, 0) + 1
                self._fault(Fault.STREAM, at, f"order within {stream}", str(expected), str(version))
            versions[stream] = version
            if at <= last_head:
                append(hashed)
                entries.append(leaf)
                if at in heads:
                    self._compare_head(at)
                if not at % TILE_WIDTH or at == sealed_size:
                    self._compare_tiles()
            self.last_hash = hashed
        self.at = at

    def outside(self, detail: str) -> None:
        """Note what is wrong about the log and with no event of it."""
        self.wrong.append(Finding(Fault.SIGNATURE, max(self.at, 1), max(self.at, 1), detail))

    def conclude(self, sealed_epoch: int | None) -> Finding | None:
        """Give what is wrong first, None when nothing is."""
        if self.entries:
            self._compare_tiles()
        end, head = max(self.sealed.size, self.head.position if self.head else 0), self.head
        if self.at < end and not (self.row_fault and self.row_fault.fault is Fault.MISSING):
            self._fault(Fault.MISSING, self.at + 1, f"the log ends at {self.at}", None, None, last=end)
        if head is None:
            at = max(self.at, end)
            self.wrong.append(Finding(Fault.HEAD, at, at, "there is no head row"))
        elif head.position < self.at:
            self.wrong.append(Finding(Fault.HEAD, head.position + 1, self.at, f"the head row ends at {head.position}"))
        elif head.position == self.at and head.leaf_hash != self.last_hash:
            self.wrong.append(
                Finding(Fault.HEAD, self.at, self.at, "of the last leaf", head.leaf_hash.hex(), self.last_hash.hex())
            )
        if head and sealed_epoch is not None and head.epoch != sealed_epoch:
            self.wrong.append(
                Finding(
                    Fault.HEAD, self.at, self.at, "the epoch is not the sealed one", str(sealed_epoch), str(head.epoch)
                )
            )
        unread = self.row_fault is not None and self.row_fault.fault is Fault.MISSING
        for at in [] if unread else sorted(self._gone)[:1]:
            self.wrong.append(Finding(Fault.DATA, at, at, "the payload is gone and no event says so"))
        tree = self._tree_finding()
        # Of two that begin at the same position, what the row itself says is more telling than that it was sealed
        # otherwise; the sort is stable.
        found = [each for each in (self.row_fault, tree, *self.wrong) if each]
        return min(found, key=lambda each: each.first, default=None)

    def _tree_finding(self) -> Finding | None:
        """Say who is wrong where events, tiles and signed heads are not of one mind."""
        if self.suspect is None:
            return self._rewritten() if self.bad_head else self.tile_fault
        position, in_tile, in_database = self.suspect
        if self._tiles_reach_a_head(position):
            detail = "the leaf is not the one that was sealed"
            return Finding(Fault.SEALED, position, position, detail, in_tile.hex(), in_database.hex())
        if self.bad_head or self.good_head < position:
            return self._rewritten()
        path = tile_path(0, (position - 1) // TILE_WIDTH)
        detail = f"{path}: the database leads to the signed heads, the tile does not"
        return Finding(Fault.TILE, position, position, detail, in_database.hex(), in_tile.hex())

    def _rewritten(self) -> Finding:
        last = self.bad_head or min((each for each in self.sealed.heads if each > self.good_head), default=self.at)
        detail = f"the events lead to the signed head of {self.good_head}, not to that of {last}"
        expected = "/".join(sorted(each.hex() for each in self.sealed.heads.get(last, ())))
        return Finding(Fault.REWRITTEN, self.good_head + 1, last, detail, expected)

    def _tiles_reach_a_head(self, position: int) -> bool:
        """Whether the level-0 tiles lead to any signed head that covers the position: then they are to be believed."""
        tree, log = CompactRange(), self.sealed.log
        if log is None:
            return False
        for index in range(-(-self.sealed.size // TILE_WIDTH)):
            width = min(TILE_WIDTH, self.sealed.size - index * TILE_WIDTH)
            try:
                tile = log.tile(0, index, width)
            except SealsDamaged:
                return False
            for place in range(0, len(tile), HASH_BYTES):
                tree.append(tile[place : place + HASH_BYTES])
                roots = self.sealed.heads.get(tree.size) if tree.size >= position else None
                if roots and roots == {tree.root()}:
                    return True
        return False

    def _compare_head(self, size: int) -> None:
        if self.bad_head:
            return
        if self.sealed.heads[size] == {self.tree.root()}:
            self.good_head = size
        else:
            self.bad_head = size

    def _compare_tiles(self) -> None:
        """Hold the tiles that end here, or before a gap, against the tree; what is not sealed has none."""
        hashes, entries, end = self.tree.open[0], list(self.entries), self.tree.size
        full, first = list(self.tree.full()), end - len(hashes)
        self.entries.clear()
        if self.sealed.log is None or end > self.sealed.size:
            return
        index, width = first // TILE_WIDTH, min(TILE_WIDTH, self.sealed.size - first)
        # Where the events end before the tile does, a missing position is found elsewhere; here they agree so far.
        same = bytes.__eq__ if len(hashes) == width else lambda ours, theirs: theirs.startswith(ours)
        tile = self._tile(0, index, width)
        if tile is not None and self.suspect is None and not same(b"".join(hashes), tile):
            for place, hashed in enumerate(hashes):
                in_tile = tile[place * HASH_BYTES : (place + 1) * HASH_BYTES]
                if in_tile != hashed:
                    self.suspect = (first + place + 1, in_tile, hashed)
                    break
            else:
                self._tile_fault(0, index, width, first + 1)
        leaves = self._tile("entries", index, width)
        if leaves is not None and not same(bundle(entries), leaves):
            self._tile_fault("entries", index, width, first + 1)
        above = [(level, number, TILE_WIDTH, data) for level, number, data in full[1:]]
        if end == self.sealed.size:
            above += [each for each in self.tree.partial() if each[0]]
        for level, number, wide, data in above:
            if self._tile(level, number, wide) not in (data, None):
                self._tile_fault(level, number, wide, first + 1)

    def _tile(self, level: int | str, index: int, width: int) -> bytes | None:
        assert self.sealed.log is not None
        try:
            return self.sealed.log.tile(level, index, width)
        except SealsDamaged as error:
            if self.tile_fault is None:
                self.tile_fault = Finding(Fault.TILE, self.tree.size, self.tree.size, str(error))
            return None

    def _tile_fault(self, level: int | str, index: int, width: int, first: int) -> None:
        if self.tile_fault is None:
            detail = f"{tile_path(level, index, width)} is not that of the events"
            self.tile_fault = Finding(Fault.TILE, first, self.tree.size, detail)

    def _envelope(self, row: _Row, envelope: Mapping[str, Any]) -> None:
        """Name the column that is not as the leaf says."""
        columns = {
            "subject": row[1],
            "streamversion": row[2],
            "type": f"{TYPE_PREFIX}{row[3]}.v{row[4]}",
            "id": row[5],
            "source": self.source,
            "partitionkey": self.region,
        }
        for name, value in columns.items():
            if envelope[name] != value:
                self._fault(Fault.ENVELOPE, row[0], name, str(envelope[name]), str(value))
                return
        self._fault(Fault.ENVELOPE, row[0], "time", envelope["time"], row[6].isoformat())

    def _withheld(self, row: _Row) -> None:
        if row[9] is None and row[10] is None:
            self.erased += 1
            self._gone.add(row[0])
        else:
            self._fault(Fault.DATA, row[0], "payload and salt are erased together, or not at all", None, None)

    def _said(self, position: int, payload: bytes) -> None:
        """Take what an event says is erased; one that stands before it says nothing of what comes later."""
        erased = self._gone.intersection(from_json(payload)["positions"])
        self._gone -= erased
        self.erasures.append(Erasure(position, tuple(sorted(erased))))

    def _fault(
        self, fault: Fault, position: int, detail: str, expected: str | None, found: str | None, last: int | None = None
    ) -> None:
        if self.row_fault is None:
            self.row_fault = Finding(fault, position, last or position, detail, expected, found)
