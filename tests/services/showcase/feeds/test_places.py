"""A place in the logs comes back from its cursor, which stays short."""

from hypothesis import given
from hypothesis import strategies as st

from services.showcase.feeds.places import EVERYWHERE, SOURCES, At, Place, place_of
from shared.cursors import Cursors
from shared.regions import regions

CURSORS = Cursors("only-in-tests")
CODES = ["00", *regions()]
LOGS = st.dictionaries(
    st.sampled_from(SOURCES), st.builds(At, st.integers(1, 300), st.integers(1, 2**53 - 1)), max_size=len(SOURCES)
)


@given(st.dictionaries(st.sampled_from(CODES), LOGS, max_size=8))
def test_a_place_comes_back(found: dict[str, dict[str, At]]) -> None:
    place = Place(EVERYWHERE).moved_all(found)
    back = place_of(CURSORS, EVERYWHERE, place.cursor(CURSORS))
    assert back.regions == found
    assert back == place


def test_whichever_way_a_place_was_reached_it_has_one_cursor() -> None:
    first = Place("36.74").moved("36.74", {"submission": At(1, 3), "review": At(2, 300)})
    steps = Place("36.74").moved("36.74", {"submission": At(1, 1)}).moved("36.74", {"review": At(2, 5)})
    assert steps.moved("36.74", first.logs("36.74")).cursor(CURSORS) == first.cursor(CURSORS)


def test_a_cursor_of_the_whole_country_is_short() -> None:
    sizes = []
    for position in (100, 10_000, 100_000_000):
        logs = {source: At(1, position) for source in SOURCES}
        sizes.append(len(Place(EVERYWHERE).moved_all(dict.fromkeys(CODES, logs)).cursor(CURSORS)))
    one = Place("36.74").moved("36.74", {source: At(1, 10_000) for source in SOURCES})
    assert len(CODES) == 553
    assert [size < limit for size, limit in zip(sizes, (4_500, 6_000, 8_192), strict=True)] == [True] * 3
    assert len(one.cursor(CURSORS)) < 64
