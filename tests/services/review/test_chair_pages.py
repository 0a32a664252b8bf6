"""The chair's pages: moderation, further rounds, presentations, the analysis of a gate; and an auditor's question."""

from typing import Any
from uuid import uuid4

import pytest

from shared.auth import Actor
from shared.service import Service
from tests.services.review.desk import ANN, AUDITOR, BEN, CAT, CHAIR, LAN, OTHER_CHAIR, UNIT, Desk, proposed, scorecard
from tests.services.review.desk import submitted as stage_submitted
from tests.services.review.test_pages import HTML, errors, page, send
from tests.support import counting

GATE = "region=36.74&programme={}&gate=deliver"


def at_gate(review: Service, programme: str, *scores: tuple[str, str, str]) -> list[Desk]:
    """Have a panel of three score as many innovations of one programme."""
    found = []
    for given in scores:
        desk = Desk(review)
        desk.arrives(proposed(desk.innovation), stage_submitted(desk.innovation, programme_id=programme))
        desk.pooled(ANN, BEN, CAT).assigned(ANN, BEN).assigned(CAT, chair=LAN).cleared(ANN, BEN, CAT)
        for reviewer, score in zip((ANN, BEN, CAT), given, strict=True):
            desk.scored(reviewer, score=score)
        found.append(desk)
    return found


def further(desk: Desk) -> Desk:
    """Have the chair ask for a presentation."""
    send(desk, CHAIR, "rounds", {"kind": "presentation", "rubric_id": "00-results-review/1"})
    return desk


def test_a_panel_moderates_by_forms(desk: Desk) -> None:
    desk.ready().scored(ANN, score="90").scored(BEN, score="60")
    assert "Bukti apa?" not in page(desk, CHAIR, "/desk/assessments/{}")
    send(desk, CHAIR, "remarks", {"text": "Bukti apa?"})
    send(desk, BEN, "remarks", {"text": "Lampiran 3 kosong."})
    assert errors(send(desk, ANN, "remarks", {"text": ""}, 422).text) == ["text"]
    desk.does(BEN, "revisions", {**scorecard("72"), "reason": "Lampiran ada di halaman 9."})
    for actor in (CHAIR, ANN):
        shown = page(desk, actor, "/desk/assessments/{}")
        texts = ("Bukti apa?", "Lampiran 3 kosong.", "Lampiran ada di halaman 9.", "72,00", "60,00")
        assert [text in shown for text in texts] == [True] * 5
    assert "Bukti apa?" not in page(desk, UNIT, "/desk/assessments/{}")
    send(desk, CHAIR, "moderation/end", {})
    assert "moderation/end" not in page(desk, CHAIR, "/desk/assessments/{}")
    assert "Lampiran 3 kosong." in page(desk.concluded(), UNIT, "/desk/assessments/{}")


def test_a_further_round_is_heard_at_a_time_and_keeps_the_first_scores(desk: Desk) -> None:
    desk.ready().scored(ANN, score="80").scored(BEN, score="70")
    assert errors(send(desk, CHAIR, "rounds", {"kind": "desk"}, 422).text) == ["rubric_id"]
    further(desk)
    wrong = {"starts_at": "2031-01-31", "clock": "pagi", "place": "Aula"}
    text = send(desk, CHAIR, "presentation", wrong, 422).text
    assert (errors(text), 'value="Aula"' in text) == (["clock"], True)
    past = {"starts_at": "2001-01-31", "clock": "09:00", "place": "Aula"}
    assert errors(send(desk, CHAIR, "presentation", past, 422).text) == ["starts_at"]
    send(desk, CHAIR, "presentation", {"starts_at": "2031-01-31", "clock": "09.30", "place": "Aula Bappeda"})
    for actor in (CHAIR, ANN, UNIT):
        shown = page(desk, actor, "/desk/assessments/{}")
        assert [text in shown for text in ("31 Januari 2031, 09.30 WIB", "Aula Bappeda")] == [True, True]
    assert "80,00" in page(desk, CHAIR, "/desk/assessments/{}")
    desk.scored(ANN, score="66").scored(BEN, score="64")
    shown = page(desk, CHAIR, "/desk/assessments/{}")
    assert [text in shown for text in ('id="scores-1"', 'id="scores-2"', "80,00", "66,00")] == [True] * 4


