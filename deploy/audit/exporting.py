"""Writing an export: the signed heads, tiles and leaves of logs, the payloads that the reader may read, a verifier.

    FOLDER/README.md  verify.py  export.json
    FOLDER/<service>/keys/<number>                                      each change of keys, stated by both keys
    FOLDER/<service>/<region>/<epoch>/checkpoint  key.vkey  tile/…      C2SP tlog-tiles, as the log itself has it
    FOLDER/<service>/<region>/<newest epoch>/payloads.ndjson            a line an event: salt and data, or why not

Only what is sealed is exported. Over HTTP an auditor gets what an auditor may read; the operator's way reads the
database and the folder of seals, and gets everything.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx

from deploy.embedded.errors import Trouble
from shared.domain import NATIONAL, Rejection, is_region
from shared.envelope import rfc3339
from shared.event_log import EventLog
from shared.proofs import opening
from shared.seals import ServiceSeals
from shared.sources import PAGE
from shared.tlog import TILE_WIDTH, Checkpoint, Malformed, tile_path

HERE = Path(__file__).parent
AT_ONCE = 4
PAYLOADS = "payloads.ndjson"

Tell = Callable[[str, int, int], None]
"""Is told of the progress: the log, how many of its events are written, and how many there are."""


class Source(Protocol):
    """The logs of one service, as an export reads them."""

    service: str

    def logs(self) -> list[tuple[str, int]]:
        """Give region and newest epoch of each log."""

    def file(self, region: str, epoch: int, name: str) -> bytes | None:
        """Give a file of a sealed log by its name in tlog-tiles, or `vkey`; None where there is none."""

    def openings(self, region: str, after: int, limit: int) -> bytes:
        """Give the lines of the openings behind a position."""

    def change_of_keys(self, number: int) -> bytes | None:
        """Give a change of keys by its number from 1; None behind the last."""


class OverHttp:
    """The logs as a service's api gives them to whoever has the client's token."""

    def __init__(self, service: str, client: httpx.Client) -> None:
        """Take the service and a client whose base is the service's address."""
        self.service = service
        self._client = client

    def logs(self) -> list[tuple[str, int]]:
        """Give region and newest epoch of each log."""
        return [(each["region"], int(each["epoch"])) for each in self._get("/events/heads").json()]

    def file(self, region: str, epoch: int, name: str) -> bytes | None:
        """Give a file of a sealed log; None where there is none."""
        found = self._get(f"/log/{region}/{epoch}/{name}", missing=True)
        return None if found.status_code == 404 else found.content

    def openings(self, region: str, after: int, limit: int) -> bytes:
        """Give the lines of the openings behind a position."""
        return self._get(f"/events/{region}/openings?after={after}&limit={limit}").content

    def change_of_keys(self, number: int) -> bytes | None:
        """Give a change of keys; None behind the last."""
        found = self._get(f"/log/keys/{number}", missing=True)
        return None if found.status_code == 404 else found.content

    def note_access(self, region: str, what: str, reason: str) -> None:
        """Record that data are taken away, before they are."""
        body = {"region": region, "kind": "export", "what": what, "reason": reason}
        try:
            done = self._client.post("/access", json=body, headers={"Idempotency-Key": str(uuid4())})
        except (httpx.HTTPError, Rejection) as error:
            raise Trouble(f"{self.service} does not answer: {type(error).__name__}.") from error
        if done.is_error:
            raise Trouble(f"{self.service} does not let this be exported: {_reason(done)}")

    def _get(self, path: str, *, missing: bool = False) -> httpx.Response:
        try:
            found = self._client.get(path)
        except (httpx.HTTPError, Rejection) as error:
            raise Trouble(f"{self.service} does not answer: {type(error).__name__}.") from error
        if found.is_error and not (missing and found.status_code == 404):
            raise Trouble(f"{self.service} answered {found.status_code} to {path}: {_reason(found)}")
        return found


class Operators:
    """The logs as they are in the database and in the folder of seals, nothing withheld."""

    def __init__(self, log: EventLog, seals: ServiceSeals) -> None:
        """Take the log and its seals."""
        self.service = log.catalogue.service
        self._log, self._seals = log, seals

    def logs(self) -> list[tuple[str, int]]:
        """Give region and newest epoch of each log."""
        return [(each.region, each.epoch) for each in self._log.heads()]

    def file(self, region: str, epoch: int, name: str) -> bytes | None:
        """Give a file of a sealed log; None where there is none."""
        path = self._seals.folder / region / str(epoch) / name
        return path.read_bytes() if path.is_file() else None

    def openings(self, region: str, after: int, limit: int) -> bytes:
        """Give the lines of the openings behind a position."""
        return b"".join(
            opening(each.position, each.salt, each.payload) for each in self._log.read(region, after, limit)
        )

    def change_of_keys(self, number: int) -> bytes | None:
        """Give a change of keys; None behind the last."""
        path = self._seals.folder / "keys" / str(number)
        return path.read_bytes() if path.is_file() else None


