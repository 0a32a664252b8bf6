"""Who took data away or asked who a reviewer was: one list, for auditors and LAN alone."""

import pytest

from services.review.main import CATALOGUE
from shared.auth import Actor, Role
from shared.envelope import Clearance
from tests.services.review.desk import ANN, AUDITOR, BEN, CHAIR, LAN, MACHINE, UNIT, Desk

ELSEWHERE = Actor(person="a" * 8, roles=frozenset({Role.AUDITOR}), regions=frozenset({"33.27"}))
NOTE = {"region": "36.74", "kind": "export", "what": "review/36.74", "reason": "Pemeriksaan berkala nomor 12."}
QUESTION = {"slot": "R1", "reason": "Pengaduan nomor 7."}


def test_exports_and_questions_who_a_reviewer_was_stand_in_one_list(desk: Desk) -> None:
    desk.ready().scored(ANN, BEN).concluded()
    desk.does(AUDITOR, "resolutions", QUESTION)
    desk.sends(AUDITOR, "post", "/access", NOTE, 201, Idempotency_Key="once")
    desk.sends(AUDITOR, "post", "/access", NOTE, 201, Idempotency_Key="once")
    first = desk.gets(AUDITOR, "/access?region=36.74&limit=1").json()
    second = desk.gets(AUDITOR, f"/access?region=36.74&limit=1&cursor={first['next']}").json()
    told = [
        {name: each[name] for name in ("kind", "what", "reason", "by")} for each in first["items"] + second["items"]
    ]
    assert told == [
        {"kind": "export", "what": "review/36.74", "reason": NOTE["reason"], "by": AUDITOR.person},
        {
            "kind": "reviewer-resolved",
            "what": f"{desk.assessment}/R1",
            "reason": QUESTION["reason"],
            "by": AUDITOR.person,
        },
    ]
    everything = desk.gets(LAN, "/access").json()["items"]
    assert everything[:2] == first["items"] + second["items"]
    page = desk.browser(LAN).request("get", "/desk/access?region=36.74", headers={"Accept": "text/html"}).text
    assert [text in page for text in (NOTE["reason"], QUESTION["reason"])] == [True, True]
    assert desk.gets(ELSEWHERE, "/access").json() == {"items": [], "next": None}


def test_only_auditors_and_lan_read_and_write_it_and_only_where_they_have_a_role(desk: Desk) -> None:
    for actor, status in ((CHAIR, 403), (UNIT, 403), (MACHINE, 403), (ANN, 403), (None, 401), (ELSEWHERE, 404)):
        desk.gets(actor, "/access?region=36.74", status)
        desk.sends(actor, "post", "/access", NOTE, status)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "Singkat"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"what": "berkas pak lurah"}, "what"),
        ({"kind": "erasure-ordered"}, "kind"),
        ({"region": "99.99"}, "region"),
    ],
)
def test_what_cannot_be_noted_names_its_field(desk: Desk, change: dict[str, str], field: str) -> None:
    problem = desk.sends(AUDITOR, "post", "/access", NOTE | change, 422).json()
    assert [each["pointer"] for each in problem["errors"]] == [f"#/{field}"]


def test_in_feeds_only_auditors_read_it(desk: Desk) -> None:
    desk.sends(AUDITOR, "post", "/access", NOTE, 201)
    log = desk.review.kernel.log
    noted = [each for each in log.read("36.74") if each.type == "access.recorded"][-1]
    told = [each for each in Clearance if NOTE["reason"] in CATALOGUE.render(noted, each, opened=True).decode()]
    assert told == [Clearance.AUDIT, Clearance.OWNER]
