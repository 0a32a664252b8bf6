"""A unit: registered once, renamed without losing the name by which people know it."""

from dataclasses import replace
from datetime import date

import pytest

from services.submission.domain.events import StaffCounted, UnitRenamed
from services.submission.domain.rejections import (
    BadCharacters,
    Blank,
    DatesReversed,
    Malformed,
    Repeated,
    TooLong,
    UnitExists,
)
from services.submission.domain.unit import UNIT, CountStaff, RegisterUnit, RenameUnit
from services.submission.domain.vocabulary import UnitKind
from shared.domain import NotFound
from shared.testing import given
from tests.services.submission.examples import ACTOR, AT, UNIT_ID, registered

NAME, SHORT = registered.name, registered.short_name


def register(
    unit_id: str = UNIT_ID, name: str = NAME, short_name: str = SHORT, aliases: tuple[str, ...] = ("Dukcapil",)
) -> RegisterUnit:
    return RegisterUnit(
        actor=ACTOR, at=AT, unit_id=unit_id, name=name, short_name=short_name, kind=UnitKind.OPD, aliases=aliases
    )


def rename(name: str = NAME, short_name: str = SHORT, aliases: tuple[str, ...] = ("Dukcapil",)) -> RenameUnit:
    return RenameUnit(actor=ACTOR, at=AT, name=name, short_name=short_name, aliases=aliases)


def test_a_unit_is_registered() -> None:
    given(UNIT).when(register()).then(registered)


def test_a_code_is_given_once() -> None:
    given(UNIT, registered).when(register()).then_rejected((UnitExists, "code"))


@pytest.mark.parametrize("code", ["Disdukcapil", "dinas_x", "-x", "x" * 41, "dinas dukcapil"])
def test_a_code_is_made_of_lower_case_letters_digits_and_hyphens(code: str) -> None:
    given(UNIT).when(register(unit_id=f"36.74-{code}")).then_rejected((Malformed, "code"))


def test_every_fault_is_named_at_once() -> None:
    given(UNIT).when(register(name=" ", short_name="x" * 61, aliases=("a\u202eb", "c", "c"))).then_rejected(
        (Blank, "name"), (TooLong, "short_name"), (Repeated, "aliases"), (BadCharacters, "aliases/0")
    )


def test_a_former_name_stays_as_an_alias() -> None:
    given(UNIT, registered).when(rename(name="Dinas Dukcapil")).then(
        UnitRenamed(
            unit_id=UNIT_ID,
            name="Dinas Dukcapil",
            short_name=SHORT,
            aliases=("Dukcapil", NAME),
        )
    )


def test_an_alias_that_becomes_the_name_is_no_alias_any_more() -> None:
    given(UNIT, registered).when(rename(name="Dukcapil")).then(
        UnitRenamed(unit_id=UNIT_ID, name="Dukcapil", short_name=SHORT, aliases=(NAME,))
    )


def test_renaming_to_the_same_changes_nothing() -> None:
    given(UNIT, registered).when(rename()).then()


def test_an_unknown_unit_is_not_renamed() -> None:
    given(UNIT).when(rename()).then_rejected(NotFound)


def test_what_a_rename_says_is_checked_too() -> None:
    given(UNIT, registered).when(rename(name="")).then_rejected((Blank, "name"))


def test_an_older_count_of_civil_servants_does_not_take_the_place_of_a_newer_one() -> None:
    def count(on: date, number: int = 12) -> CountStaff:
        return CountStaff(actor=ACTOR, at=AT, civil_servants=number, counted_on=on, source="BKPSDM")

    newer = StaffCounted(unit_id=UNIT_ID, civil_servants=12, counted_on=date(2019, 1, 1), source="BKPSDM")
    given(UNIT, registered).when(count(date(2019, 1, 1))).then(newer)
    given(UNIT, registered, newer).when(count(date(2018, 1, 1))).then_rejected((DatesReversed, "counted_on"))
    given(UNIT, registered, newer).when(count(date(2019, 1, 1), 13)).then(replace(newer, civil_servants=13))
