"""Programmes: what LAN and a region's coordinator record of an edition."""

import hashlib
from collections.abc import Callable, Sequence

from services.submission.desk.asked import (
    Asked,
    Streams,
    may_coordinate,
    require_known_region,
)
from services.submission.domain.events import Gate
from services.submission.domain.programme import PROGRAMME, Programme
from services.submission.domain.programme_commands import (
    AgreeProgramme,
    ChooseGates,
    CloseProgramme,
    CompleteStage,
    LabelStages,
    OpenStage,
    ProgrammeCommand,
    RecordAttendance,
    RequestProgramme,
    ResumeProgramme,
    ScheduleSession,
    ScheduleStage,
    SetTarget,
    SignCommitment,
    StallProgramme,
    StateCount,
)
from services.submission.domain.rejections import UnknownUnit
from services.submission.domain.unit import UNIT
from services.submission.domain.vocabulary import Stage, TargetMeasure
from services.submission.read_models import rubrics
from shared.auth import Role
from shared.domain import Forbidden, region_of
from shared.event_log import Outcome
from shared.http import Body, Day


class NewProgramme(Body):
    """A region's request for facilitation; the programme's id becomes the region and the edition."""

    region: str
    edition: str
    title: str
    coordinator_office: str
    requested_on: Day
    note: str = ""


class Agreement(Body):
    """The memorandum of understanding."""

    mou_number: str
    parties: tuple[str, ...]
    signed_on: Day
    valid_until: Day | None = None
    scope: tuple[str, ...] = ()


class StageDates(Body):
    """When a stage is to open and to close."""

    stage: Stage
    opens_on: Day
    closes_on: Day | None = None


class Opening(Body):
    """When a stage began."""

    opened_on: Day


class Completion(Body):
    """When a stage was completed."""

    completed_on: Day


class Labels(Body):
    """The region's own labels by stage."""

    labels: dict[Stage, str]


class NewSession(Body):
    """A session of the laboratory."""

    stage: Stage
    title: str
    starts_on: Day
    ends_on: Day
    venue: str = ""
    mentors: tuple[str, ...] = ()


class Attendance(Body):
    """The units that came to a session."""

    unit_ids: tuple[str, ...]
    remark: str = ""


class Target(Body):
    """A target for the region, or for one unit."""

    measure: TargetMeasure
    value: int
    unit_id: str | None = None
    due_on: Day | None = None
    note: str = ""


class GateChoice(Body):
    """A transition that needs a panel, and the rubric that the panel uses."""

    from_stage: Stage
    to_stage: Stage
    rubric_id: str
    rubric_version: int
    panel_size: int = 3
    quorum: int = 2


class Gates(Body):
    """All gates of the programme."""

    gates: tuple[GateChoice, ...]


class Commitment(Body):
    """The commitment that the head of a unit signed."""

    unit_id: str
    signatory_office: str
    signed_on: Day


class StatedCount(Body):
    """A count that somebody stated in public."""

    stated_by: str
    innovations: int
    units: int | None = None
    stated_on: Day
    note: str = ""


class Stall(Body):
    """Why a programme came to a halt, and when."""

    reason: str
    stalled_on: Day


class Resumption(Body):
    """When a programme went on."""

    resumed_on: Day
    note: str = ""


class Closing(Body):
    """The report that a programme is closed with."""

    report: str
    closed_on: Day


def request(asked: Asked, body: NewProgramme) -> Outcome:
    """Request a programme: who coordinates the region."""
    may_coordinate(asked.actor, body.region)
    require_known_region(body.region)
    ident = f"{body.region}-{body.edition or '?'}"
    command = RequestProgramme(
        **asked.who,
        programme_id=ident,
        title=body.title,
        coordinator_office=body.coordinator_office,
        requested_on=body.requested_on,
        note=body.note,
    )
    return asked.carry_out(PROGRAMME, ident, command)


def agree(asked: Asked, ident: str, body: Agreement) -> Outcome:
    """Record the agreement: LAN only."""
    may_coordinate(asked.actor, region_of(ident))
    if not asked.actor.has(Role.LAN):
        raise Forbidden
    return _carry_out(
        asked,
        ident,
        AgreeProgramme(
            **asked.who,
            mou_number=body.mou_number,
            parties=body.parties,
            signed_on=body.signed_on,
            valid_until=body.valid_until,
            scope=body.scope,
        ),
    )


def schedule_stage(asked: Asked, ident: str, body: StageDates) -> Outcome:
    """Put a stage into the calendar."""
    command = ScheduleStage(**asked.who, stage=body.stage, opens_on=body.opens_on, closes_on=body.closes_on)
    return _carry_out(asked, ident, command)


