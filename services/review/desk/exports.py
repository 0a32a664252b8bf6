"""Results to be taken along: what `disclose` shows of many assessments at once, a line for each score."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.review.desk.actions import viewer_of
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.disclosure import SeenAssessment, disclose
from services.review.read_models.finding import Found
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import NotFound

MAX_ROWS = 1000
"""How many assessments one file holds at most."""

_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """A score on a criterion, on a scorecard that is open to whoever asks; `counts` unless it was replaced since."""

    assessment_id: str
    slot: str
    round_no: int
    revision: int
    counts: bool
    criterion_id: str
    score: Decimal
    comment: str
    total: Decimal
    summary: str


def lines(commands: CommandHandler, actor: Actor, found: Sequence[Found]) -> dict[str, list[Line]]:
    """Give for each of these assessments the scores that the actor may read: one query for a hundred of a region."""
    by_region: dict[str, list[str]] = defaultdict(list)
    for each in found:
        by_region[each.region].append(each.assessment_id)
    given: dict[str, list[Line]] = {each.assessment_id: [] for each in found}
    for idents in by_region.values():
        for first in range(0, len(idents), _AT_ONCE):
            some = idents[first : first + _AT_ONCE]
            states = commands.states(*((ASSESSMENT, ident) for ident in some))
            for ident, (state, _) in zip(some, states, strict=True):
                try:
                    given[ident] = _lines(ident, disclose(state, viewer_of(actor, state)))
                except NotFound:
                    # The list knew of it a moment ago; what may be read is what holds now.
                    continue
    return given


def _lines(ident: str, seen: SeenAssessment) -> list[Line]:
    latest = {(seat.slot, card.round_no): card.revision for seat in seen.seats for card in seat.cards}
    return [
        Line(
            assessment_id=ident,
            slot=seat.slot,
            round_no=card.round_no,
            revision=card.revision,
            counts=card.revision == latest[seat.slot, card.round_no],
            criterion_id=mark.criterion_id,
            score=mark.score,
            comment=mark.comment,
            total=card.total,
            summary=card.summary,
        )
        for seat in seen.seats
        for card in seat.cards
        for mark in card.marks
    ]
