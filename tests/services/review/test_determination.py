"""Determinations in bulk, the letters that tell of them, and reminders: once each, and seen by nobody else."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response as Answer
from sqlalchemy import Engine

from services.review.desk import actions, letters, reminders
from services.review.domain.events import Mark, Outcome
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Invalid
from shared.event_log import IdempotencyKey
from shared.http import now, today
from shared.mail import Sender
from shared.service import Service
from tests.services.review.desk import (
    ANN,
    AUDITOR,
    BEN,
    CAT,
    CHAIR,
    LAN,
    OTHER_CHAIR,
    OTHER_UNIT,
    UNIT,
    Desk,
    scorecard,
)
from tests.support import counting

HTML = {"Accept": "text/html"}
PATH = "/desk/determinations"
MARKS = tuple(
    Mark(criterion_id=each["criterion_id"], score=Decimal(80), comment="Jelas.") for each in scorecard()["marks"]
)


@pytest.fixture(autouse=True)
def people(review: Service) -> None:
    """Have the unit's member and the reviewers known by their addresses."""
    with review.kernel.engine.begin() as connection:
        for actor, email in ((UNIT, "dewi@example.go.id"), (ANN, "ani@example.go.id"), (BEN, None)):
            connection.exec_driver_sql(
                "INSERT INTO person (person, name, email, roles, regions, units, seen_at)"
                " VALUES (%s, %s, %s, %s, '{}', %s, now())"
                " ON CONFLICT (person) DO UPDATE SET email = EXCLUDED.email, units = EXCLUDED.units,"
                " roles = EXCLUDED.roles",
                (actor.person, actor.name, email, sorted(actor.roles), sorted(actor.units)),
            )


def complete(desk: Desk) -> Desk:
    return desk.ready().scored(ANN, BEN)


def many(review: Service, number: int) -> list[Desk]:
    """Give complete assessments, made without asking over HTTP, which twenty would take long for."""
    made, commands = [Desk(review) for _ in range(number)], review.kernel.commands
    made[0].pooled(ANN, BEN)
    for each in made:
        each.__dict__["app"] = made[0].app
        each.opened()
        ident = each.assessment
        actions.assign(act(commands, CHAIR, ident), persons=[ANN.person, BEN.person], due_on=None)
        for actor in (ANN, BEN):
            actions.clear_conflict(act(commands, actor, ident))
            actions.submit_scorecard(act(commands, actor, ident), marks=MARKS, summary="")
    return made


def act(commands: CommandHandler, actor: Actor, ident: str) -> actions.Act:
    key = IdempotencyKey(key=uuid4().hex, request_hash=b"")
    return actions.Act(commands=commands, actor=actor, assessment_id=ident, at=now(), key=key)


def look(desk: Desk, actor: Actor | None, path: str, status: int = 200) -> str:
    answer = desk.browser(actor).request("get", path, headers=HTML)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def send(desk: Desk, actor: Actor, path: str, fields: Mapping[str, Any], status: int = 303) -> Answer:
    answer = desk.browser(actor).request("post", path, data={"_key": uuid4().hex, **fields}, headers=HTML)
    assert answer.status_code == status, answer.text[-3000:]
    return answer


def chosen(*desks: Desk, **common: str) -> dict[str, str]:
    fields = {f"all/{name}": value for name, value in common.items() if name in ("outcome", "rationale")}
    fields |= {name: value for name, value in common.items() if not name.startswith(("outcome", "rationale"))}
    fields |= {"concluded_on": "2020-12-01", "language": "id"}
    for each in desks:
        fields[f"rows/{each.assessment}/chosen"] = "yes"
        fields[f"rows/{each.assessment}/version"] = str(version(each))
    return fields


def version(desk: Desk) -> int:
    return int(desk.gets(CHAIR, f"/assessments/{desk.assessment}").headers["ETag"].strip('"'))


def mails(engine: Engine, *desks: Desk) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT kind, address, state FROM mail WHERE about = ANY(%s) ORDER BY created_at",
            ([each.assessment for each in desks],),
        )
        return [(row[0], row[1], row[2]) for row in rows]


