"""Waiting for logs to move on: one task of the process asks the database for everybody who waits."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar

import structlog
from fastapi.concurrency import run_in_threadpool

from shared.domain import Rejection

_POLL_SECONDS = 0.25
_REMEMBERED = 2000
# Each holds a connection and a few kilobytes; beyond that a client is asked to come back.
MOST_WAITING = 2000

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Crowded(Rejection):
    """Too many are listening at this moment. Try again shortly."""

    retry_after = 10


class Moves:
    """Which regions moved on, and when: in ticks that are counted up whenever some did.

    Whoever is to miss nothing asks for the present tick, looks at what interests it, and waits from that tick on. While
    nobody waits nothing is asked. To be used from one event loop.
    """

    def __init__(self, heads: Callable[[], Mapping[str, object]]) -> None:
        """Take what gives something of every region that differs once its log has moved on; called in a thread."""
        self._heads = heads
        self._known: dict[str, object] = {}
        self._tick = 0
        self._moved: deque[tuple[int, frozenset[str]]] = deque(maxlen=_REMEMBERED)
        self._waiting: dict[asyncio.Event, Collection[str] | None] = {}
        self._asking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def asking(self) -> bool:
        """Whether the database is asked again and again."""
        return self._task is not None and not self._task.done()

    async def now(self) -> int:
        """Give the present tick. While nobody waits that asks the database."""
        if not self.asking:
            await self._ask()
        return self._tick

    async def wait(self, regions: Collection[str] | None, since: int, seconds: float) -> tuple[int, set[str]]:
        """Wait until some of these regions, or any, moved after a tick, at most so many seconds.

        Gives the tick up to which that is known and the regions that moved: none when the time is over.
        """
        moved = self._since(regions, since)
        if moved:
            return self._tick, moved
        woken = asyncio.Event()
        self._waiting[woken] = regions
        if not self.asking:
            self._task = asyncio.create_task(self._poll())
        try:
            # Not wait_for: in Python 3.11 it forgets to end when it is cancelled at the moment in which it is woken.
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            pass
        finally:
            del self._waiting[woken]
        return self._tick, self._since(regions, since)

    async def until(
        self, region: str, seconds: float, read: Callable[[], Awaitable[T]], enough: Callable[[T], bool]
    ) -> T:
        """Give what `read` gives once it is enough, or when the time is over; whenever the region moves it is read.

        Raises Crowded where MOST_WAITING wait already and there is something to wait for.
        """
        tick, end = await self.now(), asyncio.get_running_loop().time() + seconds
        found = await read()
        while not enough(found):
            if len(self._waiting) >= MOST_WAITING:
                raise Crowded
            tick, moved = await self.wait({region}, tick, end - asyncio.get_running_loop().time())
            if not moved:
                break
            found = await read()
        return found

    def _since(self, regions: Collection[str] | None, since: int) -> set[str]:
        if self._moved and since < self._moved[0][0] - 1:
            # What is that old is not remembered: all may have moved.
            found = set(self._known)
        else:
            found = set()
            for tick, moved in reversed(self._moved):
                if tick <= since:
                    break
                found |= moved
        return found if regions is None else found.intersection(regions)

    async def _poll(self) -> None:
        while self._waiting:
            try:
                moved = await self._ask()
            except Exception as error:  # noqa: BLE001  # a task has nobody to raise to, and asks again
                _log.warning("not known whether logs moved", error=type(error).__name__)
                moved = frozenset()
            if moved:
                for woken, regions in self._waiting.items():
                    if regions is None or not moved.isdisjoint(regions):
                        woken.set()
            await asyncio.sleep(_POLL_SECONDS)

    async def _ask(self) -> frozenset[str]:
        async with self._asking:
            heads = await run_in_threadpool(self._heads)
            moved = frozenset(region for region, head in heads.items() if self._known.get(region) != head)
            if moved:
                self._known.update(heads)
                self._tick += 1
                self._moved.append((self._tick, moved))
            return moved
