"""What citizens say: counted at once, its words shown when a moderator has published them."""

from collections.abc import Iterator
from typing import Any

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, delete, insert, update


def _feedback(at: Received, feedback_id: str, **values: Any) -> Write:
    key = {"region": at.region, "feedback_id": feedback_id}
    return update(tables.feedback, key=key, set={**values, "position": at.position})


def _words(at: Received, feedback_id: str, by: str, text: str) -> Write:
    row = {"region": at.region, "position": at.position, "feedback_id": feedback_id, "by": by, "text": text}
    return insert(tables.feedback_words, row)


@showcase.on(read.FeedbackGiven)
def feedback_given(event: read.FeedbackGiven, at: Received) -> Iterator[Write]:
    """A confirmation, rating or complaint stands with its innovation."""
    yield insert(
        tables.feedback,
        {
            **vars(event),
            "region": at.region,
            "state": "given",
            "first_position": at.position,
            "position": at.position,
        },
    )


@showcase.on(read.FeedbackWorded)
def feedback_worded(event: read.FeedbackWorded, at: Received) -> Iterator[Write]:
    """The words are kept until they are published, withdrawn or erased."""
    yield _words(at, event.feedback_id, "citizen", event.text)


@showcase.on(read.FeedbackPublished)
def feedback_published(event: read.FeedbackPublished, at: Received) -> Iterator[Write]:
    """The words are shown from now on."""
    yield _feedback(at, event.feedback_id, state="published")


@showcase.on(read.FeedbackWithheld)
def feedback_withheld(event: read.FeedbackWithheld, at: Received) -> Iterator[Write]:
    """It neither shows nor counts."""
    yield _feedback(at, event.feedback_id, state="withheld")


@showcase.on(read.FeedbackAnswered)
def feedback_answered(event: read.FeedbackAnswered, at: Received) -> Iterator[Write]:
    """The time until the answer is known."""
    yield _feedback(at, event.feedback_id, answered_on=event.answered_on)


@showcase.on(read.AnswerWorded)
def answer_worded(event: read.AnswerWorded, at: Received) -> Iterator[Write]:
    """The unit's answer stands below."""
    yield _words(at, event.feedback_id, "unit", event.text)


@showcase.on(read.FeedbackWithdrawn)
def feedback_withdrawn(event: read.FeedbackWithdrawn, at: Received) -> Iterator[Write]:
    """It neither shows nor counts any more."""
    yield _feedback(at, event.feedback_id, state="withdrawn")


@showcase.on(read.PayloadsErased)
def payloads_erased(event: read.PayloadsErased, at: Received) -> Iterator[Write]:
    """What was erased is in no row, whether it was ever read or not."""
    if at.source == "submission":
        for position in event.positions:
            yield delete(tables.feedback_words, {"region": at.region, "position": position})
