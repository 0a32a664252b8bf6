"""The pages of two nations at 4 clients, one of 1,000 innovations, one of 18,000: the same pages, so only size differs.

python -m benchmarks.national --small 1000 --large 18000 --requests 60
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from unittest.mock import patch
from urllib.parse import urlencode

import typer
from sqlalchemy import event

from benchmarks.harness import Call, Load, Result, load, ratio, table, together
from benchmarks.histories import WORDS
from benchmarks.world import Country, World, world
from deploy.embedded import environment
from shared.service import settle
from shared.settings import Settings

CLIENTS = 4
REQUESTS = 160
TURNS = 8
_HTML = {"Accept": "text/html"}
_APPLIED = """
SELECT coalesce(min(each.applied), 0)
FROM (SELECT sum(position) AS applied FROM checkpoint WHERE source = 'submission' GROUP BY consumer) each
"""
_WAIT_SECONDS = 1800
_GOALS = {"gallery": "≥ 170 pages/s (100 × pretalx)", "innovation": "≥ 1,000 pages/s (20 × pretalx)"}


@dataclass(frozen=True)
class Nation:
    """An installation, what was put into it, and how many innovations that are."""

    world: World
    country: Country
    size: int


def run(small: Nation, large: Nation, requests: int = REQUESTS) -> Iterator[Result]:
    """Measure two nations beside each other, each page of the one and of the other in turn.

    So both see the same machine, whose speed wanders: measured one after the other, a page can seem to take twice as
    long with 18,000 innovations, or half.
    """
    nations = (small, large)
    wanted = [_wanted(each.country) for each in nations]
    for each in nations:
        _wait(each.world)
    loads: dict[str, tuple[Load, ...]] = {}
    with small.world.server("showcase") as few, large.world.server("showcase") as many:
        for name in wanted[0]:
            loads[name] = _in_turn([(few, wanted[0][name]), (many, wanted[1][name])], requests)
    statements = [_statements(each.world, paths) for each, paths in zip(nations, wanted, strict=True)]
    floor = loads.pop("nothing")[1]
    for name, (earlier, found) in loads.items():
        if name in _GOALS:
            what = f"{name} page, {large.size:,} innovations, 2 processes, {CLIENTS} clients"
            nothing = "/livez, an answer without work"
            yield ratio(what, found.per_second, "pages/s", floor.per_second, nothing, _GOALS[name])
            yield ratio(f"{name} page: p99 against its own p50", found.p99 * 1000, "ms", found.p50 * 1000, "p50", "≤ 3")
        against = f"at {large.size:,} against {small.size:,} innovations"
        yield ratio(
            f"{name} page: p50 {against}, {CLIENTS} clients",
            found.p50 * 1000,
            "ms",
            earlier.p50 * 1000,
            f"at {small.size:,}",
            "≤ 1.2",
        )
        few_statements, many_statements = (each[name] for each in statements)
        yield ratio(
            f"{name} page: statements {against}",
            many_statements,
            "statements",
            few_statements,
            f"at {small.size:,}",
            "= 1",
        )


def _wanted(country: Country) -> dict[str, list[str]]:
    """Give the addresses of each page. All different, so that no answer was kept from an earlier one."""
    full, code = country.full, country.full[0].code
    # Words that differ each time, so that no search was made before: of one, two and misspelt ones.
    words = (*WORDS, *(f"{a} {b}" for a in WORDS for b in WORDS), *(f"{a} {b[1:]}" for a in WORDS for b in WORDS))
    searches = [{"q": each} for each in Random(1).sample(words, len(words))]
    # Each fills its page with as many cards at 1,000 innovations as at 18,000.
    facets = (
        {"region": code[:2], "stage": "display", "unit_kind": "opd"},
        {"sector": "tourism", "unit_kind": "opd", "year": "2026"},
        {"sector": "village", "stage": "deliver", "unit_kind": "opd"},
    )
    views: Sequence[Mapping[str, str]] = ({}, {"sort": "momentum"}, {"edition": "2026"}, {"province": code[:2]})
    return {
        "nothing": ["/livez"],
        "home": _numbered("/", [{}]),
        "gallery": _numbered("/innovations", searches),
        "gallery with three facets": _numbered("/innovations", facets),
        "innovation": [f"/innovations/{ident}?n={n}" for n in range(8) for each in full for ident in each.innovations],
        "region": [f"/regions/{full[n % len(full)].code}?n={n}" for n in range(2000)],
        "board": _numbered("/board", views),
    }


def _numbered(path: str, queries: Sequence[Mapping[str, str]], count: int = 2000) -> list[str]:
    return [f"{path}?{urlencode({**queries[n % len(queries)], 'n': n})}" for n in range(count)]


def _in_turn(servers: Sequence[tuple[str, Sequence[str]]], requests: int) -> tuple[Load, ...]:
    """Give the load of each server with its addresses, of which each is asked once while there are enough."""
    loads: tuple[list[Load], ...] = tuple([] for _ in servers)
    share = -(-requests // TURNS)
    # The first turn of each is not counted: what all pages share is found in it.
    for turn in range(-1, TURNS):
        for (base, paths), found in zip(servers, loads, strict=True):
            begun = (turn + 1) * share * CLIENTS
            calls = [Call("GET", paths[(begun + n) % len(paths)], _HTML) for n in range(share * CLIENTS)]
            once = load(base, [calls[client::CLIENTS] for client in range(CLIENTS)])
            if turn >= 0:
                found.append(once)
    return tuple(together(each) for each in loads)


def _statements(world: World, wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count the statements that each page takes, in a process that has nothing in memory but what pages share."""
    # Only here is the web application within this process.
    from fastapi.testclient import TestClient

    from services.showcase.main import service

    with patch.dict(os.environ, environment.service(world.state, "showcase")):
        made = service(Settings())
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(made.kernel.engine, "before_cursor_execute", note)
    found = {}
    with TestClient(made.api()) as client:
        for name, paths in wanted.items():
            client.get("/livez")
            sent.clear()
            client.get(paths[-1], headers=_HTML).raise_for_status()
            found[name] = len(sent)
    made.kernel.close()
    return found


