"""The recorded event as a CloudEvent, and the catalogue of a service's event types.

A leaf is the RFC 8785 canonical JSON of the envelope without `data` and `sequence`; it is kept as bytes and never
written anew. What goes out is the leaf plus those two: take both away, canonicalise, and the leaf is there again.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import rfc8785
from pydantic import ConfigDict, TypeAdapter, with_config

from shared.domain import Event, Visibility
from shared.merkle import leaf_hash

TYPE_PREFIX = "id.labinov."
SCHEMA_BASE = "https://schemas.labinov.id"
SALT_BYTES = 32
LEAF_LIMIT = 65_535  # bytes that an entry of C2SP tlog-tiles can have
SEQUENCE_DIGITS = 20

E = TypeVar("E", bound=Event)


class Clearance(StrEnum):
    """How much of a log a reader may see; the values are from least to most."""

    ENVELOPE = "envelope"  # no payload at all: what a token gets of kinds of events that it is not for
    PUBLIC = "public"
    SERVICE = "service"
    REGIONAL = "regional"
    AUDIT = "audit"
    OWNER = "owner"  # the producing service itself; never given to anyone over HTTP or a queue


_ALWAYS: dict[Clearance, set[Visibility]] = {
    Clearance.ENVELOPE: set(),
    Clearance.PUBLIC: {Visibility.PUBLIC},
    # What is for our own services alone asks something of them; whom it names is nobody else's to know.
    Clearance.SERVICE: {Visibility.PUBLIC, Visibility.REGIONAL, Visibility.INTERNAL},
    Clearance.REGIONAL: {Visibility.PUBLIC, Visibility.REGIONAL},
    Clearance.AUDIT: {Visibility.PUBLIC, Visibility.REGIONAL, Visibility.AUDIT},
}
_ONCE_OPENED = {
    Clearance.REGIONAL: {Visibility.SEALED},
    # Who a reviewer was is asked for one by one, with a reason that is recorded: no feed tells it, not even auditors.
    Clearance.AUDIT: {Visibility.SEALED},
}


def may_read(visibility: Visibility, clearance: Clearance, *, opened: bool) -> bool:
    """Whether a reader with this clearance sees such a payload; `opened` says that its stream has been opened."""
    if clearance is Clearance.OWNER:
        return True
    return visibility in _ALWAYS[clearance] or (opened and visibility in _ONCE_OPENED.get(clearance, ()))


class UnknownType(LookupError):
    """The event's type, or this version of it, is not in the catalogue."""


class Erased:
    """Stands where the payload of an event was erased; it drives nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What an envelope says besides the event: who acted, when it was recorded (UTC), and what caused it."""

    actor: str
    at: datetime
    correlation: str
    causation: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An event with everything that is hashed, before it has a position."""

    event_id: UUID
    stream: str
    stream_version: int
    type: str
    type_version: int
    recorded_at: datetime
    leaf: bytes
    leaf_hash: bytes
    payload: bytes
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in its log. `payload` and `salt` are None once erased; `epoch` is that of the log now."""

    service: str
    region: str
    epoch: int
    position: int
    stream: str
    stream_version: int
    type: str
    type_version: int
    event_id: UUID
    recorded_at: datetime
    leaf: bytes
    leaf_hash: bytes
    payload: bytes | None
    salt: bytes | None


@dataclass(frozen=True)
class EventType(Generic[E]):
    """One type of event as the catalogue knows it."""

    cls: type[E]

    @cached_property
    def adapter(self) -> TypeAdapter[E]:
        """The reader and writer of the current version; unknown fields are refused."""
        return TypeAdapter(with_config(ConfigDict(extra="forbid"))(self.cls))

    @property
    def cloud_type(self) -> str:
        """The CloudEvents `type` of the current version."""
        return f"{TYPE_PREFIX}{self.cls.wire_name}.v{self.cls.schema_version}"

    @property
    def schema_name(self) -> str:
        """The file that the JSON Schema of the current version stands in."""
        return f"{self.cls.wire_name}.v{self.cls.schema_version}.json"


