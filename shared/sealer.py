"""The sealer: extends the tree of each log, writes its tiles and signs its head, outside the database.

    Refusal                this log is not sealed; an alarm stands until it can be
    ├── Rollback           the database has fewer events than were sealed
    ├── Rewritten          a sealed event is another one in the database
    ├── EpochChanged       the log's epoch is not the sealed one
    └── Unsealable         new events are not what a log may hold
    KeyRefused             the sealer does not start: its key is missing or another one's

A log is sealed in order of position, from its tiles: they, not the database, say what was sealed before, so that no
two heads of a log can ever contradict each other. A refused log does not hold up the others.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from shared.envelope import rfc3339
from shared.event_log import Head
from shared.log_tables import event, log_head
from shared.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash
from shared.seals import SealedLog, SealsDamaged, ServiceSeals, write
from shared.settings import Settings
from shared.tlog import ENTRY_LIMIT, TILE_WIDTH, Checkpoint, NoteError, Signer, bundle, unbundle
from shared.witness import Asking, Witness, Witnesses

PAGE = 4 * TILE_WIDTH
AUDIT_PAGE = 32 * TILE_WIDTH
TURN = 256 * TILE_WIDTH
"""Events of one log that are sealed before the others have their turn."""

log = structlog.get_logger()


class KeyRefused(Exception):
    """The sealer does not start: its key is missing or another one's."""


class Refusal(Exception):
    """This log is not sealed."""


class Rollback(Refusal):
    """The database has fewer events than were sealed."""

    def __init__(self, sealed: int, found: int) -> None:
        """Take the size of the newest signed head and the head in the database."""
        super().__init__(f"{sealed} events are sealed, the database has {found}: was it restored to an earlier moment?")


class Rewritten(Refusal):
    """A sealed event is another one in the database."""

    def __init__(self, position: int, sealed: bytes, found: bytes | None) -> None:
        """Take the position, the sealed leaf hash, and what the database has there (None for nothing)."""
        has = found.hex() if found else "nothing"
        super().__init__(f"position {position}: sealed is the leaf hash {sealed.hex()}, the database has {has}")


class EpochChanged(Refusal):
    """The log's epoch is not the sealed one, and nothing signed says that it was opened."""

    def __init__(self, sealed: int, found: int) -> None:
        """Take the epoch of the newest sealed log and the one in the database."""
        super().__init__(f"epoch {sealed} is sealed, the database says {found}: a new epoch is opened by an operator")


class Unsealable(Refusal):
    """New events are not what a log may hold."""


@dataclass(frozen=True)
class Sealed:
    """A head was signed."""

    region: str
    head: Checkpoint
    log: SealedLog


@dataclass
class _Known:
    """What one process remembers of a log: never more than the files say."""

    epoch: int
    size: int = 0
    last_leaf: bytes | None = None
    audited: bool = False
    due: float | None = None
    alarm: str | None = field(default=None)


