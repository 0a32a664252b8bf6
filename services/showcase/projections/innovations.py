"""Innovations: their texts, figures and journeys, as their events tell of them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.incoming import STAGES
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, insert, update


def _innovation(at: Received, innovation_id: str, **values: Any) -> Write:
    key = {"region": at.region, "innovation_id": innovation_id}
    moved = {**values, "position": at.position, "recorded_at": at.recorded_at}
    return update(tables.innovation, key=key, set=moved)


def _text(at: Received, innovation_id: str, **values: Any) -> Write:
    return update(tables.innovation_text, key={"region": at.region, "innovation_id": innovation_id}, set=values)


def _transition(
    at: Received,
    innovation_id: str,
    kind: str,
    on: date,
    *,
    from_stage: str | None = None,
    to_stage: str | None = None,
    note: str | None = None,
) -> Write:
    return insert(
        tables.transition,
        {
            "region": at.region,
            "position": at.position,
            "innovation_id": innovation_id,
            "kind": kind,
            "from_stage": from_stage,
            "to_stage": to_stage,
            "happened_on": on,
            "note": note,
            "recorded_at": at.recorded_at,
        },
    )


@showcase.on(read.InnovationProposed)
def innovation_proposed(event: read.InnovationProposed, at: Received) -> Iterator[Write]:
    """An innovation appears at the first stage."""
    proposed = dict(vars(event))
    idea = proposed.pop("idea")
    yield insert(
        tables.innovation,
        {
            **proposed,
            "region": at.region,
            "year": event.proposed_on.year,
            "stage": STAGES[0],
            "status": "active",
            "returned": False,
            "first_position": at.position,
            "position": at.position,
            "recorded_at": at.recorded_at,
        },
    )
    yield insert(
        tables.innovation_text,
        {
            "region": at.region,
            "innovation_id": event.innovation_id,
            "title": event.title,
            "meaning": event.meaning,
            "idea": idea,
            "public_summary": "",
            "replication_notes": "",
        },
    )
    yield _transition(at, event.innovation_id, "proposed", event.proposed_on, to_stage=STAGES[0])


@showcase.on(read.IdeaSaved)
def idea_saved(event: read.IdeaSaved, at: Received) -> Iterator[Write]:
    """An innovation is shown and found by its new words."""
    words = {"title": event.title, "meaning": event.meaning}
    yield _innovation(
        at,
        event.innovation_id,
        sector=event.sector,
        initiator=event.initiator,
        channel=event.channel,
        **words,
    )
    yield _text(at, event.innovation_id, idea=event.idea, **words)


@showcase.on(read.DiagnosisSaved)
def diagnosis_saved(event: read.DiagnosisSaved, at: Received) -> Iterator[Write]:
    """The diagnosis is kept for the day of display."""
    diagnosis = dict(vars(event))
    yield _text(at, diagnosis.pop("innovation_id"), diagnosis=diagnosis)


@showcase.on(read.DesignSaved)
def design_saved(event: read.DesignSaved, at: Received) -> Iterator[Write]:
    """The design and its indicators are kept for the day of display."""
    design = dict(vars(event))
    innovation_id, indicators = design.pop("innovation_id"), design.pop("indicators")
    yield _text(at, innovation_id, design=design, indicators=indicators)
    # Not `_innovation`: what is for the region alone moves nothing that the public sees.
    key = {"region": at.region, "innovation_id": innovation_id}
    yield update(tables.innovation, key=key, set={"form": event.form, "types": event.types})


@showcase.on(read.DisplaySaved)
def display_saved(event: read.DisplaySaved, at: Received) -> Iterator[Write]:
    """What the unit wrote for everybody is shown."""
    yield _text(at, **vars(event))


@showcase.on(read.OutcomeMeasured)
def outcome_measured(event: read.OutcomeMeasured, at: Received) -> Iterator[Write]:
    """An indicator has one more figure."""
    yield insert(tables.measurement, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.InnovationLaunched)
def innovation_launched(event: read.InnovationLaunched, at: Received) -> Iterator[Write]:
    """An innovation is launched."""
    yield _innovation(at, event.innovation_id, launched_on=event.launched_on)
    yield _transition(at, event.innovation_id, "launched", event.launched_on, note=event.place or None)


@showcase.on(read.StageSubmitted)
def stage_submitted(event: read.StageSubmitted, at: Received) -> Iterator[Write]:
    """An innovation waits at a gate."""
    yield _innovation(at, event.innovation_id, awaiting=event.to_stage, returned=False)
    stages = {"from_stage": event.from_stage, "to_stage": event.to_stage}
    yield _transition(at, event.innovation_id, "submitted", event.submitted_on, **stages)


@showcase.on(read.StageAdvanced)
def stage_advanced(event: read.StageAdvanced, at: Received) -> Iterator[Write]:
    """An innovation stands at its next stage."""
    yield _innovation(at, event.innovation_id, stage=event.to_stage, awaiting=None, returned=False)
    stages = {"from_stage": event.from_stage, "to_stage": event.to_stage}
    yield _transition(at, event.innovation_id, "advanced", event.advanced_on, **stages)


@showcase.on(read.InnovationReturned)
def innovation_returned(event: read.InnovationReturned, at: Received) -> Iterator[Write]:
    """An innovation was sent back: the fact and its date, not what must change."""
    yield _innovation(at, event.innovation_id, stage=event.to_stage, awaiting=None, returned=True)
    stages = {"from_stage": event.from_stage, "to_stage": event.to_stage}
    yield _transition(at, event.innovation_id, "returned", event.returned_on, **stages)


@showcase.on(read.InnovationDeclined)
def innovation_declined(event: read.InnovationDeclined, at: Received) -> Iterator[Write]:
    """A gate declined an innovation, which stays where it is: the fact and its date, not the rationale."""
    yield _innovation(at, event.innovation_id, stage=event.from_stage, awaiting=None, returned=False)
    stages = {"from_stage": event.from_stage, "to_stage": event.to_stage}
    yield _transition(at, event.innovation_id, "declined", event.declined_on, **stages)


@showcase.on(read.InnovationDisplayed)
def innovation_displayed(event: read.InnovationDisplayed, at: Received) -> Iterator[Write]:
    """An innovation came to the end of its way."""
    yield _innovation(at, event.innovation_id, displayed_on=event.displayed_on)
    yield _transition(at, event.innovation_id, "displayed", event.displayed_on)


@showcase.on(read.ConfirmationAsked)
def confirmation_asked(event: read.ConfirmationAsked, at: Received) -> Iterator[Write]:
    """It is asked whether an innovation still runs."""
    yield _innovation(at, event.innovation_id, asked_on=event.asked_on)


@showcase.on(read.RunningConfirmed)
def running_confirmed(event: read.RunningConfirmed, at: Received) -> Iterator[Write]:
    """An innovation still runs."""
    yield _innovation(at, event.innovation_id, confirmed_on=event.confirmed_on)


@showcase.on(read.InnovationWithdrawn)
def innovation_withdrawn(event: read.InnovationWithdrawn, at: Received) -> Iterator[Write]:
    """An innovation was withdrawn by its unit."""
    yield _ended(at, event.innovation_id, "withdrawn", event.withdrawn_on, event.reason)
    yield _transition(at, event.innovation_id, "withdrawn", event.withdrawn_on, note=event.reason or None)


@showcase.on(read.InnovationRetired)
def innovation_retired(event: read.InnovationRetired, at: Received) -> Iterator[Write]:
    """An innovation was retired."""
    yield _ended(at, event.innovation_id, "retired", event.retired_on, event.reason)
    yield _transition(at, event.innovation_id, "retired", event.retired_on, note=event.reason or None)


def _ended(at: Received, innovation_id: str, status: str, on: date, reason: str) -> Write:
    return _innovation(
        at, innovation_id, status=status, ended_on=on, end_reason=reason or None, awaiting=None, returned=False
    )
