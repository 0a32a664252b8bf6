"""Copying an innovation: its public words begin the proposal, what was shown since display begins the sections."""

import re
from html import unescape
from typing import Any

import pytest

from tests.services.submission.laboratory import DIAGNOSIS, DISPLAY, Laboratory, ok
from tests.services.submission.signed_in import Running
from tests.services.submission.test_festivals import launch
from tests.services.submission.test_pages import page, refused, sent
from tests.support import counting


class Copying:
    """A city with an innovation on display, and another city that learns from it."""

    def __init__(self, running: Running) -> None:
        self.origin, self.here = Laboratory(running, "52.01"), Laboratory(running, "52.02")
        self.original = launch(self.origin, title="Akta <b>Kilat</b>", meaning="Kenari")
        at, by = f"/innovations/{self.original}", self.origin.member
        self.before = self.copy(running)
        ok(by.post(f"{at}/milestones/m1/done", {"done_on": "2020-06-01"}))
        measured = {"indicator_id": "i2", "value": 1, "measured_on": "2020-09-01", "source": "Loket"}
        ok(by.post(f"{at}/measurements", measured))
        ok(by.put(f"{at}/evidence", {"evidence": "Foto"}))
        ok(by.post(f"{at}/stage", {"on": "2020-09-10"}))
        ok(by.put(f"{at}/display", DISPLAY))

    def copy(self, running: Running) -> dict[str, Any]:
        """Give what the form of a design offered while the original was not on display yet, and the id of the copy."""
        ident = self.here.propose(channel="replication", adapted_from=self.original, proposed_on="2020-04-02")
        return {"id": ident, "design": page(self.here.member, f"/desk/innovations/{ident}/design")}


@pytest.fixture(scope="module")
def copying(submission: Running) -> Copying:
    return Copying(submission)


def values(text: str) -> dict[str, str]:
    """Give what a page's form shows filled in: texts, dates, long texts, choices."""
    found = {
        name: value for value, name in re.findall(r'<input class="input[^>]* value="([^"]*)"[^>]* name="([^"]+)"', text)
    }
    found |= {
        name: value.strip()
        for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    }
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: unescape(value) for name, value in found.items() if value}


def test_a_proposal_begins_with_the_public_words_of_the_original(copying: Copying) -> None:
    shown = page(copying.here.member, f"/desk/innovations/new?adapted_from={copying.original}")
    found = values(shown)
    assert found.pop("title").startswith("Akta <b>Kilat</b> (")
    del found["proposed_on"]
    assert found == {
        "meaning": "Kenari",
        "idea": "Petugas rumah sakit mengirim data kelahiran sendiri.",
        "sector": "civil-registration",
        "channel": "replication",
        "adapted_from": copying.original,
        "programme_id": copying.here.programme,
        "unit_id": copying.here.unit,
    }
    assert "<b>Kilat" not in shown
    form = found | {"title": "Akta Kita", "initiator": "unit", "proposed_on": "2020-05-01"}
    at = sent(copying.here.member.form("/desk/innovations", form))
    recorded = copying.here.member.get(at.removeprefix("/desk")).json()["proposed"]
    assert (recorded["adapted_from"], recorded["channel"]) == (copying.original, "replication")
    assert f'/innovations/{copying.original}">' in page(copying.here.member, at)


@pytest.mark.parametrize("ident", ["52.01-unknown", "nonsense", "52.01-" + "x" * 300])
def test_an_original_that_cannot_be_adapted_is_said_beside_the_field(copying: Copying, ident: str) -> None:
    shown = page(copying.here.member, f"/desk/innovations/new?adapted_from={ident}")
    assert 'id="f-adapted_from-error"' in shown
    assert values(shown).keys() == {"adapted_from", "programme_id", "unit_id", "proposed_on"}


def test_a_withdrawn_original_offers_nothing(copying: Copying) -> None:
    ident = copying.origin.propose(title="Ditarik kenari-8")
    ok(copying.origin.member.post(f"/innovations/{ident}/withdraw", {"reason": "x", "on": "2020-05-01"}))
    shown = page(copying.here.member, f"/desk/innovations/new?adapted_from={ident}")
    assert "kenari-8" not in shown
    assert 'id="f-adapted_from-error"' in shown


def test_the_sections_begin_with_what_is_public_since_display_until_something_is_saved(
    submission: Running, copying: Copying
) -> None:
    assert "Formulir daring" not in copying.before["design"]
    at, by = f"/desk/innovations/{copying.before['id']}", copying.here.member
    with counting(submission.kernel.engine) as so_far:
        shown = page(by, f"{at}/design")
        assert so_far() <= 4
    found = values(shown)
    assert {name: found[name] for name in found if name.split("/")[0] in ("design", "resources", "milestones")} == {
        "design": "Formulir daring bagi rumah sakit.",
        "resources": "Tanpa biaya",
        "milestones/0/title": "Perjanjian",
        # As long after this proposal (2 April) as the original's was after its own (2 March).
        "milestones/0/due_on": "2020-06-01",
    }
    first = {name.rpartition("/")[2]: value for name, value in found.items() if name.startswith("indicators/1/")}
    assert first == {
        "name": "Lama menunggu akta",
        "kind": "outcome",
        "dimension": "faster",
        "target": "1.5",
        "unit_of_measure": "hari",
        "due_on": "2020-10-02",
    }
    assert "Keputusan Kepala Dinas" not in shown
    assert f"/innovations/{copying.original}" in shown
    found = values(page(by, f"{at}/diagnosis"))
    assert found == {name: DIAGNOSIS[name] for name in ("problem", "root_causes", "simple_solution")}
    assert by.get(at.removeprefix("/desk")).json()["design"] is None
    sent(by.form(f"{at}/diagnosis", {"problem": "Masalah kita"}))
    assert values(page(by, f"{at}/diagnosis")) == {"problem": "Masalah kita"}
    # A refusal keeps what was sent and offers nothing again.
    answer = by.form(f"{at}/design", {"design": "Rancangan kita", "form": "governance", "milestones/0/title": "A"})
    assert len(refused(answer)) == 1
    assert "Formulir daring" not in answer.text
