"""The public pages of festivals: their list, one with its schedule and its best, and the same for a calendar."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter
from icalendar import Calendar, Event
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from services.showcase.queries import festivals as queries
from services.showcase.shell import Past
from shared.auth import Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute, today
from shared.regions import region_name

CALENDAR = "text/calendar; charset=utf-8"
CATEGORIES = ("innovation", "display")


class FestivalPages:
    """The handlers of the pages of festivals."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/festivals", self.festivals)
        # Before the page, whose path would take it for an id.
        router.add_api_route("/festivals/{festival_id}.ics", self.calendar)
        router.add_api_route("/festivals/{festival_id}", self.festival)
        return router

    def festivals(self, actor: Public, request: Request) -> Response:
        """The festivals everywhere: those that run or come, then those that were."""

        def make(model: Model, state: State) -> Response:
            rows, day = queries.festivals(model), today()
            return self.site.render(
                request,
                actor,
                state,
                "festivals.html",
                coming=sorted((row for row in rows if row.ends_on >= day), key=lambda row: (row.starts_on, row.region)),
                past_ones=[row for row in rows if row.ends_on < day],
                limit=queries.LIST_LIMIT,
            )

        return self.site.read_model.answer(request, actor, make)

    def festival(self, actor: Public, request: Request, festival_id: str) -> Response:
        """A festival with what it shows, its schedule by day and its best, as of any moment."""
        region = region_of(festival_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            it = queries.festival(model, region, festival_id)
            if it is None:
                raise NotFound
            shown = queries.shown(model, _named(it))
            address = self.site.pages.address(f"/festivals/{festival_id}")
            return self.site.render(
                request,
                actor,
                state,
                "festival.html",
                region=region,
                past=past,
                it=it,
                shown=shown,
                chosen=[shown[ident] for ident in it.innovation_ids if ident in shown],
                days=_days(it.slots),
                tops=sorted(it.tops or (), key=lambda top: _order(top["category"])),
                linked=_linked(it, address),
            )

        return self.site.shell.answer(request, actor, region, make, [f"festival/{festival_id}"])

    def calendar(self, actor: Public, request: Request, festival_id: str) -> Response:
        """A festival as an iCalendar file (RFC 5545): its days, and each item of its schedule."""
        region = region_of(festival_id)

        def make(model: Model, state: State) -> Response:
            it = queries.festival(model, region, festival_id)
            if it is None:
                raise NotFound
            address = self.site.pages.address(f"/festivals/{festival_id}")
            body = calendar(it, address, state.as_of or datetime.now(UTC))
            name = f'attachment; filename="festival-{festival_id}.ics"'
            return Response(body, media_type=CALENDAR, headers={"Content-Disposition": name})

        return self.site.read_model.answer(request, actor, make)


def calendar(it: Row[Any], address: str, stamp: datetime) -> bytes:
    """Give a festival as iCalendar; times have no zone, since they are those of the venue (RFC 5545, form 1).

    `address` is that of its page; `stamp` says of when this is.
    """
    result = Calendar()
    result.add("prodid", "-//Labinov//Festivals//ID")
    result.add("version", "2.0")
    result.add("method", "PUBLISH")

    def event(uid: str, title: str, begins: date, ends: date, place: str, about: str = "") -> None:
        each = Event()
        each.add("uid", f"{uid}@labinov.id")
        each.add("dtstamp", stamp.astimezone(UTC))
        each.add("sequence", it.position)
        each.add("summary", title)
        each.add("dtstart", begins)
        each.add("dtend", ends)
        each.add("location", place)
        if about:
            each.add("description", about)
        each.add("url", address)
        each.add("status", "CANCELLED" if it.cancelled_on else "CONFIRMED")
        result.add_component(each)

    # The end of a whole day is the day after it.
    event(it.festival_id, it.title, it.starts_on, it.ends_on + timedelta(days=1), it.venue, it.about)
    for number, slot in enumerate(it.slots, start=1):
        day = date.fromisoformat(slot["on"])
        begins, ends = (datetime.combine(day, time.fromisoformat(slot[name])) for name in ("begins", "ends"))
        place = ", ".join(each for each in (slot["place"], it.venue) if each)
        event(f"{it.festival_id}-{number}", slot["title"], begins, ends, place)
    body: bytes = result.to_ical()
    return body


def _named(it: Row[Any]) -> list[str]:
    """Give the innovations that a festival names anywhere, each once."""
    slots = (slot["innovation_id"] for slot in it.slots if slot["innovation_id"])
    tops = (ident for top in it.tops or () for ident in top["innovation_ids"])
    return list(dict.fromkeys([*it.innovation_ids, *slots, *tops]))


def _days(slots: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Give the schedule by day, each day in the order of its times."""
    days: dict[str, list[dict[str, Any]]] = {}
    for slot in sorted(slots, key=lambda each: (each["on"], each["begins"], each["ends"])):
        days.setdefault(slot["on"], []).append(slot)
    return list(days.items())


def _order(category: str) -> int:
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


def _linked(it: Row[Any], address: str) -> dict[str, Any]:
    """Give what search engines read of a festival (schema.org Event)."""
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": address,
        "url": address,
        "name": it.title,
        "description": it.about,
        "startDate": it.starts_on.isoformat(),
        "endDate": it.ends_on.isoformat(),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if it.cancelled_on else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": it.venue, "address": region_name(it.region)},
        "organizer": {"@type": "GovernmentOrganization", "name": region_name(it.region)},
        "isAccessibleForFree": True,
    }
