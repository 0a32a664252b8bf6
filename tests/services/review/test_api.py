"""The JSON interface on a real database: the way of an assessment, and every way it refuses."""

from typing import Any
from uuid import uuid4

import pytest

from services.review.reactions import assessment_id
from shared.service import Service
from tests.services.review import examples as ex
from tests.services.review.desk import (
    ANN,
    AUDITOR,
    BEN,
    CAT,
    CHAIR,
    DAN,
    EVERYBODY,
    LAN,
    OTHER_CHAIR,
    UNIT,
    Desk,
    scorecard,
)
from tests.support import counting


def slots(seen: Any) -> list[tuple[str, str, bool, str | None]]:
    return [(seat["slot"], seat["state"], seat["person"] is not None, seat["total"]) for seat in seen["seats"]]


def test_the_whole_way(desk: Desk) -> None:
    desk.ready().scored(ANN, score="80").scored(BEN, score="60").concluded()
    seen = desk.looks(UNIT)
    assert (seen["status"], seen["score"], seen["spread"]) == ("concluded", "70.00", "20.00")
    assert slots(seen) == [("R1", "scored", False, "80.00"), ("R2", "scored", False, "60.00")]
    assert seen["conclusion"]["outcome"] == "advance"
    assert seen["conclusion"]["concluded_on"] == "2020-12-01"


def test_each_sees_their_part_on_the_way(desk: Desk) -> None:
    desk.ready().scored(ANN)
    assert slots(desk.looks(CHAIR)) == [("R1", "scored", True, None), ("R2", "cleared", True, None)]
    assert slots(desk.looks(LAN)) == [("R1", "scored", False, None), ("R2", "cleared", False, None)]
    assert slots(desk.looks(AUDITOR)) == [("R1", "scored", False, None), ("R2", "cleared", False, None)]
    assert slots(desk.looks(ANN)) == [("R1", "scored", True, "80.00")]
    assert slots(desk.looks(BEN)) == [("R2", "cleared", True, None)]
    assert (slots(desk.looks(UNIT)), desk.looks(UNIT)["scorecards"]) == ([], 1)
    desk.scored(BEN, score="90")
    assert slots(desk.looks(LAN)) == [("R1", "scored", False, "80.00"), ("R2", "scored", False, "90.00")]
    assert slots(desk.looks(BEN)) == [("R2", "scored", True, "90.00")]


@pytest.mark.parametrize("who", ["other chair", "other unit", "cat", "dan"])
def test_a_stranger_gets_the_answer_of_an_unknown_id(desk: Desk, who: str) -> None:
    desk.ready()
    actor, unknown = EVERYBODY[who], "36.74-" + "0" * 32

    def plain(answer: Any) -> Any:
        return {name: value for name, value in answer.json().items() if name != "correlation"}

    for part in ("", "/dossier"):
        there = desk.gets(actor, f"/assessments/{desk.assessment}{part}", 404)
        assert plain(there) == plain(desk.gets(actor, f"/assessments/{unknown}{part}", 404))


def test_nobody_reads_anything_without_signing_in(desk: Desk) -> None:
    desk.ready()
    paths = ("/assessments", f"/assessments/{desk.assessment}", f"/assessments/{desk.assessment}/dossier", "/reviewers")
    assert [desk.gets(None, path, 401).json()["status"] for path in paths] == [401] * 4


COMMANDS: dict[str, dict[str, Any]] = {
    "assignments": {"reviewers": [ex.DAN]},
    "declaration": {"conflict": False},
    "scorecard": scorecard(),
    "releases": {"slot": "R1", "reason": "Tenggat lewat."},
    "conclusion": {"outcome": "advance", "rationale": "Hasil nyata."},
}
CHAIRS = {"assignments", "releases", "conclusion"}


STRANGERS = ("other chair", "unit", "other unit", "auditor", "machine", "dan", "nobody")
REFUSED = [(who, what) for who in STRANGERS for what in COMMANDS] + [("lan", "declaration"), ("lan", "scorecard")]


@pytest.mark.parametrize(("who", "what"), REFUSED)
def test_who_may_not_act(desk: Desk, who: str, what: str) -> None:
    desk.ready()
    expected = 401 if who == "nobody" else 403
    if (who == "other chair" and what in CHAIRS) or (who == "dan" and what not in CHAIRS):
        expected = 404
    desk.does(EVERYBODY[who], what, COMMANDS[what], expected)
    assert [seat["state"] for seat in desk.looks(CHAIR)["seats"]] == ["cleared", "cleared"]


