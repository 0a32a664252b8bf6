"""What citizens said, as a list: the facts in rows, the words from the log alone, so that what is erased there is gone.

Which ones wait is said once, here: for a moderator what has words that nobody decided about, for the unit a complaint
without an answer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, Row, and_, column, func, literal, select, table, tuple_

from services.submission.domain.feedback import FeedbackState
from services.submission.domain.feedback_events import (
    AnswerWorded,
    FeedbackAnswered,
    FeedbackGiven,
    FeedbackKind,
    FeedbackPublished,
    FeedbackWithdrawn,
    FeedbackWithheld,
    FeedbackWorded,
)
from services.submission.read_models.projection import LISTS
from services.submission.read_models.tables import feedback, innovation, unit
from shared.incoming import Received
from shared.projection import Write, insert, update

_ACTIVE = (FeedbackState.GIVEN, FeedbackState.PUBLISHED)


class Show(StrEnum):
    """Which of them are asked for."""

    MODERATE = "moderate"
    ANSWER = "answer"
    PUBLISHED = "published"
    WITHHELD = "withheld"
    ALL = "all"


class Words(NamedTuple):
    """What the citizen wrote and what the unit answered; None where there is nothing, or nothing any more."""

    text: str | None = None
    answer: str | None = None


class Waiting(NamedTuple):
    """How many wait for a moderator, and how many for the unit's answer."""

    moderate: int
    answer: int


@dataclass(frozen=True, kw_only=True)
class FeedbackFilter:
    """Which ones are asked for; None means all."""

    regions: Collection[str] | None = None
    units: Collection[str] | None = None
    show: Show = Show.ALL


# -- what becomes of events -------------------------------------------------------------------------------------


def _change(at: Received, feedback_id: str, **values: Any) -> Write:
    key = {"region": at.region, "feedback_id": feedback_id}
    return update(feedback, key=key, set={**values, "position": at.position})


@LISTS.on(FeedbackGiven)
def _given(event: FeedbackGiven, at: Received) -> Iterator[Write]:
    row = {**vars(event), "region": at.region, "state": FeedbackState.GIVEN}
    yield insert(feedback, {**row, "given_at": at.recorded_at, "position": at.position})


@LISTS.on(FeedbackPublished)
def _published(event: FeedbackPublished, at: Received) -> Iterator[Write]:
    yield _change(at, event.feedback_id, state=FeedbackState.PUBLISHED, grounds=None)


@LISTS.on(FeedbackWithheld)
def _withheld(event: FeedbackWithheld, at: Received) -> Iterator[Write]:
    yield _change(at, event.feedback_id, state=FeedbackState.WITHHELD, grounds=event.grounds)


@LISTS.on(FeedbackAnswered)
def _answered(event: FeedbackAnswered, at: Received) -> Iterator[Write]:
    yield _change(at, event.feedback_id, answered_on=event.answered_on)


@LISTS.on(FeedbackWithdrawn)
def _withdrawn(event: FeedbackWithdrawn, at: Received) -> Iterator[Write]:
    yield _change(at, event.feedback_id, state=FeedbackState.WITHDRAWN, grounds=None)


# -- what is asked ----------------------------------------------------------------------------------------------

_EVENT = table("event", *map(column, ("region", "stream", "type", "payload")), schema="public")
# Words that were erased with a person leave nothing to decide about.
_WORDS_STAND = (
    select(literal(1))
    .where(
        _EVENT.c.region == feedback.c.region,
        _EVENT.c.stream == literal("feedback/") + feedback.c.feedback_id,
        _EVENT.c.type == FeedbackWorded.wire_name,
        _EVENT.c.payload.is_not(None),
    )
    .correlate(feedback)
    .exists()
)
_TO_MODERATE = and_(feedback.c.state == FeedbackState.GIVEN, feedback.c.worded, _WORDS_STAND)
_TO_ANSWER = and_(
    feedback.c.kind == FeedbackKind.COMPLAINT, feedback.c.state.in_(_ACTIVE), feedback.c.answered_on.is_(None)
)
_SHOWN: Mapping[Show, ColumnElement[bool]] = {
    Show.MODERATE: _TO_MODERATE,
    Show.ANSWER: _TO_ANSWER,
    Show.PUBLISHED: feedback.c.state == FeedbackState.PUBLISHED,
    Show.WITHHELD: feedback.c.state == FeedbackState.WITHHELD,
}

# The innovation and the unit are of the same region, whose log told of them before.
_INNOVATION = and_(innovation.c.region == feedback.c.region, innovation.c.innovation_id == feedback.c.innovation_id)
_UNIT = and_(unit.c.region == innovation.c.region, unit.c.unit_id == innovation.c.unit_id)

_WORDS = f"""
SELECT e.stream, e.type, e.payload
FROM unnest(%(regions)s::text[], %(streams)s::text[]) AS s(region, stream)
JOIN event e ON e.region = s.region AND e.stream = s.stream
WHERE e.type IN ('{FeedbackWorded.wire_name}', '{AnswerWorded.wire_name}') AND e.payload IS NOT NULL
ORDER BY e.region, e.position
"""


def said(
    connection: Connection, wanted: FeedbackFilter, *, limit: int, before: tuple[datetime, str, str] | None = None
) -> Sequence[Any]:
    """Give what was said with its innovation and unit, newest first: one query.

    `before` is the place of the last row of the page before this one.
    """
    query = (
        select(feedback, innovation.c.title, innovation.c.unit_id, unit.c.short_name.label("unit_name"))
        .join(innovation, _INNOVATION)
        .outerjoin(unit, _UNIT)
        .order_by(feedback.c.given_at.desc(), feedback.c.region.desc(), feedback.c.feedback_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(feedback.c.given_at, feedback.c.region, feedback.c.feedback_id) < tuple_(*before))
    if wanted.show in _SHOWN:
        query = query.where(_SHOWN[wanted.show])
    return LISTS.reading(connection).execute(query.where(*_only(wanted))).all()


def place_of_said(row: Row[Any]) -> tuple[str, str, str]:
    """Give the place of a row in the list."""
    return row.given_at.isoformat(), row.region, row.feedback_id


def waiting(connection: Connection, wanted: FeedbackFilter) -> Waiting:
    """Give how many wait, whatever the filter shows: one query."""
    query = (
        select(func.count().filter(_TO_MODERATE), func.count().filter(_TO_ANSWER))
        .select_from(feedback)
        .join(innovation, _INNOVATION)
        .where(feedback.c.state.in_(_ACTIVE))
    )
    moderate, answer = LISTS.reading(connection).execute(query.where(*_only(wanted))).one()
    return Waiting(moderate, answer)


def words_of(connection: Connection, rows: Sequence[Any]) -> dict[str, Words]:
    """Give the words that still stand in the log, by the id of each of these rows: one query, none without rows."""
    if not rows:
        return {}
    streams = [f"feedback/{row.feedback_id}" for row in rows]
    asked = {"regions": [row.region for row in rows], "streams": streams}
    found = dict.fromkeys((row.feedback_id for row in rows), Words())
    for stream, kind, payload in connection.exec_driver_sql(_WORDS, asked):
        ident, text = stream.partition("/")[2], from_json(payload)["text"]
        of_citizen = kind == FeedbackWorded.wire_name
        found[ident] = found[ident]._replace(**({"text": text} if of_citizen else {"answer": text}))
    return found


def _only(wanted: FeedbackFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.regions is not None:
        found.append(feedback.c.region.in_(wanted.regions))
    if wanted.units is not None:
        found.append(innovation.c.unit_id.in_(wanted.units))
    return found
