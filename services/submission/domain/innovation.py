"""What an innovation may do: the way through the five stages, decided."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never

from services.submission.domain import checks
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
from services.submission.domain.innovation_commands import (
    ANSWER_DAYS,
    CONFIRMATION_DAYS,
    AdvanceThroughGate,
    AskConfirmation,
    CompleteMilestone,
    ConfirmRunning,
    DeclineAtGate,
    DisplayInnovation,
    InnovationCommand,
    LaunchInnovation,
    LeaveStage,
    MeasureOutcome,
    NameTeam,
    ProposeInnovation,
    RetireInnovation,
    ReturnInnovation,
    ReviseAfterGate,
    SaveDesign,
    SaveDiagnosis,
    SaveDisplay,
    SaveEvidence,
    SaveIdea,
    WithdrawInnovation,
)
from services.submission.domain.innovation_state import Innovation, evolve, missing_for_leaving
from services.submission.domain.programme import Programme
from services.submission.domain.rejections import (
    AlreadyDisplayed,
    AlreadyDone,
    AlreadyLaunched,
    AskedTooSoon,
    InnovationExists,
    LastStage,
    NotAnEarlierStage,
    NotAwaited,
    NothingRuns,
    NotLaunched,
    NotMeasurable,
    UnknownIndicator,
    UnknownMilestone,
)
from services.submission.domain.vocabulary import Stage
from shared.domain import Decider, NotFound, refuse


def decide(command: InnovationCommand, state: Innovation | None) -> Sequence[InnovationEvent]:
    """Give what happens; raise a Rejection when it cannot."""
    refuse(command.faults())
    if isinstance(command, ProposeInnovation):
        return _propose(command, state)
    if state is None:
        raise NotFound
    ident = state.innovation_id
    match command:
        case SaveIdea():
            state.require_editable()
            return [
                IdeaSaved(
                    innovation_id=ident,
                    title=command.title,
                    meaning=command.meaning,
                    idea=command.idea,
                    sector=command.sector,
                    initiator=command.initiator,
                    channel=command.channel,
                )
            ]
        case NameTeam(members=members):
            state.require_editable()
            return [TeamNamed(innovation_id=ident, members=members)] if members != state.team else []
        case SaveDiagnosis():
            state.require_unsettled(Stage.DESIGN)
            return [
                DiagnosisSaved(
                    innovation_id=ident,
                    problem=command.problem,
                    affected=command.affected,
                    root_causes=command.root_causes,
                    evidence=command.evidence,
                    simple_solution=command.simple_solution,
                )
            ]
        case SaveDesign():
            state.require_unsettled(Stage.DESIGN)
            return [
                DesignSaved(
                    innovation_id=ident,
                    design=command.design,
                    form=command.form,
                    types=command.types,
                    digital=command.digital,
                    milestones=command.milestones,
                    indicators=command.indicators,
                    resources=command.resources,
                    legal_basis=command.legal_basis,
                    sdgs=command.sdgs,
                )
            ]
        case LaunchInnovation():
            state.require_reached(Stage.DELIVER)
            if state.launched is not None:
                raise AlreadyLaunched
            refuse(checks.in_order("launched_on", state.proposed.proposed_on, command.launched_on))
            return [
                InnovationLaunched(
                    innovation_id=ident,
                    launched_on=command.launched_on,
                    place=command.place,
                    remark=command.remark,
                )
            ]
        case CompleteMilestone(milestone_id=milestone_id):
            state.require_reached(Stage.DELIVER)
            if state.design is None or milestone_id not in {each.milestone_id for each in state.design.milestones}:
                raise UnknownMilestone(field="milestone_id")
            if milestone_id in state.done:
                raise AlreadyDone
            return [
                MilestoneDone(
                    innovation_id=ident,
                    milestone_id=milestone_id,
                    done_on=command.done_on,
                    remark=command.remark,
                )
            ]
        case SaveEvidence():
            state.require_reached(Stage.DELIVER)
            state.require_unsettled(Stage.DELIVER)
            return [EvidenceSaved(innovation_id=ident, evidence=command.evidence)]
        case MeasureOutcome(indicator_id=indicator_id):
            state.require_reached(Stage.DELIVER)
            if indicator_id not in state.indicators:
                raise UnknownIndicator(field="indicator_id")
            if state.launched is None:
                raise NotMeasurable
            refuse(checks.in_order("measured_on", state.launched.launched_on, command.measured_on))
            return [
                OutcomeMeasured(
                    innovation_id=ident,
                    indicator_id=indicator_id,
                    value=command.value,
                    measured_on=command.measured_on,
                    source=command.source,
                )
            ]
        case SaveDisplay():
            state.require_reached(Stage.DISPLAY)
            return [
                DisplaySaved(
                    innovation_id=ident,
                    public_summary=command.public_summary,
                    shown_indicators=_shown(command, state),
                    replication_notes=command.replication_notes,
                    video_url=command.video_url,
                )
            ]
        case LeaveStage(programme=programme, on=on):
            state.require_editable()
            return [_next_stage(state, programme, on)]
        case AdvanceThroughGate():
            gate = _awaited(state, command.submission_no)
            return [
                StageAdvanced(
                    innovation_id=ident,
                    from_stage=gate.from_stage,
                    to_stage=gate.to_stage,
                    advanced_on=command.on,
                    assessment_id=command.assessment_id,
                )
            ]
        case ReviseAfterGate():
            gate = _awaited(state, command.submission_no)
            return [
                InnovationReturned(
                    innovation_id=ident,
                    from_stage=gate.from_stage,
                    to_stage=gate.from_stage,
                    required_changes=command.required_changes,
                    returned_on=command.on,
                    assessment_id=command.assessment_id,
                )
            ]
        case DeclineAtGate():
            gate = _awaited(state, command.submission_no)
            return [
                InnovationDeclined(
                    innovation_id=ident,
                    from_stage=gate.from_stage,
                    to_stage=gate.to_stage,
                    rationale=command.rationale,
                    declined_on=command.on,
                    assessment_id=command.assessment_id,
                )
            ]
        case ReturnInnovation(to_stage=to_stage):
            state.require_editable()
            if not to_stage.precedes(state.stage):
                raise NotAnEarlierStage(field="to_stage")
            refuse(checks.in_order("on", state.since, command.on))
            return [
                InnovationReturned(
                    innovation_id=ident,
                    from_stage=state.stage,
                    to_stage=to_stage,
                    required_changes=command.required_changes,
                    returned_on=command.on,
                    assessment_id=None,
                )
            ]
        case DisplayInnovation():
            state.require_reached(Stage.DISPLAY)
            if state.displayed_on is not None:
                raise AlreadyDisplayed
            refuse(missing_for_leaving(state, ()))
            refuse(checks.in_order("on", state.since, command.on))
            return [InnovationDisplayed(innovation_id=ident, displayed_on=command.on)]
        case AskConfirmation(on=on):
            newest = max(_sign_of_life(state), state.asked_on or date.min)
            if on - newest < timedelta(days=CONFIRMATION_DAYS):
                raise AskedTooSoon(days=CONFIRMATION_DAYS)
            return [ConfirmationAsked(innovation_id=ident, asked_on=on, due_on=on + timedelta(days=ANSWER_DAYS))]
        case ConfirmRunning(on=on):
            _sign_of_life(state)
            assert state.launched is not None
            refuse(checks.in_order("on", state.launched.launched_on, on))
            # What runs on a later day ran on this one too: nothing is learnt.
            known = state.confirmed_on is not None and on <= state.confirmed_on
            return [] if known else [RunningConfirmed(innovation_id=ident, confirmed_on=on)]
        case WithdrawInnovation():
            state.require_active()
            refuse(checks.in_order("on", state.since, command.on))
            return [InnovationWithdrawn(innovation_id=ident, reason=command.reason, withdrawn_on=command.on)]
        case RetireInnovation():
            state.require_editable()
            if state.launched is None:
                raise NotLaunched
            refuse(checks.in_order("on", state.since, command.on))
            return [InnovationRetired(innovation_id=ident, reason=command.reason, retired_on=command.on)]
        case _:
            assert_never(command)


def _propose(command: ProposeInnovation, state: Innovation | None) -> Sequence[InnovationEvent]:
    if state is not None:
        raise InnovationExists
    if command.programme is None:
        raise NotFound
    command.programme.require_running()
    proposed = InnovationProposed(
        innovation_id=command.innovation_id,
        programme_id=command.programme.programme_id,
        unit_id=command.unit_id,
        title=command.title,
        meaning=command.meaning,
        idea=command.idea,
        sector=command.sector,
        initiator=command.initiator,
        channel=command.channel,
        adapted_from=command.adapted_from,
        is_example=command.is_example,
        source=command.source,
        proposed_on=command.proposed_on,
    )
    team = TeamNamed(innovation_id=command.innovation_id, members=command.team)
    return [proposed, team] if command.team else [proposed]


def _next_stage(state: Innovation, programme: Programme, on: date) -> StageSubmitted | StageAdvanced:
    """Give the step to the next stage; raise what is missing."""
    to_stage = state.stage.next
    if to_stage is None:
        raise LastStage
    refuse(missing_for_leaving(state, programme.commitments))
    refuse(checks.in_order("on", state.since, on))
    gate = programme.gate_from(state.stage)
    if gate is None:
        return StageAdvanced(
            innovation_id=state.innovation_id,
            from_stage=state.stage,
            to_stage=to_stage,
            advanced_on=on,
            assessment_id=None,
        )
    return StageSubmitted(
        innovation_id=state.innovation_id,
        programme_id=state.programme_id,
        unit_id=state.unit_id,
        submission_no=state.submissions + 1,
        from_stage=state.stage,
        to_stage=to_stage,
        rubric_id=gate.rubric_id,
        rubric_version=gate.rubric_version,
        panel_size=gate.panel_size,
        quorum=gate.quorum,
        submitted_on=on,
    )


def _sign_of_life(state: Innovation) -> date:
    """Give the newest sign that it runs; raise NotActive or NothingRuns where it cannot be asked for one."""
    state.require_active()
    newest = state.sign_of_life
    if newest is None:
        raise NothingRuns
    return newest


def _awaited(state: Innovation, submission_no: int) -> StageSubmitted:
    """Give the submission that a panel decided on; raise NotAwaited when the innovation does not wait for it."""
    state.require_active()
    if state.awaiting is None or state.awaiting.submission_no != submission_no:
        raise NotAwaited
    return state.awaiting


def _shown(command: SaveDisplay, state: Innovation) -> tuple[Indicator, ...]:
    unknown = [index for index, each in enumerate(command.shown_indicators) if each not in state.indicators]
    refuse(UnknownIndicator(field=f"shown_indicators/{index}") for index in unknown)
    return tuple(state.indicators[each] for each in command.shown_indicators)


INNOVATION: Decider[InnovationCommand, Innovation | None, InnovationEvent] = Decider(
    noun="innovation", initial=lambda: None, decide=decide, evolve=evolve
)
