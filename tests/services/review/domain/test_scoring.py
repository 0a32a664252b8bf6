"""How marks become figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.events import Mark
from services.review.domain.scoring import mean, spread, total
from tests.services.review.examples import criterion

SCORES = st.decimals(min_value=0, max_value=100, places=2)


def of(*marks: tuple[str, str]) -> tuple[Mark, ...]:
    return tuple(Mark(criterion_id=ident, score=Decimal(score), comment="") for ident, score in marks)


@pytest.mark.parametrize(
    ("bounds", "score", "expected"),
    [
        (("0", "100"), "0", "0.00"),
        (("0", "100"), "100", "100.00"),
        (("0", "2"), "1", "50.00"),
        (("1", "3"), "1", "0.00"),
        (("1", "3"), "2", "50.00"),
        (("0", "3"), "1", "33.33"),
        (("0", "3"), "2", "66.67"),
        (("0", "1000"), "0.05", "0.01"),
        (("0", "1000"), "0.04", "0.00"),
    ],
)
def test_a_mark_is_placed_on_its_scale(bounds: tuple[str, str], score: str, expected: str) -> None:
    assert str(total([criterion(bounds=bounds)], of(("benefit", score)))) == expected


def test_weights_need_not_add_up_to_a_hundred() -> None:
    criteria = [criterion("a", "5"), criterion("b", "2.5"), criterion("c", "2.5")]
    assert total(criteria, of(("a", "90"), ("b", "60"), ("c", "30"))) == Decimal("67.50")


def test_halves_are_rounded_up() -> None:
    assert [mean([Decimal("0.00"), Decimal("0.01")]), mean([Decimal("50.02"), Decimal("50.03")])] == [
        Decimal("0.01"),
        Decimal("50.03"),
    ]


@given(st.lists(SCORES, min_size=1, max_size=9))
def test_mean_and_spread_lie_within_the_totals(totals: list[Decimal]) -> None:
    assert min(totals) <= mean(totals) <= max(totals)
    assert spread(totals) == max(totals) - min(totals)


@given(st.lists(st.tuples(st.decimals("0.01", 1000, places=2), SCORES), min_size=1, max_size=20))
def test_a_total_lies_within_the_marks(parts: list[tuple[Decimal, Decimal]]) -> None:
    criteria = [criterion(f"c{number}", str(weight)) for number, (weight, _) in enumerate(parts)]
    result = total(criteria, of(*((f"c{number}", str(score)) for number, (_, score) in enumerate(parts))))
    assert min(score for _, score in parts) <= result <= max(score for _, score in parts)
