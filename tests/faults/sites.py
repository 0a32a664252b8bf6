"""The three services on real ports and databases, each with something in it and somebody who may do everything."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.responses import Response

from services.review.main import service as review_service
from services.showcase.main import service as showcase_service
from services.submission.domain.vocabulary import Stage
from services.submission.main import service as submission_service
from shared.auth import Actor, Role
from shared.service import Service
from tests.faults.hostile import LONG, TITLE
from tests.issuers import free_socket, serving
from tests.services.review.desk import ANN, BEN, CAT, Desk, proposed, submitted
from tests.services.showcase import logs
from tests.services.showcase.logs import design, diagnosis, laboratory
from tests.services.showcase.site import Running as ShowcaseRunning
from tests.services.submission.laboratory import Laboratory
from tests.services.submission.signed_in import Running as SubmissionRunning
from tests.support import PUBLIC_URL, Servers, make_settings

REGION = "36.74"
# A reviewer of the panel below, and everything else besides: what stops a request is the request.
ANYTHING = Actor(person=ANN.person, roles=frozenset(Role) - {Role.SERVICE}, regions=frozenset({"*"}), name="Siapa Saja")
FIELDS = {"type", "title", "status", "detail", "errors", "correlation"}
_keys = count(1)


@dataclass(frozen=True)
class Site:
    """A service that answers at `url`, with the ids of what is in it."""

    name: str
    url: str
    service: Service
    app: FastAPI
    client: httpx.Client
    known: Mapping[str, str]

    def headers(self, actor: Actor | None = ANYTHING, **more: str) -> dict[str, str]:
        """Give the headers of a request in somebody's session, with a key of its own."""
        headers = {"Origin": PUBLIC_URL, "Idempotency-Key": f"bad-{next(_keys)}"}
        if actor is not None:
            response = Response()
            self.service.kernel.identity.sessions.write(response, actor)
            headers["Cookie"] = response.headers["set-cookie"].partition(";")[0]
        return headers | {name.replace("_", "-"): value for name, value in more.items()}

    def send(self, method: str, path: str, *, actor: Actor | None = ANYTHING, **options: Any) -> httpx.Response:
        """Give the answer to a request; `{innovation_id}` and the like in its path are known ids."""
        for name, value in self.known.items():
            path = path.replace(f"{{{name}}}", value)
        headers = self.headers(actor) | options.pop("headers", {})
        return self.client.request(method, self.url + path, headers=headers, **options)

    def json(self, method: str, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Send these very bytes as JSON."""
        sent = {"Content-Type": "application/json"} | {key.replace("_", "-"): value for key, value in headers.items()}
        return self.send(method, path, content=body, headers=sent)


def problem(answer: httpx.Response, *, planted: str | None = None) -> dict[str, Any]:
    """Give the problem that an answer is; hold that it is one, with every field and without what was sent."""
    assert answer.headers["content-type"] == "application/problem+json", (answer.request.url, answer.text[:200])
    found: dict[str, Any] = answer.json()
    assert set(found) == FIELDS
    assert (found["status"], found["correlation"]) == (answer.status_code, answer.headers["x-request-id"])
    assert [set(each) for each in found["errors"]] == [{"pointer", "detail"}] * len(found["errors"])
    assert planted is None or planted not in answer.text, f"{answer.request.url} echoes what was sent"
    return found


@contextmanager
def running(servers: Servers) -> Iterator[dict[str, Site]]:
    """Run the three services while the block runs."""
    with ExitStack() as held:
        client = httpx.Client(timeout=30)
        makers = {"submission": _submission, "review": _review, "showcase": _showcase}
        found = {name: make(servers, held, client) for name, make in makers.items()}
        # Closed first: a server waits for its open connections.
        held.enter_context(client)
        yield found


def _submission(servers: Servers, held: ExitStack, client: httpx.Client) -> Site:
    settings = make_settings(
        servers, servers.database("submission"), "submission", producers={"review": "http://127.0.0.1:9"}
    )
    made = submission_service(settings)
    made.migrate()
    site = held.enter_context(SubmissionRunning(made))
    lab = Laboratory(site, REGION)
    hostile = lab.to_design_gate(title=TITLE, meaning=LONG[:200].replace("\n", " "), idea=LONG)
    known = {
        "innovation_id": lab.propose(),
        "hostile": hostile,
        "programme_id": lab.programme,
        "unit_id": lab.unit,
        "region": REGION,
        "waiting": lab.to_design_gate(title="Menunggu Panel"),
    }
    return _site("submission", site.service, held, client, known)


def _review(servers: Servers, held: ExitStack, client: httpx.Client) -> Site:
    settings = make_settings(
        servers, servers.database("review"), "review", producers={"submission": "http://127.0.0.1:9"}, subscribers=()
    )
    made = review_service(settings)
    made.migrate()
    held.callback(made.kernel.close)
    desk = Desk(made).ready()
    hostile = Desk(made)
    hostile.arrives(
        replace(proposed(hostile.innovation, TITLE), idea=LONG, meaning=TITLE, source=TITLE),
        diagnosis(hostile.innovation, LONG),
        design(hostile.innovation, LONG),
        submitted(hostile.innovation),
    )
    hostile.assigned(ANN, BEN).cleared(ANN, BEN)
    known = {
        "assessment_id": desk.assessment,
        "hostile": hostile.assessment,
        "rubric_id": "00-results-review",
        "person": CAT.person,
        "region": REGION,
    }
    return _site("review", made, held, client, known)


def _showcase(servers: Servers, held: ExitStack, client: httpx.Client) -> Site:
    made = showcase_service(make_settings(servers, servers.database("showcase"), "showcase"))
    held.callback(made.kernel.close)
    fed = ShowcaseRunning(made)
    ids = laboratory(fed.submission, fed.review, REGION, innovations=8)
    put_forward = logs.proposed(REGION, 99, title=TITLE, meaning=TITLE, idea=LONG)
    hostile = put_forward.innovation_id
    fed.submission.record(
        REGION,
        f"innovation/{hostile}",
        put_forward,
        diagnosis(hostile, LONG),
        design(hostile, LONG),
        logs.advanced(hostile, Stage.DISPLAY, date(2020, 6, 1)),
        logs.shown(hostile, LONG),
    )
    fed.submission.record(REGION, f"unit/{REGION}-xss", logs.unit(REGION, "xss", TITLE))
    fed.catch_up()
    return _site("showcase", made, held, client, {"innovation_id": ids[0], "hostile": hostile, "code": REGION})


def _site(name: str, service: Service, held: ExitStack, client: httpx.Client, known: Mapping[str, str]) -> Site:
    app = service.api()
    url = held.enter_context(serving(app, free_socket()))
    return Site(name, url, service, app, client, known)
