"""Reading requests strictly, and answering commands: what every route of every service does the same way.

    @router.post("/things", route_class=JsonRoute …)
    def register(actor: Coordinator, key: Key, body: NewThing, commands: Commands) -> Response: ...

The permission stands first in the signature: the key is remembered per actor.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import rfc8785
from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.command_handler import CommandHandler
from shared.cursors import Cursors
from shared.domain import Conflict, Invalid, Rejection
from shared.event_log import EventLog, IdempotencyKey, KeyReused, Outcome
from shared.kernel import Kernel

MAX_DEPTH = 32
MAX_SAFE_INTEGER = 2**53 - 1
_WIB = ZoneInfo("Asia/Jakarta")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LINE_ENDS = {"\n", "\r", "\t"}
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}


class Malformed(Rejection):
    """The body is not JSON that can be read without doubt."""


class WrongMediaType(Rejection):
    """Send the body as application/json, without a content encoding."""


class KeyMissing(Rejection):
    """Send an Idempotency-Key header of 1 to 128 visible characters, new for each command."""


class ForbiddenCharacter(Invalid):
    """This text holds a control character or one that changes the direction of writing. Remove it."""


class NumberTooLarge(Invalid):
    """This number is too large to be kept exactly."""


class Body(BaseModel):
    """Base of all request bodies: unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


def _day(value: Any) -> Any:
    """Refuse what pydantic would make a date of besides `2026-11-21`: numbers and moments."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("date_parsing", "not a date")
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A date as JSON, queries and forms write it: `2026-11-21`."""


def read_json(body: bytes) -> Any:
    """Give what a JSON text says.

    Raises Malformed for what two readers could read in two ways (duplicate keys, NaN, invalid UTF-8), or that is deep
    or long beyond reason; ForbiddenCharacter and NumberTooLarge, which name the field.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        # Python refuses an integer of more than 4,300 digits with a ValueError as well.
        raise Malformed from None
    _check(value, "", 0)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse(constant: str) -> None:
    raise ValueError("not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("beyond a double")
    return number


def _check(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, dict):
        for name, member in value.items():
            # A name that is no field of ours is refused later; what matters here is that it is not echoed.
            check_text(name, path)
            _check(member, f"{path}/{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            _check(member, f"{path}/{number}" if path else str(number), depth + 1)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SAFE_INTEGER:
        raise NumberTooLarge(field=path)


def check_text(text: str, field: str) -> None:
    """Raise ForbiddenCharacter for NUL, lone surrogates, control characters and those that turn the writing."""
    if text.isascii() and text.isprintable():
        return
    for character in text:
        category = unicodedata.category(character)
        if (category in ("Cc", "Cs") and character not in _LINE_ENDS) or character in _BIDI:
            raise ForbiddenCharacter(field=field)


class _StrictRequest(Request):
    """A request whose body was read already, and whose `json()` is what `read_json` gave."""

    async def body(self) -> bytes:
        body: bytes = self.state.strict_body
        return body

    async def json(self) -> Any:
        return self.state.strict_json


class JsonRoute(APIRoute):
    """A route that reads JSON bodies strictly, and query parameters without forbidden characters."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give FastAPI's handler behind the checks of this module."""
        handle = super().get_route_handler()
        expects_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            check_query(request)
            if expects_body:
                media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media_type != "application/json" or "content-encoding" in request.headers:
                    raise WrongMediaType
                request.state.strict_body = await request.body()
                request.state.strict_json = read_json(request.state.strict_body)
                request = _StrictRequest(request.scope, request.receive)
            return await handle(request)

        return strict


