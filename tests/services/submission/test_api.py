"""Submission over HTTP on real PostgreSQL: the whole way of an innovation, and what is refused."""

import json
from typing import Any

import pytest

from shared.auth import routes_without_permission
from tests.services.submission.laboratory import DAY, DESIGN, DIAGNOSIS, DISPLAY, Laboratory, ok
from tests.services.submission.signed_in import Running, coordinator, lan, member
from tests.support import counting


def test_every_route_says_its_permission(submission: Running) -> None:
    assert routes_without_permission(submission.service.api()) == []


def test_a_programme_from_request_to_report(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.01")
    at, by = f"/programmes/{laboratory.programme}", laboratory.coordinator
    ok(by.post(f"{at}/schedule", {"stage": "drum-up", "opens_on": "2020-03-01", "closes_on": "2020-03-03"}))
    ok(by.post(f"{at}/stages/drum-up/open", {"opened_on": "2020-03-01"}))
    session = ok(
        by.post(
            f"{at}/sessions",
            {
                "stage": "drum-up",
                "title": "Pleno",
                "starts_on": "2020-03-01",
                "ends_on": "2020-03-02",
                "venue": "Balai kota",
                "mentors": ["Mentor LAN"],
            },
        )
    )["session_id"]
    ok(by.post(f"{at}/sessions/{session}/attendance", {"unit_ids": [laboratory.unit], "remark": "lengkap"}))
    ok(by.post(f"{at}/targets", {"measure": "innovations-per-unit", "value": 1, "unit_id": laboratory.unit}))
    ok(by.post(f"{at}/labels", {"labels": {"diagnose": "diagnosis"}}))
    gate = {"from_stage": "design", "to_stage": "deliver", "rubric_id": "00-design-review", "rubric_version": 1}
    ok(by.post(f"{at}/gates", {"gates": [gate]}))
    ok(
        by.post(
            f"{at}/stated-counts",
            {"stated_by": "Wakil wali kota", "innovations": 22, "units": 11, "stated_on": "2020-12-21"},
        )
    )
    ok(by.post(f"{at}/stages/drum-up/complete", {"completed_on": "2020-03-03"}))
    ok(by.post(f"{at}/stall", {"reason": "Belum didukung", "stalled_on": "2020-04-01"}))
    ok(by.post(f"{at}/resume", {"resumed_on": "2020-05-01", "note": ""}))
    ok(by.post(f"{at}/close", {"report": "Selesai", "closed_on": "2020-12-31"}))
    found = by.get(at)
    body = found.json()
    assert found.headers["ETag"] == '"15"'
    assert (body["opened"], body["completed"], body["labels"]) == (
        {"drum-up": "2020-03-01"},
        {"drum-up": "2020-03-03"},
        {"diagnose": "diagnosis"},
    )
    assert body["attendance"][session]["unit_ids"] == [laboratory.unit]
    assert body["targets"][0] | {"programme_id": None} == {
        "programme_id": None,
        "measure": "innovations-per-unit",
        "value": 1,
        "unit_id": laboratory.unit,
        "due_on": None,
        "note": "",
    }
    assert body["gates"] == [gate | {"panel_size": 3, "quorum": 2}]
    assert (body["stalled"], body["closed"]["report"]) == (None, "Selesai")
    listed = by.get("/programmes", params={"region": "33.01"}).json()["items"]
    assert [(each["programme_id"], each["closed_on"], each["innovations"]) for each in listed] == [
        (laboratory.programme, "2020-12-31", 0)
    ]


def test_an_innovation_from_idea_to_display(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.02")
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": []}))
    by = laboratory.member
    ident = laboratory.propose()
    at = f"/innovations/{ident}"
    idea = {"title": "Akta Sehari", "sector": "health", "initiator": "unit", "channel": "contest", "idea": "Ide"}
    ok(by.put(f"{at}/idea", idea))
    ok(by.put(f"{at}/team", {"members": ["p1", "p2"]}))
    ok(by.post(f"{at}/stage", {"on": "2020-03-05"}))
    ok(by.put(f"{at}/diagnosis", DIAGNOSIS))
    ok(by.post(f"{at}/stage", {"on": "2020-03-20"}))
    ok(by.put(f"{at}/design", DESIGN))
    ok(by.post(f"{at}/stage", {"on": "2020-04-10"}))
    ok(by.post(f"{at}/launch", {"launched_on": "2020-06-01", "place": "Loket"}))
    ok(by.post(f"{at}/milestones/m1/done", {"done_on": "2020-05-01"}))
    ok(
        by.post(
            f"{at}/measurements",
            {"indicator_id": "i2", "value": 1.5, "measured_on": "2020-09-01", "source": "Loket"},
        )
    )
    ok(by.put(f"{at}/evidence", {"evidence": "Foto"}))
    ok(by.post(f"{at}/stage", {"on": "2020-09-10"}))
    ok(by.put(f"{at}/display", DISPLAY))
    assert by.get(f"{at}/checklist").json() == {"stage": "display", "waiting": False, "missing": []}
    ok(by.post(f"{at}/publication", {"on": "2020-12-21"}))
    body = by.get(at).json()
    assert (body["stage"], body["displayed_on"], body["title"], body["team"]) == (
        "display",
        "2020-12-21",
        "Akta Sehari",
        ["p1", "p2"],
    )
    assert body["measured"][0]["value"] == "1.5"
    assert [each["indicator_id"] for each in body["display"]["shown_indicators"]] == ["i2"]
    ok(by.post(f"{at}/retire", {"reason": "Diganti", "on": "2020-12-22"}))
    assert by.get(at).json()["status"] == "retired"


def test_what_is_missing_is_named_field_by_field(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.03")
    ident = laboratory.propose(idea="", team=[])
    refused = laboratory.member.post(f"/innovations/{ident}/stage", {"on": DAY})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"] == [
        {"pointer": "#/idea", "detail": "The idea is not described yet."},
        {"pointer": "#/members", "detail": "The team is not named yet."},
    ]
    checklist = laboratory.member.get(f"/innovations/{ident}/checklist").json()
    assert [each["field"] for each in checklist["missing"]] == ["idea", "members"]


def test_a_return_says_what_must_change(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.04")
    ident = laboratory.propose()
    ok(laboratory.member.post(f"/innovations/{ident}/stage", {"on": "2020-03-05"}))
    body = {"to_stage": "drum-up", "required_changes": "Perjelas", "on": "2020-03-06"}
    assert laboratory.member.post(f"/innovations/{ident}/return", body).status_code == 403
    ok(laboratory.coordinator.post(f"/innovations/{ident}/return", body))
    found = laboratory.member.get(f"/innovations/{ident}").json()
    assert (found["stage"], found["returned"]["required_changes"]) == ("drum-up", "Perjelas")


def test_a_repeated_request_gets_the_first_answer_and_another_body_none(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.05")
    body = laboratory.new_innovation()
    first = laboratory.member.post("/innovations", body, key="once")
    again = laboratory.member.post("/innovations", body, key="once")
    assert (first.status_code, first.json()) == (201, again.json())
    assert laboratory.member.post("/innovations", body | {"title": "Lain"}, key="once").status_code == 422
    assert laboratory.member.send("POST", "/innovations", body, Idempotency_Key="").status_code == 400
    listed = laboratory.member.get("/innovations", params={"region": "33.05"}).json()["items"]
    assert [each["innovation_id"] for each in listed] == [first.json()["id"]]
    sessions = {"stage": "design", "title": "Klinik", "starts_on": DAY, "ends_on": DAY}
    at = f"/programmes/{laboratory.programme}/sessions"
    made = [laboratory.coordinator.post(at, sessions, key="session").json()["session_id"] for _ in range(2)]
    assert made[0] == made[1]
    assert list(laboratory.coordinator.get(f"/programmes/{laboratory.programme}").json()["sessions"]) == [made[0]]


def test_a_stale_version_changes_nothing(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.06")
    ident = laboratory.propose()
    seen = laboratory.member.get(f"/innovations/{ident}").headers["ETag"]
    ok(laboratory.member.put(f"/innovations/{ident}/diagnosis", DIAGNOSIS, If_Match=seen))
    refused = laboratory.member.put(f"/innovations/{ident}/diagnosis", {"problem": "Lain"}, If_Match=seen)
    assert refused.status_code == 412
    assert laboratory.member.get(f"/innovations/{ident}").json()["diagnosis"]["problem"] == DIAGNOSIS["problem"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": "a\u0000b"}, "#/title"),
        ({"title": "a\u202eb"}, "#/title"),
        ({"title": "x" * 201}, "#/title"),
        ({"title": "  "}, "#/title"),
        ({"status": "displayed"}, "#/status"),
        ({"proposed_on": 1583107200}, "#/proposed_on"),
        ({"proposed_on": "2020-02-31"}, "#/proposed_on"),
        ({"proposed_on": "2020-03-02T00:00:00"}, "#/proposed_on"),
        ({"proposed_on": "9999-12-31"}, "#/proposed_on"),
        ({"sector": "magic"}, "#/sector"),
        ({"channel": "replication"}, "#/adapted_from"),
        ({"adapted_from": "33.07-nowhere"}, "#/adapted_from"),
        ({"adapted_from": "nowhere"}, "#/adapted_from"),
        ({"team": ["Budi Santoso"]}, "#/members/0"),
        ({"idea": "kata " * 601}, "#/idea"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    submission: Running, bad: Laboratory, changes: dict[str, Any], pointer: str
) -> None:
    refused = bad.member.post("/innovations", bad.new_innovation(**changes))
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (422, [pointer])
    for value in changes.values():
        assert json.dumps(value) not in refused.text


@pytest.fixture(scope="module")
def bad(submission: Running) -> Laboratory:
    return Laboratory(submission, "33.07")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/units", {"region": "33.07", "code": "", "name": "x", "short_name": "x", "kind": "opd"}, "#/code"),
        ("/units", {"region": "33.07", "code": "A B", "name": "x", "short_name": "x", "kind": "opd"}, "#/code"),
        (
            "/programmes",
            {
                "region": "33.07",
                "edition": "",
                "title": "x",
                "coordinator_office": "x",
                "requested_on": "2020-01-01",
            },
            "#/edition",
        ),
        (
            "/programmes/33.07-2020/commitments",
            {"unit_id": "33.07-nobody", "signatory_office": "x", "signed_on": "2020-01-01"},
            "#/unit_id",
        ),
        (
            "/programmes/33.07-2020/targets",
            {"measure": "innovations", "value": 9007199254740993},
            "#/value",
        ),
        ("/programmes/33.07-2020/targets", {"measure": "innovations", "value": 100001}, "#/value"),
        (
            "/programmes/33.07-2020/gates",
            {
                "gates": [
                    {
                        "from_stage": "design",
                        "to_stage": "display",
                        "rubric_id": "00-design-review",
                        "rubric_version": 1,
                    }
                ]
            },
            "#/gates/0/to_stage",
        ),
    ],
)
def test_what_a_coordinator_cannot_say(
    submission: Running, bad: Laboratory, path: str, body: dict[str, Any], pointer: str
) -> None:
    refused = bad.coordinator.post(path, body)
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (422, [pointer])


def test_a_region_that_does_not_exist_has_no_units(submission: Running) -> None:
    body = {"region": "99.99", "code": "x", "name": "x", "short_name": "x", "kind": "opd"}
    refused = submission.as_(lan()).post("/units", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/region")


def test_lists_are_complete_at_once_and_go_on_where_they_ended(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.08")
    made = [laboratory.propose(title=f"Inovasi {number}") for number in range(5)]
    first = laboratory.member.get("/innovations", params={"region": "33.08", "limit": 2}).json()
    second = laboratory.member.get(
        "/innovations", params={"region": "33.08", "limit": 2, "cursor": first["next"]}
    ).json()
    third = laboratory.member.get(
        "/innovations", params={"region": "33.08", "limit": 2, "cursor": second["next"]}
    ).json()
    assert sorted(each["innovation_id"] for page in (first, second, third) for each in page["items"]) == sorted(made)
    assert third["next"] is None
    found = laboratory.member.get("/innovations", params={"region": "33.08", "q": "INOVASI 3"}).json()["items"]
    assert [each["title"] for each in found] == ["Inovasi 3"]
    assert laboratory.member.get("/innovations", params={"stage": "design"}).json()["items"] == []
    for cursor, status in (("!!", 400), ("bm9uc2Vuc2U", 400), (first["next"][:-1] + "%3D", 400)):
        assert laboratory.member.get(f"/innovations?cursor={cursor}").status_code == status
    for limit in (0, 501):
        assert laboratory.member.get("/innovations", params={"limit": limit}).status_code == 422


def test_titles_that_resemble_others_are_found(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.09")
    ident = laboratory.propose(title="Anjungan Inong Caper TBC")
    laboratory.propose(title="Pasar Tani Digital")
    found = laboratory.member.get(
        "/innovations/similar", params={"region": "33.09", "title": "anjungan inong caper t.b.c"}
    ).json()["items"]
    assert [each["innovation_id"] for each in found] == [ident]
    assert laboratory.member.get("/innovations/similar?region=33.09&title=Lain+sekali").json()["items"] == []
    other = submission.as_(coordinator("33.10"))
    assert other.get("/innovations/similar?region=33.09&title=Anjungan").status_code == 404


def test_a_command_costs_two_round_trips_and_a_list_two_however_long(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.11")
    ident = laboratory.propose()
    with counting(submission.kernel.engine) as statements:
        ok(laboratory.member.put(f"/innovations/{ident}/diagnosis", DIAGNOSIS))
        assert statements() == 2
        ok(laboratory.member.post("/innovations", laboratory.new_innovation(title="Dua")))
        assert statements() == 4
    laboratory.member.get("/innovations?region=33.11")
    with counting(submission.kernel.engine) as statements:
        assert len(laboratory.member.get("/innovations?region=33.11").json()["items"]) == 2
        assert statements() == 2
    for number in range(8):
        laboratory.propose(title=f"Lagi {number}")
    laboratory.member.get("/innovations?region=33.11")
    with counting(submission.kernel.engine) as statements:
        assert len(laboratory.member.get("/innovations?region=33.11").json()["items"]) == 10
        assert statements() == 2


def test_units_are_renamed_and_found_by_their_aliases(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.12")
    names = {"name": "DPMPTSP", "aliases": ["DMPTSP"]}
    ok(laboratory.coordinator.send("PATCH", f"/units/{laboratory.unit}", names))
    found = laboratory.member.get("/units?region=33.12").json()["items"]
    assert [(each["name"], each["aliases"]) for each in found] == [
        ("DPMPTSP", ["DMPTSP", "Dinas Kependudukan dan Pencatatan Sipil"])
    ]
    one = laboratory.member.get(f"/units/{laboratory.unit}")
    assert (one.json()["short_name"], one.headers["ETag"]) == ("Disdukcapil", '"2"')


def test_an_innovation_is_adapted_from_one_of_another_region(submission: Running) -> None:
    origin, recipient = Laboratory(submission, "33.13"), Laboratory(submission, "33.14")
    original = origin.propose(title="Asal")
    copy = recipient.propose(title="Salinan", adapted_from=original, channel="replication")
    assert recipient.member.get(f"/innovations/{copy}").json()["proposed"]["adapted_from"] == original


def test_only_who_coordinates_marks_examples(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.15")
    body = laboratory.new_innovation(is_example=True, source="labs.json")
    assert laboratory.member.post("/innovations", body).status_code == 403
    ident = ok(laboratory.coordinator.post("/innovations", body))["id"]
    assert laboratory.member.get(f"/innovations/{ident}").json()["proposed"]["is_example"] is True


def test_a_member_of_another_unit_reads_and_does_not_write(submission: Running) -> None:
    laboratory = Laboratory(submission, "33.16")
    laboratory.register("dpmptsp", "Dinas Penanaman Modal", "DPMPTSP")
    ident = laboratory.propose()
    neighbour = submission.as_(member("33.16-dpmptsp"))
    assert neighbour.get(f"/innovations/{ident}").status_code == 200
    assert neighbour.put(f"/innovations/{ident}/diagnosis", DIAGNOSIS).status_code == 403
    assert neighbour.post("/innovations", laboratory.new_innovation()).status_code == 403
