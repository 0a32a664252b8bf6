"""Lists of review's own things, from its own log: assessments, places on panels, the pool, the rubrics.

It holds who sits where: its rows are read only through the questions below, each of which is asked for somebody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    RowMapping,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.review.domain.events import (
    AssessmentCancelled,
    AssessmentConcluded,
    AssessmentOpened,
    ConflictCleared,
    ModerationClosed,
    ModerationOpened,
    PanelCompleted,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewerRegistered,
    ReviewerReleased,
    RoundOpened,
    RubricPublished,
    ScorecardRevised,
    ScorecardSubmitted,
)
from services.review.domain.state import LEFT, PENDING, SeatState, Status
from shared.incoming import Received
from shared.projection import Projection, Write, insert, put, update

metadata = MetaData()

assessment = Table(
    "assessment",
    metadata,
    Column("assessment_id", String, primary_key=True),
    Column("region", String, nullable=False),
    Column("position", BigInteger, nullable=False, comment="of its opening in the region's log"),
    Column("innovation_id", String, nullable=False),
    Column("programme_id", String, nullable=False),
    Column("unit_id", String, nullable=False),
    Column("submission_no", Integer, nullable=False),
    Column("from_stage", String, nullable=False),
    Column("to_stage", String, nullable=False),
    Column("rubric_id", String, nullable=False),
    Column("rubric_version", Integer, nullable=False),
    Column("panel_size", Integer, nullable=False),
    Column("quorum", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("round_no", Integer, nullable=False),
    Column("outcome", String),
    Column("score", Numeric, comment="once concluded"),
    Column("spread", Numeric, comment="once concluded"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index("assessment_by_region", "region", "opened_at", "assessment_id"),
    Index("assessment_by_age", "opened_at", "assessment_id"),
    Index("assessment_by_unit", "unit_id"),
)

seat = Table(
    "seat",
    metadata,
    Column("assessment_id", String, primary_key=True),
    Column("slot", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("due_on", Date),
    Column("state", String, nullable=False),
    Column("assigned_by", String, nullable=False),
    Column("round_no", Integer, comment="of the latest scorecard"),
    Column("total", Numeric, comment="of the latest scorecard; sealed, see disclosure"),
    Column("assigned_at", DateTime(timezone=True), nullable=False),
    Index("seat_by_person", "person", "assessment_id"),
)

reviewer = Table(
    "reviewer",
    metadata,
    Column("person", String, primary_key=True),
    Column("home_region", String, nullable=False),
    Column("unit_id", String),
    Column("expertise", JSONB, nullable=False),
    Column("types", JSONB, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

rubric = Table(
    "rubric",
    metadata,
    Column("rubric_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("source", String, nullable=False),
    Column("criteria", Integer, nullable=False, comment="how many"),
    Column("published_at", DateTime(timezone=True), nullable=False),
)

PROJECTION = Projection("review.local", metadata, schema="review_local_v2")


@PROJECTION.on(AssessmentOpened)
def _opened(event: AssessmentOpened, at: Received) -> Iterator[Write]:
    yield insert(
        assessment,
        {
            "assessment_id": event.assessment_id,
            "region": at.region,
            "position": at.position,
            "innovation_id": event.innovation_id,
            "programme_id": event.programme_id,
            "unit_id": event.unit_id,
            "submission_no": event.submission_no,
            "from_stage": event.from_stage,
            "to_stage": event.to_stage,
            "rubric_id": event.rubric_id,
            "rubric_version": event.rubric_version,
            "panel_size": event.panel_size,
            "quorum": event.quorum,
            "status": Status.OPEN,
            "round_no": 1,
            "opened_at": at.recorded_at,
        },
    )


@PROJECTION.on(ReviewerAssigned)
def _assigned(event: ReviewerAssigned, at: Received) -> Iterator[Write]:
    yield insert(
        seat,
        {
            "assessment_id": event.assessment_id,
            "slot": event.slot,
            "person": event.person,
            "due_on": event.due_on,
            "state": SeatState.ASSIGNED,
            "assigned_by": event.assigned_by,
            "assigned_at": at.recorded_at,
        },
    )


def _moved(event: Any, state: SeatState) -> Write:
    return update(seat, key={"assessment_id": event.assessment_id, "slot": event.slot}, set={"state": state})


@PROJECTION.on(ConflictCleared)
def _cleared(event: ConflictCleared, at: Received) -> Iterator[Write]:
    yield _moved(event, SeatState.CLEARED)


@PROJECTION.on(ReviewerRecused)
def _recused(event: ReviewerRecused, at: Received) -> Iterator[Write]:
    yield _moved(event, SeatState.RECUSED)


@PROJECTION.on(ReviewerReleased)
def _released(event: ReviewerReleased, at: Received) -> Iterator[Write]:
    yield _moved(event, SeatState.RELEASED)


@PROJECTION.on(ScorecardSubmitted)
def _scored(event: ScorecardSubmitted, at: Received) -> Iterator[Write]:
    key = {"assessment_id": event.assessment_id, "slot": event.slot}
    yield update(seat, key=key, set={"state": SeatState.SCORED, "round_no": event.round_no, "total": event.total})


@PROJECTION.on(ScorecardRevised)
def _revised(event: ScorecardRevised, at: Received) -> Iterator[Write]:
    key = {"assessment_id": event.assessment_id, "slot": event.slot}
    yield update(seat, key=key, set={"total": event.total})


@PROJECTION.on(PanelCompleted)
def _completed(event: PanelCompleted, at: Received) -> Iterator[Write]:
    yield update(assessment, key={"assessment_id": event.assessment_id}, set={"status": Status.COMPLETE})


@PROJECTION.on(ModerationOpened)
def _moderating(event: ModerationOpened, at: Received) -> Iterator[Write]:
    yield update(assessment, key={"assessment_id": event.assessment_id}, set={"status": Status.MODERATION})


@PROJECTION.on(ModerationClosed)
def _moderated(event: ModerationClosed, at: Received) -> Iterator[Write]:
    yield update(assessment, key={"assessment_id": event.assessment_id}, set={"status": Status.COMPLETE})


@PROJECTION.on(RoundOpened)
def _further(event: RoundOpened, at: Received) -> Iterator[Write]:
    again = {"status": Status.OPEN, "round_no": event.round_no}
    yield update(assessment, key={"assessment_id": event.assessment_id}, set=again)


@PROJECTION.on(AssessmentConcluded)
def _concluded(event: AssessmentConcluded, at: Received) -> Iterator[Write]:
    ended = {
        "status": Status.CONCLUDED,
        "outcome": event.outcome,
        "score": event.score,
        "spread": event.spread,
        "ended_at": at.recorded_at,
    }
    yield update(assessment, key={"assessment_id": event.assessment_id}, set=ended)


@PROJECTION.on(AssessmentCancelled)
def _cancelled(event: AssessmentCancelled, at: Received) -> Iterator[Write]:
    ended = {"status": Status.CANCELLED, "ended_at": at.recorded_at}
    yield update(assessment, key={"assessment_id": event.assessment_id}, set=ended)


@PROJECTION.on(ReviewerRegistered)
def _registered(event: ReviewerRegistered, at: Received) -> Iterator[Write]:
    yield put(
        reviewer,
        {
            "person": event.person,
            "home_region": event.home_region,
            "unit_id": event.unit_id,
            "expertise": event.expertise,
            "types": event.types,
            "capacity": event.capacity,
            "active": event.active,
        },
    )


@PROJECTION.on(RubricPublished)
def _published(event: RubricPublished, at: Received) -> Iterator[Write]:
    yield insert(
        rubric,
        {
            "rubric_id": event.rubric_id,
            "version": event.version,
            "title": event.title,
            "purpose": event.purpose,
            "source": event.source,
            "criteria": len(event.criteria),
            "published_at": at.recorded_at,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which assessment, and of which submission of which innovation."""

    assessment_id: str
    region: str
    innovation_id: str
    programme_id: str
    unit_id: str
    submission_no: int
    from_stage: str
    to_stage: str