def test_an_auditor_asks_who_sat_at_a_place(desk: Desk) -> None:
    desk.ready().scored(ANN, BEN).concluded()
    assert str(ANN.name) not in page(desk, AUDITOR, "/desk/assessments/{}")
    assert errors(send(desk, AUDITOR, "resolutions", {"slot": "R1", "reason": ""}, 422).text) == ["reason"]
    send(desk, UNIT, "resolutions", {"slot": "R1", "reason": "x"}, 403)
    send(desk, AUDITOR, "resolutions", {"slot": "R1", "reason": "Pengaduan 7."})
    shown = page(desk, AUDITOR, "/desk/assessments/{}")
    assert [str(each.name) in shown for each in (ANN, BEN)] == [True, False]
    assert str(ANN.name) not in page(desk, UNIT, "/desk/assessments/{}")


def test_a_bar_that_was_passed_over_is_shown_with_its_reason_to_chair_and_auditor(desk: Desk) -> None:
    person = str(uuid4())
    desk.opened().sends(LAN, "put", f"/reviewers/{person}", {"home_region": "36.74", "name": "Eka Setempat"}, 200)
    body = {"reviewers": [person], "overrides": [{"person": person, "reason": "Satu-satunya ahli air."}]}
    desk.does(LAN, "assignments", body)
    shown = {actor: "Satu-satunya ahli air." in page(desk, actor, "/desk/assessments/{}") for actor in (LAN, AUDITOR)}
    assert shown == {LAN: True, AUDITOR: True}
    assert "Satu-satunya ahli air." not in page(desk, UNIT, "/desk/assessments/{}")


def test_presentations_are_proposed_then_recorded_one_after_the_other(review: Service) -> None:
    programme = f"36.74-{uuid4().hex[:8]}"
    desks = [further(each) for each in at_gate(review, programme, ("70", "72", "74"), ("60", "62", "64"))]
    desk, query = desks[0], GATE.format(programme)
    fields: dict[str, Any] = {
        "_key": uuid4().hex,
        **dict(pair.split("=") for pair in query.split("&")),
        "assessments": [each.assessment for each in desks],
        "starts_at": "2031-01-31",
        "clock": "09:00",
        "place": "Aula",
        "pause": "10",
    }
    first = desk.browser(CHAIR).request("post", "/desk/presentations", data=fields, headers=HTML)
    assert (first.status_code, [each in first.text for each in ("09.00–09.20", "09.30–09.50")]) == (200, [True, True])
    assert "09.00–09.20" not in page(desk, CHAIR, f"/desk/presentations?{query}")
    for _ in range(2):
        sent = fields | {"_step": "record"}
        assert desk.browser(CHAIR).request("post", "/desk/presentations", data=sent, headers=HTML).status_code == 303
    with counting(review.kernel.engine) as count:
        shown = page(desk, CHAIR, f"/desk/presentations?{query}")
        queries = count()
    assert ([each in shown for each in ("09.00–09.20", "09.30–09.50")], queries <= 8) == ([True, True], True)
    starts = [each.looks(CHAIR)["rounds"][1]["round"]["presentation"]["starts_at"] for each in desks]
    assert starts == ["2031-01-31T02:00:00Z", "2031-01-31T02:30:00Z"]
    wrong = fields | {"_key": uuid4().hex, "assessments": [], "place": "Aula"}
    answer = desk.browser(CHAIR).request("post", "/desk/presentations", data=wrong, headers=HTML)
    assert (answer.status_code, errors(answer.text)) == (422, ["assessments"])
    answer = desk.browser(OTHER_CHAIR).request("post", "/desk/presentations", data=fields, headers=HTML)
    assert answer.status_code == 404


