"""Gates choose among the rubrics that review has published, and what waits already keeps its own."""

import json
from typing import Any

import pytest

from services.submission.domain.events import StageSubmitted
from services.submission.domain.innovation import INNOVATION
from services.submission.read_models import RUBRICS
from shared.domain import region_of
from shared.event_log import Head
from shared.incoming import Received, received
from shared.sources import PAGE, Page
from tests.services.submission.laboratory import Laboratory, ok
from tests.services.submission.signed_in import Running
from tests.services.submission.test_pages import page, sent
from tests.services.submission.test_reactions import Review, consumer


class National:
    """The national log of review, as its feed would give it."""

    name = "review"

    def __init__(self, *rubrics: tuple[str, int, str]) -> None:
        self.events = [received(json.loads(json.dumps(_published(n, *each)))) for n, each in enumerate(rubrics, 1)]

    def heads(self) -> list[Head]:
        """Give where the log ends."""
        last = self.events[-1]
        return [Head(region="00", epoch=1, position=last.position, leaf_hash=last.leaf_hash)]

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position."""
        return Page(epoch=1, events=self.all()[after : after + limit])

    def all(self) -> list[Received]:
        """Give the whole log."""
        return self.events


def _published(number: int, rubric_id: str, version: int, title: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"00000000-0000-4000-9000-{number:012x}",
        "source": "/review/00",
        "type": "id.labinov.rubric.published.v1",
        "subject": f"rubric/{rubric_id}",
        "time": "2020-01-01T02:00:00.000000Z",
        "datacontenttype": "application/json",
        "partitionkey": "00",
        "streamversion": version,
        "epoch": 1,
        "actor": "labinov",
        "correlationid": "c1",
        "datahash": "00" * 32,
        "sequence": f"{number:020d}",
        "data": {
            "rubric_id": rubric_id,
            "version": version,
            "title": title,
            "purpose": "Menilai",
            "source": "LAN",
            "criteria": [],
        },
    }


@pytest.fixture(scope="module")
def told(submission: Running) -> None:
    """Submission once review's national log was read."""
    national = National(
        ("00-design-review", 1, "Telaah rancangan"),
        ("00-kipp", 1, "Format KIPP"),
        ("00-kipp", 2, "Format KIPP 2027"),
    )
    submission.kernel.consumer(RUBRICS.name, national, RUBRICS).catch_up_all()


def rows(*chosen: str) -> dict[str, str]:
    """Give the fields of the gates' form, one choice a transition."""
    stages = ["drum-up", "diagnose", "design", "deliver", "display"]
    fields: dict[str, str] = {}
    for n, rubric in enumerate(chosen):
        row = {
            "from_stage": stages[n],
            "to_stage": stages[n + 1],
            "rubric_id": rubric,
            "panel_size": "3",
            "quorum": "2",
        }
        fields |= {f"gates/{n}/{name}": value for name, value in row.items()}
    return fields


def gate(rubric_id: str, version: int) -> dict[str, Any]:
    return {"from_stage": "design", "to_stage": "deliver", "rubric_id": rubric_id, "rubric_version": version}


def options(text: str) -> list[str]:
    """Give what the first choice of the form offers, without the empty one."""
    choice = text.partition('name="gates/0/rubric_id"')[2].partition("</select>")[0]
    return [each.partition('"')[0] for each in choice.split('<option value="')[2:]]


def test_before_review_was_heard_of_the_defaults_are_offered(submission: Running) -> None:
    laboratory = Laboratory(submission, "34.01")
    form = page(laboratory.coordinator, f"/desk/programmes/{laboratory.programme}/gates")
    assert options(form) == ["00-design-review/1", "00-results-review/1"]
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": [gate("00-kota", 1)]}))


def test_a_gate_takes_a_published_version(submission: Running, told: None) -> None:
    laboratory = Laboratory(submission, "34.02")
    by, at = laboratory.coordinator, f"/desk/programmes/{laboratory.programme}"
    assert options(page(by, f"{at}/gates")) == ["00-kipp/1", "00-kipp/2", "00-design-review/1"]
    sent(by.form(f"{at}/gates", rows("", "", "00-kipp/1", "")))
    assert "Format KIPP · " in page(by, at)
    answer = by.form(f"{at}/gates", rows("", "", "00-kipp/9", "00-kipp/2"))
    assert answer.status_code == 422
    assert [each.partition('"')[0] for each in answer.text.split('href="#f-')[1:]] == ["gates-2-rubric_id"]
    assert answer.text.count(" selected>") == 2
    refused = by.post(f"/programmes/{laboratory.programme}/gates", {"gates": [gate("00-kota", 1)]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/gates/0/rubric_id")


def test_what_waits_at_a_gate_keeps_the_rubric_it_was_submitted_with(submission: Running, told: None) -> None:
    laboratory, review = Laboratory(submission, "34.03"), Review("34.03")
    ident = laboratory.to_design_gate()
    before = submission.kernel.commands.state(INNOVATION, ident)
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": [gate("00-kipp", 2)]}))
    assert submission.kernel.commands.state(INNOVATION, ident) == before
    assert _submitted_with(submission, ident) == [("00-design-review", 1)]
    review.conclude(ident, 1, "revise", "2020-04-20")
    consumer(submission, review).catch_up("34.03")
    ok(laboratory.member.post(f"/innovations/{ident}/stage", {"on": "2020-04-25"}))
    assert _submitted_with(submission, ident) == [("00-design-review", 1), ("00-kipp", 2)]


def _submitted_with(submission: Running, ident: str) -> list[tuple[str, int]]:
    stream = INNOVATION.stream(ident)
    events = submission.kernel.log.load(region_of(ident), [stream]).streams[stream]
    return [(each.rubric_id, each.rubric_version) for each in events if isinstance(each, StageSubmitted)]
