"""The rows of documents: asked for, taken by a worker, done. One row for what would be the same file."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from shared.limits import TooOften

KINDS = ("pdf", "xlsx")
# Whoever asks needs no account, so what waits, and what is kept, has bounds. What is gone is made anew, the same.
WAITING_MOST = 20
KEPT_MOST = 300
KEPT_DAYS = 30
TRIES = 3
# A worker that dies is missed after this long; one that lives says so with each step.
LEASE_SECONDS = 30

_COLUMNS = """document_id, region, programme_id, kind, submission, review, state, done, total, tries, asked_at, made_at,
       sha256, octet_length(file) AS size"""

_ASK = """
INSERT INTO document (document_id, region, programme_id, kind, submission, review, asked_at)
SELECT %(document_id)s, %(region)s, %(programme_id)s, %(kind)s, %(submission)s, %(review)s, %(now)s
WHERE EXISTS (SELECT FROM document WHERE document_id = %(document_id)s)
   OR (SELECT count(*) FROM document WHERE state IN ('waiting', 'working')) < %(most)s
ON CONFLICT (document_id) DO UPDATE SET
    asked_at = excluded.asked_at,
    state = CASE WHEN document.state = 'failed' THEN 'waiting' ELSE document.state END,
    tries = CASE WHEN document.state = 'failed' THEN 0 ELSE document.tries END
RETURNING document_id
"""

_THESE = f"SELECT {_COLUMNS} FROM document WHERE document_id = ANY(%s)"
_OF_PROGRAMME = f"""
SELECT {_COLUMNS} FROM document WHERE region = %s AND programme_id = %s AND state = 'done'
ORDER BY submission DESC, review DESC, kind LIMIT %s
"""
_FILE = f"SELECT {_COLUMNS}, file FROM document WHERE document_id = %s AND state = 'done'"

_OPEN = "state IN ('waiting', 'working') AND (leased_until IS NULL OR leased_until <= %(now)s)"
_ANY_OPEN = f"SELECT EXISTS (SELECT FROM document WHERE {_OPEN})"
_TAKE = f"""
UPDATE document SET state = 'working', done = 0, tries = tries + 1,
    leased_until = %(now)s + make_interval(secs => {LEASE_SECONDS})
WHERE document_id = (
    SELECT document_id FROM document WHERE {_OPEN} ORDER BY asked_at, document_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}
"""
_PROGRESS = f"""
UPDATE document SET done = %(done)s, total = %(total)s,
    leased_until = %(now)s + make_interval(secs => {LEASE_SECONDS})
WHERE document_id = %(document_id)s AND state = 'working'
"""
_DONE = """
UPDATE document SET state = 'done', done = total, leased_until = NULL, made_at = %(now)s, sha256 = %(sha256)s,
    file = %(file)s
WHERE document_id = %(document_id)s AND state = 'working'
"""
_FAILED = "UPDATE document SET state = 'failed', leased_until = NULL WHERE document_id = %s AND state = 'working'"

_TIDY = f"""
DELETE FROM document WHERE state IN ('done', 'failed') AND (
    asked_at < %(now)s - make_interval(days => {KEPT_DAYS})
    OR document_id IN (
        SELECT document_id FROM document WHERE state IN ('done', 'failed')
        ORDER BY asked_at DESC, document_id OFFSET {KEPT_MOST}))
"""
_FORGET = "DELETE FROM document WHERE region = %(region)s AND {source} >= %(position)s"


class QueueFull(TooOften):
    """Many documents are being made at this moment. Ask for this one again shortly."""

    retry_after = 20


def ask(connection: Connection, now: datetime, row: Mapping[str, Any]) -> None:
    """See to it that there is a row for a document; one that failed is tried again. Raises QueueFull.

    `row` gives document_id, region, programme_id, kind, submission and review.
    """
    if connection.exec_driver_sql(_ASK, {**row, "now": now, "most": WAITING_MOST}).first() is None:
        raise QueueFull


def these(connection: Connection, document_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Give the rows that there are of these ids, without their files."""
    return {row.document_id: row for row in connection.exec_driver_sql(_THESE, (list(document_ids),))}


def of_programme(connection: Connection, region: str, programme_id: str, limit: int) -> list[Row[Any]]:
    """Give the documents of a programme that are kept, those of the newest records first, without their files."""
    return list(connection.exec_driver_sql(_OF_PROGRAMME, (region, programme_id, limit)))


def with_file(connection: Connection, document_id: str) -> Row[Any] | None:
    """Give a document that is done with its file; None where there is none."""
    return connection.exec_driver_sql(_FILE, (document_id,)).first()


def any_open(connection: Connection, now: datetime) -> bool:
    """Whether a document waits for somebody who makes it, or its maker has not been heard of for too long."""
    return bool(connection.exec_driver_sql(_ANY_OPEN, {"now": now}).scalar_one())


def take(connection: Connection, now: datetime) -> Row[Any] | None:
    """Take the document that waits longest, for LEASE_SECONDS from now; None where none does."""
    return connection.exec_driver_sql(_TAKE, {"now": now}).first()


def progress(connection: Connection, now: datetime, document_id: str, done: int, total: int) -> None:
    """Note that so much of so much is done, and that its maker lives."""
    parameters = {"document_id": document_id, "done": done, "total": total, "now": now}
    connection.exec_driver_sql(_PROGRESS, parameters)


def finish(connection: Connection, now: datetime, document_id: str, file: bytes, sha256: str) -> None:
    """Keep a finished file, unless its row went meanwhile because a payload in it was erased."""
    parameters = {"document_id": document_id, "now": now, "file": file, "sha256": sha256}
    connection.exec_driver_sql(_DONE, parameters)


def fail(connection: Connection, document_id: str) -> None:
    """Note that a document could not be made."""
    connection.exec_driver_sql(_FAILED, (document_id,))


def tidy(connection: Connection, now: datetime) -> None:
    """Let go of what nobody has asked for in a long time, and of all beyond the newest KEPT_MOST."""
    connection.exec_driver_sql(_TIDY, {"now": now})


def forget(connection: Connection, region: str, source: str, positions: Collection[int]) -> None:
    """Remove what was made of events of a region's log whose payloads go, within the erasure's transaction."""
    if source in ("submission", "review"):
        statement = _FORGET.format(source=source)
        connection.exec_driver_sql(statement, {"region": region, "position": min(positions)})
