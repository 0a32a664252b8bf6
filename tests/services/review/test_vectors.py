"""The payload of every event type, frozen in a file: a change of shape is seen in a diff, and history stays readable.

A new type gets its file by `python -m tests.services.review.test_vectors`; an existing one is never written anew.
"""

from pathlib import Path

import pytest

from services.review.main import CATALOGUE
from shared.domain import Event
from tests.services.review import examples as ex
from tests.shared import kept

EVENTS = (*ex.EVENTS, *kept.EVENTS)
FOLDER = Path(__file__).parents[2] / "vectors" / "review"


def vector(event: Event) -> Path:
    """Give the file of an event's type in its present version."""
    return FOLDER / f"{event.wire_name}.v{event.schema_version}.json"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.wire_name)
def test_payload(event: Event) -> None:
    frozen = vector(event).read_bytes().removesuffix(b"\n")
    assert CATALOGUE.encode(event) == frozen
    assert CATALOGUE.decode(event.wire_name, event.schema_version, frozen) == event


def test_every_type_and_version_has_a_vector() -> None:
    expected = {
        f"{name}.v{version}.json"
        for name, kind in CATALOGUE.types.items()
        for version in range(1, kind.cls.schema_version + 1)
    }
    assert {path.name for path in FOLDER.iterdir()} == expected


if __name__ == "__main__":
    for each in EVENTS:
        if not vector(each).exists():
            vector(each).write_bytes(CATALOGUE.encode(each) + b"\n")
