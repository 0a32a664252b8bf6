"""An assessment's example events and commands, as all tests of review use them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from services.review.domain.events import (
    Anchor,
    AssessmentCancelled,
    AssessmentConcluded,
    AssessmentOpened,
    Bar,
    ConflictCleared,
    ConflictKind,
    Criterion,
    Mark,
    ModerationClosed,
    ModerationOpened,
    Outcome,
    PanelCompleted,
    PresentationScheduled,
    RemarkMade,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewerRegistered,
    ReviewerReleased,
    ReviewerResolved,
    RoundKind,
    RoundOpened,
    RubricPublished,
    ScaleKind,
    ScorecardRevised,
    ScorecardSubmitted,
)
from services.review.domain.panel import Candidate

AT = datetime(2021, 6, 1, 3, tzinfo=UTC)
ASSESSMENT = "36.74-00000000000000000000000000000001"
INNOVATION = "36.74-0199f0000000700080000000000000aa"
UNIT = "36.74-disdukcapil"
CHAIR = str(UUID(int=0xC))
ANN, BEN, CAT, DAN = (str(UUID(int=0xA0 + number)) for number in range(4))


def criterion(
    ident: str = "benefit",
    weight: str = "60",
    *,
    scale: ScaleKind = ScaleKind.POINTS,
    bounds: tuple[str, str] = ("0", "100"),
    anchors: tuple[str, ...] = (),
    comment_required: bool = False,
) -> Criterion:
    """Give a criterion."""
    return Criterion(
        criterion_id=ident,
        group="",
        name=ident.title(),
        help="",
        weight=Decimal(weight),
        scale=scale,
        minimum=Decimal(bounds[0]),
        maximum=Decimal(bounds[1]),
        anchors=tuple(Anchor(value=Decimal(value), label=f"value {value}") for value in anchors),
        comment_required=comment_required,
    )


CRITERIA = (criterion(comment_required=True), criterion("evidence", "40", anchors=("0", "100")))


def marks(benefit: str = "80", evidence: str = "70", comment: str = "Jelas dan terukur.") -> tuple[Mark, ...]:
    """Give a scorecard's marks."""
    return (
        Mark(criterion_id="benefit", score=Decimal(benefit), comment=comment),
        Mark(criterion_id="evidence", score=Decimal(evidence), comment=""),
    )


def candidate(
    person: str,
    *,
    home_region: str | None = "33.27",
    unit_id: str | None = None,
    active: bool = True,
    in_team: bool = False,
    mentored: bool = False,
) -> Candidate:
    """Give a candidate who is not barred."""
    return Candidate(
        person=person,
        home_region=home_region,
        unit_id=unit_id,
        active=active,
        in_team=in_team,
        mentored=mentored,
    )


OPENED = AssessmentOpened(
    assessment_id=ASSESSMENT,
    innovation_id=INNOVATION,
    programme_id="36.74-2020",
    unit_id=UNIT,
    submission_no=1,
    from_stage="deliver",
    to_stage="display",
    rubric_id="00-results-review",
    rubric_version=1,
    panel_size=3,
    quorum=2,
)


def assigned(slot: str, person: str, overridden: Bar | None = None, reason: str = "") -> ReviewerAssigned:
    """Give the assignment of a reviewer."""
    return ReviewerAssigned(
        assessment_id=ASSESSMENT,
        slot=slot,
        person=person,
        due_on=date(2021, 6, 14),
        assigned_by=CHAIR,
        overridden=overridden,
        override_reason=reason,
    )


def cleared(slot: str, person: str) -> ConflictCleared:
    """Give the declaration of a reviewer."""
    return ConflictCleared(assessment_id=ASSESSMENT, slot=slot, person=person)


def recused(slot: str, person: str) -> ReviewerRecused:
    """Give the recusal of a reviewer."""
    return ReviewerRecused(
        assessment_id=ASSESSMENT, slot=slot, person=person, kind=ConflictKind.FAMILY, reason="Adik saya anggota tim."
    )


def released(slot: str, person: str) -> ReviewerReleased:
    """Give the release of a reviewer."""
    return ReviewerReleased(
        assessment_id=ASSESSMENT, slot=slot, person=person, reason="Tenggat lewat.", released_by=CHAIR
    )


