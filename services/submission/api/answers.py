"""What the API answers besides the answer to a command: a record with its version, a list with its cursor."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from starlette.responses import JSONResponse

from shared.http import etag

MAX_PAGE = 500


class Items(BaseModel):
    """A list, and where it goes on; `next` is null at its end."""

    items: list[dict[str, Any]]
    next: str | None = None


def record(value: Any, version: int) -> JSONResponse:
    """Give a thing as its stream tells it, with its version as the ETag."""
    headers = {"ETag": etag(version), "Cache-Control": "private, no-cache"}
    return JSONResponse(to_jsonable_python(value), headers=headers)


def rows(found: Sequence[Any], *, next_cursor: str | None = None) -> JSONResponse:
    """Give the rows of a list."""
    items = [to_jsonable_python(each._asdict()) for each in found]
    return JSONResponse({"items": items, "next": next_cursor}, headers={"Cache-Control": "private, no-cache"})
