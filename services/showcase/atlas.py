"""The map of Indonesia as SVG: a point for the seat of every regency and city, a disc where there is something.

There are no coastlines in it: the seats draw the islands, a graticule and the names of the provinces make it legible.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import sqrt

from markupsafe import Markup

from shared.regions import Region, regions
from shared.web.stages import NAMES, STAGES

SIZE = (940, 360)
NEAR_SIZE = (720, 480)
SMALLEST, LARGEST = 4.5, 17.0
# Two numbers of innovations may be compared by the discs' areas; where each class of a count begins.
CLASS_STEPS = (1, 3, 8, 20, 50)
GRADES = (*(f"{low}–{high - 1}" for low, high in pairwise(CLASS_STEPS)), f"≥ {CLASS_STEPS[-1]}")
# The least that a map shows of the ground, in degrees from south to north: less and single towns would fill it.
LEAST_DEGREES = 0.8
STAGE_NAMES = tuple(NAMES[stage] for stage in STAGES)
# How wide a letter is taken to be; those of a province are large, since a phone shows the map at half its size.
PROVINCE_LETTER, REGION_LETTER = 6.0, 8.6

_SHORT = (
    ("Daerah Khusus Ibukota ", ""),
    ("Daerah Istimewa ", ""),
    ("Kepulauan ", "Kep. "),
    ("Nusa Tenggara Barat", "NTB"),
    ("Nusa Tenggara Timur", "NTT"),
    ("Kabupaten ", ""),
    ("Kota Administrasi ", ""),
)


@dataclass(frozen=True)
class Shown:
    """A region on the map: the number that is picked, its class from 1 to 5, how many innovations make its size."""

    region: str
    label: str
    value: int
    grade: int
    size: int


@dataclass(frozen=True)
class Window:
    """The part of the ground that a map shows: degrees to a flat drawing (near the equator both axes are equal)."""

    west: float
    north: float
    scale: float
    size: tuple[int, int] = SIZE

    def place(self, region: Region) -> tuple[float, float]:
        """Give where the region's seat is drawn."""
        return round((region.lon - self.west) * self.scale, 1), round((self.north - region.lat) * self.scale, 1)

    def holds(self, region: Region) -> bool:
        """Whether the region's seat is in the picture."""
        x, y = self.place(region)
        return 0 <= x <= self.size[0] and 0 <= y <= self.size[1]


COUNTRY = Window(west=94.5, north=6.5, scale=20)


@cache
def towns() -> tuple[Region, ...]:
    """Give all regencies and cities."""
    return tuple(each for each in regions().values() if each.kind != "province")


@cache
def window(province: str) -> Window:
    """Give the part of the map that shows all regencies and cities of a province, with room around them."""
    within = [each for each in towns() if each.province_code == province]
    south, north = min(each.lat for each in within), max(each.lat for each in within)
    west, east = min(each.lon for each in within), max(each.lon for each in within)
    width, height = NEAR_SIZE
    tall = max((north - south) * 1.3, (east - west) * 1.35 * height / width, LEAST_DEGREES)
    scale = height / tall
    return Window((west + east - width / scale) / 2, (north + south + tall) / 2, scale, NEAR_SIZE)


def short_name(region: Region) -> str:
    """Give a region's name as a map has room for it."""
    name = region.name
    for long, short in _SHORT:
        name = name.replace(long, short)
    return name


def grade(count: int) -> int:
    """Give the class of a count, 1 to 5; 0 for none."""
    return sum(count >= step for step in CLASS_STEPS)


def _points(places: Iterable[tuple[float, float]]) -> str:
    return "".join(f"M{x:g} {y:g}h0" for x, y in places)


