"""Where the marks of a small line chart lie."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.charts import BOTTOM, LABEL, LEFT, RIGHT, TOP, trend

VALUES = st.decimals(-(10**9), 10**9, places=2)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(VALUES, VALUES, st.lists(st.tuples(DAYS, VALUES), min_size=1, max_size=8), st.none() | DAYS)
def test_every_mark_is_inside_and_labels_never_overlap(
    baseline: Decimal, target: Decimal, measured: list[tuple[date, Decimal]], due_on: date | None
) -> None:
    chart = trend(baseline, target, measured, due_on)
    across = [x for x, _ in chart.points] + ([chart.due] if chart.due is not None else [])
    down = [y for _, y in chart.points] + [chart.baseline, chart.target]
    assert (all(LEFT <= x <= RIGHT for x in across), all(TOP <= y <= BOTTOM for y in down)) == (True, True)
    assert abs(chart.baseline_label - chart.target_label) >= LABEL - 0.2


def test_more_is_higher_later_is_further_right_and_zero_is_the_ground() -> None:
    days = (date(2025, 1, 1), date(2025, 7, 2), date(2025, 12, 31))
    chart = trend(Decimal(14), Decimal("3.5"), list(zip(days, (Decimal(9), Decimal(7), Decimal(0)), strict=True)))
    assert chart.points == ((LEFT + 8, 60.0), (174.0, 76.0), (RIGHT, BOTTOM))
    assert (chart.baseline, chart.target, chart.first, chart.last) == (TOP, 104.0, days[0], days[2])


@pytest.mark.parametrize(
    ("baseline", "target", "reached", "missed"),
    [("1000", "10", "10", "10.01"), ("10", "1000", "1000", "999.99"), ("10", "10", "9", "11")],
)
def test_a_target_is_met_by_the_numbers_and_not_by_where_their_marks_lie(
    baseline: str, target: str, reached: str, missed: str
) -> None:
    day = date(2025, 1, 1)
    charts = [trend(Decimal(baseline), Decimal(target), [(day, Decimal(value))]) for value in (reached, missed)]
    assert [chart.met for chart in charts] == [True, False]


def test_without_a_measurement_there_is_no_line() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        trend(Decimal(1), Decimal(2), [])
