"""Admitting somebody to the pool of reviewers."""

from dataclasses import replace
from typing import Any

import pytest

from services.review.domain import reviewer as no
from services.review.domain.reviewer import REVIEWER, RegisterReviewer
from shared.testing import given
from tests.services.review import examples as ex


def register(**changes: Any) -> RegisterReviewer:
    fields = {name: getattr(ex.REVIEWER, name) for name in ex.REVIEWER.__dataclass_fields__ if name != "reviewer_id"}
    return RegisterReviewer(actor="lan", at=ex.AT, **(fields | changes))


def test_register() -> None:
    given(REVIEWER).when(register()).then(ex.REVIEWER)


def test_renew() -> None:
    given(REVIEWER, ex.REVIEWER).when(register(active=False)).then(replace(ex.REVIEWER, active=False))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"person": "198001012005011001"}, (no.PersonInvalid, "person")),
        ({"person": "ABCDEF00-0000-0000-0000-000000000001"}, (no.PersonInvalid, "person")),
        ({"home_region": "Pemalang"}, (no.HomeRegionInvalid, "home_region")),
        ({"unit_id": "disdukcapil"}, (no.UnitInvalid, "unit_id")),
        ({"unit_id": "36.74-" + "x" * 80}, (no.UnitInvalid, "unit_id")),
        ({"expertise": ("health", "health")}, (no.ExpertiseInvalid, "expertise")),
        ({"expertise": ("Health",)}, (no.ExpertiseInvalid, "expertise")),
        ({"expertise": tuple("abcdefghijklmnopqrstu")}, (no.ExpertiseInvalid, "expertise")),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], reason: Any) -> None:
    given(REVIEWER).when(register(**changes)).then_rejected(reason)
