"""Programmes: their stages, sessions, targets, commitments and stated counts, as their events tell of them."""

from collections.abc import Iterator
from typing import Any

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.incoming import STAGES
from services.showcase.projections.base import showcase
from shared.incoming import Received
from shared.projection import Write, insert, put, update


def _programme(at: Received, programme_id: str, **values: Any) -> Write:
    key = {"region": at.region, "programme_id": programme_id}
    return update(tables.programme, key=key, set={**values, "position": at.position})


def _stage(at: Received, programme_id: str, stage: str, **values: Any) -> Write:
    key = {"region": at.region, "programme_id": programme_id, "stage": stage}
    return update(tables.programme_stage, key=key, set=values)


@showcase.on(read.ProgrammeRequested)
def programme_requested(event: read.ProgrammeRequested, at: Received) -> Iterator[Write]:
    """A programme appears, with its five stages still to come."""
    yield insert(tables.programme, {"region": at.region, "position": at.position, "labels": {}, **vars(event)})
    for stage in STAGES:
        yield insert(tables.programme_stage, {"region": at.region, "programme_id": event.programme_id, "stage": stage})


@showcase.on(read.ProgrammeAgreed)
def programme_agreed(event: read.ProgrammeAgreed, at: Received) -> Iterator[Write]:
    """A programme has its memorandum."""
    yield _programme(at, **vars(event))


@showcase.on(read.StageScheduled)
def stage_scheduled(event: read.StageScheduled, at: Received) -> Iterator[Write]:
    """A stage has its planned dates."""
    yield _stage(at, **vars(event))


@showcase.on(read.StageOpened)
def stage_opened(event: read.StageOpened, at: Received) -> Iterator[Write]:
    """A stage began."""
    yield _stage(at, **vars(event))


@showcase.on(read.StageCompleted)
def stage_completed(event: read.StageCompleted, at: Received) -> Iterator[Write]:
    """A stage is done."""
    yield _stage(at, **vars(event))


@showcase.on(read.StagesLabelled)
def stages_labelled(event: read.StagesLabelled, at: Received) -> Iterator[Write]:
    """A programme has its own words for stages."""
    yield _programme(at, event.programme_id, labels=event.labels)


@showcase.on(read.SessionScheduled)
def session_scheduled(event: read.SessionScheduled, at: Received) -> Iterator[Write]:
    """A session stands in the programme."""
    yield insert(tables.session, {"region": at.region, **vars(event)})


@showcase.on(read.AttendanceRecorded)
def attendance_recorded(event: read.AttendanceRecorded, at: Received) -> Iterator[Write]:
    """A session has the units that came."""
    key = {"region": at.region, "programme_id": event.programme_id, "session_id": event.session_id}
    came = {
        "unit_ids": list(dict.fromkeys(event.unit_ids)),
        "attendance_position": at.position,
        "remark": event.remark,
    }
    yield update(tables.session, key=key, set=came)


@showcase.on(read.TargetSet)
def target_set(event: read.TargetSet, at: Received) -> Iterator[Write]:
    """A target stands beside the actual figures."""
    yield insert(tables.target, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.CommitmentSigned)
def commitment_signed(event: read.CommitmentSigned, at: Received) -> Iterator[Write]:
    """A unit is committed; a declaration that is signed again keeps one row."""
    yield put(tables.commitment, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.CountStated)
def count_stated(event: read.CountStated, at: Received) -> Iterator[Write]:
    """A stated count stands beside those of the log."""
    yield insert(tables.stated_count, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.ProgrammeStalled)
def programme_stalled(event: read.ProgrammeStalled, at: Received) -> Iterator[Write]:
    """A programme halts, with its reason."""
    yield _programme(at, event.programme_id, stalled_on=event.stalled_on, stalled_reason=event.reason)


@showcase.on(read.ProgrammeResumed)
def programme_resumed(event: read.ProgrammeResumed, at: Received) -> Iterator[Write]:
    """A programme goes on."""
    yield _programme(at, event.programme_id, stalled_on=None, stalled_reason=None)


@showcase.on(read.ProgrammeClosed)
def programme_closed(event: read.ProgrammeClosed, at: Received) -> Iterator[Write]:
    """A programme is over."""
    yield _programme(at, event.programme_id, closed_on=event.closed_on)
