"""What is published of the events: examples that hold against their schemas, and shapes that stay once released."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.contracts import ROOT, broken, contracts, examples, shape
from deploy.embedded.processes import SERVICES

PRODUCERS = ("submission", "review")


def published(service: str) -> dict[str, Any]:
    """Give the contracts of a service as its code makes them, by file name."""
    return {name: json.loads(text) for name, text in contracts(service)}


@pytest.mark.parametrize("service", PRODUCERS)
def test_every_type_has_an_example_that_holds_against_its_schemas(service: str) -> None:
    made = published(service)
    document = made.pop("asyncapi.json")
    made.pop("openapi.json")
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT202012)) for schema in made.values()
    )
    without = [name for name, message in document["components"]["messages"].items() if len(message["examples"]) != 1]
    assert without == []
    for message in document["components"]["messages"].values():
        inlined = json.loads(
            json.dumps(message["payload"]).replace(
                '{"$ref": "#/components/schemas/cloudevent"}',
                json.dumps(document["components"]["schemas"]["cloudevent"]),
            )
        )
        validator = Draft202012Validator(inlined, registry=registry)
        event = message["examples"][0]["payload"]
        assert list(validator.iter_errors(event)) == []
        # That this could fail: an event of another type does not hold, nor one whose data have one field more.
        assert not validator.is_valid(event | {"type": "id.labinov.other.made.v1"})
        assert not validator.is_valid(event | {"data": event["data"] | {"unknown": 1}})


def test_an_earlier_version_s_example_holds_against_the_schema_that_was_published() -> None:
    for service in PRODUCERS:
        folder = ROOT / "services" / service / "contracts"
        for name, payload in examples(service).items():
            schema = json.loads((folder / name).read_bytes())
            assert list(Draft202012Validator(schema).iter_errors(payload)) == [], name


SCHEMA = {
    "title": "Thing",
    "description": "A thing.",
    "type": "object",
    "properties": {"title": {"type": "string", "title": "Title"}},
    "required": ["title"],
}


def test_the_shape_is_what_a_schema_allows_and_not_how_it_is_described() -> None:
    assert shape(SCHEMA | {"description": "Better said.", "title": "Other"}) == shape(SCHEMA)
    for other in (
        SCHEMA | {"required": []},
        SCHEMA | {"properties": {"title": {"type": "integer"}}},
        SCHEMA | {"properties": {}},
        SCHEMA | {"properties": {"title": {"type": "string"}, "description": {"type": "string"}}},
    ):
        assert shape(other) != shape(SCHEMA)


def test_what_was_released_is_neither_changed_nor_taken_back() -> None:
    released = {"1.0.0": {"a.made.v1.json": "x", "b.made.v1.json": "y"}, "1.1.0": {"a.made.v2.json": "z"}}
    assert (
        broken(released, {"a.made.v1.json": "x", "b.made.v1.json": "y", "a.made.v2.json": "z", "c.made.v1.json": "-"})
        == []
    )
    assert broken(released, {"b.made.v1.json": "other", "a.made.v2.json": "z"}) == [
        "a.made.v1.json was released with 1.0.0 and is gone",
        "b.made.v1.json was released with 1.0.0 and has another shape now: make it a new version",
    ]


def test_a_service_without_a_log_publishes_no_events() -> None:
    assert {service: "asyncapi.json" in dict(contracts(service)) for service in SERVICES} == {
        "submission": True,
        "review": True,
        "showcase": False,
    }
