"""What a text, a date, a list or an id may be: generators of rejections, so that one answer names every fault."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from services.submission.domain.rejections import (
    BadCharacters,
    Blank,
    DateOutOfRange,
    DatesReversed,
    InTheFuture,
    Malformed,
    OutOfRange,
    Repeated,
    TooLong,
    TooMany,
    TooManyWords,
)
from shared.domain import Rejection

LINE = 200
TEXT = 20_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)

# The easternmost zone of Indonesia is UTC+9: what has happened there is not in the future.
_EASTERNMOST = timedelta(hours=9)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS = frozenset("\u2028\u2029")
_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")

Faults = Iterator[Rejection]


def line(field: str, value: str, *, least: int = 1, most: int = LINE) -> Faults:
    """Check a text of one line: not shorter, not longer, without line ends and control characters."""
    yield from _characters(field, value, allowed="")
    yield from _length(field, value, least, most)


def text(field: str, value: str, *, least: int = 0, most: int = TEXT, words: int | None = None) -> Faults:
    """Check a text of many lines, with a limit of words where there is one."""
    yield from _characters(field, value, allowed="\n\r\t")
    yield from _length(field, value, least, most)
    if words is not None and (count := len(value.split())) > words:
        yield TooManyWords(field=field, limit=words, count=count)


def lines(field: str, values: Sequence[str], *, most: int = 50) -> Faults:
    """Check a list of one-line texts, each given once."""
    yield from items(field, values, most=most)
    for index, value in enumerate(values):
        yield from line(f"{field}/{index}", value)


def items(field: str, values: Sequence[object], *, most: int) -> Faults:
    """Check that a list is not too long and holds nothing twice."""
    if len(values) > most:
        yield TooMany(field=field, limit=most)
    if len(set(values)) != len(values):
        yield Repeated(field=field)


def code(field: str, value: str) -> Faults:
    """Check a short code that an id is made of: lower-case letters, digits and hyphens."""
    if _CODE.fullmatch(value) is None:
        yield Malformed(field=field)


def number(field: str, value: int, least: int, most: int) -> Faults:
    """Check that a number is within its bounds."""
    if not least <= value <= most:
        yield OutOfRange(field=field, least=least, most=most)


def day(field: str, value: date) -> Faults:
    """Check that a date is one of our time."""
    if not FIRST_DAY <= value <= LAST_DAY:
        yield DateOutOfRange(field=field, first=FIRST_DAY, last=LAST_DAY)


def fact_day(field: str, value: date, at: datetime) -> Faults:
    """Check the date of something that has happened: of our time, and not after today anywhere in Indonesia."""
    if value > (at + _EASTERNMOST).date():
        yield InTheFuture(field=field)
    else:
        yield from day(field, value)


def in_order(field: str, earlier: date, later: date | None) -> Faults:
    """Check that the later date, which the field names, is not before the earlier one."""
    if later is not None and later < earlier:
        yield DatesReversed(field=field, earlier=earlier)


def _length(field: str, value: str, least: int, most: int) -> Faults:
    if least and len(value.strip()) < least:
        yield Blank(field=field)
    if len(value) > most:
        yield TooLong(field=field, limit=most)


def _characters(field: str, value: str, *, allowed: str) -> Faults:
    for each in value:
        if each in allowed:
            continue
        if unicodedata.category(each) in ("Cc", "Cs") or each in _BIDI or each in _SEPARATORS:
            yield BadCharacters(field=field)
            return
