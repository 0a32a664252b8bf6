"""What a panel concluded is carried out once, and only while it is awaited."""

import json
from itertools import count
from typing import Any

from services.submission.domain.innovation import INNOVATION
from services.submission.reactions import REACTIONS
from shared.consumer import Consumer
from shared.event_log import Head
from shared.incoming import Received, received
from shared.sources import PAGE, Page
from tests.services.submission.laboratory import Laboratory, ok
from tests.services.submission.signed_in import Running

_numbers = count(1)


class Review:
    """The log of review for one region, as its feed would give it."""

    name = "review"

    def __init__(self, region: str) -> None:
        self.region = region
        self.events: list[dict[str, Any]] = []

    def conclude(self, innovation_id: str, submission_no: int, outcome: str, concluded_on: str) -> None:
        """Record a conclusion."""
        number = next(_numbers)
        assessment_id = f"{self.region}-{number:032x}"
        self.events.append(
            {
                "specversion": "1.0",
                "id": f"00000000-0000-4000-8000-{number:012x}",
                "source": f"/review/{self.region}",
                "type": "id.labinov.assessment.concluded.v1",
                "subject": f"assessment/{assessment_id}",
                "time": "2020-04-20T02:00:00.000000Z",
                "datacontenttype": "application/json",
                "partitionkey": self.region,
                "streamversion": 9,
                "epoch": 1,
                "actor": "5f1d6c1e-0000-5000-8000-000000000007",
                "correlationid": "c1",
                "datahash": "00" * 32,
                "sequence": f"{len(self.events) + 1:020d}",
                "data": {
                    "assessment_id": assessment_id,
                    "innovation_id": innovation_id,
                    "submission_no": submission_no,
                    "from_stage": "design",
                    "to_stage": "deliver",
                    "outcome": outcome,
                    "rationale": "Alasan panel",
                    "required_changes": "Tambah indikator" if outcome == "revise" else "",
                    "score": "80",
                    "spread": "5",
                    "scorecards": 3,
                    "concluded_on": concluded_on,
                },
            }
        )

    def heads(self) -> list[Head]:
        """Give where the log ends."""
        last = self.all()[-1]
        return [Head(region=self.region, epoch=1, position=last.position, leaf_hash=last.leaf_hash)]

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position."""
        return Page(epoch=1, events=self.all()[after : after + limit])

    def all(self) -> list[Received]:
        """Give the whole log."""
        return [received(json.loads(json.dumps(each))) for each in self.events]


def consumer(submission: Running, review: Review) -> Consumer:
    return submission.kernel.consumer(REACTIONS.name, review, REACTIONS.through(submission.kernel.commands))


def test_an_advance_moves_the_innovation_on_and_names_what_caused_it(submission: Running) -> None:
    laboratory, review = Laboratory(submission, "36.01"), Review("36.01")
    ident = laboratory.to_design_gate()
    review.conclude(ident, 1, "advance", "2020-04-20")
    reactions = consumer(submission, review)
    reactions.catch_up("36.01")
    state, version = submission.kernel.commands.state(INNOVATION, ident)
    assert state is not None
    assert (state.stage, state.awaiting, state.since.isoformat()) == ("deliver", None, "2020-04-20")
    last = json.loads(submission.kernel.log.stream("36.01", f"innovation/{ident}")[-1].leaf)
    assert (last["causationid"], last["correlationid"], last["actor"]) == (
        review.events[0]["id"],
        "c1",
        review.events[0]["actor"],
    )
    reactions.deliver("36.01", 1, review.all())
    reactions.catch_up("36.01")
    assert submission.kernel.commands.state(INNOVATION, ident) == (state, version)


def test_a_revision_and_a_refusal_let_it_be_submitted_anew(submission: Running) -> None:
    laboratory, review = Laboratory(submission, "36.02"), Review("36.02")
    ident = laboratory.to_design_gate()
    review.conclude(ident, 1, "revise", "2020-04-20")
    reactions = consumer(submission, review)
    reactions.catch_up("36.02")
    state, _ = submission.kernel.commands.state(INNOVATION, ident)
    assert state is not None
    assert state.returned is not None
    assert (state.stage, state.awaiting, state.returned.required_changes) == ("design", None, "Tambah indikator")
    ok(laboratory.member.post(f"/innovations/{ident}/stage", {"on": "2020-04-25"}))
    review.conclude(ident, 2, "decline", "2020-04-28")
    reactions.catch_up("36.02")
    state, _ = submission.kernel.commands.state(INNOVATION, ident)
    assert state is not None
    assert state.declined is not None
    assert (state.stage, state.awaiting, state.declined.rationale) == ("design", None, "Alasan panel")
    ok(laboratory.member.post(f"/innovations/{ident}/stage", {"on": "2020-05-02"}))
    state, _ = submission.kernel.commands.state(INNOVATION, ident)
    assert state is not None
    assert state.awaiting is not None
    assert state.awaiting.submission_no == 3


def test_a_conclusion_that_nobody_awaits_is_passed_over(submission: Running) -> None:
    laboratory, review = Laboratory(submission, "36.03"), Review("36.03")
    withdrawn, waiting = laboratory.to_design_gate(), laboratory.to_design_gate(title="Kartu Kilat")
    ok(laboratory.member.post(f"/innovations/{withdrawn}/withdraw", {"reason": "Digabung", "on": "2020-04-12"}))
    review.conclude(withdrawn, 1, "advance", "2020-04-20")
    review.conclude("36.03-0000", 1, "advance", "2020-04-20")
    review.conclude(waiting, 7, "advance", "2020-04-20")
    review.conclude(waiting, 1, "advance", "2020-04-21")
    reactions = consumer(submission, review)
    reactions.catch_up("36.03")
    states = [submission.kernel.commands.state(INNOVATION, each)[0] for each in (withdrawn, waiting)]
    assert [(each.stage, each.status) for each in states if each] == [("design", "withdrawn"), ("deliver", "active")]
    assert reactions.checkpoints()["36.03"].position == 4
    with submission.kernel.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM parked").scalar() == 0
