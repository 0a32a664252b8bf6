"""Submission, wired: its event types, routes, lists and reactions."""

from pathlib import Path
from typing import get_args

from fastapi import FastAPI

from services.submission import api, pages
from services.submission.domain.events import InnovationEvent, ProgrammeEvent, UnitEvent
from services.submission.reactions import REACTIONS
from services.submission.read_models import LISTS
from shared import feed
from shared.envelope import Catalogue
from shared.kernel import Kernel
from shared.service import Service
from shared.settings import Settings
from shared.telemetry import configure_logging

FOLDER = Path(__file__).parent
CATALOGUE = Catalogue("submission", get_args(UnitEvent | ProgrammeEvent | InnovationEvent))


def service(settings: Settings) -> Service:
    """Give the service for these settings."""
    kernel = Kernel("submission", settings, FOLDER, catalogue=CATALOGUE, nav=pages.NAV)
    return Service(
        kernel=kernel,
        migrations=FOLDER / "migrations",
        routers=(feed.router(kernel.log), *api.routers, *pages.routers),
        consumers=(kernel.consumer(REACTIONS.name, kernel.source("review"), REACTIONS.through(kernel.commands)),),
        models=kernel.local(LISTS),
        projections=(LISTS,),
    )


def app() -> FastAPI:
    """Give the web application for the settings of this process."""
    configure_logging("submission", "api")
    return service(Settings()).api()
