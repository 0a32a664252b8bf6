"""The tree of an innovation's kin: in both directions, of other regions, cut short, and in a circle."""

from dataclasses import dataclass
from typing import Any

from services.showcase.innovation.lineage import Kin, lineage


@dataclass(frozen=True)
class Row:
    """What the tree needs of a row."""

    depth: int
    region: str
    innovation_id: str
    adapted_from: str | None


def row(depth: int, innovation_id: str, adapted_from: str | None = None) -> Any:
    """Give a row as the query gives it."""
    return Row(depth, innovation_id.partition("-")[0], innovation_id, adapted_from)


def drawn(node: Kin) -> list[Any]:
    """Give a tree as nested lists: the id with marks for itself (!) and for a learning host (+), then its copies."""
    marks = ("!" if node.itself else "") + ("+" if node.hosts else "")
    return [node.row.innovation_id + marks, *(drawn(copy) for copy in node.copies)]


def test_from_the_furthest_origin_to_the_last_copy() -> None:
    found = lineage(
        [
            row(-2, "11.01-a", "99.99-unknown"),
            row(-1, "11.01-b", "11.01-a"),
            row(0, "36.74-c", "11.01-b"),
            row(1, "36.74-d", "36.74-c"),
            row(1, "51.71-e", "36.74-c"),
            row(1, "52.71-f", "36.74-c"),
            row(2, "53.71-g", "36.74-d"),
        ],
        most=200,
    )
    assert drawn(found.root) == [
        "11.01-a",
        ["11.01-b+", ["36.74-c!+", ["36.74-d+", ["53.71-g"]], ["51.71-e"], ["52.71-f"]]],
    ]
    assert (found.hosts, found.learners, found.more, found.unknown_origin, found.alone) == (
        True,
        ("51.71", "52.71", "53.71"),
        False,
        "99.99-unknown",
        False,
    )


def test_no_more_than_the_nearest() -> None:
    rows = [row(0, "36.74-a")] + [row(1, f"51.71-{n}", "36.74-a") for n in range(4)]
    found = lineage(rows, most=3)
    assert (len(found.root.copies), found.more) == (3, True)


def test_alone_and_in_a_circle() -> None:
    alone = lineage([row(0, "36.74-a")], most=200)
    assert (drawn(alone.root), alone.alone, alone.unknown_origin) == (["36.74-a!"], True, None)
    circle = lineage([row(-1, "51.71-b", "36.74-a"), row(0, "36.74-a", "51.71-b")], most=200)
    assert (drawn(circle.root), circle.alone, circle.unknown_origin) == (["51.71-b+", ["36.74-a!"]], False, None)