def errors(text: str) -> list[str]:
    return re.findall(r'href="#f-([^"]+)"', text)


def test_twenty_at_once_of_which_one_changed_meanwhile(review: Service) -> None:
    desks = many(review, 20)
    first, stale = desks[0], desks[7]
    own = {
        f"rows/{desks[1].assessment}/outcome": "revise",
        f"rows/{desks[1].assessment}/rationale": "Hampir.",
        f"rows/{desks[1].assessment}/required_changes": "Lengkapi datanya.",
    }
    fields = chosen(*desks, outcome="advance", rationale="Hasil nyata.", send="yes") | own | {"_key": uuid4().hex}
    shown = send(first, CHAIR, PATH, fields | {"_step": "preview"}, 200).text
    assert shown.count("dewi@example.go.id") == 20
    assert [each.looks(CHAIR)["status"] for each in desks[:2]] == ["complete", "complete"]
    stale.concluded(outcome="decline", rationale="Lebih dulu.")
    text = send(first, CHAIR, PATH, fields | {"_step": "apply"}, 422).text
    assert stale.assessment in text
    told = [(each.looks(UNIT)["conclusion"]["outcome"]) for each in desks]
    assert told == ["advance", "revise", *["advance"] * 5, "decline", *["advance"] * 12]
    once = mails(review.kernel.engine, *desks)
    assert sorted(kind for kind, _, _ in once) == ["advance"] * 18 + ["revise"]
    send(first, CHAIR, PATH, fields | {"_step": "apply"}, 422)
    assert mails(review.kernel.engine, *desks) == once
    assert first.assessment in look(first, CHAIR, PATH)


def test_errors_stand_beside_the_field_that_decides_and_nothing_is_lost(review: Service) -> None:
    one, two = many(review, 2)
    row = f"rows/{two.assessment}"
    fields = chosen(one, two, rationale="Tetap ada.") | {f"{row}/outcome": "revise", "_step": "preview"}
    text = send(one, CHAIR, PATH, fields, 422).text
    assert (errors(text), "Tetap ada." in text) == (["all-outcome"], True)
    text = send(one, CHAIR, PATH, fields | {"all/outcome": "advance", "all/rationale": ""}, 422).text
    field = "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", row)
    assert errors(text) == ["all-rationale", f"{field[2:]}-rationale"]
    text = send(one, CHAIR, PATH, {"concluded_on": "kapan", "_step": "preview"}, 422).text
    assert errors(text) == ["concluded_on"]
    late = fields | {"all/outcome": "advance", "concluded_on": "2090-01-01", f"{row}/required_changes": "Ya."}
    assert errors(send(one, CHAIR, PATH, late, 422).text) == ["concluded_on"]


def test_json_answers_for_each(review: Service) -> None:
    one, two = many(review, 2)
    other = "33.27-" + uuid4().hex
    items = [
        {"assessment_id": ident, "outcome": "advance", "rationale": "Nyata."}
        for ident in (one.assessment, other, two.assessment)
    ]
    items[2]["outcome"] = "revise"
    body = {"determinations": items, "send_letters": True, "concluded_on": "2020-12-01"}
    key = {"Idempotency_Key": uuid4().hex}
    answer = one.sends(CHAIR, "post", "/determinations", body, 200, **key).json()
    assert [each["accepted"] is not None for each in answer["items"]] == [True, False, False]
    assert [each["refused"] and (each["refused"]["status"], each["refused"]["field"]) for each in answer["items"]] == [
        None,
        (404, None),
        (422, "required_changes"),
    ]
    assert (answer["letters"], one.sends(CHAIR, "post", "/determinations", body, 200, **key).json()["letters"]) == (
        1,
        0,
    )
    one.sends(ANN, "post", "/determinations", body, 403)


def test_another_region_sees_and_determines_nothing(desk: Desk) -> None:
    complete(desk)
    assert desk.assessment in look(desk, LAN, PATH)
    assert desk.assessment not in look(desk, OTHER_CHAIR, PATH)
    for actor in (UNIT, ANN, AUDITOR):
        look(desk, actor, PATH, 403)
    fields = chosen(desk, outcome="advance", rationale="x") | {"_step": "apply"}
    send(desk, OTHER_CHAIR, PATH, fields, 422)
    assert desk.looks(CHAIR)["status"] == "complete"


