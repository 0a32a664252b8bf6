"""What is dear to find is kept: exactly as long as the model stands still, and in a large one a moment longer."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event
from time import sleep

import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import model as module
from services.showcase.model import EVENTS_FOR_A_SECOND, OLDEST_SECONDS, ReadModel, State
from services.showcase.queries import Model
from tests.services.showcase.site import Running

SMALL = State(schema="showcase_v1", applied=500, as_of=None, waiting=())
LARGE = replace(SMALL, applied=1_200_000)


@pytest.fixture
def read_model(running: Running) -> ReadModel:
    return ReadModel(running.service.kernel.engine)


class Finding:
    """Finds 1, then 2, then 3."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


class Key:
    """A key that notes how often it was looked up."""

    hashed = 0

    def __hash__(self) -> int:
        self.hashed += 1
        return 1


def test_a_fact_is_kept_while_the_model_stands_still(read_model: ReadModel) -> None:
    find = Finding()
    assert [read_model.fact("a", SMALL, find), read_model.fact("a", SMALL, find)] == [1, 1]
    assert read_model.fact("b", SMALL, find) == 2


def test_what_must_be_exact_is_found_anew_however_dear(read_model: ReadModel) -> None:
    find = Finding()
    moved = replace(LARGE, applied=LARGE.applied + 1)
    assert [read_model.fact("a", each, find, exact=True) for each in (LARGE, LARGE, moved)] == [1, 1, 2]


def test_a_page_with_an_older_fact_is_not_kept(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, find = ReadModel(running.service.kernel.engine), Finding()
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    states = iter([LARGE, *[replace(LARGE, applied=LARGE.applied + 1)] * 3])
    monkeypatch.setattr(module, "state_of", lambda _: next(states))
    monkeypatch.setattr("services.showcase.model.time.time", lambda: 1000.0)
    made = Finding()

    def page() -> str:
        def make(_: Model, state: State) -> Response:
            return Response(f"{kept.fact('a', state, find)} {made()}")

        return bytes(kept.answer(request, None, make).body).decode()

    # The first is exact and kept for its state; what the second shows is older than its state.
    assert [page(), page(), page()] == ["1 1", "1 2", "1 3"]
    monkeypatch.setattr("services.showcase.model.time.monotonic", lambda: 10.0**9)
    assert page() == "2 4"


def test_a_fact_may_be_the_older_the_more_events_there_are(
    read_model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("services.showcase.model.time.monotonic", lambda: now)
    find = Finding()
    # (events, seconds since the last one was found, what is given after one more event)
    for events, seconds, given in (
        (EVENTS_FOR_A_SECOND - 2, 0.0, 2),
        (EVENTS_FOR_A_SECOND, 0.9, 1),
        (EVENTS_FOR_A_SECOND, 1.1, 2),
        (LARGE.applied, OLDEST_SECONDS - 0.1, 1),
        (LARGE.applied, OLDEST_SECONDS, 2),
    ):
        find.times = 0
        key, state = (events, seconds), replace(SMALL, applied=events)
        assert read_model.fact(key, state, find) == 1
        now += seconds
        assert (key, read_model.fact(key, replace(state, applied=events + 1), find)) == (key, given)


def test_who_asks_while_it_is_being_found_waits_for_it(read_model: ReadModel) -> None:
    begun, may_end = Event(), Event()
    find = Finding()

    def slowly() -> int:
        begun.set()
        assert may_end.wait(10)
        return find()

    both = Barrier(2)

    def second() -> int:
        both.wait(10)
        return read_model.fact("a", LARGE, find)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(read_model.fact, "a", LARGE, slowly)
        assert begun.wait(10)
        other = threads.submit(second)
        both.wait(10)
        # Another fact does not wait for this one.
        assert read_model.fact("b", LARGE, lambda: "at once") == "at once"
        may_end.set()
        assert (first.result(10), other.result(10)) == (1, 1)


def test_who_waited_fails_with_whoever_looked_for_it(read_model: ReadModel) -> None:
    begun, may_end = Event(), Event()
    tried, key = Finding(), Key()

    def fail() -> int:
        tried()
        begun.set()
        assert may_end.wait(10)
        raise TimeoutError

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(read_model.fact, key, LARGE, fail)
        assert begun.wait(10)
        before = key.hashed
        second = threads.submit(read_model.fact, key, LARGE, fail)
        while key.hashed == before:
            sleep(0.01)
        with read_model._lock:
            # The second has seen that nothing failed so far.
            may_end.set()
        assert [type(each.exception(10)) for each in (first, second)] == [TimeoutError] * 2
    assert tried.times == 1


def test_what_fails_to_be_found_is_looked_for_again(read_model: ReadModel) -> None:
    with pytest.raises(ZeroDivisionError):
        read_model.fact("a", SMALL, lambda: 1 // 0)
    assert read_model.fact("a", SMALL, Finding()) == 1
