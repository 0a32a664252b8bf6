"""LAN's board: its numbers out of the events, its views, the workbook, and how many statements it takes."""

import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.showcase.counts import SECTIONS
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Stage, TargetMeasure
from shared.http import today
from tests.services.showcase.logs import advanced, design, diagnosis, programme, proposed, shown, target, unit
from tests.services.showcase.site import Running

# The best, one that stands still with a reason, and one of which little is known; the fourth is of another edition.
GOOD, STALLED, NEW, OTHER = "51.01", "51.02", "51.03", "52.01"
REASON = "=cmd|' /C calc'!A0 <script>alert(1)</script>"


def ago(days: int) -> date:
    """Give the day so many days before today."""
    return today() - timedelta(days=days)


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site with four programmes."""
    assert "No programme to compare" in running.page("/board?edition=1999&lang=en")
    running.client.cookies.clear()
    log = running.submission
    launch = {"place": "", "remark": ""}
    for region in (GOOD, STALLED, NEW):
        log.record(region, f"programme/{region}-2020", programme(region))
        log.record(region, f"unit/{region}-disdukcapil", unit(region, "disdukcapil", "Dinas Dukcapil"))
    log.record(OTHER, f"programme/{OTHER}-2022", programme(OTHER, "2022"))
    log.record(
        GOOD,
        f"programme/{GOOD}-2020",
        *(
            event
            for stage in list(Stage)[:3]
            for event in (
                submission.StageOpened(programme_id=f"{GOOD}-2020", stage=stage, opened_on=ago(300)),
                submission.StageCompleted(programme_id=f"{GOOD}-2020", stage=stage, completed_on=ago(200)),
            )
        ),
        submission.StageOpened(programme_id=f"{GOOD}-2020", stage=Stage.DELIVER, opened_on=ago(190)),
        target(GOOD, TargetMeasure.INNOVATIONS, 2),
        target(GOOD, TargetMeasure.UNITS_REACHED, 5),
        target(GOOD, TargetMeasure.PER_CIVIL_SERVANT, 1),
    )
    one, two = proposed(GOOD, 1, on=ago(100)), proposed(GOOD, 2, on=ago(10))
    log.record(
        GOOD,
        f"innovation/{one.innovation_id}",
        one,
        diagnosis(one.innovation_id),
        design(one.innovation_id),
        advanced(one.innovation_id, Stage.DIAGNOSE, ago(90)),
        advanced(one.innovation_id, Stage.DESIGN, ago(89)),
        submission.InnovationLaunched(innovation_id=one.innovation_id, launched_on=ago(30), **launch),
        shown(one.innovation_id),
        submission.InnovationDisplayed(innovation_id=one.innovation_id, displayed_on=ago(20)),
    )
    log.record(
        GOOD,
        f"innovation/{two.innovation_id}",
        two,
        submission.StageSubmitted(
            innovation_id=two.innovation_id,
            programme_id=f"{GOOD}-2020",
            unit_id=f"{GOOD}-disdukcapil",
            submission_no=1,
            from_stage=Stage.DRUM_UP,
            to_stage=Stage.DIAGNOSE,
            rubric_id="00-design-review",
            rubric_version=1,
            panel_size=3,
            quorum=2,
            submitted_on=ago(7),
        ),
    )
    log.record(
        STALLED,
        f"programme/{STALLED}-2020",
        submission.ProgrammeStalled(programme_id=f"{STALLED}-2020", reason=REASON, stalled_on=ago(40)),
    )
    three = proposed(STALLED, 1, on=ago(120))
    log.record(STALLED, f"innovation/{three.innovation_id}", three)
    running.catch_up()
    return running


def workbook(site: Running, query: str = "") -> Callable[[str], list[dict[str, Any]]]:
    """Give what reads a sheet of the board's workbook as rows by heading."""
    answer = site.client.get(f"/board?format=xlsx&lang=en{query}")
    site.client.cookies.clear()
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    assert "attachment" in answer.headers["content-disposition"]
    book = load_workbook(io.BytesIO(answer.content))

    def rows(name: str) -> list[dict[str, Any]]:
        sheet = book[name]
        assert isinstance(sheet, Worksheet)
        assert [cell.coordinate for line in sheet.iter_rows() for cell in line if cell.data_type == "f"] == []
        heads, *lines = sheet.iter_rows(values_only=True)
        return [dict(zip(map(str, heads), line, strict=True)) for line in lines]

    return rows


