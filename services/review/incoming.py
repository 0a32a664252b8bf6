"""What review reads of submission's events: what opens and ends assessments, and what a dossier is made of."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.incoming import Incoming, reads


@reads("innovation.stage-submitted", versions=(1,))
class StageSubmitted(Incoming):
    """An innovation was submitted to a gate."""

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
    submitted_on: date


@reads("innovation.withdrawn", versions=(1,))
class InnovationWithdrawn(Incoming):
    """An innovation was withdrawn."""

    innovation_id: str
    reason: str


@reads("unit.registered", versions=(1,))
class UnitRegistered(Incoming):
    """A unit got its name."""

    unit_id: str
    name: str
    short_name: str


@reads("unit.renamed", versions=(1,))
class UnitRenamed(Incoming):
    """A unit got another name."""

    unit_id: str
    name: str
    short_name: str


@reads("programme.requested", versions=(1,))
class ProgrammeRequested(Incoming):
    """A programme got its title."""

    programme_id: str
    title: str


@reads("programme.session-scheduled", versions=(1,))
class SessionScheduled(Incoming):
    """A session of a programme got its mentors; a later word on the same session replaces it."""

    programme_id: str
    session_id: str
    mentors: tuple[str, ...]


@reads("innovation.team-named", versions=(1,))
class TeamNamed(Incoming):
    """The team of an innovation was named, by opaque ids of persons."""

    innovation_id: str
    members: tuple[str, ...]


@reads("innovation.proposed", versions=(1,))
class InnovationProposed(Incoming):
    """An innovation was put forward."""

    innovation_id: str
    programme_id: str
    unit_id: str
    title: str
    meaning: str
    idea: str
    sector: str
    initiator: str
    channel: str
    adapted_from: str | None
    is_example: bool
    proposed_on: date


@reads("innovation.idea-saved", versions=(1,))
class IdeaSaved(Incoming):
    """The idea was written anew."""

    innovation_id: str
    title: str
    meaning: str
    idea: str
    sector: str
    initiator: str
    channel: str


@reads("innovation.diagnosis-saved", versions=(1,))
class DiagnosisSaved(Incoming):
    """The diagnosis was written down."""

    innovation_id: str
    problem: str
    affected: str
    root_causes: str
    evidence: str
    simple_solution: str


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A step of the action plan."""

    milestone_id: str
    title: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is measured."""

    indicator_id: str
    kind: str
    dimension: str | None
    name: str
    baseline: Decimal
    target: Decimal
    unit_of_measure: str
    due_on: date
    source: str


@reads("innovation.design-saved", versions=(1,))
class DesignSaved(Incoming):
    """The design was written down."""

    innovation_id: str
    design: str
    form: str
    types: tuple[str, ...]
    digital: bool
    milestones: tuple[Milestone, ...]
    indicators: tuple[Indicator, ...]
    resources: str
    legal_basis: str


@reads("innovation.launched", versions=(1,))
class InnovationLaunched(Incoming):
    """The innovation was launched."""

    innovation_id: str
    launched_on: date
    place: str
    remark: str


@reads("innovation.milestone-done", versions=(1,))
class MilestoneDone(Incoming):
    """A milestone was reached."""

    innovation_id: str
    milestone_id: str
    done_on: date
    remark: str


@reads("innovation.outcome-measured", versions=(1,))
class OutcomeMeasured(Incoming):
    """An indicator was measured."""

    innovation_id: str
    indicator_id: str
    value: Decimal
    measured_on: date
    source: str


@reads("innovation.evidence-saved", versions=(1,))
class EvidenceSaved(Incoming):
    """The evidence was written down."""

    innovation_id: str
    evidence: str


@reads("innovation.display-saved", versions=(1,))
class DisplaySaved(Incoming):
    """What the public will read was written down."""

    innovation_id: str
    public_summary: str
    replication_notes: str
    video_url: str | None
