"""What a national system asks for in a year: one file each, `<system>_<year>.json`, which an operator may edit.

columns       what a row holds: its key and label there, which fact of ours it comes `from` (null: we hold none),
              whether it is required, and its words (`at_least_words`, `at_most_words`)
indicators    what is scored besides, each with its weight and three parameters
answered_by   which fact of ours answers an indicator: by `at_least` or `at_most` one bound for each parameter,
              by `one_of` words, or, with none of these, only that there is something to be judged by people
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.domain import NotFound

SYSTEMS = {"iid": "IID", "jippnas": "JIPPNas"}
_FOLDER = Path(__file__).parent


class _Data(BaseModel):
    """Base of the rules: what a file says beyond these fields is for its readers."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Column(_Data):
    """One column of a row."""

    key: str
    label: str
    source: str | None = Field(alias="from")
    required: bool = False
    at_least_words: int | None = None
    at_most_words: int | None = None


class Indicator(_Data):
    """Something that a system scores: the weight times the number of the parameter that holds, 1 to 3."""

    no: int
    name: str
    weight: int
    mandatory: bool = False
    parameters: tuple[str, ...]


class Answer(_Data):
    """Which fact of ours answers an indicator, and how."""

    no: int
    source: str = Field(alias="from")
    at_least: tuple[float, ...] = ()
    at_most: tuple[float | None, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    units: tuple[str, ...] = ()


class Rules(_Data):
    """What a system asks for in a year, and where that is known from."""

    name: str
    year: int
    source: str
    columns: tuple[Column, ...]
    indicators: tuple[Indicator, ...] = ()
    answered_by: tuple[Answer, ...] = ()
    basic_service: tuple[str, ...] = ()

    def answer(self, indicator: Indicator) -> Answer | None:
        """Give how an indicator is answered; None where our records hold nothing for it."""
        return next((each for each in self.answered_by if each.no == indicator.no), None)


@cache
def years(system: str) -> tuple[int, ...]:
    """Give the years for which the rules of a system are known, the newest first."""
    return tuple(sorted((int(path.stem.rpartition("_")[2]) for path in _FOLDER.glob(f"{system}_*.json")), reverse=True))


@cache
def rules(system: str, year: int) -> Rules:
    """Give the rules of a system for a year; raise NotFound."""
    if system not in SYSTEMS or year not in years(system):
        raise NotFound
    return TypeAdapter(Rules).validate_json((_FOLDER / f"{system}_{year}.json").read_bytes())
