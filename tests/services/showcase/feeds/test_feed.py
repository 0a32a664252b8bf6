"""The merged feed of a region: order, places, who sees what, and what is answered to a place that is none."""

import json
import subprocess
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.showcase.feeds.visibility import PUBLIC, REGIONAL
from shared.auth import Role
from shared.envelope import leaf_of
from shared.merkle import leaf_hash
from shared.service import Service
from tests.npm import npm_packages
from tests.services.showcase.feeds.copies import STARTED, Copied, signed_in
from tests.services.showcase.logs import laboratory, opened, unit
from tests.support import counting

REGION, OTHER = "36.74", "33.27"


@pytest.fixture(scope="module")
def app(made: Service) -> FastAPI:
    return made.api()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def copied(made: Service) -> Copied:
    return Copied(made)


@pytest.fixture
def region_copied(copied: Copied) -> Copied:
    """A laboratory in both logs."""
    laboratory(copied.submission, copied.review, REGION, innovations=6)
    copied.copy()
    return copied


def pages(client: TestClient, url: str, sizes: int) -> list[list[dict[str, Any]]]:
    """Follow the links of a feed for some pages."""
    found = []
    for _ in range(sizes):
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        url = str(httpx.URL(f"http://testserver/feed/{REGION}").join(answer.links["next"]["url"]))
    return found


