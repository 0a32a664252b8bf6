"""The dossier: what a unit wrote about its innovation, as it stood when it was submitted to the gate.

Each event that says something is kept as an entry under its place in the innovation's stream. A submission is such a
place too, so "as of the submission" is the entries up to it: a later edit does not change what a panel reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select
from sqlalchemy.dialects.postgresql import JSONB

from services.review.incoming import (
    DesignSaved,
    DiagnosisSaved,
    DisplaySaved,
    EvidenceSaved,
    IdeaSaved,
    Indicator,
    InnovationLaunched,
    InnovationProposed,
    Milestone,
    MilestoneDone,
    OutcomeMeasured,
    ProgrammeRequested,
    SessionScheduled,
    StageSubmitted,
    TeamNamed,
    UnitRegistered,
    UnitRenamed,
)
from shared.domain import NotFound
from shared.incoming import Incoming, Received
from shared.projection import Projection, Write, insert, put, update

metadata = MetaData()

entry = Table(
    "entry",
    metadata,
    Column("innovation_id", String, primary_key=True),
    Column("stream_version", Integer, primary_key=True),
    Column("kind", String, nullable=False, comment="wire name of the event"),
    Column("submission_no", Integer, comment="of a submission"),
    Column("data", JSONB, nullable=False),
)

innovation = Table(
    "innovation",
    metadata,
    Column("innovation_id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("unit_id", String, nullable=False),
    Column("programme_id", String, nullable=False),
    Column("sector", String, nullable=False),
    Column("types", JSONB, nullable=False),
    Column("team", JSONB, nullable=False, comment="opaque ids of persons"),
)

unit = Table(
    "unit",
    metadata,
    Column("unit_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("short_name", String, nullable=False),
)

programme = Table(
    "programme",
    metadata,
    Column("programme_id", String, primary_key=True),
    Column("title", String, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("programme_id", String, primary_key=True),
    Column("session_id", String, primary_key=True),
    Column("mentors", JSONB, nullable=False, comment="names, as submission wrote them"),
)

PROJECTION = Projection("review.dossier", metadata, schema="review_dossier_v2")


def _entry(event: Any, at: Received, submission_no: int | None = None) -> Write:
    return insert(
        entry,
        {
            "innovation_id": event.innovation_id,
            "stream_version": at.stream_version,
            "kind": at.type,
            "submission_no": submission_no,
            "data": event,
        },
    )


@PROJECTION.on(InnovationProposed)
def _proposed(event: InnovationProposed, at: Received) -> Iterator[Write]:
    yield insert(
        innovation,
        {
            "innovation_id": event.innovation_id,
            "title": event.title,
            "unit_id": event.unit_id,
            "programme_id": event.programme_id,
            "sector": event.sector,
            "types": (),
            "team": (),
        },
    )
    yield _entry(event, at)


@PROJECTION.on(IdeaSaved)
def _idea(event: IdeaSaved, at: Received) -> Iterator[Write]:
    yield update(
        innovation, key={"innovation_id": event.innovation_id}, set={"title": event.title, "sector": event.sector}
    )
    yield _entry(event, at)


@PROJECTION.on(TeamNamed)
def _team(event: TeamNamed, at: Received) -> Iterator[Write]:
    yield update(innovation, key={"innovation_id": event.innovation_id}, set={"team": event.members})


@PROJECTION.on(SessionScheduled)
def _session(event: SessionScheduled, at: Received) -> Iterator[Write]:
    yield put(session, {"programme_id": event.programme_id, "session_id": event.session_id, "mentors": event.mentors})


@PROJECTION.on(StageSubmitted)
def _submitted(event: StageSubmitted, at: Received) -> Iterator[Write]:
    yield _entry(event, at, event.submission_no)


@PROJECTION.on(DiagnosisSaved)
def _diagnosis(event: DiagnosisSaved, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(DesignSaved)
def _design(event: DesignSaved, at: Received) -> Iterator[Write]:
    yield update(innovation, key={"innovation_id": event.innovation_id}, set={"types": event.types})
    yield _entry(event, at)


@PROJECTION.on(InnovationLaunched)
def _launched(event: InnovationLaunched, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(MilestoneDone)
def _milestone(event: MilestoneDone, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(OutcomeMeasured)
def _measured(event: OutcomeMeasured, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(EvidenceSaved)
def _evidence(event: EvidenceSaved, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(DisplaySaved)
def _display(event: DisplaySaved, at: Received) -> Iterator[Write]:
    yield _entry(event, at)


@PROJECTION.on(UnitRegistered)
def _unit(event: UnitRegistered, at: Received) -> Iterator[Write]:
    yield put(unit, {"unit_id": event.unit_id, "name": event.name, "short_name": event.short_name})


@PROJECTION.on(UnitRenamed)
def _renamed(event: UnitRenamed, at: Received) -> Iterator[Write]:
    yield put(unit, {"unit_id": event.unit_id, "name": event.name, "short_name": event.short_name})


@PROJECTION.on(ProgrammeRequested)
def _programme(event: ProgrammeRequested, at: Received) -> Iterator[Write]:
    yield put(programme, {"programme_id": event.programme_id, "title": event.title})


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured value of an indicator."""

    value: Decimal
    measured_on: date
    source: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An indicator with its measurements, in the order of their dates."""

    indicator: Indicator
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A milestone, and when it was reached."""

    milestone: Milestone
    done_on: date | None
    remark: str


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What a panel reads. Parts that nobody has written yet are None."""

    innovation_id: str
    title: str
    unit_name: str | None
    programme_title: str | None
    is_example: bool
    submitted_on: date
    proposed: InnovationProposed
    idea: InnovationProposed | IdeaSaved
    diagnosis: DiagnosisSaved | None
    design: DesignSaved | None
    steps: tuple[Step, ...]
    figures: tuple[Figure, ...]
    launched: InnovationLaunched | None
    evidence: EvidenceSaved | None
    display: DisplaySaved | None


_READERS: dict[str, TypeAdapter[Any]] = {cls.wire_name: TypeAdapter(cls) for cls in PROJECTION.handlers}


def read(connection: Connection, innovation_id: str, submission_no: int) -> Dossier:
    """Give the dossier of a submission: two queries. Raises NotFound until the submission has arrived here."""
    reading = PROJECTION.reading(connection)
    until = (
        select(entry.c.stream_version)
        .where(entry.c.innovation_id == innovation_id, entry.c.submission_no == submission_no)
        .scalar_subquery()
    )
    rows = reading.execute(
        select(entry.c.kind, entry.c.data)
        .where(entry.c.innovation_id == innovation_id, entry.c.stream_version <= until)
        .order_by(entry.c.stream_version)
    )
    events = [_READERS[row.kind].validate_python(row.data) for row in rows]
    if not events:
        raise NotFound
    named = reading.execute(
        select(unit.c.name, programme.c.title)
        .select_from(innovation)
        .outerjoin(unit, unit.c.unit_id == innovation.c.unit_id)
        .outerjoin(programme, programme.c.programme_id == innovation.c.programme_id)
        .where(innovation.c.innovation_id == innovation_id)
    ).one()
    return compose(events, unit_name=named[0], programme_title=named[1])


@dataclass(frozen=True, kw_only=True)
class Titles:
    """What a list says of an innovation besides its id; None where it has not arrived yet."""

    title: str | None
    unit_name: str | None
    programme_title: str | None


def titles(connection: Connection, innovations: Sequence[str]) -> dict[str, Titles]:
    """Give titles and names for a list of innovations: one query."""
    rows = PROJECTION.reading(connection).execute(
        select(innovation.c.innovation_id, innovation.c.title, unit.c.name, programme.c.title)
        .outerjoin(unit, unit.c.unit_id == innovation.c.unit_id)
        .outerjoin(programme, programme.c.programme_id == innovation.c.programme_id)
        .where(innovation.c.innovation_id.in_(innovations))
    )
    return {row[0]: Titles(title=row[1], unit_name=row[2], programme_title=row[3]) for row in rows}


@dataclass(frozen=True, kw_only=True)
class Ties:
    """Who is tied to an innovation, and what it is about: its team by id, its programme's mentors by name."""

    team: frozenset[str]
    mentors: frozenset[str]
    sector: str
    types: tuple[str, ...]


