"""The shipped rubrics, and the editor in which LAN writes a version, looks at it and publishes it."""

import re
from decimal import Decimal
from html import unescape
from uuid import uuid4

from httpx import Response as Answer

from services.review.desk.shipped import shipped_rubrics
from services.review.domain.rubric import RUBRIC
from services.review.pages.rubric_form import TEXTS
from shared.auth import Actor
from shared.service import Service
from shared.testing import given
from tests.services.review import examples as ex
from tests.services.review.desk import ANN, BEN, CHAIR, EVERYBODY, LAN, Desk

WEIGHTS = {
    "00-design-review": [1] * 11,
    "00-results-review": [35, 25, 20, 20],
    "00-kipp": [5, 20, 25, 5, 20, 20, 5],
    "00-kovablik": [10, 15, 5, 30, 20, 5, 15],
    "00-kovablik-presentation": [30, 50, 10, 10],
    "00-iga-presentation": [30, 25, 15, 20, 10],
    "00-city-jury": [5, 5, 4, 3, 2, 2],
    "00-iid-2026": [3, 2, 2, 2, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 2, 3, 2, 3, 2, 4],
}


def test_every_shipped_rubric_has_the_weights_of_its_source() -> None:
    shipped = shipped_rubrics(ex.AT)
    assert {each.rubric_id: [int(one.weight) for one in each.criteria] for each in shipped} == WEIGHTS
    assert {each.rubric_id: sum(one.weight * one.maximum for one in each.criteria) for each in shipped} == {
        **dict.fromkeys(WEIGHTS, Decimal(100 * 100)),
        "00-design-review": 22,
        "00-city-jury": 63,
        "00-iid-2026": 111,
    }


def test_the_decider_accepts_every_shipped_rubric() -> None:
    for command in shipped_rubrics(ex.AT):
        fields = {name: getattr(command, name) for name in ex.RUBRIC.__dataclass_fields__}
        given(RUBRIC).when(command).then(type(ex.RUBRIC)(**fields))


def test_shipped_rubrics_are_published_once(review: Service) -> None:
    review.provision()
    review.provision()
    listed = Desk(review).gets(None, "/rubrics").json()
    assert [(each["rubric_id"], each["version"], each["criteria"]) for each in listed] == [
        (ident, 1, len(WEIGHTS[ident])) for ident in sorted(WEIGHTS)
    ]


HEAD = {
    "title": "Lomba kota",
    "rubric_id": "",
    "purpose": "Menilai lomba.",
    "source": "Keputusan wali kota",
    "version": "1",
}


def fields(*rows: dict[str, str], **changes: str) -> dict[str, str]:
    """Give the form as a browser sends it."""
    blank = dict.fromkeys(TEXTS, "") | {"scale": "points"}
    sent = HEAD | {"rows": str(len(rows))} | changes
    return sent | {f"criteria/{n}/{name}": value for n, row in enumerate(rows) for name, value in (blank | row).items()}


NOVELTY = {"name": "Kebaruan", "weight": "2,5"}
IMPACT = {"name": "Dampak", "weight": "7.5", "scale": "anchored", "anchors": "1 = Kecil\n3 = Besar"}
LEGAL = {"name": "Ada dasar hukum?", "weight": "5", "scale": "yes-partly-no", "comment_required": "yes"}


