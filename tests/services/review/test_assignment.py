"""Panels assigned many at once: proposed, looked at, applied once; what stands against one does not hold up others."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response as Answer

from services.review.reactions import assessment_id
from shared.auth import Actor, Role
from tests.services.review.desk import CHAIR, LAN, OTHER_CHAIR, UNIT, Desk, new_innovation, proposed, submitted
from tests.services.review.test_pages import errors
from tests.support import counting

HTML = {"Accept": "text/html"}
PEOPLE = tuple(
    Actor(person=str(uuid4()), roles=frozenset({Role.REVIEWER}), name=f"Penilai {letter}") for letter in "ABCDE"
)
A, B, C, D, E = PEOPLE


class Gate:
    """A programme of its own with panels to fill, and a pool that knows different things."""

    def __init__(self, desk: Desk, panels: int = 2, size: int = 2) -> None:
        self.desk = desk
        self.programme = f"36.74-{uuid4().hex[:8]}"
        self.ids = [self.opens(size) for _ in range(panels)]

    def opens(self, size: int) -> str:
        """Have an innovation of the programme submitted to its gate."""
        innovation = self.desk.innovation = new_innovation()
        self.desk.arrives(
            proposed(innovation), submitted(innovation, programme_id=self.programme, panel_size=size, quorum=1)
        )
        return assessment_id(innovation, 1)

    def preview(self, actor: Actor = CHAIR, status: int = 200, **more: Any) -> Any:
        """Ask for a proposal."""
        body = {"region": "36.74", "programme_id": self.programme, "seed": 1, **more}
        return self.desk.sends(actor, "post", "/assignments/preview", body, status).json()

    def apply(self, items: list[dict[str, Any]], actor: Actor = CHAIR, status: int = 200, **more: str) -> Any:
        """Assign."""
        return self.desk.sends(actor, "post", "/assignments", {"items": items}, status, **more).json()

    def form(self, actor: Actor, fields: dict[str, Any], path: str = "", status: int = 200) -> Answer:
        """Send a form of the pages."""
        body = {"_key": uuid4().hex, "region": "36.74", "programme": self.programme, "seed": "1"} | fields
        answer = self.desk.browser(actor).request("post", f"/desk/panels{path}", data=body, headers=HTML)
        assert answer.status_code == status, answer.text[-2000:]
        return answer

    def page(self, actor: Actor, query: str, status: int = 200) -> str:
        """Look."""
        answer = self.desk.browser(actor).request("get", f"/desk/panels{query}", headers=HTML)
        assert answer.status_code == status, answer.text[-2000:]
        return answer.text

    def seats(self, ident: str, actor: Actor = CHAIR) -> list[tuple[str, str, str | None]]:
        """Give the places of a panel: slot, state, person."""
        seen = self.desk.gets(actor, f"/assessments/{ident}").json()
        return [(each["slot"], each["state"], each["person"]) for each in seen["seats"]]


@pytest.fixture
def gate(desk: Desk) -> Iterator[Gate]:
    """Two panels of two, and a pool of three who may sit there, who leave it again."""
    admit(desk, A, expertise=["civil-registration"])
    admit(desk, B)
    admit(desk, C)
    admit(desk, D, home_region="36.74")
    admit(desk, E, capacity=1, active=False)
    yield Gate(desk)
    for each in (*PEOPLE, CHAIR):
        admit(desk, each, active=False)


def admit(desk: Desk, who: Actor, **changes: Any) -> None:
    body = {"home_region": "33.27", "capacity": 500, "name": who.name} | changes
    desk.sends(LAN, "put", f"/reviewers/{who.person}", body, 200)


def people(preview: Any) -> list[list[str]]:
    return [[each["person"] for each in panel["reviewers"]] for panel in preview["items"]]


def items(preview: Any) -> list[dict[str, Any]]:
    return [
        {"assessment_id": each["assessment_id"], "version": each["version"], "reviewers": persons}
        for each, persons in zip(preview["items"], people(preview), strict=True)
    ]


def test_a_proposal_is_applied_and_a_repetition_assigns_nobody_twice(gate: Gate) -> None:
    made = gate.preview()
    assert made == gate.preview()
    assert sorted(each["assessment_id"] for each in made["items"]) == sorted(gate.ids)
    assert [each[0] for each in people(made)] == [A.person, A.person]
    assert made["items"][0]["reviewers"][0] == {"person": A.person, "sector": True, "types": []}
    assert {each[1] for each in people(made)} == {B.person, C.person}
    wanted, key = items(made), uuid4().hex
    first = gate.apply(wanted, Idempotency_Key=key)
    assert [(each["assigned"], each["version"], each["against"]) for each in first["items"]] == [(True, 3, [])] * 2
    assert gate.apply(wanted, Idempotency_Key=key) == first
    for item in wanted:
        assert gate.seats(item["assessment_id"]) == [
            ("R1", "assigned", item["reviewers"][0]),
            ("R2", "assigned", item["reviewers"][1]),
        ]
    assert gate.preview()["items"] == []


def test_a_panel_that_moved_on_is_reported_and_the_others_are_assigned(gate: Gate) -> None:
    wanted = items(gate.preview())
    stale = wanted[0]["assessment_id"]
    gate.desk.sends(CHAIR, "post", f"/assessments/{stale}/assignments", {"reviewers": [C.person]}, 200)
    done = gate.apply(wanted)["items"]
    assert [each["assigned"] for each in done] == [False, True]
    assert [each["person"] for each in done[0]["against"]] == [None]
    assert gate.seats(stale) == [("R1", "assigned", C.person)]


def test_whom_the_chair_took_out_is_not_proposed_again(gate: Gate) -> None:
    first = gate.ids[0]
    choices = [{"assessment_id": first, "kept": [B.person], "declined": [A.person]}]
    made = {each["assessment_id"]: each for each in gate.preview(choices=choices)["items"]}
    assert [each["person"] for each in made[first]["reviewers"]] == [B.person, C.person]
    choices = [{"assessment_id": first, "declined": [A.person, B.person]}]
    made = {each["assessment_id"]: each for each in gate.preview(choices=choices)["items"]}
    assert [(each["person"]) for each in made[first]["reviewers"]] == [C.person]
    assert (made[first]["unfilled"], made[first]["shortage"]) == (1, "barred")


def test_a_proposal_does_not_tell_whom_another_chair_assigned(gate: Gate) -> None:
    before = people(gate.preview(seats=2))
    admit(gate.desk, B, active=False)
    admit(gate.desk, C, active=False)
    first = gate.ids[0]
    gate.desk.sends(LAN, "post", f"/assessments/{first}/assignments", {"reviewers": [A.person]}, 200)
    made = gate.preview(assessments=[first])
    assert (before[0][0], people(made)) == (A.person, [[A.person]])
    assert set(made["items"][0]) == {"assessment_id", "version", "reviewers", "unfilled", "shortage"}
    done = gate.apply(items(made))["items"][0]
    assert (done["assigned"], [each["person"] for each in done["against"]]) == (False, [A.person])
    assert gate.seats(first) == [("R1", "assigned", None)]


def test_nobody_beyond_their_capacity_and_no_word_of_how_many_panels(gate: Gate) -> None:
    for each in (A, B, C):
        admit(gate.desk, each, active=False)
    fresh = [Actor(person=str(uuid4()), roles=frozenset()) for _ in range(3)]
    for each in fresh:
        admit(gate.desk, each, capacity=1, name="Baru")
    made = gate.preview()
    assert sorted(person for panel in people(made) for person in panel) == sorted(each.person for each in fresh)
    assert sorted((each["unfilled"], each["shortage"]) for each in made["items"]) == [(0, None), (1, "unavailable")]
    for each in fresh:
        admit(gate.desk, each, active=False, name="Baru")


def test_another_region_does_not_exist(gate: Gate) -> None:
    gate.preview(OTHER_CHAIR, 404)
    gate.apply([{"assessment_id": gate.ids[0], "reviewers": [A.person]}], OTHER_CHAIR, 404)
    gate.preview(UNIT, 403)
    assert gate.preview(LAN)["items"] != []
    gate.page(OTHER_CHAIR, f"?assessment={gate.ids[0]}", 404)
    gate.page(OTHER_CHAIR, "?region=36.74", 404)
    assert gate.programme not in gate.page(OTHER_CHAIR, "")
    assert gate.programme in gate.page(CHAIR, "")


def test_a_preview_costs_the_same_however_many_panels(gate: Gate) -> None:
    query = f"?region=36.74&programme={gate.programme}"
    asked = []
    for _ in range(2):
        gate.page(CHAIR, query)
        with counting(gate.desk.review.kernel.engine) as count:
            gate.page(CHAIR, query)
            asked.append(count())
        gate.ids += [gate.opens(2) for _ in range(3)]
    assert asked[0] == asked[1]


def offered(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(of/[^"]+)" value="([^"]+)"', text))


def ticked(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, person in re.findall(r'name="(seat/[^"]+)" value="([^"]+)" checked', text):
        found.setdefault(name, []).append(person)
    return found


def test_the_way_of_a_gate_by_forms(gate: Gate) -> None:
    text = gate.page(CHAIR, f"?region=36.74&programme={gate.programme}&gate=display&seed=1")
    of, seats = offered(text), ticked(text)
    assert (len(of), [len(each) for each in seats.values()]) == (2, [2, 2])
    name = f"seat/{gate.ids[0]}"
    less = seats | {name: [each for each in seats[name] if each != A.person]}
    again = gate.form(CHAIR, of | less | {"_step": "again", "due_on": "2031-02-03"}).text
    assert "2031-02-03" in again
    assert set(ticked(again)[name]) == {B.person, C.person}
    late = gate.form(CHAIR, of | less | {"due_on": "2020-01-01", "_key": "kept"}, status=422).text
    assert (errors(late), 'value="kept"' in late, ticked(late)[name]) == (["due_on"], True, less[name])
    assert errors(gate.form(CHAIR, of, status=422).text) == ["reviewers"]
    key = uuid4().hex
    done = gate.form(CHAIR, offered(again) | ticked(again) | {"_key": key}).text
    assert gate.form(CHAIR, offered(again) | ticked(again) | {"_key": key}).text == done
    assert [seat[2] for seat in gate.seats(gate.ids[0])] == ticked(again)[name]


def test_a_reviewer_is_replaced_at_a_new_place_or_not_at_all(gate: Gate) -> None:
    ident = gate.ids[0]
    gate.apply([{"assessment_id": ident, "reviewers": [A.person, B.person]}])
    text = gate.page(CHAIR, f"?assessment={ident}")
    assert [f'value="{each.person}"' in text for each in (C, D)] == [True, False]
    fields = {"assessment": ident, "slot": "R1", "reason": "Lewat tenggat.", "replacement": D.person}
    assert errors(gate.form(CHAIR, fields, "/replacements", 422).text) == ["replacement"]
    assert errors(gate.form(CHAIR, fields | {"replacement": "x"}, "/replacements", 422).text) == ["replacement"]
    assert [seat[1] for seat in gate.seats(ident)] == ["assigned", "assigned"]
    fields |= {"replacement": C.person, "_key": uuid4().hex}
    for _ in range(2):
        gate.form(CHAIR, fields, "/replacements", 303)
    assert gate.seats(ident) == [
        ("R1", "released", A.person),
        ("R2", "assigned", B.person),
        ("R3", "assigned", C.person),
    ]


def test_a_replacement_that_would_come_too_late_is_refused(gate: Gate) -> None:
    ident = gate.ids[0]
    gate.apply([{"assessment_id": ident, "reviewers": [A.person, B.person]}])
    marks = [
        {"criterion_id": each, "score": "80", "comment": "Jelas."}
        for each in ("benefit", "evidence", "sustainability", "replicability")
    ]
    gate.desk.sends(A, "post", f"/assessments/{ident}/declaration", {"conflict": False}, 200)
    gate.desk.sends(A, "post", f"/assessments/{ident}/scorecard", {"marks": marks, "summary": "Layak."}, 200)
    fields = {"assessment": ident, "slot": "R2", "reason": "Lewat tenggat.", "replacement": C.person}
    assert errors(gate.form(CHAIR, fields, "/replacements", 422).text) == ["replacement"]
    gate.form(CHAIR, fields | {"replacement": ""}, "/replacements", 303)
    assert [seat[1] for seat in gate.seats(ident)] == ["scored", "released"]


def test_only_lan_passes_over_a_relation_and_says_why(gate: Gate) -> None:
    ident = gate.ids[0]
    fields = {"assessment": ident, "person": D.person, "reason": ""}
    gate.form(CHAIR, fields, "/overrides", 403)
    assert "/overrides" not in gate.page(CHAIR, f"?assessment={ident}")
    assert "/overrides" in gate.page(LAN, f"?assessment={ident}")
    assert errors(gate.form(LAN, fields, "/overrides", 422).text) == ["reason"]
    gate.form(LAN, fields | {"reason": "Satu-satunya ahli."}, "/overrides", 303)
    assert gate.seats(ident, LAN) == [("R1", "assigned", D.person)]
    assert "Satu-satunya ahli." in gate.page(LAN, f"?assessment={ident}")


def test_whoever_chairs_is_not_proposed(gate: Gate) -> None:
    admit(gate.desk, CHAIR, expertise=["civil-registration"])
    assert CHAIR.person not in {person for panel in people(gate.preview()) for person in panel}
