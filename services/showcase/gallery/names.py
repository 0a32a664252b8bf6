"""What a word may mean besides what innovations say: regions by name or common short name, and sectors.

Regions are reference data, so what a word means is found here and given to the statement; units have their own rows.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from services.showcase.tables import ACCENTED, PLAIN
from shared.regions import Region, regions

# As pg_trgm's own threshold for whole words.
ALIKE = 0.5
# Fewer letters begin the name of nearly every region.
LEAST_OF_NAME = 3
_KINDS = ("kabupaten", "kota", "provinsi")
_ACCENTS = str.maketrans(ACCENTED, PLAIN)


@dataclass(frozen=True)
class Meaning:
    """The regions whose own name has a word, those within a province so named, and so on; those of like names apart."""

    regions: tuple[str, ...]
    within: tuple[str, ...]
    sectors: tuple[str, ...]
    synonyms: tuple[str, ...]
    like_regions: tuple[str, ...]
    like_sectors: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Give the words of a text, lower case and without accents, as the tables hold them."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_ACCENTS)
    return "".join(each if each.isalnum() else " " for each in plain).split()


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((files(__package__) / "names.json").read_text(encoding="utf-8"))
    return data


def optional(word: str) -> bool:
    """Whether a word may be missing from what is found: it says nothing by itself."""
    return word in _data()["optional"]


@lru_cache(maxsize=4096)
def meaning(word: str) -> Meaning:
    """Give what a word may mean; a beginning of at least three letters counts as the word."""
    own = _named(word, _region_words())
    return Meaning(
        regions=own,
        within=tuple(code for code in regions() if regions()[code].province_code in own and code not in own),
        sectors=_named(word, _data()["sectors"]),
        synonyms=tuple(each for alike in _data()["synonyms"] if word in alike for each in alike if each != word),
        like_regions=_alike(word, _region_words()),
        like_sectors=_alike(word, _data()["sectors"]),
    )


def named(words: Sequence[str]) -> tuple[str, ...]:
    """Give the regions whose whole name, or a short name, stands in these words; where several do, the longest name."""
    for length in range(len(words), 0, -1):
        found = [
            code for at in range(len(words) - length + 1) for code in _whole().get(tuple(words[at : at + length]), ())
        ]
        if found:
            return tuple(sorted(set(found)))
    return ()


def beginning(words: Sequence[str], limit: int) -> list[Region]:
    """Give the regions of whose name each word is a beginning, those that it is the beginning of first."""
    if not words:
        return []
    text = " ".join(words)
    found = [
        region
        for code, region in regions().items()
        if all(any(each.startswith(word) for each in _region_words()[code]) for word in words)
    ]
    return sorted(found, key=lambda each: (not _bare(each).startswith(text), each.name))[:limit]


@cache
def _region_words() -> Mapping[str, Sequence[str]]:
    short = _data()["regions"]
    return {code: [*words_of(region.name), *short.get(code, ())] for code, region in regions().items()}


@cache
def _whole() -> Mapping[tuple[str, ...], Sequence[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for code, region in regions().items():
        names = {tuple(words_of(region.name)), tuple(_bare(region).split())}
        for each in (*names, *((short,) for short in _data()["regions"].get(code, ()))):
            found.setdefault(each, []).append(code)
    return found


def _bare(region: Region) -> str:
    """The name without "Kabupaten" or "Kota"."""
    return " ".join(word for word in words_of(region.name) if word not in _KINDS)


def _named(word: str, names: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    begins = len(word) >= LEAST_OF_NAME
    return tuple(
        key for key, words in names.items() if any(each == word or (begins and each.startswith(word)) for each in words)
    )


def _alike(word: str, names: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    return tuple(key for key, words in names.items() if any(likeness(word, each) >= ALIKE for each in words))


def likeness(one: str, other: str) -> float:
    """Give how alike two words are, from 0 to 1, as pg_trgm reckons it."""
    first, second = _trigrams(one), _trigrams(other)
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


@lru_cache(maxsize=8192)
def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))
