"""People signed in to review, what submission told it, and an assessment on its way."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import UUID, uuid4

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from httpx import Response as Answer

from services.review.reactions import assessment_id
from services.submission.domain import events as told
from services.submission.domain.vocabulary import Channel, Initiator, Sector, Stage
from shared.auth import Actor, Role
from shared.domain import Event
from shared.envelope import Catalogue, Clearance, Meta, Prepared, Recorded
from shared.incoming import Received, parse
from shared.kernel import Kernel
from shared.service import Service
from tests.services.review import examples as ex
from tests.support import session_of

LAN = Actor(person=str(UUID(int=1)), roles=frozenset({Role.LAN}), name="Ratna LAN")
CHAIR = Actor(
    person=ex.CHAIR, roles=frozenset({Role.COORDINATOR}), regions=frozenset({"36.74"}), name="Budi Koordinator"
)
OTHER_CHAIR = Actor(person=str(UUID(int=2)), roles=frozenset({Role.COORDINATOR}), regions=frozenset({"33.27"}))
UNIT = Actor(person=str(UUID(int=3)), roles=frozenset({Role.UNIT_MEMBER}), units=frozenset({ex.UNIT}), name="Dewi")
OTHER_UNIT = Actor(person=str(UUID(int=4)), roles=frozenset({Role.UNIT_MEMBER}), units=frozenset({"36.74-dispar"}))
AUDITOR = Actor(person=str(UUID(int=5)), roles=frozenset({Role.AUDITOR}), regions=frozenset({"*"}), name="Auditor")
MACHINE = Actor(person=str(UUID(int=6)), roles=frozenset({Role.MACHINE}), regions=frozenset({"36.74"}))
ANN, BEN, CAT, DAN = (
    Actor(person=person, roles=frozenset({Role.REVIEWER}), regions=frozenset({"33.27"}), name=name)
    for person, name in zip(
        (ex.ANN, ex.BEN, ex.CAT, ex.DAN),
        ("Ani Penelaah", "Bima Penelaah", "Citra Penelaah", "Dodi Penelaah"),
        strict=True,
    )
)
EVERYBODY = {
    "lan": LAN,
    "chair": CHAIR,
    "other chair": OTHER_CHAIR,
    "unit": UNIT,
    "other unit": OTHER_UNIT,
    "auditor": AUDITOR,
    "machine": MACHINE,
    "ann": ANN,
    "ben": BEN,
    "cat": CAT,
    "dan": DAN,
    "nobody": None,
}
SUBMISSION = Catalogue("submission", [told.UnitRegistered, told.ProgrammeRequested, *get_args(told.InnovationEvent)])


def sent(event: Event, *, stream: str, version: int, position: int, region: str = "36.74") -> Received:
    """Give an event of submission as it arrives."""
    meta = Meta(actor="someone", at=datetime.now(UTC), correlation="c")
    made: Prepared = SUBMISSION.prepare(event, region=region, epoch=1, stream=stream, stream_version=version, meta=meta)
    recorded = Recorded(
        service="submission",
        region=region,
        epoch=1,
        position=position,
        **{name: getattr(made, name) for name in made.__dataclass_fields__},
    )
    return parse(SUBMISSION.render(recorded, Clearance.SERVICE, opened=False))


def proposed(innovation: str, title: str = "Lapor Lurah") -> told.InnovationProposed:
    """Give the proposal of an innovation."""
    return told.InnovationProposed(
        innovation_id=innovation,
        programme_id="36.74-2020",
        unit_id=ex.UNIT,
        title=title,
        meaning="",
        idea="Pelaporan lewat kelurahan.",
        sector=Sector.CIVIL_REGISTRATION,
        initiator=Initiator.UNIT,
        channel=Channel.LAB_SESSION,
        adapted_from=None,
        is_example=True,
        source="contoh",
        proposed_on=date(2020, 8, 3),
    )


def submitted(innovation: str, number: int = 1, **changes: Any) -> told.StageSubmitted:
    """Give the submission of an innovation to the gate before display."""
    fields: dict[str, Any] = {
        "programme_id": "36.74-2020",
        "unit_id": ex.UNIT,
        "from_stage": Stage.DELIVER,
        "to_stage": Stage.DISPLAY,
        "rubric_id": "00-results-review",
        "rubric_version": 1,
        "panel_size": 3,
        "quorum": 2,
        "submitted_on": date(2020, 11, 2),
    }
    return told.StageSubmitted(innovation_id=innovation, submission_no=number, **(fields | changes))


def new_innovation(region: str = "36.74") -> str:
    """Give the id of an innovation that no other test has."""
    return f"{region}-{uuid4().hex}"


_applications: dict[Kernel, FastAPI] = {}


@dataclass
class Browser:
    """Sends requests to the application as pages of its own site do, without following where it is sent."""

    app: FastAPI
    cookies: dict[str, str]

    def request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> Answer:
        """Give the answer to one request; cookies stay for the next."""

        async def send() -> Answer:
            transport = ASGITransport(self.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", cookies=self.cookies) as http:
                sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
                answer = await http.request(method, path, headers=sent, **content)
                self.cookies |= dict(http.cookies)
                return answer

        return asyncio.run(send())


@dataclass
class Desk:
    """An assessment of its own, and everyone who has to do with it."""

    review: Service
    innovation: str = field(default_factory=new_innovation)

    @property
    def app(self) -> FastAPI:
        """The web application, one for all desks of a module: its hundred routes are dear to make."""
        if self.review.kernel not in _applications:
            _applications.clear()
            _applications[self.review.kernel] = self.review.api()
        return _applications[self.review.kernel]

    @property
    def assessment(self) -> str:
        """The id of the assessment that the first submission opens."""
        return assessment_id(self.innovation, 1)

    def browser(self, actor: Actor | None) -> "Browser":
        """Give a browser in which this person is signed in."""
        sessions = self.review.kernel.identity.sessions
        return Browser(self.app, {} if actor is None else dict([session_of(sessions, actor)]))

    def arrives(self, *events: Event) -> None:
        """Let review's consumers take events of this innovation's stream, as the queue would bring them."""
        consumers = {each.name: each for each in self.review.consumers}
        stream = f"innovation/{self.innovation}"
        received = [
            sent(event, stream=stream, version=number, position=number) for number, event in enumerate(events, start=1)
        ]
        with self.review.kernel.engine.begin() as connection:
            for consumer in consumers.values():
                consumer.effect.apply(connection, received)

    def opened(self) -> "Desk":
        """Have the innovation submitted to its gate."""
        self.arrives(proposed(self.innovation), submitted(self.innovation))
        return self

    def pooled(self, *reviewers: Actor) -> "Desk":
        """Have reviewers admitted to the pool."""
        for each in reviewers:
            body = {"home_region": "33.27", "expertise": ["health"], "name": each.name}
            self.sends(LAN, "put", f"/reviewers/{each.person}", body, 200)
        return self

    def assigned(self, *reviewers: Actor, chair: Actor = CHAIR) -> "Desk":
        """Have reviewers assigned."""
        self.does(chair, "assignments", {"reviewers": [each.person for each in reviewers]})
        return self

    def cleared(self, *reviewers: Actor) -> "Desk":
        """Have reviewers declare that they have no conflict of interest."""
        for each in reviewers:
            self.does(each, "declaration", {"conflict": False})
        return self

    def scored(self, *reviewers: Actor, score: str = "80", comment: str = "Jelas.") -> "Desk":
        """Have reviewers hand in their scorecards."""
        for each in reviewers:
            self.does(each, "scorecard", scorecard(score, comment))
        return self

    def concluded(self, **changes: Any) -> "Desk":
        """Have the chair conclude."""
        body = {"outcome": "advance", "rationale": "Hasil nyata.", "concluded_on": "2020-12-01"}
        self.does(CHAIR, "conclusion", body | changes)
        return self

    def ready(self) -> "Desk":
        """Have two reviewers on the panel who may score."""
        return self.opened().pooled(ANN, BEN, CAT).assigned(ANN, BEN).cleared(ANN, BEN)

    def does(
        self, actor: Actor | None, what: str, body: Mapping[str, Any], status: int = 200, **headers: str
    ) -> Answer:
        """Have somebody act on the assessment."""
        return self.sends(actor, "post", f"/assessments/{self.assessment}/{what}", body, status, **headers)

    def sends(
        self, actor: Actor | None, method: str, path: str, body: Mapping[str, Any], status: int, **headers: str
    ) -> Answer:
        """Have somebody send a command, under a key of its own unless one is given; the answer has this status."""
        sent = {"Idempotency-Key": uuid4().hex} | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.browser(actor).request(method, path, json=body, headers=sent)
        assert answer.status_code == status, answer.text
        return answer

    def gets(self, actor: Actor | None, path: str, status: int = 200) -> Answer:
        """Have somebody look."""
        answer = self.browser(actor).request("get", path)
        assert answer.status_code == status, answer.text
        return answer

    def looks(self, actor: Actor | None, status: int = 200) -> Any:
        """Have somebody look at the assessment; gives what the answer says."""
        return self.gets(actor, f"/assessments/{self.assessment}", status).json()


def scorecard(score: str = "80", comment: str = "Jelas.") -> dict[str, Any]:
    """Give a scorecard on the results rubric."""
    criteria = ("benefit", "evidence", "sustainability", "replicability")
    marks = [{"criterion_id": each, "score": score, "comment": comment} for each in criteria]
    return {"marks": marks, "summary": comment}
