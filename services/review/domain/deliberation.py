"""What happens between the last scorecard and the determination: a moderation, and further rounds.

A panel whose totals lie further apart than `MODERATION_SPREAD` talks first: its reviewers read each other's scorecards,
speak under their pseudonyms, and may each revise once with a reason. The chair ends it. After that the chair may ask
for a further round, such as a presentation, with a rubric of its own; the scorecards of earlier rounds stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.review.domain import rejections as no
from services.review.domain.events import (
    AssessmentOpened,
    ModerationClosed,
    PresentationScheduled,
    RemarkMade,
    RoundKind,
    RoundOpened,
)
from services.review.domain.panel import own_seat
from services.review.domain.state import Assessment, Status
from services.review.domain.texts import required
from shared.domain import Command

CHAIR = "chair"
MAX_REMARK = 4000
MAX_ROUNDS = 5
PRESENT_MINUTES = 7
INTERVIEW_MINUTES = 13
LONGEST_MINUTES = 240


@dataclass(frozen=True, kw_only=True)
class MakeRemark(Command):
    """Say something in the moderation, as the chair or as a reviewer of the panel."""

    text: str
    as_chair: bool


@dataclass(frozen=True, kw_only=True)
class CloseModeration(Command):
    """End the moderation, as the chair; the scores stand as they are."""


@dataclass(frozen=True, kw_only=True)
class OpenRound(Command):
    """Ask the panel for a further round, as the chair. `rubric_known` says whether that version was published."""

    kind: RoundKind
    rubric_id: str
    rubric_version: int
    rubric_known: bool


@dataclass(frozen=True, kw_only=True)
class SchedulePresentation(Command):
    """Give the unit its time to present, as the chair; the later word replaces the earlier one."""

    starts_at: datetime
    present_minutes: int
    interview_minutes: int
    place: str


def remark(command: MakeRemark, state: Assessment, opened: AssessmentOpened) -> RemarkMade:
    """Give what was said."""
    speaker = CHAIR if command.as_chair else own_seat(command, state).slot
    if state.status is not Status.MODERATION:
        raise no.NotInModeration
    return RemarkMade(
        assessment_id=opened.assessment_id, speaker=speaker, text=required(command.text, "text", MAX_REMARK)
    )


def close(state: Assessment, opened: AssessmentOpened) -> ModerationClosed:
    """Give the end of the moderation."""
    if state.status is not Status.MODERATION:
        raise no.NotInModeration
    return ModerationClosed(assessment_id=opened.assessment_id)


def open_round(command: OpenRound, state: Assessment, opened: AssessmentOpened) -> RoundOpened:
    """Give the further round; the round before it is complete."""
    match state.status:
        case Status.OPEN:
            raise no.PanelIncomplete
        case Status.MODERATION:
            raise no.InModeration
        case _:
            pass
    if len(state.rounds) >= MAX_ROUNDS:
        raise no.TooManyRounds(maximum=MAX_ROUNDS)
    if not command.rubric_known:
        raise no.RubricUnknown(field="rubric_id")
    return RoundOpened(
        assessment_id=opened.assessment_id,
        round_no=state.round.number + 1,
        kind=command.kind,
        rubric_id=command.rubric_id,
        rubric_version=command.rubric_version,
    )


def schedule(command: SchedulePresentation, state: Assessment, opened: AssessmentOpened) -> PresentationScheduled:
    """Give the unit's time; raise what is wrong with it."""
    if state.round.kind is not RoundKind.PRESENTATION or state.status is not Status.OPEN:
        raise no.NoPresentation
    if command.starts_at < command.at - timedelta(days=1):
        raise no.StartsInThePast(field="starts_at")
    for field, minutes in (
        ("present_minutes", command.present_minutes),
        ("interview_minutes", command.interview_minutes),
    ):
        if not 1 <= minutes <= LONGEST_MINUTES:
            raise no.MinutesInvalid(field=field, maximum=LONGEST_MINUTES)
    return PresentationScheduled(
        assessment_id=opened.assessment_id,
        round_no=state.round.number,
        starts_at=command.starts_at,
        present_minutes=command.present_minutes,
        interview_minutes=command.interview_minutes,
        place=required(command.place, "place", 300),
    )
