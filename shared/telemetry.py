"""Logs, one JSON line each, with the correlation id of the request or message and no personal data."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

import structlog

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
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
                structlog.processors.format_exc_info,
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
