"""What an envelope holds, who may read what, and that a wire event leads back to its leaf."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import Event, Visibility, event
from shared.envelope import (
    Catalogue,
    Clearance,
    Erased,
    Meta,
    Recorded,
    UnknownType,
    canonical,
    data_hash,
    leaf_of,
    may_read,
    rfc3339,
)
from shared.merkle import leaf_hash
from tests.shared.things import CATALOGUE, JarEmptied, JarFilled, JarGuessed

VECTORS = Path(__file__).parent.parent / "vectors" / "envelope"
META = Meta(
    actor="5f0c6f0e-0000-4000-8000-000000000001",
    at=datetime(2026, 11, 21, 15, 30, 0, 5, tzinfo=timezone(timedelta(hours=7))),
    correlation="request-1",
)


def record(what: Event, *, position: int = 7) -> Recorded:
    prepared = CATALOGUE.prepare(what, region="36.74", epoch=1, stream="jar/36.74-a", stream_version=3, meta=META)
    return Recorded(
        service="kernel",
        region="36.74",
        epoch=1,
        position=position,
        stream=prepared.stream,
        stream_version=prepared.stream_version,
        type=prepared.type,
        type_version=prepared.type_version,
        event_id=prepared.event_id,
        recorded_at=prepared.recorded_at,
        leaf=prepared.leaf,
        leaf_hash=prepared.leaf_hash,
        payload=prepared.payload,
        salt=prepared.salt,
    )


def test_the_wire_event_is_the_leaf_with_data_and_sequence() -> None:
    recorded = record(JarFilled(jar_id="36.74-a", marbles=2, colour="hijau"))
    wire = json.loads(CATALOGUE.render(recorded, Clearance.PUBLIC, opened=False))
    assert recorded.salt is not None
    assert wire == {
        "specversion": "1.0",
        "id": str(recorded.event_id),
        "source": "/kernel/36.74",
        "type": "id.labinov.jar.filled.v2",
        "subject": "jar/36.74-a",
        "time": "2026-11-21T08:30:00.000005Z",
        "datacontenttype": "application/json",
        "dataschema": "https://schemas.labinov.id/kernel/jar.filled.v2.json",
        "partitionkey": "36.74",
        "streamversion": 3,
        "epoch": 1,
        "actor": "5f0c6f0e-0000-4000-8000-000000000001",
        "correlationid": "request-1",
        "datahash": data_hash(recorded.salt, b'{"colour":"hijau","jar_id":"36.74-a","marbles":2}'),
        "data": {"colour": "hijau", "jar_id": "36.74-a", "marbles": 2},
        "sequence": "00000000000000000007",
    }
    assert leaf_of(wire) == recorded.leaf
    assert leaf_hash(leaf_of(wire)) == recorded.leaf_hash


def test_golden_wire_event_leads_to_its_leaf_hash() -> None:
    """What another implementation must find as well: take `data` and `sequence` away, canonicalise, hash."""
    wire = json.loads((VECTORS / "stage-advanced.wire.json").read_text(encoding="utf-8"))
    expected = json.loads((VECTORS / "stage-advanced.expected.json").read_text(encoding="utf-8"))
    assert leaf_of(wire).decode() == expected["leaf"]
    assert leaf_hash(leaf_of(wire)).hex() == expected["leaf_hash"]
    assert data_hash(bytes.fromhex(expected["salt"]), expected["payload"].encode()) == wire["datahash"]


@pytest.mark.parametrize(
    ("visibility", "before", "after"),
    [
        (Visibility.PUBLIC, "public service regional audit owner", "public service regional audit owner"),
        (Visibility.REGIONAL, "service regional audit owner", "service regional audit owner"),
        (Visibility.SEALED, "owner", "regional audit owner"),
        (Visibility.SEALED_IDENTITY, "owner", "owner"),
        (Visibility.AUDIT, "audit owner", "audit owner"),
        (Visibility.INTERNAL, "service owner", "service owner"),
    ],
)
def test_who_may_read_what_before_and_after_the_opening(visibility: Visibility, before: str, after: str) -> None:
    for opened, expected in ((False, before), (True, after)):
        assert [each for each in Clearance if may_read(visibility, each, opened=opened)] == expected.split()


def test_what_is_withheld_leaves_the_event_in_its_place() -> None:
    recorded = record(JarGuessed(jar_id="36.74-a", guess=471147114711471))
    for clearance in (Clearance.PUBLIC, Clearance.SERVICE, Clearance.REGIONAL, Clearance.AUDIT):
        body = CATALOGUE.render(recorded, clearance, opened=False)
        assert b"471147114711471" not in body
        wire = json.loads(body)
        assert ("data" in wire, wire["sequence"], leaf_of(wire)) == (False, "00000000000000000007", recorded.leaf)
    assert json.loads(CATALOGUE.render(recorded, Clearance.REGIONAL, opened=True))["data"] == {
        "guess": 471147114711471,
        "jar_id": "36.74-a",
    }


def test_the_envelope_of_a_sealed_event_names_a_pseudonym_and_no_person() -> None:
    recorded = record(JarGuessed(jar_id="36.74-a", guess=1))
    assert json.loads(recorded.leaf)["actor"] == "guesser"
    assert META.actor.encode() not in recorded.leaf


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_NAMES = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1)
_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
_PAYLOADS = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(_PAYLOADS)
def test_canonical_json_is_that_of_the_library(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # rfc8785 takes less than object


def test_a_type_with_a_float_is_refused() -> None:
    @event("jar.weighed", visibility=Visibility.PUBLIC)
    class JarWeighed(Event):
        """A jar was weighed."""

        grams: float

    with pytest.raises(TypeError, match="float"):
        Catalogue("kernel", (JarWeighed,)).schema("jar.weighed")


def test_the_same_payload_twice_has_two_hashes() -> None:
    first, second = (record(JarEmptied(jar_id="36.74-a")) for _ in range(2))
    assert first.payload == second.payload
    assert json.loads(first.leaf)["datahash"] != json.loads(second.leaf)["datahash"]
    assert first.event_id != second.event_id
    assert isinstance(first.event_id, UUID)


def test_an_erased_payload_decodes_to_erased() -> None:
    assert isinstance(CATALOGUE.decode("jar.filled", 2, None), Erased)


@pytest.mark.parametrize(("name", "version"), [("jar.broken", 1), ("jar.filled", 3), ("jar.filled", 0)])
def test_an_unknown_type_or_version_is_refused(name: str, version: int) -> None:
    with pytest.raises(UnknownType):
        CATALOGUE.decode(name, version, b"{}")


def test_a_payload_with_a_field_of_nobodys_is_refused() -> None:
    with pytest.raises(ValueError, match="status"):
        CATALOGUE.decode("jar.emptied", 1, b'{"jar_id":"36.74-a","status":"x"}')


def test_two_types_of_one_name_are_refused() -> None:
    @event("jar.emptied", visibility=Visibility.PUBLIC)
    class Other(Event):
        """Something else."""

    with pytest.raises(TypeError, match=r"jar\.emptied"):
        Catalogue("kernel", (JarEmptied, Other))


def test_a_naive_moment_is_refused() -> None:
    assert rfc3339(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        rfc3339(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the case
