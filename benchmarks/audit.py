"""Taking a log away and verifying it: an export over HTTP, its verifier, and an import, each against its floor.

LABINOV_BENCH_AUDIT says of how many events; 100,000 without it.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
from sqlalchemy.engine import make_url

from benchmarks.harness import Result, ratio
from benchmarks.world import Country, World
from deploy.audit import exporting, importing, verify
from deploy.embedded import environment
from shared.service_tokens import ServiceTokens
from shared.tokens import Issuer

EVENTS = int(os.environ.get("LABINOV_BENCH_AUDIT") or 100_000)
EVENTS_AN_INNOVATION = 6
REGION = "33.27"
_RAW = "COPY (SELECT leaf, payload, salt FROM event WHERE region = %s ORDER BY position) TO STDOUT (FORMAT binary)"
_COPIED = "CREATE TEMPORARY TABLE copied AS SELECT * FROM event WHERE region = %s"


def run(world: World, country: Country) -> Iterator[Result]:
    """Measure on one region's log."""
    country.grow_region(REGION, EVENTS // EVENTS_AN_INNOVATION)
    folder = Path(tempfile.mkdtemp(prefix="labinov-export-"))
    try:
        yield from _measured(world, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(world: World, folder: Path) -> Iterator[Result]:
    raw = folder / "raw"
    url = make_url(environment.service(world.state, "submission", owner=True)["LABINOV_OWNER_DATABASE_URL"])
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    size = _sealed(world)
    with psycopg.connect(conninfo) as connection, raw.open("wb") as file:
        started = time.perf_counter()
        with connection.cursor().copy(_RAW, (REGION,)) as rows:
            for block in rows:
                file.write(block)
        floor = size / (time.perf_counter() - started)
        started = time.perf_counter()
        connection.execute(_COPIED, (REGION,))
        floor_of_import = size / (time.perf_counter() - started)
    auth = ServiceTokens(
        Issuer(f"{world.public_url}/issuer"),
        environment.AUDITOR,
        world.state.secret(f"client.{environment.AUDITOR}"),
    )
    with (
        world.server("submission") as base,
        httpx.Client(base_url=base, auth=auth, timeout=60) as client,
    ):
        source = exporting.OverHttp("submission", client)
        started = time.perf_counter()
        (done,) = exporting.export(source, folder, [(REGION, 1)], lambda *_: None)
        elapsed = time.perf_counter() - started
    yield ratio(
        f"export of {done.events:,} events over HTTP: head, tiles, leaves, payloads",
        done.events / elapsed,
        "events/s",
        floor,
        "COPY of the same rows into a file",
        "–",
    )
    log = folder / "submission" / REGION / "1"
    started = time.perf_counter()
    counted = verify.verify(log, [(log / "key.vkey").read_text().strip()])
    elapsed = time.perf_counter() - started
    yield ratio(
        f"verification of {counted['events']:,} events by the verifier in the export",
        counted["events"] / elapsed,
        "events/s",
        _hashed(log),
        "leaves and payloads read and hashed once",
        "–",
    )
    (found,) = importing.verified(folder, [])
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TEMPORARY TABLE log_head (LIKE public.log_head INCLUDING ALL)")
        connection.execute("CREATE TEMPORARY TABLE event (LIKE public.event INCLUDING ALL)")
        started = time.perf_counter()
        importing.fill(connection, found, lambda *_: None)
        elapsed = time.perf_counter() - started
        connection.rollback()
    yield ratio(
        f"import of {found.events:,} verified events",
        found.events / elapsed,
        "events/s",
        floor_of_import,
        "the same rows copied inside the database, without keys",
        "–",
    )


def _sealed(world: World) -> int:
    """Wait until everything is sealed by the installation's own sealer; give the size."""
    with world.server("submission", workers=1) as base, httpx.Client(base_url=base, timeout=30) as client:
        while True:
            heads = {each["region"]: each["position"] for each in client.get("/events/heads").json()}
            head = client.get(f"/log/{REGION}/1/checkpoint")
            if head.status_code == 200 and int(head.text.split("\n")[1]) == heads[REGION]:
                return int(heads[REGION])
            time.sleep(1)


def _hashed(log: Path) -> float:
    count = 0
    started = time.perf_counter()
    with (log / exporting.PAYLOADS).open("rb") as lines:
        for path in sorted(each for each in (log / "tile/entries").rglob("*") if each.is_file()):
            for _ in _leaves(path.read_bytes()):
                hashlib.sha256(lines.readline()).digest()
                count += 1
    return count / (time.perf_counter() - started)


def _leaves(bundle: bytes) -> Iterator[bytes]:
    """Give the hash of each leaf of a bundle."""
    place = 0
    while place < len(bundle):
        end = place + 2 + int.from_bytes(bundle[place : place + 2], "big")
        yield hashlib.sha256(bundle[place + 2 : end]).digest()
        place = end
