"""The map of Indonesia: a dot for the seat of every region, larger and coloured where there are innovations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt

from markupsafe import Markup

from shared.regions import regions

# Degrees to a flat drawing: near the equator the two axes can be taken as equal.
WEST, EAST, SOUTH, NORTH = 94.5, 141.5, -11.5, 6.5
SCALE = 20
WIDTH, HEIGHT = round((EAST - WEST) * SCALE), round((NORTH - SOUTH) * SCALE)
SMALLEST, LARGEST = 5.0, 22.0


@dataclass(frozen=True)
class Dot:
    """A region with innovations: where it is drawn, how large, and how many they are."""

    region: str
    name: str
    x: float
    y: float
    radius: float
    innovations: int


def _place(lat: float, lon: float) -> tuple[float, float]:
    return round((lon - WEST) * SCALE, 1), round((NORTH - lat) * SCALE, 1)


@cache
def ground() -> str:
    """Give one SVG path with a point for the seat of every regency and city: together they draw the islands."""
    places = (_place(each.lat, each.lon) for each in regions().values() if each.kind != "province")
    return "".join(f"M{x:g} {y:g}h0" for x, y in places)


def dots(counts: Mapping[str, int]) -> list[Dot]:
    """Give the dots of the regions that have innovations, the largest first so that none is hidden."""
    most = max(counts.values(), default=1)
    found = []
    for code, count in counts.items():
        region = regions().get(code)
        if region is None or not count:
            continue
        x, y = _place(region.lat, region.lon)
        # The area grows with the number.
        radius = round(SMALLEST + (LARGEST - SMALLEST) * sqrt(count / most), 1)
        found.append(Dot(code, region.name, x, y, radius, count))
    return sorted(found, key=lambda dot: (-dot.innovations, dot.region))


_GROUND = Markup('<path class="map__ground" d="{}" aria-hidden="true"/>')
_DOT = Markup(
    '<a href="{}" aria-label="{}"><circle class="map__dot" cx="{:g}" cy="{:g}" r="{:g}"><title>{}</title></circle></a>'
)


def drawing(counts: Mapping[str, int], href: Callable[[str], str]) -> Markup:
    """Give the inside of the map's SVG: the islands, and a link for each dot with the region's name and number.

    Written here and not in a template, since five hundred dots on a first page must cost little.
    """
    drawn = [_GROUND.format(ground())]
    for dot in dots(counts):
        label = f"{dot.name}: {dot.innovations}"
        drawn.append(_DOT.format(href(f"/regions/{dot.region}"), label, dot.x, dot.y, dot.radius, label))
    return Markup("\n").join(drawn)
