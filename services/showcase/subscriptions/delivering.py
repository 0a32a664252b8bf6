"""Delivering: one event of a log after another to one endpoint, and what becomes of each attempt.

A turn takes the lease of one log of an endpoint, sends its next events in order and gives the lease back. Whoever is
killed in the middle leaves a lease that ends by itself; the attempt is then made again, under the same `webhook-id`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from services.showcase.feeds.copied import withheld
from services.showcase.feeds.visibility import may_read
from services.showcase.subscriptions import signing
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.endpoints import LIVE, Endpoint
from services.showcase.subscriptions.progress import Disabled, Progress
from services.showcase.subscriptions.sending import Post
from shared.envelope import Clearance

MEDIA_TYPE = "application/cloudevents+json"
TEST_TYPE = "labinov.test"
USER_AGENT = "Labinov-Webhooks/1"
SLOW_MILLISECONDS = 2_000
BATCH = 50
TURN = timedelta(seconds=15)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Copied:
    """An event as the copy of the logs has it."""

    position: int
    type: str
    event_id: str
    wire: bytes


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent to an endpoint: a body under an id that stays the same however often it is sent."""

    webhook_id: str
    body: bytes

    def headers(self, endpoint: Endpoint, now: datetime) -> dict[str, str]:
        """Give the headers of an attempt made now."""
        return {
            "content-type": MEDIA_TYPE,
            "user-agent": USER_AGENT,
            **signing.headers(endpoint.secrets(now), self.webhook_id, now, self.body),
        }


def message(endpoint: Endpoint, event: Copied) -> Message:
    """Give an event as this endpoint may see it."""
    readable = endpoint.readable_types is None or event.type in endpoint.readable_types
    # Whoever may hold an endpoint for a region has a role in it.
    readable = readable and may_read(event.type, Clearance.REGIONAL)
    return Message(
        webhook_id=f"msg_{uuid5(NAMESPACE_URL, f'{endpoint.endpoint_id}/{event.event_id}').hex}",
        body=event.wire if readable else withheld(event.wire),
    )


def trial(endpoint: Endpoint, ident: UUID, now: datetime) -> Message:
    """Give an event that says nothing happened, for trying a receiver; it stands in no log."""
    event = {
        "specversion": "1.0",
        "id": str(ident),
        "source": f"/showcase/{endpoint.region}",
        "type": TEST_TYPE,
        "subject": f"endpoint/{endpoint.endpoint_id}",
        "time": now.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "partitionkey": endpoint.region,
        "data": {"endpoint_id": endpoint.endpoint_id},
    }
    return Message(webhook_id=f"msg_{ident.hex}", body=json.dumps(event, separators=(",", ":")).encode())


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A log of an endpoint in the hands of one worker; `until` is where a range that is sent once more ends."""

    endpoint: Endpoint
    region: str
    source: str
    line: str
    until: int | None
    progress: Progress

    def key(self) -> dict[str, Any]:
        """Give what names the log at the endpoint, as a statement's parameters."""
        ident = self.endpoint.endpoint_id
        return {"endpoint_id": ident, "region": self.region, "source": self.source, "line": self.line}


class Kept(Protocol):
    """Where turns are taken and their progress is kept: `subscriptions.store` in everyday life."""

    def take(self, endpoint_id: str, now: datetime) -> Turn | None:
        """Take the lease of a log of an endpoint that is due, if there is one and few enough are in flight."""

    def events(self, turn: Turn) -> Sequence[Copied]:
        """Give the next events of a turn's log, in their order."""

    def moved(self, turn: Turn, after: Progress) -> bool:
        """Move on without an attempt; give whether the turn still holds the log."""

    def attempted(
        self, turn: Turn, after: Progress, attempt: Attempt, *, slow: bool, disabled: Disabled | None, now: datetime
    ) -> bool:
        """Write down what became of an attempt, all at once; give whether the turn still held the log."""

    def release(self, turn: Turn) -> None:
        """Give the lease back, if the turn still has it."""


class Deliverer:
    """Delivers what is due. Safe to use from several threads and processes at once."""

    def __init__(self, kept: Kept, post: Post, clock: Callable[[], datetime]) -> None:
        """Take where turns are kept, what makes an attempt, and the clock."""
        self._kept = kept
        self._post = post
        self._clock = clock

    def turn(self, endpoint_id: str) -> bool:
        """Send the next events of one log that is due; give whether there were any. Raises one of OPERATIONAL."""
        turn = self._kept.take(endpoint_id, self._clock())
        if turn is None:
            return False
        try:
            return self._deliver(turn)
        finally:
            self._kept.release(turn)

    def _deliver(self, turn: Turn) -> bool:
        """Send the events behind the turn's position, until one fails, the turn is over or another won the row.

        Gives whether there were any.
        """
        ends = self._clock() + TURN
        events = self._kept.events(turn)
        passed = turn.progress.position
        for event in events:
            passed = event.position
            if turn.endpoint.types and event.type not in turn.endpoint.types:
                continue
            gone_on = self._attempt(turn, event)
            if gone_on is None:
                return True
            turn = gone_on
            if self._clock() >= ends:
                return True
        if passed > turn.progress.position:
            self._kept.moved(turn, turn.progress.passed(passed))
        return bool(events)

    def _attempt(self, turn: Turn, event: Copied) -> Turn | None:
        """Make one attempt and write down what became of it; give how to go on, None where the turn is over."""
        began = self._clock()
        made = message(turn.endpoint, event)
        headers = made.headers(turn.endpoint, began)
        answer = self._post(turn.endpoint.url, headers, made.body)
        now = self._clock()
        attempt = Attempt(
            endpoint_id=turn.endpoint.endpoint_id,
            kind="live" if turn.line == LIVE else "resend",
            region=turn.region,
            source=turn.source,
            position=event.position,
            type=event.type,
            webhook_id=made.webhook_id,
            at=began,
            milliseconds=answer.milliseconds,
            attempt=turn.progress.tries + 1,
            url=turn.endpoint.url,
            headers=headers,
            status=answer.outcome.status,
            error=answer.outcome.error,
            answer=answer.text,
        )
        disabled: Disabled | None = None
        if answer.outcome.delivered:
            after = turn.progress.passed(event.position).taken(str(turn.progress.lease), now)
        else:
            after, disabled = turn.progress.failed(answer.outcome, now)
        slow = answer.milliseconds >= SLOW_MILLISECONDS
        won = self._kept.attempted(turn, after, attempt, slow=slow, disabled=disabled, now=now)
        if won and disabled is not None:
            _log.warning("webhook endpoint disabled", endpoint=turn.endpoint.endpoint_id, reason=disabled.value)
        return replace(turn, progress=after) if won and answer.outcome.delivered else None
