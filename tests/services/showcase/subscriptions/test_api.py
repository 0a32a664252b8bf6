"""Webhooks as a regional system's program meets them: over HTTP, to a receiver on a real socket."""

import json
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from shared.auth import Actor, Role
from tests.services.showcase.subscriptions.program import LAN, OTHER, PEMALANG, REGION, TANGSEL, Program
from tests.services.showcase.subscriptions.receiver import closed_port


def problem(answer: Any) -> tuple[int, list[str]]:
    return answer["status"], [each["pointer"] for each in answer["errors"]]


def test_from_the_first_request_to_the_first_event(program: Program) -> None:
    made = program.creates(TANGSEL, start={"submission": 1}, types=["id.labinov.unit.registered.v1"], description="Hub")
    secret = made.pop("secret")
    assert made == program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}", 200)
    assert (made["regions"], made["types"], made["description"], made["state"], made["waiting_events"]) == (
        [REGION],
        ["unit.registered"],
        "Hub",
        "active",
        2,
    )
    program.delivers(made)
    path, headers, body = program.receiver.got[-1]
    event = Webhook(secret).verify(body, headers)
    assert (path, event["sequence"], event["data"]["unit_id"][:5]) == ("/hook", f"{3:020d}", REGION)
    (log,) = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/logs", 200)
    assert (log["region"], log["source"], log["position"], log["head"]) == (REGION, "submission", 3, 3)
    page = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/deliveries?limit=1", 200)
    (newest,) = page["items"]
    assert (newest["position"], newest["status"], newest["answer"], newest["delivered"]) == (3, 200, "ok", True)
    assert newest["request_headers"]["webhook-signature"] == headers["webhook-signature"]
    older = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/deliveries?limit=1&cursor={page['next']}", 200)
    assert ([each["position"] for each in older["items"]], older["next"]) == ([2], None)
    assert newest == program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/deliveries/{newest['id']}", 200)


def test_a_test_event_shows_its_result_at_once(program: Program) -> None:
    made = program.creates(TANGSEL)
    found = program.sends(TANGSEL, "POST", f"/webhooks/{made['id']}/test", 200)
    assert (found["kind"], found["type"], found["status"], found["answer"]) == ("test", "labinov.test", 200, "ok")
    event = Webhook(made["secret"]).verify(*program.receiver.got[-1][2:0:-1])
    assert (event["type"], event["specversion"]) == ("labinov.test", "1.0")
    program.sends(
        TANGSEL,
        "PUT",
        f"/webhooks/{made['id']}",
        200,
        {"url": f"http://127.0.0.1:{closed_port()}", "regions": [REGION]},
    )
    found = program.sends(TANGSEL, "POST", f"/webhooks/{made['id']}/test", 200)
    assert (found["status"], found["error"], found["delivered"]) == (None, "connection", False)
    failed = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/deliveries?failed=true", 200)
    assert [each["id"] for each in failed["items"]] == [found["id"]]


def test_a_range_a_replay_a_pause_and_a_new_secret(program: Program) -> None:
    made = program.creates(TANGSEL)
    at = f"/webhooks/{made['id']}"
    program.sends(TANGSEL, "POST", f"{at}/pause", 200)
    program.sends(
        TANGSEL, "POST", f"{at}/resend", 202, {"region": REGION, "source": "submission", "first": 1, "last": 2}
    )
    before = len(program.receiver.got)
    program.delivers(made)
    assert len(program.receiver.got) == before
    program.sends(TANGSEL, "POST", f"{at}/resume", 200)
    turned = program.sends(TANGSEL, "POST", f"{at}/secret", 200)
    program.delivers(made)
    program.sends(TANGSEL, "POST", f"{at}/replay", 204, {"region": REGION, "source": "submission", "after": 2})
    program.delivers(made)
    got = program.receiver.got[before:]
    assert [json.loads(body)["sequence"] for *_, body in got] == [f"{each:020d}" for each in (1, 2, 3)]
    for _, headers, body in got:
        assert [Webhook(each).verify(body, headers)["specversion"] for each in (made["secret"], turned["secret"])] == [
            "1.0"
        ] * 2
    program.sends(TANGSEL, "DELETE", at, 204)
    program.sends(TANGSEL, "GET", at, 404)


def test_the_same_request_gets_the_same_answer(program: Program) -> None:
    key = str(uuid4())
    body = {"url": program.receiver.url("/same"), "regions": [OTHER]}
    first, second = (
        program.sends(PEMALANG, "POST", "/webhooks", 201, body, **{"Idempotency-Key": key}) for _ in range(2)
    )
    assert first == second
    changed = {**body, "description": "another"}
    assert program.asks(PEMALANG, "POST", "/webhooks", changed, **{"Idempotency-Key": key}).status_code == 422
    assert program.asks(PEMALANG, "POST", "/webhooks", body, **{"Idempotency-Key": ""}).status_code == 400


