"""The page of an innovation: its story, kin, citizens and proof; its citation and card; two side by side."""

import json
import os
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, FloatRect

from services.submission.domain import events as submission
from services.submission.domain import feedback_events as said
from services.submission.domain.feedback_events import FeedbackKind, Withheld
from services.submission.domain.vocabulary import Stage
from shared.domain import Event
from shared.http import today
from tests.services.showcase.logs import INDICATOR, advanced, design, diagnosis, proposed, shown, unit
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving

REGION, ORIGIN_REGION, COPY_REGION = "36.74", "33.03", "32.73"
LAUNCHED = date(2025, 3, 1)
SECRET = "RAHASIA-SEBELUM-TERBIT"


def tell(running: Running, region: str, innovation_id: str, number: int, kind: FeedbackKind, **more: object) -> str:
    """Record what a citizen says: `stars`, `text`, and what became of it: `then` events; give its id."""
    ident, text, stars = f"{region}-{number:032x}", more.get("text"), more.get("stars")
    given = said.FeedbackGiven(
        feedback_id=ident,
        innovation_id=innovation_id,
        kind=kind,
        stars=stars if isinstance(stars, int) else None,
        worded=text is not None,
        given_on=date(2025, 6, 1),
    )
    events: list[Event] = [given]
    if text is not None:
        events.append(said.FeedbackWorded(feedback_id=ident, text=str(text)))
    if more.get("published"):
        events.append(said.FeedbackPublished(feedback_id=ident, published_on=date(2025, 6, 2)))
    if isinstance(answer := more.get("answer"), str):
        events.append(said.FeedbackAnswered(feedback_id=ident, answered_on=date(2025, 6, 5)))
        events.append(said.AnswerWorded(feedback_id=ident, text=answer))
    if more.get("withheld"):
        events.append(said.FeedbackWithheld(feedback_id=ident, grounds=Withheld.ABUSIVE, withheld_on=date(2025, 6, 2)))
    running.submission.record(region, f"feedback/{ident}", *events)
    return ident


def measured(innovation_id: str, value: str, on: date) -> submission.OutcomeMeasured:
    """Give a measurement of the indicator."""
    return submission.OutcomeMeasured(
        innovation_id=innovation_id, indicator_id="waktu", value=Decimal(value), measured_on=on, source="Loket"
    )


@pytest.fixture(scope="module")
def ours(running: Running) -> str:
    """The id of a displayed innovation with measurements, an origin, copies and what citizens say of it."""
    log, origin = running.submission, proposed(ORIGIN_REGION, 1, title="Dukcapil Jemput Bola")
    log.record(ORIGIN_REGION, f"innovation/{origin.innovation_id}", origin)
    log.record(REGION, f"unit/{REGION}-disdukcapil", unit(REGION, "disdukcapil", "Dinas Kependudukan"))
    ours = proposed(REGION, 1, title="Antar Adminduk", adapted_from=origin.innovation_id)
    ident = ours.innovation_id
    log.record(
        REGION,
        f"innovation/{ident}",
        ours,
        diagnosis(ident, "Warga menunggu dua minggu."),
        advanced(ident, Stage.DIAGNOSE, date(2024, 5, 1)),
        advanced(ident, Stage.DESIGN, date(2024, 6, 1)),
        submission.InnovationReturned(
            innovation_id=ident,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DIAGNOSE,
            required_changes="rahasia",
            returned_on=date(2024, 7, 1),
            assessment_id=None,
        ),
        advanced(ident, Stage.DESIGN, date(2024, 9, 1)),
        design(ident, "Kurir mengantar dokumen ke rumah."),
        advanced(ident, Stage.DELIVER, date(2024, 12, 1)),
        submission.InnovationLaunched(innovation_id=ident, launched_on=LAUNCHED, place="Alun-alun", remark=""),
        *(measured(ident, value, on) for value, on in (("9", date(2025, 4, 1)), ("5.5", date(2025, 7, 1)))),
        measured(ident, "3", date(2025, 12, 1)),
        shown(ident),
        advanced(ident, Stage.DISPLAY, date(2025, 12, 15)),
        submission.InnovationDisplayed(innovation_id=ident, displayed_on=date(2025, 12, 20)),
    )
    copies = [proposed(COPY_REGION, n, title=f"Tiruan {n}", adapted_from=ident) for n in (1, 2)]
    copies.append(proposed(REGION, 2, title="Tiruan tiruan", adapted_from=copies[0].innovation_id))
    for copy in copies:
        region = copy.innovation_id.partition("-")[0]
        log.record(region, f"innovation/{copy.innovation_id}", copy)
    gone = submission.InnovationWithdrawn(innovation_id=copies[1].innovation_id, reason="", withdrawn_on=LAUNCHED)
    log.record(COPY_REGION, f"innovation/{copies[1].innovation_id}", gone)
    confirmation, rating, complaint = FeedbackKind.CONFIRMATION, FeedbackKind.RATING, FeedbackKind.COMPLAINT
    tell(running, REGION, ident, 1, confirmation)
    tell(running, REGION, ident, 2, confirmation, text="Dipakai seluruh RT.", published=True)
    tell(running, REGION, ident, 3, rating, stars=5, text=SECRET)
    tell(running, REGION, ident, 4, rating, stars=4)
    tell(running, REGION, ident, 5, rating, stars=1, withheld=True)
    tell(running, REGION, ident, 6, complaint, text="Kurir terlambat.", published=True, answer="Jadwal ditambah.")
    tell(running, REGION, ident, 7, complaint, text=SECRET)
    running.catch_up()
    running.copy()
    return ident


