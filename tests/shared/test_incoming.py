"""The tolerant reader: only what it needs, older versions lifted, newer ones refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.domain import Event, Visibility, event
from shared.incoming import Handlers, Incoming, Reader, Received, UnknownVersion, Unreadable, parse_batch, reads


@reads("lamp.lit", versions=(1, 2))
class Lit(Incoming):
    """A lamp was lit."""

    lamp_id: str
    lit_on: date
    colours: tuple[str, ...]

    @staticmethod
    def upcast_v1(data: dict[str, Any]) -> dict[str, Any]:
        """Version 1 knew one colour."""
        return {**data, "colours": [data["colour"]]}


@event("lamp.lit", version=2, visibility=Visibility.PUBLIC)
class LampLit(Event):
    """A lamp was lit."""

    lamp_id: str
    colours: tuple[str, ...]

    @staticmethod
    def upcast_v1(data: dict[str, Any]) -> dict[str, Any]:
        """Version 1 knew one colour."""
        return {"lamp_id": data["lamp_id"], "colours": [data["colour"]]}


def arrived(version: int, data: dict[str, Any] | None, kind: str = "lamp.lit") -> Received:
    return Received(
        source="house",
        region="36",
        epoch=1,
        position=1,
        stream="lamp/36-a",
        stream_version=1,
        type=kind,
        version=version,
        event_id="e",
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        actor="a",
        correlation="c",
        data=data,
        wire={},
    )


NEW = {"lamp_id": "36-a", "lit_on": "2026-01-02", "colours": ["red", "green"], "watts": 5}
OLD = {"lamp_id": "36-a", "lit_on": "2026-01-02", "colour": "red"}


def test_only_what_is_needed_is_read() -> None:
    read = Reader(Lit).read(arrived(2, NEW))
    assert read == Lit(lamp_id="36-a", lit_on=date(2026, 1, 2), colours=("red", "green"))


def test_an_older_version_is_lifted() -> None:
    assert Reader(Lit).read(arrived(1, OLD)) == Lit(lamp_id="36-a", lit_on=date(2026, 1, 2), colours=("red",))


def test_a_version_that_is_not_named_is_refused() -> None:
    with pytest.raises(UnknownVersion):
        Reader(Lit).read(arrived(3, NEW))


def test_a_payload_that_lacks_something_is_refused() -> None:
    with pytest.raises(ValueError, match="lit_on"):
        Reader(Lit).read(arrived(2, {"lamp_id": "36-a", "colours": []}))


def test_an_own_event_is_read_in_all_its_versions() -> None:
    own = Reader(LampLit)
    wanted = LampLit(lamp_id="36-a", colours=("red",))
    assert [own.read(arrived(1, {"lamp_id": "36-a", "colour": "red"}))] == [wanted]
    assert own.read(arrived(2, {"lamp_id": "36-a", "colours": ["red"]})) == wanted
    with pytest.raises(UnknownVersion):
        own.read(arrived(3, {}))


def test_handlers_find_what_is_to_be_done() -> None:
    handlers: Handlers[Any] = Handlers()
    handlers.add(Lit, "handler")
    assert handlers.of(arrived(2, NEW)) == ("handler", Reader(Lit).read(arrived(2, NEW)))
    assert handlers.of(arrived(2, NEW, kind="lamp.broken")) is None
    # Withheld, or erased.
    assert handlers.of(arrived(2, None)) is None
    with pytest.raises(UnknownVersion):
        handlers.of(arrived(3, None))
    assert ("lamp.lit" in handlers, "lamp.broken" in handlers, list(handlers)) == (True, False, [Lit])


@pytest.mark.parametrize("wire", [b"{}", b"null", b"[1]", b"[{}]", b"["])
def test_what_is_no_batch_is_unreadable(wire: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_batch(wire)
