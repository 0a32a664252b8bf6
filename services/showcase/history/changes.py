"""What changed in a region between two moments: its innovations as they were at both, and the steps between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.showcase.history.folding import Fold
from services.showcase.history.moments import Moment
from services.showcase.incoming import STAGES
from services.showcase.queries import Rows

INNOVATIONS = """
SELECT i.innovation_id, i.title, i.stage, i.status, i.launched_on, i.displayed_on, i.unit_id, u.name AS unit_name
FROM {s}.innovation i LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id
WHERE i.region = %(region)s ORDER BY i.first_position
"""
_STEPS = """
SELECT x.innovation_id, x.position, x.kind, x.from_stage, x.to_stage, x.happened_on, x.recorded_at
FROM {s}.transition x WHERE x.region = %(region)s AND x.position > %(after)s ORDER BY x.position
"""


@dataclass(frozen=True)
class Tally:
    """A region's innovations at one moment."""

    by_stage: Mapping[str, int]
    registered: int
    active: int
    launched: int
    displayed: int
    withdrawn: int
    retired: int

    @classmethod
    def of(cls, rows: Rows) -> "Tally":
        """Count the rows of a moment."""
        return cls(
            by_stage={s: sum(row.status == "active" and row.stage == s for row in rows) for s in STAGES},
            registered=len(rows),
            active=sum(row.status == "active" for row in rows),
            launched=sum(row.launched_on is not None for row in rows),
            displayed=sum(row.displayed_on is not None for row in rows),
            withdrawn=sum(row.status == "withdrawn" for row in rows),
            retired=sum(row.status == "retired" for row in rows),
        )


@dataclass(frozen=True)
class Line:
    """An innovation with a step between the two moments: as it was before (None: not there yet) and after."""

    before: Row[Any] | None
    after: Row[Any]
    steps: Sequence[Row[Any]]

    @property
    def group(self) -> str:
        """What is told of it: that it is new, ended, was returned, moved to another stage, or another step."""
        if self.before is None:
            return "added"
        if self.after.status != self.before.status:
            return "ended"
        if any(step.kind == "returned" for step in self.steps):
            return "returned"
        return "moved" if self.after.stage != self.before.stage else "other"


GROUPS = ("added", "moved", "returned", "ended", "other")


@dataclass(frozen=True)
class Changes:
    """The tallies at both moments, and the innovations with steps between them, in the order of their records."""

    before: Tally
    after: Tally
    lines: Sequence[Line]

    def of(self, group: str) -> list[Line]:
        """Give the lines of one of GROUPS."""
        return [line for line in self.lines if line.group == group]


def between(fold: Fold, earlier: Moment, later: Moment) -> Changes:
    """Give what changed, with one way through the records of the later moment."""
    parameters = {"region": earlier.region, "after": earlier.positions["submission"]}
    before = fold.to(earlier.positions).run(INNOVATIONS, parameters)
    model = fold.to(later.positions)
    after = model.run(INNOVATIONS, parameters)
    steps: dict[str, list[Row[Any]]] = {}
    for step in model.run(_STEPS, parameters):
        steps.setdefault(step.innovation_id, []).append(step)
    was = {row.innovation_id: row for row in before}
    return Changes(
        before=Tally.of(before),
        after=Tally.of(after),
        lines=[
            Line(was.get(row.innovation_id), row, steps[row.innovation_id])
            for row in after
            if row.innovation_id in steps
        ],
    )
