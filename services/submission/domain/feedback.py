"""What a citizen says about an innovation, and what the region does with it; the words themselves decide nothing.

given ──► published    a moderator let everybody read the words
  any ──► withheld     neither shown nor counted; can be published after all
  any ──► withdrawn    by the citizen, for good
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

from services.submission.domain import checks
from services.submission.domain.feedback_events import (
    AnswerWorded,
    FeedbackAnswered,
    FeedbackEvent,
    FeedbackGiven,
    FeedbackKind,
    FeedbackPublished,
    FeedbackWithdrawn,
    FeedbackWithheld,
    FeedbackWorded,
    Withheld,
)
from services.submission.domain.innovation_state import Innovation, Status
from services.submission.domain.rejections import (
    FeedbackIsWithdrawn,
    FeedbackIsWithheld,
    NoStarsHere,
    NothingToPublish,
    NotInUse,
    StarsMissing,
)
from shared.domain import Command, Decider, NotFound, refuse

PUBLIC_ACTOR = "public"
"""Who acts in what citizens do: the same for everybody, whoever they are and whether or not they are signed in."""

LONGEST_WORDS, LONGEST_ANSWER = 1_000, 2_000
MOST_STARS = 5


class FeedbackState(StrEnum):
    """What has become of what was said."""

    GIVEN = "given"
    PUBLISHED = "published"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class GiveFeedback(Command):
    """Say something about an innovation; `innovation` is as its own stream tells it, None where there is none."""

    feedback_id: str
    innovation: Innovation | None
    kind: FeedbackKind
    stars: int | None
    text: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        if self.kind is not FeedbackKind.RATING:
            if self.stars is not None:
                yield NoStarsHere(field="stars")
        elif self.stars is None:
            yield StarsMissing(field="stars")
        else:
            yield from checks.number("stars", self.stars, 1, MOST_STARS)
        least = 1 if self.kind is FeedbackKind.COMPLAINT else 0
        yield from checks.text("text", self.text, least=least, most=LONGEST_WORDS)


@dataclass(frozen=True, kw_only=True)
class PublishFeedback(Command):
    """Let everybody read the words."""

    on: date


@dataclass(frozen=True, kw_only=True)
class WithholdFeedback(Command):
    """Keep from the public what was said."""

    grounds: Withheld
    on: date


@dataclass(frozen=True, kw_only=True)
class AnswerFeedback(Command):
    """Answer in the name of the unit, or put another text in place of the answer."""

    text: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("text", self.text, least=1, most=LONGEST_ANSWER)


@dataclass(frozen=True, kw_only=True)
class WithdrawFeedback(Command):
    """Take back what was said."""

    on: date


FeedbackCommand = GiveFeedback | PublishFeedback | WithholdFeedback | AnswerFeedback | WithdrawFeedback


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What was said, as its stream tells it, without the words: those may be gone tomorrow."""

    given: FeedbackGiven
    state: FeedbackState = FeedbackState.GIVEN
    grounds: Withheld | None = None
    answered_on: date | None = None


def decide(command: FeedbackCommand, state: Feedback | None) -> Sequence[FeedbackEvent]:
    """Give what happens; raise a Rejection when it cannot."""
    if isinstance(command, GiveFeedback | AnswerFeedback):
        refuse(command.faults())
    if isinstance(command, GiveFeedback):
        return _give(command)
    if state is None:
        raise NotFound
    feedback_id = state.given.feedback_id
    if isinstance(command, WithdrawFeedback):
        gone = state.state is FeedbackState.WITHDRAWN
        return [] if gone else [FeedbackWithdrawn(feedback_id=feedback_id, withdrawn_on=command.on)]
    if state.state is FeedbackState.WITHDRAWN:
        raise FeedbackIsWithdrawn
    match command:
        case PublishFeedback():
            if state.state is FeedbackState.PUBLISHED:
                return []
            if not state.given.worded and state.state is not FeedbackState.WITHHELD:
                raise NothingToPublish
            return [FeedbackPublished(feedback_id=feedback_id, published_on=command.on)]
        case WithholdFeedback():
            if state.state is FeedbackState.WITHHELD and state.grounds is command.grounds:
                return []
            return [FeedbackWithheld(feedback_id=feedback_id, grounds=command.grounds, withheld_on=command.on)]
        case AnswerFeedback():
            if state.state is FeedbackState.WITHHELD:
                raise FeedbackIsWithheld
            words = AnswerWorded(feedback_id=feedback_id, text=command.text)
            # How long a citizen waited is told by the first answer; another text does not make it later.
            if state.answered_on is not None:
                return [words]
            return [FeedbackAnswered(feedback_id=feedback_id, answered_on=command.on), words]
        case _:
            assert_never(command)


def evolve(state: Feedback | None, event: FeedbackEvent) -> Feedback | None:
    """Give what was said after the event."""
    if isinstance(event, FeedbackGiven):
        return Feedback(given=event)
    assert state is not None
    match event:
        case FeedbackPublished():
            return replace(state, state=FeedbackState.PUBLISHED, grounds=None)
        case FeedbackWithheld():
            return replace(state, state=FeedbackState.WITHHELD, grounds=event.grounds)
        case FeedbackAnswered():
            return replace(state, answered_on=event.answered_on)
        case FeedbackWithdrawn():
            return replace(state, state=FeedbackState.WITHDRAWN, grounds=None)
        case FeedbackWorded() | AnswerWorded():
            return state
        case _:
            assert_never(event)


def _give(command: GiveFeedback) -> Sequence[FeedbackEvent]:
    innovation = command.innovation
    if innovation is None:
        raise NotFound
    if innovation.status is not Status.ACTIVE or (innovation.launched is None and innovation.displayed_on is None):
        raise NotInUse
    worded = bool(command.text.strip())
    given = FeedbackGiven(
        feedback_id=command.feedback_id,
        innovation_id=innovation.innovation_id,
        kind=command.kind,
        stars=command.stars,
        worded=worded,
        given_on=command.on,
    )
    return [given, FeedbackWorded(feedback_id=command.feedback_id, text=command.text)] if worded else [given]


FEEDBACK: Decider[FeedbackCommand, Feedback | None, FeedbackEvent] = Decider(
    noun="feedback", initial=lambda: None, decide=decide, evolve=evolve
)
