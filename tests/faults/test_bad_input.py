"""Bad input by hand, at the real routes of each service: refused with the field named, and never with what was sent."""

import json
import socket
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.faults.sites import Site, problem
from tests.services.review.desk import CHAIR, OTHER_CHAIR
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, DISPLAY

DAY = "2020-03-02"
SECRET = "NILAI-RAHASIA"
UNIT = {"region": "36.74", "code": "dinkes", "name": "Dinas Kesehatan", "short_name": "Dinkes", "kind": "opd"}
PROGRAMME = {
    "region": "36.74",
    "edition": "2021",
    "title": "Laboratorium",
    "coordinator_office": "Bappeda",
    "requested_on": DAY,
}
INNOVATION = {
    "programme_id": "36.74-2020",
    "unit_id": "36.74-disdukcapil",
    "title": "Akta Kilat",
    "sector": "civil-registration",
    "initiator": "unit",
    "channel": "lab-session",
    "proposed_on": DAY,
}
MARK = {"criterion_id": "benefit", "score": "80", "comment": "Jelas."}
CRITERION = {
    "criterion_id": "benefit",
    "name": "Manfaat",
    "weight": "1",
    "scale": "points",
    "minimum": "0",
    "maximum": "100",
}
RUBRIC = {
    "rubric_id": "00-baru",
    "version": 1,
    "title": "Rubrik",
    "purpose": "Uji",
    "source": "Uji",
    "criteria": [CRITERION],
}


@dataclass(frozen=True)
class Route:
    """A route that takes a body, a body that it could take, and the paths of a text, a number and a date in it."""

    service: str
    method: str
    path: str
    body: dict[str, Any]
    text: str
    number: str | None = None
    date: str | None = None

    def sent(self, field: str, raw: bytes) -> bytes:
        """Give the body with these bytes where a field's value is."""
        body = json.loads(json.dumps(self.body))
        *way, last = field.split("/")
        holder = body
        for step in way:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[int(last) if isinstance(holder, list) else last] = "PLACE"
        return json.dumps(body).encode().replace(b'"PLACE"', raw)


ROUTES = [
    Route("submission", "POST", "/units", UNIT, "name"),
    Route("submission", "PATCH", "/units/{unit_id}", {"name": "Dinas", "aliases": ["Dukcapil"]}, "aliases/0"),
    Route("submission", "POST", "/programmes", PROGRAMME, "title", date="requested_on"),
    Route(
        "submission",
        "POST",
        "/programmes/{programme_id}/targets",
        {"measure": "innovations", "value": 5, "due_on": DAY, "note": ""},
        "note",
        number="value",
        date="due_on",
    ),
    Route("submission", "POST", "/innovations", INNOVATION, "title", date="proposed_on"),
    Route(
        "submission", "POST", "/innovations/{innovation_id}/withdraw", {"reason": "a", "on": DAY}, "reason", date="on"
    ),
    Route("submission", "PUT", "/innovations/{innovation_id}/diagnosis", DIAGNOSIS, "problem"),
    Route(
        "submission",
        "PUT",
        "/innovations/{waiting}/design",
        DESIGN,
        "milestones/0/title",
        number="sdgs/0",
        date="indicators/1/due_on",
    ),
    Route("submission", "PUT", "/innovations/{innovation_id}/display", DISPLAY, "public_summary"),
    Route("review", "POST", "/rubrics", RUBRIC, "criteria/0/name", number="version"),
    Route("review", "PUT", "/reviewers/{person}", {"home_region": "33.27", "expertise": ["health"]}, "expertise/0"),
    Route(
        "review",
        "POST",
        "/assessments/{assessment_id}/assignments",
        {"reviewers": [], "due_on": DAY},
        "reviewers",
        date="due_on",
    ),
    Route(
        "review",
        "POST",
        "/assessments/{assessment_id}/declaration",
        {"conflict": True, "kind": "other", "reason": "a"},
        "reason",
    ),
    Route(
        "review", "POST", "/assessments/{assessment_id}/scorecard", {"marks": [MARK], "summary": ""}, "marks/0/comment"
    ),
    Route("review", "POST", "/assessments/{assessment_id}/releases", {"slot": "A", "reason": "a"}, "reason"),
    Route(
        "review",
        "POST",
        "/assessments/{assessment_id}/conclusion",
        {"outcome": "advance", "rationale": "a", "concluded_on": DAY},
        "rationale",
        date="concluded_on",
    ),
]
NUMBERS = [route for route in ROUTES if route.number]
DATES = [route for route in ROUTES if route.date]


