"""The sections of an innovation's record, each saved by itself: the unit's members, and who coordinates the region."""

from decimal import Decimal

from services.submission.desk.asked import Asked, new_code
from services.submission.desk.innovations import change
from services.submission.domain.events import Indicator, Milestone
from services.submission.domain.innovation_commands import (
    CompleteMilestone,
    LaunchInnovation,
    MeasureOutcome,
    NameTeam,
    SaveDesign,
    SaveDiagnosis,
    SaveDisplay,
    SaveEvidence,
    SaveIdea,
)
from services.submission.domain.vocabulary import (
    Channel,
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
)
from shared.event_log import Outcome
from shared.http import Body, Day


class Idea(Body):
    """What the innovation is."""

    title: str
    meaning: str = ""
    idea: str = ""
    sector: Sector
    initiator: Initiator
    channel: Channel


class Team(Body):
    """Who works on it, by opaque ids of persons."""

    members: tuple[str, ...]


class Diagnosis(Body):
    """The problem behind it."""

    problem: str = ""
    affected: str = ""
    root_causes: str = ""
    evidence: str = ""
    simple_solution: str = ""


class PlannedMilestone(Body):
    """A step of the action plan; without an id it is a new one."""

    milestone_id: str | None = None
    title: str
    due_on: Day


class PlannedIndicator(Body):
    """What will be measured; without an id it is a new one."""

    indicator_id: str | None = None
    kind: IndicatorKind
    dimension: Dimension | None = None
    name: str
    baseline: Decimal
    target: Decimal
    unit_of_measure: str
    due_on: Day
    source: str = ""


class Design(Body):
    """How it will work, with its action plan and its indicators."""

    design: str = ""
    form: Form
    types: tuple[InnovationType, ...] = ()
    digital: bool = False
    milestones: tuple[PlannedMilestone, ...] = ()
    indicators: tuple[PlannedIndicator, ...] = ()
    resources: str = ""
    legal_basis: str = ""
    sdgs: tuple[int, ...] = ()


class Launch(Body):
    """Its launch."""

    launched_on: Day
    place: str = ""
    remark: str = ""


class Done(Body):
    """That a milestone was reached."""

    done_on: Day
    remark: str = ""


class Evidence(Body):
    """What proves the delivery."""

    evidence: str = ""


class Measurement(Body):
    """The value of an indicator on a day."""

    indicator_id: str
    value: Decimal
    measured_on: Day
    source: str


class Display(Body):
    """What the public reads; the indicators to show are named by their ids."""

    public_summary: str = ""
    shown_indicators: tuple[str, ...] = ()
    replication_notes: str = ""
    video_url: str | None = None


def save_idea(asked: Asked, ident: str, body: Idea) -> Outcome:
    """Save the idea."""
    return change(asked, ident, SaveIdea(**asked.who, **dict(body)))


def name_team(asked: Asked, ident: str, body: Team) -> Outcome:
    """Name the team."""
    return change(asked, ident, NameTeam(**asked.who, members=body.members))


def save_diagnosis(asked: Asked, ident: str, body: Diagnosis) -> Outcome:
    """Save the diagnosis."""
    return change(asked, ident, SaveDiagnosis(**asked.who, **dict(body)))


def save_design(asked: Asked, ident: str, body: Design) -> Outcome:
    """Save the design; new milestones and indicators get their ids here."""
    parts = dict(body) | {
        "milestones": tuple(
            Milestone(**(dict(each) | {"milestone_id": each.milestone_id or new_code("m")})) for each in body.milestones
        ),
        "indicators": tuple(
            Indicator(**(dict(each) | {"indicator_id": each.indicator_id or new_code("i")})) for each in body.indicators
        ),
    }
    return change(asked, ident, SaveDesign(**asked.who, **parts))


def launch(asked: Asked, ident: str, body: Launch) -> Outcome:
    """Record the launch."""
    return change(asked, ident, LaunchInnovation(**asked.who, **dict(body)))


def complete_milestone(asked: Asked, ident: str, milestone_id: str, body: Done) -> Outcome:
    """Record that a milestone was reached."""
    return change(asked, ident, CompleteMilestone(**asked.who, milestone_id=milestone_id, **dict(body)))


def save_evidence(asked: Asked, ident: str, body: Evidence) -> Outcome:
    """Save the evidence of the delivery."""
    return change(asked, ident, SaveEvidence(**asked.who, evidence=body.evidence))


def measure(asked: Asked, ident: str, body: Measurement) -> Outcome:
    """Record a measurement."""
    return change(asked, ident, MeasureOutcome(**asked.who, **dict(body)))


def save_display(asked: Asked, ident: str, body: Display) -> Outcome:
    """Save what the public reads."""
    return change(asked, ident, SaveDisplay(**asked.who, **dict(body)))