class Catalogue:
    """All event types of one producing service, by wire name."""

    def __init__(self, service: str, types: Iterable[type[Event]]) -> None:
        """Take the service's name and its event types; raise TypeError when two share a wire name."""
        self.service = service
        self.types: dict[str, EventType[Event]] = {}
        for cls in types:
            if cls.wire_name in self.types:
                raise TypeError(f"two event types are named {cls.wire_name}")
            self.types[cls.wire_name] = EventType(cls)

    def __getitem__(self, wire_name: str) -> EventType[Event]:
        """Give a type by its wire name; raise UnknownType."""
        try:
            return self.types[wire_name]
        except KeyError:
            raise UnknownType(wire_name) from None

    def encode(self, event: Event) -> bytes:
        """Give the canonical JSON of an event's payload."""
        return canonical(self[event.wire_name].adapter.dump_python(event, mode="json"))

    def decode(self, wire_name: str, version: int, payload: bytes | None) -> Event | Erased:
        """Give the event of a payload of any version up to the present one, or Erased where there is none.

        Raises UnknownType for a type or version that this release does not know.
        """
        kind = self[wire_name]
        if payload is None:
            return Erased()
        if version == kind.cls.schema_version:
            return kind.adapter.validate_json(payload)
        if not 1 <= version < kind.cls.schema_version:
            raise UnknownType(f"{wire_name} version {version}")
        data = json.loads(payload)
        for below in range(version, kind.cls.schema_version):
            data = getattr(kind.cls, f"upcast_v{below}")(data)
        return kind.adapter.validate_json(json.dumps(data))

    def schema(self, wire_name: str) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of a type's payload; raise TypeError for a type with a float in it."""
        kind = self[wire_name]
        schema = kind.adapter.json_schema(mode="serialization")
        if '"type": "number"' in json.dumps(schema):
            raise TypeError(f"{wire_name} has a float, which has no one canonical text: use Decimal")
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{SCHEMA_BASE}/{self.service}/{kind.schema_name}",
            **schema,
        }

    def prepare(
        self, event: Event, *, region: str, epoch: int, stream: str, stream_version: int, meta: Meta
    ) -> Prepared:
        """Give an event with its leaf, salted data hash and leaf hash: all that is known before a position is."""
        kind = self[event.wire_name]
        event_id, salt = uuid4(), secrets.token_bytes(SALT_BYTES)
        payload = self.encode(event)
        envelope: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": f"/{self.service}/{region}",
            "type": kind.cloud_type,
            "subject": stream,
            "time": rfc3339(meta.at),
            "datacontenttype": "application/json",
            "dataschema": f"{SCHEMA_BASE}/{self.service}/{kind.schema_name}",
            "partitionkey": region,
            "streamversion": stream_version,
            "epoch": epoch,
            # Sealed types always name one; another type does where its actor would give a sealed one away.
            "actor": meta.actor if kind.cls.pseudonym is Event.pseudonym else event.pseudonym,
            "correlationid": meta.correlation,
            "datahash": data_hash(salt, payload),
        }
        if meta.causation is not None:
            envelope["causationid"] = meta.causation
        if meta.traceparent is not None:
            envelope["traceparent"] = meta.traceparent
        leaf = canonical(envelope)
        if len(leaf) > LEAF_LIMIT:
            raise ValueError(f"an envelope of {len(leaf)} bytes could never be sealed")
        return Prepared(
            event_id=event_id,
            stream=stream,
            stream_version=stream_version,
            type=kind.cls.wire_name,
            type_version=kind.cls.schema_version,
            recorded_at=meta.at,
            leaf=leaf,
            leaf_hash=leaf_hash(leaf),
            payload=payload,
            salt=salt,
        )

    def render(self, recorded: Recorded, clearance: Clearance, *, opened: bool) -> bytes:
        """Give the CloudEvent as this reader may see it, as JSON. The one place where a payload leaves a log."""
        sequence = b',"sequence":"%020d"}' % recorded.position
        visible = recorded.payload is not None and may_read(
            self[recorded.type].cls.visibility, clearance, opened=opened
        )
        # A leaf is a JSON object of at least one member, so that both can be put in before its closing brace.
        if visible and recorded.payload is not None:
            return recorded.leaf[:-1] + b',"data":' + recorded.payload + sequence
        return recorded.leaf[:-1] + sequence


def canonical(value: Any) -> bytes:
    """Give RFC 8785 canonical JSON of what envelopes and payloads are made of: texts, whole numbers, ASCII names.

    For these the standard library's writer gives the same bytes as `rfc8785` in a tenth of its time, which is on the
    path of every command. Floats are where they differ: `Catalogue.schema` refuses an event type that has one.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def data_hash(salt: bytes, payload: bytes) -> str:
    """Give the hex SHA-256 of salt and canonical payload: what a leaf says of its data."""
    return hashlib.sha256(salt + payload).hexdigest()


def leaf_of(wire: Mapping[str, Any]) -> bytes:
    """Give the leaf of an event as it was received: without `data` and `sequence`, canonicalised."""
    return rfc8785.dumps({name: value for name, value in wire.items() if name not in ("data", "sequence")})


def wire_name_of(name: str) -> str:
    """Give the wire name of a type that is named by it, or by its CloudEvents type of any version."""
    return re.sub(r"\.v\d+$", "", name.removeprefix(TYPE_PREFIX)) if name.startswith(TYPE_PREFIX) else name


def rfc3339(moment: datetime) -> str:
    """Give a moment as RFC 3339 in UTC with microseconds; a naive one raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
