"""What a page or an answer of the API says, shaped from the rows: figures, journeys, tallies and where things stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.showcase.incoming import STAGES
from services.showcase.queries import Rows
from shared.domain import NotFound
from shared.regions import Region, regions
from shared.web.stages import Step, StepState, steps


def known_region(code: str) -> Region:
    """Give a region; raise NotFound."""
    try:
        return regions()[code]
    except KeyError:
        raise NotFound from None


@dataclass(frozen=True)
class Figure:
    """An indicator with all its measurements, the newest last."""

    indicator_id: str
    kind: str
    dimension: str | None
    name: str
    baseline: Decimal
    target: Decimal
    unit_of_measure: str
    due_on: str
    source: str
    measurements: Sequence[Mapping[str, Any]]

    @property
    def actual(self) -> Decimal | None:
        """The newest measurement."""
        return Decimal(self.measurements[-1]["value"]) if self.measurements else None

    @property
    def actual_on(self) -> str | None:
        """When the newest measurement was made."""
        return self.measurements[-1]["measured_on"] if self.measurements else None


def figures(found: Row[Any]) -> list[Figure]:
    """Give the figures of an innovation that the public sees: those its unit chose to show.

    Where it has not chosen, those of its design once it stands at stage display (the query gives them only then).
    """
    shown = found.shown_indicators if found.shown_indicators is not None else found.indicators
    measured: dict[str, list[Mapping[str, Any]]] = {}
    for each in found.measurements or ():
        measured.setdefault(each["indicator_id"], []).append(each)
    return [
        Figure(
            **{
                **indicator,
                "baseline": Decimal(indicator["baseline"]),
                "target": Decimal(indicator["target"]),
                "measurements": measured.get(indicator["indicator_id"], []),
            }
        )
        for indicator in shown or ()
    ]


def innovation_steps(found: Row[Any], waiting_note: str) -> list[Step]:
    """Give the five steps of an innovation, each with the date on which it was reached last."""
    reached = {
        each["to_stage"]: date.fromisoformat(each["happened_on"])
        for each in found.journey or ()
        if each["kind"] in ("proposed", "advanced", "returned")
    }
    return steps(
        found.stage,
        reached=reached,
        labels=found.labels or {},
        notes={found.stage: waiting_note} if found.awaiting else {},
        returned=found.returned,
        finished_on=found.displayed_on,
    )


def stage_reached(found: Row[Any]) -> dict[str, Any] | None:
    """Give the transition by which an innovation came to where it stands: to its stage, or before the public."""
    kinds = ("displayed",) if found.displayed_on else ("proposed", "advanced", "returned")
    return next((each for each in reversed(found.journey or ()) if each["kind"] in kinds), None)


def check_address(public_url: str, region: str, position: int) -> str:
    """Give the address at which anybody checks a record of submission's log."""
    return f"{public_url}/submission/check/{region}/{position}"


def programme_state(found: Row[Any]) -> str:
    """Give where a programme stands: requested, running, stalled or closed."""
    if found.closed_on is not None:
        return "closed"
    if found.stalled_on is not None:
        return "stalled"
    return "requested" if found.signed_on is None else "running"


def programme_steps(found: Row[Any]) -> list[Step]:
    """Give the five steps of a programme: done when completed, current when opened."""
    by_stage = {each["stage"]: each for each in found.stages or ()}
    result = []
    for stage in STAGES:
        dates = by_stage.get(stage, {})
        done, opened = dates.get("completed_on"), dates.get("opened_on")
        state = StepState.DONE if done else StepState.CURRENT if opened else StepState.FUTURE
        at = done or opened or dates.get("opens_on")
        result.append(
            Step(
                stage=stage,
                state=state,
                at=date.fromisoformat(at) if at else None,
                label=(found.labels or {}).get(stage),
            )
        )
    return result


@dataclass(frozen=True)
class Tally:
    """A programme's innovations counted by unit, and together."""

    rows: Rows

    def total(self, what: str) -> int:
        """Give how many there are of one count in all units together."""
        return sum(getattr(row, what) for row in self.rows)

    def units(self, what: str) -> int:
        """Give how many units have at least one."""
        return sum(getattr(row, what) > 0 for row in self.rows)

    @property
    def by_stage(self) -> dict[str, int]:
        """The active innovations by their present stage."""
        return {stage: self.total("in_" + stage.replace("-", "_")) for stage in STAGES}


def tallies(rows: Rows) -> dict[str, Tally]:
    """Give the tally of each programme."""
    by_programme: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_programme.setdefault(row.programme_id, []).append(row)
    return {programme_id: Tally(found) for programme_id, found in by_programme.items()}


def by_stage(rows: Rows) -> dict[str, int]:
    """Add the counts of regions up by stage."""
    counts = dict.fromkeys(STAGES, 0)
    for row in rows:
        counts[row.stage] = counts.get(row.stage, 0) + row.innovations
    return counts


@dataclass(frozen=True)
class RegionCount:
    """A region's active innovations, and how many of them were launched and displayed."""

    region: str
    innovations: int
    launched: int
    displayed: int


def by_region(rows: Rows) -> list[RegionCount]:
    """Add the counts of stages up by region, in the order of the regions' codes."""
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.region, []).append(row)
    return [
        RegionCount(
            region,
            sum(row.innovations for row in each),
            sum(row.launched for row in each),
            sum(row.displayed for row in each),
        )
        for region, each in found.items()
    ]
