"""A cursor is good for the list that it was given out for, and every other text is refused."""

import pytest
from itsdangerous import URLSafeSerializer

from shared.cursors import BadCursor, Cursors

CURSORS = Cursors("only-in-tests")
PLACE = ["36.74", "36.74-0199f", 0.25]
GIVEN = CURSORS.write("things", PLACE)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def test_a_cursor_names_its_place_and_none_names_none() -> None:
    assert [CURSORS.read("things", each) for each in (GIVEN, None, "")] == [PLACE, None, None]


def test_a_long_place_comes_back() -> None:
    place = ["x" * 2000]
    assert CURSORS.read("things", CURSORS.write("things", place)) == place


def test_what_was_asked_for_belongs_to_the_list_in_any_order() -> None:
    given = CURSORS.write(["things", {"q": "tani", "region": "36"}], PLACE)
    assert CURSORS.read(["things", {"region": "36", "q": "tani"}], given) == PLACE
    for of in ("things", ["things", {}], ["things", {"q": "tani"}], ["others", {"q": "tani", "region": "36"}]):
        with pytest.raises(BadCursor):
            CURSORS.read(of, given)


@pytest.mark.parametrize("at", range(len(GIVEN)))
def test_no_character_can_be_another(at: int) -> None:
    for letter in set(LETTERS) - {GIVEN[at]}:
        with pytest.raises(BadCursor):
            CURSORS.read("things", GIVEN[:at] + letter + GIVEN[at + 1 :])


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "bm9wZQ==",
        ".",
        "\N{SNOWMAN}",
        GIVEN + "=",
        GIVEN + "\n",
        GIVEN.partition(".")[0],
        Cursors("another secret").write("things", PLACE),
        URLSafeSerializer("only-in-tests").dumps(PLACE),
    ],
)
def test_what_was_not_given_out_is_refused_by_the_name_of_its_field(cursor: str) -> None:
    with pytest.raises(BadCursor) as refused:
        CURSORS.read("things", cursor)
    assert refused.value.field == "cursor"


def test_a_place_in_bytes_comes_back_and_nothing_else_does() -> None:
    place = bytes(range(50))
    given = CURSORS.write_bytes(["feed", "36.74"], place)
    assert CURSORS.read_bytes(["feed", "36.74"], given) == place
    altered = [given[:at] + ("A" if given[at] != "A" else "B") + given[at + 1 :] for at in range(len(given))]
    for cursor in (*altered, "", ".", "\N{SNOWMAN}", given + "=", "AA" + given, CURSORS.write(["feed", "36.74"], [1])):
        with pytest.raises(BadCursor):
            CURSORS.read_bytes(["feed", "36.74"], cursor)
    for others, of in ((CURSORS, ["feed", "33.27"]), (Cursors("another secret"), ["feed", "36.74"])):
        with pytest.raises(BadCursor):
            others.read_bytes(of, given)