def name_of(value: Any) -> str:
    """Give the name of a case."""
    return f"{value.service} {value.method} {value.path}" if isinstance(value, Route) else repr(value)[:40]


def refused(site: Site, route: Route, body: bytes, status: int, **headers: str) -> list[str]:
    """Hold that a body is refused with this status; give the fields that the answer names."""
    answer = site.json(route.method, route.path, body, **headers)
    assert answer.status_code == status, answer.text
    return [each["pointer"] for each in problem(answer, planted=SECRET)["errors"]]


every_route = pytest.mark.parametrize("route", ROUTES, ids=name_of)


@every_route
@pytest.mark.parametrize(
    "raw",
    [
        rb'"NILAI-RAHASIA\u0000"',
        rb'"NILAI-RAHASIA\ud800"',
        rb'"NILAI-RAHASIA\udc00\ud800"',
        rb'"NILAI-RAHASIA\u001b[31m"',
        rb'"NILAI-RAHASIA\u007f"',
        rb'"NILAI-RAHASIA\u0085"',
        rb'"NILAI-RAHASIA\u202e"',
        rb'"NILAI-RAHASIA\u2066"',
    ],
    ids=name_of,
)
def test_characters_that_no_text_may_hold(sites: dict[str, Site], route: Route, raw: bytes) -> None:
    assert refused(sites[route.service], route, route.sent(route.text, raw), 422) == [f"#/{route.text}"]


@every_route
@pytest.mark.parametrize(
    "raw",
    [
        b"NaN",
        b"-Infinity",
        b"1e999",
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b'"a\x00b"',
        b"9" * 5000,
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":1,"a":2}',
        b"'a'",
        b"1,",
    ],
    ids=name_of,
)
def test_what_is_not_json_without_doubt(sites: dict[str, Site], route: Route, raw: bytes) -> None:
    assert refused(sites[route.service], route, route.sent(route.text, raw), 400) == []


@every_route
def test_bodies_of_another_shape(sites: dict[str, Site], route: Route) -> None:
    site, good = sites[route.service], json.dumps(route.body).encode()
    assert refused(site, route, b"", 400) == []
    assert refused(site, route, good[:-1] + b',"' + next(iter(route.body)).encode() + b'":1}', 400) == []
    for name in ("status", "id", "actor"):
        assert refused(site, route, json.dumps(route.body | {name: SECRET}).encode(), 422)[-1] == f"#/{name}"
    for whole in (b"[]", b'"NILAI-RAHASIA"', b"5", b"null", b"true"):
        assert refused(site, route, whole, 422) == ["#/"]
    for wrong in (b"{}", b"5", b"9007199254740992", b"true", b'[{"NILAI-RAHASIA":[]}]'):
        assert refused(site, route, route.sent(route.text, wrong), 422) != []


@every_route
def test_bodies_too_large_or_of_another_kind(sites: dict[str, Site], route: Route) -> None:
    site, good = sites[route.service], json.dumps(route.body).encode()
    refused(site, route, b" " * 1_048_577, 413)
    assert refused(site, route, route.sent(route.text, b'"' + b"A" * 900_000 + b'"'), 422)[0].startswith("#/")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonx", ""):
        refused(site, route, good, 415, Content_Type=kind)
    refused(site, route, b"\x1f\x8b\x08", 415, Content_Encoding="gzip")


@every_route
def test_headers_of_a_command(sites: dict[str, Site], route: Route) -> None:
    site, good = sites[route.service], json.dumps(route.body).encode()
    for key in ("", "dua kata", "x" * 129):
        assert refused(site, route, good, 400, Idempotency_Key=key) == ["#/Idempotency-Key"]
    if route.path != "/rubrics":
        for seen in ("7", "NILAI-RAHASIA", '"-1"', '"9999999999"', '"1", "2"'):
            assert refused(site, route, good, 422, If_Match=seen) == ["#/If-Match"]


