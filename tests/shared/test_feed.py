"""The feed over HTTP: what each reader sees, paging, long polls, and that another service can read it as a source."""

import gc
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.auth import Actor, Identity, Role
from shared.consumer import Consumer
from shared.envelope import Clearance, leaf_of
from shared.feed import router
from shared.incoming import parse
from shared.merkle import leaf_hash
from shared.problems import install
from shared.sources import HttpSource, LocalSource, SourceUnavailable
from shared.web.pages import Pages
from tests.shared.ledger import (
    CATALOGUE,
    Ledger,
    ThingBegun,
    ThingCounted,
    ThingRevealed,
    ThingWhispered,
    new_region,
)
from tests.support import Database, Servers, counting, make_settings, session_of


@pytest.fixture(scope="module")
def app(ledger: Ledger, servers: Servers, kernel_database: Database) -> FastAPI:
    made = FastAPI()
    Identity(make_settings(servers, kernel_database, "ledger"), "ledger").install(made)
    install(made, Pages("ledger", Path(__file__).parent))
    made.include_router(router(ledger.log))
    return made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def signed_in(
    app: FastAPI, *roles: Role, regions: tuple[str, ...] = (), types: frozenset[str] | None = None
) -> TestClient:
    """Give a client whose session cookie says these roles."""
    actor = Actor(person="someone", roles=frozenset(roles), regions=frozenset(regions), event_types=types)
    return TestClient(app, headers={"Cookie": "=".join(session_of(app.state.identity.sessions, actor))})


def whispering(ledger: Ledger, region: str, *, opened: bool) -> None:
    ident = f"{region}-a"
    ledger.record(
        region,
        ident,
        [
            ThingBegun(thing_id=ident, name="a"),
            ThingCounted(thing_id=ident, value=1),
            ThingWhispered(thing_id=ident, words="hush"),
            *([ThingRevealed(thing_id=ident)] if opened else []),
        ],
    )


class TestWhoSeesWhat:
    """An event is always in its place; its payload is there for whoever may read it."""

    @pytest.mark.parametrize(
        ("roles", "where", "opened", "seen"),
        [
            ((), "there", "opened", [True, False, False, True]),
            ((Role.REVIEWER,), "there", "opened", [True, False, False, True]),
            ((Role.MACHINE,), "elsewhere", "opened", [True, False, False, True]),
            ((Role.MACHINE,), "there", "opened", [True, True, True, True]),
            ((Role.MACHINE,), "there", "sealed", [True, True, False]),
            ((Role.COORDINATOR,), "there", "sealed", [True, True, False]),
            ((Role.AUDITOR,), "there", "sealed", [True, True, False]),
            ((Role.AUDITOR,), "there", "opened", [True, True, True, True]),
            ((Role.SERVICE,), "elsewhere", "opened", [True, True, False, True]),
            ((Role.LAN,), "elsewhere", "sealed", [True, True, False]),
        ],
    )
    def test_by_role(
        self, app: FastAPI, ledger: Ledger, roles: tuple[Role, ...], where: str, opened: str, seen: list[bool]
    ) -> None:
        region, other = new_region(), new_region()
        whispering(ledger, region, opened=opened == "opened")
        client = signed_in(app, *roles, regions=(region if where == "there" else other,)) if roles else TestClient(app)
        found = client.get(f"/events/{region}").json()
        assert ["data" in each for each in found] == seen
        assert [int(each["sequence"]) for each in found] == list(range(1, len(seen) + 1))
        recorded = ledger.log.read(region)
        assert [leaf_hash(leaf_of(each)) for each in found] == [each.leaf_hash for each in recorded]
        if not seen[2]:
            assert "hush" not in json.dumps(found)

    def test_of_kinds_that_a_token_is_not_for_it_gets_the_envelopes(self, app: FastAPI, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=True)
        narrowed = signed_in(app, Role.MACHINE, regions=(region,), types=frozenset({"thing.counted"}))
        found = narrowed.get(f"/events/{region}").json()
        assert [(each["sequence"][-1], "data" in each) for each in found] == [
            ("1", False),
            ("2", True),
            ("3", False),
            ("4", False),
        ]
        lines = narrowed.get(f"/events/{region}.ndjson").text.splitlines()
        assert [json.loads(each) for each in lines] == found


