"""The pages: every role's way through them by forms alone, errors beside fields, nothing that is another's."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response as Answer

from shared.auth import Actor
from tests.services.review import examples as ex
from tests.services.review.desk import ANN, AUDITOR, BEN, CHAIR, EVERYBODY, LAN, UNIT, Desk
from tests.support import counting

HTML = {"Accept": "text/html"}


def page(desk: Desk, actor: Actor | None, path: str, status: int = 200) -> str:
    """Give a page of the assessment's; `{}` in the path is its id."""
    answer = desk.browser(actor).request("get", path.format(desk.assessment), headers=HTML)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def send(desk: Desk, actor: Actor, what: str, fields: Mapping[str, Any], status: int = 303) -> Answer:
    """Send a form of the assessment's page, under a key of its own unless one is given."""
    body: dict[str, Any] = {"_key": uuid4().hex, **fields}
    path = f"/desk/assessments/{desk.assessment}/{what}"
    answer = desk.browser(actor).request("post", path, data=body, headers=HTML)
    assert answer.status_code == status, answer.text[-2000:]
    return answer


def marks(score: str = "82,5", comment: str = "Jelas.") -> dict[str, str]:
    """Give the fields of a score sheet as they are typed in."""
    names = ("benefit", "evidence", "sustainability", "replicability")
    return {f"marks/{name}/{part}": text for name in names for part, text in (("score", score), ("comment", comment))}


def errors(text: str) -> list[str]:
    """Give the fields that the summary of errors leads to."""
    return re.findall(r'href="#f-([^"]+)"', text)


def test_the_whole_way_by_forms(desk: Desk) -> None:
    desk.opened().pooled(ANN, BEN)
    assert "Belum ada yang ditugasi." in page(desk, CHAIR, "/desk/assessments/{}")
    send(desk, CHAIR, "assignments", {"reviewers": [ANN.person, BEN.person], "due_on": "2030-01-31"})
    for reviewer in (ANN, BEN):
        assert "Lapor Lurah" in page(desk, reviewer, "/desk/tasks")
        page(desk, reviewer, "/desk/assessments/{}")
        opened = send(desk, reviewer, "declaration", {"conflict": "none"})
        assert opened.headers["Location"] == f"/review/desk/assessments/{desk.assessment}/sheet"
        assert "Pelaporan lewat kelurahan." in page(desk, reviewer, "/desk/assessments/{}/sheet")
        assert "82,50" in send(desk, reviewer, "scorecard", marks() | {"_step": "reckon"}, 200).text
        handed = send(desk, reviewer, "scorecard", marks() | {"summary": "Layak."})
        assert handed.headers["Location"] == f"/review/desk/assessments/{desk.assessment}/receipt"
        # The first of them may still replace the scorecard; the second one completed the panel.
        page(desk, reviewer, "/desk/assessments/{}/sheet", 200 if reviewer is ANN else 303)
        assert "82,50" in page(desk, reviewer, "/desk/assessments/{}")
    fields = {
        "outcome": "revise",
        "rationale": "Hampir.",
        "required_changes": "Lengkapi.",
        "concluded_on": "2020-12-01",
    }
    assert "82,50" in page(desk, CHAIR, "/desk/assessments/{}")
    send(desk, CHAIR, "conclusion", fields)
    shown = page(desk, UNIT, "/desk/assessments/{}")
    assert [text in shown for text in ("Lengkapi.", "82,50", str(ANN.name), ANN.person)] == [True, True, False, False]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("who", list(EVERYBODY))
def test_every_page_for_everybody(desk: Desk, who: str, language: str) -> None:
    desk.ready().scored(ANN)
    expected = {
        "/": {"nobody": 303, "": 303},
        "/desk/tasks": {"nobody": 303, "ann": 200, "ben": 200, "cat": 200, "dan": 200, "": 403},
        "/desk/assessments": {"nobody": 303, "": 200},
        "/desk/regions": {"nobody": 303, "": 200},
        "/desk/reviewers": {"nobody": 303, "lan": 200, "chair": 200, "other chair": 200, "": 403},
        "/desk/rubrics": {"": 200},
        "/desk/rubrics/00-design-review": {"": 200},
        "/desk/rubrics/00-none": {"": 404},
        "/desk/assessments/{}": {"nobody": 303, "other chair": 404, "other unit": 404, "cat": 404, "dan": 404, "": 200},
        "/desk/assessments/{}/dossier": {
            "nobody": 303,
            **dict.fromkeys(("other chair", "other unit", "cat", "dan"), 404),
            **dict.fromkeys(("unit", "machine"), 403),
            "": 200,
        },
    }
    for path, statuses in expected.items():
        status = statuses.get(who, statuses[""])
        separator = "&" if "?" in path else "?"
        page(desk, EVERYBODY[who], f"{path}{separator}lang={language}", status)


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.opened().pooled(ANN, BEN).assigned(ANN, BEN)
    text = send(desk, ANN, "declaration", {"conflict": "other", "_key": "kept"}, 422).text
    assert (errors(text), 'value="kept"' in text) == (["reason"], True)
    assert errors(send(desk, ANN, "declaration", {"conflict": ""}, 422).text) == ["conflict"]
    desk.cleared(ANN, BEN)
    typed = marks() | {"marks/benefit/score": "delapan puluh", "marks/evidence/comment": "", "summary": "Tetap ada."}
    text = send(desk, ANN, "scorecard", typed, 422).text
    assert errors(text) == ["marks-benefit-score", "marks-evidence-comment"]
    assert "Tetap ada." in text
    desk.scored(ANN, BEN)
    text = send(desk, CHAIR, "conclusion", {"outcome": "revise", "rationale": "Hampir."}, 422).text
    assert (errors(text), "Hampir." in text) == (["required_changes"], True)
    assert errors(send(desk, CHAIR, "conclusion", {"rationale": "x"}, 422).text) == ["outcome"]
    late = {"outcome": "advance", "rationale": "x", "concluded_on": "31 Februari"}
    assert errors(send(desk, CHAIR, "conclusion", late, 422).text) == ["concluded_on"]


