"""From the commit to the showcase, against one no-op Celery task there and back on the same broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import redis

from benchmarks.harness import Result, percentile, ratio
from benchmarks.histories import DAY
from benchmarks.world import Country, World
from deploy.embedded.state import ROOT
from deploy.embedded.valkey import Valkey

COUNT = 200


def run(world: World, country: Country) -> Iterator[Result]:
    """Measure one transition after the other on the idle installation."""
    floor = _noop(world)
    seen = _visible(world, country)
    for share, name, goal in ((0.5, "p50", "≤ 3"), (0.99, "p99", "≤ 5")):
        yield ratio(
            f"commit → visible on the showcase, {name}",
            percentile(seen, share) * 1000,
            "ms",
            percentile(floor, share) * 1000,
            f"one no-op Celery task there and back, {name}",
            goal,
        )


def _noop(world: World) -> list[float]:
    os.environ["LABINOV_BENCH_BROKER"] = url = Valkey(world.state.folder).url(5)
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "benchmarks.noop", "worker", "--concurrency=1"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"),
        ],
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        from benchmarks.noop import QUEUE, app

        store = redis.Redis.from_url(url, socket_timeout=90)
        seconds = []
        for number in range(COUNT + 20):
            ident = uuid4().hex
            started = time.perf_counter()
            app.send_task("noop", [ident], queue=QUEUE)
            if store.blpop([f"done:{ident}"], timeout=60) is None:
                raise TimeoutError("the no-op task was not done")
            if number >= 20:
                seconds.append(time.perf_counter() - started)
        return seconds
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _visible(world: World, country: Country) -> list[float]:
    region = country.grow_region("34.04", 1)
    path = f"{world.public_url}/submission/innovations/{region.innovations[-1]}"
    engine = world.engine("showcase")
    seconds = []
    with (
        httpx.Client(headers={"Authorization": f"Bearer {world.token()}"}, trust_env=False, timeout=30) as client,
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        for turn in range(COUNT + 20):
            if turn % 2:
                answer = client.post(f"{path}/stage", json={"on": DAY.isoformat()}, headers=_key())
            else:
                body = {"to_stage": "diagnose", "required_changes": "Lengkapi bukti.", "on": DAY.isoformat()}
                answer = client.post(f"{path}/return", json=body, headers=_key())
            committed = time.perf_counter()
            position = answer.raise_for_status().json()["position"]
            while not connection.exec_driver_sql(
                "SELECT 1 FROM checkpoint WHERE consumer = 'showcase' AND source = 'submission' AND region = %s"
                " AND position >= %s",
                (region.code, position),
            ).first():
                if time.perf_counter() - committed > 30:
                    raise TimeoutError("the transition did not become visible")
                time.sleep(0.0005)
            if turn >= 20:
                seconds.append(time.perf_counter() - committed)
    engine.dispose()
    return seconds


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}
