"""Review wired together: its events, what it consumes, what it answers."""

from pathlib import Path
from typing import get_args

from fastapi import FastAPI

from services.review import pages
from services.review.api import assessments as api_assessments
from services.review.api import pool as api_pool
from services.review.desk.shipped import publish_shipped_rubrics
from services.review.domain.events import AssessmentEvent, ReviewerEvent, RubricEvent
from services.review.reactions import REACTION
from services.review.read_models import assessments, dossier
from shared import feed
from shared.envelope import Catalogue
from shared.kernel import Kernel
from shared.service import Service
from shared.settings import Settings
from shared.telemetry import configure_logging
from shared.web.messages import N_
from shared.web.pages import NavItem

NAV = (
    NavItem("/work/tasks", N_("My tasks"), frozenset({"reviewer"})),
    NavItem("/work/assessments", N_("Assessments"), frozenset({"lan", "coordinator", "unit-member", "auditor"})),
    NavItem("/work/regions", N_("Regions"), frozenset({"lan", "auditor"})),
    NavItem("/work/reviewers", N_("Reviewers"), frozenset({"lan", "coordinator"})),
    NavItem("/work/rubrics", N_("Rubrics")),
)
FOLDER = Path(__file__).parent
CATALOGUE = Catalogue("review", [RubricEvent, ReviewerEvent, *get_args(AssessmentEvent)])


def service(settings: Settings) -> Service:
    """Give the service of these settings."""
    kernel = Kernel("review", settings, FOLDER, catalogue=CATALOGUE, nav=NAV)
    submission = kernel.source("submission")
    return Service(
        kernel,
        migrations=FOLDER / "migrations",
        routers=[api_pool.router, api_assessments.router, feed.router(kernel.log), *pages.routers],
        consumers=[
            kernel.consumer(REACTION.name, submission, REACTION.through(kernel.commands)),
            kernel.consumer(dossier.PROJECTION.name, submission, dossier.PROJECTION),
        ],
        models=kernel.local(assessments.PROJECTION),
        projections=[assessments.PROJECTION, dossier.PROJECTION],
        provision=lambda: _provision(kernel),
    )


def app() -> FastAPI:
    """Give the web application of this process's settings."""
    configure_logging("review", "api")
    return service(Settings()).api()


def _provision(kernel: Kernel) -> None:
    publish_shipped_rubrics(kernel.commands)