@pytest.mark.parametrize("route", NUMBERS, ids=name_of)
@pytest.mark.parametrize(
    "raw",
    [b"9007199254740992", b"-9007199254740992", b"9007199254740991", b"2147483648", b"-1", b"1.5", b'"NILAI-RAHASIA"'],
    ids=name_of,
)
def test_numbers_beyond_their_bounds(sites: dict[str, Site], route: Route, raw: bytes) -> None:
    assert route.number is not None
    refused(sites[route.service], route, route.sent(route.number, raw), 422)


@pytest.mark.parametrize("route", DATES, ids=name_of)
@pytest.mark.parametrize(
    "raw",
    [
        b'"2021-02-31"',
        b'"2021-13-01"',
        b'"99999-01-01"',
        b'"0000-01-01"',
        b'"1583107200"',
        b'"20200302"',
        b'"2020-W10-1"',
        b'"2020-03-02T00:00:00"',
        b'"2020-03-02T00:00:00+07:00"',
        b'"NILAI-RAHASIA"',
        b'""',
        b"0",
        b"1583107200",
        b"true",
        b"[]",
    ],
    ids=name_of,
)
def test_dates_that_are_none(sites: dict[str, Site], route: Route, raw: bytes) -> None:
    assert route.date is not None
    assert refused(sites[route.service], route, route.sent(route.date, raw), 422) == [f"#/{route.date}"]


@pytest.mark.parametrize("route", [each for each in DATES if each.service == "submission"], ids=name_of)
@pytest.mark.parametrize("raw", [b'"0001-01-01"', b'"1989-12-31"', b'"9999-12-31"'], ids=name_of)
def test_dates_that_are_not_of_our_time(sites: dict[str, Site], route: Route, raw: bytes) -> None:
    assert route.date is not None
    assert refused(sites[route.service], route, route.sent(route.date, raw), 422) == [f"#/{route.date}"]


@pytest.mark.parametrize("asked", ["2021-02-31", "0", "1583107200", "2020-03-02T00:00:00", SECRET, "99999-01-01", ""])
def test_a_day_in_a_query(sites: dict[str, Site], asked: str) -> None:
    answer = sites["showcase"].send("GET", "/api/regions/36.74", params={"as_of": asked})
    assert (answer.status_code, problem(answer, planted=SECRET)["errors"][0]["pointer"]) == (422, "#/as_of")


@pytest.mark.parametrize(
    "raw",
    [b'"NaN"', b'"Infinity"', b'"1e400"', b'"1E+999999"', b'"1e-400"', b'"' + b"9" * 400 + b'"', b'"0x10"', b"1e308"],
)
@pytest.mark.parametrize(
    ("name", "method", "path", "field"),
    [
        ("submission", "PUT", "/innovations/{waiting}/design", "indicators/0/baseline"),
        ("submission", "PUT", "/innovations/{waiting}/design", "indicators/1/target"),
        ("submission", "POST", "/innovations/{waiting}/measurements", "value"),
        ("review", "POST", "/assessments/{assessment_id}/scorecard", "marks/0/score"),
        ("review", "POST", "/rubrics", "criteria/0/weight"),
        ("review", "POST", "/rubrics", "criteria/0/maximum"),
    ],
)
def test_numbers_that_no_column_holds(
    sites: dict[str, Site], name: str, method: str, path: str, field: str, raw: bytes
) -> None:
    measurement = {"indicator_id": "i2", "value": 1, "measured_on": DAY, "source": "Loket"}
    bodies = [each.body for each in ROUTES if (each.method, each.path) == (method, path)] or [measurement]
    route = Route(name, method, path, bodies[0], field)
    refused(sites[name], route, route.sent(field, raw), 422)


LISTS = [("submission", "/innovations", 500), ("review", "/assessments", 500), ("showcase", "/api/innovations", 500)]


