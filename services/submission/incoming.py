"""The events of others that submission reads: what a panel concluded, what it judges by. Only the fields it needs."""

from datetime import date
from enum import StrEnum

from shared.incoming import Incoming, reads


class Outcome(StrEnum):
    """What a chair can determine."""

    ADVANCE = "advance"
    REVISE = "revise"
    DECLINE = "decline"


@reads("rubric.published", versions=(1,))
class RubricPublished(Incoming):
    """A version of a rubric was published, for gates to name."""

    rubric_id: str
    version: int
    title: str


@reads("assessment.concluded", versions=(1,))
class AssessmentConcluded(Incoming):
    """A panel's chair determined the outcome of an assessment."""

    assessment_id: str
    innovation_id: str
    submission_no: int
    outcome: Outcome
    rationale: str
    required_changes: str
    concluded_on: date
