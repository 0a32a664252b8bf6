"""Rebuilding the read model: fill a new schema beside the old one from the logs, then switch to it.

Pages read the old schema until the switch and the new one after it; none fails, since the old one is dropped only
when nobody can still be reading it. The live consumer goes on all the while, into the old schema and then the new.

    RebuildFailed    the new schema was given up; the old one is in use as before
"""

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine

from services.showcase.feeds.copied import forget_halted
from services.showcase.filling import fill_from_copy
from services.showcase.following import SWITCH_LOCK, active_schema
from services.showcase.projections import showcase
from shared.consumer import Consumer
from shared.sources import Source

# One more than the cores that they share with the database: each waits for it in turn.
WORKERS = 3
# Rounds in which nothing moves before it is given up, and in which producers may write on before the live consumer is
# left the rest: more than the tries after which a failing event is parked.
PATIENCE = 8
REST = 1000
# Longer than a reader's statement can last after it asked for the active schema.
GRACE_SECONDS = 35.0

_log = structlog.get_logger(__name__)

# In place, so that a consumer that waits for its checkpoint's row finds the new position in it.
_TAKE_OVER = (
    """
    UPDATE checkpoint c SET epoch = n.epoch, position = n.position, leaf_hash = n.leaf_hash, halted = n.halted,
           moved_at = n.moved_at
    FROM checkpoint n
    WHERE c.consumer = %(live)s::text AND n.consumer = %(fresh)s::text AND n.source = c.source AND n.region = c.region
    """,
    """
    DELETE FROM checkpoint c WHERE c.consumer = %(live)s::text AND NOT EXISTS (
        SELECT FROM checkpoint n WHERE n.consumer = %(fresh)s::text AND n.source = c.source AND n.region = c.region)
    """,
    """
    INSERT INTO checkpoint (consumer, source, region, epoch, position, leaf_hash, moved_at, halted)
    SELECT %(live)s::text, source, region, epoch, position, leaf_hash, moved_at, halted FROM checkpoint n
    WHERE consumer = %(fresh)s::text AND NOT EXISTS (
        SELECT FROM checkpoint c WHERE c.consumer = %(live)s::text AND c.source = n.source AND c.region = n.region)
    """,
    "DELETE FROM checkpoint WHERE consumer = %(fresh)s::text",
    "DELETE FROM parked WHERE consumer = %(live)s::text",
    "UPDATE parked SET consumer = %(live)s::text WHERE consumer = %(fresh)s::text",
    "UPDATE read_model SET active = %(fresh)s::text, switched_at = clock_timestamp() WHERE name = %(live)s::text",
)


Tell = Callable[[str, int, int], None]
"""Is told of the progress: the source, how many of its events are applied, and how many there are."""


class RebuildFailed(Exception):
    """The new schema could not be filled and was given up."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild left behind: the schema that was in use, the one that is, and how many events it holds."""

    old: str
    new: str
    events: int


def rebuild(
    owner: Engine,
    sources: Sequence[Source],
    *,
    app_role: str,
    grace_seconds: float = GRACE_SECONDS,
    tell: Tell | None = None,
) -> Rebuilt:
    """Fill a new schema from the sources, switch to it, and drop the old one after a while.

    Takes the owner's engine, the producers, the application's role, how long the old schema stays, and whom to tell
    of the progress. Raises RebuildFailed, also when a producer does not answer; nothing is then changed.
    """
    with owner.connect() as connection:
        old = active_schema(connection)
    new = following(old)
    fresh = showcase.into(new)
    with owner.begin() as connection:
        _forget(connection, new)
        fresh.create(connection, app_role=app_role, indexed=False)
    consumers = [Consumer(new, source, fresh, owner) for source in sources]
    try:
        fill_from_copy(consumers, WORKERS)
        fill(consumers, tell)
        with owner.begin() as connection:
            # Indexes over text cost most of the filling when they are kept up to date event by event.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'")
            fresh.index(connection)
            fresh.analyze(connection)
        with owner.begin() as connection:
            # From here no live batch is applied until the switch is done; what came meanwhile is read first.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (SWITCH_LOCK,))
            fill(consumers, tell)
            applied = connection.exec_driver_sql(
                "SELECT coalesce(sum(position), 0) FROM checkpoint WHERE consumer = %s", (new,)
            ).scalar_one()
            for statement in _TAKE_OVER:
                connection.exec_driver_sql(statement, {"live": showcase.name, "fresh": new})
            # Where a log was put back, the copy of it is of the former epoch too.
            forget_halted(connection)
    except Exception as error:
        with owner.begin() as connection:
            _forget(connection, new)
        raise RebuildFailed(f"{new} was given up: {error}") from error
    _log.info("read model switched", old=old, new=new, events=int(applied))
    time.sleep(grace_seconds)
    with owner.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '90s'")
        showcase.into(old).drop(connection)
    return Rebuilt(old=old, new=new, events=int(applied))


def following(schema: str) -> str:
    """Give the name of the schema after this one: `showcase_v2` after `showcase_v1`."""
    stem, number = re.fullmatch(r"(.+_v)(\d+)", schema).groups()  # type: ignore[union-attr]  # all are named so
    return f"{stem}{int(number) + 1}"


def fill(consumers: Sequence[Consumer], tell: Tell | None = None) -> None:
    """Apply everything that the consumers' sources have, regions beside one another.

    While producers write on, a small rest may remain. Raises RebuildFailed where a region does not move, or one of
    `shared.consumer.OPERATIONAL`.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        for consumer in consumers:
            applied, rounds, still = -1, 0, 0
            while True:
                checkpoints = consumer.checkpoints()
                heads = consumer.source.heads()
                before, applied = applied, sum(each.position for each in checkpoints.values())
                total = sum(each.position for each in heads)
                if tell is not None:
                    tell(consumer.source.name, applied, total)
                behind = consumer.behind(checkpoints, heads)
                rounds, still = rounds + 1, still + 1 if applied == before else 0
                if not behind or (rounds > PATIENCE and total - applied <= REST and not still):
                    break
                if still > PATIENCE:
                    raise RebuildFailed(f"{consumer.source.name} does not move on in {', '.join(behind[:5])}")
                list(pool.map(consumer.catch_up, behind))


def _forget(connection: Connection, schema: str) -> None:
    """Remove what an earlier attempt left of a schema that is not in use."""
    showcase.into(schema).drop(connection)
    for table in ("checkpoint", "parked"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE consumer = %s", (schema,))