class FormRoute(APIRoute):
    """A route of a page: its query is free of forbidden characters; forms are read with `form_fields`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give FastAPI's handler behind the check of the query."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            check_query(request)
            return await handle(request)

        return strict


class BodyLimit:
    """Stops reading a body that is longer than allowed: 413, whether or not its length was announced."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        """Take the app behind and the bytes that a body may have."""
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        read = 0

        async def bounded() -> Message:
            nonlocal read
            announced = Headers(scope=scope).get("content-length", "")
            message = await receive()
            read += len(message.get("body", b""))
            if max(read, int(announced) if announced.isdigit() else 0) > self.limit:
                # Raised where the body is read, so that it is answered like every other problem.
                raise HTTPException(413)
            return message

        await self.app(scope, bounded if scope["type"] == "http" else receive, send)


def check_query(request: Request) -> None:
    """Raise ForbiddenCharacter for a path or query parameter that holds one."""
    for name, value in request.query_params.multi_items():
        check_text(name, "query")
        check_text(value, name)
    check_text(request.scope["path"], "path")


async def _form_fields(request: Request) -> FormData:
    form = await request.form(max_fields=2000, max_files=0)
    for name, value in form.multi_items():
        check_text(name, "form")
        if isinstance(value, str):
            check_text(value, name)
    return form


Form = Annotated[FormData, Depends(_form_fields)]
"""The fields of a sent form, without forbidden characters."""


def form_key(request: Request, form: FormData) -> IdempotencyKey:
    """Give the key that a form carries in its hidden field `_key`; raise KeyMissing."""
    fields = [[name, str(value)] for name, value in form.multi_items() if name != "_key"]
    return _key_of(request, str(form.get("_key", "")), rfc8785.dumps(fields))


class SentBefore(Conflict):
    """This form was sent before with something else in it. Look through it, and send it again if you mean it so."""


def form_again(rejection: Rejection, values: Mapping[str, Any]) -> tuple[Rejection, dict[str, Any]]:
    """Give why a form was refused, and what was filled in, as the form is to be shown again.

    A browser that went back to a form that was sent has its key still, which is of no more use: the form gets another.
    """
    if isinstance(rejection, KeyReused):
        return SentBefore(), {name: value for name, value in values.items() if name != "_key"}
    return rejection, dict(values)


def form_version(form: FormData) -> int | None:
    """Give the version that a form was made from, from its hidden field `_version`; None where it holds none."""
    text = str(form.get("_version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


async def _header_key(
    request: Request,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> IdempotencyKey:
    return _key_of(request, idempotency_key or "", await request.body())


def _key_of(request: Request, key: str, body: bytes) -> IdempotencyKey:
    if not _KEY.fullmatch(key):
        raise KeyMissing(field="Idempotency-Key")
    digest = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode() + body).digest()
    return IdempotencyKey(key=f"{request.state.actor.person}:{key}", request_hash=digest)


Key = Annotated[IdempotencyKey, Depends(_header_key)]
"""The Idempotency-Key of a command, remembered per actor; missing: 400."""


async def _if_match(
    if_match: Annotated[str | None, Header(alias="If-Match")] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Invalid("If-Match takes the ETag of the last answer.", field="If-Match")
    return int(found.group(1))


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version that the client saw, from its ETag; None where it does not say."""


async def _kernel(request: Request) -> Kernel:
    kernel: Kernel = request.app.state.kernel
    return kernel


KernelOf = Annotated[Kernel, Depends(_kernel)]
"""What the service is made of."""


async def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.kernel.cursors
    return cursors


CursorsOf = Annotated[Cursors, Depends(_cursors)]
"""What signs the places in the service's lists."""


async def _commands(request: Request) -> CommandHandler:
    handler: CommandHandler = request.app.state.kernel.commands
    return handler


async def _log(request: Request) -> EventLog:
    log: EventLog = request.app.state.kernel.log
    return log


Commands = Annotated[CommandHandler, Depends(_commands)]
"""The command handler of the service."""

Log = Annotated[EventLog, Depends(_log)]
"""The event log of the service."""


def now() -> datetime:
    """Give the present moment in UTC: what a command carries as `at`."""
    return datetime.now(UTC)


def today() -> date:
    """Give the date in western Indonesian time: what a form proposes, and what counts where none is given."""
    return now().astimezone(_WIB).date()


def etag(version: int) -> str:
    """Give the ETag of a version."""
    return f'"{version}"'


class Receipt(BaseModel):
    """What to keep of an accepted command: where it stands in which log, and where its proof is once it is sealed."""

    log: str = Field(description="the origin that the log's signed heads name")
    epoch: int
    position: int
    leaf_hash: str = Field(description="SHA-256(0x00 ‖ leaf) in hex, RFC 6962; the leaf is the event without its data")
    proof: str = Field(description="path of the C2SP tlog-proof; sealed within a minute")


class Accepted(BaseModel):
    """The answer to a command: whose version is now what, and up to which position of its log."""

    id: str
    version: int
    region: str
    position: int
    receipt: Receipt | None = Field(default=None, description="null where there was nothing to record")


def receipt_of(outcome: Outcome) -> Receipt | None:
    """Give the receipt of a command; None where nothing was recorded."""
    leaf = outcome.leaf
    if leaf is None:
        return None
    return Receipt(
        log=leaf.log,
        epoch=leaf.epoch,
        position=leaf.position,
        leaf_hash=leaf.hash.hex(),
        proof=f"/{leaf.service}/events/{leaf.region}/{leaf.position}/proof",
    )


def accepted(outcome: Outcome, *, status_code: int = 200, location: str | None = None) -> JSONResponse:
    """Give the answer to a command; the same for a repeated request as for the first."""
    body = Accepted(
        id=outcome.stream.partition("/")[2],
        version=outcome.version,
        region=outcome.region,
        position=outcome.last_position,
        receipt=receipt_of(outcome),
    )
    headers = {"ETag": etag(outcome.version)}
    if location is not None:
        headers["Location"] = location
    return JSONResponse(body.model_dump(), status_code=status_code, headers=headers)
