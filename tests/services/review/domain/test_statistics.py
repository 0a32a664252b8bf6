"""The figures agree with published worked examples, to four decimals, and with a peer on random data."""

import doctest
import random

import krippendorff
import numpy as np
import pytest

from services.review.domain import statistics
from services.review.domain.statistics import (
    Leniency,
    Level,
    alpha,
    changed,
    leniency,
    normalised,
    outliers,
    pooled_deviation,
    rank_range,
    ranks,
    reading,
    summary,
)

NO = None
# Krippendorff (2011), section C: four observers, twelve units, five categories, missing values.
KRIPPENDORFF_2011 = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3),
    (NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO),
)
# Wikipedia, "Krippendorff's alpha", "A computational example": three coders, fifteen units.
WIKIPEDIA = (
    (NO, NO, NO, NO, NO, 3, 4, 1, 2, 1, 1, 3, 3, NO, 3),
    (1, NO, 2, 1, 3, 3, 4, 3, NO, NO, NO, NO, NO, NO, NO),
    (NO, NO, 2, 1, 3, 4, 4, NO, 2, 1, 1, 3, 3, NO, 4),
)


def units(observers: tuple[tuple[int | None, ...], ...]) -> list[list[float]]:
    return [[float(value) for value in column if value is not None] for column in zip(*observers, strict=True)]


def test_the_docstrings_examples_hold() -> None:
    failed, tried = doctest.testmod(statistics)
    assert (failed, tried) == (0, 7)


@pytest.mark.parametrize(
    ("level", "printed"), [(Level.NOMINAL, 0.743), (Level.ORDINAL, 0.815), (Level.INTERVAL, 0.849)]
)
def test_alpha_agrees_with_krippendorff_2011_section_c(level: Level, printed: float) -> None:
    assert round(alpha(units(KRIPPENDORFF_2011), level) or 0, 3) == printed


def test_nominal_alpha_agrees_with_krippendorff_2011_to_four_decimals() -> None:
    # The paper's own last line: n = 40, n_c = 9, 13, 10, 5, 3, and 7, 10, 8, 4, 3 on the diagonal of coincidences.
    same = 9 * 8 + 13 * 12 + 10 * 9 + 5 * 4 + 3 * 2
    assert round(alpha(units(KRIPPENDORFF_2011), Level.NOMINAL) or 0, 4) == round(
        (39 * (7 + 10 + 8 + 4 + 3) - same) / (40 * 39 - same), 4
    )


def test_alpha_agrees_with_the_peer_on_krippendorff_2011_to_four_decimals() -> None:
    data = np.array([[np.nan if value is None else value for value in row] for row in KRIPPENDORFF_2011])
    for level in Level:
        peer = krippendorff.alpha(reliability_data=data, level_of_measurement=level.value)
        assert round(alpha(units(KRIPPENDORFF_2011), level) or 0, 4) == round(float(peer), 4)


def test_alpha_agrees_with_the_example_of_wikipedia() -> None:
    found = [round(alpha(units(WIKIPEDIA), level) or 0, 3) for level in (Level.NOMINAL, Level.INTERVAL)]
    assert found == [0.691, 0.811]


@pytest.mark.parametrize("seed", range(10))
def test_alpha_agrees_with_the_peer_on_random_data(seed: int) -> None:
    rng = random.Random(seed)
    rows = [[rng.choice([NO, 10, 35, 50, 70, 85.5, 100]) for _ in range(20)] for _ in range(4)]
    data = np.array([[np.nan if value is None else value for value in row] for row in rows])
    own = [[float(value) for value in column if value is not None] for column in zip(*rows, strict=True)]
    for level in Level:
        peer = krippendorff.alpha(reliability_data=data, level_of_measurement=level.value)
        assert alpha(own, level) == pytest.approx(float(peer), abs=1e-9)


def test_alpha_of_nothing_to_compare_is_none() -> None:
    assert [alpha([]), alpha([[1.0]]), alpha([[5.0, 5.0], [5.0, 5.0]])] == [None, None, None]


def test_readings() -> None:
    assert [reading(each) for each in (0.8, 0.799, 0.667, 0.666)] == [
        "reliable",
        "tentative",
        "tentative",
        "unreliable",
    ]


