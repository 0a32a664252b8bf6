"""One query language for lists: what somebody types into a box, and what a link of a page carries.

    is:open reviewed-by:me spread>20 region:33.27 -outcome:decline "free text"

A term is a field, an operator and a value (`field:value`, `field>=value`); words without a field are looked for in
texts; `-` before a term turns it round; quotation marks keep a value with blanks together, and a doubled one stands
for itself. All terms must hold. A list declares its fields; what is wrong is said by the term's position, and what
would be possible, never by what was typed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.domain import Invalid

MAX_LENGTH = 500
MAX_TERMS = 20
FIELD = "q"
TEXT = ""
"""The field of a term that is looked for in texts."""

_TERM = re.compile(
    r"""(?P<minus>-(?=\S))?
        (?:(?P<field>[A-Za-z][A-Za-z-]*)(?P<op>>=|<=|[:><=]))?
        (?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^\s"]+))?
        (?=\s|$)""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"\w+")
_PLAIN_VALUE = re.compile(r"[\w.-]+")
_NUMBER = re.compile(r"\d{1,9}([.,]\d{1,4})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class QueryTooLong(Invalid):
    """This query is too long: at most {maximum} characters."""


class TooManyTerms(Invalid):
    """This query has too many terms: at most {maximum}."""


class Unreadable(Invalid):
    """Term {term} cannot be read: a quotation mark is not closed, or text stands right beside one."""


class FieldUnknown(Invalid):
    """Term {term}: there is no such field. Possible are {possible}. Put text with such a sign in quotation marks."""


class OperatorUnfit(Invalid):
    """Term {term}: this field is asked with {possible}."""


class ValueUnknown(Invalid):
    """Term {term}: this value is not possible here. Possible: {possible}."""


class ValueUnfit(Invalid):
    """Term {term}: this value does not have the form that is needed here, such as {example}."""


class Op(StrEnum):
    """How a field is compared; `:` and `=` say the same and are read as `:`."""

    IS = ":"
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


Value = str | Decimal | date


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field with a closed list of values."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Code:
    """A field whose values have the form of a pattern; the example says it to people."""

    pattern: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Number:
    """A field with numbers from 0 on, which can be compared."""

    example: str = "20"


@dataclass(frozen=True, kw_only=True)
class Day:
    """A field with dates, which can be compared."""

    example: str = "2026-11-21"


Field = Choice | Code | Number | Day


@dataclass(frozen=True, kw_only=True)
class Term:
    """A condition: a declared field, or TEXT, compared with a value of the field's kind."""

    field: str
    value: Value
    op: Op = Op.IS
    negated: bool = False


Query = tuple[Term, ...]


def parse(text: str, fields: Mapping[str, Field]) -> Query:
    """Give the terms of a query over these fields; raise an Invalid of this module, each naming the field `q`."""
    if len(text) > MAX_LENGTH:
        raise QueryTooLong(field=FIELD, maximum=MAX_LENGTH)
    terms: list[Term] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        place = len(terms) + 1
        if place > MAX_TERMS:
            raise TooManyTerms(field=FIELD, maximum=MAX_TERMS)
        found = _TERM.match(text, at)
        if found is None or found.end() == at:
            raise Unreadable(field=FIELD, term=place)
        terms.append(_term(found, place, fields))
        at = found.end()
    return tuple(terms)


def render(query: Sequence[Term]) -> str:
    """Give the text of terms: `parse` reads it back as the same."""
    return " ".join(_rendered(term) for term in query)


def without(query: Sequence[Term], *fields: str) -> Query:
    """Give the query without the terms on these fields."""
    return tuple(term for term in query if term.field not in fields)


def _term(found: re.Match[str], place: int, fields: Mapping[str, Field]) -> Term:
    negated = found["minus"] is not None
    typed: str = found["quoted"].replace('""', '"') if found["quoted"] is not None else found["bare"] or ""
    if found["field"] is None:
        if not typed.strip():
            raise ValueUnfit(field=FIELD, term=place, example="kelurahan")
        return Term(field=TEXT, value=typed, negated=negated)
    name = found["field"].lower()
    if name not in fields:
        raise FieldUnknown(field=FIELD, term=place, possible=", ".join(fields))
    field, op = fields[name], Op.IS if found["op"] == "=" else Op(found["op"])
    if op is not Op.IS and not isinstance(field, Number | Day):
        raise OperatorUnfit(field=FIELD, term=place, possible=":")
    return Term(field=name, value=_value(field, typed, place), op=op, negated=negated)


def _value(field: Field, typed: str, place: int) -> Value:
    match field:
        case Choice(values=values):
            if typed.lower() not in values:
                raise ValueUnknown(field=FIELD, term=place, possible=", ".join(values))
            return typed.lower()
        case Code(pattern=pattern, example=example):
            if not re.fullmatch(pattern, typed, re.ASCII):
                raise ValueUnfit(field=FIELD, term=place, example=example)
            return typed
        case Number(example=example):
            if not _NUMBER.fullmatch(typed):
                raise ValueUnfit(field=FIELD, term=place, example=example)
            return Decimal(typed.replace(",", "."))
        case Day(example=example):
            try:
                if _DAY.fullmatch(typed):
                    return date.fromisoformat(typed)
            except ValueError:
                pass
            raise ValueUnfit(field=FIELD, term=place, example=example)


def _rendered(term: Term) -> str:
    value = format(term.value, "f") if isinstance(term.value, Decimal) else str(term.value)
    if not (_PLAIN if term.field == TEXT else _PLAIN_VALUE).fullmatch(value):
        value = '"' + value.replace('"', '""') + '"'
    return f"{'-' if term.negated else ''}{term.field}{'' if term.field == TEXT else term.op}{value}"