class Seen(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, its text, and its data blocks."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text, self.data = "", ""
        self._data = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        attributes = {name: value or "" for name, value in attrs}
        self.text += " "
        self.elements.append((tag, attributes))
        self._data = tag == "script" and attributes.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        """Keep text, and what stands in a data block."""
        if self._data:
            self.data += data
            self._data = False
        self.text += data

    @property
    def active(self) -> list[tuple[str, dict[str, str]]]:
        """What would run or load: handlers, addresses that are programs, scripts and frames that are not ours."""
        ours = {"/static/labinov.js", "/static/share.js"}
        return [
            (tag, attributes)
            for tag, attributes in self.elements
            if any(name.startswith("on") for name in attributes)
            or any(re.match(r"\s*(javascript|vbscript|data):", value, re.IGNORECASE) for value in attributes.values())
            or tag in ("iframe", "object", "embed", "base", "img", "b")
            or (
                tag == "script"
                and attributes.get("src", "").partition("?")[0] not in ours
                and attributes.get("type") != "application/ld+json"
            )
        ]


def english(running: Running, path: str) -> str:
    """Give a page as one who reads English gets it."""
    return running.page(path, Cookie="labinov_lang=en")


def text_of(page: str) -> str:
    """Give the text of a page with single blanks."""
    return " ".join(Seen(page).text.split())


def test_the_page_tells_the_story_with_its_figures(running: Running, ours: str) -> None:
    page = english(running, f"/innovations/{ours}")
    text = text_of(page)
    said_in_order = [
        "Before 14 Now 3 hari",
        "79% less than before · target met",
        "Warga menunggu dua minggu.",
        "Kurir mengantar dokumen ke rumah.",
        "Returned to Diagnose to be improved",
        "Other regions that learned from it: Kota Bandung",
        "Dukcapil Jemput Bola",
        "2 use it",
        "4.5 mean rating, of 5 From 2 ratings.",
        "2 complaints 1 not answered yet.",
        "4 days time to the answer",
        "Kurir terlambat.",
        "Jadwal ditambah.",
        "Dipakai seluruh RT.",
    ]
    places = [text.find(each) for each in said_in_order]
    assert [each for each, place in zip(said_in_order, places, strict=True) if place < 0] == []
    assert places == sorted(places)
    assert (SECRET in page, "rahasia" in page) == (False, False)
    (points,) = re.findall(r'<polyline class="trend__line" points="([^"]+)"', page)
    assert len(points.split()) == 3
    forms = [dict(each) for tag, each in Seen(page).elements if tag == "form" and each.get("method") == "post"]
    assert {each["action"] for each in forms} == {f"/submission/feedback/{ours}"}
    kinds = [each["value"] for tag, each in Seen(page).elements if tag == "input" and each.get("name") == "kind"]
    assert kinds == ["confirmation", "rating", "complaint"]


def test_words_that_were_withheld_do_not_come_back_by_way_of_the_past(running: Running) -> None:
    region = "15.71"
    ident = proposed(region, 1).innovation_id
    launched = submission.InnovationLaunched(innovation_id=ident, launched_on=LAUNCHED, place="", remark="")
    running.submission.record(region, f"innovation/{ident}", proposed(region, 1), launched)
    running.submission.record(region, f"unit/{region}-dpu", unit(region, "dpu", "Dinas Pekerjaan Umum"))
    tell(running, region, ident, 1, FeedbackKind.COMPLAINT, text="Memuat NIK seseorang.", published=True)
    running.catch_up()
    running.copy()
    (head,) = [each.position for each in running.submission.heads() if each.region == region]
    assert "Memuat NIK seseorang." in english(running, f"/innovations/{ident}")
    withheld = said.FeedbackWithheld(
        feedback_id=f"{region}-{1:032x}", grounds=said.Withheld.PERSONAL_DATA, withheld_on=LAUNCHED
    )
    running.submission.record(region, f"feedback/{region}-{1:032x}", withheld)
    running.catch_up()
    running.copy()
    for path in (f"/innovations/{ident}", f"/innovations/{ident}?submission={head}"):
        assert "Memuat NIK seseorang." not in english(running, path)


def test_the_api_says_the_same(running: Running, ours: str) -> None:
    found = running.client.get(f"/api/innovations/{ours}").json()
    assert found["feedback"] == {
        "confirmations": 2,
        "ratings": 2,
        "mean_rating": "4.50",
        "stars": {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1},
        "complaints": 2,
        "complaints_unanswered": 1,
        "median_days_to_answer": 4.0,
    }
    assert [(each["title"], each["depth"]) for each in found["lineage"]] == [
        ("Dukcapil Jemput Bola", -1),
        ("Tiruan 1", 1),
        ("Tiruan 2", 1),
        ("Tiruan tiruan", 2),
    ]


def test_the_proof_names_the_fingerprints_of_the_log(running: Running, ours: str) -> None:
    page = english(running, f"/innovations/{ours}")
    stream = [each for each in running.submission.events[REGION] if each.stream == f"innovation/{ours}"]
    first, newest = stream[0], stream[-1]
    for event in (first, newest):
        assert f"<code>{event.leaf_hash.hex()}</code>" in page
        assert f"<code>{event.wire['datahash']}</code>" in page
    assert f"labinov audit check submission-{REGION}-{newest.position}.tlog-proof" in page
    before = english(running, f"/innovations/{ours}?submission={first.position}")
    assert (newest.leaf_hash.hex() in before, "Tiruan" in before, "use it" in before) == (False, False, True)
    assert "Jadwal ditambah." not in before


def test_it_is_described_cited_and_embedded(running: Running, ours: str) -> None:
    seen = Seen(running.page(f"/innovations/{ours}"))
    described = json.loads(seen.data)
    home = "http://127.0.0.1:8000"
    assert (described["url"], described["image"]) == (
        f"{home}/innovations/{ours}",
        f"{home}/innovations/{ours}/card.png",
    )
    assert described["isBasedOn"] == f"{home}/innovations/{proposed(ORIGIN_REGION, 1).innovation_id}"
    assert described["aggregateRating"]["ratingValue"] == 4.5
    bib, ris = (running.client.get(f"/innovations/{ours}/cite.{form}") for form in ("bib", "ris"))
    assert bib.text == (
        f"@misc{{{ours},\n  author = {{{{Dinas Kependudukan}}}},\n"
        "  title = {{Antar Adminduk: Antar dokumen kependudukan ke rumah}},\n  year = {2025},\n"
        "  publisher = {Labinov, Lembaga Administrasi Negara},\n  address = {Kota Tangerang Selatan},\n"
        f"  url = {{{home}/innovations/{ours}}},\n  urldate = {{{today().isoformat()}}}\n}}\n"
    )
    assert [line[:6] for line in ris.text.splitlines()] == [
        f"{tag}  - " for tag in ("TY", "AU", "TI", "PY", "PB", "CY", "UR", "Y2", "ID", "ER")
    ]
    assert [each.headers["content-disposition"] for each in (bib, ris)] == [
        f'attachment; filename="{ours}.{form}"' for form in ("bib", "ris")
    ]
    card = running.client.get(f"/innovations/{ours}/embed")
    assert card.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors *"
    )
    page = running.client.get(f"/innovations/{ours}")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert [tag for tag, _ in Seen(card.text).elements if tag in ("script", "form", "button", "input")] == []
    for path in ("embed", "cite.bib", "cite.ris"):
        assert running.client.get(f"/innovations/{REGION}-{'0' * 32}/{path}").status_code == 404


