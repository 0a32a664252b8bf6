"""How often somebody who is nobody may do something: counted by address, of which nothing is kept.

    limits = Limits(engine, secret)
    with limits.within(client_address(request), now(), [Limit("letters", most=5, seconds=3600, said=N_("…"))]):
        …  # what fails does not count

What is counted stands in a table as a keyed hash of the address and of what was done, under a key of the day: neither
two days nor two things that came from one address can be joined, and after a day the row goes (`forget`).
"""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from shared.domain import Rejection

if TYPE_CHECKING:
    # Whoever only forgets, or makes the table, needs no web framework.
    from starlette.requests import Request

_WIB = ZoneInfo("Asia/Jakarta")

# Unlogged: what is to be forgotten after a day is not in the database's journal either, and a crash may take it.
_TABLE = """
CREATE UNLOGGED TABLE recent_use (
    use_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token bytea NOT NULL,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_INDEXES = (
    "CREATE INDEX recent_use_token ON recent_use (token, used_at)",
    "CREATE INDEX recent_use_old ON recent_use (used_at)",
)

_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_TAKE = """
INSERT INTO recent_use (token) SELECT %(token)s WHERE %(most)s > (
    SELECT count(*) FROM recent_use
    WHERE token = %(token)s AND used_at > clock_timestamp() - make_interval(secs => %(seconds)s))
RETURNING use_id
"""
_FREE_AGAIN = """
SELECT extract(epoch FROM used_at + make_interval(secs => %(seconds)s) - clock_timestamp()) FROM recent_use
WHERE token = %(token)s ORDER BY used_at DESC OFFSET %(most)s - 1 LIMIT 1
"""
_GIVE_BACK = "DELETE FROM recent_use WHERE use_id = ANY(%s)"
_FORGET = "DELETE FROM recent_use WHERE used_at < clock_timestamp() - interval '1 day'"


class TooOften(Rejection):
    """This was done too often from here. Try again later."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most so many times within so many seconds, and in any case anew on the next day in western Indonesian time.

    `of` names what is counted; `said` is the sentence for whoever comes too often, marked with `N_`.
    """

    of: str
    most: int
    seconds: int
    said: str = ""


class Limits:
    """What counts, in the table `recent_use` of a service's database."""

    def __init__(self, engine: Engine, secret: str) -> None:
        """Take the database and the service's secret, from which the keys of the days come."""
        self._engine = engine
        self._secret = secret.encode()

    @contextmanager
    def within(self, address: str, at: datetime, limits: Sequence[Limit]) -> Iterator[None]:
        """Count what the block does at this moment; whatever it raises gives the count back.

        Raises TooOften, which says after how many seconds the same may be done.
        """
        with self._engine.begin() as connection:
            # One after another for an address, or two at once would both find room for one.
            connection.exec_driver_sql(_LOCK, (int.from_bytes(self.token(address, at, "")[:8], signed=True),))
            taken = [self._take(connection, self.token(address, at, each.of), each, at) for each in limits]
        try:
            yield
        except BaseException:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(_GIVE_BACK, (taken,))
            raise

    def token(self, address: str, at: datetime, of: str) -> bytes:
        """Give the keyed hash of an address and of what is counted, on the day of this moment."""
        day = hmac.digest(self._secret, f"labinov.limits {at.astimezone(_WIB).date()}".encode(), "sha256")
        return hmac.digest(day, f"{address}\n{of}".encode(), "sha256")

    @staticmethod
    def _take(connection: Connection, token: bytes, limit: Limit, at: datetime) -> int:
        values = {"token": token, "most": limit.most, "seconds": limit.seconds}
        use_id: int | None = connection.exec_driver_sql(_TAKE, values).scalar()
        if use_id is not None:
            return use_id
        local = at.astimezone(_WIB)
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), _WIB) - local
        refused = TooOften(limit.said)
        # None where whoever had the last place gave it back in between.
        free = connection.exec_driver_sql(_FREE_AGAIN, values).scalar() or 0
        seconds = min(float(free), midnight.total_seconds())
        refused.retry_after = max(1, ceil(seconds))
        raise refused


def forget(engine: Engine) -> None:
    """Delete what is older than a day: a chore of the sweep."""
    with engine.begin() as connection:
        connection.exec_driver_sql(_FORGET)


def client_address(request: "Request") -> str:
    """Give the address that a request came from, of IPv6 the network of one household (/64).

    The gateway writes it into X-Forwarded-For anew, whatever the client sent there; a service is reached through the
    gateway alone.
    """
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        address = ip_address(forwarded or (request.client.host if request.client else ""))
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address.ipv4_mapped if isinstance(address, IPv6Address) else address)


def limits_ddl(app_role: str) -> Iterator[str]:
    """Give the statements that make the table."""
    yield _TABLE
    yield from _INDEXES
    yield f'GRANT SELECT, INSERT, DELETE ON recent_use TO "{app_role}"'
