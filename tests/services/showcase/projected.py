"""What the events of citizens, festivals, counts of staff and questions to units become in the model."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from services.showcase import tables
from services.submission.domain import events as submission
from services.submission.domain import feedback_events as feedback
from services.submission.domain import festival_events as festival
from shared.domain import Event
from shared.erasure import PayloadsErased
from shared.projection import Delete, Insert, Put, Update, Write
from tests.services.showcase.logs import STARTED, proposed

R = "36.74"
I = proposed(R, 1).innovation_id  # noqa: E741 - the innovation of all cases
F, G = f"{R}-f1", f"{R}-2020"
DAY = date(2020, 12, 21)

INNOVATION = {"region": R, "innovation_id": I}
FEEDBACK = {"region": R, "feedback_id": F}
FESTIVAL = {"region": R, "festival_id": G}
MOVED = {"position": 1, "recorded_at": STARTED}
ANNOUNCED: dict[str, Any] = {
    "title": "Festival",
    "about": "Pameran",
    "starts_on": DAY,
    "ends_on": DAY,
    "venue": "Alun-alun",
}

CASES: list[tuple[Event, Sequence[Write]]] = [
    (
        submission.StaffCounted(unit_id=f"{R}-dpu", civil_servants=84, counted_on=DAY, source="BKPSDM"),
        [
            Update(
                tables.unit,
                {"region": R, "unit_id": f"{R}-dpu"},
                {"civil_servants": 84, "counted_on": DAY, "counted_position": 1, "position": 1},
            )
        ],
    ),
    (
        submission.ConfirmationAsked(innovation_id=I, asked_on=DAY, due_on=DAY),
        [Update(tables.innovation, INNOVATION, {"asked_on": DAY, **MOVED})],
    ),
    (
        submission.RunningConfirmed(innovation_id=I, confirmed_on=DAY),
        [Update(tables.innovation, INNOVATION, {"confirmed_on": DAY, **MOVED})],
    ),
    (
        feedback.FeedbackGiven(
            feedback_id=F,
            innovation_id=I,
            kind=feedback.FeedbackKind.RATING,
            stars=4,
            worded=True,
            given_on=DAY,
        ),
        [
            Insert(
                tables.feedback,
                {
                    **FEEDBACK,
                    "innovation_id": I,
                    "kind": "rating",
                    "stars": 4,
                    "worded": True,
                    "given_on": DAY,
                    "state": "given",
                    "first_position": 1,
                    "position": 1,
                },
            )
        ],
    ),
    (
        feedback.FeedbackWorded(feedback_id=F, text="Cepat sekali"),
        [Insert(tables.feedback_words, {**FEEDBACK, "position": 1, "by": "citizen", "text": "Cepat sekali"})],
    ),
    (
        feedback.FeedbackPublished(feedback_id=F, published_on=DAY),
        [Update(tables.feedback, FEEDBACK, {"state": "published", "position": 1})],
    ),
    (
        feedback.FeedbackWithheld(feedback_id=F, grounds=next(iter(feedback.Withheld)), withheld_on=DAY),
        [Update(tables.feedback, FEEDBACK, {"state": "withheld", "position": 1})],
    ),
    (
        feedback.FeedbackAnswered(feedback_id=F, answered_on=DAY),
        [Update(tables.feedback, FEEDBACK, {"answered_on": DAY, "position": 1})],
    ),
    (
        feedback.AnswerWorded(feedback_id=F, text="Terima kasih"),
        [Insert(tables.feedback_words, {**FEEDBACK, "position": 1, "by": "unit", "text": "Terima kasih"})],
    ),
    (
        feedback.FeedbackWithdrawn(feedback_id=F, withdrawn_on=DAY),
        [Update(tables.feedback, FEEDBACK, {"state": "withdrawn", "position": 1})],
    ),
    (
        PayloadsErased(erasure_id=f"{R}-e1", request=f"{R}-e1", positions=(3,)),
        [Delete(tables.feedback_words, {"region": R, "position": 3})],
    ),
    (
        festival.FestivalAnnounced(festival_id=G, programme_id=None, **ANNOUNCED),
        [
            Insert(
                tables.festival,
                {**FESTIVAL, **ANNOUNCED, "programme_id": None, "innovation_ids": [], "slots": [], "position": 1},
            )
        ],
    ),
    (
        festival.FestivalChanged(festival_id=G, **ANNOUNCED),
        [Update(tables.festival, FESTIVAL, {**ANNOUNCED, "position": 1})],
    ),
    (
        festival.InnovationsChosen(festival_id=G, innovation_ids=(I,)),
        [Update(tables.festival, FESTIVAL, {"innovation_ids": [I], "position": 1})],
    ),
    (
        festival.FestivalScheduled(
            festival_id=G,
            slots=(
                festival.FestivalSlot(
                    on=DAY, begins=time(9), ends=time(10), title="Pembukaan", place="Panggung", innovation_id=None
                ),
            ),
        ),
        [
            Update(
                tables.festival,
                FESTIVAL,
                {
                    "slots": [
                        {
                            "on": "2020-12-21",
                            "begins": "09:00:00",
                            "ends": "10:00:00",
                            "title": "Pembukaan",
                            "place": "Panggung",
                            "innovation_id": None,
                        }
                    ],
                    "position": 1,
                },
            )
        ],
    ),
    (
        festival.TopNamed(
            festival_id=G,
            category=festival.TopCategory.DISPLAY,
            innovation_ids=(I,),
            grounds="Paling banyak dikunjungi",
            named_on=DAY,
        ),
        [
            Put(
                tables.festival_top,
                {
                    **FESTIVAL,
                    "category": "display",
                    "innovation_ids": [I],
                    "grounds": "Paling banyak dikunjungi",
                    "named_on": DAY,
                    "position": 1,
                },
            )
        ],
    ),
    (
        festival.FestivalCancelled(festival_id=G, reason="Banjir", cancelled_on=DAY),
        [Update(tables.festival, FESTIVAL, {"cancelled_on": DAY, "cancel_reason": "Banjir", "position": 1})],
    ),
]
