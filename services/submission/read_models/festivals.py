"""Festivals in lists: what happens to a festival as a row, and the one question asked of them."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, select

from services.submission.domain.festival_events import (
    FestivalAnnounced,
    FestivalCancelled,
    FestivalChanged,
    FestivalScheduled,
    InnovationsChosen,
)
from services.submission.read_models.projection import LISTS
from services.submission.read_models.queries import Rows
from services.submission.read_models.tables import festival
from shared.incoming import Received
from shared.projection import Write, insert, update


def festivals(connection: Connection, regions: Collection[str] | None) -> Rows:
    """Give the festivals of some regions, or all, newest first."""
    query = select(festival).order_by(festival.c.starts_on.desc(), festival.c.region, festival.c.festival_id)
    if regions is not None:
        query = query.where(festival.c.region.in_(regions))
    return LISTS.reading(connection).execute(query).all()


def _festival(at: Received, festival_id: str, **values: Any) -> Write:
    return update(festival, key={"region": at.region, "festival_id": festival_id}, set=values)


@LISTS.on(FestivalAnnounced)
def _announced(event: FestivalAnnounced, at: Received) -> Iterator[Write]:
    yield insert(
        festival,
        {
            "region": at.region,
            "festival_id": event.festival_id,
            "programme_id": event.programme_id,
            "title": event.title,
            "starts_on": event.starts_on,
            "ends_on": event.ends_on,
            "venue": event.venue,
            "innovations": 0,
            "slots": 0,
        },
    )


@LISTS.on(FestivalChanged)
def _changed(event: FestivalChanged, at: Received) -> Iterator[Write]:
    values = {"title": event.title, "starts_on": event.starts_on, "ends_on": event.ends_on, "venue": event.venue}
    yield _festival(at, event.festival_id, **values)


@LISTS.on(InnovationsChosen)
def _chosen(event: InnovationsChosen, at: Received) -> Iterator[Write]:
    yield _festival(at, event.festival_id, innovations=len(event.innovation_ids))


@LISTS.on(FestivalScheduled)
def _scheduled(event: FestivalScheduled, at: Received) -> Iterator[Write]:
    yield _festival(at, event.festival_id, slots=len(event.slots))


@LISTS.on(FestivalCancelled)
def _cancelled(event: FestivalCancelled, at: Received) -> Iterator[Write]:
    yield _festival(at, event.festival_id, cancelled_on=event.cancelled_on)
