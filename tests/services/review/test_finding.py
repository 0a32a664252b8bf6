"""Lists found by query: what is sealed fits nothing and orders nothing; each view is a link; files say no more."""

import csv
import io
import re
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, insert, update

from services.review.desk.finding import read_query, sight_of
from services.review.read_models.assessments import PROJECTION, assessment, reviewer, seat
from services.review.read_models.dossier import PROJECTION as DOSSIER
from services.review.read_models.dossier import innovation
from services.review.read_models.finding import find, progress
from shared.auth import Actor
from shared.service import Service
from tests.services.review.desk import ANN, BEN, CAT, CHAIR, EVERYBODY, LAN, OTHER_CHAIR, UNIT, Desk
from tests.support import counting

HTML = {"Accept": "text/html"}
WHO = [who for who in EVERYBODY if who != "nobody"]


@pytest.fixture(scope="module")
def planted(review: Service) -> dict[str, Desk]:
    """Assessments in every state, each with totals that somebody may not know of."""
    made = {
        "open": Desk(review).ready().scored(ANN, score="99"),
        "moderation": Desk(review).ready().scored(ANN, score="91").scored(BEN, score="41"),
        "complete": Desk(review).ready().scored(ANN, score="71").scored(BEN, score="66.5"),
        "concluded": Desk(review).ready().scored(ANN, score="80").scored(BEN, score="61.5").concluded(),
        "again": Desk(review).ready().scored(ANN, score="55").scored(BEN, score="54"),
    }
    further = {"kind": "presentation", "rubric_id": "00-results-review", "rubric_version": 1}
    made["again"].does(CHAIR, "rounds", further)
    made["again"].scored(ANN, score="97")
    return made


