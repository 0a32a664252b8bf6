"""How each event of submission and review changes the public read model. Pure: event and place in, writes out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from services.showcase import incoming as read
from services.showcase import tables
from services.showcase.incoming import STAGES
from shared.incoming import Received
from shared.projection import Projection, Write, insert, put, update

FIRST_SCHEMA = "showcase_v1"

showcase = Projection("showcase", tables.metadata, FIRST_SCHEMA)

# -- units ------------------------------------------------------------------------------------------------------


@showcase.on(read.UnitRegistered)
def unit_registered(event: read.UnitRegistered, at: Received) -> Iterator[Write]:
    """A unit appears in its region."""
    yield insert(tables.unit, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.UnitRenamed)
def unit_renamed(event: read.UnitRenamed, at: Received) -> Iterator[Write]:
    """A unit is shown under its new name."""
    named = {"name": event.name, "short_name": event.short_name, "aliases": event.aliases, "position": at.position}
    yield update(tables.unit, key={"region": at.region, "unit_id": event.unit_id}, set=named)


# -- programmes -------------------------------------------------------------------------------------------------


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
    """A session has a number of units that came."""
    key = {"region": at.region, "programme_id": event.programme_id, "session_id": event.session_id}
    came = {"units_present": len(set(event.unit_ids)), "remark": event.remark}
    yield update(tables.session, key=key, set=came)


@showcase.on(read.TargetSet)
def target_set(event: read.TargetSet, at: Received) -> Iterator[Write]:
    """A target stands beside the actual figures."""
    yield insert(tables.target, {"region": at.region, "position": at.position, **vars(event)})


@showcase.on(read.CommitmentSigned)
def commitment_signed(event: read.CommitmentSigned, at: Received) -> Iterator[Write]:
    """A unit is committed; a declaration that is signed again keeps one row."""
    yield put(tables.commitment, {"region": at.region, **vars(event)})


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


# -- innovations ------------------------------------------------------------------------------------------------


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


# -- review -----------------------------------------------------------------------------------------------------


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
