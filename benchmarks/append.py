"""Appending one event a commit, against the bare statement on the same tables (idempotency row included)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.harness import Result, rate, ratio
from benchmarks.world import World
from deploy.embedded import environment
from services.submission.domain.events import GatesChosen
from services.submission.main import CATALOGUE
from shared.envelope import Meta
from shared.event_log import _APPEND, FIRST_EPOCH, EventLog, IdempotencyKey, _append_values

COUNT = 3000
_REGIONS = [f"{province}.{number:02d}" for province in range(70, 74) for number in range(1, 17)]


def run(world: World) -> Iterator[Result]:
    """Measure one and four connections, one region and many."""
    url = make_url(environment.service(world.state, "submission")["LABINOV_DATABASE_URL"])
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    engine = world.engine("submission")
    log = EventLog(engine, CATALOGUE)
    for connections, regions in ((1, _REGIONS[:1]), (4, _REGIONS[:1]), (4, _REGIONS)):
        floors, values = [], []
        for _ in range(3):
            floors.append(_bare(conninfo, connections, regions))
            values.append(rate(lambda n, r=regions: _append(log, r[n % len(r)]), COUNT, connections))  # type: ignore[misc]  # a default of a lambda has no type
        where = "one region" if len(regions) == 1 else f"{len(regions)} regions"
        yield ratio(
            f"append, {connections} connection{'s' if connections > 1 else ''}, {where}",
            sorted(values)[1],
            "events/s",
            sorted(floors)[1],
            "bare statement",
            "≥ 0.7",
        )
    engine.dispose()


_numbers = count()


def _event(region: str) -> GatesChosen:
    # A type that no read model handles: what is measured here must not slow down what is measured later.
    return GatesChosen(programme_id=f"{region}-x", gates=())


def _append(log: EventLog, region: str) -> None:
    number = next(_numbers)
    key = IdempotencyKey(key=f"bench:{number}", request_hash=hashlib.sha256(str(number).encode()).digest())
    meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
    log.append(region, f"programme/{region}-{number}", 0, [_event(region)], meta, epoch=FIRST_EPOCH, key=key)


def _bare(conninfo: str, connections: int, regions: list[str]) -> float:
    """The statement alone, everything that it takes made beforehand, on plain psycopg connections."""
    made: list[dict[str, Any]] = []
    for turn in range(COUNT):
        number = next(_numbers)
        region = regions[turn % len(regions)]
        stream = f"programme/{region}-{number}"
        meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
        prepared = CATALOGUE.prepare(
            _event(region), region=region, epoch=FIRST_EPOCH, stream=stream, stream_version=1, meta=meta
        )
        key = IdempotencyKey(key=f"bench:{number}", request_hash=b"\0" * 32)
        made.append(_append_values(region, stream, FIRST_EPOCH, [prepared], key))
    opened = [psycopg.connect(conninfo, autocommit=True) for _ in range(connections)]
    free = list(opened)

    def send(number: int) -> None:
        connection = free.pop()
        connection.execute(_APPEND, made[number])
        free.append(connection)

    try:
        return rate(send, COUNT, connections)
    finally:
        for connection in opened:
            connection.close()
