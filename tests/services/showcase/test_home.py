"""The home page: its numbers on the map and in the table, its choices, its cost, steps that arrive by themselves."""

import asyncio
import gzip
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request
from sqlalchemy import event

from services.showcase.feeds.streams import Seats
from services.showcase.landscape import Place as Counted
from services.showcase.model import ReadModel
from services.showcase.pages import Site
from services.showcase.pages.live import Place, Steps, StepStream, WrongPlace
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Stage
from tests.services.showcase.logs import advanced, design, programme, proposed, shown
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving

REGION = "11.71"
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
CHOICES = [
    f"/?show={show}{more}" for show in ("displayed", "running", "stage", "outcomes") for more in ("", "&province=36")
]


def tell(running: Running, region: str, furthest: Sequence[int], *, measured: Decimal | None = None) -> None:
    """Record a region's programme and an innovation for each stage given; those at the last are launched and shown."""
    log = running.submission
    log.record(region, f"programme/{region}-2020", programme(region))
    for number, stage in enumerate(furthest, 1):
        each = proposed(region, number, title=f"Inovasi {number}")
        ident, stream = each.innovation_id, f"innovation/{each.innovation_id}"
        log.record(region, stream, each)
        for step in list(Stage)[1:stage]:
            log.record(region, stream, advanced(ident, step, date(2020, 6, 1)))
        if stage == len(Stage):
            log.record(
                region,
                stream,
                design(ident),
                submission.InnovationLaunched(innovation_id=ident, launched_on=date(2020, 12, 1), place="", remark=""),
                shown(ident),
                submission.InnovationDisplayed(innovation_id=ident, displayed_on=date(2020, 12, 2)),
            )
            if measured is not None:
                log.record(
                    region,
                    stream,
                    submission.OutcomeMeasured(
                        innovation_id=ident,
                        indicator_id="waktu",
                        value=measured,
                        measured_on=date(2020, 12, 3),
                        source="loket",
                    ),
                )


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """Two regions of Banten, one of which reached its target, one of Aceh with a return, one that only began."""
    tell(running, "36.74", [1, 2, 2, 5, 5], measured=Decimal(3))
    tell(running, "36.71", [4, 5], measured=Decimal(9))
    tell(running, "11.01", [3])
    tell(running, "36.01", [])
    ident = proposed("11.01", 1).innovation_id
    running.submission.record(
        "11.01",
        f"innovation/{ident}",
        submission.InnovationReturned(
            innovation_id=ident,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DIAGNOSE,
            required_changes="RAHASIA",
            returned_on=date(2020, 7, 1),
            assessment_id="11.01-1",
        ),
    )
    running.catch_up()
    return running


