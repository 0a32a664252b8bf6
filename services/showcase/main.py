"""Showcase's parts, wired: two producers' events into the read model, and the public site over it."""

from pathlib import Path

from fastapi import FastAPI

from services.showcase.api import Api
from services.showcase.model import Following, ReadModel
from services.showcase.pages import NAV, Site
from services.showcase.projections import showcase
from shared.kernel import Kernel
from shared.service import Service
from shared.settings import Settings
from shared.telemetry import configure_logging

FOLDER = Path(__file__).parent
PRODUCERS = ("submission", "review")


def service(settings: Settings) -> Service:
    """Give the service with these settings."""
    kernel = Kernel("showcase", settings, FOLDER, nav=NAV)
    read_model = ReadModel(kernel.engine)
    effect = Following()
    return Service(
        kernel=kernel,
        migrations=FOLDER / "migrations",
        consumers=[
            kernel.consumer(showcase.name, kernel.source(producer), effect)
            for producer in PRODUCERS
            if producer in settings.producers
        ],
        routers=[Api(read_model, kernel.cursors).router(), Site(read_model, kernel.pages, kernel.cursors).router()],
    )


def app() -> FastAPI:
    """Give the web application with the settings of this process, for uvicorn."""
    configure_logging("showcase", "api")
    return service(Settings()).api()
