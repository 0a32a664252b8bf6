"""The sections of `labinov status` that need nothing to be running."""

from pathlib import Path

from deploy.commands import progress
from deploy.embedded.state import State
from shared.seals import ServiceSeals


def test_a_log_that_is_not_sealed_and_witnesses_that_are_missing_are_shown(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert progress.alarms(state) == []
    review = ServiceSeals(tmp_path / "seals" / "review")
    review.raise_alarm("33.27", {"reason": "Rollback", "detail": "position 4", "since": "2026-11-22T01:00:00Z"})
    review.raise_alarm(None, {"reason": "TooFewWitnesses", "detail": "1 of 2", "since": "2026-11-22T02:00:00Z"})
    assert progress.alarms(state) == [
        {"log": "review", "reason": "TooFewWitnesses", "detail": "1 of 2", "since": "2026-11-22T02:00:00Z"},
        {"log": "review/33.27", "reason": "Rollback", "detail": "position 4", "since": "2026-11-22T01:00:00Z"},
    ]
    review.clear_alarm(None)
    review.clear_alarm("33.27")
    assert progress.alarms(state) == []