def asks(desk: Desk, who: str, query: str = "", sort: str = "opened") -> list[dict[str, Any]]:
    """Give what somebody finds."""
    answer = desk.browser(EVERYBODY[who]).request(
        "get", "/assessments", params={"q": query, "sort": sort, "limit": 500}
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def names(desks: dict[str, Desk], items: list[dict[str, Any]]) -> list[str]:
    """Give which of the planted ones were found, in their order."""
    known = {desk.assessment: name for name, desk in desks.items()}
    return [known[each["assessment_id"]] for each in items if each["assessment_id"] in known]


@pytest.mark.parametrize("who", WHO)
def test_a_list_shows_the_scores_that_the_assessment_itself_shows(planted: dict[str, Desk], who: str) -> None:
    listed = {each["assessment_id"]: (each["score"], each["spread"]) for each in asks(planted["open"], who)}
    alone = {}
    for desk in planted.values():
        answer = desk.browser(EVERYBODY[who]).request("get", f"/assessments/{desk.assessment}")
        if answer.status_code == 200:
            seen = answer.json()
            alone[desk.assessment] = (seen["score"], seen["spread"]) if seen["scores_open"] else (None, None)
    assert {
        ident: found for ident, found in listed.items() if ident in {d.assessment for d in planted.values()}
    } == alone


QUERIES = [
    *((text, "opened") for text in ("spread>20", "-spread>20", "spread<=20", "score>90", "-score>90", "score=99")),
    *(("", sort) for sort in ("score", "-score", "spread", "-spread", "missing", "due")),
]


def test_answers_are_the_same_where_what_is_sealed_is_not_there(planted: dict[str, Desk], owner: Engine) -> None:
    told: dict[str, list[Any]] = {}

    def answers(who: str) -> list[Any]:
        sight = sight_of(EVERYBODY[who] or CHAIR, date(2030, 1, 1))
        with planted["open"].review.kernel.engine.connect() as connection:
            return [
                find(connection, sight, read_query(query), sort=sort, after=None, limit=500) for query, sort in QUERIES
            ]

    for who in WHO:
        told[who] = answers(who)
    chairs = {"lan", "chair"}
    for names_of, readers in ((("open", "again"), WHO), (("complete",), [w for w in WHO if w not in chairs])):
        idents = [planted[name].assessment for name in names_of]
        with owner.connect() as connection:
            writing = connection.execution_options(schema_translate_map={None: PROJECTION.schema})
            kept = writing.execute(seat.select().where(seat.c.assessment_id.in_(idents))).mappings().all()
            writing.execute(update(seat).where(seat.c.assessment_id.in_(idents)).values(total=None))
            writing.commit()
            try:
                assert {who for who in readers if answers(who) != told[who]} == set()
            finally:
                for row in kept:
                    key = (seat.c.assessment_id == row["assessment_id"]) & (seat.c.slot == row["slot"])
                    writing.execute(update(seat).where(key).values(total=row["total"]))
                writing.commit()


def test_scores_are_compared_and_ordered_for_those_who_may_read_them(planted: dict[str, Desk]) -> None:
    desk = planted["open"]
    assert names(planted, asks(desk, "chair", "spread>20")) == ["moderation"]
    assert names(planted, asks(desk, "chair", "-spread>20")) == ["complete", "concluded"]
    assert names(planted, asks(desk, "unit", "score>=0")) == ["concluded"]
    assert names(planted, asks(desk, "ann", "score>=0")) == ["moderation", "concluded"]
    ordered = names(planted, asks(desk, "chair", sort="-score"))
    assert ordered[:3] == ["concluded", "complete", "moderation"]
    assert sorted(ordered[3:]) == ["again", "open"]


def test_every_field(planted: dict[str, Desk]) -> None:
    desk = planted["open"]
    everything = list(planted)
    cases = {
        "is:open": ["open", "again"],
        "is:waiting": ["open", "moderation", "complete", "again"],
        "is:short": ["open", "again"],
        "is:overdue": [],
        "outcome:advance": ["concluded"],
        "-outcome:advance": ["open", "moderation", "complete", "again"],
        "region:33.27": [],
        "-region:33.27 unit:36.74-disdukcapil programme:36.74-2020 gate:deliver": everything,
        "scorecards<2 is:open": ["open", "again"],
        "missing>=2": ["open", "again"],
        "round=2": ["again"],
        "opened>2026-01-01 ended>2026-01-01": ["concluded"],
        "due<2099-01-01": [],
        "lapor LURAH": everything,
        '"por lu" -100%': everything,
        "100%": [],
    }
    assert {query: names(planted, asks(desk, "lan", query)) for query in cases} == cases
    assert names(planted, asks(desk, "ann", "reviewed-by:me is:open")) == ["open", "again"]
    assert names(planted, asks(desk, "ben", "reviewed-by:me is:open")) == ["again"]
    assert names(planted, asks(desk, "ben", "assigned-to:me is:open")) == ["open", "again"]
    assert names(planted, asks(desk, "lan", "assigned-to:me")) == []


def test_a_due_date_is_found_by_those_who_see_the_place(review: Service) -> None:
    desk = Desk(review).opened().pooled(ANN, BEN)
    desk.does(CHAIR, "assignments", {"reviewers": [ANN.person, BEN.person], "due_on": "2030-01-31"})
    desk.cleared(ANN, BEN).scored(BEN)
    seen = {who: names({"it": desk}, asks(desk, who, "due=2030-01-31")) for who in WHO}
    assert {who for who, found in seen.items() if found} == {"lan", "chair", "auditor", "ann"}


@pytest.mark.parametrize(
    "query", ["rahasia:1", "is:rahasia", "spread>rahasia", "reviewed-by:rahasia", '"rahasia', "a " * 30]
)
def test_a_mistake_is_said_beside_the_box(desk: Desk, query: str) -> None:
    answer = desk.browser(LAN).request("get", "/assessments", params={"q": query})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, ["#/q"])
    assert "rahasia" not in answer.text
    shown = desk.browser(LAN).request("get", "/desk/assessments", params={"q": query}, headers=HTML)
    assert (shown.status_code, 'aria-describedby="f-q-error"' in shown.text) == (422, True)
    for kind in ("xlsx", "csv"):
        assert desk.browser(LAN).request("get", f"/desk/assessments.{kind}", params={"q": query}).status_code == 422
    assert desk.browser(LAN).request("get", "/assessments", params={"sort": "rahasia"}).status_code == 422


