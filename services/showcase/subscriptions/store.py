"""The way to the rows of deliveries: who takes which log of an endpoint, and moves on in it, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from services.showcase.subscriptions import attempts, endpoints, notices
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.delivering import BATCH, Copied, Turn
from services.showcase.subscriptions.endpoints import Endpoint
from services.showcase.subscriptions.progress import Disabled, Progress

IN_FLIGHT = 2
SLOW_IN_FLIGHT = 12
DUE = 500

# Whoever counts the slow ones holds this alone, for the two statements that it takes.
_SLOW_LOCK = 0x6C61_6D62_6174

_FOR_TURN = "SELECT * FROM endpoint WHERE endpoint_id = %s AND state = 'active' FOR NO KEY UPDATE"
_IN_FLIGHT = "SELECT count(*) FROM endpoint_log WHERE endpoint_id = %s AND leased_until > %s"
_SLOW_IN_FLIGHT = """
SELECT count(*) FROM endpoint_log l JOIN endpoint e USING (endpoint_id) WHERE e.slow AND l.leased_until > %s
"""

_IS_DUE = """
    (l.next_try IS NULL OR l.next_try <= %(now)s) AND (l.leased_until IS NULL OR l.leased_until <= %(now)s)
    AND (l.position < least(c.position, l.until) OR c.epoch > l.epoch OR l.position >= l.until)
"""

_NEXT = f"""
SELECT l.region, l.source, l.line, l.epoch, l.position, l.until, l.tries, l.failing_since, l.next_try,
       c.epoch AS newest_epoch
FROM endpoint_log l
JOIN checkpoint c ON c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
WHERE l.endpoint_id = %(endpoint_id)s AND {_IS_DUE}
  AND NOT EXISTS (
    SELECT FROM endpoint_log o
    WHERE (o.endpoint_id, o.region, o.source) = (l.endpoint_id, l.region, l.source) AND o.leased_until > %(now)s)
ORDER BY l.taken_at NULLS FIRST LIMIT 1
"""

_DUE = f"""
SELECT DISTINCT l.endpoint_id
FROM endpoint_log l
JOIN endpoint e ON e.endpoint_id = l.endpoint_id AND e.state = 'active'
JOIN checkpoint c ON c.consumer = 'copy' AND c.region = l.region AND c.source = l.source
WHERE {_IS_DUE} LIMIT {DUE}
"""

_LINE = """WHERE endpoint_id = %(endpoint_id)s AND region = %(region)s AND source = %(source)s AND line = %(line)s"""

_TAKE = f"UPDATE endpoint_log SET lease = %(lease)s, leased_until = %(leased_until)s, taken_at = %(now)s {_LINE}"

# Only who holds the lease moves on, and only from where it began: a rewind in between wins.
_NOTE = f"""
UPDATE endpoint_log SET position = %(position)s, tries = %(tries)s, failing_since = %(failing_since)s,
    next_try = %(next_try)s, leased_until = %(leased_until)s
{_LINE} AND lease = %(lease)s AND position = %(stood)s
"""

_RELEASE = f"UPDATE endpoint_log SET lease = NULL, leased_until = NULL {_LINE} AND lease = %(lease)s"
_DONE = f"DELETE FROM endpoint_log {_LINE} AND position >= until"

_NEW_EPOCH = """
SELECT min(position) - 1 AS position, max(epoch) AS epoch FROM copied_event
WHERE region = %(region)s AND source = %(source)s AND epoch > %(epoch)s
"""
_ENTER = f"UPDATE endpoint_log SET epoch = %(epoch)s, position = %(position)s, tries = 0, next_try = NULL {_LINE}"

_EVENTS = """
SELECT position, type, event_id::text, wire FROM copied_event
WHERE region = %(region)s AND source = %(source)s AND position > %(position)s
  AND (%(until)s::bigint IS NULL OR position <= %(until)s)
