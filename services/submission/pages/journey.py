"""The journey of an innovation: its stream as dated sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from services.submission.domain.events import (
    ConfirmationAsked,
    InnovationDeclined,
    InnovationDisplayed,
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
)
from shared.domain import Event
from shared.envelope import Recorded
from shared.kernel import Kernel
from shared.web.messages import N_
from shared.web.stages import NAMES

# What stands on the journey; sections that were saved stand in the record and not here.
SENTENCES: Mapping[type[Event], tuple[str, str]] = {
    InnovationProposed: ("info", N_("The idea was put forward")),
    InnovationLaunched: ("good", N_("Launched")),
    MilestoneDone: ("neutral", N_("Milestone reached")),
    OutcomeMeasured: ("neutral", N_("Indicator measured")),
    StageSubmitted: ("info", N_("Submitted to the panel before %(stage)s")),
    StageAdvanced: ("good", N_("Advanced to %(stage)s")),
    InnovationReturned: ("warn", N_("Returned to %(stage)s")),
    InnovationDeclined: ("bad", N_("Not let through to %(stage)s")),
    InnovationDisplayed: ("good", N_("Shown to the public")),
    ConfirmationAsked: ("neutral", N_("Asked whether it still runs")),
    RunningConfirmed: ("good", N_("Confirmed to be running")),
    InnovationWithdrawn: ("bad", N_("Withdrawn")),
    InnovationRetired: ("warn", N_("Retired")),
}


def journey(
    kernel: Kernel, request: Request, history: Sequence[Recorded], events: Sequence[Event]
) -> list[dict[str, Any]]:
    """Give the items of a timeline, newest first. Takes the recorded events and the same decoded, in order."""
    items = []
    for recorded, event in zip(history, events, strict=True):
        found = SENTENCES.get(type(event))
        if found is None:
            continue
        kind, sentence = found
        stage = getattr(event, "to_stage", None)
        values = {"stage": NAMES[stage]} if stage is not None else {}
        items.append(
            {
                "at": _day(event),
                "title": kernel.pages.gettext(request, sentence, **values),
                "text": _text(event),
                "kind": kind,
                "recorded_at": recorded.recorded_at,
                "who": kernel.pages.gettext(request, N_("record %(position)s"), position=recorded.position),
                # Where what was recorded can be checked, and its proof fetched.
                "href": kernel.pages.url(f"/check/{recorded.region}/{recorded.position}"),
            }
        )
    return items[::-1]


def _day(event: Event) -> Any:
    """Give the date on which it happened: the first field that ends in `_on`."""
    return next(value for name, value in vars(event).items() if name.endswith("_on"))


def _text(event: Event) -> str:
    for name in ("required_changes", "rationale", "reason", "remark"):
        value = getattr(event, name, "")
        if value:
            return str(value)
    return f"{event.value} · {event.source}" if isinstance(event, OutcomeMeasured) else ""
