"""A region's programme of one edition: from the request over agreement, stages and sessions to the closing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.submission.domain import checks
from services.submission.domain.events import (
    AttendanceRecorded,
    CommitmentSigned,
    CountStated,
    Gate,
    GatesChosen,
    ProgrammeAgreed,
    ProgrammeClosed,
    ProgrammeEvent,
    ProgrammeRequested,
    ProgrammeResumed,
    ProgrammeStalled,
    SessionScheduled,
    StageCompleted,
    StageOpened,
    StageScheduled,
    StagesLabelled,
    TargetSet,
)
from services.submission.domain.programme_commands import (
    AgreeProgramme,
    ChooseGates,
    CloseProgramme,
    CompleteStage,
    LabelStages,
    OpenStage,
    ProgrammeCommand,
    RecordAttendance,
    RequestProgramme,
    ResumeProgramme,
    ScheduleSession,
    ScheduleStage,
    SetTarget,
    SignCommitment,
    StallProgramme,
    StateCount,
)
from services.submission.domain.rejections import (
    AlreadyAgreed,
    AlreadyCompleted,
    AlreadyOpened,
    AlreadySigned,
    NoSuchSession,
    NotAgreed,
    NotOpened,
    NotStalled,
    ProgrammeExists,
    ProgrammeIsClosed,
    ProgrammeStands,
    SessionExists,
)
from services.submission.domain.vocabulary import Stage, TargetMeasure
from shared.domain import Decider, NotFound, refuse

DEFAULT_GATES = (
    Gate(
        from_stage=Stage.DESIGN,
        to_stage=Stage.DELIVER,
        rubric_id="00-design-review",
        rubric_version=1,
        panel_size=3,
        quorum=2,
    ),
    Gate(
        from_stage=Stage.DELIVER,
        to_stage=Stage.DISPLAY,
        rubric_id="00-results-review",
        rubric_version=1,
        panel_size=3,
        quorum=2,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A programme as its stream tells it. What an innovation's rules need of it, they read here."""

    requested: ProgrammeRequested
    agreed: ProgrammeAgreed | None = None
    schedule: dict[Stage, StageScheduled] = field(default_factory=dict)
    opened: dict[Stage, date] = field(default_factory=dict)
    completed: dict[Stage, date] = field(default_factory=dict)
    labels: dict[Stage, str] = field(default_factory=dict)
    sessions: dict[str, SessionScheduled] = field(default_factory=dict)
    attendance: dict[str, AttendanceRecorded] = field(default_factory=dict)
    targets: dict[tuple[TargetMeasure, str | None], TargetSet] = field(default_factory=dict)
    gates: tuple[Gate, ...] = DEFAULT_GATES
    commitments: dict[str, CommitmentSigned] = field(default_factory=dict)
    stated_counts: tuple[CountStated, ...] = ()
    stalled: ProgrammeStalled | None = None
    closed: ProgrammeClosed | None = None

    @property
    def programme_id(self) -> str:
        """The id of the programme."""
        return self.requested.programme_id

    def gate_from(self, stage: Stage) -> Gate | None:
        """Give the gate that stands behind a stage, None where the way is free."""
        return next((gate for gate in self.gates if gate.from_stage is stage), None)

    def require_running(self) -> None:
        """Raise NotAgreed, ProgrammeStands or ProgrammeIsClosed unless the programme runs."""
        self.require_agreed()
        if self.stalled is not None:
            raise ProgrammeStands

    def require_agreed(self) -> None:
        """Raise ProgrammeIsClosed or NotAgreed unless there is an agreement and the programme is not closed."""
        self.require_open()
        if self.agreed is None:
            raise NotAgreed

    def require_open(self) -> None:
        """Raise ProgrammeIsClosed when it is closed."""
        if self.closed is not None:
            raise ProgrammeIsClosed


