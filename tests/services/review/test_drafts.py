"""A draft is its reviewer's alone, no window overwrites a later one, and handing in leaves only the private note."""

import re
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response as Answer

from services.review.domain.assessment import ASSESSMENT
from services.review.reactions import assessment_id
from shared.auth import Actor, Role
from tests.services.review.desk import ANN, BEN, CAT, CHAIR, EVERYBODY, Desk, proposed, scorecard, submitted
from tests.support import counting

HTML = {"Accept": "text/html"}
CANARY = "kenari-draf"


def draft(version: int = 0, writer: str = "a", **changes: Any) -> dict[str, Any]:
    """Give a draft as the sheet sends it: one criterion has half a number, the others nothing."""
    mark = {"criterion_id": "benefit", "score": "8,", "comment": CANARY}
    fields: dict[str, Any] = {"marks": [mark], "summary": CANARY, "reason": "", "note": "Tanya anggaran."}
    return {"version": version, "writer": writer, **fields, **changes}


def save(desk: Desk, actor: Actor | None, body: dict[str, Any], status: int = 200) -> Answer:
    return desk.sends(actor, "put", f"/assessments/{desk.assessment}/draft", body, status)


def kept(desk: Desk, actor: Actor | None, status: int = 200) -> Any:
    return desk.gets(actor, f"/assessments/{desk.assessment}/draft", status).json()


def sheet(desk: Desk, actor: Actor, what: str = "sheet", status: int = 200) -> str:
    answer = desk.browser(actor).request("get", f"/desk/assessments/{desk.assessment}/{what}", headers=HTML)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def test_a_draft_is_kept_as_it_was_typed_and_opens_with_the_sheet(desk: Desk) -> None:
    desk.ready()
    nothing = {"version": 0, "saved_at": None, "marks": None, "summary": "", "reason": "", "note": ""}
    assert kept(desk, ANN) == nothing
    assert save(desk, ANN, draft()).json()["version"] == 1
    found = kept(desk, ANN)
    assert found.pop("saved_at") is not None
    sent = draft(version=1)
    del sent["writer"]
    assert found == sent
    shown = sheet(desk, ANN)
    assert [text in shown for text in (CANARY, "Tanya anggaran.", 'value="8,"')] == [True, True, True]


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != "ann"])
def test_nobody_else_finds_a_draft(desk: Desk, who: str) -> None:
    desk.ready()
    save(desk, ANN, draft())
    actor = EVERYBODY[who]
    status = {"nobody": 401, "ben": 200, "cat": 404, "dan": 404}.get(who, 403)
    found = kept(desk, actor, status)
    save(desk, actor, draft(), status)
    paths = (f"/assessments/{desk.assessment}", f"/desk/assessments/{desk.assessment}", "/desk/tasks", "/assessments")
    shown = [desk.browser(actor).request("get", path).text for path in paths]
    assert CANARY not in str(found) + "".join(shown)
    assert CANARY in str(kept(desk, ANN))


def test_an_older_window_does_not_overwrite_a_newer_one(desk: Desk) -> None:
    desk.ready()
    save(desk, ANN, draft(0, "a"))
    save(desk, ANN, draft(1, "b", summary="Dari b."))
    refused = save(desk, ANN, draft(1, "a", summary="Dari a."), 409)
    assert CANARY not in refused.text
    # The answer to b's save was lost: the same form saves again from the version it knows.
    assert save(desk, ANN, draft(1, "b", summary="Lagi dari b.")).json()["version"] == 3
    assert kept(desk, ANN)["summary"] == "Lagi dari b."


def test_handing_in_deletes_the_draft_and_leaves_the_note(desk: Desk) -> None:
    desk.ready()
    save(desk, ANN, draft())
    desk.scored(ANN)
    found = kept(desk, ANN)
    assert (found["marks"], found["summary"], found["note"]) == (None, "", "Tanya anggaran.")
    save(desk, ANN, draft(1, "a"), 409)
    assert "Tanya anggaran." in sheet(desk, ANN)
    save(desk, ANN, draft(2, "b", note="Catatan baru."))
    assert kept(desk, BEN)["note"] == ""
    desk.scored(BEN)
    save(desk, ANN, draft(3, "b"), 409)
    assert [event.type for event in desk.review.kernel.log.stream("36.74", ASSESSMENT.stream(desk.assessment))][
        -3:
    ] == [
        "assessment.scorecard-submitted",
        "assessment.scorecard-submitted",
        "assessment.panel-completed",
    ]


