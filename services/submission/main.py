"""Submission, wired: its event types, routes, lists and reactions."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from services.submission.domain.events import InnovationEvent, PersonEvent, ProgrammeEvent, UnitEvent
from services.submission.domain.feedback_events import FeedbackEvent
from services.submission.domain.festival_events import FestivalEvent
from services.submission.reactions import REACTIONS
from services.submission.read_models import LISTS, RUBRICS
from shared.access import AccessRecorded
from shared.envelope import Catalogue
from shared.erasure import PayloadsErased
from shared.kernel import Kernel
from shared.service import Service
from shared.settings import Settings
from shared.telemetry import configure_logging
from shared.web.messages import N_
from shared.web.nav import NavItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import APIRouter, FastAPI

_EVERY_ROLE = frozenset({"lan", "coordinator", "unit-member", "auditor"})
NAV = (
    NavItem("/", N_("My work"), _EVERY_ROLE),
    NavItem("/desk/innovations", N_("Innovations"), _EVERY_ROLE),
    NavItem("/desk/programmes", N_("Programmes"), _EVERY_ROLE),
    NavItem("/desk/festivals", N_("Festivals"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/units", N_("Units"), _EVERY_ROLE),
    NavItem("/desk/feedback", N_("Citizens"), _EVERY_ROLE),
    NavItem("/desk/people", N_("People"), frozenset({"lan"})),
    NavItem("/desk/access", N_("Access log"), frozenset({"lan", "auditor"})),
)
FOLDER = Path(__file__).parent
CATALOGUE = Catalogue(
    "submission",
    [
        *get_args(UnitEvent | ProgrammeEvent | InnovationEvent | FeedbackEvent | FestivalEvent),
        PersonEvent,
        AccessRecorded,
        PayloadsErased,
    ],
)


def service(settings: Settings) -> Service:
    """Give the service for these settings."""
    kernel = Kernel("submission", settings, FOLDER, catalogue=CATALOGUE, nav=NAV)
    review = kernel.source("review")
    return Service(
        kernel=kernel,
        migrations=FOLDER / "migrations",
        routers=_routers,
        consumers=(
            kernel.consumer(REACTIONS.name, review, REACTIONS.through(kernel.commands)),
            kernel.consumer(RUBRICS.name, review, RUBRICS),
        ),
        models=kernel.local(LISTS),
        projections=(LISTS, RUBRICS),
        chores=lambda: _chores(kernel),
    )


def app() -> "FastAPI":
    """Give the web application for the settings of this process."""
    configure_logging("submission", "api")
    return service(Settings()).api()


def _chores(kernel: Kernel) -> "list[Callable[[], None]]":
    # Only the sweep asks and forgets by itself.
    from services.submission.desk import running
    from shared.limits import forget

    return [running.chore(kernel.commands, kernel.engine), partial(forget, kernel.engine)]


def _routers(kernel: Kernel) -> "list[APIRouter]":
    # Only the api answers over HTTP, so that only it pays for these imports.
    from services.submission import api, pages
    from services.submission.desk import people
    from shared import access_log, feed, holdings

    return [
        feed.router(kernel.log),
        *api.routers,
        holdings.router(people.holdings(kernel.engine)),
        *access_log.routers(kernel.engine),
        *pages.routers,
    ]
