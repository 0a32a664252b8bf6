"""A reviewer's day and a chair's: scorecards handed in, the score sheet, and the list of a gate of 250 assessments."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import Engine
from starlette.responses import Response

from benchmarks.harness import Call, Load, Result, load, ratio
from benchmarks.histories import DAY
from benchmarks.world import Country, Region, World
from deploy.embedded import environment
from services.review.domain import events as r
from services.review.main import CATALOGUE
from services.review.reactions import assessment_id
from services.submission.domain import events as e
from services.submission.domain.vocabulary import Stage
from shared.auth import Actor, Identity, Role
from shared.domain import Event
from shared.envelope import Meta
from shared.event_log import FIRST_EPOCH, EventLog
from shared.settings import Settings

REGION, ASSESSMENTS, PANEL = "35.07", 250, 3
CLIENTS, PER_CLIENT = 4, 120
HOME = "51.71"


def run(world: World, country: Country, floor: float) -> Iterator[Result]:
    """Measure with a gate of 250 innovations submitted at once, each with a panel of three."""
    region = country.grow_region(REGION, ASSESSMENTS)
    idents = [assessment_id(each, 1) for each in region.innovations[-ASSESSMENTS:]]
    _submit(country, region)
    reviewers = [
        Actor(
            person=str(uuid4()), roles=frozenset({Role.REVIEWER}), regions=frozenset({HOME}), name=f"Penilai {number}"
        )
        for number in range(PANEL)
    ]
    chair = Actor(person=str(uuid4()), roles=frozenset({Role.COORDINATOR}), regions=frozenset({REGION}), name="Ketua")
    engine = world.engine("review")
    _await_opened(engine)
    _seat(engine, idents, reviewers, chair)
    engine.dispose()
    cookies = _signed_in(world, [*reviewers, chair])
    with world.server("review") as base:
        board = _measure(base, [f"/desk/assessments?q=region:{REGION}&limit=250"], cookies[chair.person])
        listed = _measure(base, [f"/assessments?region={REGION}&limit=250"], cookies[chair.person])
        sheets = [f"/desk/assessments/{ident}/sheet" for ident in idents]
        sheet = _measure(base, sheets, cookies[reviewers[0].person])
        cards = [list(_cards(idents, cookies[each.person])) for each in reviewers]
        load(base, [calls[:20] for calls in cards])
        saved = load(base, [calls[20:] for calls in cards])
    for what, found, unit, goal in (
        (f"scorecards handed in, 2 processes, {PANEL} reviewers", saved, "scorecards/s", "≥ 520 (10 × pretalx)"),
        (f"the score sheet, 2 processes, {CLIENTS} clients", sheet, "pages/s", "≥ 1,000 (20 × pretalx)"),
        (f"a chair's list, 50 of {ASSESSMENTS}, {CLIENTS} clients", board, "pages/s", "≥ 40 (100 × pretalx)"),
        (f"a list of {ASSESSMENTS} through the API, {CLIENTS} clients", listed, "answers/s", "≥ 70 (20 × pretalx)"),
    ):
        yield ratio(what, found.per_second, unit, floor, "bare append, 4 connections", goal)
        yield ratio(
            f"{what.partition(',')[0]}: p99 against its own p50", found.p99 * 1000, "ms", found.p50 * 1000, "p50", "≤ 3"
        )


def _submit(country: Country, region: Region) -> None:
    """Have the newest innovations of a region submitted to the gate before delivery."""
    meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
    for ident in region.innovations[-ASSESSMENTS:]:
        submitted = e.StageSubmitted(
            innovation_id=ident,
            programme_id=region.programme,
            unit_id=region.unit(0),
            submission_no=1,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DELIVER,
            rubric_id="00-results-review",
            rubric_version=1,
            panel_size=PANEL,
            quorum=2,
            submitted_on=DAY,
        )
        country.log.append(region.code, f"innovation/{ident}", 6, [submitted], meta, epoch=FIRST_EPOCH)
        country.events += 1


def _await_opened(engine: Engine, seconds: float = 120) -> None:
    """Wait until review has opened every assessment by itself."""
    deadline = time.monotonic() + seconds
    query = "SELECT count(*) FROM event WHERE region = %s AND type = 'assessment.opened'"
    while True:
        with engine.connect() as connection:
            if connection.exec_driver_sql(query, (REGION,)).scalar_one() >= ASSESSMENTS:
                return
        if time.monotonic() > deadline:
            raise TimeoutError("review did not open the assessments")
        time.sleep(0.5)


def _seat(engine: Engine, idents: Sequence[str], reviewers: Sequence[Actor], chair: Actor) -> None:
    """Put the reviewers on every panel, with no conflict of interest."""
    log = EventLog(engine, CATALOGUE)
    meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
    for ident in idents:
        events: list[Event] = []
        for number, each in enumerate(reviewers, start=1):
            slot = f"R{number}"
            events.append(
                r.ReviewerAssigned(
                    assessment_id=ident,
                    slot=slot,
                    person=each.person,
                    due_on=None,
                    assigned_by=chair.person,
                    overridden=None,
                    override_reason="",
                )
            )
            events.append(r.ConflictCleared(assessment_id=ident, slot=slot, person=each.person))
        log.append(REGION, f"assessment/{ident}", 1, events, meta, epoch=FIRST_EPOCH)


def _signed_in(world: World, actors: Sequence[Actor]) -> dict[str, str]:
    """Give the cookie of everybody's session at review."""
    told: Mapping[str, str] = environment.service(world.state, "review")
    settings = Settings.model_validate(
        {name.removeprefix("LABINOV_").lower(): _value(value) for name, value in told.items() if "LABINOV_" in name}
    )
    sessions = Identity(settings, "review").sessions
    found = {}
    for each in actors:
        response = Response()
        sessions.write(response, each)
        found[each.person] = response.headers["set-cookie"].partition(";")[0]
    return found


def _value(text: str) -> object:
    """Give a setting as it is read from the environment: JSON where it is a list or an object."""
    return json.loads(text) if text[:1] in ("[", "{") else text


def _measure(base: str, paths: Sequence[str], cookie: str) -> Load:
    headers = {"Accept": "text/html", "Cookie": cookie}
    clients = [
        [Call("GET", paths[(client * PER_CLIENT + turn) % len(paths)], headers) for turn in range(PER_CLIENT)]
        for client in range(CLIENTS)
    ]
    load(base, [calls[:10] for calls in clients])
    return load(base, clients)


def _cards(idents: Sequence[str], cookie: str) -> Iterator[Call]:
    criteria = ("benefit", "evidence", "sustainability", "replicability")
    marks = [{"criterion_id": each, "score": str(Decimal(75)), "comment": "Jelas dan terukur."} for each in criteria]
    body = json.dumps({"marks": marks, "summary": "Layak dilanjutkan."}).encode()
    for ident in idents:
        headers = {
            "Cookie": cookie,
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
            "Sec-Fetch-Site": "same-origin",
        }
        yield Call("POST", f"/assessments/{ident}/scorecard", headers, body)
