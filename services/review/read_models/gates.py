"""The gates of a region's programmes: how many assessments each has, and which. Nothing here is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from services.review.domain.state import Status
from services.review.read_models import assessments, dossier


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A stage transition of a programme, and how many assessments stand at it; those that were cancelled do not."""

    programme_id: str
    from_stage: str
    to_stage: str
    assessments: int


def gates(connection: Connection, region: str) -> list[Gate]:
    """Give the gates of a region at which there are assessments, the latest edition first: one query."""
    table = assessments.assessment
    query = (
        select(table.c.programme_id, table.c.from_stage, table.c.to_stage, func.count())
        .where(table.c.region == region, table.c.status != Status.CANCELLED)
        .group_by(table.c.programme_id, table.c.from_stage, table.c.to_stage)
        .order_by(table.c.programme_id.desc(), func.min(table.c.opened_at))
    )
    return [
        Gate(programme_id=row[0], from_stage=row[1], to_stage=row[2], assessments=row[3])
        for row in assessments.PROJECTION.reading(connection).execute(query)
    ]


def at_gate(connection: Connection, region: str, programme: str, from_stage: str, limit: int) -> list[str]:
    """Give the ids of a gate's assessments, the oldest first, without those that were cancelled: one query."""
    table = assessments.assessment
    query = (
        select(table.c.assessment_id)
        .where(
            table.c.region == region,
            table.c.programme_id == programme,
            table.c.from_stage == from_stage,
            table.c.status != Status.CANCELLED,
        )
        .order_by(table.c.opened_at, table.c.assessment_id)
        .limit(limit)
    )
    return list(assessments.PROJECTION.reading(connection).execute(query).scalars())


def programme_titles(connection: Connection, programmes: Sequence[str]) -> dict[str, str]:
    """Give the titles of programmes: one query."""
    table = dossier.programme
    query = select(table.c.programme_id, table.c.title).where(table.c.programme_id.in_(programmes))
    return {row[0]: row[1] for row in dossier.PROJECTION.reading(connection).execute(query)}
