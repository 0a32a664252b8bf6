"""Festivals before the public: their pages, calendar and past; where an innovation and a region mention them."""

import json
import re
from datetime import date, datetime, time, timedelta

import pytest
from icalendar import Calendar

from services.showcase.following import active_schema
from services.showcase.queries import Model, festivals
from services.submission.domain import festival_events as submission
from shared.http import today
from tests.services.showcase.logs import proposed, unit
from tests.services.showcase.site import Running

REGION, OTHER = "34.71", "34.02"
FESTIVAL, NATIONAL = f"{REGION}-2020", "00-2020"
STREAM = f"festival/{FESTIVAL}"
HOSTILE = "</script><script>alert(1)</script>\r\nBEGIN:VEVENT"
FIRST = today() + timedelta(days=10)


def slot(on: date, begins: time, title: str, innovation_id: str | None = None) -> submission.FestivalSlot:
    """Give an item of the schedule, of an hour."""
    ends = time(begins.hour + 1, begins.minute)
    return submission.FestivalSlot(
        on=on, begins=begins, ends=ends, title=title, place="Panggung utama", innovation_id=innovation_id
    )


def announced(festival_id: str, title: str = "Festival Inovasi") -> submission.FestivalAnnounced:
    """Give the announcement of a festival of two days."""
    return submission.FestivalAnnounced(
        festival_id=festival_id,
        programme_id=None,
        title=title,
        about=f"Pameran {HOSTILE}",
        starts_on=FIRST,
        ends_on=FIRST + timedelta(days=1),
        venue="Alun-alun",
    )


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site with a city's festival and a national one that shows one of its innovations."""
    assert "Belum ada festival" in running.page("/festivals") or "No festival has been" in running.page("/festivals")
    log = running.submission
    log.record(REGION, f"unit/{REGION}-disdukcapil", unit(REGION, "disdukcapil", "Dinas Dukcapil"))
    each = [proposed(REGION, n, title=f"Inovasi {n} {HOSTILE if n == 3 else ''}") for n in (1, 2, 3)]
    for one in each:
        log.record(REGION, f"innovation/{one.innovation_id}", one)
    ids = tuple(one.innovation_id for one in each)
    log.record(
        REGION,
        STREAM,
        announced(FESTIVAL),
        submission.InnovationsChosen(festival_id=FESTIVAL, innovation_ids=ids[::-1]),
        submission.FestivalScheduled(
            festival_id=FESTIVAL,
            slots=(
                slot(FIRST + timedelta(days=1), time(9), "Penutupan"),
                slot(FIRST, time(13, 30), "Peragaan", ids[0]),
                slot(FIRST, time(9), "Pembukaan"),
            ),
        ),
        submission.TopNamed(
            festival_id=FESTIVAL,
            category=submission.TopCategory.DISPLAY,
            innovation_ids=(ids[2], ids[0]),
            grounds="Paling banyak dikunjungi",
            named_on=FIRST + timedelta(days=1),
        ),
    )
    log.record(
        "00",
        f"festival/{NATIONAL}",
        announced(NATIONAL, "Festival Nasional"),
        submission.InnovationsChosen(festival_id=NATIONAL, innovation_ids=(ids[0],)),
    )
    running.catch_up()
    running.copy()
    return running


def test_its_page_shows_what_was_chosen_when_and_what_was_best(site: Running) -> None:
    page = site.page(f"/festivals/{FESTIVAL}")
    chosen = re.findall(r'card__title"><a href="/innovations/[\d.]+-0*(\d)"', page)
    assert chosen == ["3", "2", "1"]
    assert re.findall(r"\d\d:\d\d–\d\d:\d\d", page) == ["09:00–10:00", "13:30–14:30", "09:00–10:00"]
    assert re.findall(r"/innovations/[\d.]+-0*(\d)", re.findall(r'id="top-1".*?</ol>', page, re.DOTALL)[0]) == [
        "3",
        "1",
    ]
    assert "Paling banyak dikunjungi" in page
    assert page.count("<script>alert") == 0
    [linked] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    said = json.loads(linked)
    assert (said["@type"], said["startDate"], said["eventStatus"]) == (
        "Event",
        FIRST.isoformat(),
        "https://schema.org/EventScheduled",
    )
    assert said["description"] == f"Pameran {HOSTILE}"


