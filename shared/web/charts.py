"""Where the marks of a small line chart lie. What is written at them is the template's (`components/charts.html`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

# Small, so that its writing is not smaller than text on a phone; at the right there is room for the last value.
WIDTH, HEIGHT = 300, 168
LEFT, RIGHT, TOP, BOTTOM = 78.0, 262.0, 20.0, 132.0
# A name and a value, one above the other, take this much; two such labels never overlap.
LABEL = 28.0
# The scale begins at zero unless that would press the line flat; every value is written, so that nobody is misled.
FLAT = 0.6


@dataclass(frozen=True)
class Trend:
    """A line chart of one indicator, in units of its drawing (`width` by `height`, y downwards).

    The plot lies between `left` and `right`, above `bottom`.
    `points` are the measurements in their order; `met` says whether the last one is as good as the target,
    by the numbers themselves, because two marks may lie on one place; `due` is where the target is due, None where
    that is unknown; the labels of baseline and target stand at the left, moved apart where they would overlap.
    """

    width: ClassVar = WIDTH
    height: ClassVar = HEIGHT
    left: ClassVar = LEFT
    right: ClassVar = RIGHT
    bottom: ClassVar = BOTTOM

    points: tuple[tuple[float, float], ...]
    met: bool
    baseline: float
    target: float
    due: float | None
    baseline_label: float
    target_label: float
    first: date
    last: date

    @property
    def line(self) -> str:
        """The points as a polyline has them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


def trend(
    baseline: Decimal, target: Decimal, measured: Sequence[tuple[date, Decimal]], due_on: date | None = None
) -> Trend:
    """Give the chart of at least one measurement, sorted by day; raises ValueError without any.

    Less is better where the target is not above the baseline.
    """
    if not measured:
        raise ValueError("nothing was measured")
    days = [day for day, _ in measured] + ([due_on] if due_on else [])
    first, last = min(days), max(days)
    values = [float(value) for value in (baseline, target, *(value for _, value in measured))]
    low, high = min(values), max(values)
    if 0 <= low <= high * FLAT:
        low = 0.0
    span = (high - low) or 1.0

    def x(day: date) -> float:
        share = (day - first).days / (last - first).days if last > first else 0.5
        return round(LEFT + 8 + share * (RIGHT - LEFT - 8), 1)

    def y(value: Decimal) -> float:
        return round(BOTTOM - (float(value) - low) / span * (BOTTOM - TOP), 1)

    newest = measured[-1][1]
    at, wanted = _apart(y(baseline), y(target))
    return Trend(
        points=tuple((x(day), y(value)) for day, value in measured),
        met=newest <= target if target <= baseline else newest >= target,
        baseline=y(baseline),
        target=y(target),
        due=x(due_on) if due_on else None,
        baseline_label=at,
        target_label=wanted,
        first=first,
        last=last,
    )


def _apart(one: float, other: float) -> tuple[float, float]:
    """Give two places for labels near these, at least LABEL apart and inside the drawing."""
    if abs(one - other) < LABEL:
        middle = min(max((one + other) / 2, TOP + LABEL / 2), BOTTOM - LABEL / 2)
        half = LABEL / 2 if one > other else -LABEL / 2
        one, other = middle + half, middle - half
    return round(one, 1), round(other, 1)
