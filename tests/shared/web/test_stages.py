"""Where a thing stands on the five stages."""

from datetime import date

import pytest

from shared.web.stages import STAGES, Step, StepState, steps


def states(*given: Step) -> list[str]:
    return [step.state for step in given]


def test_the_way_so_far() -> None:
    assert states(*steps("design")) == ["done", "done", "current", "future", "future"]
    assert states(*steps("diagnose", returned=True)) == ["done", "returned", "future", "future", "future"]
    assert states(*steps("display", finished=True)) == ["done"] * 5
    assert states(*steps(None)) == ["future"] * 5


def test_dates_labels_and_notes_stand_with_their_stage() -> None:
    day = date(2020, 12, 21)
    given = steps("deliver", reached={"deliver": day}, labels={"deliver": "Aksi"}, notes={"deliver": "n"})
    assert [step.stage for step in given] == list(STAGES)
    assert given[3] == Step(stage="deliver", state=StepState.CURRENT, at=day, label="Aksi", note="n")
    assert given[0] == Step(stage="drum-up", state=StepState.DONE)


def test_a_stage_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="promote"):
        steps("promote")