def test_the_dossier_opens_after_the_declaration(desk: Desk) -> None:
    desk.opened().pooled(ANN).assigned(ANN)
    path = f"/assessments/{desk.assessment}/dossier"
    assert desk.gets(ANN, path, 409).json()["type"] == "urn:labinov:problem:declaration-missing"
    desk.cleared(ANN)
    found = desk.gets(ANN, path).json()
    assert (found["title"], found["submitted_on"]) == ("Lapor Lurah", "2020-11-02")
    assert desk.gets(CHAIR, path).json() == desk.gets(AUDITOR, path).json() == found
    desk.gets(UNIT, path, 403)


def test_recusal_closes_the_dossier(desk: Desk) -> None:
    desk.ready().does(ANN, "declaration", {"conflict": True, "kind": "family", "reason": "Adik saya."})
    desk.gets(ANN, f"/assessments/{desk.assessment}/dossier", 409)
    own, _ = desk.looks(CHAIR)["seats"]
    assert (own["state"], own["conflict_kind"], own["conflict_reason"]) == ("recused", "family", "Adik saya.")
    assert {seat["conflict_reason"] for seat in desk.looks(LAN)["seats"]} == {None}


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"home_region": "36.74"}, "of-submitting-region"),
        ({"home_region": "33.27", "unit_id": ex.UNIT}, "of-submitting-unit"),
        ({"home_region": "33.27", "active": False}, "reviewer-inactive"),
        (None, "not-in-pool"),
    ],
)
def test_bars(desk: Desk, entry: Any, kind: str) -> None:
    person = str(uuid4())
    if entry is not None:
        desk.sends(LAN, "put", f"/reviewers/{person}", entry, 200)
    answer = desk.opened().does(CHAIR, "assignments", {"reviewers": [person]}, 422).json()
    assert [each["pointer"] for each in answer["errors"]] == ["#/reviewers/0"]
    assert person not in str(answer)


def test_a_scorecard_names_every_wrong_field(desk: Desk) -> None:
    body = scorecard(comment="")
    body["marks"][0]["score"] = "101"
    answer = desk.ready().does(ANN, "scorecard", body, 422).json()
    assert {each["pointer"] for each in answer["errors"]} == {
        "#/marks/benefit/score",
        *(f"#/marks/{name}/comment" for name in ("benefit", "evidence", "sustainability", "replicability")),
    }


@pytest.mark.parametrize("score", ["NaN", "1e999", '"x"', "null", "[]"])
def test_a_score_that_is_no_number(desk: Desk, score: str) -> None:
    body = '{"marks":[{"criterion_id":"benefit","score":' + score + ',"comment":""}]}'
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    path = f"/assessments/{desk.ready().assessment}/scorecard"
    answer = desk.browser(ANN).request("post", path, content=body, headers=headers)
    assert answer.status_code == (400 if score in ("NaN", "1e999") else 422)


def test_a_repeated_command_gets_the_first_answer(desk: Desk) -> None:
    desk.ready()
    first = desk.does(ANN, "scorecard", scorecard(), Idempotency_Key="once")
    again = desk.does(ANN, "scorecard", scorecard(), Idempotency_Key="once")
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    desk.does(ANN, "scorecard", scorecard("10"), 422, Idempotency_Key="once")
    desk.does(ANN, "scorecard", scorecard(), 409)


def test_a_stale_version_changes_nothing(desk: Desk) -> None:
    desk.ready()
    stale = desk.gets(CHAIR, f"/assessments/{desk.assessment}").headers["ETag"]
    desk.scored(ANN)
    desk.does(CHAIR, "releases", {"slot": "R2", "reason": "Lewat."}, 412, If_Match=stale)
    fresh = desk.gets(CHAIR, f"/assessments/{desk.assessment}").headers["ETag"]
    desk.does(CHAIR, "releases", {"slot": "R2", "reason": "Lewat."}, 200, If_Match=fresh)


def test_no_score_after_the_conclusion(desk: Desk) -> None:
    desk.ready().assigned(CAT).cleared(CAT).scored(ANN, BEN)
    desk.does(CHAIR, "releases", {"slot": "R3", "reason": "Lewat."})
    desk.concluded()
    desk.does(CAT, "scorecard", scorecard(), 409)


