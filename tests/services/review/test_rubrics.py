"""The shipped rubrics, and the editor in which LAN writes a version, looks at it and publishes it."""

from decimal import Decimal

from services.review.desk.shipped import shipped_rubrics
from services.review.domain.rubric import RUBRIC
from shared.service import Service
from shared.testing import given
from tests.services.review import examples as ex
from tests.services.review.desk import Desk

WEIGHTS = {
    "00-design-review": [1] * 11,
    "00-results-review": [35, 25, 20, 20],
    "00-kipp": [5, 20, 25, 5, 20, 20, 5],
    "00-kovablik": [10, 15, 5, 30, 20, 5, 15],
    "00-kovablik-presentation": [30, 50, 10, 10],
    "00-iga-presentation": [30, 25, 15, 20, 10],
    "00-city-jury": [5, 5, 4, 3, 2, 2],
    "00-iid-2026": [3, 2, 2, 2, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 2, 3, 2, 3, 2, 4],
}


def test_every_shipped_rubric_has_the_weights_of_its_source() -> None:
    shipped = shipped_rubrics(ex.AT)
    assert {each.rubric_id: [int(one.weight) for one in each.criteria] for each in shipped} == WEIGHTS
    assert {each.rubric_id: sum(one.weight * one.maximum for one in each.criteria) for each in shipped} == {
        **dict.fromkeys(WEIGHTS, Decimal(100 * 100)),
        "00-design-review": 22,
        "00-city-jury": 63,
        "00-iid-2026": 111,
    }


def test_the_decider_accepts_every_shipped_rubric() -> None:
    for command in shipped_rubrics(ex.AT):
        fields = {name: getattr(command, name) for name in ex.RUBRIC.__dataclass_fields__}
        given(RUBRIC).when(command).then(type(ex.RUBRIC)(**fields))


def test_shipped_rubrics_are_published_once(review: Service) -> None:
    review.provision()
    review.provision()
    listed = Desk(review).gets(None, "/rubrics").json()
    assert [(each["rubric_id"], each["version"], each["criteria"]) for each in listed] == [
        (ident, 1, len(WEIGHTS[ident])) for ident in sorted(WEIGHTS)
    ]