def test_every_number_of_a_region_is_what_was_recorded(site: Running) -> None:
    lines = {line["Region code"]: line for line in workbook(site)("Board")}
    assert sorted(lines) == [GOOD, STALLED, NEW, OTHER]
    good = {name: value for name, value in lines[GOOD].items() if "rank" not in name.lower() and "Score" not in name}
    assert good == {
        "Region code": GOOD,
        "Region": "Kabupaten Jembrana",
        "Edition": "2020",
        "State": "requested",
        "Halted since": None,
        "Reason of the halt": None,
        "Stages completed": 3,
        "Put forward": 2,
        "Units with an innovation": 1,
        "Launched": 1,
        "Displayed": 1,
        # The proposal and the submission of the second; design, launch and display of the first, after two others.
        "Steps in the last 90 days": 5,
        "Steps in the 90 days before": 2,
        "Targets": 3,
        "Targets that can be told": 2,
        "Targets met": 1,
        "Waiting at a gate": 1,
        "Oldest wait, in days": 7,
        # All but a measurement.
        "Sections filled in": len(SECTIONS) - 1,
        "Sections in all": len(SECTIONS),
        "Median days from idea to launch": 70,
    }
    assert (lines[STALLED]["State"], lines[STALLED]["Reason of the halt"]) == ("stalled", REASON)


def test_the_rank_comes_with_its_reason_and_its_range(site: Running) -> None:
    read = workbook(site)
    places = {line["Region code"]: (line["Rank"], line["Best rank"], line["Worst rank"]) for line in read("Board")}
    # Of the stalled, stage, momentum and displayed are known: 60 of 100; of the new ones only 40.
    assert places == {GOOD: (1, 1, 1), STALLED: (2, 2, 2), NEW: (None, None, None), OTHER: (None, None, None)}
    reasons = {line["Component"]: line for line in read("Reasons") if line["Region code"] == GOOD}
    assert {name: (line["Weight"], line["Value of 100"], line["Points"]) for name, line in reasons.items()} == {
        "Stages completed": (25, 60, 15),
        "Momentum": (15, 71.4, 10.7),
        "Targets met": (20, 50, 10),
        "Displayed": (20, 50, 10),
        "Documentation": (20, 85.7, 17.1),
    }
    [first, *_] = read("Board")
    assert first["Score of 100"] == 62.9
    page = site.page("/board")
    assert ("<script>alert" in page, "=cmd|" in page) == (False, True)


def order(site: Running, query: str) -> list[str]:
    """Give the regions of a view in their order."""
    page = site.page(f"/board?{query}")
    return re.findall(r'<th scope="row"><a href="/programmes/([\d.]+)-', page)


def test_a_view_is_a_link(site: Running) -> None:
    assert order(site, "edition=2020") == [GOOD, STALLED, NEW]
    assert order(site, "edition=2022") == [OTHER]
    assert order(site, "province=52") == [OTHER]
    assert order(site, "province=51&edition=2022") == []
    assert order(site, "sort=-stalled") == [STALLED, NEW, GOOD, OTHER]
    assert order(site, "edition=2020&sort=-rank") == [STALLED, GOOD, NEW]
    assert order(site, "edition=2020&sort=-momentum")[0] == GOOD
    assert [line["Region code"] for line in workbook(site, "&edition=2020&sort=-rank")("Board")] == [STALLED, GOOD, NEW]
    links = [
        html.unescape(each)
        for each in re.findall(r'href="(/board\?[^"]*format=xlsx[^"]*)"', site.page("/board?edition=2020"))
    ]
    assert links == ["/board?edition=2020&format=xlsx"]


def test_what_was_drawn_for_one_reader_is_not_shown_in_anothers_language(site: Running) -> None:
    said = {"id": " dari 5<", "en": " of 5<"}
    for language in ("id", "en", "id"):
        # Another address each time, so that no whole page was kept.
        page = site.page(f"/board?edition=2020&sort=name&n={language}", Cookie=f"labinov_lang={language}")
        assert [text in page for text in said.values()] == [each == language for each in said]


@pytest.mark.parametrize(
    "query", ["sort=nothing", "province=51.01", "province=xx", "page=0", f"page={'1' * 5000}", f"edition={'9' * 41}"]
)
def test_what_cannot_be_shown_is_refused(site: Running, query: str) -> None:
    assert site.client.get(f"/board?{query}").status_code == 422


def test_all_that_cannot_be_shown_is_said_at_once(site: Running) -> None:
    page = site.client.get("/board?sort=nothing&province=xx&edition=2020", headers={"Accept": "text/html"}).text
    assert re.findall(r"<dt><code>(\w+)</code>", page) == ["province", "sort"]
    assert '<a class="button" href="/board?edition=2020">' in page


def test_the_board_takes_as_many_statements_for_one_region_as_for_forty(site: Running) -> None:
    codes = [f"33.{n:02}" for n in range(1, 30)] + [f"35.{n:02}" for n in range(1, 12)]
    for region in codes:
        site.submission.record(region, f"programme/{region}-2024", programme(region, "2024"))
        each = proposed(region, 1)
        site.submission.record(region, f"innovation/{each.innovation_id}", each)
    site.catch_up()

    # The model's state, the board, the editions; another order is made of the same.
    paths = ("edition=2022&province=52", "edition=2024&province=33", "edition=2024&province=33&sort=name")
    assert [site.statements(f"/board?{path}") for path in paths] == [3, 3, 1]
    assert len(order(site, "edition=2024")) == 40
