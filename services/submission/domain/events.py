"""What happens in submission, as the other services and the world may read it. The published language.

Facts carry the date on which they happened (`…_on`, local date); the envelope's `time` is when they were recorded.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.submission.domain.vocabulary import (
    Channel,
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
    Stage,
    TargetMeasure,
    UnitKind,
)
from shared.domain import Event, Visibility, event

# -- units ------------------------------------------------------------------------------------------------------


@event("unit.registered", visibility=Visibility.PUBLIC)
class UnitRegistered(Event):
    """A unit of the region was registered."""

    unit_id: str
    name: str
    short_name: str
    kind: UnitKind
    aliases: tuple[str, ...]


@event("unit.renamed", visibility=Visibility.PUBLIC)
class UnitRenamed(Event):
    """A unit got another official name, or other aliases; its former name is among the aliases."""

    unit_id: str
    name: str
    short_name: str
    aliases: tuple[str, ...]


@event("unit.staff-counted", visibility=Visibility.PUBLIC)
class StaffCounted(Event):
    """The number of a unit's civil servants on a day, with its source; targets by civil servant are held against it."""

    unit_id: str
    civil_servants: int
    counted_on: date
    source: str


# -- programmes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A transition of a programme that needs a panel's decision, and the rubric that the panel uses."""

    from_stage: Stage
    to_stage: Stage
    rubric_id: str
    rubric_version: int
    panel_size: int
    quorum: int


@event("programme.requested", visibility=Visibility.PUBLIC)
class ProgrammeRequested(Event):
    """A region asked LAN to facilitate a laboratory."""

    programme_id: str
    edition: str
    title: str
    coordinator_office: str
    requested_on: date
    note: str


@event("programme.agreed", visibility=Visibility.PUBLIC)
class ProgrammeAgreed(Event):
    """LAN and the region signed a memorandum of understanding."""

    programme_id: str
    mou_number: str
    parties: tuple[str, ...]
    signed_on: date
    valid_until: date | None
    scope: tuple[str, ...]


@event("programme.stage-scheduled", visibility=Visibility.PUBLIC)
class StageScheduled(Event):
    """A stage got its dates in the programme's calendar."""

    programme_id: str
    stage: Stage
    opens_on: date
    closes_on: date | None


@event("programme.stage-opened", visibility=Visibility.PUBLIC)
class StageOpened(Event):
    """A stage of the programme began."""

    programme_id: str
    stage: Stage
    opened_on: date


@event("programme.stage-completed", visibility=Visibility.PUBLIC)
class StageCompleted(Event):
    """A stage of the programme was completed."""

    programme_id: str
    stage: Stage
    completed_on: date


@event("programme.stages-labelled", visibility=Visibility.PUBLIC)
class StagesLabelled(Event):
    """The region chose its own labels for stages; a stage without one keeps the canonical name."""

    programme_id: str
    labels: dict[Stage, str]


@event("programme.session-scheduled", visibility=Visibility.PUBLIC)
class SessionScheduled(Event):
    """A session of the laboratory was set: its stage, dates, venue and mentors."""

    programme_id: str
    session_id: str
    stage: Stage
    title: str
    starts_on: date
    ends_on: date
    venue: str
    mentors: tuple[str, ...]


@event("programme.attendance-recorded", visibility=Visibility.PUBLIC)
class AttendanceRecorded(Event):
    """The units that came to a session were recorded; it replaces an earlier record of the same session."""

    programme_id: str
    session_id: str
    unit_ids: tuple[str, ...]
    remark: str


@event("programme.target-set", visibility=Visibility.PUBLIC)
class TargetSet(Event):
    """The programme set itself a target; for one unit, or for the region where no unit is named."""

    programme_id: str
    measure: TargetMeasure
    value: int
    unit_id: str | None
    due_on: date | None
    note: str


@event("programme.gates-chosen", visibility=Visibility.PUBLIC)
class GatesChosen(Event):
    """The programme chose which transitions need a panel, and with which rubric."""

    programme_id: str
    gates: tuple[Gate, ...]