def open_stage(asked: Asked, ident: str, stage: Stage, body: Opening) -> Outcome:
    """Open a stage."""
    return _carry_out(asked, ident, OpenStage(**asked.who, stage=stage, opened_on=body.opened_on))


def complete_stage(asked: Asked, ident: str, stage: Stage, body: Completion) -> Outcome:
    """Complete a stage."""
    return _carry_out(asked, ident, CompleteStage(**asked.who, stage=stage, completed_on=body.completed_on))


def label_stages(asked: Asked, ident: str, body: Labels) -> Outcome:
    """Choose the region's own labels."""
    return _carry_out(asked, ident, LabelStages(**asked.who, labels=body.labels))


def schedule_session(asked: Asked, ident: str, body: NewSession) -> tuple[Outcome, str]:
    """Set a session; give its id too."""
    # A repeated request names the session that the first one made.
    session_id = f"s-{hashlib.sha256(asked.key.key.encode()).hexdigest()[:8]}"
    command = ScheduleSession(
        **asked.who,
        session_id=session_id,
        stage=body.stage,
        title=body.title,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        venue=body.venue,
        mentors=body.mentors,
    )
    return _carry_out(asked, ident, command), session_id


def record_attendance(asked: Asked, ident: str, session_id: str, body: Attendance) -> Outcome:
    """Record which units came to a session."""
    return _with_units(
        asked,
        ident,
        body.unit_ids,
        lambda known: RecordAttendance(
            **asked.who, session_id=session_id, unit_ids=body.unit_ids, remark=body.remark, known_units=known
        ),
    )


def set_target(asked: Asked, ident: str, body: Target) -> Outcome:
    """Set a target."""
    return _with_units(
        asked,
        ident,
        [body.unit_id] if body.unit_id is not None else [],
        lambda known: SetTarget(
            **asked.who,
            measure=body.measure,
            value=body.value,
            unit_id=body.unit_id,
            due_on=body.due_on,
            note=body.note,
            known_units=known,
        ),
    )


def choose_gates(asked: Asked, ident: str, body: Gates) -> Outcome:
    """Choose the gates, among the rubrics that review has published."""
    gates = tuple(Gate(**each.model_dump()) for each in body.gates)
    with asked.commands.log.engine.connect() as connection:
        known = frozenset((each.rubric_id, each.version) for each in rubrics(connection))
    return _carry_out(asked, ident, ChooseGates(**asked.who, gates=gates, known_rubrics=known))


def sign_commitment(asked: Asked, ident: str, body: Commitment) -> Outcome:
    """Record a unit's commitment."""
    return _with_units(
        asked,
        ident,
        [body.unit_id],
        lambda known: SignCommitment(
            **asked.who,
            unit_id=body.unit_id,
            signatory_office=body.signatory_office,
            signed_on=body.signed_on,
            known_units=known,
        ),
    )


def state_count(asked: Asked, ident: str, body: StatedCount) -> Outcome:
    """Put down a count that somebody stated."""
    command = StateCount(
        **asked.who,
        stated_by=body.stated_by,
        innovations=body.innovations,
        units=body.units,
        stated_on=body.stated_on,
        note=body.note,
    )
    return _carry_out(asked, ident, command)


def stall(asked: Asked, ident: str, body: Stall) -> Outcome:
    """Record a halt."""
    return _carry_out(asked, ident, StallProgramme(**asked.who, reason=body.reason, stalled_on=body.stalled_on))


def resume(asked: Asked, ident: str, body: Resumption) -> Outcome:
    """Record that it goes on."""
    return _carry_out(asked, ident, ResumeProgramme(**asked.who, resumed_on=body.resumed_on, note=body.note))


def close(asked: Asked, ident: str, body: Closing) -> Outcome:
    """Close the programme."""
    return _carry_out(asked, ident, CloseProgramme(**asked.who, report=body.report, closed_on=body.closed_on))


def _carry_out(asked: Asked, ident: str, command: ProgrammeCommand) -> Outcome:
    may_coordinate(asked.actor, region_of(ident))
    return asked.carry_out(PROGRAMME, ident, command)


def _with_units(
    asked: Asked,
    ident: str,
    unit_ids: Sequence[str],
    make: Callable[[frozenset[str]], ProgrammeCommand],
) -> Outcome:
    """Carry out a command that names units: which of them are registered is loaded together with the programme."""
    region = region_of(ident)
    may_coordinate(asked.actor, region)
    if len(unit_ids) > 500:
        raise UnknownUnit(field="unit_ids")

    def command(_: Programme | None, streams: Streams) -> ProgrammeCommand:
        return make(frozenset(each for each in unit_ids if streams[UNIT.stream(each)]))

    return asked.carry_out(PROGRAMME, ident, command, also=[UNIT.stream(each) for each in unit_ids])
