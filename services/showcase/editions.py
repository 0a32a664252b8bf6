"""An edition of a laboratory by unit: who signed, who came to which session, and what each unit put forward."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.showcase.queries import Rows

PER_UNIT = "innovations-per-unit"


def signed_by(commitments: Iterable[Mapping[str, Any]] | None, as_of: date) -> list[Mapping[str, Any]]:
    """Give the commitments that were signed on or before a day."""
    return [each for each in commitments or () if each["signed_on"] <= as_of.isoformat()]


def never_came(programme: Row[Any], as_of: date) -> list[Mapping[str, Any]] | None:
    """Give the commitments of the units that came to no session; None while no attendance was recorded."""
    came = _came(programme)
    if came is None:
        return None
    return [each for each in signed_by(programme.commitments, as_of) if each["unit_id"] not in came]


def _came(programme: Row[Any]) -> set[str] | None:
    recorded = [each["unit_ids"] for each in programme.sessions or () if each["unit_ids"] is not None]
    return {unit_id for unit_ids in recorded for unit_id in unit_ids} if recorded else None


@dataclass(frozen=True)
class Attendance:
    """A unit's row beside the sessions: when it signed (None: it did not), and of each session whether it came.

    None in `came` stands for a session whose attendance was not recorded.
    """

    unit_id: str
    name: str
    signed_on: str | None
    position: int | None
    came: tuple[bool | None, ...]

    @property
    def times(self) -> int:
        """To how many sessions it came."""
        return sum(each is True for each in self.came)

    @property
    def never(self) -> bool:
        """Whether it is committed and came to none of those whose attendance was recorded."""
        return self.signed_on is not None and not self.times and False in self.came


def attendance(programme: Row[Any], units: Rows, as_of: date) -> list[Attendance]:
    """Give a row for each unit that signed by a day or came to a session, by name."""
    signed = {each["unit_id"]: each for each in signed_by(programme.commitments, as_of)}
    names = {row.unit_id: row.name for row in units}
    sessions: Sequence[Mapping[str, Any]] = programme.sessions or ()
    rows = [
        Attendance(
            unit_id=unit_id,
            name=names.get(unit_id, unit_id),
            signed_on=signed[unit_id]["signed_on"] if unit_id in signed else None,
            position=signed[unit_id]["position"] if unit_id in signed else None,
            came=tuple(None if each["unit_ids"] is None else unit_id in each["unit_ids"] for each in sessions),
        )
        for unit_id in signed.keys() | (_came(programme) or set())
    ]
    return sorted(rows, key=lambda row: (row.name, row.unit_id))


@dataclass(frozen=True)
class Reached:
    """What a unit put forward, beside what is wanted of it and the number of its civil servants."""

    unit: Row[Any]
    registered: int
    wanted: int


@dataclass(frozen=True)
class Reach:
    """Every unit of the region beside what an edition wants of it, by name."""

    rows: Sequence[Reached]

    @property
    def reached(self) -> list[Reached]:
        """The units that put something forward."""
        return [row for row in self.rows if row.registered]

    @property
    def not_yet(self) -> list[Reached]:
        """The units that put nothing forward yet."""
        return [row for row in self.rows if not row.registered]

    @property
    def registered(self) -> int:
        """The innovations of all units."""
        return sum(row.registered for row in self.rows)

    @property
    def civil_servants(self) -> int:
        """The civil servants of the units that were counted."""
        return sum(row.unit.civil_servants or 0 for row in self.rows)

    @property
    def uncounted(self) -> int:
        """How many units' civil servants were not counted."""
        return sum(row.unit.civil_servants is None for row in self.rows)


def reach(units: Rows, tally: Rows, targets: Rows) -> Reach:
    """Give every unit with what it put forward.

    What is wanted of it is its own newest target per unit, else the newest for all units, else one innovation.
    """
    registered = {row.unit_id: int(row.registered) for row in tally}
    wanted: dict[str | None, int] = {each.unit_id: each.value for each in targets if each.measure == PER_UNIT}
    every = wanted.get(None, 1)
    return Reach([Reached(row, registered.get(row.unit_id, 0), wanted.get(row.unit_id, every)) for row in units])
