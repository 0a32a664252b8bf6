"""The pages of a nation at 4 clients, with 1,000 innovations and with 18,000: the same pages, so only size differs.

python -m benchmarks.national --small 1000 --large 18000 --requests 60
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from unittest.mock import patch
from urllib.parse import urlencode

import typer
from sqlalchemy import event

from benchmarks.harness import Call, Load, Result, load, ratio, table
from benchmarks.world import Country, World, world
from deploy.embedded import environment
from shared.service import settle
from shared.settings import Settings

CLIENTS = 4
REQUESTS = 150
_HTML = {"Accept": "text/html"}
_APPLIED = """
SELECT coalesce(min(each.applied), 0)
FROM (SELECT sum(position) AS applied FROM checkpoint WHERE source = 'submission' GROUP BY consumer) each
"""
_WAIT_SECONDS = 1800
_GOALS = {"gallery": "≥ 170 pages/s (100 × pretalx)", "innovation": "≥ 1,000 pages/s (20 × pretalx)"}


@dataclass(frozen=True)
class Seen:
    """What one size came to: the load of each page, and the statements that one of it takes."""

    loads: Mapping[str, Load]
    statements: Mapping[str, int]


def run(world: World, country: Country, small: int, large: int, requests: int = REQUESTS) -> Iterator[Result]:
    """Measure with the country as it is (`small`), let it grow to `large`, measure again."""
    wanted = _wanted(country)
    _wait(world)
    before = _measure(world, wanted, requests)
    country.grow(large - small)
    _wait(world)
    after = _measure(world, wanted, requests)
    floor = after.loads["nothing"]
    for name in wanted:
        if name == "nothing":
            continue
        found, earlier = after.loads[name], before.loads[name]
        if name in _GOALS:
            what = f"{name} page, {large:,} innovations, 2 processes, {CLIENTS} clients"
            nothing = "/livez, an answer without work"
            yield ratio(what, found.per_second, "pages/s", floor.per_second, nothing, _GOALS[name])
            yield ratio(f"{name} page: p99 against its own p50", found.p99 * 1000, "ms", found.p50 * 1000, "p50", "≤ 3")
        yield ratio(
            f"{name} page: p50 at {large:,} against {small:,} innovations, {CLIENTS} clients",
            found.p50 * 1000,
            "ms",
            earlier.p50 * 1000,
            f"at {small:,}",
            "≤ 1.2",
        )
        yield ratio(
            f"{name} page: statements at {large:,} against {small:,} innovations",
            after.statements[name],
            "statements",
            before.statements[name],
            f"at {small:,}",
            "= 1",
        )


def _wanted(country: Country) -> dict[str, list[str]]:
    """Give the addresses of each page. All different, so that no answer was kept from an earlier one."""
    full, code = country.full, country.full[0].code
    searches = ({"q": "kesehatan"}, {"q": "layanan keliling"}, {"q": "kesehtan"}, {"year": "2026"})
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
        "region": [path for region in full for path in _numbered(f"/regions/{region.code}", [{}], 100)],
        "board": _numbered("/board", views),
    }


def _numbered(path: str, queries: Sequence[Mapping[str, str]], count: int = 2000) -> list[str]:
    return [f"{path}?{urlencode({**queries[n % len(queries)], 'n': n})}" for n in range(count)]


def _measure(world: World, wanted: Mapping[str, Sequence[str]], requests: int) -> Seen:
    loads = {}
    with world.server("showcase") as base:
        for name, paths in wanted.items():
            clients = [
                [Call("GET", paths[(client * requests + turn) % len(paths)], _HTML) for turn in range(requests)]
                for client in range(CLIENTS)
            ]
            # With addresses of their own, or the first that are measured would be answers that were kept.
            warming = [Call("GET", path, _HTML) for path in paths[-CLIENTS * max(5, requests // 8) :]]
            load(base, [warming[client::CLIENTS] for client in range(CLIENTS)])
            loads[name] = load(base, clients)
    return Seen(loads, _statements(world, {name: paths[-1] for name, paths in wanted.items()}))


def _statements(world: World, paths: Mapping[str, str]) -> dict[str, int]:
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
        for name, path in paths.items():
            client.get("/livez")
            sent.clear()
            client.get(path, headers=_HTML).raise_for_status()
            found[name] = len(sent)
    made.kernel.engine.dispose()
    return found


def _wait(world: World) -> None:
    """Wait until the showcase has applied everything, and have its tables measured as autovacuum would."""
    recorded = _sum(world, "submission", "SELECT coalesce(sum(position), 0) FROM log_head")
    deadline = time.monotonic() + _WAIT_SECONDS
    while _sum(world, "showcase", _APPLIED) < recorded:
        if time.monotonic() > deadline:
            raise TimeoutError("the showcase did not catch up")
        time.sleep(0.5)
    engine = world.engine("showcase", owner=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
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
    """Measure the pages alone, on an installation of their own."""
    settle()
    with TemporaryDirectory(prefix="labinov-bench-") as folder, world(Path(folder)) as found:
        engine = found.engine("submission")
        country = Country(engine)
        country.grow(small)
        table(list(run(found, country, small, large, requests)))
        engine.dispose()


if __name__ == "__main__":
    typer.run(main)