class Read(HTMLParser):
    """The titles of the map's discs and the rows of the table, as a reader's program finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.discs: list[str] = []
        self.rows: list[list[str]] = []
        self._in: list[str] = []
        self.feed(page[page.index('id="map"') : page.index('id="stages"')])

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("title", "th", "td", "tr"):
            self._in.append(tag)
        if tag == "title":
            self.discs.append("")
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if self._in and self._in[-1] == tag:
            self._in.pop()

    def handle_data(self, data: str) -> None:
        if self._in and self._in[-1] == "title":
            self.discs[-1] += data
        elif self._in and self._in[-1] in ("th", "td"):
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def test_the_map_says_what_the_table_says_and_both_what_was_recorded(site: Running) -> None:
    page = Read(site.page("/?lang=en"))
    assert page.rows == [
        ["Region", "Active innovations", "Displayed", "Running", "Stage reached", "Outcomes"],
        ["Kota Tangerang Selatan", "5", "2", "2", "5 Display half at Diagnose or further", "2"],
        ["Kota Tangerang", "2", "1", "1", "5 Display", "1"],
        ["Kabupaten Aceh Selatan", "1", "0", "0", "2 Diagnose", "0"],
        ["Kabupaten Pandeglang", "0", "0", "0", "–", "0"],
    ]
    found = {path: Read(site.page(f"{path}&lang=en")) for path in CHOICES}
    for path, each in found.items():
        choice = path.partition("show=")[2].partition("&")[0]
        column = ("displayed", "running", "stage", "outcomes").index(choice) + 2
        said = {row[0]: row[column] for row in each.rows[1:]}
        discs = dict(title.rsplit(": ", 1) for title in each.discs)
        if "stage" in path:
            discs = {name: value.split(" ")[0] for name, value in discs.items()}
            said = {name: value.split(" ")[1] for name, value in said.items() if value != "–"}
        assert (path, discs) == (path, {name: value for name, value in said.items() if value != "0"})
        names = {row[0] for row in each.rows[1:]}
        assert ("Kabupaten Aceh Selatan" in names) == ("province" not in path)


def test_the_table_is_sorted_by_what_is_asked_and_nothing_else_is_taken(site: Running) -> None:
    names = {path: [row[0] for row in Read(site.page(path)).rows[1:]] for path in ("/?sort=name", "/?sort=innovations")}
    assert names["/?sort=name"] == sorted(names["/?sort=name"])
    assert names["/?sort=innovations"][-1] == "Kota Tangerang Selatan"
    wrong = ("/?show=x", "/?province=36.74", "/?province=99", "/?sort=x", "/?sort=--name")
    assert [site.client.get(path).status_code for path in wrong] == [422] * len(wrong)
    together = site.client.get("/?show=x&sort=-&province=99", headers={"Accept": "text/html"}).text
    assert re.findall(r"<dt><code>(\w+)</code>", together) == ["show", "sort", "province"]


def test_the_stages_and_outcomes_are_counted(site: Running) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", site.page("/?lang=en"))
    said = " ".join(page.split())
    for each in (
        "1 Drum-up raising the spirit to improve ever reached it 8 wait for the panel 0",
        "3 Diagnose finding the problems and simple solutions ever reached it 7 wait for the panel 0",
        "being improved after a return 1 returns to this stage, ever 1",
        "0 Design designing step by step ever reached it 5",
        "3 indicators",
        "3 measured",
        "2 reached their target",
        "Faster measured 3 of 3 of these at the target 2 of 3",
    ):
        assert each in said
    assert "RAHASIA" not in said


def test_the_typical_stage_is_that_of_half_of_them() -> None:
    def typical(*by_stage: int) -> tuple[int, int]:
        place = Counted("36.74", programme=True, by_stage=by_stage, displayed=0, running=0, outcomes=0)
        return place.stage, place.typical

    assert [typical(*each) for each in ((0, 0, 0, 0, 0), (1, 0, 0, 0, 1), (2, 0, 0, 0, 1), (0, 3, 1, 1, 0))] == [
        (0, 0),
        (5, 5),
        (5, 1),
        (4, 2),
    ]


def test_the_page_takes_the_same_statements_whatever_is_picked(site: Running) -> None:
    site.submission.record("12.01", "programme/12.01-2020", programme("12.01"))
    site.catch_up()
    # The model's state, four that count everything (none once it is counted), and the newest steps.
    first, *others = [site.statements(f"{path}&n=1") for path in CHOICES]
    assert first <= 6
    assert set(others) == {2}


class Listener:
    """A reader of a stream in this process: what it was sent, and the wish to leave."""

    def __init__(self, stream: StepStream) -> None:
        self._stream = stream
        self._leaves, self._got = asyncio.Event(), asyncio.Event()
        self.sent = b""
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async def receive() -> dict[str, Any]:
            await self._leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.sent += message.get("body", b"")
            self._got.set()

        await self._stream({"type": "http", "state": {}}, receive, send)

    def steps(self) -> list[tuple[str, str]]:
        """The ids and titles of the steps that were sent."""
        frames = [each for each in self.sent.decode().split("\n\n") if "event: step" in each]
        lines = [dict(line.split(": ", 1) for line in each.split("\n")) for each in frames]
        return [(each["id"], json.loads(each["data"])["title"]) for each in lines]

    async def until(self, count: int) -> list[tuple[str, str]]:
        """Wait until so many steps were sent."""
        async with asyncio.timeout(20):
            while len(self.steps()) < count or not self.sent:
                self._got.clear()
                await self._got.wait()
        return self.steps()

    async def leave(self) -> None:
        self._leaves.set()
        await self.task


def record(running: Running, number: int, title: str, minutes: int) -> None:
    each = proposed(REGION, number, title=title)
    at = AT + timedelta(minutes=minutes)
    running.submission.record(REGION, f"innovation/{each.innovation_id}", each, at=at)
    running.catch_up()


def test_each_step_is_sent_once_and_a_reader_goes_on_where_it_was_cut(running: Running) -> None:
    kernel = running.service.kernel
    site = Site(ReadModel(kernel.engine), kernel.pages, kernel.cursors, "http://127.0.0.1:8000")
    record(running, 1, "Sebelum", 0)

    async def listen() -> None:
        steps, seats = Steps(site), Seats(3)

        def open_stream(after: str = "") -> Listener:
            return Listener(StepStream(steps, seats, "id", Place.of(after) if after else None))

        first, second = open_stream(), open_stream()
        assert await first.until(0) + await second.until(0) == []
        lists: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
            lists.extend([statement] if "LIMIT" in statement else [])

        event.listen(kernel.engine, "before_cursor_execute", note)
        await asyncio.to_thread(record, running, 2, "Inovasi <b>kedua</b>", 2)
        (found,) = await first.until(1)
        assert (await second.until(1)) == [found]
        assert found[1] == "Inovasi <b>kedua</b>"
        assert b"Inovasi &lt;b&gt;kedua" in first.sent
        assert b"<b>kedua</b></a>" not in first.sent
        # The list was asked for once, for both.
        assert len(lists) == 1
        # Recorded earlier elsewhere, and arriving only now: sent as well, and the place stays the furthest.
        ident = proposed(REGION, 2).innovation_id
        running.submission.record(
            "12.71", f"innovation/{ident}", proposed("12.71", 1, title="Terlambat"), at=AT + timedelta(minutes=1)
        )
        await asyncio.to_thread(running.catch_up)
        both = await first.until(2)
        assert (both[1][1], both[1][0]) == ("Terlambat", found[0])
        await first.leave()
        await asyncio.to_thread(record, running, 3, "Ketiga", 3)
        assert [title for _, title in await second.until(3)] == ["Inovasi <b>kedua</b>", "Terlambat", "Ketiga"]
        again = open_stream(both[-1][0])
        assert [title for _, title in await again.until(1)] == ["Ketiga"]
        for each in (second, again):
            await each.leave()

    asyncio.run(listen())


def test_a_place_is_what_was_given_out(running: Running) -> None:
    given = Place(AT, REGION, 3)
    assert Place.of(str(given)) == given
    for wrong in ("x", "2026-01-01T00:00:00~11.71~1", f"{AT.isoformat()}~99~~1", f"{AT.isoformat()}~11.71~0"):
        with pytest.raises(WrongPlace):
            Place.of(wrong)
    assert running.client.get("/steps?after=nothing").status_code == 422


def test_the_page_tells_its_script_where_to_begin(running: Running) -> None:
    each = proposed(REGION, 9)
    running.submission.record(REGION, f"innovation/{each.innovation_id}", each, at=AT + timedelta(hours=1))
    running.submission.record(
        REGION,
        f"innovation/{each.innovation_id}",
        advanced(each.innovation_id, Stage.DIAGNOSE, each.proposed_on),
        at=AT + timedelta(hours=2),
    )
    running.catch_up()
    position = len(running.submission.events[REGION])
    page = running.page("/")
    said = json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert (said["@type"], said["url"]) == ("WebSite", "http://127.0.0.1:8000/")
    assert said["potentialAction"]["target"]["urlTemplate"] == "http://127.0.0.1:8000/innovations?q={q}"
    assert f'data-after="{Place(AT + timedelta(hours=2), REGION, position)}"' in page


def compressed(request: Request) -> int:
    """Give about how many bytes the gateway sends in answer to a request, with its headers."""
    response = request.response()
    assert response is not None
    return len(gzip.compress(response.body(), 6)) + 400


def measured(page: Page, path: str, sent: list[int]) -> dict[str, object]:
    """Give what the budget and axe say of a page that has come to rest."""
    sent.clear()
    page.goto(path, wait_until="load")
    page.wait_for_timeout(300)
    shift = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => done(
            list.getEntries().reduce((sum, each) => sum + each.value, 0))
        ).observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => done(0), 200))"""
    )
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return {
        "shift": shift,
        "sent": sum(sent) < 150_000,
        "axe": [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations],
        "wider": page.evaluate("document.documentElement.scrollWidth > window.innerWidth"),
    }


