"""How events become the rows of the lists: pure handlers, one an event type."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from services.submission.domain.events import (
    ConfirmationAsked,
    DesignSaved,
    DiagnosisSaved,
    DisplaySaved,
    EvidenceSaved,
    IdeaSaved,
    InnovationDeclined,
    InnovationDisplayed,
    InnovationLaunched,
    InnovationProposed,
    InnovationRetired,
    InnovationReturned,
    InnovationWithdrawn,
    MilestoneDone,
    OutcomeMeasured,
    ProgrammeAgreed,
    ProgrammeClosed,
    ProgrammeRequested,
    ProgrammeResumed,
    ProgrammeStalled,
    RunningConfirmed,
    StaffCounted,
    StageAdvanced,
    StageCompleted,
    StageOpened,
    StageScheduled,
    StageSubmitted,
    TeamNamed,
    UnitRegistered,
    UnitRenamed,
)
from services.submission.domain.vocabulary import Stage
from services.submission.read_models.tables import (
    innovation,
    measurement,
    metadata,
    programme,
    programme_stage,
    unit,
)
from shared.incoming import Received
from shared.projection import Projection, Write, insert, update

LISTS = Projection("submission.lists", metadata, schema="submission_lists_v2")


def folded(text: str) -> str:
    """Give a text as it is compared: without case, accents, punctuation and doubled spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(
        "".join(each if each.isalnum() else " " for each in plain if not unicodedata.combining(each)).split()
    )


@LISTS.on(UnitRegistered)
def _unit_registered(event: UnitRegistered, at: Received) -> Iterator[Write]:
    yield insert(
        unit,
        {
            "region": at.region,
            "unit_id": event.unit_id,
            "name": event.name,
            "short_name": event.short_name,
            "kind": event.kind,
            "aliases": event.aliases,
        },
    )


@LISTS.on(UnitRenamed)
def _unit_renamed(event: UnitRenamed, at: Received) -> Iterator[Write]:
    yield update(
        unit,
        key={"region": at.region, "unit_id": event.unit_id},
        set={"name": event.name, "short_name": event.short_name, "aliases": event.aliases},
    )


@LISTS.on(StaffCounted)
def _staff_counted(event: StaffCounted, at: Received) -> Iterator[Write]:
    yield update(
        unit,
        key={"region": at.region, "unit_id": event.unit_id},
        set={"civil_servants": event.civil_servants, "counted_on": event.counted_on},
    )


# -- programmes -------------------------------------------------------------------------------------------------


def _programme(at: Received, programme_id: str, **values: Any) -> Write:
    return update(programme, key={"region": at.region, "programme_id": programme_id}, set=values)


def _stage(at: Received, programme_id: str, stage: Stage, **values: Any) -> Write:
    key = {"region": at.region, "programme_id": programme_id, "stage": stage}
    return update(programme_stage, key=key, set=values)


@LISTS.on(ProgrammeRequested)
def _requested(event: ProgrammeRequested, at: Received) -> Iterator[Write]:
    yield insert(
        programme,
        {
            "region": at.region,
            "programme_id": event.programme_id,
            "edition": event.edition,
            "title": event.title,
            "coordinator_office": event.coordinator_office,
            "requested_on": event.requested_on,
        },
    )
    for stage in Stage:
        yield insert(programme_stage, {"region": at.region, "programme_id": event.programme_id, "stage": stage})


@LISTS.on(ProgrammeAgreed)
def _agreed(event: ProgrammeAgreed, at: Received) -> Iterator[Write]:
    yield _programme(at, event.programme_id, agreed_on=event.signed_on)


@LISTS.on(StageScheduled)
def _scheduled(event: StageScheduled, at: Received) -> Iterator[Write]:
    yield _stage(at, event.programme_id, event.stage, opens_on=event.opens_on, closes_on=event.closes_on)


@LISTS.on(StageOpened)
def _opened(event: StageOpened, at: Received) -> Iterator[Write]:
    yield _stage(at, event.programme_id, event.stage, opened_on=event.opened_on)


@LISTS.on(StageCompleted)
def _completed(event: StageCompleted, at: Received) -> Iterator[Write]:
    yield _stage(at, event.programme_id, event.stage, completed_on=event.completed_on)


