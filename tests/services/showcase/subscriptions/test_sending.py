"""One attempt against receivers that stall, drip, flood, lie and lead elsewhere: bounded, and never anywhere else."""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from services.showcase.subscriptions.addresses import Address, Allowed
from services.showcase.subscriptions.progress import Outcome
from services.showcase.subscriptions.sending import ANSWER_BYTES, KEPT_BYTES, Answer, Poster
from tests.services.showcase.subscriptions.receiver import (
    GIGABYTE,
    Receiver,
    certificate,
    closed_port,
    receiving,
)

HERE = Allowed(("127.0.0.1",))
HURRIED = Poster(HERE, deadline_seconds=0.3)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def attempt(url: str, poster: Poster | None = None) -> Answer:
    return (poster or Poster(HERE))(url, {"webhook-id": "msg_1"}, b"{}")


def test_an_attempt_carries_its_headers_and_body(receiver: Receiver) -> None:
    answer = attempt(receiver.url("/hook?a=1"))
    path, headers, body = receiver.got[-1]
    assert (answer.outcome, answer.text) == (Outcome(status=200), "ok")
    assert (path, headers["webhook-id"], headers["host"], body) == (
        "/hook?a=1",
        "msg_1",
        f"127.0.0.1:{receiver.port}",
        b"{}",
    )


@pytest.mark.parametrize("path", ["/stall", "/drip-head"])
def test_who_does_not_answer_in_time_is_left(receiver: Receiver, path: str) -> None:
    assert attempt(receiver.url(path), HURRIED).outcome == Outcome(error="timeout")


def test_who_answers_and_then_drips_has_answered(receiver: Receiver) -> None:
    answer = attempt(receiver.url("/drip-body"), Poster(HERE, deadline_seconds=2))
    assert (answer.outcome, set(answer.text)) == (Outcome(status=200), {"x"})


def test_a_flood_is_cut_off(receiver: Receiver) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    receiver.sent = 0
    answer = attempt(receiver.url("/flood"), Poster(HERE))
    assert answer.outcome == Outcome(status=200)
    assert (len(answer.text.encode()) <= 3 * KEPT_BYTES, "\x00" in answer.text, "\x1b" in answer.text) == (
        True,
        False,
        False,
    )
    # What its system and ours hold between them, beyond what was read.
    assert receiver.sent < ANSWER_BYTES + 2**24
    receiver.sent = 0
    assert attempt(receiver.url("/flood-head"), Poster(HERE)).outcome == Outcome(error="protocol")
    assert receiver.sent < GIGABYTE // 32
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_others_go_on_while_some_stall(receiver: Receiver) -> None:
    with ThreadPoolExecutor(8) as threads:
        stalled = [threads.submit(attempt, receiver.url("/stall"), Poster(HERE, deadline_seconds=5)) for _ in range(7)]
        assert [attempt(receiver.url("/hook")).outcome.status for _ in range(20)] == [200] * 20
        assert not any(each.done() for each in stalled)
        assert {each.result().outcome for each in stalled} == {Outcome(error="timeout")}


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    target = receiver.url("/secret")
    receiver.answers["/redirect"] = f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
    before = len(receiver.got)
    assert attempt(receiver.url("/redirect")).outcome == Outcome(status=302)
    assert [path for path, *_ in receiver.got[before:]] == ["/redirect"]


def test_a_name_that_resolves_to_a_private_address_the_second_time_is_refused(receiver: Receiver) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, seconds: float) -> list[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    poster = Poster(HERE, resolve=rebinding)
    url = receiver.url("/hook", host="hub.example")
    before = len(receiver.got)
    assert [attempt(url, poster).outcome for _ in range(2)] == [Outcome(status=200), Outcome(error="address-refused")]
    assert [headers["host"] for _, headers, _ in receiver.got[before:]] == [f"hub.example:{receiver.port}"]


def test_nothing_is_allowed_unless_the_operator_says_so(receiver: Receiver) -> None:
    before = len(receiver.got)
    assert attempt(receiver.url("/hook"), Poster(Allowed())).outcome == Outcome(error="address-refused")
    assert len(receiver.got) == before


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert attempt(receiver.url("/hook")).outcome == Outcome(status=200)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("120", timedelta(minutes=2)), ("-1", None), ("soon", None), ("Mon, 01 Jan 2001 00:00:00 GMT", timedelta())],
)
def test_retry_after_is_read(receiver: Receiver, asked: str, found: timedelta | None) -> None:
    head = f"HTTP/1.1 429 Too Many Requests\r\nretry-after: {asked}\r\ncontent-length: 0\r\n\r\n"
    receiver.answers["/busy"] = head.encode()
    assert attempt(receiver.url("/busy")).outcome == Outcome(status=429, retry_after=found)


@pytest.mark.parametrize("path", ["/nonsense", "/hang-up"])
def test_what_is_no_http_is_an_error_of_its_own(receiver: Receiver, path: str) -> None:
    assert attempt(receiver.url(path)).outcome == Outcome(error="protocol")


def test_a_port_that_nobody_listens_on_and_a_name_that_nobody_knows() -> None:
    assert attempt(f"http://127.0.0.1:{closed_port()}/").outcome == Outcome(error="connection")

    def unknown(host: str, port: int, seconds: float) -> list[Address]:
        raise TimeoutError

    assert attempt("https://hub.example/", Poster(HERE, resolve=unknown)).outcome == Outcome(error="timeout")


def test_the_certificate_must_be_that_of_the_name_though_the_address_is_pinned(tmp_path: Path) -> None:
    serves, trusts = certificate(tmp_path, "hub.example")
    with receiving(serves) as receiver:

        def here(host: str, port: int, seconds: float) -> list[Address]:
            return [ip_address("127.0.0.1")]

        trusting = Poster(HERE, resolve=here, deadline_seconds=5, tls=trusts)
        right, wrong = (receiver.url("/hook", host=host, scheme="https") for host in ("hub.example", "other.example"))
        assert attempt(right, trusting).outcome == Outcome(status=200)
        assert attempt(wrong, trusting).outcome == Outcome(error="certificate")
        assert attempt(right, Poster(HERE, resolve=here, deadline_seconds=5)).outcome == Outcome(error="certificate")
        assert [headers["host"] for _, headers, _ in receiver.got] == [f"hub.example:{receiver.port}"]


def test_a_handshake_that_stalls_ends_in_time(receiver: Receiver) -> None:
    url = receiver.url("/hook", scheme="https")
    assert attempt(url).outcome.error in {"timeout", "tls"}