def test_a_panel_at_work_stands_in_no_list(desk: Desk) -> None:
    desk.ready().scored(ANN)
    assert desk.assessment not in look(desk, CHAIR, PATH)


def test_the_list_takes_the_same_number_of_queries_however_long(review: Service) -> None:
    (desk,) = many(review, 1)
    figures = []
    for path in (PATH + "?programme=none", PATH):
        look(desk, LAN, path)
        with counting(review.kernel.engine) as count:
            look(desk, LAN, path)
            figures.append(count())
    assert figures[0] == figures[1]


def test_a_letter_is_read_sent_once_and_sent_again_with_a_reason(desk: Desk) -> None:
    complete(desk).concluded(outcome="revise", required_changes="Lengkapi.\nBcc: x@y", rationale="<b>Hampir</b>")
    path = f"/desk/assessments/{desk.assessment}/letter"
    shown = look(desk, CHAIR, path + "?language=en")
    assert ["What must change:" in shown, "<b>Hampir</b>" in shown, "Kota Tangerang Selatan" in shown] == [
        True,
        False,
        True,
    ]
    for actor, status in ((OTHER_CHAIR, 404), (OTHER_UNIT, 404), (ANN, 403), (UNIT, 200)):
        look(desk, actor, path, status)
    for _ in range(2):
        send(desk, CHAIR, path, {"language": "en"})
    send(desk, UNIT, path, {}, 403)
    engine = desk.review.kernel.engine
    assert mails(engine, desk) == [("revise", "dewi@example.go.id", "queued")]
    Sender(engine, None, "labinov@localhost").run()
    (ident,) = set(re.findall(r"/desk/mail/([0-9a-f-]{36})", look(desk, CHAIR, path)))
    again = f"/desk/mail/{ident}/resend"
    assert errors(send(desk, CHAIR, again, {"number": "1"}, 422).text) == ["reason"]
    for _ in range(2):
        send(desk, CHAIR, again, {"number": "1", "reason": "Tidak sampai."})
    send(desk, UNIT, again, {"number": "2", "reason": "x"}, 403)
    send(desk, OTHER_CHAIR, again, {"number": "2", "reason": "x"}, 404)
    assert [state for _, _, state in mails(engine, desk)] == ["held", "queued"]
    for actor, status in ((CHAIR, 200), (LAN, 200), (UNIT, 200), (OTHER_CHAIR, 404), (OTHER_UNIT, 404), (ANN, 404)):
        look(desk, actor, f"/desk/mail/{ident}", status)


def test_without_an_address_the_page_says_so(desk: Desk) -> None:
    engine = desk.review.kernel.engine
    complete(desk).concluded()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE person SET email = NULL WHERE person = %s", (UNIT.person,))
    path = f"/desk/assessments/{desk.assessment}/letter"
    shown = look(desk, CHAIR, path + "?lang=en")
    assert "No address is known of anybody of this unit" in shown
    send(desk, CHAIR, path, {"language": "id"})
    assert mails(engine, desk) == []


