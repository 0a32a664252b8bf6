"""The replication tree (ATM: observe, imitate, modify): where an innovation comes from, and who learned from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row


@dataclass(frozen=True)
class Kin:
    """One innovation of the tree with those that were adapted from it."""

    row: Row[Any]
    itself: bool
    hosts: bool
    copies: Sequence["Kin"]


@dataclass(frozen=True)
class Lineage:
    """The tree from the furthest known origin on, and what can be said of it.

    `hosts` says that another region learned from the innovation itself; `learners` are the other regions that did,
    directly or by way of another copy; `more` says that there are further copies than the tree shows;
    `unknown_origin` is the id that the furthest origin was adapted from, where that one is not in the model.
    """

    root: Kin
    hosts: bool
    learners: tuple[str, ...]
    more: bool
    unknown_origin: str | None

    @property
    def alone(self) -> bool:
        """Whether the innovation is recorded neither as a copy nor as copied."""
        return self.root.itself and not self.root.copies


def lineage(rows: Sequence[Row[Any]], most: int) -> Lineage:
    """Give the tree of an innovation out of its kin.

    Takes the rows by depth: negative for those that it comes from, 0 for itself, positive for what was adapted from
    it. Of these at most `most` are in the tree, the nearest first.
    """
    itself = next(row for row in rows if row.depth == 0)
    descendants = [row for row in rows if row.depth > 0]
    more, descendants = len(descendants) > most, descendants[:most]
    children: dict[str, list[Row[Any]]] = {}
    for row in descendants:
        children.setdefault(row.adapted_from, []).append(row)
    node = own = _node(itself, itself, children)
    for row in sorted((row for row in rows if row.depth < 0), key=lambda row: -row.depth):
        node = Kin(row=row, itself=False, hosts=_learned(node.row, row), copies=(node,))
    learners = {row.region for row in descendants if _learned(row, itself)}
    return Lineage(
        root=node,
        hosts=own.hosts,
        learners=tuple(sorted(learners)),
        more=more,
        # An innovation that comes from its own copy, as a mistake may make it, has no origin to speak of.
        unknown_origin=node.row.adapted_from
        if node.row.adapted_from not in {row.innovation_id for row in rows}
        else None,
    )


def _node(row: Row[Any], itself: Row[Any], children: dict[str, list[Row[Any]]]) -> Kin:
    copies = children.get(row.innovation_id, ())
    return Kin(
        row=row,
        itself=row is itself,
        hosts=any(_learned(copy, row) for copy in copies),
        copies=[_node(copy, itself, children) for copy in copies],
    )


def _learned(copy: Row[Any], origin: Row[Any]) -> bool:
    """Whether another region learned, whatever became of its copy: as the gallery and the region's page count it."""
    return bool(copy.region != origin.region)
