"""Filling an empty installation from an export: the events as they were, at their positions, verified first.

What no event holds does not come along: people's names and letters, drafts, and the keys under which commands were
sent. Reactions go on behind the last event that they acted on, so that none acts twice.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from deploy.audit import verify
from deploy.audit.exporting import PAYLOADS
from deploy.embedded.errors import Trouble
from shared.domain import is_region
from shared.envelope import TYPE_PREFIX
from shared.tlog import TILE_WIDTH, tile_path, unbundle

Tell = Callable[[str, int, int], None]

_COPY = """
COPY event (region, position, stream, stream_version, type, type_version, event_id, recorded_at,
            leaf, leaf_hash, payload, salt) FROM STDIN (FORMAT binary)
"""
_TYPES = ("text", "int8", "text", "int4", "text", "int4", "uuid", "timestamptz", "bytea", "bytea", "bytea", "bytea")
_HEAD = "INSERT INTO log_head (region, epoch, position, leaf_hash) VALUES (%s, %s, %s, %s)"
_EARLIER = "SELECT EXISTS (SELECT FROM log_head WHERE region = %s) OR EXISTS (SELECT FROM event WHERE region = %s)"
_RESUME = """
INSERT INTO checkpoint (consumer, source, region, epoch, position, leaf_hash) VALUES (%s, %s, %s, %s, %s, %s)
"""
_TYPE = re.compile(re.escape(TYPE_PREFIX) + r"(.+)\.v(\d+)")


@dataclass(frozen=True)
class Log:
    """A log of an export that was verified."""

    service: str
    region: str
    epoch: int
    folder: Path
    events: int
    withheld: int


@dataclass(frozen=True)
class Row:
    """An event as it was exported."""

    position: int
    leaf: bytes
    leaf_hash: bytes
    payload: bytes | None
    salt: bytes | None


def verified(folder: Path, keys: list[str], only: str | None = None) -> list[Log]:
    """Verify an export and give the newest epoch of each of its logs; raise Trouble.

    Takes the public keys that are trusted (without any those in the export are believed), and a region if only its
    logs are wanted.
    """
    newest: dict[tuple[str, str], int] = {}
    for head in sorted(folder.glob("*/*/*/checkpoint")):
        service, region, number = head.parts[-4:-1]
        if is_region(region) and number.isdecimal() and only in (None, region):
            newest[service, region] = max(int(number), newest.get((service, region), 0))
    logs = []
    for (service, region), epoch in newest.items():
        place = folder / service / region / str(epoch)
        try:
            counted = verify.verify(place, keys or [(place / "key.vkey").read_text("utf-8").strip()])
            origin = (place / "checkpoint").read_text("utf-8").partition("\n")[0]
        except Exception as error:  # the verifier is kept small: whatever it raises says that it does not hold
            raise Trouble(f"{service}/{region} is not as it was signed, nothing was imported: {error}") from error
        if origin.split("/")[-3:] != [service, region, str(epoch)]:
            raise Trouble(f"{place} holds the log {origin}.")
        logs.append(Log(service, region, epoch, place, counted["events"], counted["withheld"]))
    if not logs:
        raise Trouble(f"There is no export in {folder}.")
    return logs


def rows(log: Log) -> Iterator[Row]:
    """Give the events of a verified log in order."""
    position = 0
    with (log.folder / PAYLOADS).open("rb") as lines:
        for first in range(0, log.events, TILE_WIDTH):
            name = tile_path("entries", first // TILE_WIDTH, min(TILE_WIDTH, log.events - first))
            for leaf in unbundle((log.folder / name).read_bytes()):
                position += 1
                line = verify.LINE.fullmatch(lines.readline())
                opened = line is not None and line["data"] is not None
                yield Row(
                    position=position,
                    leaf=leaf,
                    leaf_hash=hashlib.sha256(b"\0" + leaf).digest(),
                    payload=line["data"] if line and opened else None,
                    salt=bytes.fromhex(line["salt"].decode()) if line and opened else None,
                )


def fill(connection: psycopg.Connection[Any], log: Log, tell: Tell) -> None:
    """Write a log's events and its head, with the owner's role, in the caller's transaction.

    Raises Trouble where there is such a log already.
    """
    taken = connection.execute(_EARLIER, (log.region, log.region)).fetchone()
    if taken is None or taken[0]:
        raise Trouble(f"There is a log {log.service}/{log.region} already; an import fills empty logs only.")
    last = b""
    connection.execute("SET LOCAL statement_timeout = 0")
    with connection.cursor() as cursor, cursor.copy(_COPY) as to:
        to.set_types(_TYPES)
        for row in rows(log):
            to.write_row(_columns(log.region, row))
            last = row.leaf_hash
            if not row.position % TILE_WIDTH or row.position == log.events:
                tell(f"{log.service}/{log.region}", row.position, log.events)
    connection.execute(_HEAD, (log.region, log.epoch, log.events, last))


def resume(connection: psycopg.Connection[Any], consumer: str, acting: Log, source: Log) -> None:
    """Let a reaction go on behind the last event of `source` that caused one in `acting`; from the start for none."""
    causes = {json.loads(each.leaf).get("causationid") for each in rows(acting)}
    last = max((each for each in rows(source) if json.loads(each.leaf)["id"] in causes), key=_position, default=None)
    if last is not None:
        connection.execute(
            _RESUME, (consumer, source.service, source.region, source.epoch, last.position, last.leaf_hash)
        )


def connect(owner_url: str) -> psycopg.Connection[Any]:
    """Give a connection with the owner's role."""
    return psycopg.connect(make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False))


def _position(row: Row) -> int:
    return row.position


def _columns(region: str, row: Row) -> tuple[Any, ...]:
    """Give the columns of an event, which are those that its leaf says."""
    envelope = json.loads(row.leaf)
    kind = _TYPE.fullmatch(envelope["type"])
    if kind is None or envelope["partitionkey"] != region:
        raise Trouble(f"Position {row.position} of {region} is no event of Labinov.")
    return (
        region,
        row.position,
        envelope["subject"],
        envelope["streamversion"],
        kind[1],
        int(kind[2]),
        UUID(envelope["id"]),
        datetime.fromisoformat(envelope["time"]),
        row.leaf,
        row.leaf_hash,
        row.payload,
        row.salt,
    )
