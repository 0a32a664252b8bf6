"""The bus: recorded events go to the queues of the other services, off the path of whoever recorded them.

A message is a hint that makes things quick. A lost, doubled or late one changes nothing, since a consumer trusts only
positions and the sweep finds what no message announced. So nothing here waits for a broker or tries again for long.
"""

import os
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import structlog
from celery import Celery, bootsteps
from celery.signals import worker_process_init, worker_process_shutdown
from kombu.entity import Exchange, Queue

from shared.consumer import Consumer
from shared.envelope import Catalogue, Clearance, Recorded
from shared.incoming import Unreadable, parse
from shared.parking import OPERATIONAL
from shared.telemetry import correlated

SHARDS = 16
TASK = "labinov.deliver"

_TIME_LIMIT = 30
_VISIBILITY_TIMEOUT = 60
_BATCH = 100
_RETRIES = 3
_ROOM = 10_000
_BEAT = 5.0
_BACK_OFF = (0.5, 5.0)
_PAUSE = 0.004

_log = structlog.get_logger(__name__)


def shard_of(region: str) -> int:
    """Give the shard that a region's events travel in."""
    return zlib.crc32(region.encode()) % SHARDS


@dataclass(frozen=True)
class Lane:
    """Work of a service's own that waits for others: a queue beside those of the events, and a worker with threads.

    A message names what is to be done with one text. `work` is asked by the worker alone; what it gives does a part of
    it, and says whether there is more, which then goes to the end of the queue.
    """

    name: str
    threads: int
    work: Callable[[], Callable[[str], bool]]


@cache
def queue_of(service: str, shard: int) -> Queue:
    """Give the queue of a shard of a service."""
    return _queue(f"{service}.{shard:02d}")


@cache
def _queue(name: str) -> Queue:
    """Give the queue of this name.

    It is reached through the nameless exchange, by its own name: on Redis a binding is data like any other, and after
    the broker was wiped messages to a named exchange would vanish until each publisher connected anew.
    """
    nameless = Exchange("")  # type: ignore[no-untyped-call]  # kombu is untyped
    return Queue(name, exchange=nameless, routing_key=name)  # type: ignore[no-untyped-call]  # kombu has no types


def make_celery(service: str, broker_url: str, lanes: Iterable[str] = ()) -> Celery:
    """Give the Celery application of a service, for publishing or for a worker; `lanes` names its further queues."""
    app = Celery(service, broker=broker_url, set_as_current=False)
    app.conf.update(
        task_queues=[
            *(queue_of(service, shard) for shard in range(SHARDS)),
            *(_queue(f"{service}.{lane}") for lane in lanes),
        ],
        task_create_missing_queues=False,
        task_default_queue=queue_of(service, 0).name,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=_TIME_LIMIT,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=1,
        broker_pool_limit=2,
        broker_transport_options={
            "visibility_timeout": _VISIBILITY_TIMEOUT,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 1,
            "socket_timeout": 2,
            "max_retries": 0,
        },
    )
    return app


def consume(app: Celery, consumers: Sequence[Consumer]) -> None:
    """Let a worker of this application hand messages to the consumers of their source."""

    @app.task(name=TASK, bind=True, max_retries=_RETRIES)  # type: ignore[untyped-decorator]  # Celery is untyped
    def deliver(task: Any, source: str, region: str, epoch: int, events: list[str]) -> None:
        try:
            received = [parse(each) for each in events]
        except Unreadable as error:
            _log.error("message is not readable", source=source, region=region, error=str(error))
            return
        if not received or any((each.source, each.region) != (source, region) for each in received):
            _log.error("message is not what it says", source=source, region=region)
            return
        failure: Exception | None = None
        with correlated(received[0].correlation):
            for consumer in consumers:
                if consumer.source.name != source:
                    continue
                try:
                    consumer.deliver(region, epoch, received)
                except OPERATIONAL as error:
                    _log.warning("not delivered", consumer=consumer.name, region=region, error=type(error).__name__)
                    failure = error
        if failure is None:
            return
        if task.request.retries < _RETRIES:
            raise task.retry(exc=failure, countdown=0.3 * (task.request.retries + 1))
        # Not raised: Celery would log its message, which may hold what people wrote.
        _log.warning("left to the sweep", source=source, region=region, error=type(failure).__name__)

    engines = {consumer.engine for consumer in consumers}

    def forked(**_: Any) -> None:
        for engine in engines:
            engine.dispose(close=False)

    worker_process_init.connect(forked, weak=False)


def take(app: Celery, service: str, lane: Lane) -> None:
    """Let a worker of this application do the work of a lane."""
    work = lane.work()
    again = lane_sender(app, service, lane.name)

    @app.task(name=f"labinov.{lane.name}")  # type: ignore[untyped-decorator]  # Celery is untyped
    def do(subject: str) -> None:
        try:
            more = work(subject)
        except OPERATIONAL as error:
            _log.warning("left to the sweep", lane=lane.name, error=type(error).__name__)
        else:
            if more:
                again([subject])


def lane_sender(app: Celery, service: str, lane: str) -> Callable[[Iterable[str]], None]:
    """Give what sends messages to a lane, each a text. While the broker is down it drops them: the sweep finds them."""
    dead_until = 0.0

    def send(subjects: Iterable[str]) -> None:
        nonlocal dead_until
        if time.monotonic() < dead_until:
            return
        try:
            for each in subjects:
                queue = f"{service}.{lane}"
                app.send_task(f"labinov.{lane}", args=[each], queue=queue, retry=False, ignore_result=True)
        except Exception as error:  # noqa: BLE001  # brokers fail in many ways, and all of them mean the same
            _log.warning("broker does not answer; the sweep carries on", error=type(error).__name__)
            dead_until = time.monotonic() + _BACK_OFF[1]

    return send