def test_reminders_go_out_once_and_only_the_reviewer_and_whoever_assigned_see_them(desk: Desk) -> None:
    engine, on = desk.review.kernel.engine, today() + timedelta(days=2)
    desk.opened().pooled(ANN, BEN)
    desk.does(LAN, "assignments", {"reviewers": [ANN.person, BEN.person], "due_on": on.isoformat()})
    desk.gets(LAN, "/assessments")
    for day in (on, on, on + timedelta(days=1), on + timedelta(days=5)):
        reminders.remind_due(engine, day, "http://labinov")
    assert mails(engine, desk) == [
        ("due-soon", "ani@example.go.id", "queued"),
        ("overdue", "ani@example.go.id", "queued"),
    ]
    with engine.connect() as connection:
        idents = connection.exec_driver_sql("SELECT mail_id::text FROM mail WHERE about = %s", (desk.assessment,))
        for ident in idents.scalars().all():
            for actor in (CHAIR, OTHER_CHAIR, UNIT, AUDITOR, BEN, CAT):
                assert ident not in look(desk, actor, "/desk/mail")
                look(desk, actor, f"/desk/mail/{ident}", 404)
            for actor in (LAN, ANN):
                assert ident in look(desk, actor, "/desk/mail")
    path = f"/desk/assessments/{desk.assessment}"
    assert str(ANN.name) not in look(desk, CHAIR, f"{path}/letter")
    send(desk, CHAIR, f"{path}/reminders", {"slot": "R1"}, 422)
    for _ in range(2):
        send(desk, LAN, f"{path}/reminders", {"slot": "R1"})
    send(desk, LAN, f"{path}/reminders", {"slot": "R2"}, 422)
    assert [kind for kind, _, _ in mails(engine, desk)] == ["due-soon", "overdue", "reminder"]
    desk.cleared(ANN).scored(ANN)
    send(desk, LAN, f"{path}/reminders", {"slot": "R1"}, 422)
    reminders.remind_due(engine, on + timedelta(days=40), "http://labinov")
    assert len(mails(engine, desk)) == 3


def test_the_sweep_reminds_and_without_a_mail_server_keeps_what_it_wrote(desk: Desk) -> None:
    desk.opened().pooled(ANN)
    desk.does(CHAIR, "assignments", {"reviewers": [ANN.person], "due_on": today().isoformat()})
    desk.gets(LAN, "/assessments")
    for chore in desk.review.chores():
        chore()
    assert mails(desk.review.kernel.engine, desk) == [("due-soon", "ani@example.go.id", "held")]


def test_what_was_due_long_ago_is_left_alone(desk: Desk) -> None:
    desk.opened().pooled(ANN)
    desk.does(CHAIR, "assignments", {"reviewers": [ANN.person], "due_on": today().isoformat()})
    desk.gets(LAN, "/assessments")
    reminders.remind_due(desk.review.kernel.engine, today() + timedelta(days=400), "http://labinov")
    assert mails(desk.review.kernel.engine, desk) == []


@pytest.mark.parametrize("text", ["{name}", "{unit.__class__}", "{unit!r}", "{unit:>9}", "{", "{}", "{due_on}"])
def test_a_template_with_an_unknown_field_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        letters.check("advance", text, "body", 100)


def test_every_shipped_letter_can_be_written_in_both_languages() -> None:
    found = letters.shipped()
    assert set(found) == {
        (letter, language)
        for letter in (*map(str, Outcome), "due-soon", "overdue", "reminder")
        for language in ("id", "en")
    }
    for (letter, _), template in found.items():
        letters.check(letter, template.subject, "subject", letters.MAX_SUBJECT)
        letters.check(letter, template.body, "body", letters.MAX_BODY)
        assert "{" not in letters.example(template).body
    smuggled = replace(found["advance", "id"], subject="{unit}", body="").letter({"unit": "a\r\nBcc: b"})
    assert smuggled.subject == "a Bcc: b"


def test_lan_changes_a_template(desk: Desk) -> None:
    path = "/desk/letters/decline/en"
    fields = {"subject": "About {innovation}", "body": "Dear {unit}", "_version": "1"}
    look(desk, UNIT, path, 403)
    look(desk, CHAIR, "/desk/letters/none/en", 404)
    assert "Dear Dinas Contoh" in send(desk, LAN, path, fields | {"_step": "preview"}, 200).text
    assert "Dear Dinas Contoh" not in look(desk, CHAIR, path)
    text = send(desk, LAN, path, fields | {"_step": "publish", "body": "Dear {nobody}"}, 422).text
    assert (errors(text), "Dear {nobody}" in text) == (["body"], True)
    send(desk, CHAIR, path, fields | {"_step": "publish"}, 403)
    send(desk, LAN, path, fields | {"_step": "publish"})
    assert "Dear Dinas Contoh" in look(desk, CHAIR, path)
    assert errors(send(desk, LAN, path, fields | {"_step": "publish"}, 422).text) == ["body"]