@pytest.mark.parametrize(
    ("name", "path", "most"), [*LISTS, ("submission", "/events/36.74", 1000), ("review", "/events/36.74", 1000)]
)
@pytest.mark.parametrize("limit", ["0", "-1", "{over}", "9" * 30, "9" * 5000, "NILAI-RAHASIA", "1.5", "", "%00", "1e3"])
def test_limits_out_of_bounds(sites: dict[str, Site], name: str, path: str, most: int, limit: str) -> None:
    answer = sites[name].send("GET", f"{path}?limit={limit.format(over=most + 1)}")
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in problem(answer, planted=SECRET)["errors"]] == ["#/limit"]


@pytest.mark.parametrize(("name", "path", "most"), LISTS)
def test_cursors_that_were_not_given_out(sites: dict[str, Site], name: str, path: str, most: int) -> None:
    site = sites[name]
    made = [
        "NILAI-RAHASIA",
        "====",
        "bnVsbA==",
        "WzEsMl0=",
        "W1tbW1tb",
        "MzYuNzQtMDE5OWY=",
        "%F0%9F%98%80",
        "..",
        ".",
        "W10.W10",
        "A" * 300,
    ]
    for cursor in made:
        answer = site.send("GET", f"{path}?cursor={cursor}")
        assert answer.status_code in (400, 422), (cursor, answer.text)
        problem(answer, planted=SECRET)


def test_a_cursor_of_ours_altered_or_taken_elsewhere(sites: dict[str, Site]) -> None:
    given = {}
    for name, path in (("submission", "/innovations"), ("showcase", "/api/innovations")):
        given[name] = str(sites[name].send("GET", f"{path}?limit=1").json()["next"])
        assert sites[name].send("GET", path, params={"limit": 1, "cursor": given[name]}).status_code == 200
        for place in range(0, len(given[name]), 7):
            letter = "A" if given[name][place] != "A" else "B"
            altered = given[name][:place] + letter + given[name][place + 1 :]
            assert sites[name].send("GET", path, params={"limit": 1, "cursor": altered}).status_code == 400, place
    for name, path in (("submission", "/innovations"), ("showcase", "/api/innovations"), ("review", "/assessments")):
        for other in set(given) - {name}:
            answer = sites[name].send("GET", path, params={"cursor": given[other]})
            assert (answer.status_code, problem(answer)["status"]) == (400, 400)


PLACES = [
    ("submission", "/innovations/36.74-"),
    ("submission", "/programmes/36.74-"),
    ("submission", "/units/36.74-"),
    ("submission", "/innovations/36.74-a/checklist?x="),
    ("review", "/assessments/36.74-"),
    ("review", "/rubrics/00-"),
    ("review", "/assessments/36.74-a/dossier?x="),
    ("showcase", "/api/innovations/36.74-"),
    ("showcase", "/api/regions/36"),
    ("showcase", "/api/innovations?q="),
    ("submission", "/innovations?q="),
    ("submission", "/innovations/similar?region=36.74&title=abc"),
    ("submission", "/innovations?unit="),
]


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize("sent", ["%00", "%0a%0d%00", "%1b[31m", "%7f", "%E2%80%AE", "%C2%85", "%E2%81%A6"])
def test_control_characters_in_an_address(sites: dict[str, Site], name: str, path: str, sent: str) -> None:
    answer = sites[name].send("GET", f"{path}{SECRET}{sent}")
    assert answer.status_code == 422, answer.text
    problem(answer, planted=SECRET)


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize(
    "sent", ["%FF%FE", "%ED%A0%80", "'%20OR%201=1--", "%25s%25(x)s", "{0}", "%5C%27%22:*%26|!()", "x" * 5000]
)
def test_odd_characters_in_an_address(sites: dict[str, Site], name: str, path: str, sent: str) -> None:
    answer = sites[name].send("GET", f"{path}{SECRET}{sent}")
    assert answer.status_code in (200, 404, 422), answer.text
    if answer.status_code != 200:
        problem(answer, planted=SECRET)


