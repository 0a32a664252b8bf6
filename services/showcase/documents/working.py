"""Who makes documents: a worker of its own, told of what waits by whoever asks and by the sweep."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from services.showcase.documents import store
from shared.bus import Lane, lane_sender, make_celery
from shared.kernel import Kernel

LANE = "documents"
TIDY_SECONDS = 600.0


def lane(kernel: Kernel) -> Lane:
    """Give the lane in which documents are made, one at a time; a message says no more than that one waits."""
    return Lane(LANE, 1, lambda: _work(kernel))


def _work(kernel: Kernel) -> Callable[[str], bool]:
    # Only the worker sets pages.
    from services.showcase.documents.making import Maker

    return Maker(kernel.engine, kernel.folder, kernel.settings.public_url).turn


@cache
def teller(kernel: Kernel) -> Callable[[], None]:
    """Give what tells the worker that a document waits; best effort."""
    broker = kernel.settings.broker_url.get_secret_value()
    send = lane_sender(make_celery(kernel.name, broker, [LANE]), kernel.name, LANE)
    return lambda: send([""])


def chore(kernel: Kernel) -> Callable[[], None]:
    """Give what the sweep does each round: tell the worker what waits, whatever message or worker was lost."""
    tidied_at = -TIDY_SECONDS

    def look() -> None:
        nonlocal tidied_at
        with kernel.engine.begin() as connection:
            if time.monotonic() - tidied_at > TIDY_SECONDS:
                store.tidy(connection, datetime.now(UTC))
                tidied_at = time.monotonic()
            waits = store.any_open(connection, datetime.now(UTC))
        if waits:
            teller(kernel)()

    return look
