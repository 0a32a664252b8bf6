"""What can be reckoned from a panel's scores once they are open: agreement, leniency, outliers, ranks, robustness.

Pure figures on numbers; who may see them is `disclosure`'s matter. Sources:

- Krippendorff, K. (2011), *Computing Krippendorff's Alpha-Reliability*, University of Pennsylvania;
  its reading (0.800 and 0.667) from Krippendorff (2004), *Content Analysis*, 2nd ed., ch. 11.
- NIST/SEMATECH e-Handbook of Statistical Methods: pooled standard deviation (6.4.3), modified z-scores with their
  bound of 3.5 (1.3.5.17, after Iglewicz and Hoaglin 1993).
- Kolen, M. J., Brennan, R. L. (2014), *Test Equating, Scaling, and Linking*, ch. 2: linear equating, which is what
  normalisation by z-scores comes to.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import sqrt
from statistics import fmean, median, stdev
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Who = TypeVar("Who", bound=Hashable)

RELIABLE, TENTATIVE = 0.8, 0.667
OUTLIER_BOUND = 3.5
FEWEST_FOR_OUTLIERS = 6
OTHERS = 2
CHANGE = 0.25
_PLACES = 9


class Level(StrEnum):
    """What may be said of two values: that they differ, which is higher, or also by how much."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Reading(StrEnum):
    """How far an agreement carries, in Krippendorff's own words: reliable, tentative conclusions only, or neither."""

    RELIABLE = "reliable"
    TENTATIVE = "tentative"
    UNRELIABLE = "unreliable"


def alpha(units: Sequence[Sequence[float]], level: Level = Level.INTERVAL) -> float | None:
    """Give Krippendorff's alpha: 1 − observed / expected disagreement; 1 is full agreement, 0 is chance.

    `units`: for each thing that was judged the values that it got; whoever did not judge it is left out, and things
    with fewer than two values count for nothing. None where there is nothing to compare, or all values are the same.

    >>> round(alpha([[1, 1], [2, 2], [3, 3]]), 4)
    1.0
    """
    paired = [values for values in units if len(values) > 1]
    counts = Counter(value for values in paired for value in values)
    count = counts.total()
    place = _mid_ranks(counts) if level is Level.ORDINAL else {value: value for value in counts}
    expected = 0.0
    for (one, ones), (other, others) in combinations(counts.items(), 2):
        expected += ones * others * _apart(place[one], place[other], level)
    if expected == 0:
        return None
    observed = sum(
        sum(_apart(place[one], place[other], level) for one, other in combinations(values, 2)) / (len(values) - 1)
        for values in paired
    )
    return 1 - (count - 1) * observed / expected


