"""Witnesses: others who saw our signed heads, and who say so only while none contradicts an earlier one.

C2SP tlog-witness, the side of the log. They are asked beside the sealing, which never waits for them: a head is signed
and published first, and their lines (tlog-cosignature) are added to it as they come.

    NotSeen          the witness did not state that it saw a head
    └── Contradicted it saw a history that ours is no continuation of
"""

import base64
import contextlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import httpx
import structlog

from shared.envelope import rfc3339
from shared.merkle import consistency_proof
from shared.proofs import nodes_of_tiles
from shared.seals import SealedLog, SealsDamaged, ServiceSeals
from shared.tlog import COSIGNATURE, Checkpoint, Malformed, NoteError, Verifier, read_note

PATIENCE = 15 * 60.0
"""Seconds that a head may lack its quorum before somebody is told."""

ANSWER_LIMIT = 16_384
ANSWER_SECONDS = 10.0
SIZE_TYPE = "text/x.tlog.size"

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")

_log = structlog.get_logger(__name__)


class NotSeen(Exception):
    """The witness did not state that it saw a head."""


class Contradicted(NotSeen):
    """It saw a history that ours is no continuation of."""


@dataclass(frozen=True)
class Witness:
    """A witness: its public key, and the address below which it takes checkpoints."""

    verifier: Verifier
    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `vkey url`; raise Malformed."""
        key, _, url = text.strip().partition(" ")
        verifier = Verifier.parse(key)
        if verifier.kind != COSIGNATURE or not url.strip().startswith(("https://", "http://")):
            raise Malformed("a witness is written as its public key for cosignatures, a space and its address")
        return cls(verifier, url.strip().rstrip("/"))


class Asking:
    """Asks one witness. It remembers what the witness saw last of each log, and is told where it does not know."""

    def __init__(self, witness: Witness, transport: httpx.BaseTransport | None = None) -> None:
        """Take the witness, and for tests what carries the requests."""
        self.witness = witness
        self._client = httpx.Client(timeout=_TIMEOUT, transport=transport, follow_redirects=False)
        self._seen: dict[str, int] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cosignature(self, log: SealedLog, size: int) -> str:
        """Give the witness's line for a signed head; raise NotSeen, NoteError, SealsDamaged, OSError or HTTPError."""
        note = (log.folder / "heads" / str(size)).read_bytes()
        origin, node = log.verifier.name, nodes_of_tiles(log, size)
        old = self._seen.get(origin, 0)
        for _ in range(2):
            if old > size:
                raise Contradicted(f"it saw {old} events, {size} are signed")
            proof = consistency_proof(old, size, node) if 0 < old < size else []
            status, kind, answer = self._post(_request(old, proof, note))
            if status == 200:
                line = read_note(note + answer, [self.witness.verifier])[1].get(self.witness.verifier)
                if line is None:
                    raise NotSeen("it answered without its signature")
                self._seen[origin] = size
                return line
            if status == 422:
                raise Contradicted(f"it refuses the proof from the {old} events that it saw to {size}")
            said = _SIZE.fullmatch(answer) if status == 409 and kind == SIZE_TYPE else None
            if said is None:
                raise NotSeen(f"it answered {status}")
            if int(said[1]) == old:
                raise Contradicted(f"it saw another head of {old} events")
            old = self._seen[origin] = int(said[1])
        raise NotSeen("its size changes while it is asked")

    def _post(self, body: bytes) -> tuple[int, str, bytes]:
        """Give status, media type and body of the answer, of which neither the length nor the time is unbounded."""
        until, answer = time.monotonic() + ANSWER_SECONDS, b""
        with self._client.stream("POST", f"{self.witness.url}/add-checkpoint", content=body) as response:
            for part in response.iter_bytes(1024):
                answer += part
                if len(answer) > ANSWER_LIMIT or time.monotonic() > until:
                    raise NotSeen("its answer has no end")
        return response.status_code, response.headers.get("Content-Type", "").partition(";")[0].strip(), answer


@dataclass
class _Newest:
    """A log's newest head, and who saw it or one of the few before."""

    log: SealedLog
    size: int
    signed: float
    seen: dict[int, set[Verifier]] = field(default_factory=dict)
    lacking_since: float | None = None


