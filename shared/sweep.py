"""The sweep: a loop beside the broker that finds what no message announced, every two seconds.

Each producer is asked for all its heads in one request; regions that are behind are caught up by a few threads, a
bounded number of pages at a time, so that one long, locked or failing region does not hold up the others.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from shared.consumer import Consumer, LocalModels
from shared.parking import OPERATIONAL
from shared.sources import Source, SourceUnavailable

_THREADS = 4
_PAGES_AT_A_TIME = 4
_LONGEST_BACK_OFF = 5.0

_log = structlog.get_logger(__name__)


class Sweep:
    """Keeps consumers, and the service's own read models, caught up until it is stopped."""

    def __init__(
        self,
        consumers: Sequence[Consumer],
        models: LocalModels | None = None,
        *,
        chores: Sequence[Callable[[], None]] = (),
        seconds: float = 2.0,
        heartbeat: Path | None = None,
    ) -> None:
        """Take what is to be kept caught up, how often to look, and a file that is touched after each look.

        `chores` are done one after another, again after each pause, in a thread that nothing else waits for.
        """
        self._chores = chores
        self.seconds = seconds
        self.heartbeat = heartbeat
        self._models = models
        self._by_source: dict[str, tuple[Source, list[Consumer]]] = {}
        for consumer in consumers:
            self._by_source.setdefault(consumer.source.name, (consumer.source, []))[1].append(consumer)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._in_hand: set[tuple[str, str, str]] = set()
        self._failures: dict[str, int] = defaultdict(int)

    def run(self) -> None:
        """Look again and again until `stop`; then end what is in hand at the next page."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="catch-up") as work:
            loops = [
                threading.Thread(target=self._loop, args=(name, work), name=f"sweep-{name}")
                for name in (*self._by_source, *(["models"] if self._models else []))
            ]
            if self._chores:
                loops.append(threading.Thread(target=self._do_chores, name="sweep-chores"))
            for loop in loops:
                loop.start()
            self._stop.wait()
            for loop in loops:
                loop.join()

    def stop(self) -> None:
        """Make `run` return soon; may be called from a signal's handler."""
        self._stop.set()

    def _loop(self, name: str, work: ThreadPoolExecutor) -> None:
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                if name in self._by_source:
                    self._look(name, work)
                else:
                    self._look_at_models(work)
            except OPERATIONAL as error:
                self._unreachable(name, error)
            else:
                if self._failures.pop(name, 0):
                    _log.info("reachable again", source=name)
                self._beat()
            pause = self.seconds if not self._failures[name] else self._back_off(name)
            self._stop.wait(max(0.0, started + pause - time.monotonic()))

    def _do_chores(self) -> None:
        failing: set[int] = set()
        while not self._stop.is_set():
            for number, chore in enumerate(self._chores):
                try:
                    chore()
                except Exception:  # noqa: BLE001  # a thread has nobody to raise to, and the next round tries again
                    if number not in failing:
                        _log.exception("a chore failed", chore=number)
                    failing.add(number)
                else:
                    failing.discard(number)
            self._stop.wait(self.seconds)

    def _look(self, name: str, work: ThreadPoolExecutor) -> None:
        source, consumers = self._by_source[name]
        # Checkpoints first: heads that are read after them cannot be behind them, unless a log was put back.
        checkpoints = [(consumer, consumer.checkpoints()) for consumer in consumers]
        heads = source.heads()
        for consumer, reached in checkpoints:
            for region in consumer.behind(reached, heads):
                self._take(work, consumer, region)

    def _look_at_models(self, work: ThreadPoolExecutor) -> None:
        assert self._models is not None
        for name, region in self._models.behind():
            self._take(work, self._models.consumers[name], region)

    def _take(self, work: ThreadPoolExecutor, consumer: Consumer, region: str) -> None:
        """Have a region caught up, unless somebody is at it."""
        key = (consumer.name, consumer.source.name, region)
        with self._lock:
            if key in self._in_hand:
                return
            self._in_hand.add(key)
        work.submit(self._catch_up, work, consumer, region, key)

    def _catch_up(self, work: ThreadPoolExecutor, consumer: Consumer, region: str, key: tuple[str, str, str]) -> None:
        more = False
        try:
            for _ in range(_PAGES_AT_A_TIME):
                more = not self._stop.is_set() and consumer.catch_up_page(region)
                if not more:
                    break
        except OPERATIONAL as error:
            more = False
            _log.warning("not caught up", consumer=consumer.name, region=region, error=repr(error)[:500])
        except Exception:  # noqa: BLE001  # a thread has nobody to raise to
            more = False
            _log.exception("catching up failed", consumer=consumer.name, region=region)
        if more:
            # To the end of the line: others are served before this one's next pages.
            work.submit(self._catch_up, work, consumer, region, key)
            return
        with self._lock:
            self._in_hand.discard(key)

    def _unreachable(self, name: str, error: Exception) -> None:
        if not self._failures[name]:
            what = "producer" if isinstance(error, SourceUnavailable) else "database"
            _log.warning("unreachable", source=name, what=what, error=repr(error)[:500])
        self._failures[name] += 1

    def _back_off(self, name: str) -> float:
        return min(self.seconds * 2.0 ** min(self._failures[name] - 1, 8), max(_LONGEST_BACK_OFF, self.seconds))

    def _beat(self) -> None:
        if self.heartbeat is not None:
            self.heartbeat.touch()
