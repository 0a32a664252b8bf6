"""`python -m deploy.demo`: play the demonstration where the environment says, with a progress bar, and count it."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.messages import Access, Messages
from deploy.demo.plan import plan
from deploy.demo.player import Player
from deploy.embedded.errors import Trouble
from services.submission.domain.vocabulary import Stage

_SHOWN_SECONDS = 60.0


def play(access: Access, console: Console) -> None:
    """Play the whole and say what came of it; raise Trouble when it does not come to its end."""
    asyncio.run(_play(access, console))


async def _play(access: Access, console: Console) -> None:
    whole = plan()
    started = time.monotonic()
    async with Messages(access) as messages:
        await messages.ready()
        with _progress(console, whole.acts) as done:
            await Player(messages, done).play(whole)
        counts = await _shown(messages)
    console.print(f"The demonstration was played in {time.monotonic() - started:.0f} s. Innovations by stage:")
    console.print("   ".join(f"{stage} {counts[stage]}" for stage in Stage))


async def _shown(messages: Messages) -> Counter[str]:
    """Wait until the showcase counts by stage what submission counts, and give the counts; raise Trouble."""
    recorded = await _by_stage(messages, "/submission/innovations", status="active")
    deadline = time.monotonic() + _SHOWN_SECONDS
    while await _by_stage(messages, "/api/innovations") != recorded:
        if time.monotonic() > deadline:
            raise Trouble("The showcase does not follow; are its worker and sweep running?")
        await asyncio.sleep(0.5)
    return recorded


async def _by_stage(messages: Messages, path: str, **asked: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    cursor: dict[str, str] = {}
    while True:
        page = await messages.get(path, limit=500, **asked, **cursor)
        counts.update(each["stage"] for each in page["items"])
        if page["next"] is None:
            return counts
        cursor = {"cursor": page["next"]}


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[], None]]:
    """Give what counts one more: a bar on a terminal, else a line every tenth."""
    if console.is_terminal:
        columns = (TextColumn("Demonstration"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda: bar.advance(task)
        return
    count = 0

    def one() -> None:
        nonlocal count
        count += 1
        if count * 10 // total > (count - 1) * 10 // total:
            console.print(f"  {count * 100 // total} %")

    yield one


if __name__ == "__main__":
    try:
        play(Access(), Console(highlight=False))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)
