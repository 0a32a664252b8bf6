"""Catching up 100,000 events over HTTP into the real showcase read model, against reading them and doing nothing."""

import time
from collections.abc import Iterator

from benchmarks.harness import Result, ratio
from benchmarks.world import Country, World
from deploy.embedded import environment
from services.showcase.rebuild import rebuild
from shared.service_tokens import ServiceTokens
from shared.sources import PAGE, HttpSource
from shared.tokens import Issuer

EVENTS = 100_000


def run(world: World, country: Country) -> Iterator[Result]:
    """Measure a rebuild of the read model while the installation runs."""
    told = environment.service(world.state, "showcase", owner=True)
    tokens = ServiceTokens(Issuer(told["LABINOV_ISSUER"]), told["LABINOV_CLIENT_ID"], told["LABINOV_CLIENT_SECRET"])
    with world.server("submission") as base:
        source = HttpSource("submission", base, tokens)
        floor = _read(source)
        owner = world.engine("showcase", owner=True)
        started = time.perf_counter()
        done = rebuild(owner, [source], app_role="showcase_app", grace_seconds=0)
        elapsed = time.perf_counter() - started
        owner.dispose()
        source.close()
    yield ratio(
        f"catch-up of {done.events:,} events into the showcase read model, over HTTP, switch included",
        done.events / elapsed,
        "events/s",
        floor,
        "the same feed read and decoded by one reader, no effect",
        "≥ 20,000 events/s",
    )


def _read(source: HttpSource) -> float:
    started, total = time.perf_counter(), 0
    for head in source.heads():
        after = 0
        while after < head.position:
            page = source.page(head.region, after, PAGE)
            after += len(page.events)
        total += after
        if total > EVENTS // 2:
            break
    return total / (time.perf_counter() - started)
