"""A rubric: what a panel judges by, with weights and scales. Versions are added, never changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from services.review.domain.events import (
    Criterion,
    RubricEvent,
    RubricPublished,
    ScaleKind,
)
from services.review.domain.texts import optional, required
from shared.domain import Command, Conflict, Decider, Invalid, Rejection, Several

MAX_CRITERIA = 60
YES_PARTLY_NO = 3
LARGEST = 1000
_IDENT = re.compile(r"00-[a-z0-9]+(-[a-z0-9]+)*")
_CRITERION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class RubricIdInvalid(Invalid):
    """A rubric's id is `00-` and words in small letters joined by hyphens."""


class VersionTaken(Conflict):
    """The next version of this rubric is {expected}."""


class CriteriaMissing(Invalid):
    """A rubric needs at least one criterion and at most {maximum}."""


class CriterionIdInvalid(Invalid):
    """A criterion's id is words in small letters joined by hyphens."""


class CriterionTwice(Invalid):
    """Two criteria have the same id."""


class WeightNotPositive(Invalid):
    """A weight is a number above zero, at most {maximum}, with at most two decimals."""


class BoundsInvalid(Invalid):
    """The lowest score must be below the highest."""


class AnchorsInvalid(Invalid):
    """The anchors of this scale must be different values within its bounds."""


class AnchorsMissing(Invalid):
    """This scale needs anchors: two at least, and exactly three for yes, partly and no."""


@dataclass(frozen=True, kw_only=True)
class PublishRubric(Command):
    """Publish a version of a rubric: the first, or the one after the latest."""

    rubric_id: str
    version: int
    title: str
    purpose: str
    source: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Rubric:
    """The versions of a rubric published so far."""

    versions: dict[int, RubricPublished] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        """The number of the latest version; 0 before the first."""
        return max(self.versions, default=0)


def decide(command: PublishRubric, state: Rubric) -> Sequence[RubricEvent]:
    """Give the version that is published; raise what is wrong with it, each beside its field."""
    match command:
        case PublishRubric():
            if command.version != state.latest + 1:
                raise VersionTaken(field="version", expected=state.latest + 1)
            wrong = [*_wrong_with_head(command), *_wrong_with(command.criteria)]
            if wrong:
                raise Several(wrong)
            return [
                RubricPublished(
                    rubric_id=command.rubric_id,
                    version=command.version,
                    title=command.title.strip(),
                    purpose=command.purpose.strip(),
                    source=command.source.strip(),
                    criteria=command.criteria,
                )
            ]
        case _:
            assert_never(command)


def evolve(state: Rubric, event: RubricEvent) -> Rubric:
    """Give the rubric with one more version."""
    return Rubric({**state.versions, event.version: event})


def _wrong_with_head(command: PublishRubric) -> Iterator[Rejection]:
    if not _IDENT.fullmatch(command.rubric_id):
        yield RubricIdInvalid(field="rubric_id")
    for field_name, maximum in (("title", 200), ("purpose", 2000), ("source", 500)):
        try:
            required(getattr(command, field_name), field_name, maximum)
        except Invalid as rejection:
            yield rejection


def _wrong_with(criteria: tuple[Criterion, ...]) -> Iterator[Rejection]:
    if not 1 <= len(criteria) <= MAX_CRITERIA:
        yield CriteriaMissing(field="criteria", maximum=MAX_CRITERIA)
    seen: set[str] = set()
    for place, criterion in enumerate(criteria):
        at = f"criteria/{place}"
        if not _CRITERION.fullmatch(criterion.criterion_id):
            yield CriterionIdInvalid(field=f"{at}/criterion_id")
        if criterion.criterion_id in seen:
            yield CriterionTwice(field=f"{at}/criterion_id")
        seen.add(criterion.criterion_id)
        try:
            required(criterion.name, f"{at}/name", 300)
            optional(criterion.group, f"{at}/group", 200)
            optional(criterion.help, f"{at}/help", 2000)
        except Invalid as rejection:
            yield rejection
        if not (_plain(criterion.weight) and criterion.weight > 0):
            yield WeightNotPositive(field=f"{at}/weight", maximum=LARGEST)
        yield from _wrong_with_scale(criterion, at)


def _wrong_with_scale(criterion: Criterion, at: str) -> Iterator[Rejection]:
    low, high = criterion.minimum, criterion.maximum
    if not (_plain(low) and _plain(high) and low < high):
        yield BoundsInvalid(field=f"{at}/maximum")
        return
    values = [anchor.value for anchor in criterion.anchors]
    if len(set(values)) != len(values) or not all(_within(value, low, high) for value in values):
        yield AnchorsInvalid(field=f"{at}/anchors")
    few = len(values) < 2 and criterion.scale is ScaleKind.ANCHORED
    if few or (len(values) != YES_PARTLY_NO and criterion.scale is ScaleKind.YES_PARTLY_NO):
        yield AnchorsMissing(field=f"{at}/anchors")


def _within(value: Decimal, low: Decimal, high: Decimal) -> bool:
    return _plain(value) and low <= value <= high


def _plain(value: Decimal) -> bool:
    """Whether this is a number as people write weights and scores: up to 1,000, at most two decimals."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -2 and abs(value) <= LARGEST


RUBRIC: Decider[PublishRubric, Rubric, RubricEvent] = Decider(
    noun="rubric", initial=Rubric, decide=decide, evolve=evolve
)
