"""The log of deliveries: every attempt with the headers that were sent and the beginning of the answer."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

KEPT = timedelta(days=30)

_NAMES = (
    "delivery_id",
    "endpoint_id",
    "kind",
    "region",
    "source",
    "position",
    "type",
    "webhook_id",
    "at",
    "milliseconds",
    "try",
    "url",
    "headers",
    "status",
    "error",
    "answer",
)
_COLUMNS = ", ".join("delivery_id::text" if name == "delivery_id" else name for name in _NAMES)
_INSERT = f"INSERT INTO delivery ({', '.join(_NAMES)}) VALUES ({', '.join(f'%({name})s' for name in _NAMES)})"

_LIST = f"""
SELECT {_COLUMNS} FROM delivery
WHERE endpoint_id = %(endpoint_id)s
  AND (NOT %(failed)s OR status IS NULL OR status NOT BETWEEN 200 AND 299)
  AND (%(before_at)s::timestamptz IS NULL OR (at, delivery_id) < (%(before_at)s, %(before_id)s::uuid))
ORDER BY at DESC, delivery_id DESC LIMIT %(limit)s
"""

_ONE = f"SELECT {_COLUMNS} FROM delivery WHERE endpoint_id = %s AND delivery_id = %s::uuid"

_PURGE = """
DELETE FROM delivery WHERE delivery_id IN (SELECT delivery_id FROM delivery WHERE at < %s ORDER BY at LIMIT 5000)
"""

_FORGET = "UPDATE delivery SET answer = '' WHERE region = %s AND source = %s AND position = ANY(%s::bigint[])"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt: of an event in its log, or of a test, which has no source and position."""

    endpoint_id: str
    kind: str
    region: str
    source: str | None
    position: int | None
    type: str
    webhook_id: str
    at: datetime
    milliseconds: int
    attempt: int
    url: str
    headers: Mapping[str, str]
    status: int | None
    error: str | None
    answer: str
    delivery_id: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def note(connection: Connection, attempt: Attempt) -> str:
    """Write an attempt down; give its id."""
    values: dict[str, Any] = {name: getattr(attempt, name) for name in _NAMES if name not in ("try", "delivery_id")}
    values |= {"delivery_id": str(uuid4()), "try": attempt.attempt, "headers": json.dumps(dict(attempt.headers))}
    connection.exec_driver_sql(_INSERT, values)
    return str(values["delivery_id"])


def with_id(attempt: Attempt, delivery_id: str) -> Attempt:
    """Give an attempt that was written down."""
    return replace(attempt, delivery_id=delivery_id)


def listed(
    connection: Connection,
    endpoint_id: str,
    *,
    failed: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Attempt]:
    """Give the attempts at an endpoint, the newest first; `failed` leaves out what arrived. One query."""
    at, ident = before or (None, None)
    asked = {"endpoint_id": endpoint_id, "failed": failed, "before_at": at, "before_id": ident, "limit": limit}
    return [_attempt(row) for row in connection.exec_driver_sql(_LIST, asked).mappings()]


def one(connection: Connection, endpoint_id: str, delivery_id: str) -> Attempt | None:
    """Give one attempt at an endpoint, None where there is none."""
    try:
        UUID(delivery_id)
    except ValueError:
        return None
    row = connection.exec_driver_sql(_ONE, (endpoint_id, delivery_id)).mappings().first()
    return None if row is None else _attempt(row)


def purge(connection: Connection, now: datetime) -> None:
    """Forget a part of the attempts that are older than a month."""
    connection.exec_driver_sql(_PURGE, (now - KEPT,))


def forget(connection: Connection, region: str, source: str, positions: Collection[int]) -> None:
    """Forget what receivers answered to events whose payload is erased: an answer may repeat what was sent."""
    connection.exec_driver_sql(_FORGET, (region, source, list(positions)))


def _attempt(row: RowMapping) -> Attempt:
    values: dict[str, Any] = {**row}
    return Attempt(attempt=values.pop("try"), **values)
