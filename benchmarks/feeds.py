"""Feeds against the bare keyset query, and a stream of events to 514 readers against a server that only writes."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.harness import Result, ratio
from benchmarks.world import Country, World
from deploy.embedded import environment
from services.showcase.feeds.copied import NAME, Copy
from shared.consumer import Consumer
from shared.service_tokens import ServiceTokens
from shared.sources import PAGE, HttpSource
from shared.tokens import Issuer

REGION = "33.27"
INNOVATIONS = 1_500
SUBSCRIBERS = 514
ROUNDS = 5
PER_ROUND = 2

_KEYSET = """
SELECT leaf, payload FROM event WHERE region = %s AND position > %s ORDER BY position LIMIT 500
"""


def run(world: World, country: Country) -> Iterator[Result]:
    """Measure on one region with some thousand events, which this adds."""
    country.grow_region(REGION, INNOVATIONS)
    told = environment.service(world.state, "showcase", owner=True)
    tokens = ServiceTokens(Issuer(told["LABINOV_ISSUER"]), told["LABINOV_CLIENT_ID"], told["LABINOV_CLIENT_SECRET"])
    floor = _keyset(world)
    headers = {"Authorization": f"Bearer {world.token()}"}
    with (
        world.server("submission", workers=1) as submission,
        world.server("showcase", workers=1) as showcase,
        closing(HttpSource("submission", submission, tokens)) as source,
        httpx.Client(headers=headers, timeout=60, trust_env=False) as web,
    ):
        engine = world.engine("showcase")
        copy = Consumer(NAME, source, Copy(), engine)
        copy.catch_up(REGION)
        for name, found in (
            ("feed of one log, pages of 500", _pages(web, f"{submission}/events/{REGION}")),
            ("one log as NDJSON", _lines(web, f"{submission}/events/{REGION}.ndjson")),
            ("merged feed of a region, pages of 500", _pages(web, f"{showcase}/feed/{REGION}")),
        ):
            yield ratio(f"{name}, over HTTP", found, "events/s", floor, "bare keyset query", "≥ 0.3")
        yield from _fan_out(country, copy, showcase, headers["Authorization"])
        engine.dispose()


def _keyset(world: World) -> float:
    engine = world.engine("submission")
    started, total = time.perf_counter(), 0
    with engine.connect() as connection:
        while rows := connection.exec_driver_sql(_KEYSET, (REGION, total)).all():
            total += len(rows)
    engine.dispose()
    return total / (time.perf_counter() - started)


def _pages(web: httpx.Client, url: str) -> float:
    started, total = time.perf_counter(), 0
    where, found = httpx.URL(url), PAGE
    while found == PAGE:
        answer = web.get(where).raise_for_status()
        found = answer.content.count(b'"specversion"')
        total += found
        if "next" in answer.links:
            where = where.join(answer.links["next"]["url"])
    return total / (time.perf_counter() - started)


def _lines(web: httpx.Client, url: str) -> float:
    started, total = time.perf_counter(), 0
    with web.stream("GET", url) as answer:
        for chunk in answer.iter_bytes():
            total += chunk.count(b"\n")
    return total / (time.perf_counter() - started)


def _fan_out(country: Country, copy: Consumer, showcase: str, authorization: str) -> Iterator[Result]:
    """Have every subscriber of everything get what is recorded, a few events at a time."""
    api = next(each.pid for each in psutil.net_connections("tcp") if each.laddr == _at(showcase) and each.pid)
    process = psutil.Process(api)
    before = process.memory_info().rss
    innovations = PER_ROUND
    sizes: list[int] = []

    def record() -> float:
        country.grow_region(REGION, innovations)
        started = time.perf_counter()
        copy.catch_up(REGION)
        return started

    events = ROUNDS * innovations * 6
    request = f"GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n".encode()
    seconds = asyncio.run(_listen(_at(showcase), request, record, innovations * 6, sizes))
    after = process.memory_info().rss
    bare = asyncio.run(_bare(sum(sizes) // (SUBSCRIBERS * events), innovations * 6))
    yield ratio(
        f"stream of all regions to {SUBSCRIBERS} readers",
        SUBSCRIBERS * events / seconds,
        "events/s",
        SUBSCRIBERS * events / bare,
        "a server that only writes as many bytes to as many readers",
        "≥ 0.1",
    )
    yield ratio(
        f"memory of the api with {SUBSCRIBERS} readers, after {events} events to each",
        after / 2**20,
        "MiB",
        before / 2**20,
        "before",
        "≤ 1.5",
    )


async def _listen(
    where: tuple[str, int], request: bytes, record: Callable[[], float], expected: int, sizes: list[int]
) -> float:
    """Give the seconds from the commits until every subscriber had what was recorded, all rounds together."""
    readers = []
    for _ in range(SUBSCRIBERS):
        reader, writer = await asyncio.open_connection(*where, limit=2**20)
        writer.write(request)
        readers.append((reader, writer))
    for reader, _ in readers:
        await reader.readuntil(b"data: {}\n\n")
    seconds = 0.0
    for _ in range(ROUNDS):
        taking = asyncio.gather(*(_take(reader, expected) for reader, _ in readers))
        started = await asyncio.to_thread(record)
        sizes += await taking
        seconds += time.perf_counter() - started
    for _, writer in readers:
        writer.close()
    return seconds


async def _take(reader: asyncio.StreamReader, count: int) -> int:
    """Read so many events; give their size."""
    size = 0
    while count:
        message = await reader.readuntil(b"\n\n")
        size += len(message)
        count -= b'\ndata: {"' in message
    return size


async def _bare(size: int, count: int) -> float:
    """Give the same seconds for a server in a process of its own that knows nothing."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, size, count), daemon=True)
    process.start()
    port = await asyncio.to_thread(ours.recv)

    def go() -> float:
        started = time.perf_counter()
        ours.send(None)
        return started

    try:
        return await _listen(("127.0.0.1", port), b"\n", go, count, [])
    finally:
        process.terminate()
        process.join()


def _serve(pipe: "multiprocessing.connection.Connection[int, None]", size: int, count: int) -> None:
    frame = b'id: 1\ndata: {"' + b"x" * max(size - 16, 0) + b"\n\n"

    async def main() -> None:
        writers: list[asyncio.StreamWriter] = []

        async def joined(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"data: {}\n\n")
            writers.append(writer)

        server = await asyncio.start_server(joined, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            await asyncio.to_thread(pipe.recv)
            for _ in range(count):
                for writer in writers:
                    writer.write(frame)
            await asyncio.gather(*(_drained(writer) for writer in writers))

    asyncio.run(main())


async def _drained(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await writer.drain()


def _at(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "", parts.port or 80)