def test_a_national_one_offers_no_feed_of_a_region(site: Running) -> None:
    page = site.page(f"/festivals/{NATIONAL}")
    assert re.findall(r'href="([^"]+feed.atom)"', page) == ["/feed.atom"]


def test_a_calendar_reads_it(site: Running) -> None:
    answer = site.client.get(f"/festivals/{FESTIVAL}.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.text)
    events = [
        (str(each["summary"]), each.decoded("dtstart"), each.decoded("dtend"), str(each["status"]))
        for each in calendar.walk("VEVENT")
    ]

    def at(day: date, hour: int, minute: int = 0) -> datetime:
        # Times of the venue have no zone.
        return datetime.combine(day, time(hour, minute))

    last = FIRST + timedelta(days=1)
    assert events == [
        ("Festival Inovasi", FIRST, FIRST + timedelta(days=2), "CONFIRMED"),
        ("Penutupan", at(last, 9), at(last, 10), "CONFIRMED"),
        ("Peragaan", at(FIRST, 13, 30), at(FIRST, 14, 30), "CONFIRMED"),
        ("Pembukaan", at(FIRST, 9), at(FIRST, 10), "CONFIRMED"),
    ]


def test_it_is_mentioned_where_it_matters(site: Running) -> None:
    assert re.findall(r'href="/festivals/([^"]+)"', site.page("/festivals")) == [NATIONAL, FESTIVAL]
    assert sorted(re.findall(r'href="/festivals/([^"]+)"', site.page(f"/regions/{REGION}"))) == [NATIONAL, FESTIVAL]
    with site.service.kernel.engine.connect() as connection:
        model = Model(connection, active_schema(connection))
        first, last = (festivals.of_innovation(model, proposed(REGION, n).innovation_id) for n in (1, 3))
    assert [(row.festival_id, row.tops) for row in first] == [
        (NATIONAL, None),
        (FESTIVAL, [{"category": "display", "place": 2}]),
    ]
    assert [(row.festival_id, row.tops) for row in last] == [(FESTIVAL, [{"category": "display", "place": 1}])]


def test_its_past_is_what_was_recorded_then(site: Running) -> None:
    first = next(each.position for each in site.submission.events[REGION] if each.stream == STREAM)
    page = site.page(f"/festivals/{FESTIVAL}?submission={first}")
    assert (re.findall(r'card__title"', page), 'class="past"' in page) == ([], True)
    site.page(f"/festivals/{FESTIVAL}?submission={first - 1}", status=404)


@pytest.mark.parametrize("path", ["/festivals/34.71-nothing", "/festivals/nothing", "/festivals/34.71-nothing.ics"])
def test_what_is_not_there_is_not_found(site: Running, path: str) -> None:
    site.page(path, status=404)


def test_a_cancelled_one_says_so_everywhere(site: Running) -> None:
    ident = f"{OTHER}-2020"
    site.submission.record(
        OTHER,
        f"festival/{ident}",
        announced(ident),
        submission.FestivalCancelled(festival_id=ident, reason="Banjir bandang", cancelled_on=today()),
    )
    site.catch_up()
    page = site.page(f"/festivals/{ident}")
    assert ("Banjir bandang" in page, "EventCancelled" in page, f"{ident}.ics" in page) == (True, True, True)
    assert (
        str(Calendar.from_ical(site.client.get(f"/festivals/{ident}.ics").text).walk("VEVENT")[0]["status"])
        == "CANCELLED"
    )
    assert "badge--bad" in site.page("/festivals")


def test_pages_take_as_many_statements_for_much_as_for_little(site: Running) -> None:
    paths = (
        f"/festivals/{FESTIVAL}?n=1",
        f"/festivals/{NATIONAL}?n=1",
        "/festivals?n=1",
        f"/festivals/{FESTIVAL}.ics?n=1",
    )
    assert [site.statements(path) for path in paths] == [3, 3, 2, 2]
