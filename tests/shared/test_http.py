"""Strict reading: what two readers could read in two ways is refused, and the field at fault is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from shared import problems
from shared.auth import Actor
from shared.domain import Conflict, Forbidden, Invalid, NotFound, Several, Stale
from shared.event_log import KeyReused
from shared.http import Body, BodyLimit, Form, FormRoute, IfMatch, JsonRoute, Key, form_key, form_version, read_json
from shared.tokens import Unauthenticated
from shared.web.pages import Pages

SECRET = "NILAI-RAHASIA"


class Milestone(Body):
    """A row of a body."""

    title: str
    due: int = 0


class Thing(Body):
    """A body."""

    name: str
    milestones: tuple[Milestone, ...] = ()


class Full(Conflict):
    """The jar holds {most} marbles already."""


REJECTIONS = {
    "conflict": (Full(most=3), 409),
    "forbidden": (Forbidden(), 403),
    "not-found": (NotFound(), 404),
    "stale": (Stale(), 412),
    "invalid": (Invalid(field="milestones/0/title"), 422),
    "several": (Several([Invalid(field="a"), Full(most=1, field="b")]), 422),
    "unauthenticated": (Unauthenticated(), 401),
    "key-reused": (KeyReused(field="Idempotency-Key"), 422),
}


def _somebody(request: Request) -> None:
    request.state.actor = Actor(person="somebody")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.add_middleware(BodyLimit, limit=10_000)
    problems.install(app, Pages("kernel", Path(__file__).parent))
    api = APIRouter(route_class=JsonRoute, dependencies=[Depends(_somebody)])
    pages = APIRouter(route_class=FormRoute, dependencies=[Depends(_somebody)])

    @api.post("/things")
    def make(key: Key, seen: IfMatch, body: Thing) -> Response:
        return JSONResponse({"key": key.key, "seen": seen, "name": body.name})

    @api.get("/things")
    def things(limit: Annotated[int, Query(ge=1, le=500)] = 50, q: str = "") -> Response:
        return JSONResponse({"limit": limit, "q": q})

    @api.get("/rejected/{name}")
    def rejected(name: str) -> Response:
        raise REJECTIONS[name][0]

    @api.get("/broken")
    def broken() -> Response:
        raise RuntimeError(SECRET)

    @pages.post("/form")
    def form(request: Request, form: Form) -> Response:
        return JSONResponse({"key": form_key(request, form).key, "version": form_version(form)})

    app.include_router(api)
    app.include_router(pages)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def post(client: TestClient, body: bytes, **headers: str) -> Any:
    return client.post(
        "/things",
        content=body,
        headers={"Content-Type": "application/json", "Idempotency-Key": "k1", **headers},
    )


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        (b'{"name":"a","name":"b"}', 400, []),
        (b'{"name":NaN}', 400, []),
        (b'{"name":1e999}', 400, []),
        (b'{"name":"\xff"}', 400, []),
        (b'{"name":' + b"9" * 5000 + b"}", 400, []),
        (b"[" * 5000 + b"]" * 5000, 400, []),
        (b'{"name":' + b"[" * 40 + b"]" * 40 + b"}", 400, []),
        (b"", 400, []),
        (b"{", 400, []),
        (b'{"name":"a\\u0000b"}', 422, ["#/name"]),
        (b'{"name":"\\ud800"}', 422, ["#/name"]),
        (b'{"name":"a\\u202eb"}', 422, ["#/name"]),
        (b'{"name":"a\\u001b[31m"}', 422, ["#/name"]),
        (b'{"name":"a","milestones":[{"title":"a\\u0000"}]}', 422, ["#/milestones/0/title"]),
        (b'{"name":"a","milestones":[{"title":"a","due":9007199254740992}]}', 422, ["#/milestones/0/due"]),
        (b'{"name":"a","status":"x"}', 422, ["#/status"]),
        (b"{}", 422, ["#/name"]),
        (b'{"name":5}', 422, ["#/name"]),
        (b'{"name":"a","milestones":[{"due":1.5}]}', 422, ["#/milestones/0/title", "#/milestones/0/due"]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_bodies(client: TestClient, body: bytes, status: int, pointers: list[str]) -> None:
    answer = post(client, body)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [each["pointer"] for each in problem["errors"]] == pointers
    assert (problem["status"], problem["correlation"]) == (status, answer.headers["x-request-id"])
    assert set(problem) == {"type", "title", "status", "detail", "errors", "correlation"}


def test_a_page_names_the_part_of_its_address_that_cannot_be_and_leads_to_itself_without(client: TestClient) -> None:
    html = {"Accept": "text/html"}
    answer = client.get(f"/things?limit={SECRET}&q=a+%26+b&lang=en", headers=html)
    shown = answer.text.partition('<section class="problem">')[2].partition("</section>")[0]
    assert (answer.status_code, shown == "", SECRET in shown) == (422, False, False)
    assert "<dt><code>limit</code></dt><dd>This must be a whole number.</dd>" in answer.text
    assert '<a class="button" href="/things?q=a+%26+b&amp;lang=en">Open the page without this</a>' in answer.text
    client.cookies.clear()
    alone = client.get("/things?limit=0", headers=html)
    assert '<a class="button" href="/things">Buka halaman ini tanpa isian itu</a>' in alone.text
    elsewhere = client.get("/rejected/key-reused", headers=html)
    assert (elsewhere.status_code, "Buka halaman ini tanpa isian itu" in elsewhere.text) == (422, False)


def test_no_problem_echoes_what_was_sent(client: TestClient) -> None:
    bodies: list[Any] = [
        {"name": SECRET + "\x00"},
        {"name": [SECRET]},
        {"name": "a", "milestones": [{"title": "a", "due": SECRET}]},
        {"name": "a", "milestones": SECRET},
        {"name": "a", "bidang": SECRET},
    ]
    for body in bodies:
        answer = post(client, json.dumps(body).encode())
        assert answer.status_code == 422
        assert SECRET not in answer.text
    assert SECRET not in client.get("/broken").text


def test_media_types_and_sizes(client: TestClient) -> None:
    assert post(client, b'{"name":"a"}', **{"Content-Type": "text/plain"}).status_code == 415
    assert post(client, b'{"name":"a"}', **{"Content-Encoding": "gzip"}).status_code == 415
    large = post(client, b'{"name":"' + b"a" * 20_000 + b'"}')
    assert (large.status_code, large.headers["content-type"]) == (413, "application/problem+json")
    unannounced = client.post(
        "/things",
        content=(b" " * 1000 for _ in range(20)),
        headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
    )
    assert unannounced.status_code == 413
    assert client.post("/form", data={"_key": "k", "title": "a" * 20_000}).status_code == 413


def test_the_key_belongs_to_the_actor_and_must_be_there(client: TestClient) -> None:
    assert post(client, b'{"name":" a "}').json() == {"key": "somebody:k1", "seen": None, "name": "a"}
    for bad in ("", " ", "x" * 129, "a b"):
        assert post(client, b'{"name":"a"}', **{"Idempotency-Key": bad}).status_code == 400


@pytest.mark.parametrize(("sent", "seen"), [('"7"', 7), ('W/"7"', 7), ("*", None)])
def test_if_match(client: TestClient, sent: str, seen: int | None) -> None:
    assert post(client, b'{"name":"a"}', **{"If-Match": sent}).json()["seen"] == seen


def test_an_if_match_that_is_no_etag_is_refused(client: TestClient) -> None:
    answer = post(client, b'{"name":"a"}', **{"If-Match": "7"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/If-Match")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=501", "limit=x", "limit=99999999999999999999"])
def test_limits_out_of_bounds(client: TestClient, query: str) -> None:
    answer = client.get(f"/things?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/limit")


def test_control_characters_in_a_query(client: TestClient) -> None:
    answer = client.get("/things?q=a%00b")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/q")


@pytest.mark.parametrize("name", REJECTIONS)
def test_rejections_have_one_place_in_http(client: TestClient, name: str) -> None:
    status = REJECTIONS[name][1]
    answer = client.get(f"/rejected/{name}")
    assert answer.status_code == status
    assert answer.json()["type"].startswith("urn:labinov:problem:")
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.json()["detail"]


def test_several_rejections_name_each_field(client: TestClient) -> None:
    answer = client.get("/rejected/several").json()
    assert answer["errors"] == [
        {"pointer": "#/a", "detail": "Something in the request is not valid."},
        {"pointer": "#/b", "detail": "The jar holds 1 marbles already."},
    ]


def test_an_unexpected_error_is_a_problem_with_an_id_to_quote(client: TestClient) -> None:
    answer = client.get("/broken", headers={"X-Request-ID": "abc-1"})
    assert (answer.status_code, answer.json()["correlation"]) == (500, "abc-1")


def test_an_unknown_path_and_method_are_problems(client: TestClient) -> None:
    assert client.get("/nothing").json()["status"] == 404
    assert client.delete("/things").json()["status"] == 405


def test_whoever_asks_for_html_gets_a_page(client: TestClient) -> None:
    answer = client.get("/rejected/not-found", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1" in answer.text


def test_a_request_id_that_is_no_token_is_not_taken_over(client: TestClient) -> None:
    for bad in ("a b", "x" * 65, "\x1b[31m"):
        assert client.get("/things", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad


def test_a_form_carries_its_key_and_version(client: TestClient) -> None:
    answer = client.post("/form", data={"_key": "k2", "_version": "4", "title": "a"})
    assert answer.json() == {"key": "somebody:k2", "version": 4}
    assert client.post("/form", data={"title": "a"}).status_code == 400
    assert client.post("/form", data={"_key": "k", "title": "a\x00"}).status_code == 422


def test_plain_json_is_read_as_it_is() -> None:
    value = {"a": [1, 2.5, True, None, "Ünï\n"], "b": {}}
    assert read_json(json.dumps(value).encode()) == value
