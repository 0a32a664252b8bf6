"""Who delivers: a worker with threads of its own, told of new events by messages and of what is due by the sweep."""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import cache

from services.showcase.subscriptions import attempts, endpoints
from services.showcase.subscriptions.endpoints import EVERYWHERE
from services.showcase.subscriptions.store import Store
from shared.bus import Lane, lane_sender, make_celery
from shared.kernel import Kernel

LANE = "webhooks"
# They wait for receivers nearly all the time; `store.SLOW_IN_FLIGHT` of them at most wait for slow ones.
THREADS = 24
KNOWN_SECONDS = 2.0
TIDY_SECONDS = 10.0

_ACTIVE = "SELECT endpoint_id, regions FROM endpoint WHERE state = 'active'"


def _now() -> datetime:
    return datetime.now(UTC)


def _store(kernel: Kernel) -> Store:
    return Store(kernel.engine, f"{kernel.settings.public_url}{kernel.settings.root_path}/desk/webhooks")


def lane(kernel: Kernel) -> Lane:
    """Give the lane in which events are delivered; a message names an endpoint."""
    return Lane(LANE, THREADS, lambda: _work(kernel))


def _work(kernel: Kernel) -> Callable[[str], bool]:
    # Only the worker makes connections.
    from services.showcase.subscriptions.addresses import Allowed
    from services.showcase.subscriptions.delivering import Deliverer
    from services.showcase.subscriptions.sending import Poster

    poster = Poster(Allowed(kernel.settings.webhook_allow), deadline_seconds=kernel.settings.webhook_seconds)
    return Deliverer(_store(kernel), poster, _now).turn


@cache
def teller(kernel: Kernel) -> Callable[[Iterable[str]], None]:
    """Give what tells the worker that there is something to do for endpoints; best effort."""
    broker = kernel.settings.broker_url.get_secret_value()
    return lane_sender(make_celery(kernel.name, broker, [LANE]), kernel.name, LANE)


def after_copy(kernel: Kernel) -> Callable[[Collection[str]], None]:
    """Give what is told of regions with new events, and tells the worker of the endpoints that want them."""
    known: list[tuple[str, frozenset[str]]] = []
    read_at = 0.0

    def told(regions: Collection[str]) -> None:
        nonlocal known, read_at
        if time.monotonic() - read_at > KNOWN_SECONDS:
            with kernel.engine.connect() as connection:
                known = [(row[0], frozenset(row[1])) for row in connection.exec_driver_sql(_ACTIVE)]
            read_at = time.monotonic()
        wanting = [ident for ident, wanted in known if EVERYWHERE in wanted or not wanted.isdisjoint(regions)]
        if wanting:
            teller(kernel)(wanting)

    return told


def chore(kernel: Kernel) -> Callable[[], None]:
    """Give what the sweep does each round: tell the worker what is due, whatever messages were lost."""
    store = _store(kernel)
    tidied_at = 0.0

    def look() -> None:
        nonlocal tidied_at
        if time.monotonic() - tidied_at > TIDY_SECONDS:
            with kernel.engine.begin() as connection:
                endpoints.spread(connection)
                attempts.purge(connection, _now())
            tidied_at = time.monotonic()
        due = store.due(_now())
        if due:
            teller(kernel)(due)

    return look
