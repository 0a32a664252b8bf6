"""What happens in review, as the other services and the world may read it. The published language.

Types marked sealed say neither a score, a comment nor a reviewer's identity to anyone outside this service before
`assessment.concluded` stands in their stream; on their envelopes the actor is a pseudonym of the assessment.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.domain import Event, Visibility, event

CONCLUDED = "assessment.concluded"
DEFAULT_CAPACITY = 10


class RoundKind(StrEnum):
    """How a panel comes to its scores in a round; the first round is always at the desk."""

    DESK = "desk"
    PRESENTATION = "presentation"


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


@event("reviewer.registered", version=2, visibility=Visibility.REGIONAL)
class ReviewerRegistered(Event):
    """A person was admitted to the pool of reviewers, or the entry was renewed: where from, for what, for how many."""

    reviewer_id: str
    person: str
    home_region: str
    unit_id: str | None
    expertise: tuple[str, ...]
    types: tuple[str, ...]
    capacity: int
    active: bool

    @staticmethod
    def upcast_v1(data: dict[str, Any]) -> dict[str, Any]:
        """Give the entry with what version 1 did not ask for: no types of innovation, and the default capacity."""
        return {**data, "types": [], "capacity": DEFAULT_CAPACITY}


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


class Bar(StrEnum):
    """A relation that keeps a reviewer from a panel; only LAN may override it, with a reason."""

    UNIT = "unit"
    REGION = "region"
    TEAM = "team"
    MENTOR = "mentor"


@event("assessment.reviewer-assigned", version=2, visibility=Visibility.SEALED_IDENTITY, opened_by=CONCLUDED)
class ReviewerAssigned(Event):
    """A reviewer was assigned to the panel under a pseudonym, perhaps over a relation that bars others."""

    assessment_id: str
    slot: str
    person: str
    due_on: date | None
    assigned_by: str
    overridden: Bar | None
    override_reason: str

    @staticmethod
    def upcast_v1(data: dict[str, Any]) -> dict[str, Any]:
        """Give the assignment with no bar overridden: version 1 knew of no override."""
        return {**data, "overridden": None, "override_reason": ""}

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


@event("assessment.scorecard-submitted", version=2, visibility=Visibility.SEALED, opened_by=CONCLUDED)
class ScorecardSubmitted(Event):
    """A reviewer handed in a scorecard, sealed until the assessment is concluded."""

    assessment_id: str
    slot: str
    round_no: int
    marks: tuple[Mark, ...]
    summary: str
    total: Decimal

    @staticmethod
    def upcast_v1(data: dict[str, Any]) -> dict[str, Any]:
        """Give the scorecard of the first round: version 1 knew of no other."""
        return {**data, "round_no": 1}

    @property
    def pseudonym(self) -> str:
        """The reviewer's place in the panel."""
        return self.slot


@event("assessment.scorecard-revised", visibility=Visibility.SEALED, opened_by=CONCLUDED)
class ScorecardRevised(Event):
    """A reviewer replaced the scorecard; the one before it stays in the record."""

    assessment_id: str
    slot: str
    round_no: int
    revision: int
    marks: tuple[Mark, ...]
    summary: str
    total: Decimal
    reason: str

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


@event("assessment.moderation-opened", visibility=Visibility.REGIONAL)
class ModerationOpened(Event):
    """The reviewers differ so widely that the panel is asked to talk before the chair determines the outcome."""

    assessment_id: str

    @property
    def pseudonym(self) -> str:
        """The panel: whoever scored last must not be known by it."""
        return "panel"


@event("assessment.remark-made", visibility=Visibility.SEALED, opened_by=CONCLUDED, erasable=True)
class RemarkMade(Event):
    """Somebody of the panel, or its chair, said something in the moderation."""

    assessment_id: str
    speaker: str
    text: str

    @property
    def pseudonym(self) -> str:
        """The reviewer's place in the panel, or `chair`."""
        return self.speaker


@event("assessment.moderation-closed", visibility=Visibility.REGIONAL)
class ModerationClosed(Event):
    """The chair ended the moderation; scores stand as they then were."""

    assessment_id: str

    @property
    def pseudonym(self) -> str:
        """The chair acts, as everywhere in the panel's work."""
        return "chair"


@event("assessment.round-opened", visibility=Visibility.REGIONAL)
class RoundOpened(Event):
    """The panel was asked for a further round, with a rubric of its own; earlier rounds stay as they are."""

    assessment_id: str
    round_no: int
    kind: RoundKind
    rubric_id: str
    rubric_version: int


@event("assessment.presentation-scheduled", visibility=Visibility.REGIONAL)
class PresentationScheduled(Event):
    """The unit was given its time to present, in minutes to present and minutes to be interviewed."""

    assessment_id: str
    round_no: int
    starts_at: datetime
    present_minutes: int
    interview_minutes: int
    place: str


@event("assessment.reviewer-resolved", visibility=Visibility.REGIONAL)
class ReviewerResolved(Event):
    """An auditor learned who sat at a place of a concluded panel, and said why."""

    assessment_id: str
    slot: str
    reason: str
    resolved_by: str


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
    | ScorecardRevised
    | PanelCompleted
    | ModerationOpened
    | RemarkMade
    | ModerationClosed
    | RoundOpened
    | PresentationScheduled
    | ReviewerResolved
    | AssessmentConcluded
    | AssessmentCancelled
)