def decide(command: ProgrammeCommand, state: Programme | None) -> Sequence[ProgrammeEvent]:
    """Give what happens; raise a Rejection when it cannot."""
    refuse(command.faults())
    if isinstance(command, RequestProgramme):
        if state is not None:
            raise ProgrammeExists(field="edition")
        return [
            ProgrammeRequested(
                programme_id=command.programme_id,
                edition=command.edition,
                title=command.title,
                coordinator_office=command.coordinator_office,
                requested_on=command.requested_on,
                note=command.note,
            )
        ]
    if state is None:
        raise NotFound
    ident = state.programme_id
    match command:
        case AgreeProgramme():
            state.require_open()
            if state.agreed is not None:
                raise AlreadyAgreed
            refuse(checks.in_order("signed_on", state.requested.requested_on, command.signed_on))
            return [
                ProgrammeAgreed(
                    programme_id=ident,
                    mou_number=command.mou_number,
                    parties=command.parties,
                    signed_on=command.signed_on,
                    valid_until=command.valid_until,
                    scope=command.scope,
                )
            ]
        case ScheduleStage(stage=stage):
            state.require_agreed()
            _not_completed(state, stage)
            return [
                StageScheduled(programme_id=ident, stage=stage, opens_on=command.opens_on, closes_on=command.closes_on)
            ]
        case OpenStage(stage=stage):
            state.require_running()
            if stage in state.opened:
                raise AlreadyOpened
            return [StageOpened(programme_id=ident, stage=stage, opened_on=command.opened_on)]
        case CompleteStage(stage=stage):
            state.require_running()
            _not_completed(state, stage)
            if stage not in state.opened:
                raise NotOpened
            refuse(checks.in_order("completed_on", state.opened[stage], command.completed_on))
            return [StageCompleted(programme_id=ident, stage=stage, completed_on=command.completed_on)]
        case LabelStages(labels=labels):
            state.require_open()
            return [StagesLabelled(programme_id=ident, labels=labels)] if labels != state.labels else []
        case ScheduleSession():
            state.require_running()
            if command.session_id in state.sessions:
                raise SessionExists(field="session_id")
            return [
                SessionScheduled(
                    programme_id=ident,
                    session_id=command.session_id,
                    stage=command.stage,
                    title=command.title,
                    starts_on=command.starts_on,
                    ends_on=command.ends_on,
                    venue=command.venue,
                    mentors=command.mentors,
                )
            ]
        case RecordAttendance():
            state.require_open()
            session = state.sessions.get(command.session_id)
            if session is None:
                raise NoSuchSession
            refuse(checks.fact_day("starts_on", session.starts_on, command.at))
            return [
                AttendanceRecorded(
                    programme_id=ident,
                    session_id=command.session_id,
                    unit_ids=command.unit_ids,
                    remark=command.remark,
                )
            ]
        case SetTarget():
            state.require_open()
            return [
                TargetSet(
                    programme_id=ident,
                    measure=command.measure,
                    value=command.value,
                    unit_id=command.unit_id,
                    due_on=command.due_on,
                    note=command.note,
                )
            ]
        case ChooseGates(gates=gates):
            state.require_open()
            return [GatesChosen(programme_id=ident, gates=gates)] if gates != state.gates else []
        case SignCommitment(unit_id=unit_id):
            state.require_agreed()
            if unit_id in state.commitments:
                raise AlreadySigned(field="unit_id")
            return [
                CommitmentSigned(
                    programme_id=ident,
                    unit_id=unit_id,
                    signatory_office=command.signatory_office,
                    signed_on=command.signed_on,
                )
            ]
        case StateCount():
            return [
                CountStated(
                    programme_id=ident,
                    stated_by=command.stated_by,
                    innovations=command.innovations,
                    units=command.units,
                    stated_on=command.stated_on,
                    note=command.note,
                )
            ]
        case StallProgramme():
            state.require_open()
            if state.stalled is not None:
                raise ProgrammeStands
            return [ProgrammeStalled(programme_id=ident, reason=command.reason, stalled_on=command.stalled_on)]
        case ResumeProgramme():
            state.require_open()
            if state.stalled is None:
                raise NotStalled
            refuse(checks.in_order("resumed_on", state.stalled.stalled_on, command.resumed_on))
            return [ProgrammeResumed(programme_id=ident, resumed_on=command.resumed_on, note=command.note)]
        case CloseProgramme():
            state.require_open()
            return [ProgrammeClosed(programme_id=ident, report=command.report, closed_on=command.closed_on)]
        case _:
            assert_never(command)


def evolve(state: Programme | None, event: ProgrammeEvent) -> Programme | None:
    """Give the programme after the event."""
    if isinstance(event, ProgrammeRequested):
        return Programme(requested=event)
    assert state is not None
    match event:
        case ProgrammeAgreed():
            return replace(state, agreed=event)
        case StageScheduled():
            return replace(state, schedule=state.schedule | {event.stage: event})
        case StageOpened():
            return replace(state, opened=state.opened | {event.stage: event.opened_on})
        case StageCompleted():
            return replace(state, completed=state.completed | {event.stage: event.completed_on})
        case StagesLabelled():
            return replace(state, labels=event.labels)
        case SessionScheduled():
            return replace(state, sessions=state.sessions | {event.session_id: event})
        case AttendanceRecorded():
            return replace(state, attendance=state.attendance | {event.session_id: event})
        case TargetSet():
            return replace(state, targets=state.targets | {(event.measure, event.unit_id): event})
        case GatesChosen():
            return replace(state, gates=event.gates)
        case CommitmentSigned():
            return replace(state, commitments=state.commitments | {event.unit_id: event})
        case CountStated():
            return replace(state, stated_counts=(*state.stated_counts, event))
        case ProgrammeStalled():
            return replace(state, stalled=event)
        case ProgrammeResumed():
            return replace(state, stalled=None)
        case ProgrammeClosed():
            return replace(state, closed=event)
        case _:
            assert_never(event)


def _not_completed(state: Programme, stage: Stage) -> None:
    if stage in state.completed:
        raise AlreadyCompleted


PROGRAMME: Decider[ProgrammeCommand, Programme | None, ProgrammeEvent] = Decider(
    noun="programme", initial=lambda: None, decide=decide, evolve=evolve
)
