"""The fields of a schema as people read them."""

from shared.contracts import Field, fields

SCHEMA = {
    "type": "object",
    "required": ["title", "parts"],
    "properties": {
        "title": {"type": "string", "description": "What it is called."},
        "on": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "kind": {"$ref": "#/$defs/Kind"},
    },
    "$defs": {
        "Kind": {"enum": ["a", "b"], "type": "string"},
        "Part": {
            "type": "object",
            "description": "One part.",
            "required": ["n"],
            "properties": {"n": {"type": "integer"}},
        },
    },
}


def test_fields_stand_in_order_with_those_of_nested_objects_behind_their_parent() -> None:
    assert fields(SCHEMA) == [
        Field("title", "string", required=True, description="What it is called."),
        Field("on", "string (date) | null", required=False, description=""),
        Field("parts[]", "array of object", required=True, description="One part."),
        Field("parts[].n", "integer", required=True, description=""),
        Field("kind", '"a" | "b"', required=False, description=""),
    ]