def reading(value: float) -> Reading:
    """Give how an alpha is read.

    >>> [str(reading(each)) for each in (0.8, 0.7, 0.2)]
    ['reliable', 'tentative', 'unreliable']
    """
    if value >= RELIABLE:
        return Reading.RELIABLE
    return Reading.TENTATIVE if value >= TENTATIVE else Reading.UNRELIABLE


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Some values: how many, mean, sample standard deviation (None for a single one), lowest and highest."""

    count: int
    mean: float
    deviation: float | None
    lowest: float
    highest: float


def summary(values: Sequence[float]) -> Summary:
    """Give mean, spread and bounds of at least one value; the deviation divides by n − 1."""
    return Summary(
        count=len(values),
        mean=fmean(values),
        deviation=stdev(values) if len(values) > 1 else None,
        lowest=min(values),
        highest=max(values),
    )


def pooled_deviation(groups: Sequence[Sequence[float]]) -> float | None:
    """Give the pooled standard deviation within groups, √(ΣΣ(x − group mean)² / Σ(n − 1)); None without any pair.

    >>> round(pooled_deviation([[1, 3], [5, 7]]), 4)
    1.4142
    """
    freedom = sum(len(values) - 1 for values in groups if values)
    if freedom == 0:
        return None
    squares = 0.0
    for values in groups:
        if values:
            middle = fmean(values)
            squares += sum((value - middle) ** 2 for value in values)
    return sqrt(squares / freedom)


@dataclass(frozen=True, kw_only=True)
class Leniency:
    """How a reviewer scores beside the panels they sat on.

    `difference` is the mean of own total − mean of that assessment; `z` the same in pooled standard deviations.
    """

    assessments: int
    difference: float
    z: float | None


def leniency(scores: Mapping[Key, Mapping[Who, float]]) -> dict[Who, Leniency]:
    """Give each reviewer's leniency from the totals of each assessment.

    Only assessments that at least two others scored count: beside one other person nobody can be told to be lenient.
    """
    counted = {unit: cards for unit, cards in scores.items() if len(cards) > OTHERS}
    pooled = pooled_deviation([list(cards.values()) for cards in counted.values()])
    differences: dict[Who, list[float]] = defaultdict(list)
    for cards in counted.values():
        middle = fmean(cards.values())
        for reviewer, total in cards.items():
            differences[reviewer].append(total - middle)
    return {
        reviewer: Leniency(assessments=len(found), difference=fmean(found), z=fmean(found) / pooled if pooled else None)
        for reviewer, found in differences.items()
    }


def normalised(scores: Mapping[Key, Mapping[Who, float]]) -> dict[Key, dict[Who, float]]:
    """Give the totals as if all reviewers had the same mean and spread: each one's z-score, back on the panel's scale.

    x′ = M + S · (x − m) / s with m and s the reviewer's and M and S those of all totals. Whoever scored once, or gave
    the same total throughout, has no spread: their totals stay as they are.

    >>> normalised({"a": {"R1": 60.0}})
    {'a': {'R1': 60.0}}
    """
    by_reviewer: dict[Who, list[float]] = defaultdict(list)
    for cards in scores.values():
        for reviewer, total in cards.items():
            by_reviewer[reviewer].append(total)
    everything = [total for totals in by_reviewer.values() for total in totals]
    middle, spread = (fmean(everything), stdev(everything)) if len(everything) > 1 else (0.0, 0.0)
    own = {
        reviewer: (fmean(totals), stdev(totals) if len(totals) > 1 else 0.0) for reviewer, totals in by_reviewer.items()
    }

    def moved(reviewer: Who, total: float) -> float:
        mean, deviation = own[reviewer]
        return middle + spread * (total - mean) / deviation if deviation else total

    return {
        unit: {reviewer: moved(reviewer, total) for reviewer, total in cards.items()} for unit, cards in scores.items()
    }


def outliers(values: Mapping[Key, float]) -> dict[Key, float]:
    """Give the values that lie apart, with their modified z-scores: |0.6745 · (x − median) / MAD| above 3.5.

    MAD is the median of the absolute deviations from the median, which outliers hardly move. Fewer than six values,
    or a MAD of 0 (more than half of them equal), tell nothing.

    >>> outliers({name: value for name, value in zip("abcdefg", (1, 2, 3, 3, 4, 5, 40))})
    {'g': 24.9565}
    """
    if len(values) < FEWEST_FOR_OUTLIERS:
        return {}
    middle = median(values.values())
    mad = median(abs(value - middle) for value in values.values())
    if mad == 0:
        return {}
    found = {key: 0.6745 * (value - middle) / mad for key, value in values.items()}
    return {key: score for key, score in found.items() if abs(score) > OUTLIER_BOUND}


def ranks(values: Mapping[Key, float]) -> dict[Key, int]:
    """Give ranks from the highest value on; equals share the better rank, and the next is left out (1, 2, 2, 4).

    >>> ranks({"a": 70.0, "b": 90.0, "c": 70.0, "d": 60.0})
    {'a': 2, 'b': 1, 'c': 2, 'd': 4}
    """
    rounded = {key: round(value, _PLACES) for key, value in values.items()}
    ordered = sorted(rounded.values(), reverse=True)
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    return {key: first[value] for key, value in rounded.items()}


def weighted(parts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Give the weighted total on 0–100 of parts that each lie on 0–1."""
    return 100 * sum(weights[name] * parts[name] for name in weights) / sum(weights.values())


def changed(weights: Mapping[str, float], name: str, factor: float) -> dict[str, float]:
    """Give the weights with one of them multiplied, the others rescaled so that the sum stays; none falls below 0.

    >>> changed({"a": 40.0, "b": 40.0, "c": 20.0}, "a", 1.25)
    {'a': 50.0, 'b': 33.333333333333336, 'c': 16.666666666666668}
    """
    whole = sum(weights.values())
    rest = whole - weights[name]
    if rest == 0:
        return dict(weights)
    new = min(weights[name] * factor, whole)
    return {each: new if each == name else weight * ((whole - new) / rest) for each, weight in weights.items()}


def rank_range(parts: Mapping[Key, Mapping[str, float]], weights: Mapping[str, float]) -> dict[Key, tuple[int, int]]:
    """Give the best and the worst rank of each when one weight at a time is a quarter more or less.

    `parts`: for each assessment its mean on every criterion, on 0–1. The ranks by the weights as they are count too.
    """
    variants = [dict(weights)]
    for name in weights:
        variants += [changed(weights, name, 1 + CHANGE), changed(weights, name, 1 - CHANGE)]
    ranked = [ranks({key: weighted(each, variant) for key, each in parts.items()}) for variant in variants]
    return {key: (min(each[key] for each in ranked), max(each[key] for each in ranked)) for key in parts}


def _apart(one: float, other: float, level: Level) -> float:
    """Give δ², how much two values disagree."""
    return float(one != other) if level is Level.NOMINAL else (one - other) ** 2


def _mid_ranks(counts: Counter[float]) -> dict[float, float]:
    """Give the middle of the ranks that each value takes up: between two of them lies the ordinal disagreement."""
    below, found = 0, {}
    for value in sorted(counts):
        found[value] = below + counts[value] / 2
        below += counts[value]
    return found
