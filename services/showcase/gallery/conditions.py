"""The filters as conditions on an innovation `i`, and the joins that they need."""

from typing import Any

from services.showcase.gallery.asked import Filter
from shared.http import today

# After so many days without a launch, a figure or a confirmation it is no longer sure that an innovation runs.
STALE_DAYS = 182

# What each status holds; without one the gallery shows the active.
STATUSES = {
    "active": "i.status = 'active'",
    "launched": "i.status = 'active' AND i.launched_on IS NOT NULL",
    "displayed": "i.status = 'active' AND i.displayed_on IS NOT NULL",
    "withdrawn": "i.status = 'withdrawn'",
    "retired": "i.status = 'retired'",
    "all": "true",
}
# The design is for the region until the innovation is displayed.
FORM = "CASE WHEN i.stage = 'display' THEN i.form END"
TYPES = "CASE WHEN i.stage = 'display' THEN i.types END"
RUNNING = f"""CASE WHEN i.status = 'active' AND i.launched_on IS NOT NULL THEN
    CASE WHEN greatest(i.launched_on, i.confirmed_on, m.measured_on) >= %(today)s::date - {STALE_DAYS}
         THEN 'confirmed' ELSE 'stale' END END"""
HOST = """CASE WHEN i.innovation_id IN (
    SELECT c.adapted_from FROM {s}.innovation c
    WHERE c.adapted_from IS NOT NULL AND split_part(c.adapted_from, '-', 1) <> c.region) THEN 'yes' END"""

EXACT = {
    "region": "i.region BETWEEN %(region)s AND %(region_last)s",
    "stage": "i.stage = %(stage)s",
    "sector": "i.sector = %(sector)s",
    # Asked of one innovation after the other: of a join by two columns PostgreSQL expects next to nothing to be found,
    # and then reads and sorts all innovations instead of going along an index until the page is full.
    "unit_kind": """(
        SELECT u.kind = %(unit_kind)s FROM {s}.unit u WHERE u.region = i.region AND u.unit_id = i.unit_id)""",
    "year": "i.year = %(year)s::smallint",
    "initiator": "i.initiator = %(initiator)s",
    "form": f"{FORM} = %(form)s",
    "type": f"%(type)s = ANY({TYPES})",
    "outcome": "m.measured_on IS NOT NULL",
    "running": f"{RUNNING} = %(running)s",
    "host": f"{HOST} = %(host)s",
    "example": "i.is_example = (%(example)s = 'yes')",
}

UNIT = "LEFT JOIN {s}.unit u ON u.region = i.region AND u.unit_id = i.unit_id"
FIGURES = """LEFT JOIN (
    SELECT region, innovation_id, max(measured_on) AS measured_on FROM {s}.measurement GROUP BY region, innovation_id
) m ON m.region = i.region AND m.innovation_id = i.innovation_id"""


def conditions(asked: Filter) -> tuple[list[str], dict[str, Any]]:
    """Give all conditions but the words', and the values of everything that a statement names."""
    exact = [condition for name, condition in EXACT.items() if getattr(asked, name) is not None]
    return [STATUSES[asked.status or "active"], *exact], values(asked)


def values(asked: Filter) -> dict[str, Any]:
    """Give the values of everything that a statement names."""
    given: dict[str, Any] = {name: value for name, value in asked.parameters().items() if name in EXACT}
    if asked.region:
        # A province stands for itself and all its regencies.
        given["region_last"] = asked.region if "." in asked.region else f"{asked.region}.99"
    return {"today": today(), **given}


def listing_joins(asked: Filter) -> str:
    """Give the joins that the conditions and the order of a list need."""
    return FIGURES if asked.outcome or asked.running or asked.order == "outcome" else ""
