"""What happens with a festival: the edition at which chosen innovations are shown. The published language."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from shared.domain import Event, Visibility, event


class TopCategory(StrEnum):
    """What a festival names its best of."""

    INNOVATION = "innovation"
    DISPLAY = "display"


@dataclass(frozen=True, kw_only=True)
class FestivalSlot:
    """One item of a festival's schedule, in the local time of its venue."""

    on: date
    begins: time
    ends: time
    title: str
    place: str
    innovation_id: str | None


@event("festival.announced", visibility=Visibility.PUBLIC)
class FestivalAnnounced(Event):
    """A festival was announced, with its days and its venue."""

    festival_id: str
    programme_id: str | None
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str


@event("festival.changed", visibility=Visibility.PUBLIC)
class FestivalChanged(Event):
    """A festival got another title, other words, days or another venue."""

    festival_id: str
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str


@event("festival.innovations-chosen", visibility=Visibility.PUBLIC)
class InnovationsChosen(Event):
    """The innovations that a festival shows were chosen, in their order; it replaces an earlier choice."""

    festival_id: str
    innovation_ids: tuple[str, ...]


@event("festival.scheduled", visibility=Visibility.PUBLIC)
class FestivalScheduled(Event):
    """The schedule of a festival was set; it replaces an earlier one."""

    festival_id: str
    slots: tuple[FestivalSlot, ...]


@event("festival.top-named", visibility=Visibility.PUBLIC)
class TopNamed(Event):
    """The best of a festival were named, first place first, with the grounds; it replaces an earlier naming."""

    festival_id: str
    category: TopCategory
    innovation_ids: tuple[str, ...]
    grounds: str
    named_on: date


@event("festival.cancelled", visibility=Visibility.PUBLIC)
class FestivalCancelled(Event):
    """A festival will not take place."""

    festival_id: str
    reason: str
    cancelled_on: date


FestivalEvent = (
    FestivalAnnounced | FestivalChanged | InnovationsChosen | FestivalScheduled | TopNamed | FestivalCancelled
)
