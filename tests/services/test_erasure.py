"""An erased person is in no table, log line, feed, page or report of any service; proofs and read models still hold."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from services.review import main as review_main
from services.review.domain.assessment import ASSESSMENT
from services.review.reactions import REACTION
from services.review.read_models import assessments, dossier
from services.showcase import main as showcase_main
from services.showcase.projections import showcase as gallery
from services.submission import main as submission_main
from services.submission.reactions import REACTIONS
from services.submission.read_models import LISTS, RUBRICS
from shared.auth import Actor, Role
from shared.consumer import Consumer
from shared.domain import NATIONAL
from shared.envelope import Clearance
from shared.erasure import PayloadsErased
from shared.event_log import EventLog
from shared.incoming import parse
from shared.mail import Mail, queue
from shared.people import remember
from shared.sealer import Sealer
from shared.seals import ServiceSeals
from shared.service import Service
from shared.sources import LocalSource, Page
from shared.verify import Erasure, Report, verify
from tests.issuers import SECRET, address, free_socket, running_issuer, serving
from tests.services.review.desk import ANN, BEN, CHAIR, LAN, Desk
from tests.services.review.test_sealing import leaks
from tests.support import Database, Servers, make_settings, session_of

NAME, EMAIL = "Kenari Terhapus", "kenari-surat@example.id"
REMARK, NOTE, LETTER = "kenari-catatan", "kenari-draf", "kenari-kabar"
CANARIES = (NAME, EMAIL, REMARK, NOTE, LETTER)
OPENED = ("/events/36.74", "/events/36.74.ndjson", "/events/36.74/openings")
GROUNDS = "Permohonan nomor 4 tahun 2026."
PERSON = Actor(person=ANN.person, roles=frozenset({Role.REVIEWER}), regions=frozenset({"33.27"}), name=NAME)


class AsService(LocalSource):
    """The logs of another service as its feed gives them to a service."""

    def page(self, region: str, after: int, limit: int = 500) -> Page:
        """Give what a service may see."""
        recorded = self.log.read(region, after, limit)
        render = self.log.catalogue.render
        return Page(epoch=1, events=[parse(render(each, Clearance.SERVICE, opened=False)) for each in recorded])


@dataclass
class All:
    """The three services in this process, each with its database, and the folder of their seals."""

    services: dict[str, Service]
    databases: dict[str, Database]
    seals: Path
    clients: dict[str, TestClient] = field(default_factory=dict)

    def engine(self, name: str) -> Engine:
        """Give a service's database."""
        return self.services[name].kernel.engine

    def log(self, name: str) -> EventLog:
        """Give a service's log."""
        return self.services[name].kernel.log

    def arrive(self, *names: str) -> None:
        """Let services take what the others recorded nationally, and showcase what they recorded anywhere."""
        for name in names:
            for consumer in self.services[name].consumers:
                source = AsService(self.log(consumer.source.name))
                reading = Consumer(consumer.name, source, consumer.effect, consumer.engine)
                regions = [each.region for each in source.heads()] if name == "showcase" else [NATIONAL]
                for region in regions:
                    reading.catch_up(region)

    def told(self, method: str, path: str, status: int = 200, **content: Any) -> Any:
        """Have LAN ask submission."""
        headers = {"Idempotency-Key": uuid4().hex, "Sec-Fetch-Site": "same-origin"}
        answer = self.clients["submission"].request(method, path, headers=headers, **content)
        assert answer.status_code == status, answer.text
        return answer

    def seal(self) -> None:
        """Seal both logs."""
        for name in ("submission", "review"):
            Sealer(name, self.engine(name), self.seals, "labinov.example", 30).seal_once(at_once=True)

    def verified(self, name: str) -> Report:
        """Verify a service's logs."""
        return verify(self.engine(name), name, ServiceSeals(self.seals / name))

    def found(self) -> list[tuple[str, str, str]]:
        """Give where a canary stands in any table of any database, whatever the column's type."""
        return [(name, *each) for name, database in self.databases.items() for each in standing(database)]


def standing(database: Database) -> Iterator[tuple[str, str]]:
    """Give table and canary of every row in which one stands as a text, within JSON or within bytes."""
    with psycopg.connect(database.superuser_conninfo) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT DISTINCT c FROM {} t, unnest(%s::text[]) c WHERE strpos(t::text, c) > 0")
            spelled = [*CANARIES, *(each.encode().hex() for each in CANARIES)]
            for (canary,) in connection.execute(query.format(sql.Identifier(schema, table)), (spelled,)).fetchall():
                yield table, canary if canary in CANARIES else bytes.fromhex(canary).decode()


