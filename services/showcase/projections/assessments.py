"""Assessments, as their events tell of them."""

from collections.abc import Iterator
from typing import Any

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, insert, update


def _assessment(at: Received, assessment_id: str, **values: Any) -> Write:
    key = {"region": at.region, "assessment_id": assessment_id}
    return update(tables.assessment, key=key, set={**values, "position": at.position})


@showcase.on(read.AssessmentOpened)
def assessment_opened(event: read.AssessmentOpened, at: Received) -> Iterator[Write]:
    """A panel has an innovation before it."""
    yield insert(
        tables.assessment,
        {
            **vars(event),
            "region": at.region,
            "state": "open",
            "opened_at": at.recorded_at,
            "opened_position": at.position,
            "position": at.position,
        },
    )


@showcase.on(read.PanelCompleted)
def panel_completed(event: read.PanelCompleted, at: Received) -> Iterator[Write]:
    """The scores are in; the chair has yet to determine."""
    yield _assessment(at, event.assessment_id, state="scored")


@showcase.on(read.AssessmentConcluded)
def assessment_concluded(event: read.AssessmentConcluded, at: Received) -> Iterator[Write]:
    """A panel's work is done; what follows for the innovation is submission's to say."""
    yield _assessment(at, event.assessment_id, state="concluded", concluded_on=event.concluded_on)


@showcase.on(read.AssessmentCancelled)
def assessment_cancelled(event: read.AssessmentCancelled, at: Received) -> Iterator[Write]:
    """A panel's work ended without an outcome."""
    yield _assessment(at, event.assessment_id, state="cancelled")
