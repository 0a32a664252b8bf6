"""A unit of a region: its official name, and the other names by which it is found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.submission.domain import checks
from services.submission.domain.events import StaffCounted, UnitEvent, UnitRegistered, UnitRenamed
from services.submission.domain.rejections import UnitExists
from services.submission.domain.vocabulary import UnitKind
from shared.domain import Command, Decider, NotFound, refuse

MAX_STAFF = 100_000


@dataclass(frozen=True, kw_only=True)
class RegisterUnit(Command):
    """Register a unit under a short code of its region."""

    unit_id: str
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.code("code", self.unit_id.partition("-")[2])
        yield from _names(self)


@dataclass(frozen=True, kw_only=True)
class RenameUnit(Command):
    """Give a unit another official name, short name or other aliases."""

    name: str
    short_name: str
    aliases: tuple[str, ...]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _names(self)


@dataclass(frozen=True, kw_only=True)
class CountStaff(Command):
    """Record how many civil servants a unit had on a day, and who says so."""

    civil_servants: int
    counted_on: date
    source: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.number("civil_servants", self.civil_servants, 0, MAX_STAFF)
        yield from checks.fact_day("counted_on", self.counted_on, self.at)
        yield from checks.line("source", self.source)


UnitCommand = RegisterUnit | RenameUnit | CountStaff


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit as its stream tells it."""

    unit_id: str
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...]
    staff: StaffCounted | None = None


def decide(command: UnitCommand, state: Unit | None) -> Sequence[UnitEvent]:
    """Give what happens; raise a Rejection when it cannot."""
    refuse(command.faults())
    match command:
        case RegisterUnit():
            if state is not None:
                raise UnitExists(field="code")
            return [
                UnitRegistered(
                    unit_id=command.unit_id,
                    name=command.name,
                    short_name=command.short_name,
                    kind=command.kind,
                    aliases=command.aliases,
                )
            ]
        case RenameUnit():
            if state is None:
                raise NotFound
            former = (state.name,) if state.name != command.name else ()
            aliases = tuple(dict.fromkeys(each for each in (*command.aliases, *former) if each != command.name))
            renamed = UnitRenamed(
                unit_id=state.unit_id, name=command.name, short_name=command.short_name, aliases=aliases
            )
            changed = (renamed.name, renamed.short_name, aliases) != (state.name, state.short_name, state.aliases)
            return [renamed] if changed else []
        case CountStaff():
            if state is None:
                raise NotFound
            if state.staff is not None:
                refuse(checks.in_order("counted_on", state.staff.counted_on, command.counted_on))
            counted = StaffCounted(
                unit_id=state.unit_id,
                civil_servants=command.civil_servants,
                counted_on=command.counted_on,
                source=command.source,
            )
            return [counted] if counted != state.staff else []
        case _:
            assert_never(command)


def evolve(state: Unit | None, event: UnitEvent) -> Unit | None:
    """Give the unit after the event."""
    match event:
        case UnitRegistered():
            return Unit(
                unit_id=event.unit_id,
                name=event.name,
                short_name=event.short_name,
                kind=event.kind,
                aliases=event.aliases,
            )
        case UnitRenamed():
            assert state is not None
            return replace(state, name=event.name, short_name=event.short_name, aliases=event.aliases)
        case StaffCounted():
            assert state is not None
            return replace(state, staff=event)
        case _:
            assert_never(event)


def _names(command: RegisterUnit | RenameUnit) -> checks.Faults:
    yield from checks.line("name", command.name)
    yield from checks.line("short_name", command.short_name, most=60)
    yield from checks.lines("aliases", command.aliases)


UNIT: Decider[UnitCommand, Unit | None, UnitEvent] = Decider(
    noun="unit", initial=lambda: None, decide=decide, evolve=evolve
)