@event("programme.commitment-signed", visibility=Visibility.PUBLIC)
class CommitmentSigned(Event):
    """The head of a unit signed the commitment declaration."""

    programme_id: str
    unit_id: str
    signatory_office: str
    signed_on: date


@event("programme.count-stated", visibility=Visibility.PUBLIC)
class CountStated(Event):
    """Somebody stated a count in public; it stands beside the counts of the log, with who said it."""

    programme_id: str
    stated_by: str
    innovations: int
    units: int | None
    stated_on: date
    note: str


@event("programme.stalled", visibility=Visibility.PUBLIC)
class ProgrammeStalled(Event):
    """The programme came to a halt, with its reason."""

    programme_id: str
    reason: str
    stalled_on: date


@event("programme.resumed", visibility=Visibility.PUBLIC)
class ProgrammeResumed(Event):
    """The programme went on after a halt."""

    programme_id: str
    resumed_on: date
    note: str


@event("programme.closed", visibility=Visibility.PUBLIC)
class ProgrammeClosed(Event):
    """The programme was closed with a report."""

    programme_id: str
    report: str
    closed_on: date


# -- innovations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """One step of an action plan."""

    milestone_id: str
    title: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What will be measured: from which baseline to which target, in what unit, by when, from what source."""

    indicator_id: str
    kind: IndicatorKind
    dimension: Dimension | None
    name: str
    baseline: Decimal
    target: Decimal
    unit_of_measure: str
    due_on: date
    source: str


@event("innovation.proposed", visibility=Visibility.PUBLIC)
class InnovationProposed(Event):
    """A unit put an innovation forward."""

    innovation_id: str
    programme_id: str
    unit_id: str
    title: str
    meaning: str
    idea: str
    sector: Sector
    initiator: Initiator
    channel: Channel
    adapted_from: str | None
    is_example: bool
    source: str
    proposed_on: date


@event("innovation.idea-saved", visibility=Visibility.PUBLIC)
class IdeaSaved(Event):
    """The idea of an innovation was written anew."""

    innovation_id: str
    title: str
    meaning: str
    idea: str
    sector: Sector
    initiator: Initiator
    channel: Channel


@event("innovation.team-named", visibility=Visibility.REGIONAL)
class TeamNamed(Event):
    """The team of an innovation was named, by opaque ids of persons."""

    innovation_id: str
    members: tuple[str, ...]


@event("innovation.diagnosis-saved", visibility=Visibility.REGIONAL)
class DiagnosisSaved(Event):
    """The problem, who is affected, its root causes, the evidence and a simple solution were written down."""

    innovation_id: str
    problem: str
    affected: str
    root_causes: str
    evidence: str
    simple_solution: str


@event("innovation.design-saved", visibility=Visibility.REGIONAL)
class DesignSaved(Event):
    """The design of an innovation was written down."""

    innovation_id: str
    design: str
    form: Form
    types: tuple[InnovationType, ...]
    digital: bool
    milestones: tuple[Milestone, ...]
    indicators: tuple[Indicator, ...]
    resources: str
    legal_basis: str
    sdgs: tuple[int, ...]


@event("innovation.launched", visibility=Visibility.PUBLIC)
class InnovationLaunched(Event):
    """An innovation was launched."""

    innovation_id: str
    launched_on: date
    place: str
    remark: str


@event("innovation.milestone-done", visibility=Visibility.REGIONAL)
class MilestoneDone(Event):
    """A milestone of the action plan was reached."""

    innovation_id: str
    milestone_id: str
    done_on: date
    remark: str


@event("innovation.evidence-saved", visibility=Visibility.REGIONAL)
class EvidenceSaved(Event):
    """The evidence of an innovation's delivery was written down."""

    innovation_id: str
    evidence: str


@event("innovation.outcome-measured", visibility=Visibility.PUBLIC)
class OutcomeMeasured(Event):
    """An indicator of an innovation was measured."""

    innovation_id: str
    indicator_id: str
    value: Decimal
    measured_on: date
    source: str


