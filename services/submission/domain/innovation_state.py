"""An innovation as its stream tells it, and what must exist before it may leave its stage."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

from services.submission.domain.events import (
    ConfirmationAsked,
    DesignSaved,
    DiagnosisSaved,
    DisplaySaved,
    EvidenceSaved,
    IdeaSaved,
    Indicator,
    InnovationDeclined,
    InnovationDisplayed,
    InnovationEvent,
    InnovationLaunched,
    InnovationProposed,
    InnovationRetired,
    InnovationReturned,
    InnovationWithdrawn,
    MilestoneDone,
    OutcomeMeasured,
    RunningConfirmed,
    StageAdvanced,
    StageSubmitted,
    TeamNamed,
)
from services.submission.domain.rejections import (
    AffectedMissing,
    AwaitingGate,
    CommitmentMissing,
    DesignMissing,
    DiagnosisEvidenceMissing,
    EvidenceMissing,
    IdeaMissing,
    LaunchMissing,
    LegalBasisMissing,
    MeasurementMissing,
    MilestonesMissing,
    MilestonesOpen,
    Missing,
    NotActive,
    OutcomeIndicatorMissing,
    OutputIndicatorMissing,
    ProblemMissing,
    ReplicationNotesMissing,
    ResourcesMissing,
    RootCausesMissing,
    SectionSettled,
    ShownOutcomeMissing,
    SolutionMissing,
    SummaryMissing,
    TeamMissing,
    TooEarly,
    TypeMissing,
)
from services.submission.domain.vocabulary import Channel, IndicatorKind, Initiator, Sector, Stage


class Status(StrEnum):
    """Whether an innovation is still on its way."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True)
class Innovation:
    """An innovation: its record section by section, its stage, and what it waits for.

    `since` is the date of its newest transition; `returned` is what must change, until it moves on again.
    """

    proposed: InnovationProposed
    title: str
    meaning: str
    idea: str
    sector: Sector
    initiator: Initiator
    channel: Channel
    since: date
    team: tuple[str, ...] = ()
    diagnosis: DiagnosisSaved | None = None
    design: DesignSaved | None = None
    launched: InnovationLaunched | None = None
    done: dict[str, MilestoneDone] = field(default_factory=dict)
    measured: tuple[OutcomeMeasured, ...] = ()
    evidence: str = ""
    display: DisplaySaved | None = None
    stage: Stage = Stage.DRUM_UP
    reached: dict[Stage, date] = field(default_factory=dict)
    status: Status = Status.ACTIVE
    awaiting: StageSubmitted | None = None
    submissions: int = 0
    returned: InnovationReturned | None = None
    declined: InnovationDeclined | None = None
    displayed_on: date | None = None
    asked_on: date | None = None
    confirmed_on: date | None = None

    @property
    def innovation_id(self) -> str:
        """The id of the innovation."""
        return self.proposed.innovation_id

    @property
    def unit_id(self) -> str:
        """The unit that it belongs to."""
        return self.proposed.unit_id

    @property
    def programme_id(self) -> str:
        """The programme that it is part of."""
        return self.proposed.programme_id

    @property
    def indicators(self) -> dict[str, Indicator]:
        """The indicators of the design by id."""
        return {each.indicator_id: each for each in self.design.indicators} if self.design else {}

    @property
    def outcomes(self) -> list[Indicator]:
        """The outcome indicators of the design."""
        return [each for each in self.indicators.values() if each.kind is IndicatorKind.OUTCOME]

    def measurements_of(self, indicator_id: str) -> list[OutcomeMeasured]:
        """Give the measurements of one indicator, oldest first."""
        found = [each for each in self.measured if each.indicator_id == indicator_id]
        return sorted(found, key=lambda each: each.measured_on)

    @property
    def sign_of_life(self) -> date | None:
        """The newest date on which it was launched, measured or confirmed to run; None before its launch."""
        if self.launched is None:
            return None
        confirmed = [self.confirmed_on] if self.confirmed_on else []
        return max([self.launched.launched_on, *(each.measured_on for each in self.measured), *confirmed])

    @property
    def asked(self) -> bool:
        """Whether its unit is asked if it still runs, and nothing was heard of it since: a measurement answers too."""
        if self.status is not Status.ACTIVE or self.asked_on is None or self.sign_of_life is None:
            return False
        return self.sign_of_life < self.asked_on

    def require_active(self) -> None:
        """Raise NotActive when it was withdrawn or retired."""
        if self.status is not Status.ACTIVE:
            raise NotActive

    def require_editable(self) -> None:
        """Raise NotActive or AwaitingGate when its record may not change now."""
        self.require_active()
        if self.awaiting is not None:
            raise AwaitingGate

    def require_unsettled(self, last: Stage) -> None:
        """Raise SectionSettled when a section that may change up to the stage `last` is settled."""
        self.require_editable()
        if last.precedes(self.stage):
            raise SectionSettled(stage=last)

    def require_reached(self, first: Stage) -> None:
        """Raise TooEarly when it has not reached the stage `first` yet."""
        self.require_editable()
        if self.stage.precedes(first):
            raise TooEarly(stage=first)


def missing_for_leaving(state: Innovation, commitments: Container[str]) -> list[Missing]:
    """Give what must still exist before the innovation may leave its stage, each naming its field.

    `commitments` are the units whose heads have signed the commitment of the programme.
    """
    match state.stage:
        case Stage.DRUM_UP:
            return list(_drum_up(state, commitments))
        case Stage.DIAGNOSE:
            return list(_diagnose(state))
        case Stage.DESIGN:
            return list(_design(state))
        case Stage.DELIVER:
            return list(_deliver(state))
        case Stage.DISPLAY:
            return list(_display(state))
        case _:
            assert_never(state.stage)


