"""Rebuilding the real showcase read model while the installation runs, against the least that an effect could be.

The floor reads the very same events and puts them, 500 a commit, into one unlogged table as wide as they are.
"""

import time
from collections.abc import Iterator

from sqlalchemy import Engine

from benchmarks.harness import Result, ratio
from benchmarks.world import World
from deploy.embedded import environment
from services.showcase.rebuild import rebuild
from shared.incoming import parse
from shared.service_tokens import ServiceTokens
from shared.sources import PAGE, HttpSource
from shared.tokens import Issuer

_TABLE = """
CREATE UNLOGGED TABLE bare (region text, position bigint, stream text, type text, recorded_at timestamptz, wire bytea)
"""
_PAGE = """
SELECT wire FROM copied_event WHERE source = 'submission' AND (region, position) > (%s, %s)
ORDER BY region, position LIMIT %s
"""
_INSERT = """
INSERT INTO bare
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bytea[])
"""


def run(world: World) -> Iterator[Result]:
    """Measure a rebuild as `labinov rebuild` does it: from the copy, the rest over HTTP, indexes and switch."""
    told = environment.service(world.state, "showcase", owner=True)
    tokens = ServiceTokens(Issuer(told["LABINOV_ISSUER"]), told["LABINOV_CLIENT_ID"], told["LABINOV_CLIENT_SECRET"])
    owner = world.engine("showcase", owner=True)
    floor = _bare(owner)
    with world.server("submission") as base:
        source = HttpSource("submission", base, tokens)
        started = time.perf_counter()
        done = rebuild(owner, [source], app_role="showcase_app", grace_seconds=0)
        elapsed = time.perf_counter() - started
        source.close()
    owner.dispose()
    yield ratio(
        f"rebuild of the showcase read model from {done.events:,} events, indexes and switch included",
        done.events / elapsed,
        "events/s",
        floor,
        "the same events read and put into one unlogged table, 500 a commit",
        "≥ 20,000 events/s",
    )


def _bare(owner: Engine) -> float:
    total = 0
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(_TABLE)
        started = time.perf_counter()
        region, after = "", 0
        while wires := connection.exec_driver_sql(_PAGE, (region, after, PAGE)).scalars().all():
            events = [parse(wire) for wire in wires]
            region, after = events[-1].region, events[-1].position
            total += len(events)
            connection.exec_driver_sql(
                _INSERT,
                (
                    [each.region for each in events],
                    [each.position for each in events],
                    [each.stream for each in events],
                    [each.type for each in events],
                    [each.recorded_at for each in events],
                    wires,
                ),
            )
        elapsed = time.perf_counter() - started
        connection.exec_driver_sql("DROP TABLE bare")
    return total / elapsed