@dataclass(frozen=True, kw_only=True)
class Listed(Subject):
    """An assessment in a list. `own_slot` and `own_state` are those of whoever asked, None for others."""

    panel_size: int
    quorum: int
    status: Status
    round_no: int
    outcome: str | None
    opened_at: datetime
    ended_at: datetime | None
    assigned: int
    pending: int
    scorecards: int
    own_slot: str | None
    own_state: SeatState | None
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose assessments are listed: all, those of some regions, of some units, and those a person sits on."""

    everywhere: bool = False
    regions: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    person: str


def assessments(
    connection: Connection,
    scope: Scope,
    *,
    region: str | None = None,
    status: Status | None = None,
    own: bool = False,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Give the assessments within the scope, oldest first; `own` keeps to those that the person sits on: one query."""
    query = _listing(scope.person)
    mine = select(seat.c.assessment_id).where(seat.c.person == scope.person)
    sits = assessment.c.assessment_id.in_(mine)
    if own:
        query = query.where(sits)
    elif not scope.everywhere:
        query = query.where(or_(assessment.c.region.in_(scope.regions), assessment.c.unit_id.in_(scope.units), sits))
    if region is not None:
        query = query.where(assessment.c.region == region)
    if status is not None:
        query = query.where(assessment.c.status == status)
    if after is not None:
        query = query.where(tuple_(assessment.c.opened_at, assessment.c.assessment_id) > tuple_(*after))
    query = query.order_by(assessment.c.opened_at, assessment.c.assessment_id).limit(limit)
    return [_listed(row) for row in PROJECTION.reading(connection).execute(query).mappings()]