def made(servers: Servers, name: str, service: Any, **changes: Any) -> tuple[Service, Database]:
    """Give a service with its tables."""
    database = servers.database(name)
    settings = make_settings(servers, database, name, subscribers=(), **changes)
    result: Service = service(settings)
    result.migrate()
    return result, database


@pytest.fixture(scope="module")
def all_three(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[All]:
    folder = tmp_path_factory.mktemp("all")
    with ExitStack() as held:
        issuer = held.enter_context(running_issuer(folder / "issuer"))
        ports = {name: free_socket() for name in ("review", "showcase")}
        told = {
            "producers": {"submission": "http://127.0.0.1:9", "review": "http://127.0.0.1:9"},
            "issuer": issuer.url,
            "client_secret": SecretStr(SECRET),
        }
        peers = {name: address(port) for name, port in ports.items()}
        pairs = {
            "submission": made(servers, "submission", submission_main.service, peers=peers, **told),
            "review": made(servers, "review", review_main.service, **told),
            "showcase": made(servers, "showcase", showcase_main.service, **told),
        }
        everything = All(
            {name: pair[0] for name, pair in pairs.items()},
            {name: pair[1] for name, pair in pairs.items()},
            folder / "seals",
        )
        for name, service in everything.services.items():
            app = service.api()
            cookie = "=".join(session_of(service.kernel.identity.sessions, LAN))
            client = TestClient(app, base_url="http://127.0.0.1:8000", headers={"Cookie": cookie})
            everything.clients[name] = held.enter_context(client)
            if name in ports:
                held.enter_context(serving(app, ports[name]))
        yield everything


def plant(everything: All) -> Desk:
    """Have somebody sit on a panel that talks, with a draft, a letter, a remark, and a name in every service."""
    desk = Desk(everything.services["review"])
    desk.ready().scored(ANN, score="90", comment="Jelas.").scored(BEN, score="50")
    desk.does(ANN, "remarks", {"text": REMARK})
    desk.does(BEN, "remarks", {"text": "Lampiran 3 kosong."})
    draft = {"version": 0, "writer": "w", "marks": [], "summary": NOTE, "reason": "", "note": NOTE}
    version = desk.gets(ANN, f"/assessments/{desk.assessment}/draft").json()["version"]
    desk.sends(ANN, "put", f"/assessments/{desk.assessment}/draft", draft | {"version": version}, 200)
    desk.does(CHAIR, "moderation/end", {})
    desk.concluded()
    for name in everything.services:
        remember(everything.engine(name))(PERSON, {"email": EMAIL})
    letter = Mail(
        key=f"reminder/{desk.assessment}",
        region="36.74",
        about=desk.assessment,
        kind="reminder",
        address=EMAIL,
        language="id",
        subject=LETTER,
        body=f"Yth. {NAME}",
        recipient_person=ANN.person,
    )
    with everything.engine("review").begin() as connection:
        queue(connection, [letter])
    desk.gets(LAN, "/assessments")
    return desk


def fingerprints(everything: All) -> list[str]:
    """Give what the read models of review hold."""
    with everything.engine("review").connect() as connection:
        return [each.fingerprint(connection) for each in (assessments.PROJECTION, dossier.PROJECTION)]


def test_what_was_erased_is_nowhere_and_the_proofs_still_hold(
    all_three: All, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = plant(all_three)
    all_three.seal()
    assert set(all_three.found()) == {
        ("submission", "person", NAME),
        ("submission", "person", EMAIL),
        ("showcase", "person", NAME),
        ("showcase", "person", EMAIL),
        ("review", "person", NAME),
        ("review", "person", EMAIL),
        ("review", "draft", NOTE),
        ("review", "mail", NAME),
        ("review", "mail", EMAIL),
        ("review", "mail", LETTER),
        *(("review", table, REMARK) for table in tables_of_events(all_three)),
    }
    opened = [all_three.clients["review"].get(path).text for path in OPENED]
    assert [REMARK in text for text in (desk.gets(BEN, f"/assessments/{desk.assessment}").text, *opened)] == [True] * 4
    before = fingerprints(all_three)
    state, _ = all_three.services["review"].kernel.commands.state(ASSESSMENT, desk.assessment)

    # What goes and what stays is shown before, in numbers, by every service; and that it was looked at is noted.
    asked = f"/people/{ANN.person}"
    preview = all_three.told("POST", f"{asked}/preview", json={"reason": GROUNDS}).json()
    held = {each["service"]: numbers(each["holdings"]["holdings"]) for each in preview["services"]}
    assert held == {
        "submission": {"contact": 1, "answers": 0, "actions": 0},
        "review": {
            "contact": 1,
            "drafts": 1,
            "letters": 1,
            "remarks": 1,
            "actions": 3,
            "pool": 1,
            "places": 1,
            "declarations": 0,
            "scorecards": 1,
        },
        "showcase": {"contact": 1, "letters": 0},
    }
    order = {"erasure_id": preview["erasure_id"], "grounds": GROUNDS}
    all_three.told("POST", f"{asked}/erasure", 201, json=order)
    all_three.arrive("review", "showcase")
    # The copy hears of what review erased after review did.
    all_three.arrive("showcase")

    assert all_three.found() == []
    assert leaks(desk, BEN, *CANARIES) == []
    feeds = [
        all_three.clients[name].get(path).text
        for name, path in (
            *(("review", path) for path in OPENED),
            ("submission", "/events/00"),
            ("showcase", "/feed/36.74"),
            ("showcase", "/feed/00"),
            ("submission", f"/erasures/{preview['erasure_id']}"),
            ("submission", f"/desk/people/erasures/{preview['erasure_id']}"),
            ("submission", "/desk/people"),
            ("submission", f"/desk/people/{ANN.person}/erasure"),
        )
    ]
    out, err = capfd.readouterr()
    assert [canary for canary in CANARIES for text in (*feeds, out, err, caplog.text) if canary in text] == []

    # Nothing that is decided or listed has changed; only the words are gone.
    assert fingerprints(all_three) == before
    after, _ = all_three.services["review"].kernel.commands.state(ASSESSMENT, desk.assessment)
    assert [each.text for each in after.remarks] == ["Lampiran 3 kosong."]
    assert (after.status, after.seats, after.rounds) == (state.status, state.seats, state.rounds)

    # The proofs hold, before what says so is sealed and after, and it is said which event erased which.
    remark, said = positions(all_three, "assessment.remark-made")[0], positions(all_three, "payloads.erased")[0]
    for _ in range(2):
        reports = [all_three.verified(name) for name in ("submission", "review")]
        assert [each.ok for each in reports] == [True, True]
        erased = {log.region: log.erasures for log in reports[1].logs}
        assert erased["36.74"] == (Erasure(said, (remark,)),)
        all_three.seal()

    # Whoever may not know who it was does not learn it from the request either.
    told = [each for each in json.loads(feeds[3]) if each["type"].startswith("id.labinov.person.erased")]
    assert ["data" in each for each in told] == [False]
    assert [ANN.person in text for text in feeds[:5]] == [False] * 5


def tables_of_events(everything: All) -> set[str]:
    """Give the tables of review's log in which the remark stands: its partition, and the log as a whole."""
    return {table for name, table, canary in everything.found() if (name, canary) == ("review", REMARK)}


def positions(everything: All, kind: str) -> list[int]:
    """Give the positions of a region's events of a type in review's log."""
    return [each.position for each in everything.log("review").read("36.74") if each.type == kind]


def numbers(holdings: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Give how much is held by kind."""
    return {each["kind"]: each["count"] for each in holdings}


@pytest.mark.parametrize("name", ["submission", "review"])
def test_what_can_be_erased_is_what_the_catalogue_says_and_drives_nothing(all_three: All, name: str) -> None:
    catalogue = all_three.log(name).catalogue
    erasable = {wire_name for wire_name, kind in catalogue.types.items() if kind.cls.erasable}
    with all_three.engine(name).connect() as connection:
        assert set(connection.exec_driver_sql("SELECT type FROM erasable").scalars()) == erasable
    readers = (assessments.PROJECTION, dossier.PROJECTION, gallery, LISTS, RUBRICS, REACTION, REACTIONS)
    found = {(each.name, wire_name) for each in readers for wire_name in erasable if wire_name in each.handlers}
    # What the showcase keeps of them goes with `payloads.erased`, live and rebuilt alike: see test_feedback_erasure.
    assert found == ({(gallery.name, each) for each in erasable} if name == "submission" else set())
    assert found == set() or PayloadsErased.wire_name in gallery.handlers


def test_nothing_is_erased_without_an_event_that_says_so(all_three: All) -> None:
    with all_three.engine("review").connect() as connection:
        for region, position in (("36.74", 1), ("00", 1), ("11", 7)):
            said = connection.exec_driver_sql("SELECT erase_payloads(%s, %s)", (region, position)).scalar_one()
            assert said == 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.exec_driver_sql("UPDATE event SET payload = NULL, salt = NULL")