class TestPages:
    """Paging, caching and the headers."""

    def test_a_page_is_what_render_gives(self, client: TestClient, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=True)
        answer = client.get(f"/events/{region}")
        recorded = ledger.log.read(region)
        wires = [CATALOGUE.render(each, Clearance.PUBLIC, opened=True) for each in recorded]
        assert answer.content == b"[" + b",".join(wires) + b"]"
        told = {name: answer.headers[name] for name in ("content-type", "labinov-epoch", "labinov-head")}
        assert told == {
            "content-type": "application/cloudevents-batch+json",
            "labinov-epoch": "1",
            "labinov-head": "4",
        }
        assert (answer.headers["cache-control"], "link" in answer.headers) == ("private, no-cache", False)

    def test_following_the_links_reads_everything_once(self, client: TestClient, ledger: Ledger) -> None:
        region = new_region()
        ident = f"{region}-a"
        counted = [ThingCounted(thing_id=ident, value=each) for each in range(6)]
        ledger.record(region, ident, [ThingBegun(thing_id=ident, name="a"), *counted])
        url, positions, sizes = httpx.URL(f"http://testserver/events/{region}?limit=3"), [], []
        while True:
            answer = client.get(str(url))
            positions += [int(each["sequence"]) for each in answer.json()]
            sizes.append(len(answer.json()))
            if "next" not in answer.links:
                break
            url = url.join(answer.links["next"]["url"])
        assert (positions, sizes) == ([1, 2, 3, 4, 5, 6, 7], [3, 3, 1])

    def test_only_the_types_asked_for_and_the_place_of_what_was_passed_over(
        self, client: TestClient, ledger: Ledger
    ) -> None:
        region = new_region()
        whispering(ledger, region, opened=True)
        types = "id.labinov.thing.counted.v1, thing.revealed"
        whole = client.get(f"/events/{region}", params={"types": types})
        first = client.get(f"/events/{region}", params={"types": types, "limit": 1})
        assert [int(each["sequence"]) for each in whole.json()] == [2, 4]
        assert (first.json(), first.headers["labinov-after"], whole.headers["labinov-after"]) == ([], "1", "4")
        assert first.headers["link"] == '<?after=1&limit=1&types=thing.counted,thing.revealed>; rel="next"'

    def test_a_whole_log_by_lines_is_what_its_pages_are(
        self, client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        region = new_region()
        ident = f"{region}-a"
        counted = [ThingCounted(thing_id=ident, value=each) for each in range(6)]
        ledger.record(region, ident, [ThingBegun(thing_id=ident, name="a"), *counted])
        monkeypatch.setattr("shared.feed.PAGE", 3)
        with counting(ledger.engine) as statements:
            answer = client.get(f"/events/{region}.ndjson", params={"after": 1})
        pages = [json.dumps(each) for each in client.get(f"/events/{region}?after=1").json()]
        assert [json.dumps(json.loads(line)) for line in answer.text.splitlines()] == pages
        assert (answer.headers["content-type"], answer.headers["labinov-head"]) == ("application/x-ndjson", "7")
        assert statements() == 1 + 2 * 2
        only = client.get(f"/events/{region}.ndjson", params={"types": "thing.begun"})
        assert [json.loads(line)["subject"] for line in only.text.splitlines()] == [f"thing/{ident}"]

    def test_an_unchanged_page_is_not_sent_again(self, client: TestClient, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=False)
        first = client.get(f"/events/{region}")
        again = client.get(f"/events/{region}", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        ledger.record(region, f"{region}-b", [ThingBegun(thing_id=f"{region}-b", name="b")])
        changed = client.get(f"/events/{region}", headers={"If-None-Match": first.headers["etag"]})
        assert (changed.status_code, len(changed.json())) == (200, 4)

    def test_an_empty_log_is_an_empty_page(self, client: TestClient) -> None:
        answer = client.get(f"/events/{new_region()}")
        assert (answer.json(), answer.headers["labinov-head"]) == ([], "0")

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/events/11.01?limit=0", 422),
            ("/events/11.01?limit=501", 422),
            ("/events/11.01?limit=-1", 422),
            ("/events/11.01?after=-1", 422),
            ("/events/11.01?after=99999999999999999999", 422),
            ("/events/11.01?after=x", 422),
            ("/events/11.01?types=Thing", 422),
            ("/events/11.01.ndjson?types=thing.begun;x", 422),
            ("/events/nowhere.ndjson", 404),
            ("/events/nowhere", 404),
            ("/events/11.1", 404),
        ],
    )
    def test_a_bad_question_is_a_problem(self, client: TestClient, path: str, status: int) -> None:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")

    def test_a_page_costs_two_queries_and_one_more_with_sealed_events(self, client: TestClient, ledger: Ledger) -> None:
        costs = []
        for sealed in (0, 1, 20):
            region = new_region()
            ident = f"{region}-a"
            whispers = [ThingWhispered(thing_id=ident, words="hush") for _ in range(sealed)]
            ledger.record(region, ident, [ThingBegun(thing_id=ident, name="a"), *whispers])
            with counting(ledger.engine) as statements:
                client.get(f"/events/{region}")
            costs.append(statements())
        assert costs == [2, 3, 3]

    def test_heads(self, client: TestClient, ledger: Ledger) -> None:
        whispering(ledger, new_region(), opened=False)
        with counting(ledger.engine) as statements:
            found = client.get("/events/heads").json()
        assert statements() == 1
        assert found == [
            {
                "region": each.region,
                "epoch": each.epoch,
                "position": each.position,
                "leaf_hash": each.leaf_hash.hex(),
            }
            for each in ledger.log.heads()
        ]


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """The app on a real server."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class TestOverTheNetwork:
    """A real server, for what waits and for what reads over HTTP."""

    def test_a_long_poll_ends_with_the_event_it_waited_for(self, address: str, ledger: Ledger) -> None:
        region = new_region()
        found: list[httpx.Response] = []

        def wait() -> None:
            url = f"{address}/events/{region}"
            found.append(web.get(url, headers={"Prefer": "respond-async, wait=30"}))

        with httpx.Client(timeout=40, limits=httpx.Limits(max_connections=60)) as web:
            waiting = [threading.Thread(target=wait) for _ in range(50)]
            for each in waiting:
                each.start()
            # More of them than there are threads, and they hold up nobody else.
            assert web.get(f"{address}/events/{region}").json() == []
            ledger.record(region, f"{region}-a", [ThingBegun(thing_id=f"{region}-a", name="a")])
            for each in waiting:
                each.join(40)
        assert [len(each.json()) for each in found] == [1] * 50

    def test_a_long_poll_ends_without_one(self, address: str) -> None:
        answer = httpx.get(f"{address}/events/{new_region()}", headers={"Prefer": "wait=1"})
        assert (answer.json(), answer.headers["preference-applied"]) == ([], "wait=1")

    def test_another_service_reads_it_as_a_source(self, address: str, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=False)
        with closing(HttpSource("ledger", address)) as source:
            page, heads = source.page(region, 1, 1), source.heads()
        recorded = ledger.log.read(region, 1, 1)
        assert (page.epoch, page.events) == (1, [parse(CATALOGUE.render(recorded[0], Clearance.PUBLIC, opened=False))])
        assert heads == ledger.log.heads()

    def test_a_page_that_was_read_waits_for_no_garbage_collector(self, address: str, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=False)
        gc.collect()
        gc.disable()
        try:
            with closing(HttpSource("ledger", address)) as source:
                assert len(source.page(region, 0).events) == 3
                with httpx.Client(base_url=address) as client:
                    client.get(f"/events/{region}")
            read = [each for each in gc.get_objects() if isinstance(each, httpx.Response)]
            held = [len(json.loads(each.content)) for each in read if hasattr(each, "_content")]
        finally:
            gc.enable()
        # The one that was asked for with its body does wait.
        assert held == [3]

    def test_a_consumer_over_http_gets_the_read_model_of_one_beside_the_log(self, address: str, ledger: Ledger) -> None:
        region = new_region()
        for number in range(400):
            ident = f"{region}-n{number}"
            ledger.record(region, ident, [ThingBegun(thing_id=ident, name="n"), ThingRevealed(thing_id=ident)])
        near, far = ledger.model(f"m_{uuid4().hex}"), ledger.model(f"m_{uuid4().hex}")
        Consumer(near.schema, LocalSource(ledger.log), near, ledger.engine).catch_up(region)
        with closing(HttpSource("ledger", address)) as source:
            consumer = Consumer(far.schema, source, far, ledger.engine)
            consumer.catch_up(region)
        assert consumer.checkpoints(region)[region].position == 800
        assert ledger.fingerprint(near) == ledger.fingerprint(far)

    def test_what_does_not_answer_or_answers_something_else_is_unavailable(self, address: str) -> None:
        for url in ("http://127.0.0.1:9", f"{address}/nowhere"):
            with closing(HttpSource("ledger", url)) as source:
                with pytest.raises(SourceUnavailable):
                    source.heads()
                with pytest.raises(SourceUnavailable):
                    source.page("11.01", 0)

    def test_a_log_of_another_name_is_not_taken(self, address: str, ledger: Ledger) -> None:
        region = new_region()
        whispering(ledger, region, opened=False)
        with closing(HttpSource("review", address)) as source, pytest.raises(SourceUnavailable):
            source.page(region, 0)
