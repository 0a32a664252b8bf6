"""The ranking: what counts, ties, what is not known, and how far a place depends on the weights."""

import pytest

from services.showcase.ranking import COMPONENTS, LEAST_KNOWN, rank

KEYS = tuple(each.key for each in COMPONENTS)


def values(**given: float | None) -> dict[str, float | None]:
    """Give the values of a region: a half of everything but for what is given."""
    return {**dict.fromkeys(KEYS, 0.5), **given}


def test_the_weights_are_of_a_hundred() -> None:
    assert sum(each.weight for each in COMPONENTS) == 100


def test_the_score_is_the_weighted_mean_and_its_parts_add_up_to_it() -> None:
    place = rank({"a": values(stage=1.0, displayed=0.0)})["a"]
    assert (place.rank, place.score, place.known) == (1, 52.5, 1.0)
    assert [(part.component.key, part.value, part.points) for part in place.parts] == [
        ("stage", 1.0, 25.0),
        ("momentum", 0.5, 7.5),
        ("targets", 0.5, 10.0),
        ("displayed", 0.0, 0.0),
        ("documentation", 0.5, 10.0),
    ]


def test_equal_scores_share_a_rank_and_the_next_counts_them_all() -> None:
    places = rank({"b": values(), "a": values(), "c": values(stage=0.1), "d": values(stage=0.9)})
    assert {region: place.rank for region, place in places.items()} == {"a": 2, "b": 2, "c": 4, "d": 1}
    # Three tenths and a tenth thrice are one score, whatever their last binary digit.
    same = rank({"a": dict.fromkeys(KEYS, 0.1 + 0.2), "b": dict.fromkeys(KEYS, 0.3)})
    assert {region: place.rank for region, place in same.items()} == {"a": 1, "b": 1}


def test_a_place_that_hangs_on_one_weight_has_a_range() -> None:
    places = rank(
        {"fast": values(momentum=1.0, stage=0.4), "far": values(momentum=0.0, stage=0.8), "low": values(stage=0.0)}
    )
    ranges = {region: (place.rank, place.best, place.worst, place.firm) for region, place in places.items()}
    # fast: 55.0, far: 50.0, low: 37.5. With stage doubled or momentum halved or left out, far passes fast.
    assert ranges == {"fast": (1, 1, 2, False), "far": (2, 1, 3, False), "low": (3, 2, 3, False)}
    firm = rank({"a": values(stage=1.0), "b": values(stage=0.2), "c": values(stage=0.1)})
    assert {region: (place.best, place.worst) for region, place in firm.items()} == {
        "a": (1, 1),
        "b": (1, 2),
        "c": (1, 3),
    }


def test_what_is_not_known_gives_its_weight_to_the_rest() -> None:
    places = rank(
        {"a": values(targets=None, displayed=None, documentation=None, stage=1.0), "b": values(targets=None, stage=1.0)}
    )
    assert (places["b"].rank, places["b"].score, places["b"].known) == (1, 65.625, 0.8)
    assert [part.points for part in places["b"].parts] == [31.25, 9.375, None, 12.5, 12.5]
    # Of `a` 40 of 100 weights are known.
    assert places["a"].known < LEAST_KNOWN
    assert (places["a"].rank, places["a"].best, places["a"].worst, places["a"].score) == (None, None, None, None)


@pytest.mark.parametrize("regions", [{}, {"a": dict.fromkeys(KEYS)}])
def test_nothing_known_is_no_rank(regions: dict[str, dict[str, float | None]]) -> None:
    assert [place.rank for place in rank(regions).values()] == [None] * len(regions)
