"""The newest steps as they are sent to pages that stay open: each once, from where a reader was cut, few questions."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.showcase.feeds.streams import Seats
from services.showcase.model import ReadModel
from services.showcase.pages import Site
from services.showcase.pages.live import Place, Steps, StepStream, WrongPlace
from services.submission.domain.vocabulary import Stage
from tests.services.showcase.logs import advanced, proposed
from tests.services.showcase.site import Running

REGION = "11.71"
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


class Listener:
    """A reader of a stream in this process: what it was sent, and the wish to leave."""

    def __init__(self, stream: StepStream) -> None:
        self._stream = stream
        self._leaves, self._got = asyncio.Event(), asyncio.Event()
        self.sent = b""
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async def receive() -> dict[str, Any]:
            await self._leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.sent += message.get("body", b"")
            self._got.set()

        await self._stream({"type": "http", "state": {}}, receive, send)

    def steps(self) -> list[tuple[str, str]]:
        """The ids and titles of the steps that were sent."""
        frames = [each for each in self.sent.decode().split("\n\n") if "event: step" in each]
        lines = [dict(line.split(": ", 1) for line in each.split("\n")) for each in frames]
        return [(each["id"], json.loads(each["data"])["title"]) for each in lines]

    async def until(self, count: int) -> list[tuple[str, str]]:
        """Wait until so many steps were sent."""
        async with asyncio.timeout(20):
            while len(self.steps()) < count or not self.sent:
                self._got.clear()
                await self._got.wait()
        return self.steps()

    async def leave(self) -> None:
        self._leaves.set()
        await self.task


def record(running: Running, number: int, title: str, minutes: int) -> None:
    each = proposed(REGION, number, title=title)
    at = AT + timedelta(minutes=minutes)
    running.submission.record(REGION, f"innovation/{each.innovation_id}", each, at=at)
    running.catch_up()


def test_each_step_is_sent_once_and_a_reader_goes_on_where_it_was_cut(running: Running) -> None:
    kernel = running.service.kernel
    site = Site(ReadModel(kernel.engine), kernel.pages, kernel.cursors, "http://127.0.0.1:8000")
    record(running, 1, "Sebelum", 0)

    async def listen() -> None:
        steps, seats = Steps(site), Seats(3)

        def open_stream(after: str = "") -> Listener:
            return Listener(StepStream(steps, seats, "id", Place.of(after) if after else None))

        first, second = open_stream(), open_stream()
        assert await first.until(0) + await second.until(0) == []
        lists: list[str] = []
        event.listen(kernel.engine, "before_cursor_execute", lambda *said: "LIMIT" in said[2] and lists.append(said[2]))
        await asyncio.to_thread(record, running, 2, "Inovasi <b>kedua</b>", 2)
        (found,) = await first.until(1)
        assert (await second.until(1)) == [found]
        assert found[1] == "Inovasi <b>kedua</b>"
        assert b"Inovasi &lt;b&gt;kedua" in first.sent
        assert b"<b>kedua</b></a>" not in first.sent
        # The list was asked for once, for both.
        assert len(lists) == 1
        # Recorded earlier elsewhere, and arriving only now: sent as well, and the place stays the furthest.
        ident = proposed(REGION, 2).innovation_id
        running.submission.record(
            "12.71", f"innovation/{ident}", proposed("12.71", 1, title="Terlambat"), at=AT + timedelta(minutes=1)
        )
        await asyncio.to_thread(running.catch_up)
        both = await first.until(2)
        assert (both[1][1], both[1][0]) == ("Terlambat", found[0])
        await first.leave()
        await asyncio.to_thread(record, running, 3, "Ketiga", 3)
        assert [title for _, title in await second.until(3)] == ["Inovasi <b>kedua</b>", "Terlambat", "Ketiga"]
        again = open_stream(both[-1][0])
        assert [title for _, title in await again.until(1)] == ["Ketiga"]
        for each in (second, again):
            await each.leave()

    asyncio.run(listen())


def test_a_place_is_what_was_given_out(running: Running) -> None:
    given = Place(AT, REGION, 3)
    assert Place.of(str(given)) == given
    for wrong in ("x", "2026-01-01T00:00:00~11.71~1", f"{AT.isoformat()}~99~~1", f"{AT.isoformat()}~11.71~0"):
        with pytest.raises(WrongPlace):
            Place.of(wrong)
    assert running.client.get("/steps?after=nothing").status_code == 422


def test_the_page_tells_its_script_where_to_begin(running: Running) -> None:
    each = proposed(REGION, 9)
    running.submission.record(REGION, f"innovation/{each.innovation_id}", each, at=AT + timedelta(hours=1))
    running.submission.record(
        REGION,
        f"innovation/{each.innovation_id}",
        advanced(each.innovation_id, Stage.DIAGNOSE, each.proposed_on),
        at=AT + timedelta(hours=2),
    )
    running.catch_up()
    position = len(running.submission.events[REGION])
    assert f'data-after="{Place(AT + timedelta(hours=2), REGION, position)}"' in running.page("/")