def joined(found: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Give the events of some pages."""
    return [each for page in found for each in page]


def places(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Give the log and the position of each event."""
    return [(each["source"].split("/")[1], int(each["sequence"])) for each in events]


class TestOrder:
    """Both logs as one, each in its own order."""

    def test_as_recorded_each_log_in_its_own_order_whatever_its_clock_said(
        self, client: TestClient, copied: Copied
    ) -> None:
        for minute, source in ((1, "s"), (3, "s"), (2, "s"), (2, "r"), (5, "r"), (4, "s"), (1, "r")):
            at = STARTED + timedelta(minutes=minute)
            if source == "s":
                copied.submission.record(REGION, f"unit/{minute}", unit(REGION, "u", "U"), at=at)
            else:
                copied.review.record(REGION, f"assessment/{minute}", opened("36.74-1", "36.74-2"), at=at)
        copied.copy()
        found = client.get(f"/feed/{REGION}").json()
        assert [place[0][0] + str(place[1]) for place in places(found)] == ["s1", "r1", "s2", "s3", "s4", "r2", "r3"]

    @pytest.mark.parametrize("limit", [1, 7, 500])
    def test_following_the_links_reads_everything_once_and_goes_on(
        self, client: TestClient, region_copied: Copied, limit: int
    ) -> None:
        events = [*region_copied.submission.events[REGION], *region_copied.review.events[REGION]]
        count = -(-len(events) // limit)
        found = pages(client, f"/feed/{REGION}?limit={limit}", count + 1)
        assert sorted(places(joined(found))) == sorted((each.source, each.position) for each in events)
        assert found[-1] == []
        for source in ("submission", "review"):
            own = [position for name, position in places(joined(found)) if name == source]
            assert own == list(range(1, len(own) + 1))

    def test_a_page_costs_two_queries(self, client: TestClient, region_copied: Copied) -> None:
        costs = []
        for query in ("limit=1", "limit=500", "types=unit.registered,innovation.proposed"):
            with counting(region_copied.engine) as statements:
                client.get(f"/feed/{REGION}?{query}")
            costs.append(statements())
        assert costs == [2, 2, 2]

    @pytest.mark.parametrize("limit", [1, 2, 500])
    def test_types_pass_over_what_is_not_asked_for_and_the_cursor_moves(
        self, client: TestClient, region_copied: Copied, limit: int
    ) -> None:
        types = "assessment.opened,id.labinov.innovation.proposed.v1"
        found = joined(pages(client, f"/feed/{REGION}?types={types}&limit={limit}", 12 // limit + 1))
        assert {each["type"] for each in found} == {
            "id.labinov.assessment.opened.v1",
            "id.labinov.innovation.proposed.v1",
        }
        assert len(found) == len(set(places(found))) == 12
        whole = client.get(f"/feed/{REGION}?types={types}")
        assert whole.headers["labinov-cursor"] == client.get(f"/feed/{REGION}").headers["labinov-cursor"]

    def test_from_now_on(self, client: TestClient, region_copied: Copied) -> None:
        now = client.get(f"/feed/{REGION}?after=now")
        region_copied.units(REGION, [1], minute=10**6)
        later = client.get(str(httpx.URL(f"/feed/{REGION}").join(now.links["next"]["url"])))
        assert (now.json(), len(later.json())) == ([], 1)


class TestWhoSeesWhat:
    """An event is always in its place; its payload is there for whoever may read it."""

    @pytest.mark.parametrize(
        ("roles", "regions", "types", "seen"),
        [
            ((), (), None, PUBLIC),
            ((Role.REVIEWER,), (REGION,), None, PUBLIC),
            ((Role.MACHINE,), (OTHER,), None, PUBLIC),
            ((Role.MACHINE,), (REGION,), None, PUBLIC | REGIONAL),
            ((Role.MACHINE,), (REGION,), {"assessment.opened"}, {"assessment.opened"}),
            ((Role.AUDITOR,), ("*",), None, PUBLIC | REGIONAL),
            ((Role.LAN,), (), None, PUBLIC | REGIONAL),
        ],
    )
    def test_by_role(
        self,
        app: FastAPI,
        region_copied: Copied,
        roles: tuple[Role, ...],
        regions: tuple[str, ...],
        types: set[str] | None,
        seen: set[str],
    ) -> None:
        found = signed_in(app, *roles, regions=regions, types=types).get(f"/feed/{REGION}").json()
        recorded = {
            (each.source, each.position): each
            for each in (*region_copied.submission.events[REGION], *region_copied.review.events[REGION])
        }
        for each, place in zip(found, places(found), strict=True):
            event = recorded.pop(place)
            assert each.get("data") == (event.data if event.type in seen else None), event.type
            assert leaf_hash(leaf_of(each)) == event.leaf_hash
        assert recorded == {}

    def test_nothing_regional_and_nothing_internal_is_in_what_a_stranger_gets(
        self, app: FastAPI, copied: Copied
    ) -> None:
        laboratory(copied.submission, copied.review, REGION)
        internal = json.loads(json.dumps(copied.submission.events[REGION][0].wire))
        internal |= {"type": "id.labinov.thing.confided.v1", "data": {"words": "CANARY"}, "sequence": f"{99:020d}"}
        copied.copy()
        with copied.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE copied_event SET type = 'thing.confided', wire = %s "
                "WHERE (source, position) = ('submission', 1)",
                (json.dumps(internal).encode(),),
            )
        clients = [
            TestClient(app),
            signed_in(app, Role.MACHINE, regions=(OTHER,)),
            signed_in(app, Role.COORDINATOR, regions=(REGION,)),
        ]
        bodies = [client.get(f"/feed/{REGION}").text for client in clients]
        assert [("CANARY" in body, "MASALAH" in body) for body in bodies] == [
            (False, False),
            (False, False),
            (False, True),
        ]
        assert "CANARY" in signed_in(app, Role.SERVICE).get(f"/feed/{REGION}").text


class TestPlaces:
    """What is a place, and what is answered to what is none."""

    def test_an_unchanged_page_is_not_sent_again(self, client: TestClient, region_copied: Copied) -> None:
        first = client.get(f"/feed/{REGION}")
        again = client.get(f"/feed/{REGION}", headers={"If-None-Match": first.headers["etag"]})
        region_copied.units(REGION, [1], minute=10**6)
        changed = client.get(f"/feed/{REGION}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (changed.status_code, len(changed.json())) == (200, len(first.json()) + 1)

    def test_a_bad_question_is_a_problem(self, client: TestClient, region_copied: Copied) -> None:
        cursor = client.get(f"/feed/{REGION}").headers["labinov-cursor"]
        statuses = {
            f"{REGION}?limit=0": 422,
            f"{REGION}?limit=-1": 422,
            f"{REGION}?limit=501": 422,
            f"{REGION}?types=Everything": 422,
            f"{REGION}?after=1": 400,
            f"{REGION}?after={cursor[:-1]}": 400,
            f"{REGION}?after=A{cursor}": 400,
            f"{OTHER}?after={cursor}": 400,
            "99.99": 404,
            "nowhere": 404,
        }
        found = {path: client.get(f"/feed/{path}") for path in statuses}
        assert {path: answer.status_code for path, answer in found.items()} == statuses
        assert {answer.headers["content-type"] for answer in found.values()} == {"application/problem+json"}

    def test_a_place_in_a_log_that_was_put_back_is_gone_and_what_is_still_true_is_kept(
        self, client: TestClient, copied: Copied
    ) -> None:
        copied.units(REGION, range(1, 9))
        early = client.get(f"/feed/{REGION}?limit=3").headers["labinov-cursor"]
        late = client.get(f"/feed/{REGION}").headers["labinov-cursor"]
        with copied.engine.begin() as connection:
            # Put back to five events, and three others were recorded since.
            connection.exec_driver_sql("UPDATE copied_event SET epoch = 2 WHERE position > 5")
            connection.exec_driver_sql("UPDATE checkpoint SET epoch = 2")
        found = []
        for cursor in (early, late):
            gone = client.get(f"/feed/{REGION}?after={cursor}")
            assert (gone.status_code, gone.json()["type"]) == (410, "urn:labinov:problem:outdated-cursor")
            assert gone.links["next"]["url"] == f"?after={gone.json()['resume']}"
            resumed = client.get(f"/feed/{REGION}?after={gone.json()['resume']}")
            found.append([position for _, position in places(resumed.json())])
        assert found == [[4, 5, 6, 7, 8], [6, 7, 8]]

    def test_a_place_that_the_copy_has_not_reached_again_is_kept(self, client: TestClient, copied: Copied) -> None:
        copied.units(REGION, range(1, 5))
        cursor = client.get(f"/feed/{REGION}").headers["labinov-cursor"]
        with copied.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM copied_event; DELETE FROM checkpoint")
        meanwhile = client.get(f"/feed/{REGION}?after={cursor}")
        copied.units(REGION, [5])
        after = client.get(f"/feed/{REGION}?after={meanwhile.headers['labinov-cursor']}")
        assert (meanwhile.json(), [position for _, position in places(after.json())]) == ([], [5])


SCHEMA = """
const { HTTP } = require("cloudevents");
const valid = require(require("path").join(require.resolve("cloudevents"), "../schema/v1.js"));
const body = require("fs").readFileSync(0, "utf8");
const events = HTTP.toEvent({ headers: { "content-type": "application/cloudevents-batch+json" }, body });
const raw = JSON.parse(body);
const broken = { ...raw[0], specversion: "2", source: "" };
console.log(JSON.stringify([
  events.map((event) => event.validate() && [event.source, event.sequence, event.data !== undefined]),
  raw.filter((event) => !valid(event)).map((event) => event.id),
  valid(broken),
]));
"""


def test_the_specification_s_own_schema_accepts_every_event(client: TestClient, region_copied: Copied) -> None:
    folder = npm_packages("cloudevents@10.0.0")
    answer = client.get(f"/feed/{REGION}")
    done = subprocess.run(["node", "-e", SCHEMA], cwd=folder, input=answer.content, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    parsed, refused, broken = json.loads(done.stdout)
    assert parsed == [[each["source"], each["sequence"], "data" in each] for each in answer.json()]
    assert (refused, broken) == ([], False)


def test_a_reader_not_written_here_parses_every_event(client: TestClient, region_copied: Copied) -> None:
    found = client.get(f"/feed/{REGION}").json()
    for each in found:
        message = HTTPMessage({"content-type": "application/cloudevents+json"}, json.dumps(each).encode())
        event = from_http_event(message, JSONFormat())
        assert (event.get_id(), event.get_source(), event.get_type()) == (each["id"], each["source"], each["type"])
        assert (event.get_data(), event.get_subject()) == (each.get("data"), each["subject"])
    assert len(found) == len(region_copied.submission.events[REGION]) + len(region_copied.review.events[REGION])