def test_home_is_light_still_and_open_to_all_on_every_screen(site: Running, browser: Browser) -> None:
    found, sent = {}, list[int]()
    visits: Sequence[tuple[int, Literal["light", "dark"], str]] = (
        (390, "light", "/"),
        (768, "dark", "/?show=stage&province=36"),
        (1440, "dark", "/"),
    )
    with serving(site.app) as address:
        for width, scheme, path in visits:
            context = browser.new_context(
                base_url=address,
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
            )
            page = context.new_page()
            page.on("requestfinished", lambda each: sent.append(compressed(each)))
            found[width, scheme] = measured(page, path, sent)
            if width == 1440:
                page.locator("svg.map").focus()
                page.keyboard.press("+")
                page.keyboard.press("ArrowRight")
                assert page.locator("svg.map").get_attribute("viewBox") != "0 0 940 360"
                page.keyboard.press("0")
                assert page.locator("svg.map").get_attribute("viewBox") == "0 0 940 360"
                each = proposed("36.74", 77, title="Baru saja <b>datang</b>")
                site.submission.record("36.74", f"innovation/{each.innovation_id}", each, at=datetime.now(UTC))
                site.catch_up()
                page.get_by_role("link", name="Baru saja <b>datang</b>").wait_for()
                assert page.locator("#newest li").count() == 8
            context.close()
    assert found == {key: {"shift": 0, "sent": True, "axe": [], "wider": False} for key in found}
