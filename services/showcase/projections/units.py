"""Units, as their events tell of them."""

from collections.abc import Iterator

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, insert, update


@showcase.on(read.UnitRegistered)
def unit_registered(event: read.UnitRegistered, at: Received) -> Iterator[Write]:
    """A unit appears in its region."""
    yield insert(tables.unit, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.UnitRenamed)
def unit_renamed(event: read.UnitRenamed, at: Received) -> Iterator[Write]:
    """A unit is shown under its new name."""
    named = {"name": event.name, "short_name": event.short_name, "aliases": event.aliases, "position": at.position}
    yield update(tables.unit, key={"region": at.region, "unit_id": event.unit_id}, set=named)


@showcase.on(read.StaffCounted)
def staff_counted(event: read.StaffCounted, at: Received) -> Iterator[Write]:
    """A unit has a number of civil servants."""
    counted = {
        "civil_servants": event.civil_servants,
        "counted_on": event.counted_on,
        "counted_position": at.position,
        "position": at.position,
    }
    yield update(tables.unit, key={"region": at.region, "unit_id": event.unit_id}, set=counted)
