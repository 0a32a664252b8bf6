"""What the home page says of all regions: four measures that can be picked for the map, the way through the stages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

from services.showcase.incoming import STAGES
from services.showcase.queries import Rows
from shared.regions import regions
from shared.web.messages import N_


@dataclass(frozen=True)
class Place:
    """A region with a programme or with innovations, and its active innovations counted."""

    region: str
    programme: bool
    by_stage: tuple[int, ...]
    displayed: int
    running: int
    outcomes: int

    @property
    def name(self) -> str:
        """The region's name."""
        return regions()[self.region].name

    @property
    def innovations(self) -> int:
        """How many there are at all stages."""
        return sum(self.by_stage)

    @property
    def stage(self) -> int:
        """The number of the furthest stage at which one stands, 1 to 5; 0 without any."""
        return max((number for number, count in enumerate(self.by_stage, 1) if count), default=0)

    @property
    def typical(self) -> int:
        """The number of the furthest stage that at least half of them have reached, 1 to 5; 0 without any."""
        there = 0
        for number in range(len(self.by_stage), 0, -1):
            there += self.by_stage[number - 1]
            if there and there * 2 >= self.innovations:
                return number
        return 0


@dataclass(frozen=True)
class Measure:
    """Something that the map can show: its name, what it counts in words, a region's value and the size of its disc."""

    label: str
    definition: str
    value: Callable[[Place], int]
    size: Callable[[Place], int]


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "displayed": Measure(
            N_("Displayed"),
            N_("Active innovations that were shown to the public."),
            lambda place: place.displayed,
            lambda place: place.displayed,
        ),
        "running": Measure(
            N_("Running"),
            N_("Active innovations with a recorded launch."),
            lambda place: place.running,
            lambda place: place.running,
        ),
        "stage": Measure(
            N_("Stage reached"),
            N_("The furthest stage of the region's active innovations; the disc grows with their number."),
            lambda place: place.stage,
            lambda place: place.innovations,
        ),
        "outcomes": Measure(
            N_("Outcomes"),
            N_("Active innovations with at least one measured outcome that is shown to the public."),
            lambda place: place.outcomes,
            lambda place: place.outcomes,
        ),
    }
)


def places(counts: Rows, outcomes: Rows, programmes: Rows) -> list[Place]:
    """Give every region with a programme or an active innovation, in the order of the codes.

    Takes the rows of `by_region_and_stage`, `outcomes` and `programmes`.
    """
    found: dict[str, dict[str, Row[Any]]] = {row.region: {} for row in programmes}
    for row in counts:
        found.setdefault(row.region, {})[row.stage] = row
    measured = {row.region: row.innovations for row in outcomes if row.region is not None}
    with_programme = {row.region for row in programmes}
    return [
        Place(
            region=code,
            programme=code in with_programme,
            by_stage=tuple(stages[stage].innovations if stage in stages else 0 for stage in STAGES),
            displayed=sum(row.displayed for row in stages.values()),
            running=sum(row.launched for row in stages.values()),
            outcomes=measured.get(code, 0),
        )
        for code, stages in sorted(found.items())
        if code in regions()
    ]


@dataclass(frozen=True)
class StageFlow:
    """A stage: how many stand there, wait at its end or were returned to it, how many ever came, and times returned."""

    stage: str
    now: int
    waiting: int
    returned: int
    reached: int
    times_returned: int


def stage_flows(counts: Rows, flows: Rows) -> list[StageFlow]:
    """Give the five stages in their order, from the rows of `by_region_and_stage` and of `flows`."""

    def standing(stage: str, what: str) -> int:
        return sum(getattr(row, what) for row in counts if row.stage == stage)

    def steps(kinds: Iterable[str], stage: str, what: str) -> int:
        return sum(getattr(row, what) for row in flows if row.kind in kinds and row.to_stage == stage)

    return [
        StageFlow(
            stage=stage,
            now=standing(stage, "innovations"),
            waiting=standing(stage, "awaiting"),
            returned=standing(stage, "returned"),
            reached=steps(("proposed", "advanced"), stage, "innovations"),
            times_returned=steps(("returned",), stage, "times"),
        )
        for stage in STAGES
    ]


@dataclass(frozen=True)
class Outcomes:
    """Outcome indicators: how many there are, were measured and reached their target; innovations with a measured one.

    `dimension` is None for all together.
    """

    dimension: str | None
    indicators: int
    measured: int
    reached: int
    innovations: int


def outcome_totals(rows: Rows, dimensions: Iterable[str]) -> tuple[Outcomes, list[Outcomes]]:
    """Give the outcomes together and by dimension, each dimension once, from the rows of `outcomes`."""
    found = {
        row.dimension: Outcomes(row.dimension, row.indicators, row.measured, row.reached, row.innovations)
        for row in rows
        if row.region is None
    }
    none = Outcomes(None, 0, 0, 0, 0)
    return found.get(None, none), [found.get(each, Outcomes(each, 0, 0, 0, 0)) for each in dimensions]