def test_the_analysis_of_a_gate(review: Service) -> None:
    programme = f"36.74-{uuid4().hex[:8]}"
    desks = at_gate(review, programme, ("70", "75", "80"), ("60", "65", "70"), ("90", "85", "95"))
    desk, path = desks[0], f"/analysis?{GATE.format(programme)}"
    found = desk.gets(CHAIR, path).json()
    assert [(each["score"], each["rank"], each["normalised_rank"]) for each in found["ranking"]] == [
        ("90.00", 1, 1),
        ("75.00", 2, 2),
        ("65.00", 3, 3),
    ]
    assert [
        (each["letter"], each["person"], round(each["leniency"]["difference"], 4)) for each in found["reviewers"]
    ] == [
        ("A", ANN.person, -3.3333),
        ("B", BEN.person, -1.6667),
        ("C", None, 5),
    ]
    assert (found["assessments"], found["sealed"], found["rounds"]) == (3, 0, 1)
    assert [bin_["count"] for bin_ in found["criteria"][0]["bins"]] == [0, 0, 0, 5, 4]
    shown = page(desk, CHAIR, f"/desk{path}")
    assert [str(each.name) in shown for each in (ANN, BEN, CAT)] == [True, True, False]
    assert "Lapor Lurah" in shown
    figures = []
    for more in (0, 3):
        at_gate(review, programme, *[("50", "51", "52")] * more)
        page(desk, CHAIR, f"/desk{path}")
        with counting(review.kernel.engine) as count:
            page(desk, CHAIR, f"/desk{path}")
            figures.append(count())
    assert figures[0] == figures[1]
    assert figures[0] <= 8


def test_a_name_is_never_taken_together_with_places_that_the_viewer_did_not_assign(review: Service) -> None:
    programme = f"36.74-{uuid4().hex[:8]}"
    own, others = Desk(review), Desk(review)
    for desk, chair in ((own, CHAIR), (others, LAN)):
        desk.arrives(proposed(desk.innovation), stage_submitted(desk.innovation, programme_id=programme))
        desk.pooled(ANN, BEN, CAT).assigned(ANN, BEN, CAT, chair=chair).cleared(ANN, BEN, CAT).scored(ANN, BEN, CAT)
    found = own.gets(CHAIR, f"/analysis?{GATE.format(programme)}").json()
    counted = [(each["person"], each["totals"]["count"]) for each in found["reviewers"]]
    assert sorted(counted, key=str) == sorted(
        [(ANN.person, 1), (BEN.person, 1), (CAT.person, 1), (None, 1), (None, 1), (None, 1)], key=str
    )


@pytest.mark.parametrize(
    ("actor", "status"), [(OTHER_CHAIR, 404), (UNIT, 403), (AUDITOR, 403), (ANN, 403), (CHAIR, 404)]
)
def test_the_analysis_is_the_chair_s_and_holds_nothing_sealed(review: Service, actor: Actor, status: int) -> None:
    programme = f"36.74-{uuid4().hex[:8]}"
    desk = Desk(review)
    desk.arrives(proposed(desk.innovation), stage_submitted(desk.innovation, programme_id=programme))
    desk.pooled(ANN, BEN).assigned(ANN, BEN).cleared(ANN, BEN).scored(ANN, score="83.19")
    desk.gets(actor, f"/analysis?{GATE.format(programme)}", status)
    shown = page(desk, actor, f"/desk/analysis?{GATE.format(programme)}", 200 if actor is CHAIR else status)
    assert "83,19" not in shown
    for path in ("/desk/analysis", "/desk/presentations"):
        expected = 200 if actor in (CHAIR, OTHER_CHAIR) else 403
        page(desk, actor, path, expected)
