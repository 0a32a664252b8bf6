"""What the API answers besides the answer to a command: a record with its version, a list with its cursor."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from starlette.responses import JSONResponse

from shared.domain import NotFound, region_of
from shared.http import BadCursor, etag

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


def write_cursor(ident: str) -> str:
    """Give the cursor that goes on behind the thing with this id."""
    return base64.urlsafe_b64encode(ident.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[str, str] | None:
    """Give the region and id that a cursor goes on behind; raise BadCursor for what is none of ours."""
    if cursor is None:
        return None
    try:
        ident = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        region = region_of(ident)
    except (binascii.Error, UnicodeError, ValueError, NotFound):
        raise BadCursor from None
    if write_cursor(ident) != cursor:
        raise BadCursor
    return region, ident
