"""An innovation: every command, every reason to refuse one, and what must exist to leave each stage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.submission.domain import rejections as no
from services.submission.domain.events import (
    GatesChosen,
    IdeaSaved,
    InnovationDeclined,
    InnovationDisplayed,
    InnovationEvent,
    InnovationRetired,
    InnovationReturned,
    InnovationWithdrawn,
    ProgrammeClosed,
    ProgrammeStalled,
    TeamNamed,
)
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_commands import (
    AdvanceThroughGate,
    CompleteMilestone,
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
from services.submission.domain.innovation_state import missing_for_leaving
from services.submission.domain.programme import PROGRAMME
from services.submission.domain.vocabulary import Channel, Form, Initiator, InnovationType, Sector, Stage
from shared.domain import NotFound, Rejection
from shared.testing import given
from tests.services.submission.examples import (
    ACTOR,
    ASSESSMENT_ID,
    AT,
    INNOVATION_ID,
    MEMBER,
    PROGRAMME_ID,
    UNIT_ID,
    advanced,
    at_design_gate,
    at_results_gate,
    design,
    diagnosis,
    display,
    done,
    evidence,
    launched,
    measured,
    milestone,
    outcome,
    output,
    programme,
    proposed,
    requested,
    submitted,
    team,
    to_deliver,
    to_design,
    to_diagnose,
    to_display,
    way_to,
)

WHO: dict[str, Any] = {"actor": ACTOR, "at": AT}
ID: dict[str, Any] = {"innovation_id": INNOVATION_ID}
DAY = date(2020, 12, 21)
LATER = date(2031, 1, 1)

propose = ProposeInnovation(
    **WHO,
    innovation_id=INNOVATION_ID,
    programme=programme(),
    unit_id=UNIT_ID,
    unit_known=True,
    title=proposed.title,
    meaning=proposed.meaning,
    idea=proposed.idea,
    sector=proposed.sector,
    initiator=proposed.initiator,
    channel=proposed.channel,
    is_example=True,
    source="Contoh",
    proposed_on=proposed.proposed_on,
)
save_idea = SaveIdea(
    **WHO,
    title="Akta Sehari",
    meaning="",
    idea="Anew",
    sector=Sector.HEALTH,
    initiator=Initiator.CITIZENS,
    channel=Channel.CONTEST,
)
name_team = NameTeam(**WHO, members=(MEMBER,))
save_diagnosis = SaveDiagnosis(
    **WHO,
    problem=diagnosis.problem,
    affected=diagnosis.affected,
    root_causes=diagnosis.root_causes,
    evidence=diagnosis.evidence,
    simple_solution=diagnosis.simple_solution,
)
save_design = SaveDesign(
    **WHO,
    design=design.design,
    form=design.form,
    types=design.types,
    digital=design.digital,
    milestones=design.milestones,
    indicators=design.indicators,
    resources=design.resources,
    legal_basis=design.legal_basis,
    sdgs=design.sdgs,
)
launch = LaunchInnovation(**WHO, launched_on=launched.launched_on, place=launched.place)
complete = CompleteMilestone(**WHO, milestone_id="m1", done_on=done.done_on)
save_evidence = SaveEvidence(**WHO, evidence=evidence.evidence)
measure = MeasureOutcome(
    **WHO, indicator_id="i2", value=measured.value, measured_on=measured.measured_on, source="Loket"
)
save_display = SaveDisplay(
    **WHO,
    public_summary=display.public_summary,
    shown_indicators=("i2",),
    replication_notes=display.replication_notes,
    video_url=display.video_url,
)
show = DisplayInnovation(**WHO, on=DAY)
withdraw = WithdrawInnovation(**WHO, reason="Unit digabung", on=DAY)
retire = RetireInnovation(**WHO, reason="Tidak dipakai lagi", on=DAY)
send_back = ReturnInnovation(**WHO, to_stage=Stage.DRUM_UP, required_changes="Perjelas idenya", on=DAY)
advance = AdvanceThroughGate(**WHO, assessment_id=ASSESSMENT_ID, submission_no=1, on=to_deliver.advanced_on)
revise = ReviseAfterGate(
    **WHO, assessment_id=ASSESSMENT_ID, submission_no=1, required_changes="Tambah indikator", on=DAY
)
decline = DeclineAtGate(**WHO, assessment_id=ASSESSMENT_ID, submission_no=1, rationale="Belum layak", on=DAY)

revised = InnovationReturned(
    **ID,
    from_stage=Stage.DESIGN,
    to_stage=Stage.DESIGN,
    required_changes="Tambah indikator",
    returned_on=DAY,
    assessment_id=ASSESSMENT_ID,
)
declined = InnovationDeclined(
    **ID,
    from_stage=Stage.DESIGN,
    to_stage=Stage.DELIVER,
    rationale="Belum layak",
    declined_on=DAY,
    assessment_id=ASSESSMENT_ID,
)
displayed = InnovationDisplayed(**ID, displayed_on=DAY)
withdrawn = InnovationWithdrawn(**ID, reason="Unit digabung", withdrawn_on=DAY)
retired = InnovationRetired(**ID, reason="Tidak dipakai lagi", retired_on=DAY)
anew = IdeaSaved(
    **ID,
    title="Akta Sehari",
    meaning="",
    idea="Anew",
    sector=Sector.HEALTH,
    initiator=Initiator.CITIZENS,
    channel=Channel.CONTEST,
)


def leave(on: date, *more: object) -> LeaveStage:
    return LeaveStage(**WHO, programme=programme(*more), on=on)


IN_DELIVER = (*way_to(Stage.DESIGN), at_design_gate, to_deliver)
WAITING = (*way_to(Stage.DESIGN), at_design_gate)


@pytest.mark.parametrize(
    ("events", "command", "expected"),
    [
        ((), propose, (proposed,)),
        ((), replace(propose, team=(MEMBER,)), (proposed, team)),
        ((proposed,), save_idea, (anew,)),
        ((proposed,), name_team, (team,)),
        ((proposed, team), name_team, ()),
        ((proposed, team), NameTeam(**WHO, members=()), (TeamNamed(**ID, members=()),)),
        ((proposed,), save_diagnosis, (diagnosis,)),
        ((proposed,), save_design, (design,)),
        (way_to(Stage.DRUM_UP), leave(to_diagnose.advanced_on), (to_diagnose,)),
        (way_to(Stage.DIAGNOSE), leave(to_design.advanced_on), (to_design,)),
        (way_to(Stage.DESIGN), leave(at_design_gate.submitted_on), (at_design_gate,)),
        (WAITING, advance, (to_deliver,)),
        (WAITING, revise, (revised,)),
        (WAITING, decline, (declined,)),
        ((*WAITING, revised), leave(DAY), (submitted(Stage.DESIGN, 2, DAY),)),
        ((*WAITING, declined), leave(DAY), (submitted(Stage.DESIGN, 2, DAY),)),
        ((*WAITING, revised), save_design, (design,)),
        (IN_DELIVER, launch, (launched,)),
        (IN_DELIVER, complete, (done,)),
        (IN_DELIVER, save_evidence, (evidence,)),
        ((*IN_DELIVER, launched), measure, (measured,)),
        (way_to(Stage.DELIVER), leave(at_results_gate.submitted_on), (at_results_gate,)),
        (
            (*way_to(Stage.DELIVER), at_results_gate),
            replace(advance, submission_no=2, on=to_display.advanced_on),
            (to_display,),
        ),
        ((*way_to(Stage.DELIVER), at_results_gate, to_display), save_display, (display,)),
        (way_to(Stage.DISPLAY), measure, (measured,)),
        (way_to(Stage.DISPLAY), show, (displayed,)),
        ((*way_to(Stage.DISPLAY), displayed), save_display, (display,)),
        ((proposed,), withdraw, (withdrawn,)),
        (WAITING, withdraw, (withdrawn,)),
        ((*way_to(Stage.DISPLAY), displayed), retire, (retired,)),
        (
            (*way_to(Stage.DISPLAY), displayed),
            send_back,
            (
                InnovationReturned(
                    **ID,
                    from_stage=Stage.DISPLAY,
                    to_stage=Stage.DRUM_UP,
                    required_changes="Perjelas idenya",
                    returned_on=DAY,
                    assessment_id=None,
                ),
            ),
        ),
    ],
)
def test_what_happens(
    events: Sequence[InnovationEvent], command: InnovationCommand, expected: Sequence[InnovationEvent]
) -> None:
    given(INNOVATION, *events).when(command).then(*expected)


@pytest.mark.parametrize(
    ("events", "command", "expected"),
    [
        ((proposed,), propose, no.InnovationExists),
        ((), replace(propose, programme=None), NotFound),
        ((), replace(propose, programme=PROGRAMME.fold([requested])), no.NotAgreed),
        (
            (),
            replace(
                propose,
                programme=programme(ProgrammeStalled(programme_id=PROGRAMME_ID, reason="x", stalled_on=DAY)),
            ),
            no.ProgrammeStands,
        ),
        (
            (),
            replace(
                propose, programme=programme(ProgrammeClosed(programme_id=PROGRAMME_ID, report="x", closed_on=DAY))
            ),
            no.ProgrammeIsClosed,
        ),
        (IN_DELIVER, save_diagnosis, no.SectionSettled),
        (IN_DELIVER, save_design, no.SectionSettled),
        ((proposed,), launch, no.TooEarly),
        ((*IN_DELIVER, launched), launch, no.AlreadyLaunched),
        (way_to(Stage.DESIGN), complete, no.TooEarly),
        (IN_DELIVER, replace(complete, milestone_id="m9"), (no.UnknownMilestone, "milestone_id")),
        ((*IN_DELIVER, done), complete, no.AlreadyDone),
        (way_to(Stage.DESIGN), save_evidence, no.TooEarly),
        (way_to(Stage.DISPLAY), save_evidence, no.SectionSettled),
        (way_to(Stage.DESIGN), measure, no.TooEarly),
        (IN_DELIVER, measure, no.NotMeasurable),
        ((*IN_DELIVER, launched), replace(measure, indicator_id="i9"), (no.UnknownIndicator, "indicator_id")),
        (way_to(Stage.DELIVER), save_display, no.TooEarly),
        (
            way_to(Stage.DISPLAY),
            replace(save_display, shown_indicators=("i2", "i9")),
            (no.UnknownIndicator, "shown_indicators/1"),
        ),
        (way_to(Stage.DELIVER), show, no.TooEarly),
        ((*way_to(Stage.DISPLAY), displayed), show, no.AlreadyDisplayed),
        (way_to(Stage.DISPLAY), leave(DAY), no.LastStage),
        ((proposed,), retire, no.NotLaunched),
        ((proposed,), send_back, (no.NotAnEarlierStage, "to_stage")),
        (way_to(Stage.DESIGN), replace(send_back, to_stage=Stage.DESIGN), (no.NotAnEarlierStage, "to_stage")),
        (way_to(Stage.DESIGN), advance, no.NotAwaited),
        (WAITING, replace(advance, submission_no=2), no.NotAwaited),
        ((*WAITING, to_deliver), advance, no.NotAwaited),
        ((*WAITING, revised), revise, no.NotAwaited),
        ((*WAITING, declined), decline, no.NotAwaited),
        ((*WAITING, withdrawn), advance, no.NotActive),
    ],
)
def test_what_is_refused_in_the_present_state(
    events: Sequence[InnovationEvent], command: InnovationCommand, expected: Any
) -> None:
    given(INNOVATION, *events).when(command).then_rejected(expected)


EDITS: list[InnovationCommand] = [
    save_idea,
    name_team,
    save_diagnosis,
    save_design,
    launch,
    complete,
    save_evidence,
    measure,
    save_display,
    leave(DAY),
    show,
    retire,
    send_back,
]


@pytest.mark.parametrize("command", EDITS)
def test_what_waits_at_a_gate_stays_as_it_was_submitted(command: InnovationCommand) -> None:
    given(INNOVATION, *way_to(Stage.DELIVER), at_results_gate).when(command).then_rejected(no.AwaitingGate)


@pytest.mark.parametrize("end", [withdrawn, retired])
@pytest.mark.parametrize("command", [*EDITS, advance, revise, decline, withdraw])
def test_what_has_ended_stays_as_it_was(command: InnovationCommand, end: InnovationEvent) -> None:
    given(INNOVATION, *way_to(Stage.DISPLAY), end).when(command).then_rejected(no.NotActive)


@pytest.mark.parametrize("command", [*EDITS, advance, revise, decline, withdraw])
def test_nothing_happens_to_an_innovation_that_nobody_proposed(command: InnovationCommand) -> None:
    given(INNOVATION).when(command).then_rejected(NotFound)


LEFT_OUT: list[tuple[Stage, object, list[tuple[type[Rejection], str]]]] = [
    (Stage.DRUM_UP, team, [(no.TeamMissing, "members")]),
    (
        Stage.DIAGNOSE,
        diagnosis,
        [
            (no.ProblemMissing, "problem"),
            (no.AffectedMissing, "affected"),
            (no.RootCausesMissing, "root_causes"),
            (no.DiagnosisEvidenceMissing, "evidence"),
            (no.SolutionMissing, "simple_solution"),
        ],
    ),
    (
        Stage.DESIGN,
        design,
        [
            (no.DesignMissing, "design"),
            (no.TypeMissing, "types"),
            (no.MilestonesMissing, "milestones"),
            (no.OutputIndicatorMissing, "indicators"),
            (no.OutcomeIndicatorMissing, "indicators"),
            (no.ResourcesMissing, "resources"),
            (no.LegalBasisMissing, "legal_basis"),
        ],
    ),
    (Stage.DELIVER, launched, [(no.LaunchMissing, "launched_on")]),
    (Stage.DELIVER, done, [(no.MilestonesOpen, "milestones")]),
    (Stage.DELIVER, measured, [(no.MeasurementMissing, "measurements/i2")]),
    (Stage.DELIVER, evidence, [(no.EvidenceMissing, "evidence")]),
]


@pytest.mark.parametrize(("stage", "left_out", "expected"), LEFT_OUT)
def test_a_stage_is_not_left_while_something_is_missing(
    stage: Stage, left_out: object, expected: list[tuple[type[Rejection], str]]
) -> None:
    events = [each for each in way_to(stage) if each != left_out]
    given(INNOVATION, *events).when(leave(DAY)).then_rejected(*expected)


def test_drum_up_needs_the_idea_and_the_commitment_of_the_head() -> None:
    bare = replace(proposed, idea=" ")
    command = LeaveStage(**WHO, programme=replace(programme(), commitments={}), on=DAY)
    given(INNOVATION, bare).when(command).then_rejected(
        (no.IdeaMissing, "idea"), (no.TeamMissing, "members"), (no.CommitmentMissing, "commitment")
    )


def test_a_half_written_section_is_named_field_by_field() -> None:
    half = replace(diagnosis, evidence="", root_causes="\n ")
    state = INNOVATION.fold([*way_to(Stage.DRUM_UP), to_diagnose, half])
    assert state is not None
    assert [each.field for each in missing_for_leaving(state, ())] == ["root_causes", "evidence"]


def test_display_needs_summary_an_outcome_with_its_figures_and_notes() -> None:
    in_display = (*way_to(Stage.DELIVER), at_results_gate, to_display)
    given(INNOVATION, *in_display).when(show).then_rejected(
        (no.SummaryMissing, "public_summary"),
        (no.ShownOutcomeMissing, "shown_indicators"),
        (no.ReplicationNotesMissing, "replication_notes"),
    )
    only_output = replace(display, shown_indicators=(output,))
    given(INNOVATION, *in_display, only_output).when(show).then_rejected((no.ShownOutcomeMissing, "shown_indicators"))
    unmeasured = [each for each in (*in_display, display) if each != measured]
    given(INNOVATION, *unmeasured).when(show).then_rejected((no.ShownOutcomeMissing, "shown_indicators"))


def test_the_gates_of_the_programme_decide_where_a_panel_is_asked() -> None:
    free = GatesChosen(programme_id=PROGRAMME_ID, gates=())
    given(INNOVATION, *way_to(Stage.DESIGN)).when(leave(DAY, free)).then(advanced(Stage.DELIVER, DAY))


def test_a_return_opens_what_was_settled_and_forgets_what_was_reached_later() -> None:
    back = InnovationReturned(
        **ID,
        from_stage=Stage.DISPLAY,
        to_stage=Stage.DESIGN,
        required_changes="x",
        returned_on=DAY,
        assessment_id=None,
    )
    events = (*way_to(Stage.DISPLAY), displayed, back)
    state = INNOVATION.fold(events)
    assert state is not None
    assert (state.stage, state.displayed_on, state.returned, state.since) == (Stage.DESIGN, None, back, DAY)
    assert state.reached == {
        Stage.DRUM_UP: proposed.proposed_on,
        Stage.DIAGNOSE: to_diagnose.advanced_on,
        Stage.DESIGN: to_design.advanced_on,
    }
    given(INNOVATION, *events).when(save_design).then(design)


def test_a_withdrawn_submission_is_not_awaited_any_more() -> None:
    state = INNOVATION.fold([*WAITING, withdrawn])
    assert state is not None
    assert (state.awaiting, state.submissions) == (None, 1)


@pytest.mark.parametrize(
    ("events", "command", "field"),
    [
        (way_to(Stage.DRUM_UP), leave(date(2020, 3, 1)), "on"),
        (way_to(Stage.DESIGN), replace(send_back, on=date(2020, 3, 1)), "on"),
        (WAITING, replace(withdraw, on=date(2020, 3, 1)), "on"),
        (way_to(Stage.DISPLAY), replace(retire, on=date(2020, 3, 1)), "on"),
        (way_to(Stage.DISPLAY), replace(show, on=date(2020, 3, 1)), "on"),
        (IN_DELIVER, replace(launch, launched_on=date(2020, 3, 1)), "launched_on"),
        ((*IN_DELIVER, launched), replace(measure, measured_on=date(2020, 3, 1)), "measured_on"),
    ],
)
def test_dates_are_in_order(events: Sequence[InnovationEvent], command: InnovationCommand, field: str) -> None:
    given(INNOVATION, *events).when(command).then_rejected((no.DatesReversed, field))


WORDS = "kata " * 601


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            replace(propose, unit_known=False, title="a\tb", idea=WORDS, meaning="x" * 501, team=("Budi",)),
            [
                "unit_id UnknownUnit",
                "title BadCharacters",
                "meaning TooLong",
                "idea TooManyWords",
                "members/0 Malformed",
            ],
        ),
        (replace(propose, unit_id="33.27-disdukcapil"), ["unit_id UnknownUnit"]),
        (replace(propose, adapted_from="36.02-1"), ["adapted_from UnknownOriginal"]),
        (replace(propose, adapted_from="36.02-1", original_known=True), []),
        (replace(propose, channel=Channel.REPLICATION), ["adapted_from OriginalMissing"]),
        (replace(propose, proposed_on=LATER, source="a\nb"), ["source BadCharacters", "proposed_on InTheFuture"]),
        (replace(save_idea, title=""), ["title Blank"]),
        (NameTeam(**WHO, members=(MEMBER, MEMBER)), ["members Repeated"]),
        (NameTeam(**WHO, members=tuple(f"p{n}" for n in range(51))), ["members TooMany"]),
        (replace(save_diagnosis, problem=WORDS, evidence="\x07"), ["problem TooManyWords", "evidence BadCharacters"]),
        (
            replace(
                save_design,
                design="\ud800",
                types=(InnovationType.METHOD, InnovationType.METHOD),
                milestones=(milestone, replace(milestone, title="", due_on=date(1, 1, 1))),
                sdgs=(0, 18),
            ),
            [
                "design BadCharacters",
                "types Repeated",
                "milestones Repeated",
                "milestones/1/title Blank",
                "milestones/1/due_on DateOutOfRange",
                "sdgs NoSuchSdg",
            ],
        ),
        (
            replace(
                save_design,
                form=Form.OTHER,
                indicators=(
                    replace(outcome, dimension=None, baseline=Decimal("NaN"), target=Decimal(10) ** 16),
                    replace(output, indicator_id="I 1", name="", unit_of_measure="", baseline=Decimal("0.0000001")),
                ),
            ),
            [
                "indicators/0/dimension DimensionMissing",
                "indicators/0/baseline OutOfRange",
                "indicators/0/target OutOfRange",
                "indicators/1/indicator_id Malformed",
                "indicators/1/name Blank",
                "indicators/1/baseline TooPrecise",
                "indicators/1/unit_of_measure Blank",
            ],
        ),
        (replace(launch, launched_on=LATER, place="\n"), ["launched_on InTheFuture", "place BadCharacters"]),
        (replace(complete, done_on=LATER, remark="x" * 2001), ["done_on InTheFuture", "remark TooLong"]),
        (replace(save_evidence, evidence=WORDS), ["evidence TooManyWords"]),
        (
            replace(measure, value=Decimal("Infinity"), measured_on=LATER, source=""),
            ["value OutOfRange", "measured_on InTheFuture", "source Blank"],
        ),
        (
            replace(
                save_display,
                public_summary="kata " * 201,
                shown_indicators=("i2", "i2"),
                replication_notes="kata " * 401,
                video_url="javascript:alert(1)",
            ),
            [
                "public_summary TooManyWords",
                "shown_indicators Repeated",
                "replication_notes TooManyWords",
                "video_url NotAWebAddress",
            ],
        ),
        (replace(save_display, video_url="https://user@example.id/"), ["video_url NotAWebAddress"]),
        (replace(save_display, video_url="https://[::1"), ["video_url NotAWebAddress"]),
        (leave(LATER), ["on InTheFuture"]),
        (replace(send_back, required_changes=" ", on=LATER), ["required_changes Blank", "on InTheFuture"]),
        (replace(show, on=LATER), ["on InTheFuture"]),
        (replace(withdraw, reason="", on=LATER), ["reason Blank", "on InTheFuture"]),
        (replace(retire, reason="", on=LATER), ["reason Blank", "on InTheFuture"]),
    ],
)
def test_every_fault_of_a_command_is_named(command: InnovationCommand, expected: list[str]) -> None:
    assert [f"{each.field} {type(each).__name__}" for each in command.faults()] == expected


def test_faults_are_found_before_the_state_is_looked_at() -> None:
    given(INNOVATION, proposed).when(replace(save_idea, title="")).then_rejected((no.Blank, "title"))


def test_word_limits_are_bounds_and_not_beyond() -> None:
    exactly = replace(save_diagnosis, problem="kata " * 600)
    given(INNOVATION, proposed).when(exactly).then(replace(diagnosis, problem="kata " * 600))


def test_today_is_not_in_the_future() -> None:
    today = AT.date()
    given(INNOVATION, proposed).when(replace(withdraw, on=today)).then(replace(withdrawn, withdrawn_on=today))
    given(INNOVATION, proposed).when(replace(withdraw, on=today + timedelta(1))).then_rejected((no.InTheFuture, "on"))
