"""Golden payloads: a change of an event's shape is seen in a diff, and every recorded payload stays readable."""

import json
from datetime import date, time
from pathlib import Path

import pytest

from services.submission.domain.events import (
    AttendanceRecorded,
    ConfirmationAsked,
    CountStated,
    GatesChosen,
    IdeaSaved,
    InnovationDeclined,
    InnovationDisplayed,
    InnovationRetired,
    InnovationReturned,
    InnovationWithdrawn,
    PersonErased,
    ProgrammeClosed,
    ProgrammeResumed,
    ProgrammeStalled,
    RunningConfirmed,
    SessionScheduled,
    StaffCounted,
    StageCompleted,
    StageOpened,
    StageScheduled,
    StagesLabelled,
    TargetSet,
    UnitRenamed,
)
from services.submission.domain.feedback_events import (
    AnswerWorded,
    FeedbackAnswered,
    FeedbackGiven,
    FeedbackKind,
    FeedbackPublished,
    FeedbackWithdrawn,
    FeedbackWithheld,
    FeedbackWorded,
    Withheld,
)
from services.submission.domain.festival_events import (
    FestivalAnnounced,
    FestivalCancelled,
    FestivalChanged,
    FestivalScheduled,
    FestivalSlot,
    InnovationsChosen,
    TopCategory,
    TopNamed,
)
from services.submission.domain.programme import DEFAULT_GATES
from services.submission.domain.vocabulary import Channel, Initiator, Sector, Stage, TargetMeasure
from services.submission.main import CATALOGUE
from shared.domain import Event
from tests.services.submission import examples
from tests.shared import kept

VECTORS = Path(__file__).parents[3] / "vectors" / "submission"
DAY = date(2020, 12, 21)
PROGRAMME, INNOVATION = {"programme_id": examples.PROGRAMME_ID}, {"innovation_id": examples.INNOVATION_ID}
FEEDBACK = {"feedback_id": "36.74-5b1d6c1e000050008000000000000001"}
FESTIVAL = {"festival_id": "36.74-2020"}

