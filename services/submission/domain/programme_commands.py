"""What can be asked of a region's programme, and what each request must hold by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.submission.domain import checks
from services.submission.domain.events import Gate
from services.submission.domain.rejections import NotTheNextStage, QuorumTooLarge, UnknownRubric, UnknownUnit
from services.submission.domain.vocabulary import Stage, TargetMeasure
from shared.domain import Command, Rejection

MAX_UNITS = 500
MAX_PANEL = 9


@dataclass(frozen=True, kw_only=True)
class RequestProgramme(Command):
    """Ask LAN to facilitate a laboratory: an edition of a region."""

    programme_id: str
    title: str
    coordinator_office: str
    requested_on: date
    note: str = ""

    @property
    def edition(self) -> str:
        """The edition, which the id ends with."""
        return self.programme_id.partition("-")[2]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.code("edition", self.edition)
        yield from checks.line("title", self.title)
        yield from checks.line("coordinator_office", self.coordinator_office)
        yield from checks.fact_day("requested_on", self.requested_on, self.at)
        yield from checks.text("note", self.note, most=2_000)


@dataclass(frozen=True, kw_only=True)
class AgreeProgramme(Command):
    """Record the memorandum of understanding."""

    mou_number: str
    parties: tuple[str, ...]
    signed_on: date
    valid_until: date | None = None
    scope: tuple[str, ...] = ()

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.line("mou_number", self.mou_number)
        yield from checks.lines("parties", self.parties)
        yield from checks.number("parties", len(self.parties), 2, 50)
        yield from checks.fact_day("signed_on", self.signed_on, self.at)
        yield from checks.in_order("valid_until", self.signed_on, self.valid_until)
        yield from checks.lines("scope", self.scope)


@dataclass(frozen=True, kw_only=True)
class ScheduleStage(Command):
    """Put a stage into the calendar, or move it."""

    stage: Stage
    opens_on: date
    closes_on: date | None = None

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.day("opens_on", self.opens_on)
        yield from checks.in_order("closes_on", self.opens_on, self.closes_on)


@dataclass(frozen=True, kw_only=True)
class OpenStage(Command):
    """Open a stage."""

    stage: Stage
    opened_on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("opened_on", self.opened_on, self.at)


@dataclass(frozen=True, kw_only=True)
class CompleteStage(Command):
    """Complete a stage that is open."""

    stage: Stage
    completed_on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("completed_on", self.completed_on, self.at)


@dataclass(frozen=True, kw_only=True)
class LabelStages(Command):
    """Choose the region's own labels; a stage left out keeps the canonical name."""

    labels: dict[Stage, str]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        for stage, label in self.labels.items():
            yield from checks.line(f"labels/{stage}", label, most=80)


@dataclass(frozen=True, kw_only=True)
class ScheduleSession(Command):
    """Set a session of the laboratory."""

    session_id: str
    stage: Stage
    title: str
    starts_on: date
    ends_on: date
    venue: str
    mentors: tuple[str, ...] = ()

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.code("session_id", self.session_id)
        yield from checks.line("title", self.title)
        yield from checks.day("starts_on", self.starts_on)
        yield from checks.day("ends_on", self.ends_on)
        yield from checks.in_order("ends_on", self.starts_on, self.ends_on)
        yield from checks.line("venue", self.venue, least=0)
        yield from checks.lines("mentors", self.mentors)


@dataclass(frozen=True, kw_only=True)
class RecordAttendance(Command):
    """Record which units came to a session; `known_units` are those of them that are registered."""

    session_id: str
    unit_ids: tuple[str, ...]
    remark: str = ""
    known_units: frozenset[str]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.items("unit_ids", self.unit_ids, most=MAX_UNITS)
        for index, unit_id in enumerate(self.unit_ids):
            yield from _known(f"unit_ids/{index}", unit_id, self.known_units)
        yield from checks.text("remark", self.remark, most=2_000)


