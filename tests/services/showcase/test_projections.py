"""Every handler: the event as it arrives in, the writes out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.review.domain import events as review
from services.showcase import tables
from services.showcase.projections import showcase
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Channel, Initiator, Sector, Stage, TargetMeasure
from shared.domain import Event
from shared.incoming import Received
from shared.projection import Insert, Put, Update, Write
from tests.services.showcase import projected
from tests.services.showcase.logs import CATALOGUES, STARTED, Logs, advanced, design, diagnosis, opened, proposed, shown
from tests.services.showcase.logs import programme as requested
from tests.services.showcase.logs import target as target_set
from tests.services.showcase.logs import unit as registered

R = "36.74"
P = f"{R}-2020"
I = proposed(R, 1).innovation_id  # noqa: E741 - the innovation of all cases
A = f"{R}-a1"
DAY = date(2020, 12, 21)

UNIT = {"region": R, "unit_id": f"{R}-dpu"}
PROGRAMME = {"region": R, "programme_id": P}
INNOVATION = {"region": R, "innovation_id": I}
ASSESSMENT = {"region": R, "assessment_id": A}
MOVED = {"position": 1, "recorded_at": STARTED}
INDICATOR = {
    "indicator_id": "waktu",
    "kind": "outcome",
    "dimension": "faster",
    "name": "Waktu layanan",
    "baseline": "14",
    "target": "3.50",
    "unit_of_measure": "hari",
    "due_on": "2020-12-01",
    "source": "Catatan loket",
}


def stage_row(stage: str) -> dict[str, str]:
    """Give the key of a stage of the programme."""
    return {**PROGRAMME, "stage": stage}


def transition(kind: str, **values: Any) -> Write:
    """Give the row of the journey."""
    row = {"from_stage": None, "to_stage": None, "note": None, "happened_on": DAY, **values}
    return Insert(tables.transition, {**INNOVATION, **MOVED, "kind": kind, **row})


CASES: list[tuple[Event, Sequence[Write]]] = [
    (
        registered(R, "dpu", "Dinas Pekerjaan Umum"),
        [
            Insert(
                tables.unit,
                {
                    **UNIT,
                    "name": "Dinas Pekerjaan Umum",
                    "short_name": "DPU",
                    "kind": "opd",
                    "aliases": [],
                    "position": 1,
                },
            )
        ],
    ),
    (
        submission.UnitRenamed(unit_id=f"{R}-dpu", name="Dinas PU", short_name="PU", aliases=("DPU",)),
        [Update(tables.unit, UNIT, {"name": "Dinas PU", "short_name": "PU", "aliases": ["DPU"], "position": 1})],
    ),
    (
        requested(R),
        [
            Insert(
                tables.programme,
                {
                    **PROGRAMME,
                    "edition": "2020",
                    "title": "Laboratorium Inovasi 2020",
                    "coordinator_office": "Bappeda",
                    "requested_on": date(2020, 1, 10),
                    "note": "",
                    "labels": {},
                    "position": 1,
                },
            ),
            *(Insert(tables.programme_stage, stage_row(stage)) for stage in Stage),
        ],
    ),
    (
        submission.ProgrammeAgreed(
            programme_id=P, mou_number="MoU/1", parties=("LAN",), signed_on=DAY, valid_until=None, scope=("riset",)
        ),
        [
            Update(
                tables.programme,
                PROGRAMME,
                {
                    "mou_number": "MoU/1",
                    "parties": ["LAN"],
                    "signed_on": DAY,
                    "valid_until": None,
                    "scope": ["riset"],
                    "position": 1,
                },
            )
        ],
    ),
    (
        submission.StageScheduled(programme_id=P, stage=Stage.DESIGN, opens_on=DAY, closes_on=None),
        [Update(tables.programme_stage, stage_row("design"), {"opens_on": DAY, "closes_on": None})],
    ),
    (
        submission.StageOpened(programme_id=P, stage=Stage.DESIGN, opened_on=DAY),
        [Update(tables.programme_stage, stage_row("design"), {"opened_on": DAY})],
    ),
    (
        submission.StageCompleted(programme_id=P, stage=Stage.DESIGN, completed_on=DAY),
        [Update(tables.programme_stage, stage_row("design"), {"completed_on": DAY})],
    ),
    (
        submission.StagesLabelled(programme_id=P, labels={Stage.DRUM_UP: "memunculkan ide"}),
        [Update(tables.programme, PROGRAMME, {"labels": {"drum-up": "memunculkan ide"}, "position": 1})],
    ),
    (
        submission.SessionScheduled(
            programme_id=P,
            session_id="s1",
            stage=Stage.DRUM_UP,
            title="Pleno",
            starts_on=DAY,
            ends_on=DAY,
            venue="Aula",
            mentors=("Seorang Mentor",),
        ),
        [
            Insert(
                tables.session,
                {
                    **stage_row("drum-up"),
                    "session_id": "s1",
                    "title": "Pleno",
                    "starts_on": DAY,
                    "ends_on": DAY,
                    "venue": "Aula",
                },
            )
        ],
    ),
    (
        submission.AttendanceRecorded(programme_id=P, session_id="s1", unit_ids=(f"{R}-a", f"{R}-b"), remark="hadir"),
        [
            Update(
                tables.session,
                {**PROGRAMME, "session_id": "s1"},
                {"unit_ids": [f"{R}-a", f"{R}-b"], "attendance_position": 1, "remark": "hadir"},
            )
        ],
    ),
    (
        target_set(R, TargetMeasure.UNITS_REACHED, 35, due_on=DAY),
        [
            Insert(
                tables.target,
                {
                    **PROGRAMME,
                    "position": 1,
                    "measure": "units-reached",
                    "value": 35,
                    "unit_id": None,
                    "due_on": DAY,
                    "note": "",
                },
            )
        ],
    ),
    (
        submission.CommitmentSigned(programme_id=P, unit_id=f"{R}-dpu", signatory_office="Kepala Dinas", signed_on=DAY),
        [Put(tables.commitment, {**PROGRAMME, "unit_id": f"{R}-dpu", "signed_on": DAY, "position": 1})],
    ),
    (
        submission.CountStated(
            programme_id=P, stated_by="wakil wali kota", innovations=22, units=11, stated_on=DAY, note=""
        ),
        [
            Insert(
                tables.stated_count,
                {
                    **PROGRAMME,
                    "position": 1,
                    "stated_by": "wakil wali kota",
                    "innovations": 22,
                    "units": 11,
                    "stated_on": DAY,
                    "note": "",
                },
            )
        ],
    ),
    (
        submission.ProgrammeStalled(programme_id=P, reason="tanpa dukungan", stalled_on=DAY),
        [Update(tables.programme, PROGRAMME, {"stalled_on": DAY, "stalled_reason": "tanpa dukungan", "position": 1})],
    ),
    (
        submission.ProgrammeResumed(programme_id=P, resumed_on=DAY, note=""),
        [Update(tables.programme, PROGRAMME, {"stalled_on": None, "stalled_reason": None, "position": 1})],
    ),
    (
        submission.ProgrammeClosed(programme_id=P, report="laporan", closed_on=DAY),
        [Update(tables.programme, PROGRAMME, {"closed_on": DAY, "position": 1})],
    ),
    (
        proposed(R, 1, on=DAY),
        [
            Insert(
                tables.innovation,
                {
                    **INNOVATION,
                    **MOVED,
                    "first_position": 1,
                    "programme_id": P,
                    "unit_id": f"{R}-disdukcapil",
                    "title": "Antar Adminduk",
                    "meaning": "Antar dokumen kependudukan ke rumah",
                    "sector": "civil-registration",
                    "initiator": "unit",
                    "channel": "lab-session",
                    "adapted_from": None,
                    "is_example": False,
                    "source": "sumber berita",
                    "proposed_on": DAY,
                    "year": 2020,
                    "stage": "drum-up",
                    "status": "active",
                    "returned": False,
                },
            ),
            Insert(
                tables.innovation_text,
                {
                    **INNOVATION,
                    "title": "Antar Adminduk",
                    "meaning": "Antar dokumen kependudukan ke rumah",
                    "idea": "Dokumen diantar ke rumah warga.",
                    "public_summary": "",
                    "replication_notes": "",
                },
            ),
            transition("proposed", to_stage="drum-up"),
        ],
    ),
    (
        submission.IdeaSaved(
            innovation_id=I,
            title="Baru",
            meaning="Arti",
            idea="Ide",
            sector=Sector.HEALTH,
            initiator=Initiator.CITIZENS,
            channel=Channel.CONTEST,
        ),
        [
            Update(
                tables.innovation,
                INNOVATION,
                {
                    **MOVED,
                    "title": "Baru",
                    "meaning": "Arti",
                    "sector": "health",
                    "initiator": "citizens",
                    "channel": "contest",
                },
            ),
            Update(tables.innovation_text, INNOVATION, {"title": "Baru", "meaning": "Arti", "idea": "Ide"}),
        ],
    ),
    (
        diagnosis(I),
        [
            Update(
                tables.innovation_text,
                INNOVATION,
                {
                    "diagnosis": {
                        "problem": "MASALAH",
                        "affected": "warga",
                        "root_causes": "jarak",
                        "evidence": "antrean",
                        "simple_solution": "diantar",
                    }
                },
            )
        ],
    ),
    (
        submission.InnovationLaunched(innovation_id=I, launched_on=DAY, place="Balai Kota", remark=""),
        [
            Update(tables.innovation, INNOVATION, {**MOVED, "launched_on": DAY}),
            transition("launched", note="Balai Kota"),
        ],
    ),
    (
        submission.OutcomeMeasured(
            innovation_id=I, indicator_id="waktu", value=Decimal("6.50"), measured_on=DAY, source="loket"
        ),
        [
            Insert(
                tables.measurement,
                {
                    **INNOVATION,
                    "position": 1,
                    "indicator_id": "waktu",
                    "value": Decimal("6.50"),
                    "measured_on": DAY,
                    "source": "loket",
                },
            )
        ],
    ),
    (
        submission.StageSubmitted(
            innovation_id=I,
            programme_id=P,
            unit_id=f"{R}-dpu",
            submission_no=1,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DELIVER,
            rubric_id="00-design-review",
            rubric_version=1,
            panel_size=3,
            quorum=2,
            submitted_on=DAY,
        ),
        [
            Update(tables.innovation, INNOVATION, {**MOVED, "awaiting": "deliver", "returned": False}),
            transition("submitted", from_stage="design", to_stage="deliver"),
        ],
    ),
    (
        advanced(I, Stage.DELIVER, DAY),
        [
            Update(tables.innovation, INNOVATION, {**MOVED, "stage": "deliver", "awaiting": None, "returned": False}),
            transition("advanced", from_stage="design", to_stage="deliver"),
        ],
    ),
    (
        submission.InnovationReturned(
            innovation_id=I,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DIAGNOSE,
            required_changes="perbaiki",
            returned_on=DAY,
            assessment_id=None,
        ),
        [
            Update(tables.innovation, INNOVATION, {**MOVED, "stage": "diagnose", "awaiting": None, "returned": True}),
            transition("returned", from_stage="design", to_stage="diagnose"),
        ],
    ),
    (
        submission.InnovationDeclined(
            innovation_id=I,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DELIVER,
            rationale="belum",
            declined_on=DAY,
            assessment_id=A,
        ),
        [
            Update(tables.innovation, INNOVATION, {**MOVED, "stage": "design", "awaiting": None, "returned": False}),
            transition("declined", from_stage="design", to_stage="deliver"),
        ],
    ),
    (
        submission.InnovationDisplayed(innovation_id=I, displayed_on=DAY),
        [Update(tables.innovation, INNOVATION, {**MOVED, "displayed_on": DAY}), transition("displayed")],
    ),
    (
        submission.InnovationWithdrawn(innovation_id=I, reason="digabung", withdrawn_on=DAY),
        [
            Update(
                tables.innovation,
                INNOVATION,
                {
                    **MOVED,
                    "status": "withdrawn",
                    "ended_on": DAY,
                    "end_reason": "digabung",
                    "awaiting": None,
                    "returned": False,
                },
            ),
            transition("withdrawn", note="digabung"),
        ],
    ),
    (
        submission.InnovationRetired(innovation_id=I, reason="tak bermanfaat", retired_on=DAY),
        [
            Update(
                tables.innovation,
                INNOVATION,
                {
                    **MOVED,
                    "status": "retired",
                    "ended_on": DAY,
                    "end_reason": "tak bermanfaat",
                    "awaiting": None,
                    "returned": False,
                },
            ),
            transition("retired", note="tak bermanfaat"),
        ],
    ),
    (
        opened(A, I),
        [
            Insert(
                tables.assessment,
                {
                    **ASSESSMENT,
                    "innovation_id": I,
                    "to_stage": "deliver",
                    "state": "open",
                    "opened_at": STARTED,
                    "opened_position": 1,
                    "position": 1,
                },
            )
        ],
    ),
    (
        review.PanelCompleted(assessment_id=A, scorecards=3),
        [Update(tables.assessment, ASSESSMENT, {"state": "scored", "position": 1})],
    ),
    (
        review.AssessmentConcluded(
            assessment_id=A,
            innovation_id=I,
            submission_no=1,
            from_stage="design",
            to_stage="deliver",
            outcome=review.Outcome.ADVANCE,
            rationale="layak",
            required_changes="",
            score=Decimal(80),
            spread=Decimal(5),
            scorecards=3,
            concluded_on=DAY,
        ),
        [Update(tables.assessment, ASSESSMENT, {"state": "concluded", "concluded_on": DAY, "position": 1})],
    ),
    (
        review.AssessmentCancelled(assessment_id=A, innovation_id=I, reason="ditarik"),
        [Update(tables.assessment, ASSESSMENT, {"state": "cancelled", "position": 1})],
    ),
    *projected.CASES,
]


def received(event: Event) -> Received:
    """Give the event as showcase gets it from its producer's feed."""
    logs = Logs("submission" if event.wire_name in CATALOGUES["submission"].types else "review")
    return logs.record(R, "a/stream", event)[0]


