"""The innovations of many regions as sources name them, in one example programme for each region and year."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from random import Random

from deploy.demo.journeys import Calendar, Goal, Journey
from deploy.demo.panels import RESULTS_REVIEW
from deploy.demo.programmes import Programmer, register
from deploy.demo.sources import NamedUnit, Reported, laboratories, reported
from deploy.demo.steps import RegionPlan, Step
from deploy.demo.texts import Texts
from shared.regions import region_name

RECENT, LATE = 2024, 2022
GAPS = (21, 21, 42, 21, 14, 30, 30, 15, 21, 14)
NOTE = (
    "Contoh: program ini dibuat untuk peragaan. Judul dan unit inovasi berasal dari sumber yang disebut di halamannya; "
    "tahap, tanggal, uraian, dan angka adalah contoh."
)
RESULTS_GATE = {
    "from_stage": "deliver",
    "to_stage": "display",
    "rubric_id": RESULTS_REVIEW,
    "rubric_version": 1,
    "panel_size": 3,
    "quorum": 2,
}
OFFICE = "Perangkat daerah bidang penelitian dan pengembangan (contoh)"

# How far the innovations of a time have come, dealt out in turn: the older ones further.
_RECENT = (
    Goal.FIRST_GATE_OPEN,
    Goal.IDEA,
    Goal.DIAGNOSING,
    Goal.DESIGNING,
    Goal.SECOND_GATE_HALF,
    Goal.DELIVERING,
    Goal.IDEA,
    Goal.DIAGNOSING,
    Goal.FIRST_GATE_SCORED,
)
_LATE = (Goal.DELIVERING, Goal.DESIGNING, Goal.DISPLAYED, Goal.DIAGNOSING, Goal.IDEA)
_EARLY = (
    Goal.DISPLAYED,
    Goal.DELIVERING,
    Goal.DIAGNOSING,
    Goal.DESIGNING,
    Goal.IDEA,
    Goal.DELIVERING,
    Goal.DIAGNOSING,
)
_STAGES = ("drum-up", "diagnose", "design", "deliver", "display")


def regions() -> Iterator[RegionPlan]:
    """Give what each region with reported innovations goes through, but for the five laboratories."""
    turns = {RECENT: cycle(_RECENT), LATE: cycle(_LATE), 0: cycle(_EARLY)}
    by_region: dict[str, list[tuple[Reported, Goal]]] = {}
    for each in reported():
        if each.region in laboratories():
            continue
        turn = turns[next(year for year in turns if each.year >= year)]
        by_region.setdefault(each.region, []).append((each, next(turn)))
    for region, found in by_region.items():
        yield _region(region, found)


def _region(region: str, found: list[tuple[Reported, Goal]]) -> RegionPlan:
    units = {each.unit: NamedUnit.of(each.unit) for each, _ in found}
    opening = list(register(region, list(units.values())))
    by_year: dict[int, list[tuple[Reported, Goal]]] = {}
    for each, goal in found:
        by_year.setdefault(each.year, []).append((each, goal))
    journeys = []
    for year in sorted(by_year):
        own = [(each, goal, _calendar(each)) for each, goal in by_year[year]]
        opening += _programme(region, year, own, units, newest=year == max(by_year))
        journeys += [_journey(each, goal, calendar, units[each.unit]) for each, goal, calendar in own]
    return RegionPlan(region, tuple(opening), tuple(each.script() for each in journeys))


def _programme(
    region: str, year: int, own: list[tuple[Reported, Goal, Calendar]], units: dict[str, NamedUnit], *, newest: bool
) -> Iterator[Step]:
    name, make = region_name(region), Programmer(region, str(year))
    calendars = [calendar for *_, calendar in own]
    first = min(each.proposed for each in calendars)
    signed = first - timedelta(days=14)
    yield make.request(f"Laboratorium Inovasi {name} {year} (contoh)", OFFICE, signed - timedelta(days=40), NOTE)
    yield make.agree(f"contoh/{region}/{year}", name, signed)
    # Nobody leaves the first stage before the unit's head has signed; where nobody left it, that is still missing.
    taking_part = {each.unit: units[each.unit] for each, goal, _ in own if goal is not Goal.IDEA}
    yield from make.commitments(list(taking_part.values()), first)
    if _one_gate(year):
        yield make.own("/gates", gates=[RESULTS_GATE])
    if newest:
        yield from make.stages(_calendar_of_stages(calendars, max(_stage_of(goal) for _, goal, _ in own)))


def _calendar_of_stages(calendars: list[Calendar], furthest: int) -> Iterator[tuple[str, date | None, date | None]]:
    """Give when a programme's stages were opened and completed, up to the one that its innovations have come to."""
    names = ("proposed", "diagnosed_from", "designed_from", "admitted", "results_admitted")
    opened = [min(getattr(each, name) for each in calendars) for name in names]
    for number in range(furthest + 1):
        yield _STAGES[number], opened[number], opened[number + 1] if number < furthest else None


def _one_gate(year: int) -> bool:
    """Whether the programmes of this year asked for a panel's decision on the results alone."""
    return year < LATE


def _stage_of(goal: Goal) -> int:
    """Give the number of the stage that the goal lies in."""
    order = list(Goal)
    starts = [Goal.IDEA, Goal.DIAGNOSING, Goal.DESIGNING, Goal.DELIVERING, Goal.DISPLAY_STAGE]
    return sum(order.index(goal) >= order.index(each) for each in starts) - 1


def _calendar(each: Reported) -> Calendar:
    start = date(each.year, 2, 1) + timedelta(days=Random(f"{each.region}/{each.title}").randrange(45))
    return Calendar.of(start, GAPS)


def _journey(each: Reported, goal: Goal, calendar: Calendar, unit: NamedUnit) -> Journey:
    return Journey(
        programme_id=f"{each.region}-{each.year}",
        unit_id=f"{each.region}-{unit.code}",
        texts=Texts(title=each.title, meaning=each.meaning, unit=unit.name, sector=each.sector),
        goal=goal,
        calendar=calendar,
        channel="contest" if "omba" in each.source or "KIPP" in each.source else "own-initiative",
        design_gate=not _one_gate(each.year),
        source=f"{each.source} (judul, arti, dan unit); selebihnya contoh",
    )
