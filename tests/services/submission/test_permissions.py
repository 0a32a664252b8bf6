"""Who may see and do what, with data that could leak: outsiders get the answer that an unknown id gets."""

from typing import Any

import httpx
import pytest

from shared.auth import Actor, Role
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, DISPLAY, Laboratory, ok
from tests.services.submission.signed_in import Running, auditor, coordinator, lan, member, reviewer

CANARY = "kenari-7531"
UNKNOWN = "34.01-0000"

OUTSIDERS: list[Actor] = [
    coordinator("34.02"),
    member("34.02-disdukcapil"),
    reviewer("34.01"),
    Actor(person="5f1d6c1e-0000-5000-8000-000000000009"),
]
READERS: list[Actor] = [
    lan(),
    coordinator("34.01"),
    member("34.01-disdukcapil"),
    member("34.01-dpmptsp"),
    auditor(),
    Actor(person="m", roles=frozenset({Role.MACHINE}), regions=frozenset({"34.01"})),
    Actor(person="s", roles=frozenset({Role.SERVICE})),
]


class Secrets:
    """A region whose records hold a canary in every text."""

    def __init__(self, running: Running) -> None:
        self.laboratory = Laboratory(running, "34.01")
        self.laboratory.register("dpmptsp", f"Dinas {CANARY}", "DPMPTSP")
        self.innovation = self.laboratory.propose(title=f"Judul {CANARY}", idea=CANARY)
        at = f"/innovations/{self.innovation}"
        ok(self.laboratory.member.put(f"{at}/diagnosis", DIAGNOSIS | {"problem": CANARY}))
        ok(self.laboratory.member.put(f"{at}/design", DESIGN | {"legal_basis": CANARY}))
        self.reads = [
            f"/units/{self.laboratory.unit}",
            f"/programmes/{self.laboratory.programme}",
            at,
            f"{at}/checklist",
            "/units?region=34.01",
            "/programmes?region=34.01",
            "/innovations?region=34.01",
            "/innovations/similar?region=34.01&title=Judul",
        ]


@pytest.fixture(scope="module")
def secrets(submission: Running) -> Secrets:
    return Secrets(submission)


def said(response: httpx.Response) -> Any:
    """Give what an answer says, without what differs between any two requests."""
    return response.json() | {"correlation": None}


@pytest.mark.parametrize("actor", OUTSIDERS, ids=lambda actor: ",".join(actor.roles) or "no role")
def test_an_outsider_learns_nothing(submission: Running, secrets: Secrets, actor: Actor) -> None:
    client = submission.as_(actor)
    for path in secrets.reads:
        answer = client.get(path)
        unknown = client.get(
            path.replace(secrets.innovation, UNKNOWN)
            .replace("34.01-disdukcapil", "34.01-nobody")
            .replace("34.01-2020", "34.01-1999")
            .replace("region=34.01", "region=34.77")
        )
        assert answer.status_code in (403, 404), path
        assert (answer.status_code, said(answer)) == (unknown.status_code, said(unknown)), path
        assert CANARY not in answer.text
    for path in ("/innovations", "/units", "/programmes"):
        assert CANARY not in client.get(path).text


@pytest.mark.parametrize("actor", READERS, ids=lambda actor: ",".join(actor.roles))
def test_whoever_has_a_role_in_the_region_reads_its_records(
    submission: Running, secrets: Secrets, actor: Actor
) -> None:
    client = submission.as_(actor)
    assert [client.get(path).status_code for path in secrets.reads] == [200] * len(secrets.reads)
    assert CANARY in client.get(f"/innovations/{secrets.innovation}").text


def test_nobody_is_asked_who_they_are(submission: Running, secrets: Secrets) -> None:
    nobody = submission.as_(None)
    answers = [nobody.get(path) for path in secrets.reads]
    assert [each.status_code for each in answers] == [401] * len(answers)
    assert not any(CANARY in each.text for each in answers)


