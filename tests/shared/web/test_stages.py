"""Where a thing stands on the five stages."""

from datetime import date

import pytest

from shared.web.stages import STAGES, Step, StepState, steps


def states(*given: Step) -> list[str]:
    return [step.state for step in given]


def test_the_way_so_far() -> None:
    assert states(*steps("design")) == ["done", "done", "current", "future", "future"]
    assert states(*steps("diagnose", returned=True)) == ["done", "returned", "future", "future", "future"]
    assert states(*steps("display", finished_on=date(2021, 4, 26))) == ["done"] * 5
    assert states(*steps(None)) == ["future"] * 5


def test_dates_labels_and_notes_stand_with_their_stage() -> None:
    day = date(2020, 12, 21)
    given = steps("deliver", reached={"deliver": day}, labels={"deliver": "Aksi"}, notes={"deliver": "n"})
    assert [step.stage for step in given] == list(STAGES)
    assert given[3] == Step(stage="deliver", state=StepState.CURRENT, at=day, label="Aksi", note="n")
    assert given[0] == Step(stage="drum-up", state=StepState.DONE)


def test_a_stage_that_is_done_shows_when_it_was_left() -> None:
    days = {stage: date(2021, month, 1) for month, stage in enumerate(STAGES, start=1)}
    given = steps("display", reached=days, finished_on=date(2021, 6, 1))
    assert [step.at for step in given] == [date(2021, month, 1) for month in range(2, 7)]
    assert [step.at for step in steps("design", reached=days)][:3] == [date(2021, month, 1) for month in (2, 3, 3)]


def test_a_stage_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="promote"):
        steps("promote")
