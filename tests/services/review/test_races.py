"""People who act at the same moment: exactly one wins, and nothing is lost or doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from services.review.domain.assessment import ASSESSMENT
from shared.auth import Actor
from tests.services.review.desk import ANN, BEN, CHAIR, LAN, Desk, scorecard

Act = tuple[Actor, str, dict[str, Any], str]


def together(desk: Desk, *acts: Act) -> list[int]:
    """Have several people act at once; gives the statuses of their answers."""
    start, app = Barrier(len(acts)), desk.app

    def act(one: Act) -> int:
        actor, what, body, key = one
        browser = desk.browser(actor)
        assert browser.app is app
        start.wait()
        path = f"/assessments/{desk.assessment}/{what}"
        return browser.request("post", path, json=body, headers={"Idempotency-Key": key}).status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def types(desk: Desk) -> list[str]:
    stream = ASSESSMENT.stream(desk.assessment)
    return [each.type.removeprefix("assessment.") for each in desk.review.kernel.log.stream("36.74", stream)]


def card(actor: Actor, key: str | None = None) -> Act:
    return actor, "scorecard", scorecard(), key or uuid4().hex


@pytest.mark.parametrize("round_", range(5))
def test_two_scorecards_at_once_complete_the_panel_once(desk: Desk, round_: int) -> None:
    desk.ready()
    assert together(desk, card(ANN), card(BEN)) == [200, 200]
    assert types(desk)[-3:] == ["scorecard-submitted", "scorecard-submitted", "panel-completed"]


@pytest.mark.parametrize("round_", range(5))
def test_one_scorecard_sent_twice_at_once(desk: Desk, round_: int) -> None:
    desk.ready()
    assert sorted(together(desk, card(ANN), card(ANN))) == [200, 409]
    assert types(desk).count("scorecard-submitted") == 1


@pytest.mark.parametrize("round_", range(5))
def test_one_scorecard_sent_twice_at_once_under_one_key(desk: Desk, round_: int) -> None:
    desk.ready()
    twin = uuid4().hex
    assert together(desk, card(ANN, twin), card(ANN, twin)) == [200, 200]
    assert types(desk).count("scorecard-submitted") == 1


@pytest.mark.parametrize("round_", range(5))
def test_a_score_racing_the_release_and_the_conclusion(desk: Desk, round_: int) -> None:
    desk.ready().scored(ANN)
    conclusion = {"outcome": "advance", "rationale": "Hasil nyata."}
    scored, released, concluded = together(
        desk,
        card(BEN),
        (CHAIR, "releases", {"slot": "R2", "reason": "Lewat."}, uuid4().hex),
        (LAN, "conclusion", conclusion, uuid4().hex),
    )
    assert sorted([scored, released]) == [200, 409]
    # Released, the panel is below its quorum; scored, the conclusion may have come before or after.
    assert concluded in ({409} if released == 200 else {200, 409})
    happened = types(desk)
    assert happened.count("concluded") == (concluded == 200)
    assert happened.count("panel-completed") == (scored == 200)


@pytest.mark.parametrize("round_", range(5))
def test_two_conclusions_at_once(desk: Desk, round_: int) -> None:
    desk.ready().scored(ANN, BEN)
    acts: list[Act] = [
        (actor, "conclusion", {"outcome": outcome, "rationale": "Hasil."}, uuid4().hex)
        for actor, outcome in ((CHAIR, "advance"), (LAN, "decline"))
    ]
    assert sorted(together(desk, *acts)) == [200, 409]
    assert types(desk).count("concluded") == 1
