"""Publishing a rubric, and what is wrong with one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.review.domain import rubric as no
from services.review.domain.events import Criterion, ScaleKind
from services.review.domain.rubric import RUBRIC, PublishRubric
from services.review.domain.texts import TextMissing, TextTooLong
from shared.testing import given
from tests.services.review import examples as ex
from tests.services.review.examples import criterion


def publish(version: int = 1, **changes: Any) -> PublishRubric:
    fields = {name: getattr(ex.RUBRIC, name) for name in ex.RUBRIC.__dataclass_fields__}
    return PublishRubric(actor="lan", at=ex.AT, **(fields | {"version": version} | changes))


def test_first_version() -> None:
    given(RUBRIC).when(publish()).then(ex.RUBRIC)


def test_next_version() -> None:
    given(RUBRIC, ex.RUBRIC).when(publish(2)).then(replace(ex.RUBRIC, version=2))


@pytest.mark.parametrize("version", [0, 1, 3])
def test_any_other_version(version: int) -> None:
    given(RUBRIC, ex.RUBRIC).when(publish(version)).then_rejected((no.VersionTaken, "version"))


@pytest.mark.parametrize("ident", ["36.74-own", "00-Design", "00-", "00-a--b", "00-a b"])
def test_id_of_another_shape(ident: str) -> None:
    given(RUBRIC).when(publish(rubric_id=ident)).then_rejected((no.RubricIdInvalid, "rubric_id"))


@pytest.mark.parametrize("field", ["title", "purpose", "source"])
def test_text_missing_or_too_long(field: str) -> None:
    given(RUBRIC).when(publish(1, **{field: " "})).then_rejected((TextMissing, field))
    given(RUBRIC).when(publish(1, **{field: "x" * 2001})).then_rejected((TextTooLong, field))


def test_two_of_the_same_criterion() -> None:
    command = publish(criteria=(criterion(), criterion()))
    given(RUBRIC).when(command).then_rejected((no.CriterionTwice, "criteria/1/criterion_id"))


@pytest.mark.parametrize("count", [0, 61])
def test_too_few_or_too_many_criteria(count: int) -> None:
    criteria = tuple(criterion(f"c{number}") for number in range(count))
    given(RUBRIC).when(publish(criteria=criteria)).then_rejected((no.CriteriaMissing, "criteria"))


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        (criterion("No"), no.CriterionIdInvalid, "criterion_id"),
        (replace(criterion(), name=" "), TextMissing, "name"),
        (replace(criterion(), help="x" * 2001), TextTooLong, "help"),
        (criterion(weight="0"), no.WeightNotPositive, "weight"),
        (criterion(weight="-1"), no.WeightNotPositive, "weight"),
        (criterion(weight="NaN"), no.WeightNotPositive, "weight"),
        (criterion(weight="1E+99999"), no.WeightNotPositive, "weight"),
        (criterion(weight="0.001"), no.WeightNotPositive, "weight"),
        (criterion(bounds=("3", "3")), no.BoundsInvalid, "maximum"),
        (criterion(bounds=("0", "Infinity")), no.BoundsInvalid, "maximum"),
        (criterion(anchors=("0", "101")), no.AnchorsInvalid, "anchors"),
        (criterion(anchors=("5", "5.0")), no.AnchorsInvalid, "anchors"),
        (criterion(anchors=("NaN",)), no.AnchorsInvalid, "anchors"),
        (criterion(scale=ScaleKind.ANCHORED, anchors=("1",)), no.AnchorsMissing, "anchors"),
        (criterion(scale=ScaleKind.YES_PARTLY_NO, anchors=("0", "100")), no.AnchorsMissing, "anchors"),
    ],
)
def test_a_criterion_that_cannot_be(wrong: Criterion, reason: Any, field: str) -> None:
    command = publish(criteria=(criterion("fine"), wrong))
    given(RUBRIC).when(command).then_rejected((reason, f"criteria/1/{field}"))


def test_the_latest_version() -> None:
    second = replace(ex.RUBRIC, version=2, criteria=(criterion(weight="1"),))
    state = RUBRIC.fold([ex.RUBRIC, second])
    assert (state.latest, state.versions[1], state.versions[2].criteria[0].weight) == (2, ex.RUBRIC, Decimal(1))