ORDER BY position LIMIT %(limit)s
"""

_SLOW = "UPDATE endpoint SET slow = %(slow)s WHERE endpoint_id = %(endpoint_id)s AND slow <> %(slow)s"


class Store:
    """The deliveries of a database. Safe to use from several threads and processes at once."""

    def __init__(self, engine: Engine, desk: str) -> None:
        """Take the database, and the address of the desk's pages of webhooks, which letters lead to."""
        self._engine = engine
        self._desk = desk

    def due(self, now: datetime) -> list[str]:
        """Give the endpoints with something to be sent now, some hundreds at most."""
        with self._engine.connect() as connection:
            return [row[0] for row in connection.exec_driver_sql(_DUE, {"now": now})]

    def take(self, endpoint_id: str, now: datetime) -> Turn | None:
        """Take the lease of the log that waited longest; None where nothing is due, or enough is in flight."""
        with self._engine.begin() as connection:
            row = connection.exec_driver_sql(_FOR_TURN, (endpoint_id,)).mappings().first()
            if row is None:
                return None
            endpoint = endpoints.endpoint_of(row)
            if connection.exec_driver_sql(_IN_FLIGHT, (endpoint_id, now)).scalar_one() >= IN_FLIGHT:
                return None
            if endpoint.slow:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_SLOW_LOCK,))
                if connection.exec_driver_sql(_SLOW_IN_FLIGHT, (now,)).scalar_one() >= SLOW_IN_FLIGHT:
                    return None
            line = connection.exec_driver_sql(_NEXT, {"endpoint_id": endpoint_id, "now": now}).mappings().first()
            turn = None if line is None else _turn(connection, endpoint, line, now)
            if turn is not None:
                lease = {"lease": turn.progress.lease, "leased_until": turn.progress.leased_until, "now": now}
                connection.exec_driver_sql(_TAKE, turn.key() | lease)
            return turn

    def events(self, turn: Turn) -> Sequence[Copied]:
        """Give the next events of a turn's log, in their order."""
        asked = turn.key() | {"position": turn.progress.position, "until": turn.until, "limit": BATCH}
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(_EVENTS, asked).all()
        return [Copied(position=row[0], type=row[1], event_id=row[2], wire=bytes(row[3])) for row in rows]

    def moved(self, turn: Turn, after: Progress) -> bool:
        """Move on without an attempt; give whether the turn still holds the log."""
        with self._engine.begin() as connection:
            return _note(connection, turn, after)

    def attempted(
        self, turn: Turn, after: Progress, attempt: Attempt, *, slow: bool, disabled: Disabled | None, now: datetime
    ) -> bool:
        """Write down what became of an attempt, all at once; give whether the turn still held the log."""
        ident = turn.endpoint.endpoint_id
        with self._engine.begin() as connection:
            if disabled is not None:
                # The endpoint before its logs, as whoever takes a turn does.
                connection.exec_driver_sql(_FOR_TURN, (ident,))
            if slow != turn.endpoint.slow:
                connection.exec_driver_sql(_SLOW, {"slow": slow, "endpoint_id": ident})
            won = _note(connection, turn, after)
            if won and disabled is not None:
                endpoints.set_state(connection, ident, "disabled", now, disabled)
                notices.tell(connection, turn.endpoint, disabled, now, self._desk)
            attempts.note(connection, attempt)
        return won

    def release(self, turn: Turn) -> None:
        """Give the lease back, if the turn still has it; a range that was sent once more is done with."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_RELEASE, turn.key() | {"lease": turn.progress.lease})
            if turn.until is not None:
                connection.exec_driver_sql(_DONE, turn.key())


def _turn(connection: Connection, endpoint: Endpoint, line: RowMapping, now: datetime) -> Turn | None:
    progress = Progress(
        position=line["position"],
        tries=line["tries"],
        failing_since=line["failing_since"],
        next_try=line["next_try"],
    )
    turn = Turn(
        endpoint=endpoint,
        region=line["region"],
        source=line["source"],
        line=line["line"],
        until=line["until"],
        progress=progress.taken(str(uuid4()), now),
    )
    if line["newest_epoch"] == line["epoch"]:
        return turn
    # The log was put back and written on: what it says now from there on is news, whatever stood there before.
    entered = connection.exec_driver_sql(_NEW_EPOCH, turn.key() | {"epoch": line["epoch"]}).mappings().one()
    if entered["position"] is None:
        return None
    position = min(progress.position, entered["position"])
    connection.exec_driver_sql(_ENTER, turn.key() | {"epoch": entered["epoch"], "position": position})
    return replace(turn, progress=turn.progress.passed(position))


def _note(connection: Connection, turn: Turn, after: Progress) -> bool:
    names = ("position", "tries", "failing_since", "next_try", "leased_until", "lease")
    values = {name: getattr(after, name) for name in names} | {"stood": turn.progress.position}
    return connection.exec_driver_sql(_NOTE, turn.key() | values).rowcount == 1


def copied_at(connection: Connection, region: str, source: str, position: int) -> Copied | None:
    """Give the event at a position of a log, None where the copy has none."""
    asked = {"region": region, "source": source, "position": position - 1, "until": position, "limit": 1}
    row = connection.exec_driver_sql(_EVENTS, asked).first()
    return None if row is None else Copied(position=row[0], type=row[1], event_id=row[2], wire=bytes(row[3]))
