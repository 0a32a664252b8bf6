"""Panels with free places, and how many panels at work each person sits on: what a proposal is made of.

Loads never leave the service: a number that moves would tell who was just assigned.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from services.review.domain.state import LEFT, Status
from services.review.read_models.assessments import PROJECTION, assessment, seat

AT_WORK = (Status.OPEN, Status.MODERATION)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate of a programme where panels have free places: how many panels, how many places, and one innovation."""

    region: str
    programme_id: str
    from_stage: str
    to_stage: str
    panels: int
    places: int
    innovation_id: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An assessment at work, with places to fill."""

    assessment_id: str
    region: str
    innovation_id: str
    programme_id: str
    unit_id: str
    from_stage: str
    to_stage: str
    panel_size: int
    sitting: int


_SITTING = (
    select(func.count())
    .where(seat.c.assessment_id == assessment.c.assessment_id, seat.c.state.not_in(sorted(LEFT)))
    .scalar_subquery()
)
_HAS_PLACES: tuple[ColumnElement[bool], ...] = (
    assessment.c.status == Status.OPEN,
    assessment.c.panel_size > _SITTING,
)


def gates(connection: Connection, regions: Collection[str] | None) -> list[Gate]:
    """Give the gates of these regions, or of all, where panels have free places: one query."""
    of = (assessment.c.region, assessment.c.programme_id, assessment.c.from_stage, assessment.c.to_stage)
    query = select(
        *of,
        func.count().label("panels"),
        func.sum(assessment.c.panel_size - _SITTING).label("places"),
        func.min(assessment.c.innovation_id).label("innovation_id"),
    ).where(*_HAS_PLACES)
    if regions is not None:
        query = query.where(assessment.c.region.in_(regions))
    rows = PROJECTION.reading(connection).execute(query.group_by(*of).order_by(*of)).mappings()
    return [Gate(**row) for row in rows]


def waiting(
    connection: Connection,
    region: str,
    *,
    programme: str | None = None,
    gate: str | None = None,
    assessments: Collection[str] = (),
    limit: int,
) -> list[Waiting]:
    """Give a region's assessments with free places, the oldest first: one query.

    `gate` is the stage it leads to; with `assessments` only those among them.
    """
    columns: tuple[Any, ...] = tuple(
        assessment.c[name] for name in Waiting.__dataclass_fields__ if name in assessment.c
    )
    query = select(*columns, _SITTING.label("sitting")).where(*_HAS_PLACES, assessment.c.region == region)
    if programme:
        query = query.where(assessment.c.programme_id == programme)
    if gate:
        query = query.where(assessment.c.to_stage == gate)
    if assessments:
        query = query.where(assessment.c.assessment_id.in_(assessments))
    query = query.order_by(assessment.c.opened_at, assessment.c.assessment_id).limit(limit)
    return [Waiting(**row) for row in PROJECTION.reading(connection).execute(query).mappings()]


def loads(connection: Connection) -> dict[str, int]:
    """Give for everybody who sits on panels at work on how many: one query. For proposals only, see above."""
    query = (
        select(seat.c.person, func.count())
        .join(assessment, assessment.c.assessment_id == seat.c.assessment_id)
        .where(assessment.c.status.in_(AT_WORK), seat.c.state.not_in(sorted(LEFT)))
        .group_by(seat.c.person)
    )
    return {row[0]: row[1] for row in PROJECTION.reading(connection).execute(query)}