@pytest.mark.parametrize(
    ("name", "method", "path", "known"),
    [
        ("submission", "GET", "/innovations/{}", "innovation_id"),
        ("submission", "GET", "/innovations/{}/checklist", "innovation_id"),
        ("submission", "PUT", "/innovations/{}/diagnosis", "innovation_id"),
        ("submission", "GET", "/programmes/{}", "programme_id"),
        ("submission", "POST", "/programmes/{}/resume", "programme_id"),
        ("submission", "GET", "/units/{}", "unit_id"),
        ("review", "GET", "/assessments/{}", "assessment_id"),
        ("review", "GET", "/assessments/{}/dossier", "assessment_id"),
        ("review", "POST", "/assessments/{}/assignments", "assessment_id"),
    ],
)
def test_what_is_another_regions_is_as_if_it_were_not(
    sites: dict[str, Site], name: str, method: str, path: str, known: str
) -> None:
    site = sites[name]
    bodies = {"diagnosis": DIAGNOSIS, "resume": {"resumed_on": DAY}, "assignments": {"reviewers": []}}
    body = bodies.get(path.rpartition("/")[2])

    def answered(ident: str) -> tuple[int, dict[str, Any], set[str]]:
        options: dict[str, Any] = {} if body is None else {"json": body}
        answer = site.send(method, path.format(ident), actor=OTHER_CHAIR, **options)
        said = problem(answer)
        del said["correlation"]
        return answer.status_code, said, set(answer.headers)

    there = answered(site.known[known])
    assert there[0] == 404
    assert there == answered("36.74-tidakada") == answered("33.27-tidakada") == answered("99.99-x")
    if method == "GET":
        assert site.send(method, path.format(site.known[known]), actor=CHAIR).status_code == 200


def test_a_key_with_another_body_and_a_version_that_is_old(sites: dict[str, Site]) -> None:
    for name, method, path, body in (
        ("submission", "PUT", "/innovations/{innovation_id}/diagnosis", DIAGNOSIS | {"problem": "Antre."}),
        ("review", "PUT", "/reviewers/{person}", {"home_region": "33.27", "expertise": ["other"]}),
    ):
        site, changed = sites[name], body | {next(iter(body)): "33.26"}
        first = site.send(method, path, json=body, headers={"Idempotency-Key": "satu"})
        again = site.send(method, path, json=body, headers={"Idempotency-Key": "satu"})
        assert (first.status_code, first.json()) == (200, again.json())
        other = site.send(method, path, json=changed, headers={"Idempotency-Key": "satu"})
        assert other.status_code == 422
        assert problem(other)["errors"][0]["pointer"] == "#/Idempotency-Key"
        for version in (first.json()["version"] - 1, first.json()["version"] + 1):
            stale = site.send(method, path, json=changed, headers={"If-Match": f'"{version}"'})
            assert stale.status_code == 412, (name, version)
            problem(stale)


def test_methods_and_places_that_are_not_there(sites: dict[str, Site]) -> None:
    for site in sites.values():
        for path in (
            f"/{SECRET}",
            "/..%2f..%2fetc/passwd",
            "/static/..%2f..%2fsettings.py",
            "/static/%00",
            "/contracts/%00",
        ):
            answer = site.send("GET", path)
            assert answer.status_code in (404, 422), (site.name, path)
            problem(answer, planted=SECRET)
        for method in ("DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = site.send(method, "/openapi.json")
            assert (answer.status_code, problem(answer)["status"]) == (405, 405)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "conflict"),
        ({"conflict": 1}, "conflict"),
        ({"conflict": "true"}, "conflict"),
        ({"conflict": True}, "kind"),
        ({"conflict": True, "kind": SECRET}, "kind"),
        ({"conflict": False, "kind": "family"}, "kind"),
        ({"conflict": False, "reason": "a"}, "reason"),
    ],
)
def test_a_declaration_that_says_nothing_clear(sites: dict[str, Site], body: dict[str, Any], named: str) -> None:
    answer = sites["review"].send("POST", "/assessments/{assessment_id}/declaration", json=body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in problem(answer, planted=SECRET)["errors"]] == [f"#/{named}"]


@pytest.mark.parametrize("sent", [b"a\x1b[31mb", b"a b", b"x" * 65, b"<b>", b"\xff", b"a%0d%0aSet-Cookie:x"])
def test_a_request_id_that_is_no_token(sites: dict[str, Site], sent: bytes) -> None:
    for site in sites.values():
        lines = answer_to(site, b"GET /livez HTTP/1.1", b"X-Request-ID: " + sent)
        assert sent not in b"\n".join(lines)
        # What is no HTTP at all is refused before any service sees it.
        assert lines[0] in (b"HTTP/1.1 200 OK", b"HTTP/1.1 400 Bad Request")