@event("innovation.display-saved", visibility=Visibility.PUBLIC)
class DisplaySaved(Event):
    """What the public reads of an innovation was written down: summary, outcomes to show, notes for replication."""

    innovation_id: str
    public_summary: str
    shown_indicators: tuple[Indicator, ...]
    replication_notes: str
    video_url: str | None


@event("innovation.stage-submitted", visibility=Visibility.REGIONAL)
class StageSubmitted(Event):
    """A unit submitted its innovation to a gate."""

    innovation_id: str
    programme_id: str
    unit_id: str
    submission_no: int
    from_stage: Stage
    to_stage: Stage
    rubric_id: str
    rubric_version: int
    panel_size: int
    quorum: int
    submitted_on: date


@event("innovation.stage-advanced", visibility=Visibility.PUBLIC)
class StageAdvanced(Event):
    """An innovation moved on to its next stage."""

    innovation_id: str
    from_stage: Stage
    to_stage: Stage
    advanced_on: date
    assessment_id: str | None


@event("innovation.returned", visibility=Visibility.REGIONAL)
class InnovationReturned(Event):
    """An innovation was returned, with what must change; to the same stage where a gate asked for revision."""

    innovation_id: str
    from_stage: Stage
    to_stage: Stage
    required_changes: str
    returned_on: date
    assessment_id: str | None


@event("innovation.declined", visibility=Visibility.REGIONAL)
class InnovationDeclined(Event):
    """A gate declined an innovation; it stays in its stage and may be submitted anew."""

    innovation_id: str
    from_stage: Stage
    to_stage: Stage
    rationale: str
    declined_on: date
    assessment_id: str


@event("innovation.displayed", visibility=Visibility.PUBLIC)
class InnovationDisplayed(Event):
    """An innovation was shown to the public: the end of its way through the five stages."""

    innovation_id: str
    displayed_on: date


@event("innovation.confirmation-asked", visibility=Visibility.PUBLIC)
class ConfirmationAsked(Event):
    """A unit was asked whether its launched innovation still runs; it is asked every six months."""

    innovation_id: str
    asked_on: date
    due_on: date


@event("innovation.running-confirmed", visibility=Visibility.PUBLIC)
class RunningConfirmed(Event):
    """A unit confirmed that its innovation still runs."""

    innovation_id: str
    confirmed_on: date


@event("innovation.withdrawn", visibility=Visibility.PUBLIC)
class InnovationWithdrawn(Event):
    """A unit withdrew its innovation."""

    innovation_id: str
    reason: str
    withdrawn_on: date


@event("innovation.retired", visibility=Visibility.PUBLIC)
class InnovationRetired(Event):
    """An innovation was retired because it brings no benefit any more."""

    innovation_id: str
    reason: str
    retired_on: date


# -- people -----------------------------------------------------------------------------------------------------


@event("person.erased", visibility=Visibility.INTERNAL)
class PersonErased(Event):
    """The erasure of a person's data was ordered; every service obeys. Nobody else is told who it is."""

    erasure_id: str
    person: str
    grounds: str
    held: dict[str, int]


UnitEvent = UnitRegistered | UnitRenamed | StaffCounted
ProgrammeEvent = (
    ProgrammeRequested
    | ProgrammeAgreed
    | StageScheduled
    | StageOpened
    | StageCompleted
    | StagesLabelled
    | SessionScheduled
    | AttendanceRecorded
    | TargetSet
    | GatesChosen
    | CommitmentSigned
    | CountStated
    | ProgrammeStalled
    | ProgrammeResumed
    | ProgrammeClosed
)
InnovationEvent = (
    InnovationProposed
    | IdeaSaved
    | TeamNamed
    | DiagnosisSaved
    | DesignSaved
    | InnovationLaunched
    | MilestoneDone
    | EvidenceSaved
    | OutcomeMeasured
    | DisplaySaved
    | StageSubmitted
    | StageAdvanced
    | InnovationReturned
    | InnovationDeclined
    | InnovationDisplayed
    | ConfirmationAsked
    | RunningConfirmed
    | InnovationWithdrawn
    | InnovationRetired
)
PersonEvent = PersonErased
