"""The query language: what is read, what is refused and how it is said, and that rendering is its inverse."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import query as ql
from shared.domain import Invalid
from shared.query import Choice, Code, Day, Number, Op, Term, parse, render, without

FIELDS: dict[str, ql.Field] = {
    "is": Choice(values=("open", "done")),
    "reviewed-by": Choice(values=("me",)),
    "region": Code(pattern=r"\d\d(\.\d\d)?", example="33.27"),
    "spread": Number(),
    "due": Day(),
}


def test_every_kind_of_term() -> None:
    text = 'IS:Open reviewed-by:me spread>20,5 region=33.27 -is:done due<=2026-12-01 teks "kartu ""kilat"" 5:0" -antre'
    assert parse(text, FIELDS) == (
        Term(field="is", value="open"),
        Term(field="reviewed-by", value="me"),
        Term(field="spread", value=Decimal("20.5"), op=Op.ABOVE),
        Term(field="region", value="33.27"),
        Term(field="is", value="done", negated=True),
        Term(field="due", value=date(2026, 12, 1), op=Op.AT_MOST),
        Term(field="", value="teks"),
        Term(field="", value='kartu "kilat" 5:0'),
        Term(field="", value="antre", negated=True),
    )
    assert parse("  ", FIELDS) == ()
    assert render(without(parse("is:open spread>2 kata", FIELDS), "spread")) == "is:open kata"


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("is:open rahasia:1", ql.FieldUnknown, 2),
        ("is:rahasia", ql.ValueUnknown, 1),
        ("kata is>open", ql.OperatorUnfit, 2),
        ("spread>dua", ql.ValueUnfit, 1),
        ("spread>-2", ql.ValueUnfit, 1),
        ("spread>1e3", ql.ValueUnfit, 1),
        ("spread>٣", ql.ValueUnfit, 1),
        ("due<2026-02-30", ql.ValueUnfit, 1),
        ("region:", ql.ValueUnfit, 1),
        ('a b "rahasia', ql.Unreadable, 3),
        ('"a"b', ql.Unreadable, 1),
        ('""', ql.ValueUnfit, 1),
    ],
)
def test_a_mistake_is_said_by_its_place_and_never_repeated(text: str, kind: type[Invalid], place: int) -> None:
    with pytest.raises(kind) as caught:
        parse(text, FIELDS)
    assert (caught.value.field, caught.value.facts["term"]) == ("q", place)
    assert "rahasia" not in str(caught.value)


def test_a_query_is_bounded() -> None:
    assert len(parse("a " * ql.MAX_TERMS, FIELDS)) == ql.MAX_TERMS
    with pytest.raises(ql.TooManyTerms):
        parse("a " * (ql.MAX_TERMS + 1), FIELDS)
    with pytest.raises(ql.QueryTooLong):
        parse("a" * (ql.MAX_LENGTH + 1), FIELDS)


def _terms(field: str, values: st.SearchStrategy[ql.Value], ops: list[Op]) -> st.SearchStrategy[Term]:
    return st.builds(Term, field=st.just(field), value=values, op=st.sampled_from(ops), negated=st.booleans())


TERMS = st.one_of(
    _terms("", st.text(min_size=1, max_size=8).filter(lambda text: bool(text.strip())), [Op.IS]),
    _terms("is", st.sampled_from(["open", "done"]), [Op.IS]),
    _terms("region", st.from_regex(r"[0-9]{2}(\.[0-9]{2})?", fullmatch=True), [Op.IS]),
    _terms("spread", st.decimals(0, 999, places=2), list(Op)),
    _terms("due", st.dates(), list(Op)),
)


@given(st.lists(TERMS, max_size=10).map(tuple))
def test_what_is_rendered_reads_as_the_same(query: ql.Query) -> None:
    assert parse(render(query), FIELDS) == query


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Invalid):
        found = parse(text, FIELDS)
        assert parse(render(found), FIELDS) == found
