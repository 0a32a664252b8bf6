"""What happens in review, as the other services and the world may read it. The published language.

Types marked sealed say neither a score, a comment nor a reviewer's identity to anyone outside this service before
`assessment.concluded` stands in their stream; on their envelopes the actor is a pseudonym of the assessment.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.domain import Event, Visibility, event

CONCLUDED = "assessment.concluded"


class ScaleKind(StrEnum):
    """How a criterion is scored."""

    POINTS = "points"
    ANCHORED = "anchored"
    YES_PARTLY_NO = "yes-partly-no"


class Outcome(StrEnum):
    """What a chair determines."""

    ADVANCE = "advance"
    REVISE = "revise"
    DECLINE = "decline"


class ConflictKind(StrEnum):
    """Why a reviewer cannot judge."""

    FAMILY = "family"
    FINANCIAL = "financial"
    COLLABORATION = "collaboration"
    MENTOR = "mentor"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A choice on a criterion's scale and what it means."""

    value: Decimal
    label: str


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that a panel judges: its weight, the bounds of its scale, its anchors and help for the reviewer."""

    criterion_id: str
    group: str
    name: str
    help: str
    weight: Decimal
    scale: ScaleKind
    minimum: Decimal
    maximum: Decimal
    anchors: tuple[Anchor, ...]
    comment_required: bool


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A reviewer's score and comment on one criterion."""

    criterion_id: str
    score: Decimal
    comment: str


@event("rubric.published", visibility=Visibility.PUBLIC)
class RubricPublished(Event):
    """A version of a rubric was published; running assessments keep theirs."""

    rubric_id: str
    version: int
    title: str
    purpose: str
    source: str
    criteria: tuple[Criterion, ...]


@event("reviewer.registered", visibility=Visibility.REGIONAL)
class ReviewerRegistered(Event):
    """A person was admitted to the pool of reviewers, or the entry was renewed: where from, and for which sectors."""

    reviewer_id: str
    person: str
    home_region: str
    unit_id: str | None
    expertise: tuple[str, ...]
    active: bool


@event("assessment.opened", visibility=Visibility.REGIONAL)
class AssessmentOpened(Event):
    """An assessment was opened because an innovation was submitted to a gate."""

    assessment_id: str
    innovation_id: str
    programme_id: str
    unit_id: str
    submission_no: int
    from_stage: str
    to_stage: str
    rubric_id: str
    rubric_version: int
    panel_size: int
    quorum: int


@event("assessment.reviewer-assigned", visibility=Visibility.SEALED_IDENTITY, opened_by=CONCLUDED)
class ReviewerAssigned(Event):
    """A reviewer was assigned to the panel under a pseudonym."""

    assessment_id: str
    slot: str
    person: str
    due_on: date | None
    assigned_by: str

    @property
    def pseudonym(self) -> str:
        """The chair acts; which person that is stands in the payload."""
        return "chair"


@event("assessment.conflict-cleared", visibility=Visibility.SEALED_IDENTITY, opened_by=CONCLUDED)
class ConflictCleared(Event):
    """A reviewer declared to have no conflict of interest; only now does the dossier open."""

    assessment_id: str
    slot: str
    person: str

    @property
    def pseudonym(self) -> str:
        """The reviewer's place in the panel."""
        return self.slot


@event("assessment.reviewer-recused", visibility=Visibility.SEALED_IDENTITY, opened_by=CONCLUDED)
class ReviewerRecused(Event):
    """A reviewer declared a conflict of interest and left the panel."""

    assessment_id: str
    slot: str
    person: str
    kind: ConflictKind
    reason: str

    @property
    def pseudonym(self) -> str:
        """The reviewer's place in the panel."""
        return self.slot


@event("assessment.reviewer-released", visibility=Visibility.SEALED_IDENTITY, opened_by=CONCLUDED)
class ReviewerReleased(Event):
    """The chair released a reviewer who had not scored."""

    assessment_id: str
    slot: str
    person: str
    reason: str
    released_by: str

    @property
    def pseudonym(self) -> str:
        """The chair acts; which person that is stands in the payload."""
        return "chair"


@event("assessment.scorecard-submitted", visibility=Visibility.SEALED, opened_by=CONCLUDED)
class ScorecardSubmitted(Event):
    """A reviewer handed in a scorecard, sealed until the assessment is concluded."""

    assessment_id: str
    slot: str
    marks: tuple[Mark, ...]
    summary: str
    total: Decimal

    @property
    def pseudonym(self) -> str:
        """The reviewer's place in the panel."""
        return self.slot


@event("assessment.panel-completed", visibility=Visibility.REGIONAL)
class PanelCompleted(Event):
    """Every assigned reviewer has scored, been recused or been released: the chair may now read the scores."""

    assessment_id: str
    scorecards: int

    @property
    def pseudonym(self) -> str:
        """The panel; naming whoever completed it would tell who one of the reviewers is."""
        return "panel"


@event("assessment.concluded", visibility=Visibility.REGIONAL)
class AssessmentConcluded(Event):
    """The chair determined the outcome of an assessment, with the rationale."""

    assessment_id: str
    innovation_id: str
    submission_no: int
    from_stage: str
    to_stage: str
    outcome: Outcome
    rationale: str
    required_changes: str
    score: Decimal
    spread: Decimal
    scorecards: int
    concluded_on: date


@event("assessment.cancelled", visibility=Visibility.REGIONAL)
class AssessmentCancelled(Event):
    """An assessment ended without an outcome because its innovation was withdrawn."""

    assessment_id: str
    innovation_id: str
    reason: str


RubricEvent = RubricPublished
ReviewerEvent = ReviewerRegistered
AssessmentEvent = (
    AssessmentOpened
    | ReviewerAssigned
    | ConflictCleared
    | ReviewerRecused
    | ReviewerReleased
    | ScorecardSubmitted
    | PanelCompleted
    | AssessmentConcluded
    | AssessmentCancelled
)
