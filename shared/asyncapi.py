"""What a service publishes, as AsyncAPI 3 and JSON Schema made from its catalogue: nothing here is written by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.bus import SHARDS
from shared.domain import Visibility
from shared.envelope import SCHEMA_BASE, SEQUENCE_DIGITS, Catalogue, EventType, canonical, data_hash

_READERS = {
    Visibility.PUBLIC: "Everybody may read the data.",
    Visibility.REGIONAL: "The data are for those with a role in the region; others get the event without `data`.",
    Visibility.SEALED: "Without `data` until `{by}` stands in the same stream; then for the region's roles.",
    Visibility.SEALED_IDENTITY: "Without `data` until `{by}` stands in the same stream; then for auditors.",
    Visibility.AUDIT: "The data are for the region's auditors; others get the event without `data`.",
    Visibility.INTERNAL: "The data are for our own services; everybody else gets the event without `data`.",
}


def envelope_schema() -> dict[str, Any]:
    """Give the JSON Schema of a CloudEvent as our feeds and queues carry it."""
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": [
            *("specversion", "id", "source", "type", "subject", "time", "partitionkey", "sequence"),
            *("streamversion", "epoch", "actor", "correlationid", "datahash", "dataschema", "datacontenttype"),
        ],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "pattern": r"^/[a-z]+/\d\d(\.\d\d)?$"},
            "type": text,
            "subject": {**text, "description": "the stream"},
            "time": {"type": "string", "format": "date-time", "description": "when it was recorded, in UTC"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string", "format": "uri"},
            "partitionkey": {"type": "string", "description": "the region, which is the unit of ordering"},
            "sequence": {
                "type": "string",
                "pattern": rf"^\d{{{SEQUENCE_DIGITS}}}$",
                "description": "the position in the region's log: 1, 2, 3, … without a gap",
            },
            "streamversion": {"type": "integer", "minimum": 1},
            "epoch": {"type": "integer", "minimum": 1},
            "actor": {**text, "description": "an opaque id; a pseudonym on sealed types"},
            "correlationid": text,
            "causationid": text,
            "traceparent": text,
            "datahash": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "SHA-256 of salt and canonical data",
            },
            "data": {"description": "absent where it is withheld or erased"},
        },
        "additionalProperties": False,
    }


def document(catalogue: Catalogue, examples: Mapping[str, Any]) -> dict[str, Any]:
    """Give the AsyncAPI 3 document of a service's events, with an example payload by schema name where there is one."""
    service = catalogue.service
    names = sorted(catalogue.types)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Labinov {service}",
            "version": "1",
            "description": (
                "Events of one log per region, at least once and in order within a region. A consumer trusts only "
                "positions (`sequence`): drop what it has, apply the next, and read what is missing from the feed."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "feed": {
                "address": f"/{service}/events/{{region}}",
                "description": "The HTTP feed of a region's log: a batch of CloudEvents behind a position.",
                "parameters": {"region": {"description": "the region's code, such as 36.74"}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            },
            "queue": {
                "address": "{subscriber}.{shard}",
                "description": f"A Celery queue of a subscribing service; shard = crc32(region) mod {SHARDS}.",
                "parameters": {
                    "subscriber": {"description": "the service that consumes"},
                    "shard": {"enum": [f"{shard:02d}" for shard in range(SHARDS)]},
                },
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            },
        },
        "operations": {
            "publish": {"action": "send", "channel": {"$ref": "#/channels/queue"}},
            "answer": {"action": "send", "channel": {"$ref": "#/channels/feed"}},
        },
        "components": {
            "messages": {name: _message(catalogue, catalogue[name], examples) for name in names},
            "schemas": {"cloudevent": envelope_schema()},
        },
    }


def _message(catalogue: Catalogue, kind: EventType[Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    sentence = (kind.cls.__doc__ or "").strip().splitlines()[0]
    readers = _READERS[kind.cls.visibility].format(by=kind.cls.opened_by)
    shown = [_example(catalogue, kind, examples[kind.schema_name])] if kind.schema_name in examples else []
    return {
        "name": kind.cloud_type,
        "title": kind.cls.wire_name,
        "summary": sentence,
        "description": readers,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/cloudevent"},
                {
                    "properties": {
                        "type": {"const": kind.cloud_type},
                        "data": {"$ref": f"{SCHEMA_BASE}/{catalogue.service}/{kind.schema_name}"},
                    }
                },
            ]
        },
        "examples": shown,
    }


def _example(catalogue: Catalogue, kind: EventType[Any], payload: Any) -> dict[str, Any]:
    """Give a whole event around a payload; its id, time and hash are made up, the same each time."""
    region = "36.74"
    event = {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE_URL, f"{SCHEMA_BASE}/{catalogue.service}/{kind.schema_name}")),
        "source": f"/{catalogue.service}/{region}",
        "type": kind.cloud_type,
        "subject": f"{kind.cls.wire_name.partition('.')[0]}/{region}-example",
        "time": "2026-01-02T03:04:05.000006Z",
        "datacontenttype": "application/json",
        "dataschema": f"{SCHEMA_BASE}/{catalogue.service}/{kind.schema_name}",
        "partitionkey": region,
        "sequence": "1".zfill(SEQUENCE_DIGITS),
        "streamversion": 1,
        "epoch": 1,
        "actor": str(uuid5(NAMESPACE_URL, f"{SCHEMA_BASE}/somebody")),
        "correlationid": uuid5(NAMESPACE_URL, f"{SCHEMA_BASE}/a-request").hex,
        "datahash": data_hash(bytes(32), canonical(payload)),
        "data": payload,
    }
    return {"name": kind.cls.wire_name, "payload": event}
