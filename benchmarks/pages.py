"""The gallery and one innovation's page at 4 clients, with 1,000 and with 18,000 innovations."""

import time
from collections.abc import Iterator

from benchmarks.harness import Call, Load, Result, load, ratio
from benchmarks.world import Country, World

CLIENTS = 4
PER_CLIENT = 150
_HTML = {"Accept": "text/html"}


def run(world: World, country: Country, small: int, large: int) -> Iterator[Result]:
    """Measure with the country as it is (`small`), let it grow to `large`, measure again."""
    _settle(world, country)
    before = _measure(world, country)
    country.grow(large - small)
    _settle(world, country)
    after = _measure(world, country)
    floor = after["nothing"]
    for name, goal in (("gallery", "≥ 170 pages/s (100 × pretalx)"), ("innovation", "≥ 1,000 pages/s (20 × pretalx)")):
        found = after[name]
        yield ratio(
            f"{name} page, {large:,} innovations, 2 processes, {CLIENTS} clients",
            found.per_second,
            "pages/s",
            floor.per_second,
            "/livez, an answer without work",
            goal,
        )
        yield ratio(f"{name} page: p99 against its own p50", found.p99 * 1000, "ms", found.p50 * 1000, "p50", "≤ 3")
        yield ratio(
            f"{name} page: p50 at {large:,} against {small:,} innovations",
            found.p50 * 1000,
            "ms",
            before[name].p50 * 1000,
            f"at {small:,}",
            "≤ 1.2",
        )


def _measure(world: World, country: Country) -> dict[str, Load]:
    known = [ident for region in country.regions for ident in region.innovations[:1]]
    queries = [
        "q=kesehatan",
        "sector=health&stage=design",
        "q=layanan+keliling",
        "region=33.27",
        "stage=design",
        "year=2026",
    ]
    wanted = {
        "nothing": ["/livez"],
        "gallery": [f"/innovations?{query}&n={turn}" for turn in range(10) for query in queries],
        "innovation": [f"/innovations/{ident}" for ident in known],
    }
    with world.server("showcase") as base:
        found = {}
        for name, paths in wanted.items():
            # Every client asks for other pages, so that no answer was kept from an earlier one.
            clients = [
                [Call("GET", paths[(client * PER_CLIENT + turn) % len(paths)], _HTML) for turn in range(PER_CLIENT)]
                for client in range(CLIENTS)
            ]
            load(base, [calls[:20] for calls in clients])
            found[name] = load(base, clients)
        return found


def _settle(world: World, country: Country) -> None:
    """Wait until the showcase has applied everything, and have its tables measured as autovacuum would."""
    engine = world.engine("showcase", owner=True)
    deadline = time.monotonic() + 600
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while True:
            applied = connection.exec_driver_sql(
                "SELECT coalesce(sum(position), 0) FROM checkpoint"
                " WHERE consumer = 'showcase' AND source = 'submission'"
            ).scalar_one()
            if int(applied) >= _recorded(world):
                break
            if time.monotonic() > deadline:
                raise TimeoutError("the showcase did not catch up")
            time.sleep(0.5)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _recorded(world: World) -> int:
    engine = world.engine("submission")
    with engine.connect() as connection:
        total = int(connection.exec_driver_sql("SELECT coalesce(sum(position), 0) FROM log_head").scalar_one())
    engine.dispose()
    return total
