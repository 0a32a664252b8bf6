"""What citizens say over HTTP: without a name, limited by address, moderated, answered, taken back."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine

from shared.auth import Actor, Role
from shared.limits import forget
from tests.services.submission.in_use import innovation_in_use
from tests.services.submission.signed_in import Running, SignedIn, auditor, coordinator, lan, member, reviewer
from tests.support import counting, owner_of

CANARY = "kenari-warga-4711"
_addresses = count(1)


@pytest.fixture
def owner(submission: Running) -> Iterator[Engine]:
    with owner_of(submission.service) as engine:
        yield engine


def address() -> str:
    """Give an address that no other test speaks from."""
    number = next(_addresses)
    return f"198.51.{number // 250}.{number % 250 + 1}"


def say(client: SignedIn, innovation: str, kind: str = "complaint", **changes: Any) -> httpx.Response:
    """Say something as JSON, from an address of its own unless one is given."""
    headers = {"X_Forwarded_For": changes.pop("of", None) or address()}
    key = changes.pop("key", None)
    text = CANARY if kind == "complaint" else ""
    return client.post(
        "/feedback", {"innovation_id": innovation, "kind": kind, "text": text} | changes, key=key, **headers
    )


def said(client: SignedIn, innovation: str, kind: str = "complaint", **changes: Any) -> str:
    """Say something; give its id."""
    answer = say(client, innovation, kind, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def receipt(answer: httpx.Response) -> str:
    """Give the address of the receipt that an answer leads to."""
    return answer.headers["location"].removeprefix("/submission")


def listed(client: SignedIn, region: str, show: str) -> list[dict[str, Any]]:
    """Give what the region's list shows."""
    items: list[dict[str, Any]] = client.get(f"/feedback?region={region}&show={show}").json()["items"]
    return items


def test_a_complaint_is_moderated_answered_and_followed_by_whoever_made_it(submission: Running) -> None:
    nobody, moderator = submission.as_(None), submission.as_(coordinator("31.01"))
    unit = submission.as_(member("31.01-disdukcapil"))
    innovation = innovation_in_use(submission.kernel, "31.01")
    answer = say(nobody, innovation)
    mine, ident = receipt(answer), answer.json()["id"]
    [row] = listed(moderator, "31.01", "moderate")
    assert {name: row[name] for name in ("feedback_id", "kind", "state", "text", "answer", "unit_id")} == {
        "feedback_id": ident,
        "kind": "complaint",
        "state": "given",
        "text": CANARY,
        "answer": None,
        "unit_id": "31.01-disdukcapil",
    }
    assert [len(listed(unit, "31.01", show)) for show in ("moderate", "answer", "published", "withheld")] == [
        1,
        1,
        0,
        0,
    ]
    public = ("/events/31.01", "/events/31.01.ndjson", f"/innovations/{innovation}/feedback")
    answers = [nobody.get(path) for path in public]
    assert [(each.status_code, CANARY in each.text) for each in answers] == [(200, False)] * len(public)

    assert moderator.post(f"/feedback/{ident}/publication", None).status_code == 200
    answered = unit.post(f"/feedback/{ident}/answer", {"text": "Loket ditambah."})
    assert answered.status_code == 200
    assert unit.post(f"/feedback/{ident}/answer", {"text": "Dua loket ditambah."}).json()["version"] == 6
    [row] = listed(moderator, "31.01", "published")
    assert (row["state"], row["text"], row["answer"]) == ("published", CANARY, "Dua loket ditambah.")
    assert [len(listed(unit, "31.01", show)) for show in ("moderate", "answer")] == [0, 0]
    shown = nobody.get(mine).text
    assert [text in shown for text in (CANARY, "Dua loket ditambah.", "Loket ditambah.<")] == [True, True, False]
    assert nobody.get(f"/feedback/{ident}?code=0").status_code == 404
    assert nobody.get(f"/feedback/{ident}").status_code == 404


def test_whoever_says_it_is_in_no_event_key_or_table(submission: Running, owner: Engine) -> None:
    innovation = innovation_in_use(submission.kernel, "31.02")
    person = Actor(person=str(uuid4()), roles=frozenset({Role.LAN}), name="Kenari Bernama")
    answer = submission.as_(person).post(
        "/feedback",
        {"innovation_id": innovation, "kind": "rating", "stars": 4},
        key="form-9",
        X_Forwarded_For="203.0.113.77",
        User_Agent="kenari-peramban",
        Accept_Language="id-kenari",
    )
    assert answer.status_code == 201
    [given] = [each for each in submission.kernel.log.read("31.02") if each.type == "feedback.given"]
    assert b'"actor":"public"' in given.leaf
    with owner.connect() as connection:
        everything = "\n".join(
            text
            for query in (
                "SELECT convert_from(leaf, 'UTF8') || convert_from(payload, 'UTF8') FROM event WHERE region = '31.02'",
                "SELECT key FROM idempotency WHERE region = '31.02'",
                "SELECT t::text FROM recent_use t",
                "SELECT t::text FROM submission_lists_v2.feedback t",
            )
            for text in connection.exec_driver_sql(query).scalars()
        )
    traces = (person.person, str(person.name), "203.0.113.77", b"203.0.113.77".hex(), "kenari", "form-9")
    assert [trace for trace in traces if trace in everything] == []


