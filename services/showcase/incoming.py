"""The events of submission and review as showcase reads them: only the fields that the public model needs.

Nothing here reads a sealed type, a reason that was written for the region alone, or a person's name.
"""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from shared.incoming import Incoming, reads

STAGES = ("drum-up", "diagnose", "design", "deliver", "display")

# -- submission: units ------------------------------------------------------------------------------------------


@reads("unit.registered")
class UnitRegistered(Incoming):
    """A unit of the region was registered."""

    unit_id: str
    name: str
    short_name: str
    kind: str
    aliases: list[str]


@reads("unit.renamed")
class UnitRenamed(Incoming):
    """A unit got another official name, or other aliases."""

    unit_id: str
    name: str
    short_name: str
    aliases: list[str]


@reads("unit.staff-counted")
class StaffCounted(Incoming):
    """The number of a unit's civil servants on a day."""

    unit_id: str
    civil_servants: int
    counted_on: date
    source: str


# -- submission: programmes -------------------------------------------------------------------------------------


@reads("programme.requested")
class ProgrammeRequested(Incoming):
    """A region asked LAN to facilitate a laboratory."""

    programme_id: str
    edition: str
    title: str
    coordinator_office: str
    requested_on: date
    note: str


@reads("programme.agreed")
class ProgrammeAgreed(Incoming):
    """LAN and the region signed a memorandum of understanding."""

    programme_id: str
    mou_number: str
    parties: list[str]
    signed_on: date
    valid_until: date | None
    scope: list[str]


@reads("programme.stage-scheduled")
class StageScheduled(Incoming):
    """A stage got its dates in the programme's calendar."""

    programme_id: str
    stage: str
    opens_on: date
    closes_on: date | None


@reads("programme.stage-opened")
class StageOpened(Incoming):
    """A stage of the programme began."""

    programme_id: str
    stage: str
    opened_on: date


@reads("programme.stage-completed")
class StageCompleted(Incoming):
    """A stage of the programme was completed."""

    programme_id: str
    stage: str
    completed_on: date


@reads("programme.stages-labelled")
class StagesLabelled(Incoming):
    """The region chose its own labels for stages."""

    programme_id: str
    labels: dict[str, str]


@reads("programme.session-scheduled")
class SessionScheduled(Incoming):
    """A session of the laboratory was set; its mentors are persons and are not read."""

    programme_id: str
    session_id: str
    stage: str
    title: str
    starts_on: date
    ends_on: date
    venue: str


@reads("programme.attendance-recorded")
class AttendanceRecorded(Incoming):
    """The units that came to a session were recorded."""

    programme_id: str
    session_id: str
    unit_ids: list[str]
    remark: str


@reads("programme.target-set")
class TargetSet(Incoming):
    """The programme set itself a target."""

    programme_id: str
    measure: str
    value: int
    unit_id: str | None
    due_on: date | None
    note: str


@reads("programme.commitment-signed")
class CommitmentSigned(Incoming):
    """The head of a unit signed the commitment declaration."""

    programme_id: str
    unit_id: str
    signed_on: date


@reads("programme.count-stated")
class CountStated(Incoming):
    """Somebody stated a count in public."""

    programme_id: str
    stated_by: str
    innovations: int
    units: int | None
    stated_on: date
    note: str


@reads("programme.stalled")
class ProgrammeStalled(Incoming):
    """The programme came to a halt, with its reason."""

    programme_id: str
    reason: str
    stalled_on: date


@reads("programme.resumed")
class ProgrammeResumed(Incoming):
    """The programme went on after a halt."""

    programme_id: str


@reads("programme.closed")
class ProgrammeClosed(Incoming):
    """The programme was closed with a report."""

    programme_id: str
    closed_on: date


# -- submission: innovations ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What will be measured; numbers stay the texts that they came as, so that none is rounded."""

    indicator_id: str
    kind: str
    dimension: str | None
    name: str
    baseline: str
    target: str
    unit_of_measure: str
    due_on: str
    source: str


@reads("innovation.proposed")
class InnovationProposed(Incoming):
    """A unit put an innovation forward."""

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
    source: str
    proposed_on: date


@reads("innovation.idea-saved")
class IdeaSaved(Incoming):
    """The idea of an innovation was written anew."""

    innovation_id: str
    title: str
    meaning: str
    idea: str
    sector: str
    initiator: str
    channel: str


@reads("innovation.diagnosis-saved")
class DiagnosisSaved(Incoming):
    """The problem and a simple solution were written down, for the region until the innovation is displayed."""

    innovation_id: str
    problem: str
    affected: str
    root_causes: str
    evidence: str
    simple_solution: str


@reads("innovation.design-saved")
class DesignSaved(Incoming):
    """The design was written down, for the region until the innovation is displayed."""

    innovation_id: str
    design: str
    form: str
    types: list[str]
    digital: bool
    indicators: list[Indicator]
    resources: str
    legal_basis: str
    sdgs: list[int]


@reads("innovation.launched")
class InnovationLaunched(Incoming):
    """An innovation was launched."""

    innovation_id: str
    launched_on: date
    place: str


@reads("innovation.outcome-measured")
class OutcomeMeasured(Incoming):
    """An indicator of an innovation was measured."""

    innovation_id: str
    indicator_id: str
    value: Decimal
    measured_on: date
    source: str


