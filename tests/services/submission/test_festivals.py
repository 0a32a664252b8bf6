"""Festivals over HTTP and by forms: who may decide what, what may be shown, and how many queries it takes."""

import re
from typing import Any

import httpx
import pytest

from shared.auth import Actor
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, Laboratory, ok
from tests.services.submission.signed_in import Running, SignedIn, auditor, coordinator, member, reviewer
from tests.services.submission.test_pages import page, sent
from tests.support import counting

WORDS = {
    "title": "Festival Inovasi",
    "about": "Pameran dan penghargaan",
    "starts_on": "2020-12-20",
    "ends_on": "2020-12-21",
    "venue": "Balaikota",
}
SLOT = {"on": "2020-12-20", "begins": "09:00", "ends": "10:30", "title": "Pembukaan", "place": "Aula"}
TOP = {"grounds": "Paling bermanfaat", "on": "2020-12-21"}


def announce(by: SignedIn, region: str, edition: str = "2020", **more: Any) -> str:
    """Announce a festival; give its id."""
    return str(ok(by.post("/festivals", WORDS | {"region": region, "edition": edition} | more))["id"])


def launch(laboratory: Laboratory, **changes: Any) -> str:
    """Bring an innovation to its launch, without gates; give its id."""
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": []}))
    ident = laboratory.propose(**changes)
    at, by = f"/innovations/{ident}", laboratory.member
    ok(by.post(f"{at}/stage", {"on": "2020-03-05"}))
    ok(by.put(f"{at}/diagnosis", DIAGNOSIS))
    ok(by.post(f"{at}/stage", {"on": "2020-03-20"}))
    ok(by.put(f"{at}/design", DESIGN))
    ok(by.post(f"{at}/stage", {"on": "2020-04-10"}))
    ok(by.post(f"{at}/launch", {"launched_on": "2020-06-01"}))
    return ident


def faults(answer: httpx.Response) -> list[str]:
    """Give the kind of a refusal, then the fields that it names."""
    problem = answer.json()
    return [problem["type"].rpartition(":")[2], *(each["pointer"] for each in problem["errors"])]


def at_fault(answer: httpx.Response) -> list[str]:
    """Give the ids of the fields to which the summary of a refused form leads; each must be there."""
    assert answer.status_code == 422
    found = re.search(r'<div class="error-summary".*?</div>', answer.text, re.DOTALL)
    assert found is not None
    fields = re.findall(r'href="#([^"]+)"', found.group(0))
    assert [each for each in fields if f'id="{each}"' not in answer.text] == []
    return fields


class Fair:
    """A city with two innovations that are launched and one that is not, in a province with another city."""

    def __init__(self, running: Running) -> None:
        self.laboratory = Laboratory(running, "17.71")
        self.first = launch(self.laboratory, title="Akta Kilat")
        self.second = launch(self.laboratory, title="<i>Antar</i> Obat")
        self.idea = self.laboratory.propose(title="Baru Ide")
        self.neighbour = Laboratory(running, "17.01")
        self.theirs = launch(self.neighbour, title="Padi Cerdas")


@pytest.fixture(scope="module")
def fair(submission: Running) -> Fair:
    return Fair(submission)