@dataclass(frozen=True)
class Exported:
    """One log as it was exported: how many of its events are sealed and so in the export."""

    service: str
    region: str
    epoch: int
    events: int
    opened: int


def require_empty(folder: Path) -> None:
    """Raise Trouble unless a folder is empty or still to be made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(f"{folder} is not empty; an export begins in a folder of its own.")


def prepare(folder: Path) -> None:
    """Make the folder of an export, with its verifier."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("README.md", "verify.py"):
        (folder / name).write_bytes((HERE / name).read_bytes())


def conclude(folder: Path, logs: list[Exported], *, reason: str, complete: bool) -> None:
    """Write down what the export holds."""
    about = {
        "made": rfc3339(datetime.now(UTC)),
        "reason": reason,
        "complete": complete,
        "logs": [asdict(each) for each in logs],
    }
    (folder / "export.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


def chosen(source: Source, region: str | None) -> list[tuple[str, int]]:
    """Give the logs to export; raise Trouble for what is no region."""
    if region is not None and not is_region(region):
        raise Trouble(f"A region has a code such as 36.74, or {NATIONAL} for the national log.")
    return [each for each in source.logs() if region in (None, each[0])]


def export(source: Source, folder: Path, logs: list[tuple[str, int]], tell: Tell) -> Iterator[Exported]:
    """Write the logs of a service below the folder, and give each one that is done. Raises Trouble."""
    for number in count(1):
        stated = source.change_of_keys(number)
        if stated is None:
            break
        path = folder / source.service / "keys" / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stated)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for region, newest in logs:
            for epoch in range(1, newest + 1):
                place = folder / source.service / region / str(epoch)
                size = _tree(source, pool, place, region, epoch, tell)
                if size is None:
                    continue
                opened = _payloads(source, pool, place, region, size, tell) if epoch == newest else 0
                yield Exported(source.service, region, epoch, size, opened)


def names_of_tiles(size: int) -> Iterator[str]:
    """Give the names of all bundles and tiles of a tree of this size."""
    level: int | str = "entries"
    hashes = size
    while hashes:
        full, width = divmod(hashes, TILE_WIDTH)
        for index in range(full):
            yield tile_path(level, index)
        if width:
            yield tile_path(level, full, width)
        level, hashes = (0, hashes) if isinstance(level, str) else (level + 1, full)


def _tree(source: Source, pool: ThreadPoolExecutor, place: Path, region: str, epoch: int, tell: Tell) -> int | None:
    """Write head, key and tiles of one log; give its size, None where nothing of it is sealed."""
    head, key = source.file(region, epoch, "checkpoint"), source.file(region, epoch, "vkey")
    if head is None or key is None:
        return None
    try:
        size = Checkpoint.parse(head.partition(b"\n\n")[0].decode() + "\n").size
    except (Malformed, UnicodeDecodeError) as error:
        raise Trouble(f"{source.service}/{region}: the signed head cannot be read: {error}") from error
    place.mkdir(parents=True)
    (place / "key.vkey").write_bytes(key)
    (place / "checkpoint").write_bytes(head)
    opened = source.file(region, epoch, "opened") if epoch > 1 else None
    if opened is not None:
        (place / "opened").write_bytes(opened)
    names = list(names_of_tiles(size))
    for number, (name, data) in enumerate(
        zip(names, pool.map(lambda each: source.file(region, epoch, each), names), strict=True), start=1
    ):
        if data is None:
            raise Trouble(f"{source.service}/{region}: {name} is missing.")
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        tell(f"{source.service}/{region}/{epoch} tiles", number, len(names))
    return size


def _payloads(source: Source, pool: ThreadPoolExecutor, place: Path, region: str, size: int, tell: Tell) -> int:
    """Write the openings of what is sealed; give how many are open to this reader."""
    opened = written = 0
    with (place / PAYLOADS).open("wb") as file:
        pages = pool.map(lambda after: source.openings(region, after, min(PAGE, size - after)), range(0, size, PAGE))
        for page in pages:
            file.write(page)
            written += page.count(b"\n")
            opened += page.count(b'{"data":')
            tell(f"{source.service}/{region} payloads", written, size)
    if written != size:
        raise Trouble(f"{source.service}/{region}: {written} openings of {size} events came.")
    return opened


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json().get("detail") or response.reason_phrase)
    except (ValueError, AttributeError):
        return response.reason_phrase
