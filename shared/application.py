"""The web application of a service: its routes, with what every service answers besides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from shared import check, contracts, health, log_api, oidc, people, problems
from shared.http import BodyLimit
from shared.service import Service
from shared.serving import STOPPING
from shared.web.pages import static_files


def application(service: Service) -> FastAPI:
    """Give the web application of a service."""
    kernel, settings = service.kernel, service.kernel.settings

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, asyncio.Event]]:
        # More threads than connections would only wait for each other.
        to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield {STOPPING: asyncio.Event()}
        kernel.close()

    app = FastAPI(
        title=f"Labinov {kernel.name}",
        version="1",
        servers=[{"url": settings.root_path or "/"}],
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.kernel = kernel
    app.state.service = service
    kernel.identity.install(app)
    app.add_middleware(BodyLimit, limit=settings.body_limit)
    problems.install(app, kernel.pages)
    app.include_router(health.router(kernel.engine))
    app.include_router(oidc.router(kernel.identity, people.remember(kernel.engine)))
    if kernel.catalogue is not None:
        app.include_router(log_api.router(kernel))
        app.include_router(check.router(kernel))
        app.include_router(contracts.router(kernel))
    for router in service.routers(kernel):
        app.include_router(router)
    app.mount("/static", static_files())
    published = kernel.folder / "contracts"
    if published.is_dir():
        app.mount("/contracts", StaticFiles(directory=published))
    return app
