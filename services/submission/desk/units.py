"""Units: registering them, giving them their official names, counting their civil servants."""

from services.submission.desk.asked import Asked, Streams, may_coordinate, require_known_region
from services.submission.domain.unit import UNIT, CountStaff, RegisterUnit, RenameUnit, Unit
from services.submission.domain.vocabulary import UnitKind
from shared.domain import NotFound, region_of
from shared.event_log import Outcome
from shared.http import Body, Day


class NewUnit(Body):
    """A unit to register; its id becomes the region and the code."""

    region: str
    code: str
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...] = ()


class UnitNames(Body):
    """Names to change; what is left out stays."""

    name: str | None = None
    short_name: str | None = None
    aliases: tuple[str, ...] | None = None


class StaffCount(Body):
    """How many civil servants a unit had on a day, and who says so."""

    civil_servants: int
    counted_on: Day
    source: str


def register(asked: Asked, body: NewUnit) -> Outcome:
    """Register a unit: who coordinates its region."""
    may_coordinate(asked.actor, body.region)
    require_known_region(body.region)
    unit_id = f"{body.region}-{body.code}"
    command = RegisterUnit(
        **asked.who,
        unit_id=unit_id,
        name=body.name,
        short_name=body.short_name,
        kind=body.kind,
        aliases=body.aliases,
    )
    return asked.carry_out(UNIT, unit_id if body.code else f"{body.region}-?", command)


def rename(asked: Asked, unit_id: str, body: UnitNames) -> Outcome:
    """Give a unit other names: who coordinates its region."""
    may_coordinate(asked.actor, region_of(unit_id))

    def command(state: Unit | None, _: Streams) -> RenameUnit:
        if state is None:
            raise NotFound
        return RenameUnit(
            **asked.who,
            name=state.name if body.name is None else body.name,
            short_name=state.short_name if body.short_name is None else body.short_name,
            aliases=state.aliases if body.aliases is None else body.aliases,
        )

    return asked.carry_out(UNIT, unit_id, command)


def count_staff(asked: Asked, unit_id: str, body: StaffCount) -> Outcome:
    """Record a count of a unit's civil servants: who coordinates its region."""
    may_coordinate(asked.actor, region_of(unit_id))
    return asked.carry_out(UNIT, unit_id, CountStaff(**asked.who, **dict(body)))
