"""How far one log was delivered to one endpoint, and what each outcome of an attempt makes of it. Pure.

One attempt is in flight at a time, and the next event waits until this one arrived: so a log arrives in its order,
and what fails holds up nothing but its own log at its own endpoint.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# After each failed attempt: the first is made at once, the tenth 75 hours and 35 minutes later.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(PAUSES) + 1
LONGEST_PAUSE = timedelta(hours=24)
LEASE = timedelta(seconds=45)


class Disabled(StrEnum):
    """Why an endpoint was switched off by itself."""

    GONE = "gone"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one attempt: the status that was answered, or the kind of error; and when to come back."""

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a log stands at an endpoint: the last position that is done with, the failing try, who is at it."""

    position: int
    tries: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None

    def leased(self, now: datetime) -> bool:
        """Whether somebody is at it; one who was killed no longer is once the lease is over."""
        return self.leased_until is not None and self.leased_until > now

    def due(self, now: datetime) -> bool:
        """Whether an attempt may be made now, if there is something to deliver."""
        return not self.leased(now) and (self.next_try is None or self.next_try <= now)

    def taken(self, lease: str, now: datetime) -> "Progress":
        """Give it to whoever begins an attempt now, or goes on with the next."""
        return replace(self, lease=lease, leased_until=now + LEASE)

    def released(self) -> "Progress":
        """Give it back."""
        return replace(self, lease=None, leased_until=None)

    def passed(self, position: int) -> "Progress":
        """The events up to here are done with: delivered, or of no type that was asked for."""
        return replace(self, position=position, tries=0, failing_since=None, next_try=None)

    def failed(self, outcome: Outcome, now: datetime) -> tuple["Progress", Disabled | None]:
        """Give when the same event is tried again, and whether its endpoint is to be switched off."""
        tries = self.tries + 1
        since = self.failing_since or now
        if outcome.status == 410:
            return replace(self, tries=tries, failing_since=since, next_try=None), Disabled.GONE
        if tries >= TRIES:
            return replace(self, tries=tries, failing_since=since, next_try=None), Disabled.EXHAUSTED
        pause = PAUSES[tries - 1]
        if outcome.retry_after is not None:
            pause = max(pause, min(outcome.retry_after, LONGEST_PAUSE))
        return replace(self, tries=tries, failing_since=since, next_try=now + pause), None

    def resumed(self) -> "Progress":
        """Begin anew with the event that it stands before: its endpoint was switched on again."""
        return replace(self, tries=0, failing_since=None, next_try=None)