def test_a_city_announces_fills_changes_and_cancels_its_festival(fair: Fair) -> None:
    by = fair.laboratory.coordinator
    ident = announce(by, "17.71", programme_id=fair.laboratory.programme)
    at = f"/festivals/{ident}"
    assert faults(by.post("/festivals", WORDS | {"region": "17.71", "edition": "2020"})) == [
        "festival-exists",
        "#/edition",
    ]
    assert faults(by.put(f"{at}/innovations", {"innovation_ids": [fair.first, fair.idea, fair.theirs]})) == [
        "several",
        "#/innovation_ids/1",
        "#/innovation_ids/2",
    ]
    ok(by.put(f"{at}/innovations", {"innovation_ids": [fair.second, fair.first]}))
    slots = [SLOT | {"begins": "11:00", "ends": "12:00", "innovation_id": fair.first}, SLOT]
    ok(by.put(f"{at}/schedule", {"slots": slots}))
    for hour in ("9", "09:00:00", "09:00Z", "25:00", 9):
        assert by.put(f"{at}/schedule", {"slots": [SLOT | {"begins": hour}]}).status_code == 422
    ok(by.put(f"{at}/tops/display", TOP | {"innovation_ids": [fair.second]}))
    ok(by.put(at, WORDS | {"venue": "Alun-alun"}))
    found = by.get(at).json()
    top = {"innovation_ids": [fair.second], "grounds": "Paling bermanfaat", "named_on": "2020-12-21"}
    place = {"title": "Pembukaan", "place": "Aula", "on": "2020-12-20"}
    assert found == WORDS | {
        "festival_id": "17.71-2020",
        "programme_id": "17.71-2020",
        "venue": "Alun-alun",
        "innovation_ids": [fair.second, fair.first],
        "slots": [
            place | {"begins": "09:00:00", "ends": "10:30:00", "innovation_id": None},
            place | {"begins": "11:00:00", "ends": "12:00:00", "innovation_id": fair.first},
        ],
        "tops": {"display": top | {"festival_id": ident, "category": "display"}},
        "cancelled": None,
    }
    [row] = by.get("/festivals?region=17.71").json()["items"]
    assert (row["venue"], row["innovations"], row["slots"], row["cancelled_on"]) == ("Alun-alun", 2, 2, None)
    ok(by.post(f"{at}/cancel", {"reason": "Banjir", "on": "2020-12-19"}))
    assert faults(by.put(f"{at}/innovations", {"innovation_ids": []})) == ["festival-is-cancelled"]
    assert by.get("/festivals?region=17.71").json()["items"][0]["cancelled_on"] == "2020-12-19"


def test_a_province_shows_its_regions_and_the_nation_everybody(submission: Running, fair: Fair) -> None:
    governor = submission.as_(coordinator("17"))
    ident = announce(governor, "17")
    ok(governor.put(f"/festivals/{ident}/innovations", {"innovation_ids": [fair.theirs, fair.first]}))
    elsewhere = launch(Laboratory(submission, "18.71"))
    assert faults(governor.put(f"/festivals/{ident}/innovations", {"innovation_ids": [elsewhere]})) == [
        "not-to-be-shown",
        "#/innovation_ids/0",
    ]
    ident = announce(fair.laboratory.lan, "00", "nasional-2020")
    every = {"innovation_ids": [fair.theirs, elsewhere, fair.first]}
    ok(fair.laboratory.lan.put(f"/festivals/{ident}/innovations", every))
    # A programme of another region, and a region that does not exist, are refused by name.
    body = WORDS | {"region": "17.71", "edition": "x", "programme_id": fair.neighbour.programme}
    assert faults(fair.laboratory.coordinator.post("/festivals", body)) == ["unknown-programme", "#/programme_id"]
    assert faults(fair.laboratory.lan.post("/festivals", WORDS | {"region": "99.99", "edition": "x"})) == [
        "unknown-region",
        "#/region",
    ]


