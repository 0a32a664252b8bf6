"""The reviewers of the demonstration: the pool, who sits on which panel, and what they write on their scorecards."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from deploy.demo.steps import Step
from deploy.embedded.identities import Person, read_people
from services.review.desk.shipped import shipped_rubrics
from services.review.domain.events import Criterion, Mark, ScaleKind
from services.review.domain.scoring import MODERATION_SPREAD, spread, total

DESIGN_REVIEW, RESULTS_REVIEW = "00-design-review", "00-results-review"


@cache
def reviewers() -> tuple[Person, ...]:
    """Give the demonstration people who review."""
    return tuple(each for each in read_people().values() if "reviewer" in each.roles)


def pool() -> tuple[Step, ...]:
    """Give what admits them to the national pool."""
    return tuple(
        Step(
            method="PUT",
            path=f"/review/reviewers/{{person:{each.sub}}}",
            body={"home_region": each.home_region, "name": each.name, "expertise": []},
        )
        for each in reviewers()
    )


def panel(region: str, size: int, innovation: str) -> list[str]:
    """Give the subjects of a panel for an innovation; nobody judges the own region."""
    allowed = [each.sub for each in reviewers() if each.home_region != region]
    return Random(innovation).sample(allowed, size)


def scorecard(rubric_id: str, innovation: str, reviewer: str) -> dict[str, Any]:
    """Give a reviewer's scorecard: good, never perfect, and a little different from the others'."""
    luck = Random(f"{rubric_id}/{innovation}/{reviewer}")
    return {
        "marks": [
            {
                "criterion_id": each.criterion_id,
                "score": _score(each, luck),
                "comment": f"Contoh: {each.name.lower()} dinilai dari berkas unit." if each.comment_required else "",
            }
            for each in _criteria(rubric_id)
        ],
        "summary": "Contoh: usulan layak; perjelas angka awal dan cara mengukurnya.",
    }


def in_moderation(rubric_id: str, innovation: str, seated: Sequence[str]) -> tuple[str, str] | None:
    """Give who scored lowest and who in the middle, where a panel differs so widely that it must talk; else None."""
    totals = {each: _total(rubric_id, scorecard(rubric_id, innovation, each)) for each in seated}
    if spread(list(totals.values())) <= MODERATION_SPREAD:
        return None
    ordered = sorted(seated, key=lambda each: totals[each])
    return ordered[0], ordered[len(ordered) // 2]


def _total(rubric_id: str, card: dict[str, Any]) -> Decimal:
    marks = [
        Mark(criterion_id=each["criterion_id"], score=Decimal(each["score"]), comment=each["comment"])
        for each in card["marks"]
    ]
    return total(_criteria(rubric_id), marks)


def _score(criterion: Criterion, luck: Random) -> str:
    if criterion.scale is ScaleKind.POINTS:
        return str(luck.randrange(68, 90))
    return str(luck.choice(sorted(each.value for each in criterion.anchors)[1:]))


@cache
def _criteria(rubric_id: str) -> tuple[Criterion, ...]:
    return next(each.criteria for each in shipped_rubrics(datetime.now(UTC)) if each.rubric_id == rubric_id)