END = {"reason": "x", "on": "2020-04-01"}
STEP = {"on": "2020-04-01"}
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/units", {"region": "34.01", "code": "x", "name": "x", "short_name": "x", "kind": "opd"}),
    ("PATCH", "/units/34.01-disdukcapil", {"name": "x"}),
    (
        "POST",
        "/programmes",
        {
            "region": "34.01",
            "edition": "2021",
            "title": "x",
            "coordinator_office": "x",
            "requested_on": "2020-01-01",
        },
    ),
    (
        "POST",
        "/programmes/34.01-2020/agreement",
        {"mou_number": "1", "parties": ["a", "b"], "signed_on": "2020-01-01"},
    ),
    ("POST", "/programmes/34.01-2020/schedule", {"stage": "design", "opens_on": "2020-01-01"}),
    ("POST", "/programmes/34.01-2020/stages/design/open", {"opened_on": "2020-01-01"}),
    ("POST", "/programmes/34.01-2020/stages/design/complete", {"completed_on": "2020-01-01"}),
    ("POST", "/programmes/34.01-2020/labels", {"labels": {}}),
    (
        "POST",
        "/programmes/34.01-2020/sessions",
        {"stage": "design", "title": "x", "starts_on": "2020-01-01", "ends_on": "2020-01-01"},
    ),
    ("POST", "/programmes/34.01-2020/sessions/s1/attendance", {"unit_ids": []}),
    ("POST", "/programmes/34.01-2020/targets", {"measure": "innovations", "value": 1}),
    ("POST", "/programmes/34.01-2020/gates", {"gates": []}),
    (
        "POST",
        "/programmes/34.01-2020/commitments",
        {"unit_id": "34.01-dpmptsp", "signatory_office": "x", "signed_on": "2020-01-01"},
    ),
    (
        "POST",
        "/programmes/34.01-2020/stated-counts",
        {"stated_by": "x", "innovations": 1, "stated_on": "2020-01-01"},
    ),
    ("POST", "/programmes/34.01-2020/stall", {"reason": "x", "stalled_on": "2020-01-01"}),
    ("POST", "/programmes/34.01-2020/resume", {"resumed_on": "2020-01-01"}),
    ("POST", "/programmes/34.01-2020/close", {"report": "x", "closed_on": "2020-01-01"}),
    ("POST", "/innovations/{id}/stage", STEP),
    ("POST", "/innovations/{id}/return", {"to_stage": "drum-up", "required_changes": "x", "on": "2020-04-01"}),
    ("POST", "/innovations/{id}/publication", STEP),
    ("POST", "/innovations/{id}/withdraw", END),
    ("POST", "/innovations/{id}/retire", END),
    (
        "PUT",
        "/innovations/{id}/idea",
        {"title": "x", "sector": "health", "initiator": "unit", "channel": "contest"},
    ),
    ("PUT", "/innovations/{id}/team", {"members": []}),
    ("PUT", "/innovations/{id}/diagnosis", DIAGNOSIS),
    ("PUT", "/innovations/{id}/design", DESIGN),
    ("POST", "/innovations/{id}/launch", {"launched_on": "2020-04-01"}),
    ("POST", "/innovations/{id}/milestones/m1/done", {"done_on": "2020-04-01"}),
    ("PUT", "/innovations/{id}/evidence", {"evidence": "x"}),
    (
        "POST",
        "/innovations/{id}/measurements",
        {"indicator_id": "i2", "value": 1, "measured_on": "2020-04-01", "source": "x"},
    ),
    ("PUT", "/innovations/{id}/display", DISPLAY),
]

# Records of the region itself belong to who coordinates it; a unit's member is told so.
UNIT_MEMBERS_MAY = ("/innovations/{id}/",)
COORDINATORS_ONLY = "/innovations/{id}/return"


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda value: value if "/" in value else "")
def test_nobody_else_changes_anything(
    submission: Running, secrets: Secrets, method: str, path: str, body: dict[str, Any]
) -> None:
    before = submission.kernel.log.heads(["34.01"])
    where = path.replace("{id}", secrets.innovation)
    by_role = path.startswith(UNIT_MEMBERS_MAY) and path != COORDINATORS_ONLY
    lan_only = path.endswith("/agreement")

    def answer(actor: Actor | None) -> int:
        return submission.as_(actor).send(method, where, body).status_code

    assert answer(None) == 401
    assert answer(auditor()) == 403
    assert answer(reviewer("34.01")) == 403
    assert answer(coordinator("34.02")) == (403 if lan_only else 404)
    assert answer(member("34.02-disdukcapil")) == (404 if by_role else 403)
    assert answer(member("34.01-dpmptsp")) == 403
    assert submission.kernel.log.heads(["34.01"]) == before


def test_a_proposal_of_a_stranger_is_answered_as_one_for_an_unknown_unit(submission: Running, secrets: Secrets) -> None:
    stranger = submission.as_(member("34.02-disdukcapil"))
    known = stranger.post("/innovations", secrets.laboratory.new_innovation())
    unknown = stranger.post("/innovations", secrets.laboratory.new_innovation(unit_id="34.01-nobody"))
    assert (known.status_code, said(known)) == (404, said(unknown))


def test_a_coordinator_does_not_propose_into_another_regions_programme(submission: Running, secrets: Secrets) -> None:
    elsewhere = submission.as_(coordinator("34.02"))
    body = secrets.laboratory.new_innovation(unit_id="34.02-disdukcapil")
    assert elsewhere.post("/innovations", body).status_code == 422


def test_only_lan_records_an_agreement_by_json_or_by_form(submission: Running, secrets: Secrets) -> None:
    everywhere = submission.as_(Actor(person="c", roles=frozenset({Role.COORDINATOR}), regions=frozenset({"*"})))
    body = {"mou_number": "1", "parties": ["a", "b"], "signed_on": "2020-02-03"}
    assert everywhere.post("/programmes/34.01-2020/agreement", body).status_code == 403
    fields = body | {"parties": "a\nb"}
    assert everywhere.form("/desk/programmes/34.01-2020/agreement", fields).status_code == 403


def test_another_site_cannot_send_for_somebody(submission: Running, secrets: Secrets) -> None:
    client = submission.as_(lan())
    sent = client.post("/innovations", secrets.laboratory.new_innovation(), Origin="https://evil.example")
    assert (sent.status_code, sent.json()["type"]) == (403, "urn:labinov:problem:cross-site")
