"""The five stages as pages show them: their order, their names, what each means, and where a thing stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.web.messages import N_

STAGES = ("drum-up", "diagnose", "design", "deliver", "display")

# The names are terms of the method and stay as they are in both languages; the gloss says what happens.
NAMES = {
    "drum-up": "Drum-up",
    "diagnose": "Diagnose",
    "design": "Design",
    "deliver": "Deliver",
    "display": "Display",
}
GLOSSES = {
    "drum-up": N_("raising the spirit to improve"),
    "diagnose": N_("finding the problems and simple solutions"),
    "design": N_("designing step by step"),
    "deliver": N_("putting the design to work"),
    "display": N_("showing the results to the public"),
}


class StepState(StrEnum):
    """How one stage stands on the way of one thing."""

    DONE = "done"
    CURRENT = "current"
    RETURNED = "returned"
    FUTURE = "future"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage on the way: its state, when it was reached or left behind, a region's own label and a short note."""

    stage: str
    state: StepState
    at: date | None = None
    label: str | None = None
    note: str | None = None


def steps(
    current: str | None,
    *,
    reached: Mapping[str, date | None] | None = None,
    labels: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    returned: bool = False,
    finished_on: date | None = None,
) -> list[Step]:
    """Give the five steps for the `stage_tracker` macro.

    Takes the stage where the thing stands (None: it has not begun), when each stage was reached, a region's own labels
    and notes; `returned` says that it was sent back to `current`, `finished_on` when the last stage was done too. A
    stage that is done shows when it was left, which is when the next one was reached.
    Raises ValueError for a stage that does not exist.
    """
    if current is not None and current not in STAGES:
        raise ValueError(f"there is no stage {current!r}")
    here = -1 if current is None else STAGES.index(current)
    reached, labels, notes = reached or {}, labels or {}, notes or {}

    def state(index: int) -> StepState:
        if index < here or (finished_on and index == here):
            return StepState.DONE
        if index > here:
            return StepState.FUTURE
        return StepState.RETURNED if returned else StepState.CURRENT

    def left(index: int) -> date | None:
        return finished_on if index == here else reached.get(STAGES[index + 1])

    return [
        Step(
            stage=stage,
            state=state(index),
            at=left(index) if state(index) is StepState.DONE else reached.get(stage),
            label=labels.get(stage),
            note=notes.get(stage),
        )
        for index, stage in enumerate(STAGES)
    ]