def _graticule(shown: Window) -> tuple[str, str, list[tuple[float, float, str, str]]]:
    """Give the paths of the graticule and of the equator, and what is written at its lines (x, y, text, anchor)."""
    width, height = shown.size
    degrees = height / shown.scale
    step = 5.0 if degrees > 8 else 2.0 if degrees > 4 else 1.0 if degrees > 2 else 0.5
    said: list[tuple[float, float, str, str]] = []
    lines = equator = ""
    number = int(shown.west / step) + 1
    while (x := round((number * step - shown.west) * shown.scale, 1)) < width:
        lines += f"M{x:g} 0V{height}"
        if x < width - 45:
            said.append((x + 4, height - 6, f"{number * step:g}°", "start"))
        number += 1
    number = int((shown.north - degrees) // step) + 1
    while (y := round((shown.north - number * step) * shown.scale, 1)) > 0:
        if number == 0:
            equator = f"M0 {y:g}H{width}"
        else:
            lines += f"M0 {y:g}H{width}"
        if 14 < y < height - 20:
            said.append((width - 5, y - 4, f"{number * step:g}°", "end"))
        number += 1
    return lines, equator, said


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def hits(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def _placed(
    names: Sequence[tuple[float, float, float, str]],
    letter: float,
    size: tuple[int, int],
    taken: Sequence[_Box] = (),
    *,
    all_of_them: bool,
) -> list[tuple[float, float, str, str]]:
    """Give each name a place at its point that hides no other (x, y, text, anchor); those without room are left out.

    Takes x, y, the distance to keep and the text. With `all_of_them` a name without room stands where it hides least.
    """
    high, boxes, found = letter * 2, list(taken), []
    for x, y, away, text in names:
        wide = len(text) * letter
        options = []
        for up in (0, -1, 1, -2, 2, -3, 3):
            options += [
                (x + away + 2, y + up * high + high / 3, "start"),
                (x - away - 2, y + up * high + high / 3, "end"),
            ]
            if up:
                beside = y + up * (away if abs(up) == 1 else high) + (high * 0.8 if up > 0 else -high * 0.15)
                options.insert(len(options) - 2, (x, beside, "middle"))
        best: tuple[int, tuple[float, float, str], _Box] | None = None
        for option in options:
            left = option[0] - {"start": 0.0, "middle": wide / 2, "end": wide}[option[2]]
            box = _Box(left, option[1] - high * 0.8, left + wide, option[1] + high * 0.2)
            if box.left < 2 or box.right > size[0] - 2 or box.top < 2 or box.bottom > size[1] - 2:
                continue
            hidden = sum(box.hits(each) for each in boxes)
            if best is None or hidden < best[0]:
                best = (hidden, option, box)
            if not hidden:
                break
        if best is not None and (all_of_them or not best[0]):
            _, (at_x, at_y, anchor), box = best
            boxes.append(box)
            found.append((round(at_x, 1), round(at_y, 1), text, anchor))
    return found


@cache
def _province_names() -> list[tuple[str, float, float, str, str]]:
    """The provinces' names on the map of the country: code, x, y, text, anchor."""
    provinces = [each for each in regions().values() if each.kind == "province"]
    middles = []
    for province in provinces:
        places = [COUNTRY.place(each) for each in towns() if each.province_code == province.code]
        x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
        middles.append((x, y, 4.0, short_name(province)))
    codes = {short_name(each): each.code for each in provinces}
    # The seats are so many that a name always stands over some; its halo keeps it legible.
    return [
        (codes[text], x, y, text, anchor)
        for x, y, text, anchor in _placed(middles, PROVINCE_LETTER, SIZE, all_of_them=True)
    ]


_PATH = Markup('<path class="map__{}" d="{}"/>')
_TEXT = Markup('<text class="map__{}" x="{:g}" y="{:g}" text-anchor="{}">{}</text>')
_DOT = Markup(
    '<a tabindex="-1" href="{}"><title>{}</title>'
    '<circle class="map__dot map__dot--{}" cx="{:g}" cy="{:g}" r="{:g}"/></a>'
)
_ZOOM = Markup('<a class="map__zoom" tabindex="-1" href="{}">{}</a>')


def radius(size: int, most: int) -> float:
    """Give the radius of a disc: its area grows with the number."""
    return round(SMALLEST + (LARGEST - SMALLEST) * sqrt(size / most), 1) if size and most else SMALLEST


def drawing(
    shown: Iterable[Shown],
    begun: Iterable[str],
    href: Callable[[str], str],
    zoom: Callable[[str], str],
    province: str | None = None,
) -> Markup:
    """Give the inside of the map's SVG, of the country or of one province.

    Takes what the regions show, those that have a programme, and the addresses of a region and of a province's map.
    Written here and not in a template, since five hundred discs on a first page must cost little. The discs are no
    stops of the keyboard: the table beside the map has the same links.
    """
    view = window(province) if province else COUNTRY
    in_view = [each for each in towns() if view.holds(each)]
    began = set(begun)
    lines, equator, said = _graticule(view)
    drawn = [_PATH.format("grid", lines), _PATH.format("equator", equator)]
    drawn += [_TEXT.format("degree", x, y, anchor, text) for x, y, text, anchor in said]
    ours = [each for each in in_view if province in (None, each.province_code)]
    if province:
        drawn.append(_PATH.format("far", _points(view.place(each) for each in in_view if each not in ours)))
    drawn.append(_PATH.format("ground", _points(view.place(each) for each in ours if each.code not in began)))
    drawn.append(_PATH.format("begun", _points(view.place(each) for each in ours if each.code in began)))
    found = sorted((each for each in shown if each.value), key=lambda each: (-each.size, each.region))
    most = max((each.size for each in found), default=0)
    discs, sizes = [], {}
    for each in found:
        region = regions()[each.region]
        if not view.holds(region) or (province and region.province_code != province):
            continue
        x, y = view.place(region)
        sizes[each.region] = radius(each.size, most)
        discs.append(_DOT.format(href(f"/regions/{each.region}"), each.label, each.grade, x, y, sizes[each.region]))
    if province:
        boxes = []
        for each_town in ours:
            (x, y), r = view.place(each_town), sizes.get(each_town.code, 3.0)
            boxes.append(_Box(x - r, y - r, x + r, y + r))
        names = [
            (*view.place(each), sizes.get(each.code, 4.0), short_name(each))
            for each in sorted(ours, key=lambda each: (-sizes.get(each.code, 0), each.code))
        ]
        drawn += discs
        drawn += [
            _TEXT.format("name", x, y, anchor, text)
            for x, y, text, anchor in _placed(names, REGION_LETTER, NEAR_SIZE, boxes, all_of_them=False)
        ]
    else:
        drawn += discs
        for code, x, y, text, anchor in _province_names():
            drawn.append(_ZOOM.format(zoom(code), _TEXT.format("province", x, y, anchor, text)))
    return Markup("\n").join(drawn)