def counts(connection: Connection, scope: Scope) -> list[tuple[str, Status, int]]:
    """Give how many assessments of each status each region within the scope has: one query."""
    query = select(assessment.c.region, assessment.c.status, func.count()).group_by(
        assessment.c.region, assessment.c.status
    )
    if not scope.everywhere:
        query = query.where(assessment.c.region.in_(scope.regions))
    rows = PROJECTION.reading(connection).execute(query.order_by(assessment.c.region))
    return [(row[0], Status(row[1]), row[2]) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A reviewer in the pool. It says nothing of panels: a count that moves would tell who was just assigned."""

    person: str
    name: str | None
    home_region: str
    unit_id: str | None
    expertise: tuple[str, ...]
    types: tuple[str, ...]
    capacity: int
    active: bool


_NAMES = "SELECT person::text, name FROM person WHERE person = ANY(%s::uuid[])"


def pool(connection: Connection) -> list[Pooled]:
    """Give all reviewers with the names that sign-in left in the person table: two queries."""
    rows = PROJECTION.reading(connection).execute(select(reviewer)).all()
    named = connection.exec_driver_sql(_NAMES, ([row.person for row in rows],))
    known = {row[0]: row[1] for row in named}
    found = [
        Pooled(
            person=row.person,
            name=known.get(row.person) or None,
            home_region=row.home_region,
            unit_id=row.unit_id,
            expertise=tuple(row.expertise),
            types=tuple(row.types),
            capacity=row.capacity,
            active=row.active,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (each.name is None, each.name or "", each.person))


@dataclass(frozen=True, kw_only=True)
class ListedRubric:
    """A version of a rubric in a list."""

    rubric_id: str
    version: int
    title: str
    purpose: str
    source: str
    criteria: int
    published_at: datetime


def rubrics(connection: Connection) -> list[ListedRubric]:
    """Give all versions of all rubrics, the newest of each first: one query."""
    query = select(rubric).order_by(rubric.c.rubric_id, rubric.c.version.desc())
    return [ListedRubric(**row) for row in PROJECTION.reading(connection).execute(query).mappings()]


# A scorecard of an earlier round is none in the present one: its writer is asked once more.
seat_state = case(
    (and_(seat.c.state == SeatState.SCORED, seat.c.round_no < assessment.c.round_no), SeatState.CLEARED.value),
    else_=seat.c.state,
)


def _listing(person: str) -> Select[Any]:
    panel = (
        select(
            func.count().filter(seat_state.not_in(sorted(LEFT))).label("assigned"),
            func.count().filter(seat_state.in_(sorted(PENDING))).label("pending"),
            func.count().filter(seat_state == SeatState.SCORED).label("scorecards"),
        )
        .where(seat.c.assessment_id == assessment.c.assessment_id)
        .lateral("panel")
    )
    own = (
        select(seat.c.slot.label("own_slot"), seat_state.label("own_state"), seat.c.due_on)
        .where(and_(seat.c.assessment_id == assessment.c.assessment_id, seat.c.person == person))
        .order_by(seat.c.assigned_at.desc(), seat.c.slot.desc())
        .limit(1)
        .lateral("own")
    )
    joined = assessment.join(panel, onclause=true()).outerjoin(own, onclause=true())
    return select(assessment, panel, own).select_from(joined)


def _listed(row: RowMapping) -> Listed:
    found: dict[str, Any] = dict(row)
    for name in ("position", "rubric_id", "rubric_version", "score", "spread"):
        del found[name]
    found["status"] = Status(found["status"])
    found["own_state"] = SeatState(found["own_state"]) if found["own_state"] else None
    return Listed(**found)