def test_an_address_says_the_same_once_a_day_and_five_things_an_hour(submission: Running, owner: Engine) -> None:
    nobody, here = submission.as_(None), "203.0.113.5"
    first, second, third = (innovation_in_use(submission.kernel, "31.03") for _ in range(3))
    # What is refused does not count.
    assert say(nobody, first, "rating", of=here).status_code == 422
    assert say(nobody, first, "rating", of=here, stars=3).status_code == 201
    again = say(nobody, first, "rating", of=here, stars=4)
    assert (again.status_code, again.json()["type"]) == (429, "urn:labinov:problem:too-often")
    assert 0 < int(again.headers["retry-after"]) <= 86_400
    # What a client writes before what the gateway writes is not believed.
    assert say(nobody, first, "rating", of=f"192.0.2.1, {here}", stars=3).status_code == 429
    for innovation, kind in ((first, "complaint"), (second, "complaint"), (second, "confirmation")):
        said(nobody, innovation, kind, of=here)
    said(nobody, third, of=here)
    much = say(nobody, third, "confirmation", of=here)
    assert (much.status_code, 0 < int(much.headers["retry-after"]) <= 3600) == (429, True)
    said(nobody, third, "confirmation", of="2001:db8:1:2::1")
    assert say(nobody, third, "confirmation", of="2001:db8:1:2:ffff::2").status_code == 429
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE recent_use SET used_at = used_at - interval '61 minutes'")
    # What is younger than a day stays: it still counts below.
    forget(submission.kernel.engine)
    said(nobody, third, "confirmation", of=here)
    assert say(nobody, first, "rating", of=here, stars=4).status_code == 429
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE recent_use SET used_at = used_at - interval '24 hours'")
    forget(submission.kernel.engine)
    with owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM recent_use").scalar_one() == 0


