"""People who act at the same moment: exactly one wins, and nothing is lost or doubled.

A sample of the races runs each time; 500 with LABINOV_LONG=1.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.review.domain.assessment import ASSESSMENT
from shared.auth import Actor, Role
from shared.service import Service
from tests.services.review.desk import ANN, BEN, CHAIR, LAN, Desk, proposed, scorecard, submitted
from tests.support import PATIENCE

RACES = range(100 if os.environ.get("LABINOV_LONG") == "1" else 5)
CROWD = 50

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
        said = 503
        for _ in range(PATIENCE):
            said = browser.request("post", path, json=body, headers={"Idempotency-Key": key}).status_code
            if said != 503:
                break
            # In a crowd on a slow machine a lock or a connection can take too long: its key makes it safe to ask again.
            time.sleep(0.05)
        return said

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def types(desk: Desk) -> list[str]:
    stream = ASSESSMENT.stream(desk.assessment)
    return [each.type.removeprefix("assessment.") for each in desk.review.kernel.log.stream("36.74", stream)]


def card(actor: Actor, key: str | None = None) -> Act:
    return actor, "scorecard", scorecard(), key or uuid4().hex


@pytest.mark.parametrize("round_", RACES)
def test_two_scorecards_at_once_complete_the_panel_once(desk: Desk, round_: int) -> None:
    desk.ready()
    assert together(desk, card(ANN), card(BEN)) == [200, 200]
    assert types(desk)[-3:] == ["scorecard-submitted", "scorecard-submitted", "panel-completed"]


@pytest.mark.parametrize("round_", RACES)
def test_one_scorecard_sent_twice_at_once(desk: Desk, round_: int) -> None:
    desk.ready()
    assert sorted(together(desk, card(ANN), card(ANN))) == [200, 409]
    assert types(desk).count("scorecard-submitted") == 1


@pytest.mark.parametrize("round_", RACES)
def test_one_scorecard_sent_twice_at_once_under_one_key(desk: Desk, round_: int) -> None:
    desk.ready()
    twin = uuid4().hex
    assert together(desk, card(ANN, twin), card(ANN, twin)) == [200, 200]
    assert types(desk).count("scorecard-submitted") == 1


@pytest.mark.parametrize("round_", RACES)
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


@pytest.mark.parametrize("round_", RACES)
def test_two_conclusions_at_once(desk: Desk, round_: int) -> None:
    desk.ready().scored(ANN, BEN)
    acts: list[Act] = [
        (actor, "conclusion", {"outcome": outcome, "rationale": "Hasil."}, uuid4().hex)
        for actor, outcome in ((CHAIR, "advance"), (LAN, "decline"))
    ]
    assert sorted(together(desk, *acts)) == [200, 409]
    assert types(desk).count("concluded") == 1


def test_fifty_reviewers_hand_in_at_the_same_moment_and_the_last_one_races_the_conclusion(review: Service) -> None:
    crowd = [
        Actor(person=str(UUID(int=0xF00 + number)), roles=frozenset({Role.REVIEWER}), name=f"Penilai {number}")
        for number in range(CROWD)
    ]
    desk = Desk(review)
    desk.arrives(proposed(desk.innovation), submitted(desk.innovation, panel_size=CROWD, quorum=CROWD))
    desk.pooled(*crowd).assigned(*crowd).cleared(*crowd)
    conclusion: Act = (LAN, "conclusion", {"outcome": "advance", "rationale": "Hasil nyata."}, uuid4().hex)
    *scored, concluded = together(desk, *(card(each) for each in crowd), conclusion)
    assert scored == [200] * CROWD
    happened = types(desk)
    assert happened.count("scorecard-submitted") == CROWD
    assert happened[-1 - (concluded == 200)] == "panel-completed"
    assert concluded in (200, 409)


@pytest.mark.parametrize("round_", RACES)
def test_a_revision_racing_the_end_of_a_moderation(desk: Desk, round_: int) -> None:
    desk.ready().scored(ANN, score="90").scored(BEN, score="10")
    revision = {**scorecard("50"), "reason": "Bukti di halaman 4."}
    revised, twice, ended = together(
        desk,
        (BEN, "revisions", revision, uuid4().hex),
        (BEN, "revisions", revision, uuid4().hex),
        (CHAIR, "moderation/end", {}, uuid4().hex),
    )
    assert ended == 200
    assert sorted([revised, twice]) in ([200, 409], [409, 409])
    happened = types(desk)
    assert happened.count("scorecard-revised") == [revised, twice].count(200)
    assert happened[-1] == "moderation-closed"
