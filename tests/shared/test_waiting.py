"""Waiting for logs: how many may, and what the next is told."""

import asyncio
from collections.abc import Mapping

import pytest

from shared import waiting
from shared.waiting import Crowded, Moves


def test_beyond_what_a_process_can_hold_a_client_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 2)
    heads: dict[str, object] = {"33.27": 1}

    def now() -> Mapping[str, object]:
        return dict(heads)

    async def run() -> tuple[list[object], list[int]]:
        moves = Moves(now)

        async def read() -> int:
            return int(str(heads["33.27"]))

        waits = [asyncio.create_task(moves.until("33.27", 30, read, lambda found: found > 1)) for _ in range(2)]
        while len(moves._waiting) < 2:  # noqa: ASYNC110 - nothing tells of it, and it is so within a few turns
            await asyncio.sleep(0)
        refused = await asyncio.gather(moves.until("33.27", 30, read, lambda found: found > 1), return_exceptions=True)
        answered = await moves.until("33.27", 30, read, lambda found: found == 1)
        heads["33.27"] = 2
        return [type(each) for each in refused], [answered, *await asyncio.gather(*waits)]

    assert asyncio.run(run()) == ([Crowded], [1, 2, 2])


def test_whoever_is_to_end_ends_also_at_the_moment_in_which_it_is_woken() -> None:
    async def run(steps: int) -> tuple[bool, bool]:
        moves = Moves(dict)
        task = asyncio.create_task(moves.wait(None, 0, 30))
        await asyncio.sleep(0)
        [woken] = moves._waiting
        woken.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        ended = task.done()
        task.cancel()
        [found] = await asyncio.gather(task, return_exceptions=True)
        return ended, isinstance(found, asyncio.CancelledError)

    # However far the waking has come, it is either over or given up.
    found = [asyncio.run(run(steps)) for steps in range(6)]
    assert [given_up for _, given_up in found] == [not ended for ended, _ in found]
    assert {ended for ended, _ in found} == {True, False}
