"""Thousands of histories of webhooks on a simulated clock: receivers that fail, workers that are killed, all at once.

What is driven is the delivering itself; only the rows, the network and the clock are made of memory.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from services.showcase.subscriptions import progress
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.delivering import Copied, Deliverer, Turn
from services.showcase.subscriptions.endpoints import LIVE, Endpoint
from services.showcase.subscriptions.progress import PAUSES, TRIES, Disabled, Outcome, Progress
from services.showcase.subscriptions.sending import Answer
from services.showcase.subscriptions.signing import new_secret

SEEDS = 10_000 if os.environ.get("LABINOV_LONG") else 40
BLOCKS = 8
START = datetime(2026, 11, 22, tzinfo=UTC)
LOGS = ("submission", "review")
IN_FLIGHT = 2

ENDPOINT = Endpoint(
    endpoint_id="36.74-x",
    regions=("36.74",),
    url="https://hub.example/hook",
    description="",
    types=("unit.registered",),
    readable_types=None,
    secret=new_secret(),
    former_secret=None,
    former_until=None,
    state="active",
    reason=None,
    slow=False,
    created_by="somebody",
    created_at=START,
    changed_at=START,
    request_hash=b"",
    rotated_by=None,
)


class Killed(BaseException):
    """A worker ends here, and does nothing more."""


@dataclass
class World:
    """One history: its rows, its receiver and its clock, all from one seed."""

    random: Random
    now: datetime = START
    active: bool = True
    reason: Disabled | None = None
    logs: dict[str, list[Copied]] = field(default_factory=lambda: {each: [] for each in LOGS})
    rows: dict[str, Progress] = field(default_factory=lambda: {each: Progress(position=0) for each in LOGS})
    arrived: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    tried: dict[tuple[str, int], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    in_flight: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    down_until: datetime = START
    hostile: bool = True
    ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    depth: int = 0

    def deliverer(self) -> Deliverer:
        return Deliverer(self, self.post, lambda: self.now)

    # What the database does.

    def take(self, endpoint_id: str, now: datetime) -> Turn | None:
        leased = [each for each in self.rows.values() if each.leased(now)]
        due = [log for log in LOGS if self.rows[log].due(now) and self.rows[log].position < len(self.logs[log])]
        if not self.active or len(leased) >= IN_FLIGHT or not due:
            return None
        log = self.random.choice(due)
        self.rows[log] = self.rows[log].taken(str(uuid4()), now)
        endpoint = replace(ENDPOINT, state="active")
        return Turn(endpoint=endpoint, region="36.74", source=log, line=LIVE, until=None, progress=self.rows[log])

    def events(self, turn: Turn) -> Sequence[Copied]:
        return self.logs[turn.source][turn.progress.position :][:5]

    def moved(self, turn: Turn, after: Progress) -> bool:
        row = self.rows[turn.source]
        if (row.lease, row.position) != (turn.progress.lease, turn.progress.position):
            return False
        self.rows[turn.source] = after
        return True

    def attempted(
        self, turn: Turn, after: Progress, attempt: Attempt, *, slow: bool, disabled: Disabled | None, now: datetime
    ) -> bool:
        self.maybe_kill(turn)
        won = self.moved(turn, after)
        if won and disabled is not None:
            self.active, self.reason = False, disabled
            times = self.tried[turn.source, attempt.position or 0]
            if disabled is Disabled.EXHAUSTED:
                assert after.tries == TRIES
                assert now - times[0] >= sum(PAUSES, timedelta())
            else:
                assert attempt.status == 410
        self.maybe_kill(turn)
        return won

    def release(self, turn: Turn) -> None:
        lease = str(turn.progress.lease)
        if lease not in self.dead and self.rows[turn.source].lease == lease:
            self.rows[turn.source] = self.rows[turn.source].released()

    def maybe_kill(self, turn: Turn) -> None:
        if self.hostile and self.random.random() < 0.03:
            self.dead.add(str(turn.progress.lease))
            raise Killed

    # What the receiver does.

    def post(self, url: str, headers: Any, body: bytes) -> Answer:
        log, position = self.ids[body.decode()]
        assert log not in self.in_flight, "two attempts at one log at once"
        assert len(self.in_flight) < IN_FLIGHT
        self.in_flight.add(log)
        try:
            return self.answer(log, position)
        finally:
            self.in_flight.discard(log)

    def answer(self, log: str, position: int) -> Answer:
        self.tried[log, position].append(self.now)
        self.arrived[log].append(position)
        self.now += timedelta(seconds=self.random.uniform(0, 10))
        if self.depth < 3 and self.random.random() < 0.3:
            # Somebody else looks while this attempt is under way.
            self.depth += 1
            with suppress(Killed):
                self.deliverer().turn(ENDPOINT.endpoint_id)
            self.depth -= 1
        if not self.hostile:
            return Answer(outcome=Outcome(status=204), milliseconds=5)
        if self.random.random() < 0.03:
            self.dead |= {str(self.rows[log].lease)}
            raise Killed
        if self.now < self.down_until:
            return Answer(outcome=Outcome(error="timeout"), milliseconds=10_000)
        dice = self.random.random()
        if dice < 0.05:
            self.down_until = self.now + timedelta(hours=self.random.choice([0.01, 1, 20, 96]))
        if dice < 0.2:
            return Answer(outcome=Outcome(status=self.random.choice([500, 302, 404])), milliseconds=5)
        if dice < 0.25:
            wait = timedelta(seconds=self.random.choice([1, 600, 10**9]))
            return Answer(outcome=Outcome(status=429, retry_after=wait), milliseconds=5)
        if dice < 0.252:
            return Answer(outcome=Outcome(status=410), milliseconds=5)
        return Answer(outcome=Outcome(status=204), milliseconds=5)

    # What goes on.

    def record(self) -> None:
        log = self.random.choice(LOGS)
        position = len(self.logs[log]) + 1
        type_ = self.random.choice(["unit.registered", "unit.registered", "unit.renamed"])
        wire = f"{log} {position}"
        self.ids[wire] = (log, position)
        self.logs[log].append(Copied(position=position, type=type_, event_id=wire, wire=wire.encode()))

    def step(self) -> None:
        dice = self.random.random()
        if dice < 0.2 and sum(map(len, self.logs.values())) < 30:
            self.record()
        elif dice < 0.8:
            with suppress(Killed):
                self.deliverer().turn(ENDPOINT.endpoint_id)
        else:
            self.wait()

    def wait(self) -> None:
        """Let the time come to the next moment at which something may happen."""
        ends = [end for row in self.rows.values() for end in (row.next_try, row.leased_until) if end is not None]
        self.now = min([end for end in ends if end > self.now], default=self.now + timedelta(seconds=1))

    @property
    def finished(self) -> bool:
        return all(self.rows[log].position == len(self.logs[log]) for log in LOGS)


def history(seed: int) -> World:
    """Live through one history, to the end of all its failures; an endpoint that was switched off is resumed once."""
    world = World(Random(seed))
    for _ in range(150):
        world.step()
    while world.active and not world.finished:
        world.step()
    while sum(map(len, world.logs.values())) < 30:
        world.record()
    if not world.active:
        before = {log: row.position for log, row in world.rows.items()}
        world.deliverer().turn(ENDPOINT.endpoint_id)
        assert before == {log: row.position for log, row in world.rows.items()}, "sent while switched off"
        world.active = True
        world.rows = {log: row.resumed() for log, row in world.rows.items()}
    world.hostile = False
    while not world.finished:
        world.step()
    return world


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.timeout(3600)
def test_a_log_arrives_in_order_and_whole_whatever_fails(block: int) -> None:
    for seed in range(block, SEEDS, BLOCKS):
        world = history(seed)
        for log in LOGS:
            wanted = [each.position for each in world.logs[log] if each.type in ENDPOINT.types]
            first = list(dict.fromkeys(world.arrived[log]))
            assert first == wanted, f"seed {seed}"
            newest = 0
            for position in world.arrived[log]:
                assert position >= newest, f"seed {seed}: an earlier event came after a later one"
                newest = position


def test_some_histories_switch_the_endpoint_off_by_either_rule() -> None:
    reasons = {history(seed).reason for seed in range(40)}
    assert reasons == {None, Disabled.GONE, Disabled.EXHAUSTED}


def test_the_schedule_is_the_one_that_is_promised() -> None:
    row, now, disabled = Progress(position=7), START, None
    waits = []
    for _ in range(TRIES):
        row, disabled = row.failed(Outcome(error="timeout"), now)
        if row.next_try is not None:
            waits.append(row.next_try - now)
            now = row.next_try
    assert waits == list(PAUSES)
    assert [each.total_seconds() for each in waits] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert (disabled, row.position, row.failing_since, now - START) == (
        Disabled.EXHAUSTED,
        7,
        START,
        timedelta(hours=75, minutes=35, seconds=5),
    )


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    for asked, waits in ((1, 5), (600, 600), (10**8, 86_400)):
        outcome = Outcome(status=429, retry_after=timedelta(seconds=asked))
        row, _ = Progress(position=0).failed(outcome, START)
        assert row.next_try == START + timedelta(seconds=waits)


def test_gone_is_gone_at_once() -> None:
    _, disabled = Progress(position=0).failed(Outcome(status=410), START)
    assert disabled is Disabled.GONE


def test_a_lease_ends_by_itself() -> None:
    row = Progress(position=0).taken("a", START)
    assert (row.due(START), row.due(START + progress.LEASE)) == (False, True)