EXAMPLES: list[Event] = [
    examples.registered,
    UnitRenamed(unit_id=examples.UNIT_ID, name="Dinas Dukcapil", short_name="Disdukcapil", aliases=("Dukcapil",)),
    StaffCounted(unit_id=examples.UNIT_ID, civil_servants=84, counted_on=DAY, source="BKPSDM"),
    examples.requested,
    examples.agreed,
    StageScheduled(**PROGRAMME, stage=Stage.DESIGN, opens_on=DAY, closes_on=None),
    StageOpened(**PROGRAMME, stage=Stage.DESIGN, opened_on=DAY),
    StageCompleted(**PROGRAMME, stage=Stage.DESIGN, completed_on=DAY),
    StagesLabelled(**PROGRAMME, labels={Stage.DIAGNOSE: "diagnosis"}),
    SessionScheduled(
        **PROGRAMME,
        session_id="s1",
        stage=Stage.DRUM_UP,
        title="Pleno",
        starts_on=DAY,
        ends_on=DAY,
        venue="Ruang Blandongan, lantai 4, Balaikota",
        mentors=("Mentor LAN",),
    ),
    AttendanceRecorded(**PROGRAMME, session_id="s1", unit_ids=(examples.UNIT_ID,), remark="lengkap"),
    TargetSet(**PROGRAMME, measure=TargetMeasure.UNITS_REACHED, value=35, unit_id=None, due_on=DAY, note=""),
    GatesChosen(**PROGRAMME, gates=DEFAULT_GATES),
    examples.committed,
    CountStated(**PROGRAMME, stated_by="Wakil wali kota", innovations=22, units=11, stated_on=DAY, note="peluncuran"),
    ProgrammeStalled(**PROGRAMME, reason="Kepala daerah belum mendukung", stalled_on=DAY),
    ProgrammeResumed(**PROGRAMME, resumed_on=DAY, note=""),
    ProgrammeClosed(**PROGRAMME, report="Selesai", closed_on=DAY),
    examples.proposed,
    IdeaSaved(
        **INNOVATION,
        title="Akta Sehari",
        meaning="",
        idea="Ide baru",
        sector=Sector.CIVIL_REGISTRATION,
        initiator=Initiator.UNIT,
        channel=Channel.LAB_SESSION,
    ),
    examples.team,
    examples.diagnosis,
    examples.design,
    examples.launched,
    examples.done,
    examples.evidence,
    examples.measured,
    examples.display,
    examples.at_design_gate,
    examples.to_deliver,
    InnovationReturned(
        **INNOVATION,
        from_stage=Stage.DESIGN,
        to_stage=Stage.DESIGN,
        required_changes="Tambah indikator",
        returned_on=DAY,
        assessment_id=examples.ASSESSMENT_ID,
    ),
    InnovationDeclined(
        **INNOVATION,
        from_stage=Stage.DESIGN,
        to_stage=Stage.DELIVER,
        rationale="Belum layak",
        declined_on=DAY,
        assessment_id=examples.ASSESSMENT_ID,
    ),
    InnovationDisplayed(**INNOVATION, displayed_on=DAY),
    ConfirmationAsked(**INNOVATION, asked_on=DAY, due_on=date(2021, 1, 20)),
    RunningConfirmed(**INNOVATION, confirmed_on=DAY),
    InnovationWithdrawn(**INNOVATION, reason="Unit digabung", withdrawn_on=DAY),
    InnovationRetired(**INNOVATION, reason="Tidak dipakai lagi", retired_on=DAY),
    FestivalAnnounced(
        **FESTIVAL,
        programme_id=examples.PROGRAMME_ID,
        title="Festival Inovasi 2020",
        about="Pameran dan penghargaan",
        starts_on=DAY,
        ends_on=DAY,
        venue="Balaikota",
    ),
    FestivalChanged(**FESTIVAL, title="Festival Inovasi", about="", starts_on=DAY, ends_on=DAY, venue="Alun-alun"),
    InnovationsChosen(**FESTIVAL, innovation_ids=(examples.INNOVATION_ID,)),
    FestivalScheduled(
        **FESTIVAL,
        slots=(
            FestivalSlot(
                on=DAY, begins=time(9), ends=time(10, 30), title="Pembukaan", place="Aula", innovation_id=None
            ),
        ),
    ),
    TopNamed(
        **FESTIVAL,
        category=TopCategory.INNOVATION,
        innovation_ids=(examples.INNOVATION_ID,),
        grounds="Terbukti memangkas waktu tunggu",
        named_on=DAY,
    ),
    FestivalCancelled(**FESTIVAL, reason="Pandemi", cancelled_on=DAY),
    FeedbackGiven(**FEEDBACK, **INNOVATION, kind=FeedbackKind.RATING, stars=4, worded=True, given_on=DAY),
    FeedbackWorded(**FEEDBACK, text="Cepat, tetapi antreannya panjang."),
    FeedbackPublished(**FEEDBACK, published_on=DAY),
    FeedbackWithheld(**FEEDBACK, grounds=Withheld.PERSONAL_DATA, withheld_on=DAY),
    FeedbackAnswered(**FEEDBACK, answered_on=DAY),
    AnswerWorded(**FEEDBACK, text="Loket ditambah."),
    FeedbackWithdrawn(**FEEDBACK, withdrawn_on=DAY),
    PersonErased(
        erasure_id="00-e5",
        person="5f0c6f0e-0000-4000-8000-000000000001",
        grounds="Permohonan nomor 4.",
        held={"contact": 3, "letters": 2},
    ),
    *kept.EVENTS,
]


def vector_of(event: type[Event] | Event) -> Path:
    """Give the file that holds the golden payload of a type."""
    return VECTORS / f"{event.wire_name}.v{event.schema_version}.json"


def test_every_type_has_a_vector_and_every_vector_a_type() -> None:
    assert sorted(path.name for path in VECTORS.glob("*.v1.json")) == sorted(
        vector_of(each.cls).name for each in CATALOGUE.types.values()
    )


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.wire_name)
def test_the_golden_payload_is_written_and_read(event: Event) -> None:
    golden = json.loads(vector_of(event).read_text(encoding="utf-8"))
    assert json.loads(CATALOGUE.encode(event)) == golden
    assert CATALOGUE.decode(event.wire_name, event.schema_version, json.dumps(golden).encode()) == event


def test_every_type_has_an_example() -> None:
    assert sorted(each.wire_name for each in EXAMPLES) == sorted(CATALOGUE.types)