def test_it_is_said_when_nothing_was_heard_for_six_months(running: Running) -> None:
    region, ids = "33.27", []
    silent, confirmed, asked = (today() - timedelta(days=days) for days in (183, 20, 3))
    for number in (1, 2, 3):
        put_forward = proposed(region, number)
        ids.append(put_forward.innovation_id)
        running.submission.record(
            region,
            f"innovation/{put_forward.innovation_id}",
            put_forward,
            submission.InnovationLaunched(
                innovation_id=put_forward.innovation_id, launched_on=silent, place="", remark=""
            ),
        )
    for ident in ids[1:]:
        on = asked if ident == ids[1] else silent
        question = submission.ConfirmationAsked(innovation_id=ident, asked_on=on, due_on=on + timedelta(days=30))
        running.submission.record(region, f"innovation/{ident}", question)
    answer = submission.RunningConfirmed(innovation_id=ids[2], confirmed_on=confirmed)
    running.submission.record(region, f"innovation/{ids[2]}", answer)
    running.catch_up()
    said_of = {
        number: (
            "It may no longer run" in (page := english(running, f"/innovations/{ident}")),
            "has not answered yet" in page,
            "its unit last confirmed that it runs" in page,
        )
        for number, ident in enumerate(ids, start=1)
    }
    assert said_of == {1: (True, False, False), 2: (True, True, False), 3: (False, False, True)}


