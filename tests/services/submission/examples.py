"""A laboratory to test with: what has happened so far, in the words of the domain."""

from datetime import UTC, date, datetime
from decimal import Decimal

from services.submission.domain.events import (
    CommitmentSigned,
    DesignSaved,
    DiagnosisSaved,
    DisplaySaved,
    EvidenceSaved,
    Indicator,
    InnovationEvent,
    InnovationLaunched,
    InnovationProposed,
    Milestone,
    MilestoneDone,
    OutcomeMeasured,
    ProgrammeAgreed,
    ProgrammeRequested,
    StageAdvanced,
    StageSubmitted,
    TeamNamed,
    UnitRegistered,
)
from services.submission.domain.programme import DEFAULT_GATES, PROGRAMME, Programme
from services.submission.domain.vocabulary import (
    Channel,
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
    Stage,
    UnitKind,
)

ACTOR = "5f1d6c1e-0000-5000-8000-000000000001"
AT = datetime(2021, 6, 1, 3, 0, tzinfo=UTC)
WHO = {"actor": ACTOR, "at": AT}
UNIT_ID = "36.74-disdukcapil"
PROGRAMME_ID = "36.74-2020"
INNOVATION_ID = "36.74-0199aabbccdd7eeeaaaabbbbccccdddd"
ASSESSMENT_ID = "36.74-5b1d6c1e000050008000000000000009"
MEMBER = "5f1d6c1e-0000-5000-8000-000000000002"

registered = UnitRegistered(
    unit_id=UNIT_ID,
    name="Dinas Kependudukan dan Pencatatan Sipil",
    short_name="Disdukcapil",
    kind=UnitKind.OPD,
    aliases=("Dukcapil",),
)

requested = ProgrammeRequested(
    programme_id=PROGRAMME_ID,
    edition="2020",
    title="Laboratorium Inovasi Kota Tangerang Selatan",
    coordinator_office="Bappeda",
    requested_on=date(2020, 1, 10),
    note="",
)
agreed = ProgrammeAgreed(
    programme_id=PROGRAMME_ID,
    mou_number="12/LAN/2020",
    parties=("Lembaga Administrasi Negara", "Pemerintah Kota Tangerang Selatan"),
    signed_on=date(2020, 2, 3),
    valid_until=date(2022, 2, 3),
    scope=("inovasi",),
)
committed = CommitmentSigned(
    programme_id=PROGRAMME_ID, unit_id=UNIT_ID, signatory_office="Kepala Dinas", signed_on=date(2020, 3, 1)
)


def programme(*more: object) -> Programme:
    """Give the agreed programme in which the unit has signed, after whatever else happened in it."""
    found = PROGRAMME.fold([requested, agreed, committed, *more])  # type: ignore[list-item]  # events of one stream
    assert found is not None
    return found


