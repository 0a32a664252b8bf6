"""The gallery as people ask it: what each filter and order gives, its places, its suggestions, hostile words."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from services.showcase import gallery
from services.showcase.gallery import names
from services.showcase.queries import Model
from services.submission.domain import events as submission
from services.submission.domain.feedback_events import FeedbackGiven, FeedbackKind
from services.submission.domain.vocabulary import Sector, Stage
from shared.cursors import Cursors
from shared.http import today
from tests.services.showcase.logs import advanced, design, proposed, shown, unit
from tests.services.showcase.site import Running
from tests.support import counting

REGION, OTHER = "36.74", "36.71"
MANY = 60


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """Sixty innovations of a city, at every stage, some with results; and one that another city copied."""
    log = running.submission
    registered = unit(REGION, "dpmptsp", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu")
    log.record(REGION, f"unit/{registered.unit_id}", registered)
    for number in range(1, MANY + 1):
        each = proposed(
            REGION,
            number,
            unit_id=registered.unit_id,
            title=f"{'ABCDEFGHIJ'[number % 10]} layanan {number}",
            sector=Sector.HEALTH if number % 2 else Sector.TOURISM,
            on=date(2020, 1, 1) + timedelta(days=number % 7),
            is_example=number % 3 == 0,
        )
        ident = each.innovation_id
        events: list[submission.InnovationEvent] = [each]
        events += [advanced(ident, stage, date(2020, 6, 1)) for stage in list(Stage)[1 : 1 + number % 5]]
        if number % 5 == 4:
            launched = today() - timedelta(days=10 if number % 2 else 400)
            events += [
                design(ident),
                submission.InnovationLaunched(innovation_id=ident, launched_on=launched, place="", remark=""),
                shown(ident),
                submission.InnovationDisplayed(innovation_id=ident, displayed_on=date(2021, 1, 1 + number % 20)),
            ]
        if number == 4:
            for at, value in enumerate(("9", "3.5"), start=1):
                on = date(2021, 2, at)
                events.append(
                    submission.OutcomeMeasured(
                        innovation_id=ident, indicator_id="waktu", value=Decimal(value), measured_on=on, source="x"
                    )
                )
        log.record(REGION, f"innovation/{ident}", *events)
    first = proposed(REGION, 4).innovation_id
    copy = proposed(OTHER, 1, title="Tiruan", adapted_from=first)
    log.record(OTHER, f"innovation/{copy.innovation_id}", copy)
    for at, stars in enumerate((5, 4, None)):
        given = FeedbackGiven(
            feedback_id=f"{REGION}-f{at}",
            innovation_id=first,
            kind=FeedbackKind.RATING if stars else FeedbackKind.CONFIRMATION,
            stars=stars,
            worded=False,
            given_on=date(2021, 3, 1),
        )
        log.record(REGION, f"feedback/{given.feedback_id}", given)
    running.catch_up()
    return running


def walk(site: Running, path: str, way: str) -> tuple[list[list[str]], str]:
    """Follow the links of one way from a page on; give the titles of each page, and the last address."""
    pages = []
    while True:
        page = site.page(path)
        pages.append([unescape(title) for title in re.findall(r'card__title"><a href="[^"]+">([^<]+)<', page)])
        links = {rel: unescape(href) for rel, href in re.findall(r'rel="(prev|next)" href="([^"]+)"', page)}
        if way not in links:
            return pages, path
        path = links[way]


@pytest.mark.parametrize("sort", [*gallery.SORTS, ""])
@pytest.mark.parametrize("q", ["", "layanan"])
def test_no_order_loses_or_repeats_one_forward_or_back(site: Running, sort: str, q: str) -> None:
    forward, last = walk(site, f"/innovations?region={REGION}&sort={sort}&q={q}", "next")
    back, _ = walk(site, last, "prev")
    titles = [title for page in forward for title in page]
    assert back[::-1] == forward
    assert sorted(titles) == sorted(f"{'ABCDEFGHIJ'[number % 10]} layanan {number}" for number in range(1, MANY + 1))
    if sort == "alphabetical":
        assert titles == sorted(titles, key=str.lower)


def listed(site: Running, asked: str) -> list[dict[str, Any]]:
    return list(site.client.get(f"/api/innovations?limit=500&{asked}").json()["items"])


def test_each_order_is_by_what_it_says(site: Running) -> None:
    newest = [each["proposed_on"] for each in listed(site, f"region={REGION}&sort=newest")]
    displayed = [each["displayed_on"] for each in listed(site, f"region={REGION}&sort=displayed")]
    assert newest == sorted(newest, reverse=True)
    assert displayed == sorted(displayed, key=lambda each: each or "", reverse=True)
    assert next(each["title"] for each in listed(site, "sort=outcome")) == "E layanan 4"


def test_a_card_has_the_first_outcome_and_the_mean_of_ratings(site: Running) -> None:
    (found,) = listed(site, "outcome=measured")
    figure = {
        "name": "Waktu layanan",
        "unit_of_measure": "hari",
        "baseline": "14",
        "target": "3.50",
        "value": "3.5",
        "measured_on": "2021-02-02",
    }
    assert (found["title"], found["figure"], found["rating"], found["ratings"]) == ("E layanan 4", figure, 4.5, 2)
    page = site.page("/innovations?outcome=measured")
    text = " ".join(re.sub(r"<[^>]+>", " ", page[page.index('id="found"') :]).split())
    assert "Waktu layanan" in text
    assert "14 → " in text
    assert "★" in text


def test_filters_narrow_and_their_counts_say_what_they_would_show(site: Running) -> None:
    with site.service.kernel.engine.connect() as connection:
        every = gallery.bitmaps(Model(connection, "showcase_v1"))
    counts = every.counted(gallery.Filter(region=REGION)).counts
    none = every.counted(gallery.Filter(region=REGION, sector="health", running="stale", host="yes"))
    assert counts["form"] == {"public-service": 12}
    assert counts["type"] == {"process": 12}
    assert counts["outcome"] == {"measured": 1}
    assert counts["host"] == {"yes": 1}
    assert counts["example"] == {"yes": 20, "no": 40}
    assert counts["status"] == {"active": 60, "launched": 12, "displayed": 12, "all": 60}
    # Of those displayed (4, 9, 14, …) the even ones were launched long ago, and 4 was not heard of since either.
    assert counts["running"] == {"confirmed": 6, "stale": 6}
    assert none.total == 0
    for name in ("form", "type", "outcome", "host", "example", "running", "stage", "sector", "initiator", "year"):
        shown_by = {value: len(listed(site, f"region={REGION}&{name}={value}")) for value in counts[name]}
        assert (name, shown_by) == (name, dict(counts[name]))


@pytest.mark.parametrize(
    "asked",
    [
        {"region": REGION, "sector": "tourism", "stage": "display"},
        {"region": "36", "year": "2020", "example": "no", "status": "launched"},
        {"region": "36", "q": "layanan", "sector": "health", "running": "confirmed"},
        {"q": "penanaman modal", "stage": "design"},
        {"q": "tidakadapun", "region": "36"},
        {"status": "all", "type": "process", "form": "public-service", "outcome": "measured"},
    ],
)
def test_with_filters_together_each_count_is_what_the_list_would_show(site: Running, asked: dict[str, str]) -> None:
    wanted = gallery.Filter(**asked)
    with site.service.kernel.engine.connect() as connection:
        model = Model(connection, "showcase_v1")
        found = gallery.search(model, wanted.words) if wanted.words else None
        counted = gallery.bitmaps(model).counted(wanted, found)
        compared = 0
        for name, counts in counted.counts.items():
            for value, count in counts.items():
                page = gallery.page(model, replace(wanted, **{name: value}), Cursors("secret"), found, None, 500)
                # A province is offered with all its regencies, but counted here by itself.
                rows = [row for row in page.rows if name != "region" or row.region == value]
                assert (name, value, len(rows)) == (name, value, count)
                compared += count
        page = gallery.page(model, wanted, Cursors("secret"), found, None, 500)
    assert counted.total == len(page.rows)
    assert bool(compared) == bool(found is None or found.ids)


def test_what_a_design_says_is_no_filter_before_it_is_displayed(site: Running) -> None:
    hidden = proposed("51.03", 1, title="Belum tampil")
    site.submission.record("51.03", f"innovation/{hidden.innovation_id}", hidden, design(hidden.innovation_id))
    site.catch_up()
    found = [listed(site, f"region=51.03&{asked}") for asked in ("type=process", "form=public-service")]
    assert found == [[], []]
    assert "Layanan publik" not in site.page("/innovations?region=51.03&lang=id")


def test_the_address_is_the_state_and_grows(site: Running) -> None:
    page = site.page(f"/innovations?region={REGION}&stage=display&shown=48&compare={REGION}-1")
    assert len(re.findall("card__title", page)) == 12
    hrefs = [unescape(each) for each in re.findall(r'class="chip" href="([^"]+)"', page)]
    assert hrefs == [
        f"/innovations?stage=display&compare={REGION}-1",
        f"/innovations?region={REGION}&compare={REGION}-1",
    ]
    assert f"/compare?a={REGION}-1&amp;b={REGION}-" in page
    grown = site.page(f"/innovations?region={REGION}&shown=48")
    assert len(re.findall("card__title", grown)) == 48
    assert "shown=72" in grown
    for wrong in (
        "shown=0",
        "shown=25000",
        "shown=000024999999",
        f"shown=24{'0' * 5000}",
        "shown=x",
        "sort=best",
        "running=maybe",
        "type=x",
    ):
        assert site.client.get(f"/innovations?{wrong}").status_code == 422


HOSTILE = (
    "' OR 1=1 --",
    "a' & b | !c:*",
    "\\",
    "<b>",
    "(((",
    "x:*A",
    "%%(q)s %s",
    "😀🦊",
    "ﷺ ½ ①",
    "a" * 200,
    "1e5 007",
    "- _ -",
)


def test_a_province_counts_its_regencies_and_cities(site: Running) -> None:
    said = ("Banten (61)", "Kota Tangerang Selatan (60)", "Kota Tangerang (1)")
    provinces, regencies = site.page("/innovations"), site.page("/innovations?region=36.71")
    # Five hundred regions are chosen from in two steps.
    assert [each in provinces for each in said] == [True, False, False]
    assert [each in regencies for each in said] == [True] * 3
    assert len(listed(site, "region=36")) == 61


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_only_words(site: Running, query: str) -> None:
    for path in ("/innovations", "/api/innovations", "/api/suggest"):
        assert site.client.get(f"{path}?q={quote(query)}").status_code == 200, path
    page = site.page(f"/innovations?q={quote(query)}")
    assert "<b>" not in page


def test_what_cannot_be_asked(site: Running) -> None:
    paths = ("/api/suggest", "/api/suggest?q=%00", f"/api/suggest?q={'a' * 201}", "/api/innovations?sort=best")
    assert [site.client.get(path).status_code for path in paths] == [422] * 4


def test_all_that_cannot_be_asked_is_said_at_once(site: Running) -> None:
    wrong = {"region": "xx", "stage": "zzz", "year": "20"}
    answer = site.client.get("/api/innovations", params=wrong).json()
    said = {each["pointer"]: each["detail"] for each in answer["errors"]}
    assert said == {f"#/{name}": "This filter does not have such a value." for name in wrong}
    page = site.client.get("/innovations", params={**wrong, "q": "air"}, headers={"Accept": "text/html"}).text
    assert [f"<code>{name}</code>" in page for name in (*wrong, "q")] == [True, True, True, False]
    assert '<a class="button" href="/innovations?q=air">' in page


def test_suggestions_are_regions_units_and_titles_that_begin_so_in_one_statement(site: Running) -> None:
    with counting(site.service.kernel.engine) as count:
        answer = site.client.get("/api/suggest?q=dpmp").json()["items"]
        assert count() == 2
    named = {"region_name": "Kota Tangerang Selatan", "text": "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu"}
    assert answer == [{"kind": "unit", "id": f"{REGION}-dpmptsp", **named}]
    found = [(each["kind"], each["text"]) for each in site.client.get("/api/suggest?q=tiru").json()["items"]]
    assert found == [("innovation", "Tiruan")]
    regions = [each["text"] for each in site.client.get("/api/suggest?q=tangsel").json()["items"]]
    assert regions == ["Kota Tangerang Selatan"]
    assert site.client.get("/api/suggest?q=++").json() == {"items": []}


def test_words_mean_regions_by_their_names_and_what_they_are_called() -> None:
    called = {word: names.meaning(word).regions for word in ("tangsel", "tangerang", "labura", "ntb")}
    assert called == {
        "tangsel": ("36.74",),
        "tangerang": ("36.03", "36.71", "36.74"),
        "labura": ("12.23",),
        "ntb": ("52",),
    }
    assert names.named(["puskesmas", "tangerang", "selatan"]) == ("36.74",)
    assert names.named(["kota", "padang", "panjang"]) == ("13.74",)
    assert names.meaning("surabya").like_regions == ("35.78",)
    assert names.words_of("Café, e-KTP") == ["cafe", "e", "ktp"]
