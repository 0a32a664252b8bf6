"""Whose address a request is counted under; what is counted is tried where citizens speak."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from starlette.requests import Request

from shared.limits import Limits, client_address


def request(forwarded: str | None, host: str = "10.0.0.2") -> Request:
    """Give a request with what the gateway wrote."""
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return Request({"type": "http", "headers": headers, "client": (host, 1)})


@pytest.mark.parametrize(
    ("forwarded", "host", "address"),
    [
        ("203.0.113.7", "10.0.0.2", "203.0.113.7"),
        ("192.0.2.1, 203.0.113.7", "10.0.0.2", "203.0.113.7"),
        (None, "203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "10.0.0.2", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "10.0.0.2", "2001:db8:1:2::/64"),
        ("not an address", "10.0.0.2", "unknown"),
        (None, "testclient", "unknown"),
    ],
)
def test_the_address_is_the_one_that_the_gateway_vouches_for(forwarded: str | None, host: str, address: str) -> None:
    assert client_address(request(forwarded, host)) == address


def test_neither_days_nor_things_nor_installations_can_be_joined() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    first, second = (Limits(engine, secret) for secret in ("one", "two"))
    # 17:00 UTC is midnight in western Indonesia.
    evening, night = datetime(2026, 11, 22, 16, 59, tzinfo=UTC), datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    tokens = {
        first.token("203.0.113.7", evening, "feedback"),
        first.token("203.0.113.7", night, "feedback"),
        first.token("203.0.113.7", evening, "feedback 36.74-1 rating"),
        first.token("203.0.113.8", evening, "feedback"),
        second.token("203.0.113.7", evening, "feedback"),
    }
    assert (len(tokens), {len(each) for each in tokens}) == (5, {32})
    assert first.token("203.0.113.7", evening.replace(hour=1), "feedback") in tokens
