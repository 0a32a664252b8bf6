"""What changed, in one figure; and whether an innovation still runs, as far as anybody has said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.showcase.gallery.conditions import STALE_DAYS
from services.showcase.views import Figure

# A unit is asked every six months whether its innovation runs; what was silent for longer is said to be so.
SILENT_AFTER = timedelta(days=STALE_DAYS)


@dataclass(frozen=True)
class Change:
    """The figure that a page begins with: its indicator, and by which share of the baseline it moved (None from 0)."""

    figure: Figure
    before: Decimal
    after: Decimal
    share: Decimal | None

    @property
    def met(self) -> bool:
        """Whether the target is reached; which way is better is read from baseline and target."""
        target = self.figure.target
        return self.after <= target if target <= self.before else self.after >= target


def change(figures: Sequence[Figure]) -> Change | None:
    """Give the change that speaks most for an innovation: of its first measured outcome, else of what was measured."""
    measured = [each for each in figures if each.actual is not None]
    first = next((each for each in measured if each.kind == "outcome"), measured[0] if measured else None)
    if first is None or first.actual is None:
        return None
    share = (first.actual - first.baseline) / abs(first.baseline) if first.baseline else None
    return Change(figure=first, before=first.baseline, after=first.actual, share=share)


@dataclass(frozen=True)
class Running:
    """What is known of whether an innovation still runs.

    `heard_on` is the newest of launch, measurement and confirmation, `heard` which of them it was, `asked_on` when its
    unit was asked without having answered since; `silent` says that nothing was heard for longer than SILENT_AFTER.
    """

    heard: str
    heard_on: date
    asked_on: date | None
    silent: bool


def running(found: Row[Any], today: date) -> Running | None:
    """Give what is known on a day; None for what was not launched, or has ended."""
    if found.launched_on is None or found.status != "active":
        return None
    heard = [("launched", found.launched_on)]
    heard += [("measured", date.fromisoformat(each["measured_on"])) for each in found.measurements or ()]
    if found.confirmed_on is not None:
        heard.append(("confirmed", found.confirmed_on))
    # Of two on one day the one that says more.
    rank = ("launched", "measured", "confirmed")
    what, on = max(heard, key=lambda each: (each[1], rank.index(each[0])))
    # Nothing was heard when it was asked: what was heard on that day came after, and answers.
    unanswered = found.asked_on is not None and found.asked_on > on
    return Running(
        heard=what, heard_on=on, asked_on=found.asked_on if unanswered else None, silent=today - on > SILENT_AFTER
    )
