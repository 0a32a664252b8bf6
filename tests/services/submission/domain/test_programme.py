"""A programme: every command and every reason to refuse one."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.submission.domain.events import (
    AttendanceRecorded,
    CountStated,
    Gate,
    GatesChosen,
    ProgrammeClosed,
    ProgrammeEvent,
    ProgrammeResumed,
    ProgrammeStalled,
    SessionScheduled,
    StageCompleted,
    StageOpened,
    StageScheduled,
    StagesLabelled,
    TargetSet,
)
from services.submission.domain.programme import DEFAULT_GATES, PROGRAMME
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
    DatesReversed,
    InTheFuture,
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
from shared.domain import NotFound
from shared.testing import given
from tests.services.submission.examples import (
    ACTOR,
    AT,
    PROGRAMME_ID,
    UNIT_ID,
    agreed,
    committed,
    requested,
)

WHO: dict[str, Any] = {"actor": ACTOR, "at": AT}
DAY = date(2020, 3, 1)
ID: dict[str, Any] = {"programme_id": PROGRAMME_ID}
KNOWN = frozenset({UNIT_ID})

scheduled = StageScheduled(**ID, stage=Stage.DRUM_UP, opens_on=DAY, closes_on=DAY + timedelta(3))
opened = StageOpened(**ID, stage=Stage.DRUM_UP, opened_on=DAY)
completed = StageCompleted(**ID, stage=Stage.DRUM_UP, completed_on=DAY + timedelta(1))
session = SessionScheduled(
    **ID,
    session_id="s1",
    stage=Stage.DRUM_UP,
    title="Pleno",
    starts_on=DAY,
    ends_on=DAY,
    venue="Balai kota",
    mentors=("Mentor LAN",),
)
stalled = ProgrammeStalled(**ID, reason="Kepala daerah belum mendukung", stalled_on=DAY)
closed = ProgrammeClosed(**ID, report="Selesai", closed_on=DAY)

request = RequestProgramme(
    **WHO,
    programme_id=PROGRAMME_ID,
    title=requested.title,
    coordinator_office="Bappeda",
    requested_on=requested.requested_on,
)
agree = AgreeProgramme(
    **WHO,
    mou_number=agreed.mou_number,
    parties=agreed.parties,
    signed_on=agreed.signed_on,
    valid_until=agreed.valid_until,
    scope=agreed.scope,
)
schedule = ScheduleStage(**WHO, stage=Stage.DRUM_UP, opens_on=DAY, closes_on=DAY + timedelta(3))
open_stage = OpenStage(**WHO, stage=Stage.DRUM_UP, opened_on=DAY)
complete = CompleteStage(**WHO, stage=Stage.DRUM_UP, completed_on=DAY + timedelta(1))
label = LabelStages(**WHO, labels={Stage.DIAGNOSE: "diagnosis"})
set_session = ScheduleSession(
    **WHO,
    session_id="s1",
    stage=Stage.DRUM_UP,
    title="Pleno",
    starts_on=DAY,
    ends_on=DAY,
    venue="Balai kota",
    mentors=("Mentor LAN",),
)
attend = RecordAttendance(**WHO, session_id="s1", unit_ids=(UNIT_ID,), remark="lengkap", known_units=KNOWN)
target = SetTarget(**WHO, measure=TargetMeasure.PER_UNIT, value=1, unit_id=UNIT_ID, known_units=KNOWN)
gate = Gate(
    from_stage=Stage.DRUM_UP,
    to_stage=Stage.DIAGNOSE,
    rubric_id="00-design-review",
    rubric_version=1,
    panel_size=1,
    quorum=1,
)
choose = ChooseGates(**WHO, gates=(gate,))
sign = SignCommitment(
    **WHO, unit_id=UNIT_ID, signatory_office="Kepala Dinas", signed_on=committed.signed_on, known_units=KNOWN
)
count = StateCount(**WHO, stated_by="Wakil wali kota", innovations=22, units=11, stated_on=DAY)
stall = StallProgramme(**WHO, reason=stalled.reason, stalled_on=DAY)
resume = ResumeProgramme(**WHO, resumed_on=DAY + timedelta(1))
close = CloseProgramme(**WHO, report="Selesai", closed_on=DAY)

HAPPY: list[tuple[tuple[ProgrammeEvent, ...], ProgrammeCommand, ProgrammeEvent]] = [
    ((), request, requested),
    ((requested,), agree, agreed),
    ((requested, agreed), schedule, scheduled),
    ((requested, agreed, scheduled, opened), schedule, scheduled),
    ((requested, agreed), open_stage, opened),
    ((requested, agreed, opened), complete, completed),
    ((requested,), label, StagesLabelled(**ID, labels={Stage.DIAGNOSE: "diagnosis"})),
    ((requested, agreed), set_session, session),
    (
        (requested, agreed, session),
        attend,
        AttendanceRecorded(**ID, session_id="s1", unit_ids=(UNIT_ID,), remark="lengkap"),
    ),
    (
        (requested,),
        target,
        TargetSet(**ID, measure=TargetMeasure.PER_UNIT, value=1, unit_id=UNIT_ID, due_on=None, note=""),
    ),
    ((requested,), choose, GatesChosen(**ID, gates=(gate,))),
    ((requested,), ChooseGates(**WHO, gates=()), GatesChosen(**ID, gates=())),
    ((requested, agreed), sign, committed),
    (
        (requested, closed),
        count,
        CountStated(**ID, stated_by="Wakil wali kota", innovations=22, units=11, stated_on=DAY, note=""),
    ),
    ((requested,), stall, stalled),
    ((requested, stalled), resume, ProgrammeResumed(**ID, resumed_on=DAY + timedelta(1), note="")),
    ((requested, agreed), close, closed),
]


@pytest.mark.parametrize(("events", "command", "expected"), HAPPY)
def test_what_happens(events: tuple[ProgrammeEvent, ...], command: ProgrammeCommand, expected: ProgrammeEvent) -> None:
    given(PROGRAMME, *events).when(command).then(expected)


@pytest.mark.parametrize(
    ("events", "command", "expected"),
    [
        ((requested,), request, (ProgrammeExists, "edition")),
        ((requested, agreed), agree, AlreadyAgreed),
        ((requested,), schedule, NotAgreed),
        ((requested, agreed, opened, completed), schedule, AlreadyCompleted),
        ((requested,), open_stage, NotAgreed),
        ((requested, agreed, stalled), open_stage, ProgrammeStands),
        ((requested, agreed, opened), open_stage, AlreadyOpened),
        ((requested, agreed), complete, NotOpened),
        ((requested, agreed, opened, completed), complete, AlreadyCompleted),
        ((requested, agreed, opened, stalled), complete, ProgrammeStands),
        ((requested,), set_session, NotAgreed),
        ((requested, agreed, stalled), set_session, ProgrammeStands),
        ((requested, agreed, session), set_session, (SessionExists, "session_id")),
        ((requested, agreed), attend, NoSuchSession),
        ((requested,), sign, NotAgreed),
        ((requested, agreed, committed), sign, (AlreadySigned, "unit_id")),
        ((requested, stalled), stall, ProgrammeStands),
        ((requested,), resume, NotStalled),
    ],
)
def test_what_is_refused_in_the_present_state(
    events: tuple[ProgrammeEvent, ...], command: ProgrammeCommand, expected: Any
) -> None:
    given(PROGRAMME, *events).when(command).then_rejected(expected)


@pytest.mark.parametrize(
    "command",
    [agree, schedule, open_stage, complete, label, set_session, attend, target, choose, sign, stall, resume, close],
)
def test_a_closed_programme_stays_as_it_is(command: ProgrammeCommand) -> None:
    given(PROGRAMME, requested, agreed, session, opened, closed).when(command).then_rejected(ProgrammeIsClosed)


@pytest.mark.parametrize(
    "command",
    [
        agree,
        schedule,
        open_stage,
        complete,
        label,
        set_session,
        attend,
        target,
        choose,
        sign,
        count,
        stall,
        resume,
        close,
    ],
)
def test_nothing_happens_in_a_programme_that_nobody_requested(command: ProgrammeCommand) -> None:
    given(PROGRAMME).when(command).then_rejected(NotFound)


LATER = date(2031, 1, 1)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            RequestProgramme(
                **WHO, programme_id="36.74-Ed 1", title=" ", coordinator_office="", requested_on=LATER, note="\x00"
            ),
            [
                "edition Malformed",
                "title Blank",
                "coordinator_office Blank",
                "requested_on InTheFuture",
                "note BadCharacters",
            ],
        ),
        (
            AgreeProgramme(**WHO, mou_number="", parties=("LAN",), signed_on=DAY, valid_until=date(2020, 1, 1)),
            ["mou_number Blank", "parties OutOfRange", "valid_until DatesReversed"],
        ),
        (
            ScheduleStage(**WHO, stage=Stage.DESIGN, opens_on=date(1, 1, 1), closes_on=None),
            ["opens_on DateOutOfRange"],
        ),
        (
            ScheduleStage(**WHO, stage=Stage.DESIGN, opens_on=DAY, closes_on=date(2020, 1, 1)),
            ["closes_on DatesReversed"],
        ),
        (OpenStage(**WHO, stage=Stage.DESIGN, opened_on=LATER), ["opened_on InTheFuture"]),
        (CompleteStage(**WHO, stage=Stage.DESIGN, completed_on=LATER), ["completed_on InTheFuture"]),
        (LabelStages(**WHO, labels={Stage.DESIGN: "x" * 81}), ["labels/design TooLong"]),
        (
            ScheduleSession(
                **WHO,
                session_id="",
                stage=Stage.DESIGN,
                title="",
                starts_on=DAY,
                ends_on=date(2020, 1, 1),
                venue="a\nb",
                mentors=("",),
            ),
            ["session_id Malformed", "title Blank", "ends_on DatesReversed", "venue BadCharacters", "mentors/0 Blank"],
        ),
        (
            RecordAttendance(**WHO, session_id="s1", unit_ids=("36.74-x", "36.74-x"), known_units=frozenset()),
            ["unit_ids Repeated", "unit_ids/0 UnknownUnit", "unit_ids/1 UnknownUnit"],
        ),
        (
            SetTarget(**WHO, measure=TargetMeasure.INNOVATIONS, value=0, unit_id="36.74-x", due_on=date(9999, 1, 1)),
            ["value OutOfRange", "unit_id UnknownUnit", "due_on DateOutOfRange"],
        ),
        (
            ChooseGates(
                **WHO,
                gates=(
                    Gate(
                        from_stage=Stage.DESIGN,
                        to_stage=Stage.DISPLAY,
                        rubric_id="",
                        rubric_version=0,
                        panel_size=2,
                        quorum=3,
                    ),
                ),
            ),
            [
                "gates/0/to_stage NotTheNextStage",
                "gates/0/rubric_id Malformed",
                "gates/0/rubric_version OutOfRange",
                "gates/0/quorum QuorumTooLarge",
            ],
        ),
        (ChooseGates(**WHO, gates=(gate, gate)), ["gates Repeated"]),
        (
            ChooseGates(**WHO, gates=(gate,), known_rubrics=frozenset({("00-design-review", 2)})),
            ["gates/0/rubric_id UnknownRubric"],
        ),
        (
            SignCommitment(**WHO, unit_id="33.27-x", signatory_office="", signed_on=LATER, known_units=frozenset()),
            ["unit_id UnknownUnit", "signatory_office Blank", "signed_on InTheFuture"],
        ),
        (
            StateCount(**WHO, stated_by="", innovations=-1, units=-1, stated_on=LATER),
            ["stated_by Blank", "innovations OutOfRange", "units OutOfRange", "stated_on InTheFuture"],
        ),
        (StallProgramme(**WHO, reason=" ", stalled_on=LATER), ["reason Blank", "stalled_on InTheFuture"]),
        (ResumeProgramme(**WHO, resumed_on=LATER), ["resumed_on InTheFuture"]),
        (CloseProgramme(**WHO, report="", closed_on=LATER), ["report Blank", "closed_on InTheFuture"]),
    ],
)
def test_every_fault_of_a_command_is_named(command: ProgrammeCommand, expected: list[str]) -> None:
    assert [f"{each.field} {type(each).__name__}" for each in command.faults()] == expected


def test_dates_of_what_happened_are_in_order() -> None:
    early = date(2019, 1, 1)
    given(PROGRAMME, requested).when(
        AgreeProgramme(**WHO, mou_number="1", parties=("A", "B"), signed_on=early)
    ).then_rejected((DatesReversed, "signed_on"))
    given(PROGRAMME, requested, agreed, opened).when(
        CompleteStage(**WHO, stage=Stage.DRUM_UP, completed_on=early)
    ).then_rejected((DatesReversed, "completed_on"))
    given(PROGRAMME, requested, stalled).when(ResumeProgramme(**WHO, resumed_on=early)).then_rejected(
        (DatesReversed, "resumed_on")
    )


def test_attendance_is_recorded_once_the_session_has_begun() -> None:
    future = SessionScheduled(
        **ID,
        session_id="s1",
        stage=Stage.DESIGN,
        title="Nanti",
        starts_on=LATER,
        ends_on=LATER,
        venue="",
        mentors=(),
    )
    given(PROGRAMME, requested, agreed, future).when(attend).then_rejected((InTheFuture, "starts_on"))


def test_saying_the_same_again_changes_nothing() -> None:
    labelled = StagesLabelled(**ID, labels={Stage.DIAGNOSE: "diagnosis"})
    given(PROGRAMME, requested, labelled).when(label).then()
    given(PROGRAMME, requested, GatesChosen(**ID, gates=(gate,))).when(choose).then()
    given(PROGRAMME, requested).when(ChooseGates(**WHO, gates=DEFAULT_GATES)).then()


def test_an_evening_in_jayapura_is_today() -> None:
    """At 16:00 UTC it is already tomorrow at UTC+9, and what happens there is not in the future."""
    at = AT.replace(hour=16)
    tomorrow = at.date() + timedelta(1)
    given(PROGRAMME, requested).when(StallProgramme(actor=ACTOR, at=at, reason="x", stalled_on=tomorrow)).then(
        ProgrammeStalled(**ID, reason="x", stalled_on=tomorrow)
    )


def test_a_resumed_programme_opens_stages_again() -> None:
    resumed = ProgrammeResumed(**ID, resumed_on=DAY, note="")
    given(PROGRAMME, requested, agreed, stalled, resumed).when(open_stage).then(opened)


def test_state_holds_what_pages_show() -> None:
    attended = AttendanceRecorded(**ID, session_id="s1", unit_ids=(UNIT_ID,), remark="")
    stated = CountStated(**ID, stated_by="x", innovations=1, units=None, stated_on=DAY, note="")
    wanted = TargetSet(**ID, measure=TargetMeasure.INNOVATIONS, value=5, unit_id=None, due_on=None, note="")
    state = PROGRAMME.fold(
        [requested, agreed, scheduled, opened, completed, session, attended, wanted, committed, stated]
    )
    assert state is not None
    assert state.gates == DEFAULT_GATES
    assert (state.schedule, state.opened, state.completed) == (
        {Stage.DRUM_UP: scheduled},
        {Stage.DRUM_UP: DAY},
        {Stage.DRUM_UP: DAY + timedelta(1)},
    )
    assert (state.sessions, state.attendance) == ({"s1": session}, {"s1": attended})
    assert (state.targets, state.commitments) == (
        {(TargetMeasure.INNOVATIONS, None): wanted},
        {UNIT_ID: committed},
    )
    assert state.stated_counts == (stated,)