def test_another_region_s_endpoint_is_as_if_it_were_not(program: Program) -> None:
    made = program.creates(TANGSEL)
    program.sends(TANGSEL, "POST", f"/webhooks/{made['id']}/test", 200)
    (sent,) = program.sends(TANGSEL, "GET", f"/webhooks/{made['id']}/deliveries", 200)["items"]
    change = {"url": program.receiver.url("/other"), "regions": [OTHER]}
    asked = [
        ("GET", "", None),
        ("PUT", "", change),
        ("DELETE", "", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/secret", None),
        ("POST", "/test", None),
        ("GET", "/logs", None),
        ("POST", "/replay", {"region": REGION, "source": "submission", "after": 0}),
        ("POST", "/resend", {"region": REGION, "source": "submission", "first": 1, "last": 1}),
        ("GET", "/deliveries", None),
        ("GET", f"/deliveries/{sent['id']}", None),
    ]
    before = len(program.receiver.got)

    def answers(ident: str) -> list[tuple[int, str]]:
        found = [program.asks(PEMALANG, method, f"/webhooks/{ident}{path}", body) for method, path, body in asked]
        return [(each.status_code, each.json()["detail"]) for each in found]

    assert answers(made["id"]) == answers(f"{REGION}-{uuid4().hex}") == [(404, "There is no such thing here.")] * 12
    assert made["id"] not in {each["id"] for each in program.sends(PEMALANG, "GET", "/webhooks", 200)}
    assert len(program.receiver.got) == before
    own = program.creates(PEMALANG, regions=[OTHER])
    foreign = program.asks(PEMALANG, "GET", f"/webhooks/{own['id']}/deliveries/{sent['id']}")
    assert foreign.status_code == 404


def test_who_may_ask_at_all(program: Program) -> None:
    reviewer = Actor(person=str(uuid4()), roles=frozenset({Role.REVIEWER}), regions=frozenset({REGION}))
    assert [program.asks(each, "GET", "/webhooks").status_code for each in (None, reviewer, TANGSEL, PEMALANG)] == [
        401,
        403,
        200,
        200,
    ]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"url": "http://10.0.0.1/"}, ["#/url"]),
        ({"url": "https://127.1/"}, ["#/url"]),
        ({"url": "https://user@hub.example/"}, ["#/url"]),
        ({"regions": [OTHER]}, ["#/regions"]),
        ({"regions": ["99.99"]}, ["#/regions"]),
        ({"regions": ["*"]}, ["#/regions"]),
        ({"regions": []}, ["#/regions"]),
        ({"types": ["unit.invented"]}, ["#/types"]),
        ({"start": "yesterday"}, None),
        ({"start": {"submission": -1}}, None),
        ({"secret": "whsec_mine"}, ["#/secret"]),
        ({"url": "https://10.0.0.1/", "types": ["x"], "regions": ["00"]}, ["#/regions", "#/types", "#/url"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    program: Program, change: dict[str, Any], pointers: list[str] | None
) -> None:
    body = {"url": program.receiver.url("/hook"), "regions": [REGION], **change}
    answer = program.asks(TANGSEL, "POST", "/webhooks", body)
    status, found = problem(answer.json())
    assert (status, found if pointers is not None else None) == (422, pointers)
    assert not any(str(each) in answer.text for each in ("127.1", "10.0.0.1", "whsec_mine", "unit.invented"))


def test_ranges_and_cursors_that_cannot_be(program: Program) -> None:
    made = program.creates(LAN, regions=["*"])
    at = f"/webhooks/{made['id']}"
    backwards = {"region": REGION, "source": "submission", "first": 3, "last": 2}
    assert problem(program.sends(LAN, "POST", f"{at}/resend", 422, backwards)) == (422, ["#/last"])
    unknown = {"region": "11.01", "source": "submission", "first": 1, "last": 2}
    assert problem(program.sends(LAN, "POST", f"{at}/resend", 422, unknown)) == (422, ["#/source"])
    unknown = {"region": "11.01", "source": "submission", "after": 1}
    assert problem(program.sends(LAN, "POST", f"{at}/replay", 422, unknown)) == (422, ["#/source"])
    for query, status in (("cursor=x", 400), ("limit=0", 422), ("limit=501", 422)):
        program.sends(LAN, "GET", f"{at}/deliveries?{query}", status)
    program.sends(LAN, "GET", f"{at}/deliveries/not-an-id", 404)
