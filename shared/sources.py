"""Where a consumer reads a log from: the service's own database, or the feed of another service over HTTP.

SourceUnavailable    the log cannot be read at this moment; nobody's fault that an event could be parked for
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import httpx
from pydantic_core import from_json

from shared.envelope import Clearance
from shared.event_log import EventLog, Head
from shared.incoming import Received, Unreadable, parse, parse_batch
from shared.tokens import IssuerUnreachable, Unauthenticated

PAGE = 500

_TIMEOUT = httpx.Timeout(10.0, connect=1.0)


class SourceUnavailable(Exception):
    """The log cannot be read at this moment."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events of one region's log in order, and the epoch of the log now (an event's own is that of its recording)."""

    epoch: int
    events: Sequence[Received]


class Source(Protocol):
    """The logs of one producing service."""

    name: str

    def heads(self) -> Sequence[Head]:
        """Give the heads of all regions' logs; raise SourceUnavailable."""

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position, at most `limit`; raise SourceUnavailable."""


class LocalSource:
    """The logs of a service read from its database: for itself with everything that is in them."""

    def __init__(self, log: EventLog, clearance: Clearance = Clearance.OWNER) -> None:
        """Take the log, and how much of it is to be seen: less, where another service's reading is stood in for."""
        self.log = log
        self._clearance = clearance
        self.name = log.catalogue.service

    def heads(self) -> Sequence[Head]:
        """Give the heads of all regions' logs."""
        return self.log.heads()

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position, at most `limit`."""
        recorded = self.log.read(region, after, limit)
        render, clearance = self.log.catalogue.render, self._clearance
        opened = set() if clearance is Clearance.OWNER else self.log.opened_among(region, recorded)
        return Page(
            epoch=recorded[0].epoch if recorded else 0,
            events=[parse(render(each, clearance, opened=each.stream in opened)) for each in recorded],
        )


class HttpSource:
    """The logs of another service, from its feed."""

    def __init__(self, name: str, base_url: str, auth: httpx.Auth | None = None) -> None:
        """Take the producing service's name, the address of its API and who we are to it."""
        self.name = name
        self._base_url, self._auth = base_url, auth

    @cached_property
    def _client(self) -> httpx.Client:
        # Made when it is needed: it reads all certificates, and of a service's processes most never ask.
        return httpx.Client(base_url=self._base_url, auth=self._auth, timeout=_TIMEOUT)

    def heads(self) -> Sequence[Head]:
        """Give the heads of all regions' logs; raise SourceUnavailable."""
        try:
            return [
                Head(
                    region=each["region"],
                    epoch=each["epoch"],
                    position=each["position"],
                    leaf_hash=bytes.fromhex(each["leaf_hash"]),
                )
                for each in from_json(self._get("/events/heads", {})[1])
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise SourceUnavailable(f"{self.name} answered heads that cannot be read: {error}") from error

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position, at most `limit`; raise SourceUnavailable."""
        headers, body = self._get(f"/events/{region}", {"after": after, "limit": limit})
        try:
            events = parse_batch(body)
            epoch = int(headers["Labinov-Epoch"])
        except (Unreadable, KeyError, ValueError) as error:
            raise SourceUnavailable(f"{self.name} answered a page that cannot be read: {error}") from error
        for number, each in enumerate(events, start=after + 1):
            if (each.source, each.region, each.position) != (self.name, region, number):
                raise SourceUnavailable(f"{self.name} answered {each} where {region} {number} was asked for")
        return Page(epoch=epoch, events=events)

    def close(self) -> None:
        """Close the connections, if there are any; asked again, it opens others."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    def _get(self, path: str, params: dict[str, int]) -> tuple[httpx.Headers, bytes]:
        # A response refers to itself: one that holds its body would keep a megabyte until the garbage collector comes,
        # which after hundreds of pages it does.
        try:
            with self._client.stream("GET", path, params=params) as response:
                if response.status_code != 200:
                    raise SourceUnavailable(f"{self.name} answered {response.status_code}")
                return response.headers, b"".join(response.iter_bytes())
        except (httpx.HTTPError, IssuerUnreachable, Unauthenticated) as error:
            raise SourceUnavailable(f"{self.name}: {type(error).__name__}") from error