def test_the_slider_becomes_a_term_of_the_query(desk: Desk) -> None:
    asked = {"q": "scorecards<4 is:open", "most": "1", "sort": "-missing"}
    answer = desk.browser(LAN).request("get", "/desk/assessments", params=asked, headers=HTML)
    assert answer.headers["Location"] == "/review/desk/assessments?q=is%3Aopen+scorecards%3C%3D1&sort=-missing"
    shown = desk.gets(LAN, "/desk/assessments?q=is%3Aopen+scorecards%3C%3D1").text
    assert 'value="1" list="f-most-marks"' in shown


@pytest.mark.parametrize("sort", ["opened", "-opened", "due", "score", "-spread", "-missing"])
def test_pages_hold_everything_once_in_every_order(planted: dict[str, Desk], sort: str) -> None:
    desk = planted["open"]
    whole, found, cursor = asks(desk, "lan", sort=sort), [], ""
    while True:
        page = (
            desk.browser(LAN).request("get", "/assessments", params={"sort": sort, "limit": 2, "cursor": cursor}).json()
        )
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
        other = desk.browser(LAN).request(
            "get", "/assessments", params={"q": "is:open", "sort": sort, "cursor": cursor}
        )
        assert other.status_code == 400
    assert found == whole


@pytest.fixture(scope="module")
def many(review: Service, owner: Engine) -> int:
    """Put two hundred and fifty assessments of another region into the lists, with hostile titles."""
    begun, number = datetime(2026, 1, 1, tzinfo=UTC), 250
    idents = [f"33.27-{index:032x}" for index in range(number)]
    rows = [
        {
            "assessment_id": ident,
            "region": "33.27",
            "position": index,
            "innovation_id": ident,
            "programme_id": "33.27-2026",
            "unit_id": "33.27-dinkes",
            "submission_no": 1,
            "from_stage": "design",
            "to_stage": "deliver",
            "rubric_id": "00-design-review",
            "rubric_version": 1,
            "panel_size": 3,
            "quorum": 2,
            "status": "concluded" if index % 2 else "open",
            "round_no": 1,
            "outcome": "revise" if index % 2 else None,
            "score": Decimal(50) if index % 2 else None,
            "spread": Decimal(index % 40) if index % 2 else None,
            "opened_at": begun + timedelta(hours=index),
            "ended_at": begun + timedelta(hours=index, days=index % 9) if index % 2 else None,
        }
        for index, ident in enumerate(idents)
    ]
    title = '=HYPERLINK("https://contoh.invalid")'
    with owner.begin() as connection:
        writing = connection.execution_options(schema_translate_map={None: PROJECTION.schema})
        writing.execute(insert(assessment), rows)
        places = [
            {
                "assessment_id": ident,
                "slot": "R1",
                "person": f"p{index // 2 % 12}",
                "state": "assigned",
                "assigned_by": "c",
            }
            | {"due_on": begun.date(), "assigned_at": begun}
            for index, ident in enumerate(idents)
        ]
        writing.execute(insert(seat), places)
        pool = [
            {
                "person": f"p{index}",
                "home_region": "36.03",
                "expertise": [],
                "types": [],
                "capacity": 10,
                "active": True,
            }
            for index in range(14)
        ]
        writing.execute(insert(reviewer), pool)
    with owner.begin() as connection:
        about = {"unit_id": "33.27-dinkes", "programme_id": "33.27-2026", "sector": "health", "types": [], "team": []}
        connection.execution_options(schema_translate_map={None: DOSSIER.schema}).execute(
            insert(innovation), [{"innovation_id": ident, "title": title, **about} for ident in idents]
        )
    return number


def test_the_number_of_queries_does_not_grow(planted: dict[str, Desk], many: int) -> None:
    desk = planted["open"]
    paths = {
        "/desk/assessments": 2,
        "/desk/assessments?q=is:open+hyperlink&sort=-missing": 2,
        "/assessments?limit=500": 2,
        "/desk/home": 3,
        "/desk/regions": 3,
        "/desk/assessments.csv": 2,
        # Three hundreds of one region, and the one of the other.
        "/desk/assessments.xlsx": 6,
        "/results?q=region:33.27&limit=100": 3,
    }
    for path in paths:
        desk.gets(LAN, path)
    counted = {}
    for path in paths:
        with counting(desk.review.kernel.engine) as count:
            desk.gets(LAN, path)
            counted[path] = count()
    assert counted == paths | {"/desk/assessments.xlsx": counted["/desk/assessments.xlsx"]}
    assert counted["/desk/assessments.xlsx"] <= 6
    assert len(asks(desk, "lan", "region:33.27")) == many


