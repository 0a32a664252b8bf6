"""What submission does by itself: carry out what a panel concluded."""

from datetime import UTC, datetime
from typing import assert_never

import structlog

from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_commands import (
    AdvanceThroughGate,
    DeclineAtGate,
    InnovationCommand,
    ReviseAfterGate,
)
from services.submission.domain.rejections import NotActive, NotAwaited
from services.submission.incoming import AssessmentConcluded, Outcome
from shared.domain import NotFound
from shared.incoming import Received
from shared.reaction import Do, Reaction

REACTIONS = Reaction("submission.reactions")

_log = structlog.get_logger(__name__)


@REACTIONS.on(AssessmentConcluded)
def concluded(event: AssessmentConcluded, at: Received, do: Do) -> None:
    """Advance, return or decline; a conclusion that is not awaited any more changes nothing."""
    try:
        # An envelope says when it was recorded; when the panel concluded is a fact in the payload.
        do(INNOVATION, event.innovation_id, command_of(event, actor=at.actor, at=datetime.now(UTC)))
    except (NotAwaited, NotActive, NotFound) as reason:
        _log.info("conclusion passed over", assessment=event.assessment_id, reason=type(reason).__name__)


def command_of(event: AssessmentConcluded, *, actor: str, at: datetime) -> InnovationCommand:
    """Give the command that carries out a conclusion."""
    match event.outcome:
        case Outcome.ADVANCE:
            return AdvanceThroughGate(
                actor=actor,
                at=at,
                assessment_id=event.assessment_id,
                submission_no=event.submission_no,
                on=event.concluded_on,
            )
        case Outcome.REVISE:
            return ReviseAfterGate(
                actor=actor,
                at=at,
                assessment_id=event.assessment_id,
                submission_no=event.submission_no,
                required_changes=event.required_changes,
                on=event.concluded_on,
            )
        case Outcome.DECLINE:
            return DeclineAtGate(
                actor=actor,
                at=at,
                assessment_id=event.assessment_id,
                submission_no=event.submission_no,
                rationale=event.rationale,
                on=event.concluded_on,
            )
        case _:
            assert_never(event.outcome)
