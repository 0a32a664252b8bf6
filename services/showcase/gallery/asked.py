"""What may be asked of the gallery: words, filters and an order, each checked before a statement sees it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.showcase.gallery.names import words_of
from services.showcase.incoming import STAGES
from services.showcase.words import FORMS, INITIATORS, SECTORS, STATUSES, TYPES, UNIT_KINDS
from shared.domain import Invalid, is_region, refuse

MAX_QUERY = 200
MAX_WORDS = 8
SORTS = ("relevance", "newest", "displayed", "outcome", "alphabetical")
# Filters with a closed list of values.
CHOICES = {
    "stage": STAGES,
    "sector": tuple(SECTORS),
    "unit_kind": tuple(UNIT_KINDS),
    "status": tuple(STATUSES),
    "initiator": tuple(INITIATORS),
    "form": tuple(FORMS),
    "type": tuple(TYPES),
    "outcome": ("measured",),
    "running": ("confirmed", "stale"),
    "host": ("yes",),
    "example": ("yes", "no"),
    "sort": SORTS,
}


class WrongFilter(Invalid):
    """This filter does not have such a value."""


@dataclass(frozen=True)
class Filter:
    """What is asked for; None leaves a dimension open. Raises WrongFilter or Several for values that cannot be."""

    q: str | None = None
    region: str | None = None
    stage: str | None = None
    sector: str | None = None
    unit_kind: str | None = None
    year: str | None = None
    status: str | None = None
    initiator: str | None = None
    form: str | None = None
    type: str | None = None
    outcome: str | None = None
    running: str | None = None
    host: str | None = None
    example: str | None = None
    sort: str | None = None

    def __post_init__(self) -> None:
        """Check each value, so that a statement never sees one that it does not know."""
        refuse(self._wrong())

    def _wrong(self) -> Iterator[WrongFilter]:
        if self.q is not None and len(self.q) > MAX_QUERY:
            yield WrongFilter("Search with at most {max_length} characters.", field="q", max_length=MAX_QUERY)
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                yield WrongFilter(field=name)
        if self.region is not None and not is_region(self.region):
            yield WrongFilter(field="region")
        if self.year is not None and not re.fullmatch(r"[12]\d{3}", self.year, re.ASCII):
            yield WrongFilter(field="year")

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Filter":
        """Give the filter of a query string; what is empty or unknown is left out. Raises WrongFilter, Several."""
        given = {name: parameters.get(name, "").strip() or None for name in cls.__dataclass_fields__}
        return cls(**given)

    @property
    def words(self) -> list[str]:
        """The words that are searched for, as the tables hold them."""
        return words_of(self.q or "")[:MAX_WORDS]

    @property
    def order(self) -> str:
        """How the list is sorted: by what was asked for; without words nothing is more relevant than another."""
        if self.sort is None or self.sort == "relevance":
            return "relevance" if self.words else "newest"
        return self.sort

    def parameters(self) -> dict[str, str]:
        """Give what is asked for as query parameters."""
        return {name: value for name, value in vars(self).items() if value is not None}
