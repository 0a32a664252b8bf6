"""What can be asked of an innovation, and what each request must hold by itself.

Sections are saved as far as they are written: what is still missing counts only when the stage is to be left.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from services.submission.domain import checks
from services.submission.domain.events import Indicator, Milestone
from services.submission.domain.programme import Programme
from services.submission.domain.rejections import (
    DimensionMissing,
    NoSuchSdg,
    NotAWebAddress,
    OriginalMissing,
    OutOfRange,
    TooPrecise,
    UnknownOriginal,
    UnknownUnit,
)
from services.submission.domain.vocabulary import Channel, Form, IndicatorKind, Initiator, InnovationType, Sector, Stage
from shared.domain import Command, region_of

# Words, as the national competition (KIPP) limits them.
SUMMARY_WORDS = 200
SECTION_WORDS = 600
REPLICATION_WORDS = 400
DESIGN_WORDS_ASKED = 300  # the IID asks for as many; advice, never a bar

MAX_MILESTONES = 50
MAX_INDICATORS = 30
MAX_TEAM = 50
MAX_FIGURE = Decimal(10) ** 15
SDGS = 17

CONFIRMATION_DAYS = 182  # half a year without a sign of life, and the unit is asked whether the innovation still runs
ANSWER_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class ProposeInnovation(Command):
    """Put an innovation forward. `unit_known` and `original_known` say that those exist."""

    innovation_id: str
    programme: Programme | None
    unit_id: str
    unit_known: bool
    title: str
    meaning: str = ""
    idea: str = ""
    sector: Sector
    initiator: Initiator
    channel: Channel
    team: tuple[str, ...] = ()
    adapted_from: str | None = None
    original_known: bool = False
    is_example: bool = False
    source: str = ""
    proposed_on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        if not self.unit_known or region_of(self.unit_id) != region_of(self.innovation_id):
            yield UnknownUnit(field="unit_id")
        yield from _idea(self)
        yield from _team(self.team)
        if self.adapted_from is not None and not self.original_known:
            yield UnknownOriginal(field="adapted_from")
        if self.adapted_from is None and self.channel is Channel.REPLICATION:
            yield OriginalMissing(field="adapted_from")
        yield from checks.line("source", self.source, least=0, most=500)
        yield from checks.fact_day("proposed_on", self.proposed_on, self.at)


@dataclass(frozen=True, kw_only=True)
class SaveIdea(Command):
    """Write the idea anew."""

    title: str
    meaning: str
    idea: str
    sector: Sector
    initiator: Initiator
    channel: Channel

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _idea(self)


@dataclass(frozen=True, kw_only=True)
class NameTeam(Command):
    """Name the team, by opaque ids of persons."""

    members: tuple[str, ...]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _team(self.members)


@dataclass(frozen=True, kw_only=True)
class SaveDiagnosis(Command):
    """Write down the diagnosis."""

    problem: str
    affected: str
    root_causes: str
    evidence: str
    simple_solution: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        for name in ("problem", "affected", "root_causes", "evidence", "simple_solution"):
            yield from checks.text(name, getattr(self, name), words=SECTION_WORDS)


@dataclass(frozen=True, kw_only=True)
class SaveDesign(Command):
    """Write down the design, with action plan and indicators."""

    design: str
    form: Form
    types: tuple[InnovationType, ...]
    digital: bool
    milestones: tuple[Milestone, ...]
    indicators: tuple[Indicator, ...]
    resources: str
    legal_basis: str
    sdgs: tuple[int, ...]

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("design", self.design)
        yield from checks.items("types", self.types, most=len(InnovationType))
        yield from checks.items("milestones", [each.milestone_id for each in self.milestones], most=MAX_MILESTONES)
        for index, milestone in enumerate(self.milestones):
            yield from _milestone(f"milestones/{index}", milestone)
        yield from checks.items("indicators", [each.indicator_id for each in self.indicators], most=MAX_INDICATORS)
        for index, indicator in enumerate(self.indicators):
            yield from _indicator(f"indicators/{index}", indicator)
        yield from checks.text("resources", self.resources, words=SECTION_WORDS)
        yield from checks.text("legal_basis", self.legal_basis, most=4_000)
        yield from checks.items("sdgs", self.sdgs, most=SDGS)
        if any(not 1 <= goal <= SDGS for goal in self.sdgs):
            yield NoSuchSdg(field="sdgs")


@dataclass(frozen=True, kw_only=True)
class LaunchInnovation(Command):
    """Record the launch."""

    launched_on: date
    place: str = ""
    remark: str = ""

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("launched_on", self.launched_on, self.at)
        yield from checks.line("place", self.place, least=0)
        yield from checks.text("remark", self.remark, most=2_000)


@dataclass(frozen=True, kw_only=True)
class CompleteMilestone(Command):
    """Record that a milestone was reached."""

    milestone_id: str
    done_on: date
    remark: str = ""

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("done_on", self.done_on, self.at)
        yield from checks.text("remark", self.remark, most=2_000)


@dataclass(frozen=True, kw_only=True)
class SaveEvidence(Command):
    """Write down the evidence of the delivery."""

    evidence: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("evidence", self.evidence, words=SECTION_WORDS)


@dataclass(frozen=True, kw_only=True)
class MeasureOutcome(Command):
    """Record the value of an indicator on a day."""

    indicator_id: str
    value: Decimal
    measured_on: date
    source: str

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from _figure("value", self.value)
        yield from checks.fact_day("measured_on", self.measured_on, self.at)
        yield from checks.line("source", self.source)


@dataclass(frozen=True, kw_only=True)
class SaveDisplay(Command):
    """Write down what the public reads; the indicators to show are named by their ids."""

    public_summary: str
    shown_indicators: tuple[str, ...]
    replication_notes: str
    video_url: str | None = None

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("public_summary", self.public_summary, words=SUMMARY_WORDS)
        yield from checks.items("shown_indicators", self.shown_indicators, most=MAX_INDICATORS)
        yield from checks.text("replication_notes", self.replication_notes, words=REPLICATION_WORDS)
        if self.video_url is not None:
            yield from checks.line("video_url", self.video_url, most=500)
            if not _web_address(self.video_url):
                yield NotAWebAddress(field="video_url")


@dataclass(frozen=True, kw_only=True)
class LeaveStage(Command):
    """Go on to the next stage: at once where the way is free, else by submitting to the gate."""

    programme: Programme
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class AdvanceThroughGate(Command):
    """Carry out a panel's decision to advance."""

    assessment_id: str
    submission_no: int
    on: date

    def faults(self) -> checks.Faults:
        """Nothing: what another service determined is not ours to doubt."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class ReviseAfterGate(Command):
    """Carry out a panel's decision that something must change first."""

    assessment_id: str
    submission_no: int
    required_changes: str
    on: date

    def faults(self) -> checks.Faults:
        """Nothing: what another service determined is not ours to doubt."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class DeclineAtGate(Command):
    """Carry out a panel's decision to decline."""

    assessment_id: str
    submission_no: int
    rationale: str
    on: date

    def faults(self) -> checks.Faults:
        """Nothing: what another service determined is not ours to doubt."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class ReturnInnovation(Command):
    """Return an innovation to an earlier stage, with what must change."""

    to_stage: Stage
    required_changes: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("required_changes", self.required_changes, least=1, words=SECTION_WORDS)
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class DisplayInnovation(Command):
    """Show an innovation to the public."""

    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class WithdrawInnovation(Command):
    """Withdraw an innovation; possible while it waits at a gate too."""

    reason: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("reason", self.reason, least=1, most=2_000)
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class RetireInnovation(Command):
    """Retire an innovation that was launched and brings no benefit any more."""

    reason: str
    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.text("reason", self.reason, least=1, most=2_000)
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class AskConfirmation(Command):
    """Ask the unit whether its launched innovation still runs."""

    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("on", self.on, self.at)


@dataclass(frozen=True, kw_only=True)
class ConfirmRunning(Command):
    """Confirm that a launched innovation still runs; possible without being asked, and while it waits at a gate."""

    on: date

    def faults(self) -> checks.Faults:
        """Give what is wrong with it by itself."""
        yield from checks.fact_day("on", self.on, self.at)


InnovationCommand = (
    ProposeInnovation
    | SaveIdea
    | NameTeam
    | SaveDiagnosis
    | SaveDesign
    | LaunchInnovation
    | CompleteMilestone
    | SaveEvidence
    | MeasureOutcome
    | SaveDisplay
    | LeaveStage
    | AdvanceThroughGate
    | ReviseAfterGate
    | DeclineAtGate
    | ReturnInnovation
    | DisplayInnovation
    | AskConfirmation
    | ConfirmRunning
    | WithdrawInnovation
    | RetireInnovation
)


def _idea(command: ProposeInnovation | SaveIdea) -> checks.Faults:
    yield from checks.line("title", command.title)
    yield from checks.line("meaning", command.meaning, least=0, most=500)
    yield from checks.text("idea", command.idea, words=SECTION_WORDS)


def _team(members: tuple[str, ...]) -> checks.Faults:
    yield from checks.items("members", members, most=MAX_TEAM)
    for index, member in enumerate(members):
        yield from checks.code(f"members/{index}", member)


def _milestone(field: str, milestone: Milestone) -> checks.Faults:
    yield from checks.code(f"{field}/milestone_id", milestone.milestone_id)
    yield from checks.line(f"{field}/title", milestone.title)
    yield from checks.day(f"{field}/due_on", milestone.due_on)


def _indicator(field: str, indicator: Indicator) -> checks.Faults:
    yield from checks.code(f"{field}/indicator_id", indicator.indicator_id)
    yield from checks.line(f"{field}/name", indicator.name)
    if indicator.kind is IndicatorKind.OUTCOME and indicator.dimension is None:
        yield DimensionMissing(field=f"{field}/dimension")
    yield from _figure(f"{field}/baseline", indicator.baseline)
    yield from _figure(f"{field}/target", indicator.target)
    yield from checks.line(f"{field}/unit_of_measure", indicator.unit_of_measure, most=60)
    yield from checks.day(f"{field}/due_on", indicator.due_on)
    yield from checks.line(f"{field}/source", indicator.source, least=0)


def _figure(field: str, value: Decimal) -> checks.Faults:
    """Check that a figure is a number that anybody can read: finite, not absurdly large, at most six decimals."""
    if not value.is_finite() or abs(value) > MAX_FIGURE:
        yield OutOfRange(field=field, least=-MAX_FIGURE, most=MAX_FIGURE)
    elif int(value.as_tuple().exponent) < -6:
        yield TooPrecise(field=field, decimals=6)


def _web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
