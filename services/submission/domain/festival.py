"""A festival: the edition at which a region, a province or the nation shows chosen innovations and names its best.

It outlives its days: what was shown and who came first may still be put right afterwards. A cancelled one stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.submission.domain import checks
from services.submission.domain.festival_events import (
    FestivalAnnounced,
    FestivalCancelled,
    FestivalChanged,
    FestivalEvent,
    FestivalScheduled,
    FestivalSlot,
    InnovationsChosen,
    TopCategory,
    TopNamed,
)
from services.submission.domain.rejections import (
    EndsTooEarly,
    FestivalExists,
    FestivalIsCancelled,
    NobodyNamed,
    NotAFestivalDay,
    NotChosen,
    NotToBeShown,
    SlotsOnOtherDays,
    StillNeeded,
    UnknownProgramme,
)
from shared.domain import Command, Decider, NotFound, refuse, region_of

MAX_CHOSEN = 200
MAX_SLOTS = 200
MAX_TOP = 10


@dataclass(frozen=True, kw_only=True)
class AnnounceFestival(Command):
    """Announce a festival. `programme_known` says that the programme that it belongs to, if any, exists."""

    festival_id: str
    programme_id: str | None
    programme_known: bool = False
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.code("edition", self.festival_id.partition("-")[2])
        known = self.programme_id is None or self.programme_known
        if not known or (self.programme_id and region_of(self.programme_id) != region_of(self.festival_id)):
            yield UnknownProgramme(field="programme_id")
        yield from _words_and_days(self)


@dataclass(frozen=True, kw_only=True)
class ChangeFestival(Command):
    """Give a festival another title, other words, days or another venue."""

    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _words_and_days(self)


@dataclass(frozen=True, kw_only=True)
class ChooseInnovations(Command):
    """Choose what a festival shows, in its order. `fit` are those among them that this festival may show."""

    innovation_ids: tuple[str, ...]
    fit: frozenset[str]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.items("innovation_ids", self.innovation_ids, most=MAX_CHOSEN)


@dataclass(frozen=True, kw_only=True)
class SetSchedule(Command):
    """Set the schedule; it is kept in the order of its days and hours."""

    slots: tuple[FestivalSlot, ...]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.items("slots", self.slots, most=MAX_SLOTS)
        for index, slot in enumerate(self.slots):
            yield from checks.line(f"slots/{index}/title", slot.title)
            yield from checks.line(f"slots/{index}/place", slot.place, least=0)
            if slot.ends <= slot.begins:
                yield EndsTooEarly(field=f"slots/{index}/ends")


@dataclass(frozen=True, kw_only=True)
class NameTop(Command):
    """Name the best of a category, first place first, with the grounds."""

    category: TopCategory
    innovation_ids: tuple[str, ...]
    grounds: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        if not self.innovation_ids:
            yield NobodyNamed(field="innovation_ids")
        yield from checks.items("innovation_ids", self.innovation_ids, most=MAX_TOP)
        yield from checks.text("grounds", self.grounds, least=1, most=2_000)
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class CancelFestival(Command):
    """Say that a festival will not take place."""

    reason: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("reason", self.reason, least=1, most=2_000)
        yield from checks.fact_day("on", self.on, self.at)


FestivalCommand = AnnounceFestival | ChangeFestival | ChooseInnovations | SetSchedule | NameTop | CancelFestival


@dataclass(frozen=True, kw_only=True)
class Festival:
    """A festival as its stream tells it."""

    festival_id: str
    programme_id: str | None
    title: str
    about: str
    starts_on: date
    ends_on: date
    venue: str
    innovation_ids: tuple[str, ...] = ()
    slots: tuple[FestivalSlot, ...] = ()
    tops: dict[TopCategory, TopNamed] = field(default_factory=dict)
    cancelled: FestivalCancelled | None = None

    @property
    def needed(self) -> set[str]:
        """The innovations that stand in the schedule or among the best."""
        scheduled = {each.innovation_id for each in self.slots if each.innovation_id is not None}
        return scheduled.union(*(each.innovation_ids for each in self.tops.values()))


def decide(command: FestivalCommand, state: Festival | None) -> Sequence[FestivalEvent]:
    """Give what happens; raise a Rejection when it cannot."""
    refuse(command.faults())
    if isinstance(command, AnnounceFestival):
        if state is not None:
            raise FestivalExists(field="edition")
        return [
            FestivalAnnounced(
                festival_id=command.festival_id,
                programme_id=command.programme_id,
                title=command.title,
                about=command.about,
                starts_on=command.starts_on,
                ends_on=command.ends_on,
                venue=command.venue,
            )
        ]
    if state is None:
        raise NotFound
    if state.cancelled is not None:
        raise FestivalIsCancelled
    ident = state.festival_id
    match command:
        case ChangeFestival():
            if any(not command.starts_on <= each.on <= command.ends_on for each in state.slots):
                raise SlotsOnOtherDays(field="starts_on")
            changed = FestivalChanged(
                festival_id=ident,
                title=command.title,
                about=command.about,
                starts_on=command.starts_on,
                ends_on=command.ends_on,
                venue=command.venue,
            )
            return [changed] if evolve(state, changed) != state else []
        case ChooseInnovations(innovation_ids=chosen):
            # What was shown once may stay in its place, whatever became of it.
            unfit = [index for index, each in enumerate(chosen) if each not in command.fit | set(state.innovation_ids)]
            refuse(NotToBeShown(field=f"innovation_ids/{index}") for index in unfit)
            if not state.needed <= set(chosen):
                raise StillNeeded(field="innovation_ids")
            return (
                [InnovationsChosen(festival_id=ident, innovation_ids=chosen)] if chosen != state.innovation_ids else []
            )
        case SetSchedule():
            refuse(_out_of_place(command.slots, state))
            slots = tuple(sorted(command.slots, key=lambda each: (each.on, each.begins, each.ends, each.title)))
            return [FestivalScheduled(festival_id=ident, slots=slots)] if slots != state.slots else []
        case NameTop(innovation_ids=named):
            unknown = [index for index, each in enumerate(named) if each not in state.innovation_ids]
            refuse(NotChosen(field=f"innovation_ids/{index}") for index in unknown)
            top = TopNamed(
                festival_id=ident,
                category=command.category,
                innovation_ids=named,
                grounds=command.grounds,
                named_on=command.on,
            )
            return [top] if state.tops.get(command.category) != top else []
        case CancelFestival():
            return [FestivalCancelled(festival_id=ident, reason=command.reason, cancelled_on=command.on)]
        case _:
            assert_never(command)


def evolve(state: Festival | None, event: FestivalEvent) -> Festival | None:
    """Give the festival after the event."""
    if isinstance(event, FestivalAnnounced):
        return Festival(
            festival_id=event.festival_id,
            programme_id=event.programme_id,
            title=event.title,
            about=event.about,
            starts_on=event.starts_on,
            ends_on=event.ends_on,
            venue=event.venue,
        )
    assert state is not None
    match event:
        case FestivalChanged():
            return replace(
                state,
                title=event.title,
                about=event.about,
                starts_on=event.starts_on,
                ends_on=event.ends_on,
                venue=event.venue,
            )
        case InnovationsChosen():
            return replace(state, innovation_ids=event.innovation_ids)
        case FestivalScheduled():
            return replace(state, slots=event.slots)
        case TopNamed():
            return replace(state, tops=state.tops | {event.category: event})
        case FestivalCancelled():
            return replace(state, cancelled=event)
        case _:
            assert_never(event)


def _words_and_days(command: AnnounceFestival | ChangeFestival) -> checks.Faults:
    yield from checks.line("title", command.title)
    yield from checks.text("about", command.about, most=4_000)
    yield from checks.line("venue", command.venue, least=0)
    yield from checks.day("starts_on", command.starts_on)
    yield from checks.day("ends_on", command.ends_on)
    yield from checks.in_order("ends_on", command.starts_on, command.ends_on)


def _out_of_place(slots: Sequence[FestivalSlot], state: Festival) -> checks.Faults:
    """Give the items on other days than the festival's, or about an innovation that it does not show."""
    for index, slot in enumerate(slots):
        if not state.starts_on <= slot.on <= state.ends_on:
            yield NotAFestivalDay(field=f"slots/{index}/on", first=state.starts_on, last=state.ends_on)
        if slot.innovation_id is not None and slot.innovation_id not in state.innovation_ids:
            yield NotChosen(field=f"slots/{index}/innovation_id")


FESTIVAL: Decider[FestivalCommand, Festival | None, FestivalEvent] = Decider(
    noun="festival", initial=lambda: None, decide=decide, evolve=evolve
)
