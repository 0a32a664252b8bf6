"""A subscriber's place in the logs of one region or of many, and the cursor that it is told in.

The place says, for each log, the epoch and the last position that was passed; a log that is not in it was not begun.
A cursor is the place in a few bytes, signed: for all 552 regions with 100 million events in each log it has less than
8 KB; usually one region's has 60 characters and the whole country's 3 KB. It does not depend on the read model.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

from shared.cursors import BadCursor, Cursors

SOURCES = ("submission", "review")
"""The producers, in the order that cursors name them in: new ones go to the end."""
EVERYWHERE = "*"

_FORM = 1


class At(NamedTuple):
    """How far one log was passed."""

    epoch: int
    position: int


Logs = Mapping[str, At]
"""The logs of one region by their source."""
NOT_BEGUN = At(0, 0)


@dataclass(frozen=True)
class Place:
    """How far the logs of some regions were passed: `of` is the region, or EVERYWHERE for a list of several."""

    of: str
    regions: Mapping[str, Logs] = field(default_factory=dict)
    _encoded: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def logs(self, region: str) -> Logs:
        """Give how far the logs of a region were passed."""
        return self.regions.get(region, {})

    def moved(self, region: str, logs: Logs) -> Self:
        """Give the place with the logs of one region passed so far."""
        encoded = {**self._encoded, region: _encode(region, logs)}
        return type(self)(self.of, {**self.regions, region: logs}, encoded)

    def moved_all(self, regions: Mapping[str, Logs]) -> Self:
        """Give the place with the logs of several regions passed so far."""
        encoded = {region: _encode(region, logs) for region, logs in regions.items()}
        return type(self)(self.of, {**self.regions, **regions}, {**self._encoded, **encoded})

    def cursor(self, cursors: Cursors) -> str:
        """Give the place as a subscriber keeps it."""
        return cursors.write_bytes(["feed", self.of], bytes([_FORM]) + self._bytes)

    @cached_property
    def _bytes(self) -> bytes:
        # A place that moved on encodes only what is new; regions stand in the order of their codes.
        return b"".join([self._encoded[region] for region in sorted(self._encoded)])


def place_of(cursors: Cursors, of: str, cursor: str) -> Place:
    """Give the place of a cursor that was given out for this region, or for EVERYWHERE; raise BadCursor."""
    encoded = cursors.read_bytes(["feed", of], cursor)
    if encoded[:1] != bytes([_FORM]):
        raise BadCursor(field="cursor")
    return Place(of).moved_all(dict(_decode(encoded[1:])))


def _encode(region: str, logs: Logs) -> bytes:
    """Give a region's code in two bytes, then each log's position, shifted by whether its epoch (not 1) follows."""
    province, _, within = region.partition(".")
    code = int(province) * 101 + (int(within) + 1 if within else 0)
    parts = [code.to_bytes(2, "big")]
    for source in SOURCES:
        epoch, position = logs.get(source, NOT_BEGUN)
        usual = epoch == 1 or not position
        parts.append(_varint(position << 1 | (not usual)))
        if not usual:
            parts.append(_varint(epoch))
    return b"".join(parts)


def _decode(encoded: bytes) -> Iterator[tuple[str, Logs]]:
    data = iter(encoded)
    for first in data:
        province, within = divmod(first << 8 | next(data), 101)
        region = f"{province:02d}.{within - 1:02d}" if within else f"{province:02d}"
        logs = {}
        for source in SOURCES:
            shifted = _read_varint(data)
            epoch = _read_varint(data) if shifted & 1 else 1
            if shifted >> 1:
                logs[source] = At(epoch, shifted >> 1)
        yield region, logs


def _varint(number: int) -> bytes:
    """Give a whole number in groups of seven bits, the lowest first; each group but the last has its high bit set."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _read_varint(data: Iterable[int]) -> int:
    number = shift = 0
    for group in data:
        number |= (group & 0x7F) << shift
        shift += 7
        if group < 0x80:
            break
    return number
