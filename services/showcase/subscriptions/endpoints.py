"""Endpoints as they are kept: where to, which regions and types, with which secrets, and how far each log came."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from services.showcase.subscriptions.progress import Disabled
from services.showcase.subscriptions.signing import new_secret
from shared.domain import NATIONAL
from shared.event_log import IdempotencyKey, KeyReused

OVERLAP = timedelta(hours=24)
LIVE = "live"
EVERYWHERE = "*"

_COLUMNS = """endpoint_id, regions, url, description, types, readable_types, secret, former_secret, former_until, state,
    reason, slow, created_by::text, created_at, changed_at, request_hash, rotated_by"""

_CREATE = f"""
INSERT INTO endpoint (endpoint_id, regions, url, description, types, readable_types, secret, created_by, created_at,
                      changed_at, request_hash)
VALUES (%(endpoint_id)s, %(regions)s, %(url)s, %(description)s, %(types)s, %(readable_types)s, %(secret)s,
        %(created_by)s, %(now)s, %(now)s, %(request_hash)s)
ON CONFLICT (endpoint_id) DO NOTHING RETURNING {_COLUMNS}
"""

_MANAGED = """(
    (%(everywhere)s OR regions <@ %(regions)s::text[])
    AND (%(types)s::text[] IS NULL OR readable_types <@ %(types)s::text[])
)"""

_ONE = f"SELECT {_COLUMNS} FROM endpoint WHERE endpoint_id = %(endpoint_id)s AND {_MANAGED}"

_LIST = f"SELECT {_COLUMNS} FROM endpoint WHERE {_MANAGED} ORDER BY created_at DESC, endpoint_id LIMIT %(limit)s"

_CHANGE = """
UPDATE endpoint SET regions = %(regions)s, url = %(url)s, description = %(description)s, types = %(types)s,
    changed_at = %(now)s
WHERE endpoint_id = %(endpoint_id)s
"""

_SET_STATE = """
UPDATE endpoint SET state = %(state)s, reason = %(reason)s, slow = slow AND %(state)s <> 'active', changed_at = %(now)s
WHERE endpoint_id = %(endpoint_id)s AND state <> %(state)s
"""

_RESUME = "UPDATE endpoint_log SET tries = 0, failing_since = NULL, next_try = NULL WHERE endpoint_id = %(endpoint_id)s"

_ROTATE = """
UPDATE endpoint SET former_secret = secret, former_until = %(until)s, secret = %(secret)s,
    rotated_by = %(request_hash)s, changed_at = %(now)s
WHERE endpoint_id = %(endpoint_id)s AND rotated_by IS DISTINCT FROM %(request_hash)s
"""

# Logs that the copy does not know yet get their line from the sweep, and begin at their beginning.
_SPREAD = """
WITH wanted AS (
    SELECT e.endpoint_id, c.region, c.source, c.epoch, c.position
    FROM endpoint e CROSS JOIN LATERAL unnest(e.regions) AS r(region)
    JOIN checkpoint c ON c.consumer = 'copy' AND c.region = r.region
    UNION ALL
    SELECT e.endpoint_id, c.region, c.source, c.epoch, c.position
    FROM endpoint e JOIN checkpoint c ON c.consumer = 'copy' WHERE '*' = ANY(e.regions)
)
INSERT INTO endpoint_log (endpoint_id, region, source, epoch, position)
SELECT w.endpoint_id, w.region, w.source, w.epoch,
       CASE WHEN %(now)s THEN w.position
            ELSE least(w.position, coalesce((%(positions)s::jsonb ->> w.source)::bigint, 0)) END
FROM wanted w
WHERE (%(endpoint_id)s::text IS NULL OR w.endpoint_id = %(endpoint_id)s)
  AND NOT EXISTS (
    SELECT FROM endpoint_log l
    WHERE (l.endpoint_id, l.region, l.source, l.line) = (w.endpoint_id, w.region, w.source, 'live'))
ON CONFLICT DO NOTHING
"""

_GATHER = """
DELETE FROM endpoint_log l USING endpoint e
WHERE e.endpoint_id = %(endpoint_id)s AND l.endpoint_id = e.endpoint_id
  AND NOT (l.region = ANY(e.regions) OR '*' = ANY(e.regions))
"""

_LOGS = """
SELECT l.region, l.source, l.position, l.tries, l.failing_since, l.next_try, c.position AS head
FROM endpoint_log l
LEFT JOIN checkpoint c ON c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
WHERE l.endpoint_id = %(endpoint_id)s AND l.line = 'live'
ORDER BY l.tries = 0, l.position >= c.position, l.region, l.source LIMIT %(limit)s
"""

_COUNTS = """
SELECT l.endpoint_id, count(*) FILTER (WHERE l.tries > 0) AS failing,
       coalesce(sum(greatest(c.position - l.position, 0)), 0)::bigint AS waiting,
       min(l.failing_since) AS failing_since, min(l.next_try) AS next_try