def test_a_repeated_request_is_recorded_once_and_anothers_copy_of_the_form_is_another(submission: Running) -> None:
    nobody, here = submission.as_(None), address()
    innovation = innovation_in_use(submission.kernel, "31.04")
    answers = [say(nobody, innovation, "confirmation", of=here, key="one-form") for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert receipt(answers[0]) == receipt(answers[1])
    other = say(nobody, innovation, "confirmation", key="one-form")
    assert (other.status_code, receipt(other) != receipt(answers[0])) == (201, True)


def test_who_goes_back_to_a_form_that_was_sent_loses_nothing_of_what_they_say_then(submission: Running) -> None:
    nobody = submission.as_(None)
    innovation = innovation_in_use(submission.kernel, "31.19")
    at = f"/feedback/{innovation}"
    assert nobody.form(at, {"kind": "rating", "stars": "4"}, key="back-1").status_code == 303
    # The same window, as the browser kept it.
    refused = nobody.form(at, {"kind": "complaint", "text": CANARY}, key="back-1")
    assert (refused.status_code, "Formulir ini sudah pernah dikirim dengan isi lain." in refused.text) == (422, True)
    assert (CANARY in refused.text, "back-1" in refused.text) == (True, False)
    [key] = re.findall(r'name="_key" value="([^"]+)"', refused.text)
    sent = nobody.form(at, {"kind": "complaint", "text": CANARY}, key=key)
    assert (sent.status_code, CANARY in nobody.get(receipt(sent)).text) == (303, True)


def test_a_citizen_says_it_by_form_and_takes_it_back_with_its_words(submission: Running) -> None:
    nobody = submission.as_(None)
    innovation = innovation_in_use(submission.kernel, "31.05")
    form = nobody.get(f"/innovations/{innovation}/feedback?kind=complaint").text
    assert 'value="complaint" required checked' in form
    at = f"/feedback/{innovation}"
    empty = nobody.form(at, {"kind": "complaint", "stars": "3"})
    assert (empty.status_code, "f-text-error" in empty.text) == (422, True)
    machine = nobody.form(at, {"kind": "confirmation", "website": "https://spam.example"})
    assert machine.status_code == 422
    sent = nobody.form(at, {"kind": "complaint", "stars": "3", "text": CANARY})
    assert sent.status_code == 303
    mine = receipt(sent)
    shown = nobody.get(mine).text
    assert CANARY in shown
    again = nobody.form(at, {"kind": "complaint", "text": "Sekali lagi"})
    assert (again.status_code, '<div role="alert">' in again.text) == (429, True)
    assert int(again.headers["retry-after"]) > 0
    assert "Sekali lagi" in again.text

    ident, code = mine.removeprefix("/feedback/").split("?code=")
    assert nobody.form(f"/feedback/{ident}/withdraw", {"code": "0" * 40}).status_code == 404
    assert nobody.form(f"/feedback/{ident}/withdraw", {"code": code}).status_code == 303
    assert nobody.form(f"/feedback/{ident}/withdraw", {"code": code}).status_code == 303
    assert CANARY not in nobody.get(mine).text
    recorded = submission.kernel.log.read("31.05")
    kinds = ["feedback.given", "feedback.worded", "feedback.withdrawn", "payloads.erased"]
    assert [each.type for each in recorded][-4:] == kinds
    assert [(each.payload, each.salt) for each in recorded if each.type == "feedback.worded"] == [(None, None)]
    assert [row["text"] for row in listed(submission.as_(coordinator("31.05")), "31.05", "all")] == [None]


def test_words_that_are_erased_before_anybody_decided_wait_for_nobody(submission: Running) -> None:
    moderator, innovation = submission.as_(coordinator("31.12")), innovation_in_use(submission.kernel, "31.12")
    stays, goes = (said(submission.as_(None), innovation, text=f"{CANARY} {n}") for n in range(2))
    assert moderator.post(f"/feedback/{goes}/erasure", None).status_code == 204
    waiting = [row["feedback_id"] for row in listed(moderator, "31.12", "moderate")]
    assert (waiting, len(listed(moderator, "31.12", "all"))) == ([stays], 2)
    counted = re.search(r"show=moderate\"[^>]*>[^<]*\((\d+)\)", moderator.get("/desk/feedback").text)
    assert counted is not None
    assert counted[1] == "1"


def test_another_site_cannot_make_its_visitors_say_something(submission: Running) -> None:
    innovation = innovation_in_use(submission.kernel, "31.06")
    data = {"kind": "confirmation"}
    answer = httpx.post(
        f"{submission.url}/feedback/{innovation}", data=data, headers={"Origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:labinov:problem:cross-site")


def test_nothing_is_said_of_what_is_not_in_use_or_not_there(submission: Running) -> None:
    nobody = submission.as_(None)
    idea = innovation_in_use(submission.kernel, "31.07", launched=False)
    refused = say(nobody, idea, "confirmation")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:labinov:problem:not-in-use")
    assert '<form class="form"' not in nobody.get(f"/innovations/{idea}/feedback").text
    unknown = f"31.07-{0:032x}"
    assert say(nobody, unknown, "confirmation").status_code == 404
    assert nobody.get(f"/innovations/{unknown}/feedback").status_code == 404
    assert say(nobody, "x", "confirmation").status_code == 404


STRANGERS: list[tuple[Actor | None, int, int]] = [
    (None, 401, 401),
    (coordinator("31.99"), 404, 404),
    (member("31.99-disdukcapil"), 403, 404),
    (member("31.08-dpmptsp"), 403, 403),
    (member("31.08-disdukcapil"), 403, 200),
    (reviewer("31.08"), 403, 403),
    (auditor(), 403, 403),
]


@pytest.mark.parametrize(("actor", "moderating", "answering"), STRANGERS)
def test_nobody_else_moderates_or_answers(
    submission: Running, actor: Actor | None, moderating: int, answering: int
) -> None:
    ident = said(submission.as_(None), innovation_in_use(submission.kernel, "31.08"))
    client = submission.as_(actor)
    asked = [
        client.post(f"/feedback/{ident}/publication", None),
        client.post(f"/feedback/{ident}/withholding", {"grounds": "spam"}),
        client.post(f"/feedback/{ident}/erasure", None),
        client.form(f"/desk/feedback/{ident}/publication", {}),
        client.form(f"/desk/feedback/{ident}/withholding", {"grounds": "spam"}),
        client.form(f"/desk/feedback/{ident}/erasure", {}),
    ]
    assert [each.status_code for each in asked] == [moderating] * 6
    assert client.post(f"/feedback/{ident}/answer", {"text": "Baik."}).status_code == answering
    sees = actor is not None and actor.sees("31.08") and reviewer("31.08").roles != actor.roles
    pages = [client.get(f"/desk/feedback/{ident}"), client.get("/feedback?region=31.08")]
    assert [each.status_code for each in pages] == ([200, 200] if sees else [401 if actor is None else 404] * 2)
    assert [CANARY in each.text for each in pages] == [sees, sees]


def test_the_desk_moderates_and_answers_by_forms(submission: Running) -> None:
    moderator, unit = submission.as_(coordinator("31.09")), submission.as_(member("31.09-disdukcapil"))
    innovation = innovation_in_use(submission.kernel, "31.09")
    first, second = (said(submission.as_(None), innovation, text=f"{CANARY} {n} <b>") for n in range(2))
    assert "/submission/desk/feedback?show=moderate" in moderator.get("/").text
    assert [f"/submission/desk/feedback?show={show}" in unit.get("/").text for show in ("moderate", "answer")] == [
        False,
        True,
    ]
    waiting = moderator.get("/desk/feedback").text
    assert re.findall(rf"{CANARY} (\d) &lt;b&gt;", waiting) == ["1", "0"]
    assert f"{CANARY} 0" not in submission.as_(member("31.09-dpmptsp")).get("/desk/feedback?show=all").text
    published = moderator.form(f"/desk/feedback/{first}/publication", {"_list": "yes"})
    assert (published.status_code, receipt(published)) == (303, "/desk/feedback?show=moderate")
    assert moderator.form(f"/desk/feedback/{second}/withholding", {}).status_code == 422
    assert moderator.form(f"/desk/feedback/{second}/withholding", {"grounds": "off-topic"}).status_code == 303
    assert unit.form(f"/desk/feedback/{first}/answer", {"text": " "}).status_code == 422
    assert unit.form(f"/desk/feedback/{first}/answer", {"text": "Terima kasih."}).status_code == 303
    late = unit.form(f"/desk/feedback/{second}/answer", {"text": "Terima kasih."})
    assert late.status_code == 422
    assert [len(listed(moderator, "31.09", show)) for show in ("moderate", "answer", "published", "withheld")] == [
        0,
        0,
        1,
        1,
    ]
    assert moderator.form(f"/desk/feedback/{first}/erasure", {}).status_code == 303
    assert [moderator.post(f"/feedback/{each}/erasure", None).status_code for each in (first, second)] == [204, 204]
    erased = moderator.get(f"/desk/feedback/{first}").text
    assert [text in erased for text in (CANARY, "Terima kasih.")] == [False, False]


def test_a_page_asks_as_often_however_much_there_is_and_goes_on(submission: Running) -> None:
    moderator = submission.as_(coordinator("31.10"))
    innovation = innovation_in_use(submission.kernel, "31.10")
    nobody = submission.as_(None)

    def statements() -> int:
        moderator.get("/desk/feedback")
        with counting(submission.kernel.engine) as sent:
            assert moderator.get("/desk/feedback").status_code == 200
            return sent()

    said(nobody, innovation)
    few = statements()
    for _ in range(4):
        said(nobody, innovation)
    assert statements() == few
    first = moderator.get("/feedback?region=31.10&limit=3").json()
    rest = moderator.get(f"/feedback?region=31.10&limit=3&cursor={first['next']}").json()
    found = [each["feedback_id"] for each in (*first["items"], *rest["items"])]
    assert (len(found), len(set(found)), rest["next"]) == (5, 5, None)


def test_the_answers_of_an_erased_person_go_with_them(submission: Running) -> None:
    kernel, author = submission.kernel, member("31.11-disdukcapil")
    ident = said(submission.as_(None), innovation_in_use(kernel, "31.11"))
    submission.as_(author).post(f"/feedback/{ident}/answer", {"text": "Ditulis oleh saya."})
    kernel.__dict__["peers"] = {}
    client = submission.as_(lan())
    asked = {"reason": "Permohonan nomor 4."}
    preview = client.post(f"/people/{author.person}/preview", asked).json()
    held = {each["kind"]: each["count"] for each in preview["services"][0]["holdings"]["holdings"]}
    assert held["answers"] >= 1
    order = {"erasure_id": preview["erasure_id"], "grounds": asked["reason"]}
    assert client.post(f"/people/{author.person}/erasure", order).status_code == 201
    del kernel.__dict__["peers"]
    gone = {each.type: each.payload for each in kernel.log.read("31.11") if each.type.startswith("feedback.")}
    assert (gone["feedback.answer-worded"], gone["feedback.worded"] is None) == (None, False)
    report = client.get(f"/erasures/{order['erasure_id']}").json()["services"][0]["holdings"]["erased"]
    assert "31.11" in {each["region"] for each in report}