def beat(app: Celery, heartbeat: Path) -> None:
    """Let a worker of this application touch a file as long as its loop turns and the broker is there."""

    class Beat(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery is untyped
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, consumer: Any, **_: Any) -> None:
            super().__init__(consumer)
            self.timer: Any = None

        def start(self, consumer: Any) -> None:
            heartbeat.touch()
            self.timer = consumer.timer.call_repeatedly(_BEAT, heartbeat.touch)

        def stop(self, _consumer: Any) -> None:
            # Without a connection nothing is taken from the queues, and that is what the file tells.
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None

    app.steps["consumer"].add(Beat)


def worker_arguments(service: str, shards: Iterable[int], *, concurrency: int) -> list[str]:
    """Give the arguments for `Celery.worker_main` of a worker that takes these shards."""
    return _arguments([queue_of(service, shard).name for shard in shards], "prefork", concurrency)


def lane_arguments(service: str, lane: Lane) -> list[str]:
    """Give the arguments for `Celery.worker_main` of a worker that takes this lane."""
    return _arguments([f"{service}.{lane.name}"], "threads", lane.threads)


def _arguments(queues: Sequence[str], pool: str, concurrency: int) -> list[str]:
    return [
        "--quiet",  # its banner is no JSON line
        "worker",
        f"--queues={','.join(queues)}",
        f"--concurrency={concurrency}",
        f"--pool={pool}",
        "--loglevel=WARNING",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]


class Sender(Protocol):
    """Puts one message into a queue, or raises; Celery's `send_task` in everyday life."""

    def __call__(self, service: str, source: str, region: str, epoch: int, events: list[str]) -> None:
        """Send events of one region to one service."""


def celery_sender(app: Celery) -> Sender:
    """Give what sends through this application, without trying again."""

    def send(service: str, source: str, region: str, epoch: int, events: list[str]) -> None:
        app.send_task(
            TASK,
            args=[source, region, epoch, events],
            queue=queue_of(service, shard_of(region)),
            retry=False,
            ignore_result=True,
            # Else Celery writes the events into the message a second time, as a text for monitors.
            argsrepr="",
            kwargsrepr="",
        )

    return send


class Publisher:
    """Sends what was recorded to the subscribers, from a thread of its own with a bounded store.

    Whatever does not fit, or meets a dead broker, is dropped: the sweep finds it.
    """

    def __init__(self, catalogue: Catalogue, subscribers: Iterable[str], send: Sender) -> None:
        """Take the service's event types, the services that subscribe, and what sends a message."""
        self.catalogue = catalogue
        self.subscribers = [each for each in subscribers if each != catalogue.service]
        self._send = send
        self._waiting: deque[Recorded] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process = 0
        self._closing = False
        self._busy = False
        self._failures = 0
        self._dead_until = 0.0

    def announce(self, recorded: Sequence[Recorded]) -> None:
        """Take events that were committed; returns at once, whatever the broker does."""
        if not recorded or not self.subscribers or time.monotonic() < self._dead_until:
            return
        if self._process != os.getpid():
            self._start()
        with self._wake:
            if len(self._waiting) + len(recorded) <= _ROOM:
                self._waiting.extend(recorded)
                self._wake.notify()

    def close(self, timeout: float = 2.0) -> None:
        """Send what waits, for at most so many seconds, and end."""
        thread = self._thread
        if thread is None or self._process != os.getpid():
            return
        with self._wake:
            self._closing = True
            self._wake.notify()
        thread.join(timeout)
        self._thread = None
        self._process = 0

    def flush(self, timeout: float = 2.0) -> bool:
        """Wait until nothing is waiting any more; say whether that came to pass in time."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._wake:
                if not self._waiting and not self._busy:
                    return True
            time.sleep(0.005)
        return False

    def _start(self) -> None:
        # A thread does not survive a fork, and neither does a lock that it may have held.
        self._wake = threading.Condition()
        self._waiting = deque()
        self._closing = False
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()
        worker_process_shutdown.connect(self._on_shutdown)

    def _on_shutdown(self, **_: Any) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._busy = False
                self._wake.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                batch = list(self._waiting)
                self._waiting.clear()
                self._busy = True
            self._publish(batch)
            # Under load what comes meanwhile travels together; when it is quiet nobody waits for this.
            time.sleep(_PAUSE)

    def _publish(self, batch: list[Recorded]) -> None:
        # Sorting is stable: a region's events stay in their order, and travel together.
        ordered = sorted(batch, key=lambda each: (each.region, each.epoch))
        try:
            for (region, epoch), group in groupby(ordered, key=lambda each: (each.region, each.epoch)):
                events = [self._render(each) for each in group]
                for start in range(0, len(events), _BATCH):
                    for service in self.subscribers:
                        self._send(service, self.catalogue.service, region, epoch, events[start : start + _BATCH])
        except Exception as error:  # noqa: BLE001  # brokers fail in many ways, and all of them mean the same
            self._failed(error)
        else:
            if self._failures:
                _log.info("broker answers again")
            self._failures = 0

    def _render(self, recorded: Recorded) -> str:
        return self.catalogue.render(recorded, Clearance.SERVICE, opened=False).decode()

    def _failed(self, error: Exception) -> None:
        if not self._failures:
            _log.warning("broker does not answer; the sweep carries on", error=type(error).__name__)
        first, most = _BACK_OFF
        self._dead_until = time.monotonic() + min(first * 2**self._failures, most)
        self._failures = min(self._failures + 1, 10)
        with self._wake:
            self._waiting.clear()
