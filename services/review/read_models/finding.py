"""Assessments found by a query, and how far the regions are: the questions that lists, exports and the board ask.

What `disclose` keeps from somebody, no condition and no order here knows of: a score is none (NULL) unless it is open
to whoever asks, and so is the due date of a place that is not theirs to see. What is none fits no comparison, neither
as it stands nor turned round, and comes last in every order.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Numeric,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from services.review.domain.events import Outcome
from services.review.domain.state import LEFT, PENDING, SeatState, Status
from services.review.read_models import assessments as local
from services.review.read_models import dossier
from services.review.read_models.assessments import Scope, Subject, assessment, reviewer, seat, seat_state
from shared import query as language
from shared.query import Choice, Code, Day, Field, Number, Op, Query, Term

# Submission's projection stands in a schema of its own in the same database: a joined name costs no second query.
_OTHER = "dossier"
_titled = dossier.innovation.to_metadata(MetaData(), schema=_OTHER)
_unit = dossier.unit.to_metadata(MetaData(), schema=_OTHER)
_WIB = ZoneInfo("Asia/Jakarta")

WAITING, SHORT, OVERDUE = "waiting", "short", "overdue"
STAGES = ("drum-up", "diagnose", "design", "deliver", "display")
FIELDS: dict[str, Field] = {
    "is": Choice(values=(*Status, WAITING, SHORT, OVERDUE)),
    "outcome": Choice(values=tuple(Outcome)),
    "region": Code(pattern=r"\d\d(\.\d\d)?", example="33.27"),
    "unit": Code(pattern=r"\d\d(\.\d\d)?-[A-Za-z0-9-]{1,60}", example="36.74-disdukcapil"),
    "programme": Code(pattern=r"\d\d(\.\d\d)?-\d{4}", example="36.74-2026"),
    "gate": Choice(values=STAGES),
    "scorecards": Number(example="1"),
    "missing": Number(example="1"),
    "round": Number(example="2"),
    "score": Number(example="70"),
    "spread": Number(example="20"),
    "opened": Day(),
    "due": Day(),
    "ended": Day(),
    "reviewed-by": Choice(values=("me",)),
    "assigned-to": Choice(values=("me",)),
}
SORTS = ("opened", "due", "score", "spread", "missing")

Regions = frozenset[str] | None
"""Regions in which a right is held; None stands for all."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Who asks: which assessments they may know of, where they chair, where they see all places, and today's date."""

    scope: Scope
    chairs: Regions
    places: Regions
    today: date


@dataclass(frozen=True, kw_only=True)
class Found(Subject):
    """An assessment in a list; what is sealed to whoever asked is None."""

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
    missing: int
    due: date | None
    score: Decimal | None
    spread: Decimal | None
    own_slot: str | None
    own_state: SeatState | None
    title: str | None
    unit_name: str | None


Place = tuple[Any, str]
"""Where a page ends: the last row's value in the order, None where it has none, and its id."""


def find(
    connection: Connection, sight: Sight, query: Query = (), *, sort: str = "opened", after: Place | None, limit: int
) -> list[Found]:
    """Give the assessments that fit a query over FIELDS, in the order of one of SORTS (`-` turns it): one query."""
    rows = _rows(sight)
    name = sort.removeprefix("-")
    by = rows.c["opened_at" if name == "opened" else name]
    down = sort.startswith("-")
    asked = select(rows).where(*(_condition(rows, term, sight) for term in query))
    if after is not None:
        value, ident = after
        later = rows.c.assessment_id > ident
        if value is None:
            asked = asked.where(by.is_(None), later)
        else:
            further = by < value if down else by > value
            asked = asked.where(or_(further, and_(by == value, later), by.is_(None)))
    order = (by.desc() if down else by.asc()).nulls_last()
    found = _reading(connection).execute(asked.order_by(order, rows.c.assessment_id).limit(limit)).mappings()
    return [_found(row) for row in found]


def place_after(row: Found, sort: str) -> Place:
    """Give the place after a row in an order."""
    name = sort.removeprefix("-")
    return (row.opened_at if name == "opened" else getattr(row, name), row.assessment_id)


def tally(connection: Connection, sight: Sight, queries: Sequence[Query]) -> list[int]:
    """Give how many assessments fit each of some queries: one query."""
    rows = _rows(sight)
    counts = [func.count().filter(and_(true(), *(_condition(rows, term, sight) for term in each))) for each in queries]
    return [int(each) for each in _reading(connection).execute(select(*counts).select_from(rows)).one()]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a region's panels are; `region` is None for all of them together. Days are from opening to conclusion."""

    region: str | None
    open: int
    short: int
    overdue: int
    moderation: int
    complete: int
    concluded: int
    days: Decimal | None


