"""The lock files are those of pyproject.toml, whole, and name no place that packages come from."""

from deploy.lock import LOCKS, digest, faults


def test_the_lock_files_are_in_step() -> None:
    assert faults() == []


def test_what_is_asked_for_changes_the_digest() -> None:
    assert len({digest(extras) for extras in LOCKS.values()}) == len(LOCKS)
