"""What every benchmark uses: results as ratios, percentiles, and a load of several clients over kept connections."""

import http.client
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One line of the report: what was measured, its floor in the same run, their ratio, and the goal for it."""

    what: str
    measured: str
    floor: str
    ratio: float
    goal: str


def ratio(what: str, value: float, unit: str, floor: float, floor_name: str, goal: str) -> Result:
    """Give the result for a rate or time against its floor, in the same unit."""
    return Result(what, f"{value:,.4g} {unit}", f"{floor:,.4g} {unit} ({floor_name})", value / floor, goal)


def table(results: Sequence[Result]) -> None:
    """Print the results."""
    found = Table("what", "measured", "floor", "ratio", "goal", box=None, pad_edge=False)
    for each in results:
        found.add_row(each.what, each.measured, each.floor, f"{each.ratio:.2f}", each.goal)
    Console(highlight=False, width=200 if not sys.stdout.isatty() else None).print(found)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def rate(work: Callable[[int], object], count: int, threads: int = 1) -> float:
    """Give how often a second `work(number)` is done by this many threads, for numbers from 0 to `count`."""
    started = time.perf_counter()
    if threads == 1:
        for number in range(count):
            work(number)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(work, range(count), chunksize=max(1, count // threads // 20)):
                pass
    return count / (time.perf_counter() - started)


@dataclass(frozen=True)
class Call:
    """One request of a load."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None


@dataclass(frozen=True)
class Load:
    """What a load came to: requests a second, and the seconds of each request."""

    per_second: float
    seconds: list[float]

    @property
    def p50(self) -> float:
        """The median, in seconds."""
        return percentile(self.seconds, 0.5)

    @property
    def p99(self) -> float:
        """What 99 of 100 do not exceed, in seconds."""
        return percentile(self.seconds, 0.99)


def together(loads: Sequence[Load]) -> Load:
    """Give several loads, one after the other, as one."""
    seconds = [each for one in loads for each in one.seconds]
    return Load(len(seconds) / sum(len(each.seconds) / each.per_second for each in loads), seconds)


def load(base_url: str, clients: Sequence[Sequence[Call]]) -> Load:
    """Send each client's calls one after the other, the clients beside one another, each in a process of its own.

    Raises RuntimeError for an answer that is not 2xx or 304.
    """
    context = multiprocessing.get_context("fork")
    with context.Pool(len(clients)) as pool:
        started = time.perf_counter()
        parts = pool.starmap(_client, [(base_url, calls) for calls in clients])
        elapsed = time.perf_counter() - started
    seconds = [each for part in parts for each in part]
    return Load(len(seconds) / elapsed, seconds)


def _client(base_url: str, calls: Sequence[Call]) -> list[float]:
    where = urlsplit(base_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    return list(_send(connection, where.path, calls))


def _send(connection: http.client.HTTPConnection, prefix: str, calls: Sequence[Call]) -> Iterator[float]:
    for call in calls:
        started = time.perf_counter()
        connection.request(call.method, prefix + call.path, call.body, call.headers)
        answer = connection.getresponse()
        body = answer.read()
        if not (200 <= answer.status < 300 or answer.status == 304):
            raise RuntimeError(f"{call.method} {call.path}: {answer.status} {body[:300]!r}")
        yield time.perf_counter() - started


def json_call(method: str, path: str, token: str, key: str, body: object) -> Call:
    """Give a command as a call."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    return Call(method, path, headers, json.dumps(body).encode())
