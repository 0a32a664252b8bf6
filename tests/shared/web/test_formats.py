"""Dates, numbers and shares as Indonesians and as readers of English write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.web.formats import Formats

ID, EN = Formats("id"), Formats("en")
MOMENT = datetime(2022, 12, 31, 20, 5, tzinfo=UTC)


def test_days() -> None:
    assert (ID.day(date(2022, 10, 12)), EN.day("2022-10-12")) == ("12 Oktober 2022", "12 October 2022")
    assert ID.day(date(2022, 8, 1), "short") == "1 Agu 2022"
    assert ID.day(MOMENT) == "1 Januari 2023"


def test_moments_are_shown_in_jakarta_unless_said_otherwise() -> None:
    assert ID.moment(MOMENT) == "1 Januari 2023, 03.05 WIB"
    assert EN.moment("2022-12-31T20:05:00Z") == "1 January 2023, 03:05 WIB"
    assert ID.moment(datetime(2022, 12, 31, 20, 5)) == "1 Januari 2023, 03.05 WIB"  # noqa: DTZ001 - UTC is meant
    assert Formats("id", "Asia/Jayapura").moment(MOMENT) == "1 Januari 2023, 05.05 WIT"
    assert ID.moment(date(2022, 1, 2)) == "2 Januari 2022"


def test_how_long_ago() -> None:
    now = datetime(2022, 12, 31, 20, 8, tzinfo=UTC)
    assert (ID.ago(MOMENT, now), EN.ago(MOMENT, now)) == ("3 menit yang lalu", "3 minutes ago")


def test_a_time_element_carries_the_moment() -> None:
    assert ID.when(date(2022, 10, 12)) == '<time datetime="2022-10-12">12 Oktober 2022</time>'
    assert ID.when(MOMENT, "datetime") == '<time datetime="2022-12-31T20:05:00+00:00">1 Januari 2023, 03.05 WIB</time>'
    assert 'title="1 Januari 2023, 03.05 WIB">' in ID.when(MOMENT, "ago")


@pytest.mark.parametrize(
    ("value", "digits", "indonesian", "english"),
    [
        (1234567.5, None, "1.234.567,5", "1,234,567.5"),
        (Decimal("0.10"), None, "0,1", "0.1"),
        ("12", 2, "12,00", "12.00"),
        (0, 0, "0", "0"),
        (-3, None, "-3", "-3"),
        (None, None, "–", "–"),
        ("", None, "–", "–"),
    ],
)
def test_numbers(value: float | Decimal | str | None, digits: int | None, indonesian: str, english: str) -> None:
    assert (ID.number(value, digits), EN.number(value, digits)) == (indonesian, english)


def test_shares() -> None:
    assert (ID.percent(0.255, 1), EN.percent(0.255, 1), ID.percent(1), ID.percent(None)) == (
        "25,5%",
        "25.5%",
        "100%",
        "–",
    )


def test_nothing_is_a_dash() -> None:
    assert [ID.day(None), ID.moment(None), ID.ago(None), ID.when(None), ID.day("")] == ["–"] * 5