class Witnesses:
    """Has the heads of a service's logs seen by its witnesses, and tells when too few did for too long."""

    def __init__(self, seals: ServiceSeals, asking: Sequence[Asking], quorum: int) -> None:
        """Take the service's seals, whom to ask, and how many must have seen a head; raise ValueError for too many."""
        if quorum > len(asking):
            raise ValueError(f"{quorum} witnesses have to see each head, and {len(asking)} are named")
        self.seals, self.asking, self.quorum = seals, asking, quorum
        self._newest: dict[str, _Newest] = {}
        self._contradicted: dict[tuple[str, str], str] = {}
        self._alarm: str | None = None
        self._lock = threading.Lock()

    def begin(self, region: str, log: SealedLog, size: int) -> None:
        """Take up a log from where a process before left it. Raises NoteError or OSError."""
        seen = set(log.cosignatures(size, [each.witness.verifier for each in self.asking]))
        age = max(0.0, time.time() - (log.folder / "heads" / str(size)).stat().st_mtime)
        at = time.monotonic() - age
        lacking = at if len(seen) < self.quorum else None
        with self._lock:
            self._newest[region] = _Newest(log, size, at, {size: seen}, lacking)

    def signed(self, region: str, log: SealedLog, head: Checkpoint) -> None:
        """Take up a head that was just signed."""
        now = time.monotonic()
        with self._lock:
            last = self._newest.get(region)
            seen = {} if last is None or last.log.name != log.name else dict(list(last.seen.items())[-3:])
            since = last.lacking_since if last is not None and last.lacking_since is not None else now
            self._newest[region] = _Newest(
                log, head.size, now, {**seen, head.size: set()}, since if self.quorum else None
            )

    @contextlib.contextmanager
    def at_work(self, stop: threading.Event) -> Iterator[None]:
        """Ask, each witness in a thread of its own, until the block ends, which is after `stop` is set."""
        threads = [threading.Thread(target=self._run, args=(each, stop), daemon=True) for each in self.asking]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            stop.set()
            for each in threads:
                each.join(1.0)  # who still waits for an answer has nothing to lose

    def _run(self, asking: Asking, stop: threading.Event) -> None:
        failures = 0
        while not stop.wait(min(_PAUSE * 2**failures, _LONGEST_PAUSE)):
            failures = 0 if self.ask(asking, stop) else min(failures + 1, 10)
        asking.close()

    def ask(self, asking: Asking, stop: threading.Event | None = None) -> bool:
        """Have one witness see the newest heads that it has not; give whether it answered for all of them."""
        witness = asking.witness.verifier
        with self._lock:
            lacking = [(name, each) for name, each in self._newest.items() if witness not in each.seen[each.size]]
        well = True
        for region, newest in lacking:
            if stop is not None and stop.is_set():
                break
            size = newest.size
            try:
                newest.log.cosigned(size, asking.cosignature(newest.log, size))
            except httpx.HTTPError as error:
                _log.info("witness not reached", witness=witness.name, reason=type(error).__name__)
                return False
            except (NotSeen, NoteError, SealsDamaged, OSError) as error:
                well = False
                self._refused(region, witness, error)
            else:
                self._saw(region, newest.log, size, witness)
        return well

    def _refused(self, region: str, witness: Verifier, error: Exception) -> None:
        _log.info("not cosigned", witness=witness.name, region=region, reason=str(error))
        if isinstance(error, Contradicted):
            with self._lock:
                self._contradicted[region, witness.name] = str(error)

    def _saw(self, region: str, log: SealedLog, size: int, witness: Verifier) -> None:
        with self._lock:
            self._contradicted.pop((region, witness.name), None)
            newest = self._newest[region]
            if newest.log.name != log.name or size not in newest.seen:
                return
            newest.seen[size].add(witness)
            if len(newest.seen[size]) >= self.quorum:
                newest.lacking_since = None if size == newest.size else newest.signed

    def look(self) -> None:
        """Raise the alarm, or clear it: a witness saw something else, or too few saw a head for too long."""
        now = time.monotonic()
        with self._lock:
            contradicted = dict(self._contradicted)
            late = [
                name
                for name, each in self._newest.items()
                if each.lacking_since is not None and now - each.lacking_since > PATIENCE
            ]
        detail = "; ".join(f"{name}, {region}: {said}" for (region, name), said in sorted(contradicted.items()))
        if late and not detail:
            detail = f"for {PATIENCE / 60:.0f} minutes fewer than {self.quorum} witnesses saw {', '.join(sorted(late))}"
        if (detail or None) == self._alarm:
            return
        self._alarm = detail or None
        with contextlib.suppress(OSError):  # a full disk: the line in the log has to do
            if not detail:
                _log.warning("witnesses see the logs again")
                self.seals.clear_alarm(None)
                return
            reason = "Contradicted" if contradicted else "TooFewWitnesses"
            _log.error("witnesses", alarm=True, reason=reason, detail=detail)
            self.seals.raise_alarm(None, {"reason": reason, "detail": detail, "since": rfc3339(datetime.now(UTC))})


def _request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof), "", ""]
    return "\n".join(lines).encode() + note
