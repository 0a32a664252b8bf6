"""A stage transition over HTTP with two server processes, against the bare append statement of the same run."""

from collections.abc import Iterator
from uuid import uuid4

from benchmarks.harness import Call, Result, json_call, load, ratio
from benchmarks.histories import DAY
from benchmarks.world import Country, World

CLIENTS = 4
PER_CLIENT = 400


def run(world: World, country: Country, floor: float) -> Iterator[Result]:
    """Measure innovations being returned to an earlier stage and advanced again, in four regions at once."""
    token = world.token()
    plans = [list(_plan(country, code, token)) for code in ("33.01", "33.02", "35.01", "35.02")]
    with world.server("submission") as base:
        load(base, [plan[:50] for plan in plans])
        found = load(base, [plan[50:] for plan in plans])
    yield ratio(
        f"stage transition over HTTP, 2 processes, {CLIENTS} clients",
        found.per_second,
        "commands/s",
        floor,
        "bare append, 4 connections",
        "≥ 540 commands/s (10 × pretalx)",
    )
    yield ratio("stage transition: p99 against its own p50", found.p99 * 1000, "ms", found.p50 * 1000, "p50", "≤ 3")


def _plan(country: Country, code: str, token: str) -> Iterator[Call]:
    region = country.grow_region(code, 25)
    for turn in range(PER_CLIENT // 2 + 25):
        path = f"/innovations/{region.innovations[-1 - turn % 25]}"
        back = {"to_stage": "diagnose", "required_changes": "Lengkapi bukti.", "on": DAY.isoformat()}
        yield json_call("POST", f"{path}/return", token, uuid4().hex, back)
        yield json_call("POST", f"{path}/stage", token, uuid4().hex, {"on": DAY.isoformat()})
