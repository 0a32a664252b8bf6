"""Whether innovations still run: the sweep asks, on a day passed in; units answer; civil servants are counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.submission.desk.running import SYSTEM, ask_due, chore
from services.submission.domain.innovation_commands import ANSWER_DAYS, CONFIRMATION_DAYS
from services.submission.read_models import silent_since
from tests.services.submission.laboratory import Laboratory, ok
from tests.services.submission.signed_in import Running, member
from tests.services.submission.test_festivals import at_fault, faults, launch
from tests.services.submission.test_pages import page, sent
from tests.support import counting

LAUNCHED = date(2020, 6, 1)
DUE = LAUNCHED + timedelta(days=CONFIRMATION_DAYS)
HALF = timedelta(days=CONFIRMATION_DAYS)


class Silence:
    """Two launched innovations of one unit, and one that is only an idea."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.laboratory = Laboratory(running, "51.01")
        self.first = launch(self.laboratory, title="Akta Kilat")
        self.second = launch(self.laboratory, title="Antar Obat")
        self.idea = self.laboratory.propose(title="Baru Ide")

    def ask(self, on: date, at_once: int = 100) -> int:
        """Ask as the sweep does on that day; give how many were asked about."""
        kernel, models = self._running.kernel, self._running.service.models
        assert models is not None
        models.catch_up()
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return ask_due(kernel.commands, kernel.engine, on=on, at=at, at_once=at_once)

    def asked_on(self, ident: str) -> str | None:
        """Give the day on which the unit was last asked about an innovation."""
        found: str | None = self.laboratory.member.get(f"/innovations/{ident}").json()["asked_on"]
        return found


@pytest.fixture(scope="module")
def silence(submission: Running) -> Silence:
    return Silence(submission)


def test_the_sweep_asks_what_is_due_once_and_not_more_than_it_may(submission: Running, silence: Silence) -> None:
    by = silence.laboratory.member
    assert silence.ask(DUE - timedelta(days=1)) == 0
    assert [silence.ask(DUE, at_once=1) for _ in range(3)] == [1, 1, 0]
    assert [silence.asked_on(each) for each in (silence.first, silence.second, silence.idea)] == [
        DUE.isoformat(),
        DUE.isoformat(),
        None,
    ]
    recorded = submission.kernel.log.stream("51.01", f"innovation/{silence.first}")[-1]
    assert recorded.type == "innovation.confirmation-asked"
    assert f'"actor":"{SYSTEM}"'.encode() in recorded.leaf
    # Two sweeps that found the same: the second is told that the question is put.
    assert ask_due(submission.kernel.commands, submission.kernel.engine, on=DUE, at=datetime.now(UTC)) == 0

    shown = page(by, "/")
    assert shown.count('/running"') == 2
    assert f'action="/submission/desk/innovations/{silence.first}/running"' in page(
        by, f"/desk/innovations/{silence.first}"
    )
    assert '/running"' in page(silence.laboratory.coordinator, "/")
    colleague = submission.as_(member("51.01-lain"))
    assert '/running"' not in page(colleague, f"/desk/innovations/{silence.first}")

    # A measurement answers too, though an older one is recorded after it; neither of the two is asked about so soon.
    measured = {"indicator_id": "i2", "value": 1, "source": "Loket"}
    for day in (DUE + timedelta(days=9), DUE - timedelta(days=9)):
        assert page(by, "/").count('/running"') == (2 if day > DUE else 1)
        ok(by.post(f"/innovations/{silence.first}/measurements", measured | {"measured_on": day.isoformat()}))
    answered = (DUE + timedelta(days=3)).isoformat()
    assert sent(by.form(f"/desk/innovations/{silence.second}/running", {"on": answered, "_back": "home"})) == "/"
    assert page(by, "/").count('/running"') == 0
    assert silence.ask(DUE + HALF + timedelta(days=2)) == 0
    assert silence.ask(DUE + HALF + timedelta(days=3)) == 1
    assert silence.asked_on(silence.second) == (DUE + HALF + timedelta(days=3)).isoformat()
    assert silence.ask(DUE + HALF + timedelta(days=9)) == 1
    ok(by.post(f"/innovations/{silence.first}/retire", {"reason": "x", "on": "2022-01-01"}))
    ok(by.post(f"/innovations/{silence.second}/withdraw", {"reason": "x", "on": "2022-01-01"}))
    assert silence.ask(DUE + 5 * HALF) == 0
    assert '/running"' not in page(by, "/")


def test_the_question_says_when_an_answer_is_due_and_the_list_knows_it(submission: Running, silence: Silence) -> None:
    by = silence.laboratory.member
    third = launch(silence.laboratory, title="Ketiga")
    silence.ask(DUE)
    recorded = submission.kernel.log.stream("51.01", f"innovation/{third}")[-1]
    assert recorded.payload is not None
    assert f'"due_on":"{(DUE + timedelta(days=ANSWER_DAYS)).isoformat()}"'.encode() in recorded.payload
    ok(by.post(f"/innovations/{third}/running", {"on": "2021-01-05"}))
    assert faults(by.post(f"/innovations/{silence.idea}/running", {"on": "2021-01-05"})) == ["nothing-runs"]
    assert faults(by.post(f"/innovations/{third}/running", {"on": "2020-01-05"})) == ["dates-reversed", "#/on"]
    stranger = submission.as_(member("51.01-lain"))
    assert stranger.post(f"/innovations/{third}/running", {"on": "2021-01-06"}).status_code == 403
    stranger = submission.as_(member("51.02-lain"))
    assert stranger.post(f"/innovations/{third}/running", {"on": "2021-01-06"}).status_code == 404
    items = {each["innovation_id"]: each for each in by.get("/innovations?region=51.01").json()["items"]}
    assert (items[third]["asked_on"], items[third]["confirmed_on"]) == (DUE.isoformat(), "2021-01-05")
    # What the sweep finds is one question, however much there is.
    with counting(submission.kernel.engine) as so_far, submission.kernel.engine.connect() as connection:
        assert third in silent_since(connection, date(2021, 1, 5), limit=100)
        assert so_far() == 1


def test_the_chore_looks_when_it_starts_and_then_rests(submission: Running, silence: Silence) -> None:
    ask = chore(submission.kernel.commands, submission.kernel.engine)
    with counting(submission.kernel.engine) as so_far:
        ask()
        looked = so_far()
        ask()
        assert (looked > 0, so_far()) == (True, looked)


def test_a_unit_is_counted_by_api_and_by_form(silence: Silence) -> None:
    laboratory = silence.laboratory
    at, count = f"/units/{laboratory.unit}", {"civil_servants": 84, "counted_on": "2020-03-01", "source": "BKPSDM"}
    ok(laboratory.coordinator.post(f"{at}/staff", count))
    assert laboratory.coordinator.get(at).json()["staff"] == count | {"unit_id": laboratory.unit}
    assert laboratory.member.post(f"{at}/staff", count).status_code == 403
    form = f"/desk{at}/staff"
    wrong = count | {"civil_servants": "-1", "source": ""}
    assert at_fault(laboratory.coordinator.form(form, wrong)) == ["f-source"]
    assert at_fault(laboratory.coordinator.form(form, count | {"civil_servants": "-1"})) == ["f-civil_servants"]
    assert sent(laboratory.coordinator.form(form, count | {"civil_servants": "86"})) == f"/desk{at}"
    assert 'value="86"' in page(laboratory.coordinator, f"/desk{at}")
    [unit] = laboratory.coordinator.get("/units?region=51.01").json()["items"]
    assert (unit["civil_servants"], unit["counted_on"]) == (86, "2020-03-01")