class Sealer:
    """Seals all logs of one service. One process at a time may do so; see `sole`."""

    def __init__(self, service: str, engine: Engine, seal_dir: Path, origin: str, after: float) -> None:
        """Make a key where nothing was ever sealed; raise KeyRefused.

        Takes the service, its database, the folder for all services' seals, the deployment's part of the origin, and
        how many seconds after an event it is sealed.
        """
        self.seals = ServiceSeals(seal_dir / service)
        self.engine, self.after = engine, after
        self.signer = _key(self.seals, f"{origin}/{service}")
        # While keys are changed, who knows the former one only can still read what is signed.
        self.former = self.seals.signer("key.old")
        self._known: dict[str, _Known] = {}
        for region, epoch in self.seals.logs():
            sizes = self._log(region, epoch).sizes()
            if sizes:
                self._known[region] = _Known(epoch, sizes[-1])

    def seal_once(self, *, at_once: bool = False) -> list[Sealed]:
        """Look at every log once, seal those whose time has come (all with `at_once`), and give the signed heads.

        A refused log has its alarm written and is passed over. Raises SQLAlchemyError when the database is not there.
        """
        with self._reading() as connection:
            heads = {
                row.region: Head(row.region, row.epoch, row.position, row.leaf_hash)
                for row in connection.execute(select(log_head))
            }
        for region, head in heads.items():
            self._known.setdefault(region, _Known(head.epoch))
        waiting = [each for each in self._known if self._is_due(each, heads.get(each), at_once=at_once)]
        sealed: list[Sealed] = []
        for region in sorted(waiting, key=lambda each: self._known[each].due or 0):
            try:
                new = self._seal(region, heads.get(region))
            except (Refusal, SealsDamaged, NoteError, OSError) as error:
                self._alarm(region, error)
            else:
                self._calm(region)
                if new:
                    log.info("sealed", region=region, size=new.size, root=new.root.hex())
                    sealed.append(Sealed(region, new, self._log(region, self._known[region].epoch)))
        return sealed

    def newest(self) -> list[tuple[str, SealedLog]]:
        """Give the regions of which a head is signed, with their newest logs."""
        return [(region, self._log(region, known.epoch)) for region, known in self._known.items() if known.size]

    def _is_due(self, region: str, head: Head | None, *, at_once: bool) -> bool:
        """Whether a log has to be looked at: its time has come, or something about it is wrong."""
        known = self._known[region]
        if head is None or head.epoch != known.epoch or head.position < known.size:
            return True
        if head.position == known.size:
            known.due = None
            return known.alarm is not None or (known.last_leaf not in (None, head.leaf_hash))
        if known.due is None:
            # By this process's own clock from here on: a stepped clock must not put the sealing off.
            known.due = time.monotonic() + max(0.0, self.after - self._age(region, known.size + 1))
        return at_once or time.monotonic() >= known.due

    def _age(self, region: str, position: int) -> float:
        with self._reading() as connection:
            age = connection.execute(
                select(func.extract("epoch", func.clock_timestamp() - event.c.recorded_at)).where(
                    event.c.region == region, event.c.position == position
                )
            ).scalar()
        return self.after if age is None else min(max(float(age), 0.0), self.after)

    def _seal(self, region: str, head: Head | None) -> Checkpoint | None:
        known = self._known[region]
        if head is None:
            raise Rollback(known.size, 0)
        if head.epoch != known.epoch:
            if head.epoch < known.epoch or self._log(region, head.epoch).opening() is None:
                raise EpochChanged(known.epoch, head.epoch)
            log.warning("a new epoch", region=region, epoch=head.epoch, former=known.epoch)
            # Its tree is of the whole log as it is now, from the first position on.
            known = self._known[region] = _Known(head.epoch, alarm=known.alarm)
        if head.position < known.size:
            raise Rollback(known.size, head.position)
        sealed = self._log(region, known.epoch)
        signed = sealed.latest() or Checkpoint(sealed.verifier.name, 0, EMPTY_ROOT)
        tree = sealed.tree(signed)
        if signed.size:
            self._compare(region, sealed, known, signed.size)
        known.size = signed.size
        if head.position == signed.size:
            return None

        partial = signed.size % TILE_WIDTH
        entries = unbundle(sealed.tile("entries", signed.size // TILE_WIDTH, partial)) if partial else []
        last = min(head.position, signed.size + TURN)
        for leaf, hashed in self._new_leaves(region, signed.size, last):
            tree.append(hashed)
            entries.append(leaf)
            if len(entries) == TILE_WIDTH:
                sealed.keep_tile("entries", tree.size // TILE_WIDTH - 1, TILE_WIDTH, bundle(entries))
                entries = []
                for level, index, data in tree.full():
                    sealed.keep_tile(level, index, TILE_WIDTH, data)
        if entries:
            sealed.keep_tile("entries", tree.size // TILE_WIDTH, len(entries), bundle(entries))
        for level, index, width, data in tree.partial():
            sealed.keep_tile(level, index, width, data)
        new = Checkpoint(sealed.verifier.name, tree.size, tree.root())
        sealed.keep(new, *(each.named(new.origin) for each in (self.signer, self.former) if each))
        known.size, known.last_leaf = new.size, hashed
        if known.size == head.position:
            known.due = None
        return new

    def _new_leaves(self, region: str, after: int, last: int) -> Iterator[tuple[bytes, bytes]]:
        """Give leaf and leaf hash of the positions after+1..last, each one checked; raise Unsealable."""
        while after < last:
            with self._reading() as connection:
                rows = connection.execute(
                    select(event.c.position, event.c.leaf, event.c.leaf_hash)
                    .where(event.c.region == region, event.c.position > after, event.c.position <= last)
                    .order_by(event.c.position)
                    .limit(PAGE)
                ).all()
            if not rows:
                raise Unsealable(f"position {after + 1} is missing, the head says {last}")
            for position, leaf, stored in rows:
                after += 1
                if position != after:
                    raise Unsealable(f"position {after} is missing, {position} follows")
                found = leaf_hash(leaf)
                if found != stored:
                    raise Unsealable(f"position {after}: leaf hash {found.hex()}, stored as {stored.hex()}")
                if len(leaf) > ENTRY_LIMIT:
                    raise Unsealable(f"position {after}: a leaf of {len(leaf)} bytes, over {ENTRY_LIMIT}")
                yield leaf, found

    def _compare(self, region: str, sealed: SealedLog, known: _Known, size: int) -> None:
        """Compare what was sealed with the database's leaf hashes; raise Rewritten.

        All of it once in a process's life, when the log is first sealed; then the last open tile each time.
        """
        position = size - 1 - (size - 1) % TILE_WIDTH if known.audited else 0
        while position < size:
            with self._reading() as connection:
                rows = connection.execute(
                    select(event.c.position, event.c.leaf_hash)
                    .where(event.c.region == region, event.c.position > position, event.c.position <= size)
                    .order_by(event.c.position)
                    .limit(AUDIT_PAGE)
                ).all()
            found = {row.position: row.leaf_hash for row in rows}
            end = min(size, position + AUDIT_PAGE)
            for index in range(position // TILE_WIDTH, (end - 1) // TILE_WIDTH + 1):
                tile = sealed.tile(0, index, min(TILE_WIDTH, size - index * TILE_WIDTH))
                for place in range(len(tile) // HASH_BYTES):
                    at = index * TILE_WIDTH + place + 1
                    expected = tile[place * HASH_BYTES : (place + 1) * HASH_BYTES]
                    if found.get(at) != expected:
                        raise Rewritten(at, expected, found.get(at))
                    known.last_leaf = expected
            position = end
        known.audited = True

    def _alarm(self, region: str, error: Exception) -> None:
        known = self._known[region]
        message = f"{type(error).__name__}: {error}"
        if known.alarm != message:
            known.alarm = message
            log.error("not sealed", region=region, reason=message)
            alarm = {"reason": type(error).__name__, "detail": str(error), "since": rfc3339(datetime.now(UTC))}
            try:
                self.seals.raise_alarm(region, alarm)
            except OSError:  # a full disk: the line in the log has to do
                log.exception("alarm not written", region=region)

    def _calm(self, region: str) -> None:
        known = self._known[region]
        if known.alarm is not None:
            known.alarm = None
            log.warning("sealed again", region=region)
        self.seals.clear_alarm(region)

    def _log(self, region: str, epoch: int) -> SealedLog:
        return self.seals.log(region, epoch, self.signer.verifier)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a connection for one short transaction that cannot write: the sealer never changes what it seals."""
        with self.engine.connect().execution_options(postgresql_readonly=True) as connection:
            yield connection


def run(
    service: str,
    settings: Settings,
    engine: Engine,
    stop: threading.Event,
    *,
    pause: float = 1.0,
    heartbeat: Path | None = None,
) -> None:
    """Seal the logs of a service until told to stop; `heartbeat` is a file touched after each look at all logs.

    Raises KeyRefused, ValueError without `seal_dir` or with witnesses that cannot be.
    """
    if settings.seal_dir is None:
        raise ValueError("the sealer needs LABINOV_SEAL_DIR, a folder outside the database")
    with sole(settings.seal_dir / service, stop):
        if stop.is_set():
            return
        sealer = Sealer(service, engine, settings.seal_dir, settings.origin, settings.seal_after_seconds)
        try:
            asking = [Asking(Witness.parse(each)) for each in settings.witnesses]
        except NoteError as error:
            raise ValueError(f"a witness cannot be read: {error}") from error
        witnesses = Witnesses(sealer.seals, asking, settings.witness_quorum)
        for region, sealed in sealer.newest():
            with suppress(NoteError, OSError):  # a damaged head is told of when its log is to be sealed
                witnesses.begin(region, sealed, sealed.sizes()[-1])
        with witnesses.at_work(stop):
            while not stop.is_set():
                try:
                    for each in sealer.seal_once():
                        witnesses.signed(each.region, each.log, each.head)
                    witnesses.look()
                    if heartbeat is not None:
                        heartbeat.touch()
                except SQLAlchemyError as error:
                    log.warning("the database does not answer", reason=type(error).__name__)
                stop.wait(pause)


@contextmanager
def sole(folder: Path, stop: threading.Event) -> Iterator[None]:
    """Be the only sealer of a folder, waiting for another one to end; returns at once when told to stop."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        said = False
        while not stop.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said:
                    log.warning("another sealer is at work: waiting for it to end", folder=str(folder))
                said = True
                stop.wait(0.5)
        yield


def _key(seals: ServiceSeals, name: str) -> Signer:
    signer = seals.signer()
    if signer is None:
        if any((seals.folder / region / str(epoch) / "heads").exists() for region, epoch in seals.logs()):
            raise KeyRefused(
                f"{seals.folder} holds signed heads, but its key is gone. Put {seals.folder / 'key'} back from "
                "where it is kept; signing the same logs with another key would make every earlier proof worthless."
            )
        signer = Signer.generate(name)
        seals.keep(signer)
        log.info("a new key", vkey=str(signer.verifier))
    if signer.name != name:
        raise KeyRefused(f"the key in {seals.folder} signs for {signer.name}, this sealer is of {name}")
    if seals.keys(signer.verifier).newest != signer.verifier:
        raise KeyRefused(f"the key in {seals.folder} was succeeded by another: say `labinov audit rotate-key` again")
    if seals.verifier() != signer.verifier:
        if seals.verifier() is not None:
            raise KeyRefused(f"key and key.pub in {seals.folder} do not belong together")
        write(seals.folder / "key.pub", f"{signer.verifier}\n".encode())
    return signer