@dataclass(frozen=True, kw_only=True)
class SetTarget(Command):
    """Set a target for the region, or for one unit; a target of the same measure and unit is replaced."""

    measure: TargetMeasure
    value: int
    unit_id: str | None = None
    due_on: date | None = None
    note: str = ""
    known_units: frozenset[str] = frozenset()

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.number("value", self.value, 1, 100_000)
        if self.unit_id is not None:
            yield from _known("unit_id", self.unit_id, self.known_units)
        if self.due_on is not None:
            yield from checks.day("due_on", self.due_on)
        yield from checks.text("note", self.note, most=2_000)


@dataclass(frozen=True, kw_only=True)
class ChooseGates(Command):
    """Choose which transitions need a panel; none at all is a choice too.

    `known_rubrics` are ids and versions; while none is known, as before review was first heard of, any may be named.
    """

    gates: tuple[Gate, ...]
    known_rubrics: frozenset[tuple[str, int]] = frozenset()

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.items("gates", [gate.from_stage for gate in self.gates], most=len(Stage) - 1)
        for index, gate in enumerate(self.gates):
            yield from _gate(f"gates/{index}", gate)
            if self.known_rubrics and (gate.rubric_id, gate.rubric_version) not in self.known_rubrics:
                yield UnknownRubric(field=f"gates/{index}/rubric_id")


@dataclass(frozen=True, kw_only=True)
class SignCommitment(Command):
    """Record that the head of a unit signed the commitment declaration."""

    unit_id: str
    signatory_office: str
    signed_on: date
    known_units: frozenset[str]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _known("unit_id", self.unit_id, self.known_units)
        yield from checks.line("signatory_office", self.signatory_office)
        yield from checks.fact_day("signed_on", self.signed_on, self.at)


@dataclass(frozen=True, kw_only=True)
class StateCount(Command):
    """Put down a count that somebody stated in public."""

    stated_by: str
    innovations: int
    units: int | None = None
    stated_on: date
    note: str = ""

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.line("stated_by", self.stated_by)
        yield from checks.number("innovations", self.innovations, 0, 100_000)
        if self.units is not None:
            yield from checks.number("units", self.units, 0, 10_000)
        yield from checks.fact_day("stated_on", self.stated_on, self.at)
        yield from checks.text("note", self.note, most=2_000)


@dataclass(frozen=True, kw_only=True)
class StallProgramme(Command):
    """Record that the programme came to a halt, and why."""

    reason: str
    stalled_on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("reason", self.reason, least=1, most=2_000)
        yield from checks.fact_day("stalled_on", self.stalled_on, self.at)


@dataclass(frozen=True, kw_only=True)
class ResumeProgramme(Command):
    """Record that the programme goes on."""

    resumed_on: date
    note: str = ""

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("resumed_on", self.resumed_on, self.at)
        yield from checks.text("note", self.note, most=2_000)


@dataclass(frozen=True, kw_only=True)
class CloseProgramme(Command):
    """Close the programme with its report."""

    report: str
    closed_on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("report", self.report, least=1)
        yield from checks.fact_day("closed_on", self.closed_on, self.at)


ProgrammeCommand = (
    RequestProgramme
    | AgreeProgramme
    | ScheduleStage
    | OpenStage
    | CompleteStage
    | LabelStages
    | ScheduleSession
    | RecordAttendance
    | SetTarget
    | ChooseGates
    | SignCommitment
    | StateCount
    | StallProgramme
    | ResumeProgramme
    | CloseProgramme
)


def _known(field: str, unit_id: str, known: frozenset[str]) -> Iterator[Rejection]:
    if unit_id not in known:
        yield UnknownUnit(field=field)


def _gate(field: str, gate: Gate) -> checks.Faults:
    if gate.from_stage.next is not gate.to_stage:
        yield NotTheNextStage(field=f"{field}/to_stage")
    yield from checks.code(f"{field}/rubric_id", gate.rubric_id)
    yield from checks.number(f"{field}/rubric_version", gate.rubric_version, 1, 1_000)
    yield from checks.number(f"{field}/panel_size", gate.panel_size, 1, MAX_PANEL)
    yield from checks.number(f"{field}/quorum", gate.quorum, 1, MAX_PANEL)
    if gate.quorum > gate.panel_size:
        yield QuorumTooLarge(field=f"{field}/quorum")
