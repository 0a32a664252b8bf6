"""What citizens say: what can be said, and what becomes of it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.submission.domain.feedback import (
    FEEDBACK,
    PUBLIC_ACTOR,
    AnswerFeedback,
    GiveFeedback,
    PublishFeedback,
    WithdrawFeedback,
    WithholdFeedback,
)
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
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation, Status
from services.submission.domain.rejections import (
    BadCharacters,
    Blank,
    FeedbackIsWithdrawn,
    FeedbackIsWithheld,
    NoStarsHere,
    NothingToPublish,
    NotInUse,
    OutOfRange,
    StarsMissing,
    TooLong,
)
from services.submission.domain.vocabulary import Stage
from shared.domain import NotFound
from shared.testing import given
from tests.services.submission.examples import AT, INNOVATION_ID, way_to

FEEDBACK_ID = "36.74-5b1d6c1e000050008000000000000001"
DAY, LATER = date(2021, 6, 1), date(2021, 6, 9)
RATING, COMPLAINT, CONFIRMATION = FeedbackKind.RATING, FeedbackKind.COMPLAINT, FeedbackKind.CONFIRMATION

worded = FeedbackWorded(feedback_id=FEEDBACK_ID, text="Antreannya panjang.")
published = FeedbackPublished(feedback_id=FEEDBACK_ID, published_on=DAY)
withheld = FeedbackWithheld(feedback_id=FEEDBACK_ID, grounds=Withheld.SPAM, withheld_on=DAY)
withdrawn = FeedbackWithdrawn(feedback_id=FEEDBACK_ID, withdrawn_on=DAY)
answered = FeedbackAnswered(feedback_id=FEEDBACK_ID, answered_on=DAY)


def said(kind: FeedbackKind, stars: int | None = None, *, words: bool = False) -> FeedbackGiven:
    """Give that something was said."""
    return FeedbackGiven(
        feedback_id=FEEDBACK_ID, innovation_id=INNOVATION_ID, kind=kind, stars=stars, worded=words, given_on=DAY
    )


def innovation(stage: Stage = Stage.DISPLAY) -> Innovation:
    """Give the innovation as it stands at a stage."""
    found = INNOVATION.fold(way_to(stage))
    assert found is not None
    return found


IN_USE = innovation()


def giving(kind: FeedbackKind, about: Innovation | None = IN_USE, **changes: Any) -> GiveFeedback:
    """Give the command to say something."""
    values: dict[str, Any] = {"stars": None, "text": ""} | changes
    return GiveFeedback(
        actor=PUBLIC_ACTOR, at=AT, feedback_id=FEEDBACK_ID, innovation=about, kind=kind, on=DAY, **values
    )


PUBLISH, WITHDRAW = PublishFeedback(actor="a", at=AT, on=DAY), WithdrawFeedback(actor="public", at=AT, on=DAY)
WITHHOLD = WithholdFeedback(actor="a", at=AT, grounds=Withheld.SPAM, on=DAY)
ANSWER = AnswerFeedback(actor="a", at=AT, text="Loket ditambah.", on=LATER)
ANSWER_WORDED = AnswerWorded(feedback_id=FEEDBACK_ID, text="Loket ditambah.")


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (giving(CONFIRMATION), [said(CONFIRMATION)]),
        (giving(CONFIRMATION, text=" \n"), [said(CONFIRMATION)]),
        (giving(RATING, stars=5), [said(RATING, 5)]),
        (giving(RATING, stars=1, text=worded.text), [said(RATING, 1, words=True), worded]),
        (giving(COMPLAINT, text=worded.text), [said(COMPLAINT, words=True), worded]),
        (giving(CONFIRMATION, about=innovation(Stage.DELIVER)), [said(CONFIRMATION)]),
    ],
)
def test_what_is_said_is_one_fact_and_its_words_are_another(command: GiveFeedback, events: list[FeedbackEvent]) -> None:
    given(FEEDBACK).when(command).then(*events)


@pytest.mark.parametrize(
    ("command", "faults"),
    [
        (giving(RATING), [(StarsMissing, "stars")]),
        (giving(RATING, stars=0), [(OutOfRange, "stars")]),
        (giving(RATING, stars=6), [(OutOfRange, "stars")]),
        (giving(CONFIRMATION, stars=5), [(NoStarsHere, "stars")]),
        (giving(COMPLAINT, text=" "), [(Blank, "text")]),
        (giving(COMPLAINT, stars=1, text="x" * 1001), [(NoStarsHere, "stars"), (TooLong, "text")]),
        (giving(CONFIRMATION, text="a\u202eb"), [(BadCharacters, "text")]),
    ],
)
def test_what_cannot_be_said(command: GiveFeedback, faults: list[Any]) -> None:
    given(FEEDBACK).when(command).then_rejected(*faults)


def test_only_of_what_is_in_use() -> None:
    given(FEEDBACK).when(giving(CONFIRMATION, about=None)).then_rejected(NotFound)
    for about in (innovation(Stage.DESIGN), replace(IN_USE, status=Status.RETIRED)):
        given(FEEDBACK).when(giving(CONFIRMATION, about=about)).then_rejected(NotInUse)


def test_a_moderator_publishes_words_and_withholds_anything() -> None:
    words: list[FeedbackEvent] = [said(COMPLAINT, words=True), worded]
    given(FEEDBACK, *words).when(PUBLISH).then(published)
    given(FEEDBACK, *words, published).when(PUBLISH).then()
    given(FEEDBACK, said(CONFIRMATION)).when(PUBLISH).then_rejected(NothingToPublish)
    given(FEEDBACK, said(CONFIRMATION)).when(WITHHOLD).then(withheld)
    given(FEEDBACK, *words, withheld).when(WITHHOLD).then()
    given(FEEDBACK, said(RATING, 1), withheld).when(PUBLISH).then(published)
    given(FEEDBACK).when(PUBLISH).then_rejected(NotFound)


def test_the_first_answer_tells_how_long_it_took_and_a_later_one_replaces_its_words() -> None:
    words: list[FeedbackEvent] = [said(COMPLAINT, words=True), worded]
    first = FeedbackAnswered(feedback_id=FEEDBACK_ID, answered_on=LATER)
    given(FEEDBACK, *words).when(ANSWER).then(first, ANSWER_WORDED)
    given(FEEDBACK, *words, answered, ANSWER_WORDED).when(ANSWER).then(ANSWER_WORDED)
    given(FEEDBACK, *words, withheld).when(ANSWER).then_rejected(FeedbackIsWithheld)
    given(FEEDBACK, *words).when(replace(ANSWER, text=" ")).then_rejected((Blank, "text"))
    given(FEEDBACK, *words).when(replace(ANSWER, text="x" * 2001)).then_rejected((TooLong, "text"))


def test_what_was_taken_back_is_gone_for_good() -> None:
    words: list[FeedbackEvent] = [said(COMPLAINT, words=True), worded, published]
    given(FEEDBACK, *words).when(WITHDRAW).then(withdrawn)
    given(FEEDBACK, *words, withdrawn).when(WITHDRAW).then()
    for command in (PUBLISH, WITHHOLD, ANSWER):
        given(FEEDBACK, *words, withdrawn).when(command).then_rejected(FeedbackIsWithdrawn)


def test_the_words_drive_nothing() -> None:
    facts: list[FeedbackEvent] = [said(COMPLAINT, words=True), published, answered]
    with_words = [facts[0], worded, *facts[1:], ANSWER_WORDED]
    assert FEEDBACK.fold(facts) == FEEDBACK.fold(with_words)