def test_the_board_counts_each_region_for_those_who_look_after_it(planted: dict[str, Desk], many: int) -> None:
    desk = planted["open"]

    def counted(actor: Actor) -> list[tuple[Any, ...]]:
        with desk.review.kernel.engine.connect() as connection:
            return [astuple(row) for row in progress(connection, sight_of(actor, date(2030, 1, 1)))]

    shown = {who: desk.gets(EVERYBODY[who], "/desk/regions?sort=-short").text for who in WHO}
    other = (125, 125, 125, 0, 0, 125, Decimal("4.0"))
    assert counted(OTHER_CHAIR) == [("33.27", *other), (None, *other)]
    assert [row[0] for row in counted(LAN)] == ["33.27", "36.74", None]
    assert [row[0] for row in counted(UNIT)] == [None]
    link = "/review/desk/assessments?q=is%3Aoverdue+region%3A33.27"
    assert {who for who, text in shown.items() if link in text} == {"lan", "other chair", "auditor"}
    assert {who for who, text in shown.items() if 'id="load"' in text} == {"lan"}
    (load,) = re.findall(r"<tbody>(.*?)</tbody>", shown["lan"].partition('id="load"')[2], re.DOTALL)
    steps = re.sub(r"<[^>]+>|\s+", " ", load).split()
    assert (steps[::2], steps[-1]) == (["0", "1–3", "4–6", "7–9", "10–12"], "12")
    assert sum(map(int, steps[1::2])) == 17


def test_files_hold_hostile_titles_as_texts_and_what_is_open_only(planted: dict[str, Desk], many: int) -> None:
    desk = planted["open"]
    book = load_workbook(io.BytesIO(desk.gets(LAN, "/desk/assessments.xlsx?q=region:33.27").content))
    page = book.worksheets[0]
    assert (page.max_row, {cell.data_type for cell in page["B"]}) == (many + 1, {"s"})
    text = desk.gets(LAN, "/desk/assessments.csv?q=region:33.27").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {row[1] for row in rows[1:]} == {'\'=HYPERLINK("https://contoh.invalid")'}

    def cards(actor: Actor) -> set[tuple[str, str]]:
        content = desk.gets(actor, "/desk/assessments.xlsx?q=region:36.74").content
        sheet = load_workbook(io.BytesIO(content)).worksheets[1]
        known = {each.assessment: name for name, each in planted.items()}
        found = [[cell.value for cell in row[:2]] for row in sheet.iter_rows(min_row=2)]
        return {(known[str(row[0])], str(row[1])) for row in found if row[0] in known}

    both = {(name, slot) for name in ("moderation", "concluded") for slot in ("R1", "R2")}
    assert cards(UNIT) == {("concluded", "R1"), ("concluded", "R2")}
    assert cards(ANN) == both | {(name, "R1") for name in planted}
    assert cards(CHAIR) == both | {(name, slot) for name in ("complete", "again") for slot in ("R1", "R2")}
    results = desk.browser(UNIT).request("get", "/results", params={"q": "score>0"}).json()["items"]
    assert [
        len(each["marks"]) for each in results if each["assessment"]["assessment_id"] == planted["concluded"].assessment
    ] == [8]


@pytest.mark.parametrize(
    ("who", "place"), [("ann", "/desk/tasks"), *((who, "/desk/home") for who in ("lan", "chair", "unit"))]
)
def test_everybody_begins_with_what_they_have_to_do(desk: Desk, who: str, place: str) -> None:
    answer = desk.browser(EVERYBODY[who]).request("get", "/", headers=HTML)
    assert answer.headers["Location"] == f"/review{place}"
    assert desk.gets(CAT, "/desk/home").status_code == 200