def plain_name(name: str) -> str:
    """Give a person's name without titles, as it can be compared: "Dr. Siti Aminah, M.Si" is "siti aminah"."""
    words = name.partition(",")[0].casefold().split()
    return " ".join(word for word in words if not word.endswith("."))


def ties(connection: Connection, innovations: Sequence[str]) -> dict[str, Ties]:
    """Give for each of these innovations that has arrived who is tied to it: two queries."""
    reading = PROJECTION.reading(connection)
    rows = reading.execute(
        select(
            innovation.c.innovation_id,
            innovation.c.programme_id,
            innovation.c.team,
            innovation.c.sector,
            innovation.c.types,
        ).where(innovation.c.innovation_id.in_(innovations))
    ).all()
    sessions = reading.execute(
        select(session.c.programme_id, session.c.mentors).where(
            session.c.programme_id.in_({row.programme_id for row in rows})
        )
    ).all()
    mentors: dict[str, set[str]] = {}
    for each in sessions:
        mentors.setdefault(each.programme_id, set()).update(map(plain_name, each.mentors))
    return {
        row.innovation_id: Ties(
            team=frozenset(row.team),
            mentors=frozenset(mentors.get(row.programme_id, ())),
            sector=row.sector,
            types=tuple(row.types),
        )
        for row in rows
    }