def test_a_request_id_with_a_line_end_adds_no_header(sites: dict[str, Site]) -> None:
    for site in sites.values():
        for end in (b"\r", b"\n", b"\r\n "):
            lines = answer_to(site, b"GET /livez HTTP/1.1", b"X-Request-ID: a" + end + b"Set-Cookie: b=c")
            assert [line for line in lines if b"b=c" in line] == []


def answer_to(site: Site, *lines: bytes) -> list[bytes]:
    """Give the lines of the answer to a request of these bytes."""
    where = httpx.URL(site.url)
    with socket.create_connection((where.host, where.port or 80), timeout=10) as connection:
        connection.sendall(b"\r\n".join([*lines, b"Host: x", b"Connection: close", b"", b""]))
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.split(b"\r\n")


FORMS = [
    ("submission", "/desk/units", {"region": "36.74", "code": "dlh", "name": "a", "short_name": "a", "kind": "opd"}),
    ("submission", "/desk/innovations/{innovation_id}/diagnosis", DIAGNOSIS),
    ("submission", "/desk/innovations/{waiting}/design", {"design": "a", "form": "public-service"}),
    ("review", "/desk/assessments/{assessment_id}/scorecard", {"summary": "a"}),
    ("review", "/desk/assessments/{assessment_id}/releases", {"slot": "A", "reason": "a"}),
    ("review", "/desk/assessments/{assessment_id}/declaration", {"conflict": "other", "reason": "a"}),
]


@pytest.mark.parametrize(("name", "path", "fields"), FORMS)
def test_forms_of_pages(sites: dict[str, Site], name: str, path: str, fields: dict[str, str]) -> None:
    last = list(fields)[-1]
    sent: list[tuple[int, dict[str, Any]]] = [
        (400, {"data": fields}),
        (400, {"data": fields | {"_key": "dua kata"}}),
        (422, {"data": fields | {"_key": "k", last: SECRET + "\x00"}}),
        (422, {"data": fields | {"_key": "k", last: SECRET + "\u202e"}}),
        (413, {"data": fields | {"_key": "k", last: "a" * 1_048_577}}),
        (400, {"data": {f"f{number}": "" for number in range(2001)}}),
        (400, {"files": {"file": ("../x", b"x")}}),
    ]
    statuses = []
    for _, options in sent:
        answer = sites[name].send("POST", path, headers={"Accept": "text/html"}, **options)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        statuses.append(answer.status_code)
    assert statuses == [status for status, _ in sent]


@pytest.mark.parametrize(
    "query", ["cursor=x", "year=x", "year=20200", "stage=x", "region=x", "q=%00", "q=" + "x" * 201]
)
def test_queries_of_the_gallery(sites: dict[str, Site], query: str) -> None:
    answer = sites["showcase"].send("GET", f"/innovations?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == (400 if query.startswith("cursor") else 422)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("asked", ["2021-02-31", "x", "99999-01-01", "0", "%00"])
def test_the_day_of_a_regions_page(sites: dict[str, Site], asked: str) -> None:
    answer = sites["showcase"].send("GET", f"/regions/36.74?as_of={asked}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("submission", "/desk/innovations?cursor=x"),
        ("submission", "/desk/innovations/36.74-x"),
        ("submission", "/desk/innovations/%00"),
        ("submission", "/desk/programmes/36.74-x/schedule?stage=x"),
        ("submission", "/desk/units/x"),
        ("review", "/desk/assessments?cursor=x"),
        ("review", "/desk/assessments?q=region:x"),
        ("review", "/desk/rubrics/00-results-review?version=99999999999999999999"),
        ("review", "/desk/assessments/x/sheet"),
        ("showcase", "/innovations/x"),
        ("showcase", "/innovations/36.74-" + "x" * 3000),
        ("showcase", "/regions/x"),
    ],
)
def test_addresses_of_pages_that_lead_nowhere(sites: dict[str, Site], name: str, path: str) -> None:
    answer = sites[name].send("GET", path, headers={"Accept": "text/html"})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
