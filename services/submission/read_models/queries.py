"""What the lists answer: one query a question, by keyset where a list can be long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, tuple_

from services.submission.read_models.projection import LISTS, folded
from services.submission.read_models.tables import innovation, measurement, programme, programme_stage, unit

SIMILAR = 0.45
SIMILAR_SHOWN = 5

Rows = Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class InnovationFilter:
    """Which innovations are asked for; None everywhere means all of them.

    `launched` and `asked` (whether they still run, and nothing was heard of them since) leave out the others.
    """

    idents: Collection[str] | None = None
    regions: Collection[str] | None = None
    units: Collection[str] | None = None
    programme_id: str | None = None
    stage: str | None = None
    status: str | None = None
    waiting: bool | None = None
    launched: bool = False
    asked: bool = False
    words: str = ""


def units(connection: Connection, regions: Collection[str] | None) -> Rows:
    """Give the units of some regions, or all, by region and name."""
    query = select(unit).order_by(unit.c.region, unit.c.name, unit.c.unit_id)
    if regions is not None:
        query = query.where(unit.c.region.in_(regions))
    return LISTS.reading(connection).execute(query).all()


def programmes(connection: Connection, regions: Collection[str] | None) -> Rows:
    """Give the programmes of some regions, or all, with their innovations counted; newest edition first."""
    counted = (
        select(innovation.c.region, innovation.c.programme_id, func.count().label("innovations"))
        .where(innovation.c.status == "active")
        .group_by(innovation.c.region, innovation.c.programme_id)
        .subquery()
    )
    query = (
        select(programme, func.coalesce(counted.c.innovations, 0).label("innovations"))
        .outerjoin(
            counted,
            and_(counted.c.region == programme.c.region, counted.c.programme_id == programme.c.programme_id),
        )
        .order_by(programme.c.region, programme.c.requested_on.desc(), programme.c.programme_id)
    )
    if regions is not None:
        query = query.where(programme.c.region.in_(regions))
    return LISTS.reading(connection).execute(query).all()


def programme_stages(connection: Connection, regions: Collection[str] | None) -> Rows:
    """Give the stages of the programmes of some regions, or all, with their dates."""
    query = select(programme_stage)
    if regions is not None:
        query = query.where(programme_stage.c.region.in_(regions))
    return LISTS.reading(connection).execute(query).all()


def innovations(
    connection: Connection, wanted: InnovationFilter, *, limit: int, before: Sequence[str] | None = None
) -> Rows:
    """Give innovations with the short name of their unit, newest first within a region.

    `before` is the place of the last row of the page before this one.
    """
    query = (
        select(innovation, unit.c.short_name.label("unit_name"))
        .outerjoin(unit, and_(unit.c.region == innovation.c.region, unit.c.unit_id == innovation.c.unit_id))
        .order_by(innovation.c.region.desc(), innovation.c.innovation_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(innovation.c.region, innovation.c.innovation_id) < tuple_(*before))
    return LISTS.reading(connection).execute(_only(query, wanted)).all()


def place_of(row: Row[Any]) -> tuple[str, str]:
    """Give the place of a row in the list of innovations."""
    return row.region, row.innovation_id


def stage_counts(connection: Connection, wanted: InnovationFilter) -> dict[str, int]:
    """Give the number of innovations in each stage that has some."""
    query = select(innovation.c.stage, func.count()).group_by(innovation.c.stage)
    return {row[0]: row[1] for row in LISTS.reading(connection).execute(_only(query, wanted))}


def unit_counts(connection: Connection, wanted: InnovationFilter) -> dict[str, int]:
    """Give the number of innovations of each unit that has some."""
    query = select(innovation.c.unit_id, func.count()).group_by(innovation.c.unit_id)
    return {row[0]: row[1] for row in LISTS.reading(connection).execute(_only(query, wanted))}


def silent_since(connection: Connection, day: date, *, limit: int) -> list[str]:
    """Give launched, active innovations without a sign of life, or a question about them, after a day: their ids.

    As the domain has it: signs are the launch, a measurement, a confirmation. The longest launched come first.
    """
    query = (
        select(innovation.c.innovation_id)
        .where(
            innovation.c.status == "active",
            innovation.c.launched_on <= day,
            func.coalesce(innovation.c.confirmed_on <= day, True),
            func.coalesce(innovation.c.asked_on <= day, True),
            ~_measured(measurement.c.measured_on > day),
        )
        .order_by(innovation.c.launched_on, innovation.c.region, innovation.c.innovation_id)
        .limit(limit)
    )
    return list(LISTS.reading(connection).scalars(query))


def similar_titles(connection: Connection, region: str, title: str, *, apart_from: str = "") -> Rows:
    """Give innovations of a region whose titles resemble this one, most alike first."""
    alike = func.similarity(innovation.c.folded, folded(title))
    query = (
        select(
            innovation.c.innovation_id,
            innovation.c.title,
            innovation.c.unit_id,
            innovation.c.stage,
            innovation.c.status,
        )
        .where(innovation.c.region == region, alike >= SIMILAR, innovation.c.innovation_id != apart_from)
        .order_by(alike.desc(), innovation.c.innovation_id)
        .limit(SIMILAR_SHOWN)
    )
    return LISTS.reading(connection).execute(query).all()


def _measured(when: ColumnElement[bool]) -> ColumnElement[bool]:
    """Give the condition that an innovation has a measurement of such a day."""
    of = and_(measurement.c.region == innovation.c.region, measurement.c.innovation_id == innovation.c.innovation_id)
    return select(1).where(of, when).exists()


def _only(query: Select[Any], wanted: InnovationFilter) -> Select[Any]:
    """Narrow a query to what is wanted."""
    if wanted.idents is not None:
        query = query.where(innovation.c.innovation_id.in_(wanted.idents))
    if wanted.regions is not None:
        query = query.where(innovation.c.region.in_(wanted.regions))
    if wanted.units is not None:
        query = query.where(innovation.c.unit_id.in_(wanted.units))
    for column in ("programme_id", "stage", "status", "waiting"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(innovation.c[column] == value)
    if wanted.launched:
        query = query.where(innovation.c.launched_on.is_not(None))
    if wanted.asked:
        query = query.where(
            innovation.c.asked_on.is_not(None),
            func.coalesce(innovation.c.confirmed_on < innovation.c.asked_on, True),
            ~_measured(measurement.c.measured_on >= innovation.c.asked_on),
        )
    for word in folded(wanted.words).split():
        query = query.where(innovation.c.folded.contains(word, autoescape=True))
    return query