FROM endpoint_log l
JOIN checkpoint c ON c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
WHERE l.endpoint_id = ANY(%s) AND l.line = 'live' GROUP BY l.endpoint_id
"""

_REWIND = """
UPDATE endpoint_log l SET position = least(%(position)s, c.position), tries = 0, failing_since = NULL, next_try = NULL
FROM checkpoint c
WHERE c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
  AND l.endpoint_id = %(endpoint_id)s AND l.region = %(region)s AND l.source = %(source)s AND l.line = 'live'
"""

_RESEND = """
INSERT INTO endpoint_log (endpoint_id, region, source, line, epoch, position, until)
SELECT l.endpoint_id, l.region, l.source, %(line)s, l.epoch, %(first)s - 1, least(%(last)s, c.position)
FROM endpoint_log l JOIN checkpoint c ON c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
WHERE l.endpoint_id = %(endpoint_id)s AND l.region = %(region)s AND l.source = %(source)s AND l.line = 'live'
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants to be sent, and where to: regions may be `*` alone, no types means all."""

    regions: tuple[str, ...]
    url: str
    description: str
    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Endpoint(Wanted):
    """An endpoint. `readable_types` are the only ones whose data it gets, None for all that its regions may read."""

    endpoint_id: str
    readable_types: tuple[str, ...] | None
    secret: str = field(repr=False)
    former_secret: str | None = field(repr=False)
    former_until: datetime | None
    state: str
    reason: str | None
    slow: bool
    created_by: str
    created_at: datetime
    changed_at: datetime
    request_hash: bytes = field(repr=False)
    rotated_by: bytes | None = field(repr=False)

    @property
    def everywhere(self) -> bool:
        """Whether it gets the events of all regions, also of those still to come."""
        return EVERYWHERE in self.regions

    @property
    def name(self) -> str:
        """What it is called on a page: its description, else the host that it is at."""
        return self.description or self.url.split("/")[2]

    @property
    def region(self) -> str:
        """The region that its id begins with."""
        return home_of(self.regions)

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Give the secrets that messages are signed with: for a day after a rotation the former one too."""
        if self.former_secret is not None and self.former_until is not None and now < self.former_until:
            return self.secret, self.former_secret
        return (self.secret,)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Whose endpoints somebody manages: those of which every region and every readable type is theirs."""

    person: str
    everywhere: bool
    regions: tuple[str, ...]
    types: tuple[str, ...] | None

    def values(self) -> dict[str, Any]:
        """Give this as a statement's parameters."""
        types = None if self.types is None else list(self.types)
        return {"everywhere": self.everywhere, "regions": list(self.regions), "types": types}


@dataclass(frozen=True, kw_only=True)
class LogState:
    """How far a log was delivered: its head in the copy, and since when it fails, if it does."""

    region: str
    source: str
    position: int
    head: int
    tries: int
    failing_since: datetime | None
    next_try: datetime | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """All logs of an endpoint together."""

    failing: int = 0
    waiting: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None


def home_of(regions: tuple[str, ...]) -> str:
    """Give the region that the id of an endpoint for these regions begins with."""
    return NATIONAL if EVERYWHERE in regions else regions[0]


def create(connection: Connection, sight: Sight, wanted: Wanted, key: IdempotencyKey, now: datetime) -> Endpoint:
    """Make an endpoint, or give the one that the same request made before; raise KeyReused for another request."""
    values: dict[str, Any] = {
        "endpoint_id": f"{home_of(wanted.regions)}-{uuid5(NAMESPACE_URL, key.key).hex}",
        "regions": list(wanted.regions),
        "url": wanted.url,
        "description": wanted.description,
        "types": list(wanted.types),
        "readable_types": sight.values()["types"],
        "secret": new_secret(),
        "created_by": sight.person,
        "now": now,
        "request_hash": key.request_hash,
    }
    row = connection.exec_driver_sql(_CREATE, values).mappings().first()
    if row is not None:
        return endpoint_of(row)
    found = one(connection, sight, values["endpoint_id"])
    if found is None or bytes(found.request_hash) != key.request_hash:
        raise KeyReused(field="Idempotency-Key")
    return found


def spread(connection: Connection, endpoint_id: str | None = None, *, now: bool = False, positions: str = "{}") -> None:
    """Give every log of an endpoint, or of all, a line where it has none.

    It begins at the log's end with `now`, else behind the positions that a JSON object names by source, else at 0.
    """
    connection.exec_driver_sql(_SPREAD, {"endpoint_id": endpoint_id, "now": now, "positions": positions})


