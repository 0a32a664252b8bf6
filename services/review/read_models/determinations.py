"""What waits for a chair's determination, and whose scorecard is awaited.

It reads sealed totals and places: totals only of panels that are complete, for those who chair them; places only for
whoever assigned them and for the reminders that the reviewers get.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, String, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.review.domain.scoring import MODERATION_SPREAD, mean, spread
from services.review.domain.state import PENDING, Status
from services.review.read_models.assessments import PROJECTION, Subject, assessment, seat, seat_state
from shared.domain import region_of

Place = tuple[datetime, str]

_VERSIONS = """
SELECT stream, max(stream_version) FROM event WHERE region = ANY(%s) AND stream = ANY(%s) GROUP BY stream
"""


@dataclass(frozen=True, kw_only=True)
class Chaired:
    """Whose assessments somebody determines: everywhere, or in some regions."""

    everywhere: bool
    regions: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A place of a complete panel and its total."""

    slot: str
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class Determinable(Subject):
    """A complete assessment as its chair may see it."""

    opened_at: datetime
    scored: tuple[Scored, ...]

    @property
    def score(self) -> Decimal | None:
        """The mean of the panel's totals."""
        return mean([each.total for each in self.scored]) if self.scored else None

    @property
    def spread(self) -> Decimal | None:
        """How far the totals are apart."""
        return spread([each.total for each in self.scored]) if self.scored else None

    @property
    def wide_spread(self) -> bool:
        """Whether the reviewers differ so much that the chair should look closely."""
        return self.spread is not None and self.spread > MODERATION_SPREAD


@dataclass(frozen=True, kw_only=True)
class Concluded:
    """A concluded assessment in a list."""

    assessment_id: str
    region: str
    innovation_id: str
    unit_id: str
    from_stage: str
    to_stage: str
    outcome: str
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A place whose scorecard is awaited: who sits there, who assigned it, and by when."""

    assessment_id: str
    region: str
    innovation_id: str
    from_stage: str
    to_stage: str
    round_no: int
    slot: str
    person: str
    assigned_by: str
    due_on: date | None


def determinable(
    connection: Connection,
    chaired: Chaired,
    *,
    region: str | None = None,
    programme: str | None = None,
    gate: tuple[str, str] | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Determinable]:
    """Give the complete assessments that somebody may determine, the oldest first: one query."""
    totals = (
        select(
            func.array_agg(aggregate_order_by(cast(seat.c.slot, String), seat.c.slot)).label("slots"),
            func.array_agg(aggregate_order_by(seat.c.total, seat.c.slot)).label("totals"),
        )
        .where(
            seat.c.assessment_id == assessment.c.assessment_id,
            seat.c.round_no == assessment.c.round_no,
            seat.c.total.is_not(None),
        )
        .lateral("totals")
    )
    query = _chaired(
        select(assessment, totals.c.slots, totals.c.totals)
        .select_from(assessment.join(totals, onclause=literal(True)))
        .where(assessment.c.status == Status.COMPLETE),
        chaired,
    )
    if region is not None:
        query = query.where(assessment.c.region == region)
    if programme is not None:
        query = query.where(assessment.c.programme_id == programme)
    if gate is not None:
        query = query.where(tuple_(assessment.c.from_stage, assessment.c.to_stage) == tuple_(*gate))
    if after is not None:
        query = query.where(tuple_(assessment.c.opened_at, assessment.c.assessment_id) > tuple_(*after))
    query = query.order_by(assessment.c.opened_at, assessment.c.assessment_id).limit(limit)
    return [
        Determinable(
            assessment_id=row.assessment_id,
            region=row.region,
            innovation_id=row.innovation_id,
            programme_id=row.programme_id,
            unit_id=row.unit_id,
            submission_no=row.submission_no,
            from_stage=row.from_stage,
            to_stage=row.to_stage,
            opened_at=row.opened_at,
            scored=tuple(Scored(slot=slot, total=total) for slot, total in zip(row.slots, row.totals, strict=True))
            if row.slots
            else (),
        )
        for row in PROJECTION.reading(connection).execute(query)
    ]


def facets(connection: Connection, chaired: Chaired) -> list[tuple[str, str, str, str]]:
    """Give region, programme and gate of what waits for a determination, each once: one query."""
    columns = (assessment.c.region, assessment.c.programme_id, assessment.c.from_stage, assessment.c.to_stage)
    query = _chaired(select(*columns).where(assessment.c.status == Status.COMPLETE), chaired).distinct()
    rows = PROJECTION.reading(connection).execute(query.order_by(*columns))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def concluded(connection: Connection, chaired: Chaired, *, limit: int = 20) -> list[Concluded]:
    """Give what was determined lately, the newest first: one query."""
    names = ("assessment_id", "region", "innovation_id", "unit_id", "from_stage", "to_stage", "outcome", "ended_at")
    query = _chaired(
        select(*(assessment.c[name] for name in names)).where(assessment.c.status == Status.CONCLUDED), chaired
    )
    query = query.order_by(assessment.c.ended_at.desc(), assessment.c.assessment_id).limit(limit)
    return [Concluded(**row) for row in PROJECTION.reading(connection).execute(query).mappings()]


def versions(connection: Connection, idents: Collection[str]) -> dict[str, int]:
    """Give the versions of assessments from the log itself: one query."""
    streams, regions = [f"assessment/{ident}" for ident in idents], sorted({region_of(ident) for ident in idents})
    return {row[0].partition("/")[2]: row[1] for row in connection.exec_driver_sql(_VERSIONS, (regions, streams))}


def due(connection: Connection, until: date, *, since: date) -> list[Awaited]:
    """Give the places of panels at work whose due date lies between these days: one query."""
    query = _awaited().where(seat.c.due_on <= until, seat.c.due_on >= since).order_by(seat.c.due_on, seat.c.slot)
    return [Awaited(**row) for row in PROJECTION.reading(connection).execute(query).mappings()]


def awaited(connection: Connection, assessment_id: str, assigned_by: str) -> list[Awaited]:
    """Give the places of a panel that this person assigned and whose scorecard is awaited: one query."""
    query = _awaited().where(seat.c.assessment_id == assessment_id, seat.c.assigned_by == assigned_by)
    return [Awaited(**row) for row in PROJECTION.reading(connection).execute(query.order_by(seat.c.slot)).mappings()]


def _awaited() -> Select[Any]:
    columns = [assessment.c[name] for name in ("region", "innovation_id", "from_stage", "to_stage", "round_no")]
    places = [seat.c[name] for name in ("assessment_id", "slot", "person", "assigned_by", "due_on")]
    return (
        select(*columns, *places)
        .join(seat, seat.c.assessment_id == assessment.c.assessment_id)
        .where(assessment.c.status == Status.OPEN, seat_state.in_(sorted(PENDING)))
    )


def _chaired(query: Select[Any], chaired: Chaired) -> Select[Any]:
    return query if chaired.everywhere else query.where(assessment.c.region.in_(chaired.regions))