def test_who_has_not_declared_or_has_left_keeps_no_draft(desk: Desk) -> None:
    desk.opened().pooled(ANN).assigned(ANN)
    save(desk, ANN, draft(), 409)
    desk.does(ANN, "declaration", {"conflict": True, "kind": "family"})
    save(desk, ANN, draft(), 409)


def test_the_receipt_names_the_event_and_the_panel_that_needs_its_reviewer_most(desk: Desk) -> None:
    eve = Actor(person=str(uuid4()), roles=frozenset({Role.REVIEWER}), name="Evi Penilai")
    desk.ready().pooled(eve).assigned(eve).cleared(eve)
    alone, shared = Desk(desk.review), Desk(desk.review)
    for each in (shared, alone):
        each.opened().assigned(eve, BEN).cleared(BEN)
    alone.scored(BEN)
    sheet(desk, eve, "receipt", 404)
    desk.scored(eve)
    shown = sheet(desk, eve, "receipt")
    event = desk.review.kernel.log.stream("36.74", ASSESSMENT.stream(desk.assessment))[-1]
    assert [text in shown for text in (str(event.event_id), "80,00")] == [True, True]
    assert re.findall(r'class="button" href="[^"]*/assessments/([^"/]+)', shown) == [alone.assessment]
    tasks = desk.browser(eve).request("get", "/desk/tasks", headers=HTML).text
    found = re.findall(r'href="/review/desk/assessments/([^"]+)"', tasks)
    assert found == [alone.assessment, shared.assessment, f"{desk.assessment}/receipt"]
    for actor in (BEN, CAT):
        sheet(desk, actor, "receipt", 404)
    sheet(desk, CHAIR, "receipt", 403)


def test_a_moderation_takes_one_revision_with_its_reason(desk: Desk) -> None:
    desk.ready().scored(ANN, score="90").scored(BEN, score="50")
    assert 'value="90"' in sheet(desk, ANN)
    marks = scorecard("70")["marks"]
    fields = {f"marks/{each['criterion_id']}/{part}": each[part] for each in marks for part in ("score", "comment")}
    fields |= {"_revises": "yes"}

    def replace(**more: str) -> Answer:
        path = f"/desk/assessments/{desk.assessment}/scorecard"
        sent = {"_key": uuid4().hex, **fields, **more}
        return desk.browser(ANN).request("post", path, data=sent, headers=HTML)

    refused = replace()
    assert (refused.status_code, re.findall(r'href="#f-([^"]+)"', refused.text)) == (422, ["reason"])
    assert replace(reason="Setelah berbincang.").status_code == 303
    sheet(desk, ANN, "sheet", 303)
    assert "70,00" in sheet(desk, ANN, "receipt")
    assert replace(reason="Sekali lagi.").status_code == 409


class Resubmitted(Desk):
    """The assessment that the second submission opens."""

    @property
    def assessment(self) -> str:
        return assessment_id(self.innovation, 2)


def test_earlier_assessments_are_shown_as_far_as_the_viewer_may_read_them(desk: Desk) -> None:
    desk.arrives(proposed(desk.innovation), submitted(desk.innovation), submitted(desk.innovation, 2))
    desk.pooled(ANN, BEN, CAT).assigned(ANN, BEN).cleared(ANN, BEN)
    later = Resubmitted(desk.review, desk.innovation)
    later.assigned(ANN, CAT).cleared(ANN, CAT)
    desk.scored(ANN, comment="Ulasan saya.").scored(BEN, comment="Ulasan lain.")
    secrets = ("Ulasan saya.", "Ulasan lain.", "Alasan lama.")
    assert [[text in sheet(later, actor) for text in secrets] for actor in (ANN, CAT)] == [
        [True, False, False],
        [False, False, False],
    ]
    desk.concluded(rationale="Alasan lama.")
    assert [[text in sheet(later, actor) for text in secrets] for actor in (ANN, CAT)] == [
        [True, True, True],
        [False, False, False],
    ]


def test_a_reviewer_s_tasks_take_the_same_number_of_queries_however_many(desk: Desk) -> None:
    desk.ready()
    browser, figures = desk.browser(ANN), []
    for _ in range(2):
        browser.request("get", "/desk/tasks", headers=HTML)
        with counting(desk.review.kernel.engine) as count:
            browser.request("get", "/desk/tasks", headers=HTML)
            figures.append(count())
        Desk(desk.review).ready()
    assert figures[0] == figures[1]
