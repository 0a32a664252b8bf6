"""Festivals: their days, what they show, their schedule and their best."""

from collections.abc import Iterator
from typing import Any

from pydantic_core import to_jsonable_python

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, insert, put, update


def _festival(at: Received, festival_id: str, **values: Any) -> Write:
    key = {"region": at.region, "festival_id": festival_id}
    return update(tables.festival, key=key, set={**values, "position": at.position})


@showcase.on(read.FestivalAnnounced)
def festival_announced(event: read.FestivalAnnounced, at: Received) -> Iterator[Write]:
    """A festival appears, with nothing chosen yet."""
    chosen: dict[str, list[str]] = {"innovation_ids": [], "slots": []}
    yield insert(tables.festival, {**vars(event), **chosen, "region": at.region, "position": at.position})


@showcase.on(read.FestivalChanged)
def festival_changed(event: read.FestivalChanged, at: Received) -> Iterator[Write]:
    """A festival is shown under its new title, days and venue."""
    yield _festival(at, **vars(event))


@showcase.on(read.InnovationsChosen)
def innovations_chosen(event: read.InnovationsChosen, at: Received) -> Iterator[Write]:
    """A festival shows these innovations."""
    yield _festival(at, **vars(event))


@showcase.on(read.FestivalScheduled)
def festival_scheduled(event: read.FestivalScheduled, at: Received) -> Iterator[Write]:
    """A festival has this schedule."""
    yield _festival(at, event.festival_id, slots=to_jsonable_python(event.slots))


@showcase.on(read.TopNamed)
def top_named(event: read.TopNamed, at: Received) -> Iterator[Write]:
    """A festival has its best of one category."""
    yield put(tables.festival_top, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.FestivalCancelled)
def festival_cancelled(event: read.FestivalCancelled, at: Received) -> Iterator[Write]:
    """A festival does not take place."""
    yield _festival(at, event.festival_id, cancelled_on=event.cancelled_on, cancel_reason=event.reason)
