"""The figure that a page begins with: of which indicator, by how much, and whether it is the better way."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from services.showcase.innovation.story import change
from services.showcase.views import Figure


def figure(kind: str, baseline: str, target: str, *measured: str) -> Figure:
    """Give an indicator with its measurements, one a day."""
    return Figure(
        indicator_id=f"{kind}-{baseline}",
        kind=kind,
        dimension=None,
        name="",
        baseline=Decimal(baseline),
        target=Decimal(target),
        unit_of_measure="hari",
        due_on="2025-12-31",
        source="",
        measurements=[{"value": each, "measured_on": f"2025-01-{day:02}"} for day, each in enumerate(measured, 1)],
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ([figure("outcome", "14", "3.5", "9", "3.5")], ("14", "3.5", "-0.75", True)),
        ([figure("outcome", "14", "3.5", "3", "7")], ("14", "7", "-0.5", False)),
        ([figure("outcome", "40", "80", "50")], ("40", "50", "0.25", False)),
        ([figure("outcome", "0", "80", "80")], ("0", "80", None, True)),
        ([figure("output", "1", "2", "2"), figure("outcome", "10", "5", "5")], ("10", "5", "-0.5", True)),
        ([figure("outcome", "10", "5"), figure("output", "1", "2", "2")], ("1", "2", "1", True)),
        ([figure("outcome", "10", "5")], None),
        ([], None),
    ],
)
def test_the_change_that_speaks_most(figures: Sequence[Figure], said: tuple[str, str, str | None, bool] | None) -> None:
    found = change(figures)
    if said is None:
        assert found is None
    else:
        before, after, share, met = said
        assert found is not None
        assert (found.before, found.after, found.met) == (Decimal(before), Decimal(after), met)
        assert found.share == (None if share is None else Decimal(share))
