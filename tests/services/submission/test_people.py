"""Looking people up and ordering an erasure: LAN alone, with a reason that is noted, once, whatever is repeated."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from shared.auth import Actor, Role
from shared.domain import NATIONAL
from shared.people import names, remember
from tests.services.submission.signed_in import Running, auditor, coordinator, lan, member, reviewer

REASON = "Permohonan nomor 4."
ASKS = [auditor(), coordinator("34.01"), member("34.01-disdukcapil"), reviewer("34.01"), None]


@pytest.fixture
def person(submission: Running) -> Iterator[str]:
    """Somebody known here by name; review does not answer."""
    ident = str(uuid4())
    actor = Actor(person=ident, roles=frozenset({Role.UNIT_MEMBER}), name=f"Rini {ident[:8]}")
    remember(submission.kernel.engine)(actor, {"email": f"{ident}@example.id"})
    with httpx.Client(base_url="http://127.0.0.1:9") as silent:
        submission.kernel.__dict__["peers"] = {"review": silent}
        yield ident
    del submission.kernel.__dict__["peers"]


def test_an_erasure_is_looked_up_ordered_once_and_reported(submission: Running, person: str) -> None:
    client = submission.as_(lan())
    assert [each["person"] for each in client.get(f"/people?q=RINI {person[:8]}").json()["items"]] == [person]
    preview = client.post(f"/people/{person}/preview", {"reason": REASON}).json()
    held = [
        {"kind": "contact", "count": 1, "goes": True},
        {"kind": "answers", "count": 0, "goes": True},
        {"kind": "actions", "count": 0, "goes": False},
    ]
    assert preview["services"] == [
        {
            "service": "submission",
            "holdings": {"service": "submission", "holdings": held, "erased": [], "looked": [], "followed": None},
        },
        {"service": "review", "holdings": None},
    ]
    order = {"erasure_id": preview["erasure_id"], "grounds": REASON}
    key = f"erase-{person}"
    answers = [client.post(f"/people/{person}/erasure", order, key=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert client.post(f"/people/{person}/erasure", order).status_code == 409
    assert names(submission.kernel.engine, {person}) == {}
    report = client.get(f"/erasures/{preview['erasure_id']}").json()
    ordered = report["ordered"]
    assert (ordered["person"], ordered["grounds"], ordered["held"]) == (person, REASON, {"contact": 1})
    assert [each["kind"] for each in report["accesses"]] == ["erasure-previewed", "erasure-ordered"]
    assert client.get("/erasures").json()["items"][0] == report["ordered"]
    recorded = [each.type for each in submission.kernel.log.read(NATIONAL)][-3:]
    assert recorded == ["access.recorded", "person.erased", "access.recorded"]


def test_the_pages_do_the_same(submission: Running, person: str) -> None:
    client = submission.as_(lan())
    at = f"/desk/people/{person}"
    assert f"Rini {person[:8]}" in client.get(f"/desk/people?q={person}").text
    assert client.form(f"{at}/preview", {"reason": "singkat"}).status_code == 422
    shown = client.form(f"{at}/preview", {"reason": REASON})
    erasure_id = shown.text.partition('name="erasure_id" value="')[2].partition('"')[0]
    assert (shown.status_code, len(erasure_id)) == (200, 35)
    refused = client.form(f"{at}/erasure", {"erasure_id": erasure_id, "grounds": "singkat"})
    assert (refused.status_code, erasure_id in refused.text) == (422, True)
    done = client.form(f"{at}/erasure", {"erasure_id": erasure_id, "grounds": REASON})
    assert (done.status_code, done.headers["location"]) == (303, f"/submission/desk/people/erasures/{erasure_id}")
    report = client.get(f"/desk/people/erasures/{erasure_id}").text
    assert [text in report for text in (person, REASON, f"Rini {person[:8]}")] == [True, True, False]


@pytest.mark.parametrize("actor", ASKS, ids=lambda actor: min(actor.roles) if actor else "nobody")
def test_nobody_else_finds_looks_up_or_erases(submission: Running, person: str, actor: Actor | None) -> None:
    client, status = submission.as_(actor), 403 if actor else 401
    order = {"erasure_id": f"00-{uuid4().hex}", "grounds": REASON}
    answers = [
        client.get(f"/people?q={person}"),
        client.get(f"/people/{person}/holdings"),
        client.get("/erasures"),
        client.get(f"/erasures/{order['erasure_id']}"),
        client.get(f"/desk/people?q={person}"),
        client.get(f"/desk/people/{person}/erasure"),
        client.post(f"/people/{person}/preview", {"reason": REASON}),
        client.post(f"/people/{person}/erasure", order),
        client.form(f"/desk/people/{person}/preview", {"reason": REASON}),
        client.form(f"/desk/people/{person}/erasure", order),
    ]
    assert [each.status_code for each in answers] == [status] * 10
    assert [each for each in answers if f"Rini {person[:8]}" in each.text] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people/siapa/preview", {"reason": REASON}, 404),
        ("/people/{person}/preview", {"reason": ""}, 422),
        ("/people/{person}/erasure", {"erasure_id": "34.01-0", "grounds": REASON}, 404),
        ("/people/{person}/erasure", {"erasure_id": f"00-{0:032x}", "grounds": "singkat"}, 422),
    ],
)
def test_what_cannot_be_is_refused(
    submission: Running, person: str, path: str, body: dict[str, str], status: int
) -> None:
    assert submission.as_(lan()).post(path.format(person=person), body).status_code == status
    assert submission.as_(lan()).get(f"/erasures/00-{0:032x}").status_code == 404
