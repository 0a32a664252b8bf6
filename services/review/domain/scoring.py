"""From marks to figures: the weighted total of a scorecard on 0–100, and the mean and spread of a panel.

Each mark is placed on its own scale, (score − minimum) / (maximum − minimum), weighted by the criterion's share of
all weights, and the sum is taken times 100. Sums are exact; only the result is rounded, once, to two decimals, halves
upwards. Mean and spread are made of rounded totals, since those are what people see, and rounded the same way.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from services.review.domain.events import Criterion, Mark, ScaleKind
from services.review.domain.texts import optional, required
from shared.domain import Invalid, Rejection, Several

MODERATION_SPREAD = Decimal(20)
MAX_COMMENT = 4000
MAX_DECIMALS = 2


class MarkMissing(Invalid):
    """Give a score for this criterion."""


class MarkTwice(Invalid):
    """This criterion was scored twice."""


class MarkUnknown(Invalid):
    """The rubric has no such criterion."""


class ScoreOutOfBounds(Invalid):
    """The score must lie between {minimum} and {maximum}, with at most two decimals."""


class ScoreNotAnchored(Invalid):
    """Choose one of the values of this scale."""


def check_marks(criteria: Sequence[Criterion], marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Give the marks in the rubric's order, comments tidied; raise Several naming every field that is wrong.

    Fields are `marks/<criterion id>/score` and `…/comment`.
    """
    wrong: list[Rejection] = []
    given: dict[str, Mark] = {}
    known = {criterion.criterion_id for criterion in criteria}
    for place, mark in enumerate(marks):
        if mark.criterion_id not in known:
            wrong.append(MarkUnknown(field=f"marks/{place}"))
        elif mark.criterion_id in given:
            wrong.append(MarkTwice(field=f"marks/{mark.criterion_id}/score"))
        else:
            given[mark.criterion_id] = mark
    checked = []
    for criterion in criteria:
        at = f"marks/{criterion.criterion_id}"
        mark_given = given.get(criterion.criterion_id)
        if mark_given is None:
            wrong.append(MarkMissing(field=f"{at}/score"))
            continue
        try:
            _check_score(criterion, mark_given.score, f"{at}/score")
        except Invalid as rejection:
            wrong.append(rejection)
        try:
            tidy = required if criterion.comment_required else optional
            comment = tidy(mark_given.comment, f"{at}/comment", MAX_COMMENT)
            checked.append(
                Mark(
                    criterion_id=criterion.criterion_id,
                    score=mark_given.score,
                    comment=comment,
                )
            )
        except Invalid as rejection:
            wrong.append(rejection)
    if wrong:
        raise Several(wrong)
    return tuple(checked)


def total(criteria: Sequence[Criterion], marks: Sequence[Mark]) -> Decimal:
    """Give the weighted total on 0–100 of marks that `check_marks` let through."""
    score_of = {mark.criterion_id: Fraction(mark.score) for mark in marks}
    weighted = Fraction(0)
    for criterion in criteria:
        low, high = Fraction(criterion.minimum), Fraction(criterion.maximum)
        weighted += Fraction(criterion.weight) * (score_of[criterion.criterion_id] - low) / (high - low)
    return _rounded(100 * weighted / sum(Fraction(criterion.weight) for criterion in criteria))


def mean(totals: Sequence[Decimal]) -> Decimal:
    """Give the mean of at least one total."""
    return _rounded(sum((Fraction(each) for each in totals), Fraction(0)) / len(totals))


def spread(totals: Sequence[Decimal]) -> Decimal:
    """Give how far the highest of at least one total lies above the lowest."""
    return _rounded(Fraction(max(totals)) - Fraction(min(totals)))


def _check_score(criterion: Criterion, score: Decimal, field: str) -> None:
    match criterion.scale:
        case ScaleKind.POINTS:
            exponent = score.as_tuple().exponent
            fine = isinstance(exponent, int) and exponent >= -MAX_DECIMALS
            if not (fine and criterion.minimum <= score <= criterion.maximum):
                raise ScoreOutOfBounds(field=field, minimum=criterion.minimum, maximum=criterion.maximum)
        case ScaleKind.ANCHORED | ScaleKind.YES_PARTLY_NO:
            if not score.is_finite() or score not in {anchor.value for anchor in criterion.anchors}:
                raise ScoreNotAnchored(field=field)


def _rounded(value: Fraction) -> Decimal:
    # Whole hundredths are counted in integers, so that a half is seen exactly and no decimal context rounds before.
    return Decimal(int(value * 100 + Fraction(1, 2))).scaleb(-2)
