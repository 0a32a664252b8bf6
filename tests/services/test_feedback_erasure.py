"""Words of citizens on their way: nowhere public before they are published, and nowhere at all once they are erased."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from services.showcase import main as showcase_main
from services.showcase.projections import showcase as gallery
from services.submission import main as submission_main
from shared.consumer import Consumer
from shared.sealer import Sealer
from shared.seals import ServiceSeals
from shared.service import Service
from shared.verify import verify
from tests.services.submission.in_use import innovation_in_use
from tests.services.submission.signed_in import coordinator, member
from tests.services.test_erasure import AsService, made
from tests.support import PUBLIC_URL, Database, Servers, session_of

REGION = "36.74"
WORDS, ANSWER = "kenari-keluhan", "kenari-jawaban"
TOLD = {"producers": {"submission": "http://127.0.0.1:9", "review": "http://127.0.0.1:9"}}


@pytest.fixture(scope="module")
def submission(servers: Servers) -> Iterator[Service]:
    service, _ = made(servers, "submission", submission_main.service, **TOLD)
    yield service
    service.kernel.close()


def arrive(showcase: Service, submission: Service) -> None:
    """Let the showcase take what submission recorded in the region."""
    for consumer in showcase.consumers:
        if consumer.source.name == "submission":
            source = AsService(submission.kernel.log)
            Consumer(consumer.name, source, consumer.effect, consumer.engine).catch_up(REGION)


def holding(database: Database, text: str) -> set[str]:
    """Give the tables in which a text stands, as such or within bytes."""
    found = set()
    with psycopg.connect(database.superuser_conninfo) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT count(*) FROM {} t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0")
            row = connection.execute(
                query.format(sql.Identifier(schema, table)), (text, text.encode().hex())
            ).fetchone()
            found |= {re.sub(r"_\d\d$", "", table)} if row and row[0] else set()
    return found


def test_words_are_public_when_published_and_gone_when_taken_back(
    servers: Servers, submission: Service, tmp_path: Path
) -> None:
    showcase, database = made(servers, "showcase", showcase_main.service, **TOLD)
    sessions = submission.kernel.identity.sessions
    origin = {"Origin": PUBLIC_URL}
    with ExitStack() as held:
        site = held.enter_context(TestClient(showcase.api(), base_url=PUBLIC_URL))
        asked = held.enter_context(TestClient(submission.api(), base_url=PUBLIC_URL, follow_redirects=False))

        def acts(actor: object, path: str, body: object = None) -> None:
            cookie = "=".join(session_of(sessions, actor))  # type: ignore[arg-type]  # one of signed_in
            headers = origin | {"Cookie": cookie, "Idempotency-Key": uuid4().hex}
            answer = asked.post(path, json=body, headers=headers)
            assert answer.status_code == 200, answer.text

        innovation = innovation_in_use(submission.kernel, REGION)
        given = asked.post(f"/feedback/{innovation}", data={"kind": "complaint", "text": WORDS}, headers=origin)
        ident, code = given.headers["location"].rpartition("/")[2].split("?code=")
        acts(member(f"{REGION}-disdukcapil"), f"/feedback/{ident}/answer", {"text": ANSWER})
        arrive(showcase, submission)
        pages = ("/", "/innovations", f"/innovations/{innovation}", f"/regions/{REGION}", f"/feed/{REGION}")

        def shown(text: str) -> set[str]:
            answers = {path: site.get(path) for path in pages}
            assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(pages, 200)
            return {path for path, answer in answers.items() if text in answer.text}

        assert shown(WORDS) == set()
        acts(coordinator(REGION), f"/feedback/{ident}/publication")
        arrive(showcase, submission)
        assert f"/feed/{REGION}" not in shown(WORDS)
        assert holding(database, WORDS) == {"feedback_words", "copied_event"}
        assert holding(database, ANSWER) == {"feedback_words", "copied_event"}

        assert asked.post(f"/feedback/{ident}/withdraw", data={"code": code}, headers=origin).status_code == 303
        arrive(showcase, submission)
        assert [holding(database, text) for text in (WORDS, ANSWER)] == [set(), set()]
        assert [shown(text) for text in (WORDS, ANSWER)] == [set(), set()]

    # Whoever reads the log only now has the same rows, and the proofs still hold.
    later, _ = made(servers, "showcase", showcase_main.service, **TOLD)
    arrive(later, submission)
    prints = []
    for each in (showcase, later):
        with each.kernel.engine.connect() as connection:
            prints.append(gallery.fingerprint(connection))
        each.kernel.close()
    assert prints[0] == prints[1]
    Sealer("submission", submission.kernel.engine, tmp_path, "labinov.example", 30).seal_once(at_once=True)
    assert verify(submission.kernel.engine, "submission", ServiceSeals(tmp_path / "submission")).ok