def scored(
    slot: str, total: str = "76.00", benefit: str = "80", evidence: str = "70", round_no: int = 1
) -> ScorecardSubmitted:
    """Give a scorecard."""
    return ScorecardSubmitted(
        assessment_id=ASSESSMENT,
        slot=slot,
        round_no=round_no,
        marks=marks(benefit, evidence),
        summary="Layak.",
        total=Decimal(total),
    )


def revised(
    slot: str,
    total: str = "76.00",
    benefit: str = "80",
    evidence: str = "70",
    *,
    revision: int = 2,
    reason: str = "",
    round_no: int = 1,
) -> ScorecardRevised:
    """Give a scorecard that replaces one."""
    return ScorecardRevised(
        assessment_id=ASSESSMENT,
        slot=slot,
        round_no=round_no,
        revision=revision,
        marks=marks(benefit, evidence),
        summary="Layak.",
        total=Decimal(total),
        reason=reason,
    )


def said(speaker: str, text: str = "Bukti kurang.") -> RemarkMade:
    """Give a remark in the moderation."""
    return RemarkMade(assessment_id=ASSESSMENT, speaker=speaker, text=text)


COMPLETED = PanelCompleted(assessment_id=ASSESSMENT, scorecards=2)
MODERATING = ModerationOpened(assessment_id=ASSESSMENT)
MODERATED = ModerationClosed(assessment_id=ASSESSMENT)
FURTHER = RoundOpened(
    assessment_id=ASSESSMENT,
    round_no=2,
    kind=RoundKind.PRESENTATION,
    rubric_id="00-iga-presentation",
    rubric_version=1,
)
PRESENTATION = PresentationScheduled(
    assessment_id=ASSESSMENT,
    round_no=2,
    starts_at=datetime(2021, 6, 3, 2, tzinfo=UTC),
    present_minutes=7,
    interview_minutes=13,
    place="Aula Bappeda",
)
RESOLVED = ReviewerResolved(
    assessment_id=ASSESSMENT, slot="R1", reason="Pengaduan nomor 7.", resolved_by=str(UUID(int=0xA9))
)
CONCLUDED = AssessmentConcluded(
    assessment_id=ASSESSMENT,
    innovation_id=INNOVATION,
    submission_no=1,
    from_stage="deliver",
    to_stage="display",
    outcome=Outcome.ADVANCE,
    rationale="Hasil nyata.",
    required_changes="",
    score=Decimal("71.00"),
    spread=Decimal("10.00"),
    scorecards=2,
    concluded_on=date(2021, 6, 1),
)
CANCELLED = AssessmentCancelled(assessment_id=ASSESSMENT, innovation_id=INNOVATION, reason="Ditarik.")
RUBRIC = RubricPublished(
    rubric_id="00-results-review",
    version=1,
    title="Telaah hasil",
    purpose="Menilai hasil.",
    source="Contoh",
    criteria=CRITERIA,
)
REVIEWER = ReviewerRegistered(
    reviewer_id=f"00-{ANN}",
    person=ANN,
    home_region="33.27",
    unit_id=None,
    expertise=("health",),
    types=("process",),
    capacity=10,
    active=True,
)
EVENTS = (
    RUBRIC,
    REVIEWER,
    OPENED,
    assigned("R1", ANN),
    cleared("R1", ANN),
    recused("R2", BEN),
    released("R3", CAT),
    scored("R1"),
    revised("R1"),
    COMPLETED,
    MODERATING,
    said("R1"),
    MODERATED,
    FURTHER,
    PRESENTATION,
    CONCLUDED,
    RESOLVED,
    CANCELLED,
)
TWO_CLEARED = (OPENED, assigned("R1", ANN), assigned("R2", BEN), cleared("R1", ANN), cleared("R2", BEN))
WIDE = (*TWO_CLEARED, scored("R1", "90.00", "90", "90"), scored("R2", "60.00", "60", "60"), COMPLETED, MODERATING)
COMPLETE = (*TWO_CLEARED, scored("R1"), scored("R2", "66.00", "70", "60"), COMPLETED)