def _wait(world: World) -> None:
    """Wait until the services have applied everything, and have the tables cleared and measured as autovacuum would."""
    recorded = _sum(world, "submission", "SELECT coalesce(sum(position), 0) FROM log_head")
    deadline = time.monotonic() + _WAIT_SECONDS
    for service in ("showcase", "review"):
        while _sum(world, service, _APPLIED) < recorded:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{service} did not catch up")
            time.sleep(0.5)
        engine = world.engine(service, owner=True)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        engine.dispose()


def _sum(world: World, service: str, query: str) -> int:
    engine = world.engine(service, owner=True)
    with engine.connect() as connection:
        total = int(connection.exec_driver_sql(query).scalar_one())
    engine.dispose()
    return total


def main(
    small: Annotated[int, typer.Option(help="Innovations at first.", min=1)] = 1_000,
    large: Annotated[int, typer.Option(help="Innovations in the end.")] = 18_000,
    requests: Annotated[int, typer.Option(help="Requests of each client for each page.", min=5)] = REQUESTS,
) -> None:
    """Measure the pages alone, on two installations of their own."""
    settle()
    with nation(small) as few, nation(large) as many:
        table(list(run(few, many, requests)))


@contextmanager
def nation(size: int) -> Iterator[Nation]:
    """Start an installation of its own with this many innovations; it is gone afterwards."""
    with TemporaryDirectory(prefix="labinov-bench-") as folder, world(Path(folder)) as found:
        engine = found.engine("submission")
        country = Country(engine)
        country.grow(size)
        yield Nation(found, country, size)
        engine.dispose()


if __name__ == "__main__":
    typer.run(main)
