"""What citizens say about an innovation, and what becomes of it. The published language; nobody's identity is in it.

What somebody wrote is an event of its own, which drives nothing and can be erased: what was said, shown and answered
stands without the words.
"""

from datetime import date
from enum import StrEnum

from shared.domain import Event, Visibility, event


class FeedbackKind(StrEnum):
    """What a citizen may say."""

    CONFIRMATION = "confirmation"
    RATING = "rating"
    COMPLAINT = "complaint"


class Withheld(StrEnum):
    """Why a moderator keeps what was said from the public."""

    ABUSIVE = "abusive"
    PERSONAL_DATA = "personal-data"
    OFF_TOPIC = "off-topic"
    SPAM = "spam"


@event("feedback.given", visibility=Visibility.PUBLIC)
class FeedbackGiven(Event):
    """A citizen confirmed, rated or complained about an innovation; words wait for a moderator."""

    feedback_id: str
    innovation_id: str
    kind: FeedbackKind
    stars: int | None
    worded: bool
    given_on: date


@event("feedback.worded", visibility=Visibility.REGIONAL, erasable=True)
class FeedbackWorded(Event):
    """What the citizen wrote; for the region until a moderator publishes it."""

    feedback_id: str
    text: str


@event("feedback.published", visibility=Visibility.PUBLIC)
class FeedbackPublished(Event):
    """A moderator let everybody read what the citizen wrote."""

    feedback_id: str
    published_on: date


@event("feedback.withheld", visibility=Visibility.PUBLIC)
class FeedbackWithheld(Event):
    """A moderator kept what was said from the public: it is neither shown nor counted."""

    feedback_id: str
    grounds: Withheld
    withheld_on: date


@event("feedback.answered", visibility=Visibility.PUBLIC)
class FeedbackAnswered(Event):
    """The unit answered what the citizen said."""

    feedback_id: str
    answered_on: date


@event("feedback.answer-worded", visibility=Visibility.PUBLIC, erasable=True)
class AnswerWorded(Event):
    """What the unit answered; a later answer replaces an earlier one."""

    feedback_id: str
    text: str


@event("feedback.withdrawn", visibility=Visibility.PUBLIC)
class FeedbackWithdrawn(Event):
    """The citizen took back what was said; the words are erased."""

    feedback_id: str
    withdrawn_on: date


FeedbackEvent = (
    FeedbackGiven
    | FeedbackWorded
    | FeedbackPublished
    | FeedbackWithheld
    | FeedbackAnswered
    | AnswerWorded
    | FeedbackWithdrawn
)
