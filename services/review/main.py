"""Review wired together: its events, what it consumes, what it answers."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

from services.review.domain.events import AssessmentEvent, ReviewerEvent, RubricEvent
from services.review.reactions import REACTION
from services.review.read_models import assessments, dossier
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

NAV = (
    NavItem("/desk/tasks", N_("My tasks"), frozenset({"reviewer"})),
    NavItem("/desk/home", N_("Overview"), frozenset({"lan", "coordinator", "unit-member", "auditor"})),
    NavItem("/desk/assessments", N_("Assessments"), frozenset({"lan", "coordinator", "unit-member", "auditor"})),
    NavItem("/desk/panels", N_("Panels"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/analysis", N_("Analysis"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/presentations", N_("Presentations"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/determinations", N_("Determinations"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/mail", N_("Letters"), frozenset({"lan", "coordinator", "unit-member"})),
    NavItem("/desk/regions", N_("Regions"), frozenset({"lan", "coordinator", "auditor"})),
    NavItem("/desk/reviewers", N_("Reviewers"), frozenset({"lan", "coordinator"})),
    NavItem("/desk/rubrics", N_("Rubrics")),
    NavItem("/desk/access", N_("Access log"), frozenset({"lan", "auditor"})),
)
FOLDER = Path(__file__).parent
CATALOGUE = Catalogue(
    "review", [RubricEvent, ReviewerEvent, *get_args(AssessmentEvent), AccessRecorded, PayloadsErased]
)


def service(settings: Settings) -> Service:
    """Give the service of these settings."""
    kernel = Kernel("review", settings, FOLDER, catalogue=CATALOGUE, nav=NAV)
    submission = kernel.source("submission")
    return Service(
        kernel,
        migrations=FOLDER / "migrations",
        routers=_routers,
        consumers=[
            kernel.consumer(REACTION.name, submission, REACTION.through(kernel.commands)),
            kernel.consumer(dossier.PROJECTION.name, submission, dossier.PROJECTION),
        ],
        models=kernel.local(assessments.PROJECTION),
        projections=[assessments.PROJECTION, dossier.PROJECTION],
        provision=lambda: _provision(kernel),
        chores=lambda: _chores(kernel),
    )


def app() -> "FastAPI":
    """Give the web application of this process's settings."""
    configure_logging("review", "api")
    return service(Settings()).api()


def _routers(kernel: Kernel) -> "list[APIRouter]":
    # Only the api answers over HTTP, so that only it pays for these imports.
    from services.review import api, pages
    from services.review.desk import holdings, resolutions
    from shared import access_log, feed
    from shared.holdings import router as people

    return [
        *api.routers,
        feed.router(kernel.log),
        people(holdings.holdings(kernel.engine, REACTION.name)),
        *access_log.routers(kernel.engine, resolutions.ALSO_ACCESSES),
        *pages.routers,
    ]


def _chores(kernel: Kernel) -> "list[Callable[[], None]]":
    # Only the sweep writes and sends letters.
    from services.review.desk import reminders
    from shared.mail import Sender

    settings = kernel.settings
    letters = Sender.of(kernel.engine, settings)
    return [reminders.chore(kernel.engine, f"{settings.public_url}{settings.root_path}"), letters.run]


def _provision(kernel: Kernel) -> None:
    # Only migrating provides what must be there.
    from services.review.desk.shipped import publish_shipped_rubrics

    publish_shipped_rubrics(kernel.commands)
