"""Runs all benchmarks on an installation of their own, prints the figures and writes docs/benchmarks.md."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import append, audit, feeds, national, rebuilding, reviewing, transition, visible
from benchmarks.harness import Result, table
from benchmarks.world import Country, world
from shared.service import settle

SMALL, LARGE = 1_000, 18_000
REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measure everything, from the quick to the long."""
    settle()
    folder = Path(tempfile.mkdtemp(prefix="labinov-bench-"))
    try:
        with world(folder) as found:
            results = shown(append.run(found))
            engine = found.engine("submission")
            country = Country(engine)
            country.grow(SMALL)
            floor = next(float(each.floor.split()[0].replace(",", "")) for each in results if "64 regions" in each.what)
            results += shown(visible.run(found, country))
            results += shown(transition.run(found, country, floor))
            results += shown(reviewing.run(found, country, floor))
            country.grow(LARGE - SMALL)
            with national.nation(SMALL) as small:
                results += shown(national.run(small, national.Nation(found, country, LARGE)))
            results += shown(rebuilding.run(found))
            results += shown(audit.run(found, country))
            results += shown(feeds.run(found, country))
            engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table(results)
    REPORT.write_text(report(results), encoding="utf-8")


def shown(results: Iterable[Result]) -> list[Result]:
    """Print figures as they come, so that a long run says how far it is; give them."""
    found = []
    for each in results:
        print(f"{each.what}: {each.measured} ({each.floor}), {each.ratio:.2f}", flush=True)
        found.append(each)
    return found


def report(results: list[Result]) -> str:
    """Give the page with the figures, the machine and the command."""
    lines = [
        "# Benchmarks",
        "",
        "Each figure stands beside a floor measured in the same run on the same machine; the ratio is what counts,",
        "since machines differ. Peer figures in the goals: pretalx 2026.2, two server processes, two cores.",
        "",
        f"Command: `make bench`. Run of {datetime.now(UTC):%Y-%m-%d}.",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.",
        "",
        "| What | Measured | Floor | Ratio | Goal |",
        "|---|---|---|---|---|",
        *(f"| {each.what} | {each.measured} | {each.floor} | {each.ratio:.2f} | {each.goal} |" for each in results),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