@pytest.mark.parametrize(("event", "writes"), CASES, ids=[case[0].wire_name for case in CASES])
def test_what_an_event_changes(event: Event, writes: Sequence[Write]) -> None:
    assert list(showcase.writes(received(event))) == list(writes)


def as_plain(writes: Sequence[Any]) -> list[dict[str, Any]]:
    """Give what updates set, with the indicators' dataclasses as dicts."""
    return [
        {
            name: [vars(each) for each in value] if name in ("indicators", "shown_indicators") else value
            for name, value in write.set.items()
        }
        for write in writes
    ]


def test_a_design_is_kept_without_its_milestones() -> None:
    design_kept = {
        "design": "RANCANGAN",
        "form": "public-service",
        "types": ["process"],
        "digital": True,
        "resources": "tanpa biaya",
        "legal_basis": "SK",
        "sdgs": [16],
    }
    assert as_plain(list(showcase.writes(received(design(I))))) == [
        {"design": design_kept, "indicators": [INDICATOR]},
        {"form": "public-service", "types": ["process"]},
    ]


def test_what_the_public_reads_is_kept_with_its_indicators() -> None:
    kept = {
        "public_summary": "Ringkasan publik",
        "replication_notes": "Mulai dari satu kecamatan.",
        "video_url": "https://example.org/video",
        "shown_indicators": [INDICATOR],
    }
    assert as_plain(list(showcase.writes(received(shown(I))))) == [kept]


def test_every_handler_has_its_case() -> None:
    apart = {"innovation.design-saved", "innovation.display-saved"}
    assert {event.wire_name for event, _ in CASES} | apart == {cls.wire_name for cls in showcase.handlers}


def test_every_type_that_is_read_is_published_and_in_a_version_that_is_read() -> None:
    published = {name: kind for catalogue in CATALOGUES.values() for name, kind in catalogue.types.items()}
    read = {cls.wire_name: cls for cls in showcase.handlers}
    unread = [name for name, cls in read.items() if published[name].cls.schema_version not in cls.versions]  # type: ignore[union-attr]
    assert unread == []


def test_no_sealed_type_is_read() -> None:
    published = {name: kind.cls for catalogue in CATALOGUES.values() for name, kind in catalogue.types.items()}
    assert [cls.wire_name for cls in showcase.handlers if published[cls.wire_name].visibility.sealed] == []
