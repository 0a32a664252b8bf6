"""Whether an innovation still runs: asked half a year after its last sign of life, confirmed at any time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.submission.domain import rejections as no
from services.submission.domain.events import (
    ConfirmationAsked,
    InnovationEvent,
    InnovationRetired,
    RunningConfirmed,
    StaffCounted,
)
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_commands import (
    ANSWER_DAYS,
    CONFIRMATION_DAYS,
    AskConfirmation,
    ConfirmRunning,
)
from services.submission.domain.unit import UNIT, CountStaff
from shared.domain import NotFound
from shared.testing import given
from tests.services.submission.examples import (
    ACTOR,
    AT,
    INNOVATION_ID,
    UNIT_ID,
    at_results_gate,
    design,
    launched,
    measured,
    proposed,
    registered,
    to_deliver,
)

TODAY = AT.date()
DUE = TODAY - timedelta(days=CONFIRMATION_DAYS)
RUNS: list[InnovationEvent] = [proposed, design, to_deliver, replace(launched, launched_on=DUE)]


def ask(on: date = TODAY) -> AskConfirmation:
    return AskConfirmation(actor="submission", at=AT, on=on)


def confirm(on: date = TODAY) -> ConfirmRunning:
    return ConfirmRunning(actor=ACTOR, at=AT, on=on)


def asked(on: date) -> ConfirmationAsked:
    return ConfirmationAsked(innovation_id=INNOVATION_ID, asked_on=on, due_on=on + timedelta(days=ANSWER_DAYS))


def confirmed(on: date) -> RunningConfirmed:
    return RunningConfirmed(innovation_id=INNOVATION_ID, confirmed_on=on)


def test_a_unit_is_asked_half_a_year_after_the_launch() -> None:
    given(INNOVATION, *RUNS).when(ask()).then(asked(TODAY))
    given(INNOVATION, *RUNS).when(ask(TODAY - timedelta(days=1))).then_rejected(no.AskedTooSoon)


@pytest.mark.parametrize(
    "sign", [replace(measured, measured_on=DUE + timedelta(days=1)), confirmed(DUE + timedelta(days=1))]
)
def test_a_sign_of_life_puts_the_question_off(sign: InnovationEvent) -> None:
    given(INNOVATION, *RUNS, sign).when(ask()).then_rejected(no.AskedTooSoon)


def test_a_question_without_an_answer_is_put_again_half_a_year_later() -> None:
    given(INNOVATION, *RUNS, asked(DUE + timedelta(days=1))).when(ask()).then_rejected(no.AskedTooSoon)
    given(INNOVATION, *RUNS, asked(DUE)).when(ask()).then(asked(TODAY))


def test_a_late_record_of_an_early_measurement_hides_no_later_one() -> None:
    late = replace(measured, measured_on=DUE)
    recent = replace(measured, measured_on=TODAY)
    given(INNOVATION, *RUNS, recent, late).when(ask()).then_rejected(no.AskedTooSoon)


def test_what_runs_is_confirmed_asked_or_not_and_a_question_is_answered_by_it() -> None:
    given(INNOVATION, *RUNS).when(confirm()).then(confirmed(TODAY))
    given(INNOVATION, *RUNS, confirmed(TODAY)).when(confirm(TODAY - timedelta(days=1))).then()
    question, answer, earlier = asked(TODAY), confirmed(TODAY), confirmed(DUE)
    figure = replace(measured, measured_on=TODAY)
    ways: list[list[InnovationEvent]] = [[question], [question, answer], [question, figure], [earlier, question]]
    found = [INNOVATION.fold([*RUNS, *each]) for each in ways]
    assert [each is not None and each.asked for each in found] == [True, False, False, True]


def test_only_what_was_launched_and_goes_on_is_asked_about_or_confirmed() -> None:
    retired = InnovationRetired(innovation_id=INNOVATION_ID, reason="x", retired_on=TODAY)
    for command in (ask(), confirm()):
        given(INNOVATION).when(command).then_rejected(NotFound)
        given(INNOVATION, proposed).when(command).then_rejected(no.NothingRuns)
        given(INNOVATION, *RUNS, retired).when(command).then_rejected(no.NotActive)
    given(INNOVATION, *RUNS).when(confirm(DUE - timedelta(days=1))).then_rejected((no.DatesReversed, "on"))
    given(INNOVATION, *RUNS).when(confirm(TODAY + timedelta(days=2))).then_rejected((no.InTheFuture, "on"))


def test_what_waits_at_a_gate_is_confirmed_all_the_same() -> None:
    waiting: list[InnovationEvent] = [*RUNS, at_results_gate]
    given(INNOVATION, *waiting).when(confirm()).then(confirmed(TODAY))


def test_civil_servants_are_counted_with_their_source() -> None:
    count = CountStaff(actor=ACTOR, at=AT, civil_servants=84, counted_on=DUE, source="BKPSDM")
    counted = StaffCounted(unit_id=UNIT_ID, civil_servants=84, counted_on=DUE, source="BKPSDM")
    given(UNIT, registered).when(count).then(counted)
    given(UNIT, registered, counted).when(count).then()
    given(UNIT, registered).when(replace(count, civil_servants=-1)).then_rejected((no.OutOfRange, "civil_servants"))
    given(UNIT, registered).when(replace(count, source=" ")).then_rejected((no.Blank, "source"))
    given(UNIT).when(count).then_rejected(NotFound)
