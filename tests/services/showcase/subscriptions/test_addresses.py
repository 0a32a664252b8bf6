"""Where webhooks may go: the spellings and addresses that a guard has to know."""

from collections.abc import Callable
from ipaddress import ip_address

import pytest

from services.showcase.subscriptions.addresses import (
    Address,
    Allowed,
    BadUrl,
    NotAllowed,
    Refused,
    Unresolvable,
    check,
    parse,
    resolve_checked,
)
from shared.domain import Rejection

PUBLIC = "93.184.215.14"


def knowing(*addresses: str) -> Callable[[str, int, float], list[Address]]:
    """Give a resolver that has one answer for every name."""
    return lambda host, port, seconds: [ip_address(each) for each in addresses]


def unknown(host: str, port: int, seconds: float) -> list[Address]:
    raise OSError


def refusal(url: str, *resolved: str, allowed: Allowed = Allowed()) -> type[Rejection] | None:  # noqa: B008 - frozen
    try:
        check(url, allowed, knowing(*(resolved or [PUBLIC])))
    except Rejection as rejection:
        return type(rejection) if rejection.field == "url" else Rejection
    return None


@pytest.mark.parametrize(
    "url",
    [
        "https://hub.example.go.id/hooks",
        "https://hub.example.go.id:8443/hooks?region=36.74",
        "https://xn--bcher-kva.example/",
        "https://93.184.215.14/hooks",
        "https://[2606:2800:21f::1]/hooks",
        "https://hub.example.go.id.",
    ],
)
def test_public_addresses_by_https_are_taken(url: str) -> None:
    assert refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.example.go.id/hooks",
        "ftp://hub.example.go.id/",
        "javascript:alert(1)",
        "hub.example.go.id/hooks",
        "https://",
        "https:///hooks",
        "https://user@hub.example.go.id/",
        "https://user:secret@hub.example.go.id/",
        "https://hub.example.go.id/#part",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://127.0.0.1.:443/",
        "https://1.2.3.4.5/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127\u30020.0.1/",
        "https://hub.example.go.id\\@127.0.0.1/",
        "https://hub.example.go.id /",
        "https://hub.example.go.id/\r\nX: y",
        "https://hub.example.go.id:0/",
        "https://hub.example.go.id:99999/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:7f00:1/",
        "https://hub..example/",
        "https://" + "a" * 64 + ".example/",
        "https://hub.example/" + "a" * 2000,
    ],
)
def test_what_two_programs_could_read_in_two_ways_is_refused(url: str) -> None:
    assert refusal(url) in {BadUrl, NotAllowed}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
    ],
)
def test_nothing_that_is_not_public_is_reached(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    assert refusal(f"https://{literal}/") is NotAllowed
    assert refusal("https://hub.example.go.id/", address) is NotAllowed
    # One bad address among good ones is enough: which of them would be connected to is chance.
    assert refusal("https://hub.example.go.id/", PUBLIC, address) is NotAllowed


def test_an_unusual_port_and_an_unknown_name_are_refused() -> None:
    assert refusal("https://hub.example.go.id:25/") is NotAllowed
    with pytest.raises(Unresolvable):
        check("https://hub.example.go.id/", Allowed(), unknown)


def test_what_the_operator_allows_is_reached_also_by_http() -> None:
    allowed = Allowed(("10.20.0.0/16", "Hub.Internal", "127.0.0.1", "fd00::/8"))
    assert refusal("http://10.20.3.4:80/", allowed=allowed) is None
    assert refusal("http://hub.internal:8080/", "192.168.1.9", allowed=allowed) is None
    assert refusal("http://other.internal/", "10.20.0.9", allowed=allowed) is None
    assert refusal("https://[fd00::7]:22/", allowed=allowed) is None
    assert refusal("http://10.21.0.1/", allowed=allowed) is NotAllowed
    assert refusal("http://hub.example.go.id/", allowed=allowed) is NotAllowed
    assert refusal("http://other.internal/", "10.20.0.9", "10.21.0.9", allowed=allowed) is NotAllowed
    assert refusal("https://hub.example.go.id/", allowed=allowed) is None


def test_every_connection_looks_again() -> None:
    target = parse("https://hub.example.go.id/")
    answers = [[ip_address(PUBLIC)], [ip_address("127.0.0.1")]]

    def rebinding(host: str, port: int, seconds: float) -> list[Address]:
        return answers.pop(0)

    assert resolve_checked(target, Allowed(), rebinding, 1) == [ip_address(PUBLIC)]
    with pytest.raises(Refused):
        resolve_checked(target, Allowed(), rebinding, 1)