def test_two_are_compared_and_one_is_offered_others(running: Running, ours: str) -> None:
    other = proposed(COPY_REGION, 1).innovation_id
    text = text_of(english(running, f"/compare?a={ours}&b={other}"))
    for said_there in ("Waktu layanan: 14 → 3", "not measured yet", "Kota Bandung", "Kurir", "4.5"):
        assert (said_there, said_there in text) == (said_there, said_there != "Kurir")
    offered = english(running, f"/compare?a={ours}")
    assert f"/compare?a={ours}&amp;b={other}" in offered
    assert "Dukcapil Jemput Bola" in running.page(f"/compare?a={ours}&q=jemput")
    assert "Dukcapil Jemput Bola" not in running.page(f"/compare?a={ours}&q=%25_tiruan")
    running.page("/compare")
    running.page(f"/compare?a={ours}&b={ours}")
    running.page(f"/compare?a={ours}&b={REGION}-{'0' * 32}", 404)
    running.page(f"/compare?a={ours}&q={'a' * 201}", 422)


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'><b>&lt; javascript:alert(3)\n\n]]>"


def test_hostile_texts_stay_texts(running: Running) -> None:
    region = "35.78"
    ours = replace(
        proposed(region, 1, title=HOSTILE, meaning=HOSTILE, idea=HOSTILE, adapted_from=f"{region}-{2:032x}"),
        source=HOSTILE,
    )
    ident = ours.innovation_id
    wild = replace(INDICATOR, name=HOSTILE, unit_of_measure=HOSTILE, source=HOSTILE)
    running.submission.record(region, f"unit/{region}-disdukcapil", unit(region, "disdukcapil", HOSTILE))
    running.submission.record(
        region,
        f"innovation/{ident}",
        ours,
        replace(diagnosis(ident, HOSTILE), affected=HOSTILE, root_causes=HOSTILE, evidence=HOSTILE),
        replace(design(ident, HOSTILE), resources=HOSTILE, legal_basis=HOSTILE),
        *(advanced(ident, stage, LAUNCHED) for stage in list(Stage)[1:]),
        submission.InnovationLaunched(innovation_id=ident, launched_on=LAUNCHED, place=HOSTILE, remark=HOSTILE),
        *(replace(measured(ident, value, LAUNCHED), source=HOSTILE) for value in ("9", "5")),
        replace(
            shown(ident, HOSTILE),
            shown_indicators=(wild,),
            replication_notes=HOSTILE,
            video_url="javascript:alert(4)",
        ),
    )
    copy = proposed(region, 2, title=HOSTILE, adapted_from=ident)  # and so each comes from the other
    running.submission.record(region, f"innovation/{copy.innovation_id}", copy)
    tell(running, region, ident, 1, FeedbackKind.COMPLAINT, text=HOSTILE, published=True, answer=HOSTILE)
    running.catch_up()
    running.copy()
    for path in (f"/innovations/{ident}", f"/innovations/{ident}/embed", f"/compare?a={ident}&b={copy.innovation_id}"):
        seen = Seen(running.page(path))
        assert (path, seen.active) == (path, [])
        assert "<script>alert(1)</script>" in seen.text
        if seen.data:
            assert json.loads(seen.data)["name"] == HOSTILE
    citation = running.client.get(f"/innovations/{ident}/cite.ris").text
    assert len(citation.splitlines()) == 10
    bib = running.client.get(f"/innovations/{ident}/cite.bib").text
    assert bib.replace(r"\{", "").count("{") == bib.replace(r"\}", "").count("}")


