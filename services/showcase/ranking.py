"""How LAN's board ranks the regions: what counts, with which weight, and how far a place depends on the weights.

Pure: values between 0 and 1 in, places out. The weights are data with a version, shown wherever a rank is; another
opinion is another version. What is not known of a region takes no part: its weight goes to what is known, and where
less than half of the weights is known there is no rank. Regions are ranked, never persons.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.web.messages import N_

VERSION = "1"
LEAST_KNOWN = 0.5
# Scores that differ by less are one score.
DIGITS = 6


@dataclass(frozen=True)
class Component:
    """One thing that counts: its name, what it says, how its value between 0 and 1 comes about, and its weight."""

    key: str
    label: str
    definition: str
    weight: int


COMPONENTS = (
    Component("stage", N_("Stages completed"), N_("Completed stages of the programme, of five."), 25),
    Component(
        "momentum",
        N_("Momentum"),
        N_("Steps forward in the last 90 days, as a share of those in the last 180 days; 0 where there were none."),
        15,
    ),
    Component("targets", N_("Targets met"), N_("Targets met, of those that the records can tell."), 20),
    Component("displayed", N_("Displayed"), N_("Innovations shown to the public, of those put forward."), 20),
    Component(
        "documentation",
        N_("Documentation"),
        N_("Sections filled in, of all sections of the launched innovations that run."),
        20,
    ),
)

# Each weight is tried halved, doubled and left out.
FACTORS = (0.5, 2.0, 0.0)


@dataclass(frozen=True)
class Part:
    """What one component gave a region: its value (None: not known) and its points of the score's 100."""

    component: Component
    value: float | None
    points: float | None


@dataclass(frozen=True)
class Place:
    """A region's place: rank 1 is the best, equal scores share one; `best` to `worst` is its range as weights change.

    `score` is of 100; `known` is the share of the weights whose values are known. Rank, range and score are None
    where too little is known.
    """

    rank: int | None
    best: int | None
    worst: int | None
    score: float | None
    known: float
    parts: tuple[Part, ...]

    @property
    def firm(self) -> bool:
        """Whether no change of a weight moves it."""
        return self.best == self.worst


Values = Mapping[str, float | None]
"""The value of each component of a region, by its key, between 0 and 1; None where it is not known."""


def rank(regions: Mapping[str, Values]) -> dict[str, Place]:
    """Give the place of each region among these."""
    weights: dict[str, float] = {each.key: float(each.weight) for each in COMPONENTS}
    known = {region: _known(values, weights) for region, values in regions.items()}
    ranked = {region: values for region, values in regions.items() if known[region] >= LEAST_KNOWN}
    places = _ranks(ranked, weights)
    ranges = {region: (place, place) for region, place in places.items()}
    for key, weight in weights.items():
        for factor in FACTORS:
            for region, place in _ranks(ranked, {**weights, key: weight * factor}).items():
                best, worst = ranges[region]
                ranges[region] = (min(best, place), max(worst, place))
    return {
        region: Place(
            rank=places.get(region),
            best=ranges[region][0] if region in ranges else None,
            worst=ranges[region][1] if region in ranges else None,
            score=_score(values, weights) if region in ranked else None,
            known=known[region],
            parts=_parts(values, weights),
        )
        for region, values in regions.items()
    }


def _known(values: Values, weights: Mapping[str, float]) -> float:
    return sum(weight for key, weight in weights.items() if values.get(key) is not None) / sum(weights.values())


def _parts(values: Values, weights: Mapping[str, float]) -> tuple[Part, ...]:
    whole = sum(weight for key, weight in weights.items() if values.get(key) is not None)
    return tuple(
        Part(each, value, None if value is None or not whole else 100 * value * weights[each.key] / whole)
        for each in COMPONENTS
        for value in (values.get(each.key),)
    )


def _score(values: Values, weights: Mapping[str, float]) -> float | None:
    """Give the weighted mean of what is known, of 100; None where none of it has a weight."""
    total = whole = 0.0
    for key, weight in weights.items():
        value = values.get(key)
        if value is not None:
            total += weight * value
            whole += weight
    return round(100 * total / whole, DIGITS) if whole else None


def _ranks(regions: Mapping[str, Values], weights: Mapping[str, float]) -> dict[str, int]:
    """Give the ranks, the best first: equal scores share a rank, and the next one counts them all."""
    scores = {region: score for region, values in regions.items() if (score := _score(values, weights)) is not None}
    order = sorted(scores.values(), reverse=True)
    first: dict[float, int] = {}
    for place, score in enumerate(order, start=1):
        first.setdefault(score, place)
    return {region: first[score] for region, score in scores.items()}
