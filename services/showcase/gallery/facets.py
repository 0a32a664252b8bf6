"""How many innovations each value of each filter would show, the other filters kept: counted with bitmaps.

One statement reads what every innovation is like, and each value becomes a number with a bit for each innovation that
has it. Whatever is then chosen costs no statement: bitmaps are intersected and their bits counted, which for 18,000
innovations takes some fifty times less than counting them in the database for each choice anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from services.showcase.gallery.asked import Filter
from services.showcase.gallery.conditions import FIGURES, FORM, HOST, RUNNING, STATUSES, TYPES, UNIT, values
from services.showcase.gallery.searching import Found
from services.showcase.queries import Model

_STATUSES = ", ".join(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in STATUSES.items())
# What is chosen from. Of types and of statuses an innovation has several.
_DIMENSIONS = {
    "region": "i.region",
    "stage": "i.stage",
    "sector": "i.sector",
    "unit_kind": "u.kind",
    "year": "i.year::text",
    "initiator": "i.initiator",
    "form": FORM,
    "outcome": "CASE WHEN m.measured_on IS NOT NULL THEN 'measured' END",
    "running": RUNNING,
    "host": HOST,
    "example": "CASE WHEN i.is_example THEN 'yes' ELSE 'no' END",
}
_SEVERAL = {"type": TYPES, "status": f"array_remove(ARRAY[{_STATUSES}], NULL)"}
_ALL = _DIMENSIONS | _SEVERAL
_EVERY = f"""
SELECT i.innovation_id, {", ".join(f"{column} AS {name}" for name, column in _ALL.items())}
FROM {{s}}.innovation i {UNIT} {FIGURES}
"""


@dataclass(frozen=True)
class Facets:
    """How many innovations each value of a dimension would show, the other filters kept; and how many match all."""

    total: int
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Bitmaps:
    """Of each value of each dimension the innovations that have it, as bits; and the number of each one's bit."""

    having: Mapping[str, Mapping[str, int]]
    bits: Mapping[str, int]

    def counted(self, asked: Filter, found: Found | None = None) -> Facets:
        """Count what each value would show, of what was found for the words that are asked for (None: no words)."""
        chosen = {"status": self.having["status"].get(asked.status or "active", 0)}
        chosen |= {name: self._chosen(name, getattr(asked, name)) for name in _ALL if getattr(asked, name) is not None}
        within = (1 << len(self.bits)) - 1 if found is None else self._of(found.ids)
        counts = {}
        for name, having in self.having.items():
            # A dimension shows what its other values would give, so that what is chosen of it does not count.
            fits = reduce(and_, (each for other, each in chosen.items() if other != name), within)
            counted = {value: (fits & bitmap).bit_count() for value, bitmap in having.items()}
            counts[name] = {value: count for value, count in counted.items() if count}
        return Facets(total=reduce(and_, chosen.values(), within).bit_count(), counts=counts)

    def _chosen(self, name: str, value: str) -> int:
        having = self.having[name]
        # A province stands for itself and all its regencies.
        within = (each for code, each in having.items() if code.startswith(f"{value}.")) if name == "region" else ()
        return reduce(or_, within, having.get(value, 0))

    def _of(self, found: Iterable[str]) -> int:
        # What was put forward since the bitmaps were made has no bit yet.
        return _bitmap(len(self.bits), (self.bits[each] for each in found if each in self.bits))


def bitmaps(model: Model) -> Bitmaps:
    """Read what every innovation is like, in one statement."""
    rows = model.run(_EVERY, values(Filter()))
    ids, *columns = zip(*rows, strict=True) if rows else [()] * (1 + len(_ALL))
    having = {
        name: _having(_one(column) if name in _DIMENSIONS else _some(column), len(ids))
        for name, column in zip(_ALL, columns, strict=True)
    }
    return Bitmaps(having=having, bits={ident: bit for bit, ident in enumerate(ids)})


def _one(column: Iterable[str | None]) -> Iterable[tuple[int, str]]:
    return ((bit, value) for bit, value in enumerate(column) if value is not None)


def _some(column: Iterable[Iterable[str] | None]) -> Iterable[tuple[int, str]]:
    return ((bit, value) for bit, values in enumerate(column) for value in values or ())


def _having(values: Iterable[tuple[int, str]], size: int) -> dict[str, int]:
    """Give the bitmap of each value, out of the bits and the values that they have."""
    bits: dict[str, list[int]] = defaultdict(list)
    for bit, value in values:
        bits[value].append(bit)
    return {value: _bitmap(size, each) for value, each in bits.items()}


def _bitmap(size: int, bits: Iterable[int]) -> int:
    """Give the number with these bits. A digit for each is far quicker than to set bits in a number one by one."""
    digits = bytearray(b"0") * size
    for bit in bits:
        digits[-1 - bit] = 49  # "1"
    return int(digits or b"0", 2)