def _drum_up(state: Innovation, commitments: Container[str]) -> Iterator[Missing]:
    if not state.idea.strip():
        yield IdeaMissing(field="idea")
    if not state.team:
        yield TeamMissing(field="members")
    if state.unit_id not in commitments:
        yield CommitmentMissing(field="commitment")


def _diagnose(state: Innovation) -> Iterator[Missing]:
    written = state.diagnosis
    for name, rejection in (
        ("problem", ProblemMissing),
        ("affected", AffectedMissing),
        ("root_causes", RootCausesMissing),
        ("evidence", DiagnosisEvidenceMissing),
        ("simple_solution", SolutionMissing),
    ):
        if written is None or not getattr(written, name).strip():
            yield rejection(field=name)


def _design(state: Innovation) -> Iterator[Missing]:
    written = state.design
    if written is None or not written.design.strip():
        yield DesignMissing(field="design")
    if written is None or not written.types:
        yield TypeMissing(field="types")
    if written is None or not written.milestones:
        yield MilestonesMissing(field="milestones")
    if not any(each.kind is IndicatorKind.OUTPUT for each in state.indicators.values()):
        yield OutputIndicatorMissing(field="indicators")
    if not state.outcomes:
        yield OutcomeIndicatorMissing(field="indicators")
    if written is None or not written.resources.strip():
        yield ResourcesMissing(field="resources")
    if written is None or not written.legal_basis.strip():
        yield LegalBasisMissing(field="legal_basis")


def _deliver(state: Innovation) -> Iterator[Missing]:
    if state.launched is None:
        yield LaunchMissing(field="launched_on")
    planned = state.design.milestones if state.design else ()
    undone = sum(1 for each in planned if each.milestone_id not in state.done)
    if undone:
        yield MilestonesOpen(field="milestones", count=undone)
    for each in state.outcomes:
        if not state.measurements_of(each.indicator_id):
            yield MeasurementMissing(field=f"measurements/{each.indicator_id}")
    if not state.evidence.strip():
        yield EvidenceMissing(field="evidence")


def _display(state: Innovation) -> Iterator[Missing]:
    written = state.display
    if written is None or not written.public_summary.strip():
        yield SummaryMissing(field="public_summary")
    shown = written.shown_indicators if written else ()
    if not any(each.kind is IndicatorKind.OUTCOME and state.measurements_of(each.indicator_id) for each in shown):
        yield ShownOutcomeMissing(field="shown_indicators")
    if written is None or not written.replication_notes.strip():
        yield ReplicationNotesMissing(field="replication_notes")


def evolve(state: Innovation | None, event: InnovationEvent) -> Innovation | None:
    """Give the innovation after the event."""
    if isinstance(event, InnovationProposed):
        return Innovation(
            proposed=event,
            title=event.title,
            meaning=event.meaning,
            idea=event.idea,
            sector=event.sector,
            initiator=event.initiator,
            channel=event.channel,
            since=event.proposed_on,
            reached={Stage.DRUM_UP: event.proposed_on},
        )
    assert state is not None
    match event:
        case IdeaSaved():
            return replace(
                state,
                title=event.title,
                meaning=event.meaning,
                idea=event.idea,
                sector=event.sector,
                initiator=event.initiator,
                channel=event.channel,
            )
        case TeamNamed():
            return replace(state, team=event.members)
        case DiagnosisSaved():
            return replace(state, diagnosis=event)
        case DesignSaved():
            return replace(state, design=event)
        case InnovationLaunched():
            return replace(state, launched=event)
        case MilestoneDone():
            return replace(state, done=state.done | {event.milestone_id: event})
        case EvidenceSaved():
            return replace(state, evidence=event.evidence)
        case OutcomeMeasured():
            return replace(state, measured=(*state.measured, event))
        case DisplaySaved():
            return replace(state, display=event)
        case StageSubmitted():
            return replace(
                state,
                awaiting=event,
                submissions=event.submission_no,
                since=event.submitted_on,
                returned=None,
                declined=None,
            )
        case StageAdvanced():
            return replace(
                state,
                stage=event.to_stage,
                reached=state.reached | {event.to_stage: event.advanced_on},
                since=event.advanced_on,
                awaiting=None,
                returned=None,
                declined=None,
            )
        case InnovationReturned():
            kept = {stage: day for stage, day in state.reached.items() if not event.to_stage.precedes(stage)}
            return replace(
                state,
                stage=event.to_stage,
                reached=kept,
                since=event.returned_on,
                awaiting=None,
                returned=event,
                displayed_on=None,
            )
        case InnovationDeclined():
            return replace(state, awaiting=None, declined=event, since=event.declined_on)
        case InnovationDisplayed():
            return replace(state, displayed_on=event.displayed_on, since=event.displayed_on)
        case ConfirmationAsked():
            return replace(state, asked_on=event.asked_on)
        case RunningConfirmed():
            return replace(state, confirmed_on=event.confirmed_on)
        case InnovationWithdrawn():
            return replace(state, status=Status.WITHDRAWN, awaiting=None, since=event.withdrawn_on)
        case InnovationRetired():
            return replace(state, status=Status.RETIRED, since=event.retired_on)
        case _:
            assert_never(event)