def compose(events: Sequence[Incoming], *, unit_name: str | None, programme_title: str | None) -> Dossier:
    """Give the dossier that the events of one innovation up to a submission make."""
    latest: dict[type[Incoming], Any] = {}
    measured: dict[str, list[Measurement]] = {}
    done: dict[str, MilestoneDone] = {}
    for event in events:
        if isinstance(event, OutcomeMeasured):
            value = Measurement(value=event.value, measured_on=event.measured_on, source=event.source)
            measured.setdefault(event.indicator_id, []).append(value)
        elif isinstance(event, MilestoneDone):
            done[event.milestone_id] = event
        else:
            latest[type(event)] = event
    proposed: InnovationProposed = latest[InnovationProposed]
    idea: InnovationProposed | IdeaSaved = latest.get(IdeaSaved, proposed)
    design: DesignSaved | None = latest.get(DesignSaved)
    return Dossier(
        innovation_id=proposed.innovation_id,
        title=idea.title,
        unit_name=unit_name,
        programme_title=programme_title,
        is_example=proposed.is_example,
        submitted_on=latest[StageSubmitted].submitted_on,
        proposed=proposed,
        idea=idea,
        diagnosis=latest.get(DiagnosisSaved),
        design=design,
        steps=tuple(_step(each, done.get(each.milestone_id)) for each in design.milestones) if design else (),
        figures=tuple(_figure(each, measured.get(each.indicator_id, [])) for each in design.indicators)
        if design
        else (),
        launched=latest.get(InnovationLaunched),
        evidence=latest.get(EvidenceSaved),
        display=latest.get(DisplaySaved),
    )


def _step(milestone: Milestone, done: MilestoneDone | None) -> Step:
    return Step(milestone=milestone, done_on=done.done_on if done else None, remark=done.remark if done else "")


def _figure(indicator: Indicator, measurements: list[Measurement]) -> Figure:
    return Figure(indicator=indicator, measurements=tuple(sorted(measurements, key=lambda each: each.measured_on)))