def one(connection: Connection, sight: Sight, endpoint_id: str) -> Endpoint | None:
    """Give an endpoint that somebody manages, None where there is none for them."""
    row = connection.exec_driver_sql(_ONE, sight.values() | {"endpoint_id": endpoint_id}).mappings().first()
    return None if row is None else endpoint_of(row)


def listed(connection: Connection, sight: Sight, limit: int) -> list[Endpoint]:
    """Give the endpoints that somebody manages, the newest first: one query."""
    rows = connection.exec_driver_sql(_LIST, sight.values() | {"limit": limit})
    return [endpoint_of(row) for row in rows.mappings()]


def change(connection: Connection, endpoint_id: str, wanted: Wanted, now: datetime) -> None:
    """Change what an endpoint gets and where; logs of regions that are new to it begin at their end."""
    values: dict[str, Any] = {"regions": list(wanted.regions), "url": wanted.url, "description": wanted.description}
    values |= {"types": list(wanted.types), "now": now, "endpoint_id": endpoint_id}
    connection.exec_driver_sql(_CHANGE, values)
    connection.exec_driver_sql(_GATHER, {"endpoint_id": endpoint_id})
    spread(connection, endpoint_id, now=True)


def set_state(
    connection: Connection, endpoint_id: str, state: str, now: datetime, reason: Disabled | None = None
) -> bool:
    """Make an endpoint active, paused or disabled; give whether it was not so before.

    An active one begins anew with the events that it stands before: nothing that came meanwhile is left out.
    """
    values = {"endpoint_id": endpoint_id, "state": state, "reason": reason, "now": now}
    changed = connection.exec_driver_sql(_SET_STATE, values).rowcount == 1
    if changed and state == "active":
        connection.exec_driver_sql(_RESUME, values)
    return changed


def rotate(connection: Connection, endpoint_id: str, key: IdempotencyKey, now: datetime) -> None:
    """Give an endpoint a new secret, once for each request; the former one signs along for a day."""
    values = {"endpoint_id": endpoint_id, "until": now + OVERLAP, "now": now, "secret": new_secret()}
    connection.exec_driver_sql(_ROTATE, values | {"request_hash": key.request_hash})


def count_of(connection: Connection, person: str) -> int:
    """Give how many endpoints somebody made."""
    found = connection.exec_driver_sql("SELECT count(*) FROM endpoint WHERE created_by = %s::uuid", (person,))
    return int(found.scalar_one())


def delete(connection: Connection, endpoint_id: str) -> None:
    """Delete an endpoint with all that is known of its deliveries."""
    connection.exec_driver_sql("DELETE FROM endpoint WHERE endpoint_id = %s", (endpoint_id,))


def logs(connection: Connection, endpoint_id: str, limit: int) -> list[LogState]:
    """Give how far each log came: failing ones first, then those that lag."""
    rows = connection.exec_driver_sql(_LOGS, {"endpoint_id": endpoint_id, "limit": limit})
    return [LogState(**(dict(row) | {"head": row["head"] or 0})) for row in rows.mappings()]


def counts(connection: Connection, endpoint_ids: list[str]) -> dict[str, Counts]:
    """Give the logs of each endpoint together: one query."""
    found = {each: Counts() for each in endpoint_ids}
    for row in connection.exec_driver_sql(_COUNTS, (endpoint_ids,)).mappings():
        values = {name: row[name] for name in row if name != "endpoint_id"}
        found[row["endpoint_id"]] = Counts(**values)
    return found


def rewind(connection: Connection, endpoint_id: str, region: str, source: str, position: int) -> bool:
    """Go on behind a position of a log, whatever is under way; give whether the endpoint has that log."""
    values = {"endpoint_id": endpoint_id, "region": region, "source": source, "position": position}
    return connection.exec_driver_sql(_REWIND, values).rowcount == 1


def has_log(connection: Connection, endpoint_id: str, region: str, source: str) -> bool:
    """Whether the endpoint gets this log."""
    asked = (endpoint_id, region, source, LIVE)
    found = connection.exec_driver_sql(
        "SELECT FROM endpoint_log WHERE (endpoint_id, region, source, line) = (%s, %s, %s, %s)", asked
    )
    return found.first() is not None


def resend(
    connection: Connection, endpoint_id: str, region: str, source: str, first: int, last: int, key: IdempotencyKey
) -> None:
    """Send the events from one position to another once more, beside what is new; once for each request."""
    line = uuid5(NAMESPACE_URL, key.key + key.request_hash.hex()).hex
    values = {"endpoint_id": endpoint_id, "region": region, "source": source, "line": line}
    connection.exec_driver_sql(_RESEND, values | {"first": first, "last": last})


def endpoint_of(row: RowMapping) -> Endpoint:
    """Give the endpoint of a row."""
    values: dict[str, Any] = {**row}
    for name in ("regions", "types", "readable_types"):
        values[name] = None if values[name] is None else tuple(values[name])
    return Endpoint(**values)
