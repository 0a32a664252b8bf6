"""Streams of events: what is sent to whom, going on after a cut, many readers, slow ones, and the end."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from random import Random

import httpx
import pytest

from services.showcase.feeds import streams
from services.showcase.feeds.places import At, Place
from services.showcase.feeds.reading import Copies, Found
from shared.auth import Role
from shared.service import Service
from tests.npm import npm_packages
from tests.services.showcase.feeds.copies import Copied, headers_of
from tests.services.showcase.feeds.streaming import Breaking, Serving, listening, serving
from tests.services.showcase.logs import laboratory

LONG = os.environ.get("LABINOV_LONG") == "1"
REGION, OTHER = "36.74", "33.27"
READERS = 60


class Spied(Copies):
    """The copied logs, and what was read of them."""

    read: Collection[str] = ()
    # What happens right after the heads were asked for once, twice, ….
    meanwhile: Sequence[Callable[[], None]] = ()

    def heads(self, regions: Collection[str] | None = None) -> dict[str, dict[str, At]]:
        """Give the heads, after which something happens."""
        found = super().heads(regions)
        if self.meanwhile:
            happens, *self.meanwhile = self.meanwhile
            happens()
        return found

    def behind(self, place: Place, region: str, limit: int, types: Collection[str] | None = None) -> Found:
        """Note what is read."""
        self.read = [*self.read, region]
        return super().behind(place, region, limit, types)


@pytest.fixture(scope="module")
def copies(made: Service) -> Spied:
    return Spied(made.kernel.engine, made.kernel.cursors)


@pytest.fixture(scope="module")
def server(made: Service, copies: Spied) -> Iterator[Serving]:
    with serving(made, copies, readers=READERS) as running:
        yield running


@pytest.fixture
def copied(made: Service, server: Serving, monkeypatch: pytest.MonkeyPatch) -> Copied:
    monkeypatch.setattr("shared.waiting._POLL_SECONDS", 0.05)
    # Logs never come back to where they were, except here: nothing may be known from before.
    eventually(lambda: nobody_listens(server) and not server.feeds._moves.asking)
    server.feeds._streams._chunks.clear()
    return Copied(made)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(1500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to hold")


def nobody_listens(server: Serving) -> bool:
    """Whether all places for readers are free."""
    return server.feeds._streams.seats._free == READERS


class TestWhatIsSent:
    """Messages, places and rights."""

    def test_events_as_they_are_recorded_each_with_its_cursor(self, server: Serving, copied: Copied) -> None:
        copied.units(REGION, [1])
        reader = headers_of(server.app, Role.MACHINE, regions=(REGION,))
        with listening(f"{server.url}/stream/{REGION}", **reader) as stream:
            first = next(stream.messages())
            assert (first.event, first.data, first.retry) == ("id.labinov.place", "{}", "3000")
            copied.units(REGION, [2, 3])
            sent = stream.take(2)
        head = {name: stream.response.headers[name] for name in ("content-type", "cache-control", "x-accel-buffering")}
        feed = httpx.get(f"{server.url}/feed/{REGION}?limit=2", headers=reader)
        assert head == {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store, no-transform",
            "x-accel-buffering": "no",
        }
        assert [message.event for message in sent] == ["id.labinov.unit.registered.v1"] * 2
        assert [int(json.loads(message.data)["sequence"]) for message in sent] == [2, 3]
        assert sent[0].id == feed.headers["labinov-cursor"]
        assert json.loads(sent[0].data) == feed.json()[1]

    @pytest.mark.parametrize("asked", range(2, 6))
    def test_what_is_recorded_while_a_stream_opens_is_not_waited_for(
        self, server: Serving, copied: Copied, copies: Spied, asked: int
    ) -> None:
        copied.units(REGION, [1])
        copies.meanwhile = [*[lambda: None] * (asked - 1), lambda: copied.units(REGION, [2])]
        with listening(f"{server.url}/stream", **headers_of(server.app, Role.LAN)) as stream:
            first = next(stream.messages())
            eventually(lambda: not copies.meanwhile)
            sent = [int(json.loads(message.data)["sequence"]) for message in stream.take(1)]
        assert (first.event, sent) == ("id.labinov.place", [2])

    def test_who_sees_what(self, server: Serving, copied: Copied) -> None:
        laboratory(copied.submission, copied.review, REGION)
        copied.copy()
        events = len(copied.submission.events[REGION]) + len(copied.review.events[REGION])
        seen = {}
        for name, regions, types in (
            ("own", (REGION,), None),
            ("foreign", (OTHER,), None),
            ("narrow", (REGION,), ("x.y",)),
        ):
            reader = headers_of(server.app, Role.MACHINE, regions=regions, types=types)
            with listening(f"{server.url}/stream/{REGION}?after=start", **reader) as stream:
                sent = [json.loads(message.data) for message in stream.take(events)]
            seen[name] = (any("MASALAH" in json.dumps(each) for each in sent), sum("data" in each for each in sent) > 0)
        assert seen == {"own": (True, True), "foreign": (False, True), "narrow": (False, False)}

    def test_types_that_were_not_asked_for_only_move_the_place(self, server: Serving, copied: Copied) -> None:
        laboratory(copied.submission, copied.review, REGION)
        copied.copy()
        reader = headers_of(server.app, Role.LAN)
        url = f"{server.url}/stream/{REGION}?after=start&types=unit.registered"
        with listening(url, **reader) as stream:
            messages = stream.messages()
            sent = [next(messages) for _ in range(3)]
        kinds = [message.event for message in sent]
        assert kinds == ["id.labinov.place", "id.labinov.unit.registered.v1", "id.labinov.place"]
        end = httpx.get(f"{server.url}/feed/{REGION}").headers["labinov-cursor"]
        with listening(url, **reader, last_event_id=sent[2].id) as stream:
            copied.units(REGION, [7], minute=10**6)
            assert len(stream.take(1)) == 1
        assert len(end) > 0

    def test_who_hears_nothing_is_told_that_the_stream_lives(
        self, server: Serving, copied: Copied, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "PING_SECONDS", 0.02)
        with listening(f"{server.url}/stream/{REGION}", **headers_of(server.app, Role.LAN)) as stream:
            lines = stream.response.iter_lines()
            assert next(line for line in lines if line.startswith(":")) == ": ping"

    def test_a_feed_that_is_asked_to_wait_ends_with_the_event_it_waited_for(
        self, server: Serving, copied: Copied
    ) -> None:
        copied.units(REGION, [1])
        url = f"{server.url}/feed/{REGION}?after=now&types=unit.registered"
        found: list[httpx.Response] = []

        def wait() -> None:
            found.append(httpx.get(url, headers={"Prefer": "wait=30"}, timeout=40))

        waiting = threading.Thread(target=wait)
        waiting.start()
        eventually(lambda: len(server.feeds._moves._waiting) == 1)
        copied.units(REGION, [2])
        waiting.join()
        in_vain = httpx.get(url, headers={"Prefer": "wait=1"})
        assert [[int(each["sequence"]) for each in answer.json()] for answer in (*found, in_vain)] == [[2], []]
        assert (found[0].headers["preference-applied"], in_vain.status_code) == ("wait=30", 200)

    @pytest.mark.parametrize(("role", "own"), [(Role.MACHINE, (REGION, OTHER)), (Role.LAN, ())])
    def test_all_regions_that_the_token_is_for(
        self, server: Serving, copied: Copied, role: Role, own: tuple[str, ...]
    ) -> None:
        regions = (REGION, OTHER, "36.02")
        reader, count = headers_of(server.app, role, regions=own), len(own or regions)
        for region in regions:
            copied.units(region, [1])
        with listening(f"{server.url}/stream?after=start", **reader) as stream:
            sent = stream.take(count)
            for region in regions:
                copied.units(region, [2])
            sent += stream.take(count)
        with listening(f"{server.url}/stream", **reader, last_event_id=sent[count].id) as stream:
            again = stream.take(count - 1)
        assert sorted(json.loads(each.data)["source"] for each in sent) == sorted(
            f"/submission/{region}" for region in (own or regions) * 2
        )
        # In what order regions come is not promised, what comes is.
        assert sorted(each.data for each in again) == sorted(each.data for each in sent[count + 1 :])

    def test_who_may_not_listen_and_what_is_no_place(self, server: Serving, copied: Copied) -> None:
        copied.units(REGION, range(1, 4))
        cursor = httpx.get(f"{server.url}/feed/{REGION}").headers["labinov-cursor"]
        with copied.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE checkpoint SET epoch = 2")
        lan, reviewer = headers_of(server.app, Role.LAN), headers_of(server.app, Role.REVIEWER)
        asked = {
            "/stream": ({}, 401),
            f"/stream/{REGION}": ({}, 401),
            "/stream?types=x.y": (reviewer, 403),
            "/stream/99.99": (lan, 404),
            f"/stream/{REGION}?after={cursor}": (lan, 410),
            f"/stream/{OTHER}?after={cursor}": (lan, 400),
            f"/stream?after={cursor}": (lan, 400),
            f"/stream/{REGION}?types=-": (lan, 422),
        }
        answers = {path: httpx.get(f"{server.url}{path}", headers=headers) for path, (headers, _) in asked.items()}
        assert {path: answer.status_code for path, answer in answers.items()} == {
            path: status for path, (_, status) in asked.items()
        }
        assert "resume" in answers[f"/stream/{REGION}?after={cursor}"].json()


class TestManyReaders:
    """What many readers cost, and what happens to those that take nothing."""

    def test_those_at_one_place_share_one_reading_and_one_too_many_is_sent_away(
        self, server: Serving, copied: Copied, copies: Spied
    ) -> None:
        copied.units(REGION, [1])
        reader = headers_of(server.app, Role.LAN)
        eventually(lambda: nobody_listens(server))
        with ExitStack() as stack:
            everyone = [
                stack.enter_context(listening(f"{server.url}/stream/{REGION}", **reader)) for _ in range(READERS)
            ]
            for each in everyone:
                next(each.messages())
            crowded = httpx.get(f"{server.url}/stream/{REGION}", headers=reader)
            # Each looks once at what there is before it waits.
            eventually(lambda: len(server.feeds._moves._waiting) == READERS)
            copies.read = []
            copied.units(REGION, [2])
            sent = [each.take(1)[0] for each in everyone]
            eventually(lambda: len(server.feeds._moves._waiting) == READERS)
        assert (len({message.id for message in sent}), len(sent)) == (1, READERS)
        assert copies.read == [REGION]
        assert (crowded.status_code, crowded.headers["retry-after"]) == (503, "10")
        eventually(lambda: nobody_listens(server))

    def test_a_reader_that_takes_nothing_is_cut_off(
        self, server: Serving, copied: Copied, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.serving.STALLED_SECONDS", 0.2)
        copied.units(REGION, range(1, 200))
        # More than the system's own buffers take.
        with copied.engine.begin() as connection:
            connection.exec_driver_sql(
                """
                UPDATE copied_event SET wire = convert_to(
                    regexp_replace(convert_from(wire, 'UTF8'), '^{', '{"pad":"' || repeat('x', 100000) || '",'), 'UTF8')
                """
            )
        eventually(lambda: nobody_listens(server))
        seats = server.feeds._streams.seats
        entered: list[str] = []
        enter = seats.enter

        def entering() -> None:
            enter()
            entered.append("somebody")

        monkeypatch.setattr(seats, "enter", entering)
        url = httpx.URL(server.url)
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((url.host, url.port or 80))
        headers = "".join(f"{name}: {value}\r\n" for name, value in headers_of(server.app, Role.LAN).items())
        stalled.sendall(f"GET /stream/{REGION}?after=start HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
        eventually(lambda: entered == ["somebody"])
        eventually(lambda: nobody_listens(server))
        eventually(lambda: not server.server.server_state.connections)
        stalled.close()

    def test_a_stream_ends_when_the_process_is_told_to_stop(self, made: Service, copies: Spied, copied: Copied) -> None:
        copied.units(REGION, [1])
        with (
            serving(made, copies) as short,
            listening(f"{short.url}/stream/{REGION}", **headers_of(short.app, Role.LAN)) as stream,
        ):
            next(stream.messages())
            short.stop()
            rest = list(stream.messages())
        assert rest == []


CLIENT = """
import { EventSource } from "eventsource";
const { url, cookie, last } = JSON.parse(process.argv[1]);
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Cookie: cookie } }),
});
source.addEventListener("id.labinov.unit.registered.v1", (event) => {
  const position = Number(JSON.parse(event.data).sequence);
  console.log(position);
  if (position === last) process.exit(0);
});
source.addEventListener("error", (event) => { if (event.code) { console.error(event.code); process.exit(1); } });
"""


@pytest.mark.parametrize("path", [f"/stream/{REGION}", "/stream"])
def test_a_client_not_written_here_sees_each_event_once_however_often_it_is_cut_off(
    server: Serving, copied: Copied, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = npm_packages("eventsource@4.1.0")
    monkeypatch.setattr(streams, "RETRY_MILLISECONDS", 10)
    times = 100 if LONG else 10
    last = times * 8
    way = Breaking(server.url, times, Random(path))
    told = {
        "url": f"{way.url}{path}?after=start",
        "cookie": headers_of(server.app, Role.MACHINE, regions=(REGION,))["Cookie"],
        "last": last,
    }

    def record() -> None:
        for number in range(1, last + 1, 4):
            copied.units(REGION, range(number, number + 4))

    recording = threading.Thread(target=record)
    recording.start()
    command = ["node", "--input-type=module", "-e", CLIENT, "--", json.dumps(told)]
    client = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)
    recording.join()
    way.close()
    assert (client.returncode, client.stderr) == (0, "")
    assert [int(line) for line in client.stdout.split()] == list(range(1, last + 1))
    assert way.broken == times
