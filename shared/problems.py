"""The one table from the domain's rejections to HTTP: RFC 9457 for programs, a page for people. Never a value sent."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from shared.cursors import BadCursor, OutdatedCursor
from shared.domain import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Rejection,
    Several,
    Stale,
)
from shared.event_log import KeyReused
from shared.gate import RegionBusy
from shared.health import Correlate
from shared.http import KeyMissing, Malformed, WrongMediaType
from shared.limits import TooOften
from shared.telemetry import correlation_id
from shared.tokens import IssuerUnreachable, Unauthenticated
from shared.waiting import Crowded
from shared.web.i18n import translate_rejection, translations
from shared.web.messages import N_
from shared.web.pages import Pages

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"

# The nearest class in a rejection's ancestry decides.
STATUS: dict[type[Rejection], int] = {
    Malformed: 400,
    KeyMissing: 400,
    BadCursor: 400,
    OutdatedCursor: 410,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    WrongMediaType: 415,
    Invalid: 422,
    KeyReused: 422,
    Several: 422,
    Rejection: 422,
    TooOften: 429,
    IssuerUnreachable: 503,
    RegionBusy: 503,
    Crowded: 503,
}

_PYDANTIC = {
    "missing": N_("This field is required."),
    "extra_forbidden": N_("There is no such field here. Leave it out."),
    "string_too_long": N_("This text is too long: at most {max_length} characters."),
    "string_too_short": N_("This text is too short: at least {min_length} characters."),
    "too_long": N_("There are too many entries: at most {max_length}."),
    "too_short": N_("There are too few entries: at least {min_length}."),
    "greater_than_equal": N_("This number must be at least {ge}."),
    "greater_than": N_("This number must be greater than {gt}."),
    "less_than_equal": N_("This number must be at most {le}."),
    "less_than": N_("This number must be less than {lt}."),
    "enum": N_("This is not one of the values that are possible here."),
    "literal_error": N_("This is not one of the values that are possible here."),
    "string_type": N_("This must be a text."),
    "int_parsing": N_("This must be a whole number."),
    "int_type": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "decimal_parsing": N_("This must be a number."),
    "bool_parsing": N_("This must be true or false."),
    "date_from_datetime_parsing": N_("This must be a date such as 2026-11-21."),
    "date_parsing": N_("This must be a date such as 2026-11-21."),
    "time_parsing": N_("This must be a time of day such as 09:30."),
    "date_type": N_("This must be a date such as 2026-11-21."),
    "list_type": N_("This must be a list."),
    "model_attributes_type": N_("This must be an object with named fields."),
    "string_pattern_mismatch": N_("This does not have the form that is needed here."),
}
OTHER = N_("This value is not valid.")
INVALID = N_("Something in the request is not valid.")
UNAVAILABLE = N_("The database does not answer at this moment. Nothing was changed.")

_log = structlog.get_logger(__name__)


def status_of(rejection: Rejection) -> int:
    """Give the HTTP status for a rejection."""
    return next(STATUS[cls] for cls in type(rejection).__mro__ if cls in STATUS)


def install(app: FastAPI, pages: Pages) -> None:
    """Make this app answer every failure as a problem: JSON for programs, a page for whoever asks for HTML.

    To be called after the app's other middleware was added: the outermost one runs requests under a correlation id.
    """

    def respond(
        request: Request,
        status: int,
        *,
        kind: str = "about:blank",
        detail: str = "",
        errors: list[dict[str, str]] | None = None,
        whole: bool = True,  # whether the errors are all that is wrong
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
    ) -> Response:
        headers = dict(headers or {})
        if status == 503:
            headers.setdefault("Retry-After", RETRY_AFTER)
        if "text/html" in request.headers.get("accept", ""):
            wrong = [(each["pointer"].removeprefix("#/"), each["detail"]) for each in errors or ()]
            page = pages.problem(request, status, detail or None, correlation_id(), wrong if whole else ())
            page.headers.update(headers)
            return page
        body: dict[str, Any] = {
            "type": kind,
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "errors": errors or [],
            "correlation": correlation_id(),
            **(members or {}),
        }
        headers["Cache-Control"] = "no-store"
        return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)

    def on_rejection(request: Request, error: Exception) -> Response:
        assert isinstance(error, Rejection)
        status = status_of(error)
        language = _language(request, pages)
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        members = {}
        if isinstance(error, OutdatedCursor):
            members["resume"] = error.resume
            headers["Link"] = f'<?after={error.resume}>; rel="next"'
        sentences = list(_sentences(error, language, pages))
        return respond(
            request,
            status,
            kind=f"urn:labinov:problem:{_kebab(type(error).__name__)}",
            detail=" ".join(sentence for _, sentence in sentences),
            errors=[
                {"pointer": _pointer(field), "detail": sentence} for field, sentence in sentences if field is not None
            ],
            whole=all(field is not None for field, _ in sentences),
            headers=headers,
            members=members,
        )

    def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [
            {
                "pointer": _pointer("/".join(map(str, _place(each["loc"])))),
                "detail": validation_sentence(each, _language(request, pages), pages.folder),
            }
            for each in error.errors()
        ]
        detail = _translate(request, pages, INVALID)
        return respond(
            request,
            422,
            kind="urn:labinov:problem:invalid",
            detail=detail,
            errors=errors,
        )

    def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return respond(request, error.status_code, headers=dict(error.headers or {}))

    def on_database(request: Request, error: Exception) -> Response:
        _log.warning("database unavailable", error=type(error).__name__)
        return respond(request, 503, detail=_translate(request, pages, UNAVAILABLE))

    def on_error(request: Request, error: Exception) -> Response:
        _log.exception("unexpected error", exc_info=error)
        return respond(request, 500)

    app.add_exception_handler(Rejection, on_rejection)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    for unavailable in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(unavailable, on_database)
    app.add_middleware(Correlate, on_error=on_error)


def _sentences(rejection: Rejection, language: str, pages: Pages) -> Iterator[tuple[str | None, str]]:
    if isinstance(rejection, Several):
        for each in rejection.rejections:
            yield from _sentences(each, language, pages)
    else:
        yield rejection.field, translate_rejection(rejection, language, pages.folder)


def validation_sentence(error: Any, language: str, *rooms: Path) -> str:
    """Give the sentence for one of pydantic's errors, as a problem or a form shows it beside the field."""
    template: str = translations(language, *rooms).gettext(_PYDANTIC.get(error["type"], OTHER))
    return template.format(**error.get("ctx", {}))


def _translate(request: Request, pages: Pages, message: str) -> str:
    return translations(_language(request, pages), pages.folder).gettext(message)


def _language(request: Request, pages: Pages) -> str:
    """Programs get English unless they ask for Indonesian; people get the language of their pages."""
    if "text/html" in request.headers.get("accept", ""):
        return pages.language(request)
    return "id" if request.headers.get("accept-language", "").lower().startswith("id") else "en"


def _place(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return location[1:] if location and location[0] in ("body", "query", "path", "header") else location


def _pointer(field: str) -> str:
    """Give the JSON Pointer (RFC 6901) of a field's path; a name that is none of ours is cut, never echoed whole."""
    safe = re.sub(r"[^A-Za-z0-9_/.-]", "", field)[:100]
    return f"#/{safe}"


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
