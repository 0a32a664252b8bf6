"""Whether a service lives, whether it can work, and its figures for Prometheus. The gateway lets none of it out."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from sqlalchemy import Engine
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from shared.auth import Public
from shared.telemetry import correlated

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

REQUESTS = Histogram("labinov_request_seconds", "Time to answer a request.", ["method", "status"])

_FIGURES = """
SELECT consumer, source, count(*) FILTER (WHERE halted IS NOT NULL) AS halted,
       coalesce(max(extract(epoch FROM clock_timestamp() - moved_at)), 0) AS age,
       (SELECT count(*) FROM parked p WHERE p.consumer = c.consumer AND p.source = c.source
        AND p.resolution IS NULL) AS parked
FROM checkpoint c GROUP BY consumer, source
"""


class Correlate:
    """Runs every request under a correlation id, says it in the answer, and times the request.

    It also answers what nobody expected: beyond this place the correlation id would be lost.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        on_error: Callable[[Request, Exception], Response],
    ) -> None:
        """Take the app behind, and what makes an answer of an unexpected error."""
        self.app = app
        self.on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = time.perf_counter()
        with correlated(headers.get("x-request-id"), headers.get("traceparent")) as ident:
            begun = False

            async def answer(message: MutableMapping[str, Any]) -> None:
                nonlocal begun
                begun = True
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)["X-Request-ID"] = ident
                    REQUESTS.labels(scope["method"], message["status"]).observe(time.perf_counter() - started)
                await send(message)

            try:
                await self.app(scope, receive, answer)
            except Exception as error:
                response = self.on_error(Request(scope), error)
                if begun:
                    raise
                await response(scope, receive, answer)


def router(engine: Engine) -> APIRouter:
    """Give /livez, /readyz (the database answers; the broker does not matter) and /metrics."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    def livez(actor: Public) -> Response:
        return JSONResponse({"alive": True})

    @routes.get("/readyz")
    def readyz(actor: Public) -> Response:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        return JSONResponse({"ready": True})

    @routes.get("/metrics")
    def metrics(actor: Public) -> Response:
        figures = CollectorRegistry()
        labels = ("consumer", "source")
        halted = Gauge("labinov_halted_regions", "Regions that a consumer no longer reads.", labels, registry=figures)
        age = Gauge("labinov_checkpoint_age_seconds", "Since the oldest checkpoint moved.", labels, registry=figures)
        parked = Gauge("labinov_parked_events", "Events parked and not resolved.", labels, registry=figures)
        with engine.connect() as connection:
            for row in connection.exec_driver_sql(_FIGURES):
                halted.labels(row.consumer, row.source).set(row.halted)
                age.labels(row.consumer, row.source).set(row.age)
                parked.labels(row.consumer, row.source).set(row.parked)
        return Response(generate_latest() + generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    return routes
