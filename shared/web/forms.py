"""How a form's fields are named: paths such as `milestones/0/due_on`, flat in HTML and nested in commands."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MAX_ROWS = 500  # a row number beyond this is not something that a page of ours wrote
MAX_DEPTH = 6


def field_id(path: str) -> str:
    """Give the HTML id of the field at this path."""
    return "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", path)


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """Give what stands at this path, flat (`values["a/0/b"]`) or nested (`values["a"][0]["b"]`); None if nothing."""
    if path in values:
        return values[path]
    found: Any = values
    for part in path.split("/"):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, (list, tuple)) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = getattr(found, part, None)
    return found


def nested(pairs: Iterable[tuple[str, Any]], *, lists: Iterable[str] = ()) -> dict[str, Any]:
    """Turn the fields of a sent form into the nested shape that a command has.

    Takes (path, value) pairs, such as `form.multi_items()`, and the paths that hold lists (checkbox lists; in rows
    without the row's number: `rows/goals`). Leaves out empty values, rows of which nothing is filled in, and names
    that begin with `_` (the shell's own). Raises ValueError for a path that no page of ours writes.
    """
    many = set(lists)
    tree: dict[str, Any] = {}
    for path, sent in pairs:
        value = sent.strip().replace("\r\n", "\n") if isinstance(sent, str) else sent
        if path.startswith("_") or value == "":
            continue
        parts = path.split("/")
        if len(parts) > MAX_DEPTH or any(part.isdigit() and int(part[:9]) >= MAX_ROWS for part in parts):
            raise ValueError("not a field of this form")
        here = tree
        for part in parts[:-1]:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise ValueError("not a field of this form")  # noqa: TRY004 - what was sent, not our types
        if "/".join(part for part in parts if not part.isdigit()) in many:
            here.setdefault(parts[-1], []).append(value)
        elif parts[-1] in here:
            raise ValueError("a field was sent twice")
        else:
            here[parts[-1]] = value
    result = _rows(tree)
    return result if isinstance(result, dict) else {}


def _rows(node: Any) -> Any:
    """Turn dicts whose keys are all numbers into lists, in order, without the gaps."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_rows(node[key]) for key in sorted(node, key=int)]
    return {key: _rows(value) for key, value in node.items()}
