"""Festivals: announcing one, choosing what it shows, its schedule and its best. Who coordinates its region."""

import re
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from services.submission.desk.asked import Asked, Streams, may_coordinate, require_known_region
from services.submission.domain.festival import (
    FESTIVAL,
    MAX_CHOSEN,
    AnnounceFestival,
    CancelFestival,
    ChangeFestival,
    ChooseInnovations,
    Festival,
    FestivalCommand,
    NameTop,
    SetSchedule,
)
from services.submission.domain.festival_events import FestivalSlot, TopCategory
from services.submission.domain.innovation_state import Status
from services.submission.domain.programme import PROGRAMME
from services.submission.read_models import InnovationFilter, innovations
from shared.domain import NATIONAL, region_of
from shared.event_log import Outcome
from shared.http import Body, Day
from shared.lists import Lists
from shared.regions import regions

_HOUR = re.compile(r"\d\d:\d\d", re.ASCII)


def _hour(value: Any) -> Any:
    """Refuse what pydantic would make a time of besides `09:30`: numbers, seconds and zones."""
    if not isinstance(value, str) or not _HOUR.fullmatch(value):
        raise PydanticCustomError("time_parsing", "not a time of day")
    return value


Hour = Annotated[time, BeforeValidator(_hour)]
"""A time of day as JSON and forms write it: `09:30`."""


class FestivalWords(Body):
    """What a festival is called, what it is about, its days and its venue."""

    title: str
    about: str = ""
    starts_on: Day
    ends_on: Day
    venue: str = ""


class NewFestival(FestivalWords):
    """A festival to announce; its id becomes the region (`00` for the nation) and the edition's code."""

    region: str
    edition: str
    programme_id: str | None = None


class Choice(Body):
    """The innovations that a festival shows, in their order."""

    innovation_ids: tuple[str, ...]


class Slot(Body):
    """An item of the schedule, in the venue's local time."""

    on: Day
    begins: Hour
    ends: Hour
    title: str
    place: str = ""
    innovation_id: str | None = None


class Schedule(Body):
    """The whole schedule."""

    slots: tuple[Slot, ...]


class Top(Body):
    """The best of a category, first place first."""

    innovation_ids: tuple[str, ...]
    grounds: str
    on: Day


class Cancellation(Body):
    """Why a festival will not take place."""

    reason: str
    on: Day


def announce(asked: Asked, body: NewFestival) -> Outcome:
    """Announce a festival: who coordinates the region; LAN for the nation."""
    may_coordinate(asked.actor, body.region)
    if body.region != NATIONAL:
        require_known_region(body.region)
    # A programme of another region has another log, and is refused by its id alone.
    own = body.programme_id is not None and body.programme_id.partition("-")[0] == body.region
    programme = PROGRAMME.stream(body.programme_id or "")

    def command(_: Festival | None, streams: Streams) -> AnnounceFestival:
        return AnnounceFestival(
            **asked.who,
            festival_id=f"{body.region}-{body.edition}",
            programme_id=body.programme_id,
            programme_known=own and bool(streams[programme]),
            title=body.title,
            about=body.about,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            venue=body.venue,
        )

    return asked.carry_out(FESTIVAL, f"{body.region}-{body.edition or '?'}", command, also=[programme] if own else [])


def change(asked: Asked, ident: str, body: FestivalWords) -> Outcome:
    """Give a festival another title, other words, days or another venue."""
    return _carry_out(asked, ident, ChangeFestival(**asked.who, **dict(body)))


def choose(asked: Asked, lists: Lists, ident: str, body: Choice) -> Outcome:
    """Choose the innovations that a festival shows; whether it may show them is looked up in one query."""
    may_coordinate(asked.actor, region_of(ident))
    within = regions_within(region_of(ident))
    # One more than may be is enough to be told so.
    wanted = running(within, idents=body.innovation_ids[: MAX_CHOSEN + 1])
    with lists.of(within) as connection:
        fit = frozenset(each.innovation_id for each in innovations(connection, wanted, limit=MAX_CHOSEN + 1))
    return _carry_out(asked, ident, ChooseInnovations(**asked.who, innovation_ids=body.innovation_ids, fit=fit))


def schedule(asked: Asked, ident: str, body: Schedule) -> Outcome:
    """Set the schedule."""
    slots = tuple(FestivalSlot(**dict(each)) for each in body.slots)
    return _carry_out(asked, ident, SetSchedule(**asked.who, slots=slots))


def name_top(asked: Asked, ident: str, category: TopCategory, body: Top) -> Outcome:
    """Name the best of a category."""
    command = NameTop(
        **asked.who, category=category, innovation_ids=body.innovation_ids, grounds=body.grounds, on=body.on
    )
    return _carry_out(asked, ident, command)


def cancel(asked: Asked, ident: str, body: Cancellation) -> Outcome:
    """Say that a festival will not take place."""
    return _carry_out(asked, ident, CancelFestival(**asked.who, reason=body.reason, on=body.on))


def regions_within(region: str) -> list[str] | None:
    """Give the regions whose innovations a festival of this region may show; None for all, at the nation's."""
    if region == NATIONAL:
        return None
    return [region, *(each.code for each in regions().values() if each.province_code == region != each.code)]


def running(within: list[str] | None, **more: Any) -> InnovationFilter:
    """Give the filter for what a festival may show: launched, perhaps shown to the public since, and active."""
    return InnovationFilter(regions=within, status=Status.ACTIVE, launched=True, **more)


def _carry_out(asked: Asked, ident: str, command: FestivalCommand) -> Outcome:
    may_coordinate(asked.actor, region_of(ident))
    return asked.carry_out(FESTIVAL, ident, command)