def test_mean_and_deviation_agree_with_the_certified_values_of_nist_strd_numacc1() -> None:
    found = summary([10000001.0, 10000003.0, 10000002.0])
    assert (found.mean, found.deviation, found.count) == (10000002.0, 1.0, 3)


def test_the_pooled_deviation_agrees_with_the_example_of_wikipedia_pooled_variance() -> None:
    groups = [[31, 30, 29], [42, 41, 40, 39], [31, 28], [23, 22, 21, 19, 18], [21, 20, 19, 18, 17]]
    pooled = pooled_deviation(groups)
    assert pooled is not None
    # Variances 1, 5/3, 4.5, 4.3 and 2.5 weighted by 2, 3, 1, 4 and 4 degrees of freedom.
    assert round(pooled**2, 4) == round(38.7 / 14, 4)
    assert pooled_deviation([[5.0], []]) is None


def test_leniency_is_told_beside_two_others_only() -> None:
    found = leniency({1: {"a": 60, "b": 70, "c": 80}, 2: {"a": 70, "b": 80, "c": 90}, 3: {"a": 0, "b": 100}})
    assert found == {
        "a": Leniency(assessments=2, difference=-10, z=-1),
        "b": Leniency(assessments=2, difference=0, z=0),
        "c": Leniency(assessments=2, difference=10, z=1),
    }
    assert leniency({3: {"a": 0, "b": 100}}) == {}
    assert leniency({3: {"a": 50, "b": 50, "c": 50}})["a"] == Leniency(assessments=1, difference=0, z=None)


def test_normalising_takes_away_a_reviewer_s_mean_and_spread() -> None:
    # a: mean 60, deviation 10; b: mean 80, deviation 20; all: mean 70, deviation √(1600 / 5) = 17.8885.
    scores = {1: {"a": 50.0, "b": 60.0}, 2: {"a": 60.0, "b": 80.0}, 3: {"a": 70.0, "b": 100.0}}
    found = normalised(scores)
    assert {unit: {who: round(x, 4) for who, x in cards.items()} for unit, cards in found.items()} == {
        1: {"a": 52.1115, "b": 52.1115},
        2: {"a": 70.0, "b": 70.0},
        3: {"a": 87.8885, "b": 87.8885},
    }
    assert normalised({1: {"a": 50.0}, 2: {"b": 50.0}}) == {1: {"a": 50.0}, 2: {"b": 50.0}}


def test_outliers_follow_the_rule_of_iglewicz_and_hoaglin_in_the_nist_handbook() -> None:
    values = dict(enumerate([2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]))
    # The median is 2.45 and MAD 0.15: 0.6745 · 5.75 / 0.15 = 25.8558.
    assert {key: round(score, 4) for key, score in outliers(values).items()} == {8: 25.8558, 9: 26.3055}
    assert outliers(dict(enumerate([1.0, 1, 1, 1, 1, 9]))) == {}
    assert outliers({1: 1.0, 2: 100.0}) == {}


def test_ranks_share_the_better_place() -> None:
    assert ranks({"a": 0.1 + 0.2, "b": 0.3, "c": 0.4, "d": 0.1}) == {"a": 2, "b": 2, "c": 1, "d": 4}


def test_changed_weights_keep_their_sum_and_never_fall_below_nothing() -> None:
    assert changed({"a": 90.0, "b": 10.0}, "a", 1.25) == {"a": 100.0, "b": 0.0}
    assert changed({"a": 90.0}, "a", 1.25) == {"a": 90.0}
    assert sum(changed({"a": 35.0, "b": 25.0, "c": 40.0}, "b", 0.75).values()) == pytest.approx(100)


def test_the_range_of_ranks_under_changed_weights() -> None:
    # 50:50 gives x 0.60, y 0.58, z 0.10; with a at 37.5 per cent x falls to 0.55 and y rises to 0.635.
    parts = {"x": {"a": 0.8, "b": 0.4}, "y": {"a": 0.36, "b": 0.8}, "z": {"a": 0.1, "b": 0.1}}
    assert rank_range(parts, {"a": 50, "b": 50}) == {"x": (1, 2), "y": (1, 2), "z": (3, 3)}
