"""Logs, one JSON line each, with the correlation id of the request or message and no personal data."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

import structlog

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CHAIN, _PLACES = 5, 20
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def correlation_id() -> str:
    """Give the id that ties together what one request or message caused; made anew where there is none."""
    present = _correlation.get()
    if present is None:
        present = uuid4().hex
        _correlation.set(present)
    return present


def traceparent() -> str | None:
    """Give the W3C trace context that the request came with, if it came with one."""
    return _traceparent.get()


@contextmanager
def correlated(ident: str | None, trace: str | None = None) -> Iterator[str]:
    """Run something under a correlation id: the one given when it is a plain token, else a new one."""
    safe = ident if ident is not None and _SAFE_ID.fullmatch(ident) else uuid4().hex
    correlation = _correlation.set(safe)
    parent = _traceparent.set(trace if trace is not None and _TRACEPARENT.fullmatch(trace) else None)
    structlog.contextvars.bind_contextvars(correlation=safe)
    try:
        yield safe
    finally:
        structlog.contextvars.unbind_contextvars("correlation")
        _traceparent.reset(parent)
        _correlation.reset(correlation)


def _frames(logger: object, name: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put an exception's types and places on the line. Its messages stay out: they may hold what people wrote."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if isinstance(given, tuple):
        error = given[1]
    chain: list[dict[str, object]] = []
    while error is not None and len(chain) < _CHAIN:
        places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
        chain.append({"type": type(error).__qualname__, "at": places[-_PLACES:]})
        error = error.__cause__ or error.__context__
    if chain:
        line["exception"] = chain
    return line


def configure_logging(service: str, process: str) -> None:
    """Send all logs of this process to standard error as JSON lines that name the service and the process."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _frames,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service, process=process)
