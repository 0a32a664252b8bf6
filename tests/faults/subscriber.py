"""A regional system that follows a log through everything that happens, as its owner would write it: the feed alone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from shared.incoming import parse_batch
from tests.journeys.installation import eventually
from tests.journeys.speaking import Api


class Subscriber:
    """Reads a region's feed on and on; `seen` holds every position in the order of its arrival."""

    def __init__(self, api: Api, who: str, service: str, region: str) -> None:
        self._url = f"{api.url}/{service}/events/{region}"
        self._headers = {**api.headers(who), "Prefer": "wait=1"}
        self.seen: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"subscriber of {service}/{region}")

    def _run(self) -> None:
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stop.is_set():
                after = self.seen[-1] if self.seen else 0
                try:
                    response = client.get(self._url, params={"after": after, "limit": 7}, headers=self._headers)
                except httpx.TransportError:
                    time.sleep(0.2)
                    continue
                if response.status_code == 200:
                    self.seen += [each.position for each in parse_batch(response.content)]
                else:
                    time.sleep(0.2)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()
        self._thread.join()


@contextmanager
def following(api: Api, who: str, service: str, region: str) -> Iterator[None]:
    """E: a subscriber follows the log while the block runs, and then has seen every position once, in order."""
    subscriber = Subscriber(api, who, service, region)
    subscriber.start()
    try:
        yield
        heads = {each["region"]: each["position"] for each in api.read(who, f"/{service}/events/heads")}
        eventually(lambda: len(subscriber.seen) >= heads[region], f"the subscriber reached {heads[region]}")
    finally:
        subscriber.stop()
    assert subscriber.seen == list(range(1, len(subscriber.seen) + 1))