def progress(connection: Connection, sight: Sight) -> list[Progress]:
    """Give how far each region is in which whoever asks sees all places, and last all together: one query."""
    rows = _rows(sight)
    is_open = rows.c.status == Status.OPEN
    concluded = rows.c.status == Status.CONCLUDED
    lasted = extract("epoch", rows.c.ended_at - rows.c.opened_at) / 86400
    asked = (
        select(
            rows.c.region,
            func.count().filter(is_open).label("open"),
            func.count().filter(_short(rows)).label("short"),
            func.coalesce(func.sum(rows.c.overdue), 0).label("overdue"),
            func.count().filter(rows.c.status == Status.MODERATION).label("moderation"),
            func.count().filter(rows.c.status == Status.COMPLETE).label("complete"),
            func.count().filter(concluded).label("concluded"),
            func.round(cast(func.percentile_cont(0.5).within_group(lasted).filter(concluded), Numeric), 1).label(
                "days"
            ),
        )
        .where(_within(rows.c.region, sight.places))
        .group_by(func.rollup(rows.c.region))
        .order_by(rows.c.region.asc().nulls_last())
    )
    return [Progress(**row) for row in _reading(connection).execute(asked).mappings()]


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many active reviewers sit on how many panels at work, and how many of them are at their capacity."""

    panels: tuple[tuple[int, int], ...]
    at_capacity: int

    @property
    def reviewers(self) -> int:
        """How many active reviewers there are."""
        return sum(number for _, number in self.panels)


def load(connection: Connection) -> Load:
    """Give the load of the pool without saying whose it is: one query."""
    sits = (
        select(seat.c.person, func.count().label("panels"))
        .join(assessment, assessment.c.assessment_id == seat.c.assessment_id)
        .where(assessment.c.status == Status.OPEN, seat_state.in_(sorted(PENDING)))
        .group_by(seat.c.person)
        .subquery()
    )
    panels = func.coalesce(sits.c.panels, 0)
    asked = (
        select(panels, func.count(), func.count().filter(panels >= reviewer.c.capacity))
        .select_from(reviewer.outerjoin(sits, sits.c.person == reviewer.c.person))
        .where(reviewer.c.active)
        .group_by(panels)
        .order_by(panels)
    )
    rows = _reading(connection).execute(asked).all()
    return Load(panels=tuple((row[0], row[1]) for row in rows), at_capacity=sum(row[2] for row in rows))


def _reading(connection: Connection) -> Connection:
    schemas = {None: local.PROJECTION.schema, _OTHER: dossier.PROJECTION.schema}
    return connection.execution_options(schema_translate_map=schemas)


def _rows(sight: Sight) -> Any:
    """Give every assessment that whoever asks may know of, with what is open to them, as a FROM item."""
    here = seat.c.assessment_id == assessment.c.assessment_id
    me = sight.scope.person
    counted = seat_state == SeatState.SCORED
    awaited = and_(seat_state.in_(sorted(PENDING)), assessment.c.status == Status.OPEN)
    seen_place = or_(_within(assessment.c.region, sight.places), seat.c.person == me)
    panel = (
        select(
            func.count().filter(seat_state.not_in(sorted(LEFT))).label("assigned"),
            func.count().filter(seat_state.in_(sorted(PENDING))).label("pending"),
            func.count().filter(counted).label("scorecards"),
            func.min(seat.c.due_on).filter(awaited, seen_place).label("due"),
            func.count().filter(awaited, seen_place, seat.c.due_on < sight.today).label("overdue"),
            func.round(func.avg(seat.c.total).filter(counted), 2).label("mean"),
            (func.max(seat.c.total).filter(counted) - func.min(seat.c.total).filter(counted)).label("width"),
        )
        .where(here)
        .lateral("panel")
    )
    own = (
        select(seat.c.slot.label("own_slot"), seat_state.label("own_state"))
        .where(here, seat.c.person == me)
        .order_by(seat.c.assigned_at.desc(), seat.c.slot.desc())
        .limit(1)
        .lateral("own")
    )
    chaired = and_(
        _within(assessment.c.region, sight.chairs), assessment.c.status.in_([Status.MODERATION, Status.COMPLETE])
    )
    moderates = and_(assessment.c.status == Status.MODERATION, own.c.own_state == SeatState.SCORED)

    def opened(concluded: ColumnElement[Any], present: ColumnElement[Any]) -> ColumnElement[Any]:
        open_now = or_(chaired, moderates)
        return case((assessment.c.status == Status.CONCLUDED, concluded), (open_now, present), else_=null())

    sealed = {"score", "spread"}
    plain = [column for column in assessment.c if column.name in Found.__dataclass_fields__.keys() - sealed]
    query: Select[Any] = select(
        *plain,
        panel.c.assigned,
        panel.c.pending,
        panel.c.scorecards,
        func.greatest(assessment.c.panel_size - panel.c.scorecards, 0).label("missing"),
        panel.c.due,
        panel.c.overdue,
        opened(assessment.c.score, panel.c.mean).label("score"),
        opened(assessment.c.spread, panel.c.width).label("spread"),
        own.c.own_slot,
        own.c.own_state,
        _titled.c.title,
        _unit.c.name.label("unit_name"),
    ).select_from(
        assessment.join(panel, onclause=true())
        .outerjoin(own, onclause=true())
        .outerjoin(_titled, _titled.c.innovation_id == assessment.c.innovation_id)
        .outerjoin(_unit, _unit.c.unit_id == assessment.c.unit_id)
    )
    if not sight.scope.everywhere:
        scope = sight.scope
        known = or_(
            assessment.c.region.in_(scope.regions), assessment.c.unit_id.in_(scope.units), _sits(assessment, me)
        )
        query = query.where(known)
    return query.subquery("found")


def _within(region: ColumnElement[str], regions: Regions) -> ColumnElement[bool]:
    return true() if regions is None else region.in_(sorted(regions)) if regions else false()


def _sits(rows: Any, person: str, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(seat.c.assessment_id == rows.c.assessment_id, seat.c.person == person, *further)


def _short(rows: Any) -> ColumnElement[bool]:
    return and_(rows.c.status == Status.OPEN, rows.c.assigned < rows.c.panel_size)


_COLUMNS = {
    "gate": "from_stage",
    "unit": "unit_id",
    "programme": "programme_id",
    "round": "round_no",
    "opened": "opened_at",
    "ended": "ended_at",
}


def _condition(rows: Any, term: Term, sight: Sight) -> ColumnElement[bool]:
    """Give what a term asks of a row. Only the comparison of a number or a date may be unknown: then nothing fits."""
    fits = _fits(rows, term, sight)
    return not_(fits) if term.negated else fits


def _fits(rows: Any, term: Term, sight: Sight) -> ColumnElement[bool]:
    value: Any = term.value
    me = sight.scope.person
    match term.field:
        case language.TEXT:
            titled: ColumnElement[str] = func.coalesce(rows.c.title, "")
            return titled.icontains(value, autoescape=True)
        case "is":
            return _is(rows, value)
        case "reviewed-by":
            return _sits(rows, me, seat.c.round_no.is_not(None))
        case "assigned-to":
            return _sits(rows, me, seat.c.state.not_in(sorted(LEFT)))
        case "outcome":
            return _COMPARED[Op.IS](func.coalesce(rows.c.outcome, ""), value)
        case "opened" | "ended":
            return _on(rows.c[_COLUMNS[term.field]], term.op, value)
        case _:
            return _COMPARED[term.op](rows.c[_COLUMNS.get(term.field, term.field)], value)


def _is(rows: Any, value: str) -> ColumnElement[bool]:
    overdue: ColumnElement[bool] = rows.c.overdue > 0
    own = {
        WAITING: or_(rows.c.status.in_([Status.MODERATION, Status.COMPLETE]), _short(rows), overdue),
        SHORT: _short(rows),
        OVERDUE: overdue,
    }
    of_status: ColumnElement[bool] = rows.c.status == literal(value)
    return own.get(value, of_status)


_COMPARED: dict[Op, Callable[[Any, Any], ColumnElement[bool]]] = {
    Op.IS: operator.eq,
    Op.BELOW: operator.lt,
    Op.AT_MOST: operator.le,
    Op.ABOVE: operator.gt,
    Op.AT_LEAST: operator.ge,
}


def _on(column: ColumnElement[Any], op: Op, day: date) -> ColumnElement[bool]:
    """Compare a moment with a whole day in western Indonesian time."""
    begins = datetime.combine(day, time(), _WIB)
    ends = datetime.combine(day, time.max, _WIB)
    if op is Op.IS:
        return column.between(begins, ends)
    return _COMPARED[op](column, begins if op in (Op.BELOW, Op.AT_LEAST) else ends)


def _found(row: Any) -> Found:
    values = {name: row[name] for name in Found.__dataclass_fields__}
    values["status"] = Status(values["status"])
    values["own_state"] = SeatState(values["own_state"]) if values["own_state"] else None
    return Found(**values)