proposed = InnovationProposed(
    innovation_id=INNOVATION_ID,
    programme_id=PROGRAMME_ID,
    unit_id=UNIT_ID,
    title="Akta Kilat",
    meaning="Akta kelahiran selesai di hari yang sama",
    idea="Petugas rumah sakit mengirim data kelahiran sendiri.",
    sector=Sector.CIVIL_REGISTRATION,
    initiator=Initiator.UNIT,
    channel=Channel.LAB_SESSION,
    adapted_from=None,
    is_example=True,
    source="Contoh",
    proposed_on=date(2020, 3, 2),
)
team = TeamNamed(innovation_id=INNOVATION_ID, members=(MEMBER,))
diagnosis = DiagnosisSaved(
    innovation_id=INNOVATION_ID,
    problem="Orang tua datang tiga kali untuk satu akta.",
    affected="6.000 keluarga setahun",
    root_causes="Data dari rumah sakit disalin ulang dengan tangan.",
    evidence="Buku tamu loket, Januari 2020",
    simple_solution="Rumah sakit mengisi formulir daring.",
)
milestone = Milestone(milestone_id="m1", title="Perjanjian dengan rumah sakit", due_on=date(2020, 5, 1))
output = Indicator(
    indicator_id="i1",
    kind=IndicatorKind.OUTPUT,
    dimension=None,
    name="Rumah sakit yang terhubung",
    baseline=Decimal(0),
    target=Decimal(9),
    unit_of_measure="rumah sakit",
    due_on=date(2020, 8, 1),
    source="Disdukcapil",
)
outcome = Indicator(
    indicator_id="i2",
    kind=IndicatorKind.OUTCOME,
    dimension=Dimension.FASTER,
    name="Lama menunggu akta",
    baseline=Decimal(14),
    target=Decimal(1),
    unit_of_measure="hari",
    due_on=date(2020, 9, 1),
    source="Loket",
)
design = DesignSaved(
    innovation_id=INNOVATION_ID,
    design="Formulir daring bagi rumah sakit, diperiksa petugas dalam satu jam.",
    form=Form.PUBLIC_SERVICE,
    types=(InnovationType.PROCESS,),
    digital=True,
    milestones=(milestone,),
    indicators=(output, outcome),
    resources="Tanpa biaya tambahan",
    legal_basis="Keputusan Kepala Dinas",
    sdgs=(16,),
)
launched = InnovationLaunched(innovation_id=INNOVATION_ID, launched_on=date(2020, 6, 1), place="Loket utama", remark="")
done = MilestoneDone(innovation_id=INNOVATION_ID, milestone_id="m1", done_on=date(2020, 4, 30), remark="")
measured = OutcomeMeasured(
    innovation_id=INNOVATION_ID,
    indicator_id="i2",
    value=Decimal("1.5"),
    measured_on=date(2020, 9, 1),
    source="Loket",
)
evidence = EvidenceSaved(innovation_id=INNOVATION_ID, evidence="Berita acara dan foto loket.")
display = DisplaySaved(
    innovation_id=INNOVATION_ID,
    public_summary="Akta kelahiran kini selesai dalam sehari.",
    shown_indicators=(outcome,),
    replication_notes="Mulailah dengan satu rumah sakit.",
    video_url="https://example.id/video",
)


def advanced(to_stage: Stage, on: date, assessment_id: str | None = None) -> StageAdvanced:
    """Give the event that led to a stage."""
    order = list(Stage)
    return StageAdvanced(
        innovation_id=INNOVATION_ID,
        from_stage=order[order.index(to_stage) - 1],
        to_stage=to_stage,
        advanced_on=on,
        assessment_id=assessment_id,
    )


def submitted(from_stage: Stage, no: int, on: date) -> StageSubmitted:
    """Give the submission to the default gate behind a stage."""
    gate = next(each for each in DEFAULT_GATES if each.from_stage is from_stage)
    return StageSubmitted(
        innovation_id=INNOVATION_ID,
        programme_id=PROGRAMME_ID,
        unit_id=UNIT_ID,
        submission_no=no,
        from_stage=gate.from_stage,
        to_stage=gate.to_stage,
        rubric_id=gate.rubric_id,
        rubric_version=gate.rubric_version,
        panel_size=gate.panel_size,
        quorum=gate.quorum,
        submitted_on=on,
    )


to_diagnose = advanced(Stage.DIAGNOSE, date(2020, 3, 5))
to_design = advanced(Stage.DESIGN, date(2020, 3, 20))
at_design_gate = submitted(Stage.DESIGN, 1, date(2020, 4, 10))
to_deliver = advanced(Stage.DELIVER, date(2020, 4, 20), ASSESSMENT_ID)
at_results_gate = submitted(Stage.DELIVER, 2, date(2020, 9, 10))
to_display = advanced(Stage.DISPLAY, date(2020, 9, 20), ASSESSMENT_ID)

WAY: dict[Stage, tuple[InnovationEvent, ...]] = {
    Stage.DRUM_UP: (proposed, team),
    Stage.DIAGNOSE: (to_diagnose, diagnosis),
    Stage.DESIGN: (to_design, design),
    Stage.DELIVER: (at_design_gate, to_deliver, launched, done, measured, evidence),
    Stage.DISPLAY: (at_results_gate, to_display, display),
}


def way_to(stage: Stage) -> tuple[InnovationEvent, ...]:
    """Give everything that happened until the innovation had all it needs to leave this stage."""
    stages = list(Stage)
    return tuple(event for each in stages[: stages.index(stage) + 1] for event in WAY[each])