@reads("innovation.display-saved")
class DisplaySaved(Incoming):
    """What the public reads of an innovation was written down."""

    innovation_id: str
    public_summary: str
    shown_indicators: list[Indicator]
    replication_notes: str
    video_url: str | None


@reads("innovation.stage-submitted")
class StageSubmitted(Incoming):
    """A unit submitted its innovation to a gate."""

    innovation_id: str
    from_stage: str
    to_stage: str
    submitted_on: date


@reads("innovation.stage-advanced")
class StageAdvanced(Incoming):
    """An innovation moved on to its next stage."""

    innovation_id: str
    from_stage: str
    to_stage: str
    advanced_on: date


@reads("innovation.returned")
class InnovationReturned(Incoming):
    """An innovation was returned; what must change is between the unit and its region, and is not read."""

    innovation_id: str
    from_stage: str
    to_stage: str
    returned_on: date


@reads("innovation.declined")
class InnovationDeclined(Incoming):
    """A gate declined an innovation; the rationale is between the unit and its region, and is not read."""

    innovation_id: str
    from_stage: str
    to_stage: str
    declined_on: date


@reads("innovation.displayed")
class InnovationDisplayed(Incoming):
    """An innovation was shown to the public."""

    innovation_id: str
    displayed_on: date


@reads("innovation.confirmation-asked")
class ConfirmationAsked(Incoming):
    """A unit was asked whether its innovation still runs."""

    innovation_id: str
    asked_on: date
    due_on: date


@reads("innovation.running-confirmed")
class RunningConfirmed(Incoming):
    """A unit confirmed that its innovation still runs."""

    innovation_id: str
    confirmed_on: date


@reads("innovation.withdrawn")
class InnovationWithdrawn(Incoming):
    """A unit withdrew its innovation."""

    innovation_id: str
    reason: str
    withdrawn_on: date


@reads("innovation.retired")
class InnovationRetired(Incoming):
    """An innovation was retired."""

    innovation_id: str
    reason: str
    retired_on: date


# -- submission: what citizens say ------------------------------------------------------------------------------


@reads("feedback.given")
class FeedbackGiven(Incoming):
    """A citizen confirmed, rated or complained about an innovation."""

    feedback_id: str
    innovation_id: str
    kind: str
    stars: int | None
    worded: bool
    given_on: date


@reads("feedback.worded")
class FeedbackWorded(Incoming):
    """What the citizen wrote; shown once a moderator published it, and not before."""

    feedback_id: str
    text: str


@reads("feedback.published")
class FeedbackPublished(Incoming):
    """A moderator let everybody read what the citizen wrote."""

    feedback_id: str


@reads("feedback.withheld")
class FeedbackWithheld(Incoming):
    """A moderator kept what was said from the public."""

    feedback_id: str


@reads("feedback.answered")
class FeedbackAnswered(Incoming):
    """The unit answered."""

    feedback_id: str
    answered_on: date


@reads("feedback.answer-worded")
class AnswerWorded(Incoming):
    """What the unit answered."""

    feedback_id: str
    text: str


@reads("feedback.withdrawn")
class FeedbackWithdrawn(Incoming):
    """The citizen took it back."""

    feedback_id: str


@reads("payloads.erased")
class PayloadsErased(Incoming):
    """The contents of earlier events of the log were erased."""

    positions: list[int]


# -- submission: festivals --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FestivalSlot:
    """One item of a festival's schedule."""

    on: date
    begins: time
    ends: time
    title: str
    place: str
    innovation_id: str | None


@reads("festival.announced")
class FestivalAnnounced(Incoming):
    """A festival was announced."""

    festival_id: str
    programme_id: str | None
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str


@reads("festival.changed")
class FestivalChanged(Incoming):
    """A festival got another title, other words, days or another venue."""

    festival_id: str
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str


@reads("festival.innovations-chosen")
class InnovationsChosen(Incoming):
    """The innovations that a festival shows were chosen."""

    festival_id: str
    innovation_ids: list[str]


@reads("festival.scheduled")
class FestivalScheduled(Incoming):
    """The schedule of a festival was set."""

    festival_id: str
    slots: list[FestivalSlot]


@reads("festival.top-named")
class TopNamed(Incoming):
    """The best of a festival were named, first place first."""

    festival_id: str
    category: str
    innovation_ids: list[str]
    grounds: str
    named_on: date


@reads("festival.cancelled")
class FestivalCancelled(Incoming):
    """A festival will not take place."""

    festival_id: str
    reason: str
    cancelled_on: date


# -- review -----------------------------------------------------------------------------------------------------


@reads("assessment.opened")
class AssessmentOpened(Incoming):
    """An assessment was opened because an innovation was submitted to a gate."""

    assessment_id: str
    innovation_id: str
    to_stage: str


@reads("assessment.panel-completed")
class PanelCompleted(Incoming):
    """Every assigned reviewer has scored, been recused or been released."""

    assessment_id: str


@reads("assessment.concluded")
class AssessmentConcluded(Incoming):
    """The chair determined the outcome; scores and rationale are not read."""

    assessment_id: str
    concluded_on: date


@reads("assessment.cancelled")
class AssessmentCancelled(Incoming):
    """An assessment ended without an outcome."""

    assessment_id: str