@LISTS.on(ProgrammeStalled)
def _stalled(event: ProgrammeStalled, at: Received) -> Iterator[Write]:
    yield _programme(at, event.programme_id, stalled_on=event.stalled_on, stall_reason=event.reason)


@LISTS.on(ProgrammeResumed)
def _resumed(event: ProgrammeResumed, at: Received) -> Iterator[Write]:
    yield _programme(at, event.programme_id, stalled_on=None, stall_reason=None)


@LISTS.on(ProgrammeClosed)
def _closed(event: ProgrammeClosed, at: Received) -> Iterator[Write]:
    yield _programme(at, event.programme_id, closed_on=event.closed_on)


# -- innovations ------------------------------------------------------------------------------------------------


def _touch(at: Received, innovation_id: str, **values: Any) -> Write:
    """Give the change of an innovation's row; every event of its stream moves its position."""
    return update(
        innovation,
        key={"region": at.region, "innovation_id": innovation_id},
        set={**values, "position": at.position, "updated_at": at.recorded_at},
    )


@LISTS.on(InnovationProposed)
def _proposed(event: InnovationProposed, at: Received) -> Iterator[Write]:
    yield insert(
        innovation,
        {
            "region": at.region,
            "innovation_id": event.innovation_id,
            "programme_id": event.programme_id,
            "unit_id": event.unit_id,
            "title": event.title,
            "folded": folded(event.title),
            "sector": event.sector,
            "stage": Stage.DRUM_UP,
            "status": "active",
            "waiting": False,
            "returned": False,
            "since": event.proposed_on,
            "proposed_on": event.proposed_on,
            "is_example": event.is_example,
            "position": at.position,
            "updated_at": at.recorded_at,
        },
    )


@LISTS.on(IdeaSaved)
def _idea(event: IdeaSaved, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, title=event.title, folded=folded(event.title), sector=event.sector)


def _only_touched(event: Any, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id)


for _type in (TeamNamed, DiagnosisSaved, DesignSaved, MilestoneDone, EvidenceSaved, DisplaySaved):
    LISTS.on(_type)(_only_touched)


@LISTS.on(OutcomeMeasured)
def _measured(event: OutcomeMeasured, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id)
    yield insert(
        measurement,
        {
            "region": at.region,
            "innovation_id": event.innovation_id,
            "position": at.position,
            "measured_on": event.measured_on,
        },
    )


@LISTS.on(InnovationLaunched)
def _launched(event: InnovationLaunched, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, launched_on=event.launched_on)


@LISTS.on(StageSubmitted)
def _submitted(event: StageSubmitted, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, waiting=True, returned=False, since=event.submitted_on)


@LISTS.on(StageAdvanced)
def _advanced(event: StageAdvanced, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, stage=event.to_stage, waiting=False, returned=False, since=event.advanced_on)


@LISTS.on(InnovationReturned)
def _returned(event: InnovationReturned, at: Received) -> Iterator[Write]:
    yield _touch(
        at,
        event.innovation_id,
        stage=event.to_stage,
        waiting=False,
        returned=True,
        displayed_on=None,
        since=event.returned_on,
    )


@LISTS.on(InnovationDeclined)
def _declined(event: InnovationDeclined, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, waiting=False, returned=True, since=event.declined_on)


@LISTS.on(InnovationDisplayed)
def _displayed(event: InnovationDisplayed, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, displayed_on=event.displayed_on, since=event.displayed_on)


@LISTS.on(ConfirmationAsked)
def _asked(event: ConfirmationAsked, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, asked_on=event.asked_on)


@LISTS.on(RunningConfirmed)
def _confirmed(event: RunningConfirmed, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, confirmed_on=event.confirmed_on)


@LISTS.on(InnovationWithdrawn)
def _withdrawn(event: InnovationWithdrawn, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, status="withdrawn", waiting=False, since=event.withdrawn_on)


@LISTS.on(InnovationRetired)
def _retired(event: InnovationRetired, at: Received) -> Iterator[Write]:
    yield _touch(at, event.innovation_id, status="retired", since=event.retired_on)