def test_a_festival_is_made_by_forms_alone(fair: Fair) -> None:
    by = fair.laboratory.coordinator
    assert "17.71-2020" in page(by, "/desk/festivals/new")
    at = sent(by.form("/desk/festivals", WORDS | {"region": "17.71", "edition": "2021"}))
    assert at == "/desk/festivals/17.71-2021"
    shown = page(by, f"{at}/innovations?q=antar")
    assert re.findall(r'name="added" value="([^"]+)"', shown) == [fair.second]
    assert "<i>Antar" not in shown
    assert at_fault(by.form(f"{at}/innovations", {"added": [fair.first, fair.idea]})) == ["f-added"]
    sent(by.form(f"{at}/innovations", {"added": [fair.first, fair.second]}))
    # What no page of ours sends is refused or passed over, and never an error of the service.
    assert by.form(f"{at}/schedule", {"slots": "x" * 999}).status_code == 422
    sent(by.form(f"{at}/innovations", {"added": [fair.first, fair.second], "chosen/0/place/x": "1"}))
    rows = {"chosen/0/innovation_id": fair.first, "chosen/1/innovation_id": fair.second}
    sent(by.form(f"{at}/innovations", rows | {"chosen/0/place": "2", "chosen/1/place": "1"}))
    assert by.get("/festivals/17.71-2021").json()["innovation_ids"] == [fair.second, fair.first]
    slots = {f"slots/3/{name}": value for name, value in SLOT.items()}
    assert at_fault(by.form(f"{at}/schedule", slots | {"slots/3/on": "2020-12-25"})) == ["f-slots-0-on"]
    sent(by.form(f"{at}/schedule", slots | {"slots/0/title": "", "slots/3/innovation_id": fair.first}))
    assert 'value="09:00"' in page(by, f"{at}/schedule")
    assert at_fault(by.form(f"{at}/top", TOP | {"category": "display"})) == ["f-innovation_ids"]
    sent(by.form(f"{at}/top", TOP | {"category": "innovation", "innovation_ids/0": fair.first}))
    chosen = f'<option value="{fair.first}" selected>'
    assert chosen in page(by, f"{at}/top?category=innovation")
    assert chosen not in page(by, f"{at}/top?category=display")
    # What stands in the schedule or among the best stays chosen.
    assert at_fault(by.form(f"{at}/innovations", rows | {"chosen/1/place": "1"})) == ["f-innovation_ids"]
    sent(by.form(f"{at}/words", WORDS | {"title": "Festival Lain"}))
    assert "Festival Lain" in page(by, "/desk/festivals")
    sent(by.form(f"{at}/cancel", {"reason": "Banjir besar", "on": "2020-12-19"}))
    shown = page(by, at)
    assert "Banjir besar" in shown
    assert f'href="/submission{at}/' not in shown


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/festivals", WORDS | {"region": "17.01", "edition": "x"}),
    ("PUT", "/festivals/17.01-x", WORDS),
    ("PUT", "/festivals/17.01-x/innovations", {"innovation_ids": []}),
    ("PUT", "/festivals/17.01-x/schedule", {"slots": []}),
    ("PUT", "/festivals/17.01-x/tops/display", TOP | {"innovation_ids": []}),
    ("POST", "/festivals/17.01-x/cancel", {"reason": "x", "on": "2020-12-01"}),
    ("POST", "/units/17.01-disdukcapil/staff", {"civil_servants": 1, "counted_on": "2020-01-01", "source": "x"}),
]
PATHS = [
    "/festivals/17.01-terbatas",
    "/festivals?region=17.01",
    "/desk/festivals/17.01-terbatas",
    "/desk/festivals/17.01-terbatas/top",
]


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (coordinator("17.71"), 404),
        (member("17.71-disdukcapil"), 403),
        (reviewer("17.01"), 403),
        (member("17.01-disdukcapil"), 403),
        (auditor(), 403),
    ],
    ids=["coordinator elsewhere", "member elsewhere", "reviewer", "member", "auditor"],
)
def test_only_who_coordinates_the_region_decides(submission: Running, fair: Fair, actor: Actor, status: int) -> None:
    by = submission.as_(actor)
    assert [by.send(*each).status_code for each in CHANGES] == [status] * len(CHANGES)


def test_outsiders_find_no_festival_and_readers_no_forms(submission: Running, fair: Fair) -> None:
    by = fair.neighbour.coordinator
    by.post("/festivals", WORDS | {"region": "17.01", "edition": "terbatas", "title": "Kenari 4431"})
    elsewhere = submission.as_(coordinator("17.71"))
    answers = [elsewhere.get(each) for each in PATHS]
    assert [each.status_code for each in answers] == [404] * len(PATHS)
    assert not any("Kenari" in each.text for each in (*answers, elsewhere.get("/desk/festivals")))
    reader = submission.as_(auditor())
    assert "/desk/festivals/17.01-terbatas/" not in page(reader, "/desk/festivals/17.01-terbatas")
    assert [submission.as_(None).get(each).status_code for each in PATHS[:2]] == [401, 401]


def test_a_page_takes_the_same_few_queries_however_much_is_chosen(submission: Running, fair: Fair) -> None:
    by = fair.laboratory.coordinator
    at = f"/desk/festivals/{announce(by, '17.71', 'hitung')}"
    found = []
    for choice in ([], [fair.first], [fair.first, fair.second]):
        ok(by.put(f"{at.removeprefix('/desk')}/innovations", {"innovation_ids": choice}))
        page(by, at)
        with counting(submission.kernel.engine) as so_far:
            page(by, at)
            page(by, f"{at}/innovations")
            found.append(so_far())
    assert found == [found[0]] * 3
    with counting(submission.kernel.engine) as so_far:
        ok(by.put(f"{at.removeprefix('/desk')}/innovations", {"innovation_ids": [fair.second, fair.first]}))
        assert so_far() <= 4
