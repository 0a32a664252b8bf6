"""A whole gate at once, through the API: panels proposed and assigned, scored, and concluded.

A sample of its 175 innovations runs each time; all of them with LABINOV_LONG=1.
"""

import os
from uuid import UUID, uuid4

import pytest

from shared.auth import Actor, Role
from shared.service import Service
from tests.services.review.desk import CHAIR, LAN, Desk, proposed, scorecard, sent, submitted
from tests.support import counting

LONG = os.environ.get("LABINOV_LONG") == "1"
GATE = 175 if LONG else 20
PANEL = 3
REVIEWERS = [
    Actor(person=str(UUID(int=0xE00 + number)), roles=frozenset({Role.REVIEWER}), name=f"Penilai {number}")
    for number in range(30)
]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def gate(review: Service) -> Desk:
    """All innovations of a gate submitted on one day, and a pool of thirty reviewers."""
    desk = Desk(review)
    for each in REVIEWERS:
        body = {"home_region": "33.27", "expertise": ["health"], "capacity": 100, "name": each.name}
        desk.sends(LAN, "put", f"/reviewers/{each.person}", body, 200)
    position = 0
    with review.kernel.engine.begin() as connection:
        for _ in range(GATE):
            innovation = f"36.74-{uuid4().hex}"
            received = []
            for version, event in enumerate((proposed(innovation), submitted(innovation)), start=1):
                position += 1
                received.append(sent(event, stream=f"innovation/{innovation}", version=version, position=position))
            for consumer in review.consumers:
                consumer.effect.apply(connection, received)
    return desk


def queries(desk: Desk, path: str, limit: str) -> int:
    """Give how many statements a list costs the chair."""
    browser = desk.browser(CHAIR)
    browser.request("get", path)
    with counting(desk.review.kernel.engine) as count:
        answer = browser.request("get", f"{path}{'&' if '?' in path else '?'}{limit}")
        assert answer.status_code == 200, answer.text
        return count()


def test_a_gate_is_assigned_scored_and_concluded(gate: Desk) -> None:
    asked = {"region": "36.74", "method": "balanced", "seats": PANEL, "seed": 7}
    chair = gate.browser(CHAIR)
    chair.request("post", "/assignments/preview", json=asked)  # the lists catch up with the log
    with counting(gate.review.kernel.engine) as count:
        found = chair.request("post", "/assignments/preview", json=asked).json()
        assert (len(found["items"]), count()) == (GATE, 8)
    wanted = [
        {
            "assessment_id": each["assessment_id"],
            "version": each["version"],
            "reviewers": [seat["person"] for seat in each["reviewers"]],
        }
        for each in found["items"]
    ]
    done = gate.sends(CHAIR, "post", "/assignments", {"items": wanted}, 200).json()
    assert [each["assigned"] for each in done["items"]] == [True] * GATE
    shares = [sum(person.person in each["reviewers"] for each in wanted) for person in REVIEWERS]
    assert (sum(shares), max(shares) - min(shares) <= 1) == (GATE * PANEL, True)
    people = {each.person: each for each in REVIEWERS}
    for each in wanted:
        for person in each["reviewers"]:
            at = f"/assessments/{each['assessment_id']}"
            gate.sends(people[person], "post", f"{at}/declaration", {"conflict": False}, 200)
            gate.sends(people[person], "post", f"{at}/scorecard", scorecard("80"), 200)
    counts = [queries(gate, "/assessments?region=36.74", f"limit={limit}") for limit in (2, GATE)]
    assert counts[0] == counts[1]
    for first in range(0, GATE, 100):
        outcomes = [
            {"assessment_id": each["assessment_id"], "outcome": "advance", "rationale": "Hasil nyata."}
            for each in wanted[first : first + 100]
        ]
        body = {"determinations": outcomes, "concluded_on": "2020-12-01"}
        ended = gate.sends(CHAIR, "post", "/determinations", body, 200).json()
        assert [each["refused"] for each in ended["items"]] == [None] * len(outcomes)
    assert {gate.gets(CHAIR, f"/assessments/{each['assessment_id']}").json()["status"] for each in wanted} == {
        "concluded"
    }