def test_lists_show_each_their_own(desk: Desk) -> None:
    desk.ready().scored(ANN)

    def listed(who: str, query: str = "") -> list[Any]:
        items = desk.gets(EVERYBODY[who], f"/assessments?limit=500{query}").json()["items"]
        return [each for each in items if each["assessment_id"] == desk.assessment]

    seen = {who: len(listed(who)) for who in EVERYBODY if who != "nobody"}
    assert {who for who, count in seen.items() if count} == {"lan", "chair", "unit", "auditor", "machine", "ann", "ben"}
    (own,) = listed("ann", "&own=true")
    assert (own["own_slot"], own["own_state"], own["scorecards"], own["pending"]) == ("R1", "scored", 1, 1)
    assert (listed("lan", "&own=true"), listed("lan", "&status=concluded"), listed("lan", "&region=33.27")) == (
        [],
        [],
        [],
    )
    (chairs,) = listed("chair", "&region=36.74&status=open")
    assert chairs["own_slot"] is None
    assert ex.ANN not in str(chairs)


def test_pages_of_a_list_hold_everything_once(review: Service) -> None:
    made = {Desk(review).opened().assessment for _ in range(5)}
    desk, found, path = Desk(review), [], "/assessments?limit=2"
    while path:
        page = desk.gets(CHAIR, path).json()
        found += [each["assessment_id"] for each in page["items"]]
        path = f"/assessments?limit=2&cursor={page['next']}" if page["next"] else ""
    assert len(found) == len(set(found))
    assert made <= set(found)


@pytest.mark.parametrize("cursor", ["x", "bm9wZQ==", "WyJ4IiwgInkiXQ==", "WyIyMDIwLTAxLTAxVDAwOjAwOjAwIiwgInkiXQ=="])
def test_a_cursor_that_was_not_given_out(desk: Desk, cursor: str) -> None:
    desk.gets(CHAIR, f"/assessments?cursor={cursor}", 400)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=-1", "region=Pemalang", "status=x"])
def test_a_query_that_cannot_be(desk: Desk, query: str) -> None:
    desk.gets(CHAIR, f"/assessments?{query}", 422)


def test_a_list_takes_the_same_number_of_queries_however_long(review: Service) -> None:
    desk = Desk(review)
    desk.ready().gets(LAN, "/assessments?limit=1")
    with counting(review.kernel.engine) as count:
        desk.gets(LAN, "/assessments?limit=1")
        short = count()
        desk.gets(LAN, "/assessments?limit=500")
        assert (short, count() - short) == (2, 2)


def test_rubrics(desk: Desk) -> None:
    results = desk.gets(None, "/rubrics/00-results-review").json()
    assert [(each["criterion_id"], each["weight"]) for each in results["criteria"]] == [
        ("benefit", "35"),
        ("evidence", "25"),
        ("sustainability", "20"),
        ("replicability", "20"),
    ]
    desk.gets(None, "/rubrics/00-results-review?version=9", 404)
    desk.gets(None, "/rubrics/00-none", 404)
    desk.gets(None, "/rubrics/none", 404)
    new = results | {"rubric_id": "00-kota", "version": 1}
    desk.sends(CHAIR, "post", "/rubrics", new, 403)
    desk.sends(LAN, "post", "/rubrics", new, 201)
    desk.sends(LAN, "post", "/rubrics", new, 409)
    desk.sends(LAN, "post", "/rubrics", new | {"version": 2, "rubric_id": "36.74-kota"}, 404)
    assert desk.gets(None, "/rubrics/00-kota").json() == new


def test_the_pool(desk: Desk) -> None:
    desk.pooled(ANN)
    entry = {"person": ex.ANN, "name": "Ani Penelaah", "home_region": "33.27", "unit_id": None, "active": True}
    assert entry | {"expertise": ["health"], "types": [], "capacity": 10} in desk.gets(CHAIR, "/reviewers").json()
    assert entry["person"] in {each["person"] for each in desk.gets(OTHER_CHAIR, "/reviewers").json()}
    for actor in (ANN, UNIT, AUDITOR):
        desk.gets(actor, "/reviewers", 403)
    desk.sends(CHAIR, "put", f"/reviewers/{ex.DAN}", {"home_region": "33.27"}, 403)
    desk.sends(LAN, "put", "/reviewers/198001012005011001", {"home_region": "33.27"}, 422)
    assert DAN.person not in {each["person"] for each in desk.gets(CHAIR, "/reviewers").json()}


def test_a_second_submission_has_an_assessment_of_its_own(desk: Desk) -> None:
    assert assessment_id(desk.innovation, 1) != assessment_id(desk.innovation, 2)
    assert assessment_id(desk.innovation, 1).startswith("36.74-")
