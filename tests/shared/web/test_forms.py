"""A sent form becomes a command's shape, and nothing that no page of ours writes gets through."""

import pytest

from shared.web.forms import field_id, nested, value_at


def test_fields_become_nested() -> None:
    sent = [
        ("_key", "0199"),
        ("title", " Akta \r\n datang "),
        ("milestones/0/title", "Satu"),
        ("milestones/0/due_on", "2026-12-01"),
        ("milestones/1/title", "  "),
        ("milestones/1/due_on", ""),
        ("milestones/10/title", "Sepuluh"),
        ("milestones/2/title", "Dua"),
        ("goals", "3"),
        ("goals", "16"),
        ("milestones/2/kinds", "a"),
        ("owner/unit", "36.74-x"),
        ("note", ""),
    ]
    assert nested(sent, lists=["goals", "milestones/kinds"]) == {
        "title": "Akta \n datang",
        "milestones": [
            {"title": "Satu", "due_on": "2026-12-01"},
            {"title": "Dua", "kinds": ["a"]},
            {"title": "Sepuluh"},
        ],
        "goals": ["3", "16"],
        "owner": {"unit": "36.74-x"},
    }
    assert nested([]) == {}


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a", "2")],
        [("a", "1"), ("a/b", "2")],
        [("a/b", "1"), ("a", "2")],
        [("a/b/c/d/e/f/g", "1")],
        [("rows/500/a", "1")],
        [("rows/99999999999999999999/a", "1")],
        [("goals", "1"), ("goals/0", "2")],
    ],
)
def test_what_no_page_of_ours_writes_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="field"):
        nested(pairs, lists=["goals"])


def test_values_are_found_flat_and_nested() -> None:
    values = {"a/0/b": "flat", "a": [{"b": "nested", "c": 0}], "d": {"e": None}}
    found = [value_at(values, path) for path in ("a/0/b", "a/0/c", "a/1/b", "d/e", "x/y", "a/b")]
    assert found == ["flat", 0, None, None, None, None]


def test_an_id_of_html() -> None:
    assert field_id("milestones/0/due_on") == "f-milestones-0-due_on"