def test_the_number_of_statements_does_not_grow(running: Running, ours: str) -> None:
    lonely = proposed("71.71", 1).innovation_id
    running.submission.record("71.71", f"innovation/{lonely}", proposed("71.71", 1))
    running.catch_up()

    paths = ("/innovations/{}", "/innovations/{}/embed", "/compare?a={}", "/api/innovations/{}")
    counted = {path: tuple(running.statements(path.format(each)) for each in (lonely, ours)) for path in paths}
    assert counted == {
        "/innovations/{}": (6, 6),
        "/innovations/{}/embed": (2, 2),
        "/compare?a={}": (5, 5),
        "/api/innovations/{}": (4, 4),
    }
    assert running.statements(f"/compare?a={lonely}&b={ours}") == 7


def keep(complaints: list[str], message: ConsoleMessage) -> None:
    """Keep what a page writes to the console, a breach of the content policy among it."""
    complaints.append(message.text)


def test_in_a_browser_it_fits_a_phone_and_runs_nothing_unasked(running: Running, ours: str, browser: Browser) -> None:
    other, found = proposed(COPY_REGION, 1).innovation_id, {}
    paths = [f"/innovations/{ours}", f"/compare?a={ours}&b={other}"]
    folder = os.environ.get("SHOTS")
    if folder:
        paths += [f"/compare?a={ours}", f"/innovations/{ours}/embed"]
    with serving(running.app) as address:
        for width in (390, 1280) if folder else (390,):
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", partial(keep, complaints))
            visits: list[tuple[Literal["light", "dark"], str]] = [("light", path) for path in paths]
            for number, (scheme, path) in enumerate([*visits, ("dark", paths[0])]):
                complaints.clear()
                page.emulate_media(color_scheme=scheme)
                page.goto(path)
                wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                violations = [each["id"] for each in Axe().run(page).response["violations"]]
                found[width, scheme, path] = (violations, wider, list(complaints))
                if folder:
                    page.evaluate(
                        "document.querySelectorAll('.fold').forEach(each => { each.name = ''; each.open = true; })"
                    )
                    height = page.evaluate("document.documentElement.scrollHeight")
                    for part, top in enumerate(range(0, height, 1500)):
                        clip: FloatRect = {"x": 0, "y": top, "width": width, "height": min(1500, height - top)}
                        page.screenshot(path=Path(folder) / f"c-{number}-{width}-{part}.png", full_page=True, clip=clip)
            if folder:
                page.emulate_media(media="print", color_scheme="light")
                page.pdf(path=Path(folder) / f"c-{width}.pdf", format="A4")
                page.screenshot(path=Path(folder) / f"c-print-{width}.png", full_page=True)
            context.close()
    assert found == {place: ([], False, []) for place in found}