def write(desk: Desk, step: str, sent: dict[str, str], status: int, at: str = "new", actor: Actor = LAN) -> Answer:
    """Take a step in the editor."""
    body = {"_key": uuid4().hex} | sent | {"_step": step}
    answer = desk.browser(actor).request("post", f"/desk/rubrics/{at}", data=body, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text[-3000:]
    return answer


def names(answer: Answer) -> list[str]:
    """Give the names of the criteria in the form, in order."""
    return [unescape(each) for each in re.findall(r'value="([^"]*)" id="f-criteria-\d+-name"', answer.text)]


def test_rows_are_added_moved_and_removed_without_a_script(desk: Desk) -> None:
    sent = fields(NOVELTY, IMPACT, LEGAL)
    steps = {
        "add": ["Kebaruan", "Dampak", "Ada dasar hukum?", ""],
        "up/1": ["Dampak", "Kebaruan", "Ada dasar hukum?"],
        "up/0": ["Kebaruan", "Dampak", "Ada dasar hukum?"],
        "down/0": ["Dampak", "Kebaruan", "Ada dasar hukum?"],
        "down/2": ["Kebaruan", "Dampak", "Ada dasar hukum?"],
        "remove/1": ["Kebaruan", "Ada dasar hukum?"],
        "remove/9": ["Kebaruan", "Dampak", "Ada dasar hukum?"],
    }
    assert {step: names(write(desk, step, sent, 200)) for step in steps} == steps


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(desk: Desk) -> None:
    wrong = fields(
        {"name": "Kebaruan", "weight": "banyak", "minimum": "5", "maximum": "1"},
        {"name": "Kebaruan", "weight": "0", "anchors": "1 Kecil"},
        {"scale": "anchored", "weight": "1", "maximum": "3"},
        title=" ",
        rubric_id="36.74-lomba",
    )
    for step in ("preview", "publish"):
        answer = write(desk, step, wrong, 422)
        assert sorted(re.findall(r'href="#f-([^"]+)"', answer.text.partition('id="rubric"')[0])) == [
            "criteria-0-maximum",
            "criteria-0-weight",
            "criteria-1-anchors",
            "criteria-1-criterion_id",
            "criteria-1-weight",
            "criteria-2-anchors",
            "criteria-2-criterion_id",
            "criteria-2-name",
            "rubric_id",
            "title",
        ]
        assert [text in answer.text for text in ("banyak", "1 Kecil", 'value="36.74-lomba"')] == [True, True, True]
        assert names(answer) == ["Kebaruan", "Kebaruan", ""]
    alone = write(desk, "preview", fields(NOVELTY, rubric_id="36.74-lomba"), 422)
    assert re.findall(r'href="#(f-[^"]+)"', alone.text) == ["f-rubric_id"]
    write(desk, "preview", fields(NOVELTY, rows="61"), 400)
    write(desk, "preview", fields(NOVELTY), 403, actor=CHAIR)


def test_a_version_is_looked_at_then_published_and_running_assessments_keep_theirs(desk: Desk) -> None:
    sent = fields(NOVELTY, IMPACT, LEGAL) | {"_key": uuid4().hex}
    shown = write(desk, "preview", sent, 200).text
    assert [text in shown for text in ("17%", "50%", "33%", "Sebagian")] == [True] * 4
    desk.gets(None, "/rubrics/00-lomba-kota", 404)
    published = write(desk, "publish", sent, 303)
    assert published.headers["location"] == "/review/desk/rubrics/00-lomba-kota"
    assert write(desk, "publish", sent, 303).headers["location"] == published.headers["location"]
    first = desk.gets(None, "/rubrics/00-lomba-kota").json()
    assert [
        (each["criterion_id"], each["weight"], each["minimum"], each["maximum"], len(each["anchors"]))
        for each in first["criteria"]
    ] == [("kebaruan", "2.5", "0", "100", 0), ("dampak", "7.5", "1", "3", 2), ("ada-dasar-hukum", "5", "0", "2", 3)]
    again = write(desk, "publish", fields(NOVELTY), 422)
    assert re.findall(r'href="#(f-[^"]+)"', again.text) == ["f-rubric_id"]


def test_the_next_version_begins_as_the_latest_and_touches_nothing_that_runs(desk: Desk) -> None:
    at = "00-results-review/edit"
    desk.ready()
    begun = desk.browser(LAN).request("get", f"/desk/rubrics/{at}").text
    assert names(Answer(200, text=begun)) == ["Manfaat", "Bukti", "Keberlanjutan", "Kemudahan ditiru"]
    sent = fields(NOVELTY, version="2")
    write(desk, "publish", sent, 303, at)
    late = write(desk, "publish", sent, 422, at)
    assert re.findall(r'name="version" value="(\d+)"', late.text) == ["3"]
    write(desk, "preview", sent, 404, "00-none/edit")
    page = desk.gets(None, "/desk/rubrics/00-results-review").text
    assert re.findall(r"\?version=(\d+)", page) == ["1"]
    desk.scored(ANN, BEN)
    assert desk.looks(CHAIR)["status"] == "complete"
    assert desk.gets(None, "/rubrics/00-results-review").json()["version"] == 2


def test_the_editor_is_for_lan(desk: Desk) -> None:
    paths = ("/desk/rubrics/new", "/desk/rubrics/00-kipp/edit")
    expected = {who: 200 if who == "lan" else 303 if who == "nobody" else 403 for who in EVERYBODY}
    for path in paths:
        looked = {
            who: desk.browser(actor).request("get", path, headers={"Accept": "text/html"}).status_code
            for who, actor in EVERYBODY.items()
        }
        assert looked == expected
    links = [f'href="/review{path}"' in desk.gets(LAN, path.rpartition("/")[0]).text for path in paths]
    assert links == [True, True]
    assert "/edit" not in desk.gets(CHAIR, "/desk/rubrics/00-kipp").text
