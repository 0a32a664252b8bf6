"""A reviewer's draft of a scorecard, kept until it is handed in, and the private note that stays beside it.

A draft belongs to its reviewer alone: no event, no list and nobody else's page knows of it. Marks are kept as they were
typed, since half a number is a draft as well. `version` counts the saves: a window that was left open does not
overwrite what another one saved later. `writer` names the form that saved last, whose own answer may have been lost on
the way: it may always save again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from services.review.desk import actions
from services.review.domain.disclosure import SeenAssessment, SeenSeat
from services.review.domain.rejections import AlreadyEnded, PanelClosed
from services.review.domain.state import ENDED, Card, SeatState, Status
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Conflict, NotFound
from shared.event_log import Outcome as Recorded

_READ = """
SELECT round_no, version, marks, summary, reason, note, saved_at FROM draft WHERE person = %s AND assessment_id = %s
"""
_SAVE = """
INSERT INTO draft AS kept (person, assessment_id, round_no, marks, summary, reason, note, version, writer, saved_at)
VALUES (%(person)s, %(ident)s, %(round)s, %(marks)s, %(summary)s, %(reason)s, %(note)s, 1, %(writer)s,
    clock_timestamp())
ON CONFLICT (person, assessment_id, round_no) DO UPDATE SET marks = EXCLUDED.marks, summary = EXCLUDED.summary,
    reason = EXCLUDED.reason, note = EXCLUDED.note, version = kept.version + 1, writer = EXCLUDED.writer,
    saved_at = EXCLUDED.saved_at
WHERE kept.version = %(base)s OR kept.writer = %(writer)s
RETURNING version, saved_at
"""
_SETTLE = """
INSERT INTO draft AS kept (person, assessment_id, round_no, marks, summary, reason, note, version, writer, saved_at)
VALUES (%(person)s, %(ident)s, %(round)s, NULL, '', '', COALESCE(%(note)s, ''), 1, '', clock_timestamp())
ON CONFLICT (person, assessment_id, round_no) DO UPDATE SET marks = NULL, summary = '', reason = '',
    note = COALESCE(%(note)s, kept.note), version = kept.version + 1, writer = '', saved_at = EXCLUDED.saved_at
"""


class DraftNewer(Conflict):
    """A newer draft was saved in another window or on another device. Open the sheet again to go on from it."""


class Writing(StrEnum):
    """What a reviewer may do with the score sheet of the present round."""

    SCORE = "score"
    REVISE = "revise"
    RECONSIDER = "reconsider"


@dataclass(frozen=True, kw_only=True)
class Jotted:
    """What was typed for one criterion."""

    criterion_id: str
    score: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft of one round; version 0 before the first save, `marks` None once the scorecard is handed in."""

    version: int = 0
    saved_at: datetime | None = None
    marks: tuple[Jotted, ...] | None = None
    summary: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Saved:
    """That a draft was saved: its version now, and when."""

    version: int
    saved_at: datetime


def own_card(seen: SeenAssessment) -> Card | None:
    """Give the viewer's own scorecard of the present round that counts."""
    cards = seen.own.cards if seen.own else ()
    return next((card for card in reversed(cards) if card.round_no == seen.round.number), None)


def writing(seen: SeenAssessment) -> Writing | None:
    """Give what the viewer may do with the sheet now; None where nothing."""
    card = own_card(seen)
    state = seen.own.state if seen.own else None
    if seen.status is Status.OPEN and state is SeatState.CLEARED:
        return Writing.SCORE
    if card is None or state is not SeatState.SCORED:
        return None
    if seen.status is Status.OPEN:
        return Writing.REVISE
    return Writing.RECONSIDER if seen.status is Status.MODERATION and not card.moderated else None


def at_the_sheet(commands: CommandHandler, actor: Actor, ident: str) -> tuple[SeenAssessment, SeenSeat]:
    """Give the assessment and the actor's own place on its panel.

    Raises NotFound to those who have none, DeclarationMissing or LeftThePanel to those who may not read the dossier.
    """
    seen = actions.look(commands, actor, ident)[0]
    if seen.own is None:
        raise NotFound
    return actions.open_dossier(commands, actor, ident), seen.own


def read(engine: Engine, actor: Actor, ident: str) -> dict[int, Draft]:
    """Give the actor's own drafts of an assessment by round: one query."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(_READ, (actor.person, ident)).all()
    return {
        row.round_no: Draft(
            version=row.version,
            saved_at=row.saved_at,
            marks=None if row.marks is None else tuple(Jotted(**each) for each in row.marks),
            summary=row.summary,
            reason=row.reason,
            note=row.note,
        )
        for row in rows
    }


def save(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    marks: Sequence[Jotted],
    summary: str,
    reason: str,
    note: str,
    base: int,
    writer: str,
) -> Saved:
    """Keep a draft made from version `base` by the form `writer`.

    Raises what `at_the_sheet` raises, PanelClosed or AlreadyEnded where nothing can be handed in any more, and
    DraftNewer where another form has saved since.
    """
    seen, _ = at_the_sheet(commands, actor, ident)
    if writing(seen) is None:
        raise AlreadyEnded if seen.status in ENDED else PanelClosed
    values = {
        "person": actor.person,
        "ident": ident,
        "round": seen.round.number,
        "marks": json.dumps([asdict(each) for each in marks]),
        "summary": summary,
        "reason": reason,
        "note": note,
        "base": base,
        "writer": writer,
    }
    with commands.log.engine.begin() as connection:
        row = connection.exec_driver_sql(_SAVE, values).one_or_none()
    if row is None:
        raise DraftNewer
    return Saved(version=row.version, saved_at=row.saved_at)


def settle(commands: CommandHandler, actor: Actor, ident: str, done: Recorded, *, note: str | None = None) -> None:
    """Delete what was drafted of the scorecard that was now handed in; the note stays, or becomes this one.

    A repeated request leaves what was drafted since alone.
    """
    if done.replayed:
        return
    seen, _ = actions.look(commands, actor, ident)
    values = {"person": actor.person, "ident": ident, "round": seen.round.number, "note": note}
    with commands.log.engine.begin() as connection:
        connection.exec_driver_sql(_SETTLE, values)