def test_a_form_sent_twice_acts_once(desk: Desk) -> None:
    desk.ready()
    fields = marks() | {"_key": "once-" + desk.assessment}
    first = send(desk, ANN, "scorecard", fields)
    assert send(desk, ANN, "scorecard", fields).headers["Location"] == first.headers["Location"]
    assert desk.looks(CHAIR)["scorecards"] == 1


def test_a_form_made_from_an_older_state_is_not_taken(desk: Desk) -> None:
    desk.ready()
    fields = {"slot": "R1", "reason": "Lewat.", "_version": "1"}
    assert "Lewat." in send(desk, CHAIR, "releases", fields, 422).text
    assert [seat["state"] for seat in desk.looks(CHAIR)["seats"]] == ["cleared", "cleared"]


def test_a_form_without_a_key_is_not_taken(desk: Desk) -> None:
    desk.opened()
    send(desk, CHAIR, "assignments", {"_key": "", "reviewers": [ANN.person]}, 400)


@pytest.mark.parametrize("person", ["not-an-id", "5f0c6f0e-1111-4000-8000-000000000009"])
def test_somebody_outside_the_pool_cannot_be_assigned_by_a_forged_form(desk: Desk, person: str) -> None:
    desk.opened()
    assert errors(send(desk, CHAIR, "assignments", {"reviewers": [person]}, 422).text) == ["reviewers"]


def test_bars_are_explained_to_the_chair(desk: Desk) -> None:
    person = str(uuid4())
    desk.sends(LAN, "put", f"/reviewers/{person}", {"home_region": "36.74", "name": "Eka Setempat"}, 200)
    shown = page(desk.opened(), CHAIR, "/desk/assessments/{}")
    assert "Penilai ini berasal dari daerah yang mengajukan inovasi." in shown
    assert f'value="{person}"' not in shown


def test_lan_keeps_the_pool(desk: Desk) -> None:
    person, browser = str(uuid4()), desk.browser(LAN)
    fields = {"_key": uuid4().hex, "person": person, "name": "Fitri Penelaah", "home_region": "33.27", "active": "yes"}
    answer = browser.request("post", "/desk/reviewers", data=fields, headers=HTML)
    assert answer.status_code == 303
    assert "Fitri Penelaah" in page(desk, CHAIR, "/desk/reviewers")
    wrong = fields | {"_key": uuid4().hex, "person": "198001012005011001", "expertise": "Kesehatan!"}
    answer = browser.request("post", "/desk/reviewers", data=wrong, headers=HTML)
    assert (answer.status_code, errors(answer.text)) == (422, ["person"])
    assert desk.browser(CHAIR).request("post", "/desk/reviewers", data=fields, headers=HTML).status_code == 403


def test_what_people_wrote_stays_text(desk: Desk) -> None:
    attack = "<img src=x onerror=alert(1)>"
    desk.ready().scored(ANN, BEN, comment=attack)
    shown = page(desk, CHAIR, "/desk/assessments/{}")
    assert attack not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") >= 8


def test_a_form_of_another_site_is_refused(desk: Desk) -> None:
    desk.ready()
    path = f"/desk/assessments/{desk.assessment}/scorecard"
    headers = HTML | {"Sec-Fetch-Site": "cross-site"}
    answer = desk.browser(ANN).request("post", path, data=marks() | {"_key": "x"}, headers=headers)
    assert (answer.status_code, desk.looks(CHAIR)["scorecards"]) == (403, 0)


def test_a_list_takes_the_same_number_of_queries_however_long(desk: Desk) -> None:
    desk.ready()
    page(desk, AUDITOR, "/desk/assessments")
    figures = []
    for path in ("/desk/assessments?q=region:36.74+is:cancelled", "/desk/assessments"):
        with counting(desk.review.kernel.engine) as count:
            page(desk, AUDITOR, path)
            figures.append(count())
    assert figures == [2, 2]


def test_a_reviewer_who_left_is_told_so(desk: Desk) -> None:
    desk.ready()
    send(desk, ANN, "declaration", {"conflict": "family", "reason": "Adik saya."})
    page(desk, ANN, "/desk/assessments/{}/sheet", 409)
    assert "Lapor Lurah" in page(desk, ANN, "/desk/tasks")
    assert ex.ANN not in page(desk, UNIT, "/desk/assessments/{}")
