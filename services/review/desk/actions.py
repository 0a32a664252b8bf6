"""What people do in review: who may, the facts it needs from elsewhere, and then one command.

The JSON routes and the pages' forms both come here. Rubrics and the pool live in the national log, so their facts are
read before the command; a published rubric version never changes and is kept in memory once read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from services.review.domain.assessment import ASSESSMENT, AssessmentCommand, Conclude, ResolveReviewer
from services.review.domain.deliberation import CloseModeration, MakeRemark, OpenRound, SchedulePresentation
from services.review.domain.disclosure import SeenAssessment, Viewer, disclose, may_read_dossier
from services.review.domain.events import (
    AssessmentOpened,
    ConflictKind,
    Mark,
    Outcome,
    ReviewerRegistered,
    RoundKind,
    RubricPublished,
)
from services.review.domain.panel import AssignReviewers, Candidate, ClearConflict, Recuse, Release, bars
from services.review.domain.rejections import (
    DeclarationMissing,
    LeftThePanel,
    NotAvailable,
    ReviewerOnly,
    RubricMissing,
)
from services.review.domain.reviewer import REVIEWER, RegisterReviewer, reviewer_id
from services.review.domain.rubric import RUBRIC, PublishRubric
from services.review.domain.scorecards import ReviseScorecard, SubmitScorecard
from services.review.domain.state import Assessment
from services.review.read_models import dossier
from services.review.read_models.assessments import Pooled
from shared.auth import Actor, Role
from shared.command_handler import CommandHandler
from shared.domain import NATIONAL, Forbidden, NotFound, Rejection, region_of
from shared.event_log import EventLog, IdempotencyKey
from shared.event_log import Outcome as Recorded
from shared.people import names

Make = Callable[[Assessment], AssessmentCommand]
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something with an assessment: who, with which one, when (UTC), under which key.

    `if_match` is the version that they saw, None where they do not say.
    """

    commands: CommandHandler
    actor: Actor
    assessment_id: str
    at: datetime
    key: IdempotencyKey
    if_match: int | None = None

    @property
    def person(self) -> str:
        """The opaque id of who acts."""
        return self.actor.person

    def execute(self, make: Make) -> Recorded:
        """Execute the command that `make` gives for the assessment's state."""

        def command(state: Assessment, streams: Mapping[str, Sequence[Any]]) -> AssessmentCommand:
            return make(state)

        return self.commands.execute(ASSESSMENT, self.assessment_id, command, key=self.key, if_match=self.if_match)

    def as_chair(self, command: AssessmentCommand) -> Recorded:
        """Execute a command that is the chair's alone.

        Raises NotFound to those who may not know of the assessment, Forbidden to those who do not chair it.
        """

        def make(state: Assessment) -> AssessmentCommand:
            _require_chair(self.actor, state)
            return command

        return self.execute(make)


def viewer_of(actor: Actor, state: Assessment) -> Viewer:
    """Give what the actor's roles mean in the assessment's region."""
    if state.opened is None:
        return Viewer(person=actor.person)
    region = region_of(state.opened.assessment_id)
    return Viewer(
        person=actor.person,
        chairs=actor.coordinates(region),
        audits=audits(actor, region),
        reads=actor.belongs_to(state.opened.unit_id) or (actor.has(Role.MACHINE) and actor.sees(region)),
    )


def look(commands: CommandHandler, actor: Actor, ident: str) -> tuple[SeenAssessment, int]:
    """Give an assessment as the actor may see it, and its version; raise NotFound."""
    state, version = commands.state(ASSESSMENT, ident)
    return disclose(state, viewer_of(actor, state)), version


def open_dossier(commands: CommandHandler, actor: Actor, ident: str) -> SeenAssessment:
    """Give the assessment whose dossier the actor may read.

    Raises NotFound to those who may not know of it, DeclarationMissing or LeftThePanel to reviewers, else Forbidden.
    """
    state, _ = commands.state(ASSESSMENT, ident)
    viewer = viewer_of(actor, state)
    seen = disclose(state, viewer)
    if not may_read_dossier(state, viewer):
        if seen.own is None:
            raise ReviewerOnly
        raise LeftThePanel if seen.own.state.left else DeclarationMissing
    return seen


def person_in_pool(person: str, entry: ReviewerRegistered | None) -> Candidate:
    """Give a person with what the pool says of them."""
    return Candidate(
        person=person,
        home_region=entry.home_region if entry else None,
        unit_id=entry.unit_id if entry else None,
        active=entry.active if entry else False,
    )


def tied_to(
    commands: CommandHandler, opened: AssessmentOpened, candidates: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Give persons with what ties them to the innovation as well: three queries."""
    engine = commands.log.engine
    with engine.connect() as connection:
        found = dossier.ties(connection, [opened.innovation_id]).get(opened.innovation_id)
    if found is None:
        return tuple(candidates)
    called = names(engine, {each.person for each in candidates}) if found.mentors else {}
    return tuple(
        replace(
            each,
            in_team=each.person in found.team,
            mentored=dossier.plain_name(called.get(each.person, "")) in found.mentors,
        )
        for each in candidates
    )


def bars_for(
    commands: CommandHandler, actor: Actor, ident: str, pool: Sequence[Pooled]
) -> list[type[Rejection] | None]:
    """Give, for each of the pool, why they may not sit on this panel; None where nothing bars them.

    Whom another chair has assigned looks like anybody else here: a list that left them out would tell who they are.
    """
    state, _ = commands.state(ASSESSMENT, ident)
    _require_chair(actor, state)
    assert state.opened is not None
    candidates = [
        Candidate(person=each.person, home_region=each.home_region, unit_id=each.unit_id, active=each.active)
        for each in pool
    ]
    found = (bars(each, state, actor.person) for each in tied_to(commands, state.opened, candidates))
    return [None if bar is NotAvailable else bar for bar in found]


def audits(actor: Actor, region: str) -> bool:
    """Whether the actor is an auditor of the region."""
    return actor.has(Role.AUDITOR) and actor.sees(region)


def assign(
    act: Act, *, persons: Sequence[str], due_on: date | None, overrides: Mapping[str, str] = NOTHING
) -> Recorded:
    """Put persons of the pool on the panel, as its chair; `overrides` says why LAN seats some whom a relation bars."""
    commands = act.commands
    state, _ = commands.state(ASSESSMENT, act.assessment_id)
    _require_chair(act.actor, state)
    assert state.opened is not None
    entries = commands.states(*((REVIEWER, reviewer_id(person)) for person in persons)) if persons else []
    pooled = tuple(person_in_pool(person, entry.entry) for person, (entry, _) in zip(persons, entries, strict=True))
    command = AssignReviewers(
        actor=act.person,
        at=act.at,
        candidates=tied_to(commands, state.opened, pooled),
        due_on=due_on,
        overrides=overrides,
        may_override=act.actor.has(Role.LAN),
    )
    return act.as_chair(command)


def clear_conflict(act: Act) -> Recorded:
    """Declare, as a reviewer, to have no conflict of interest."""
    return act.execute(lambda _: ClearConflict(actor=act.person, at=act.at))


def recuse(act: Act, *, kind: ConflictKind, reason: str) -> Recorded:
    """Leave the panel, as a reviewer, because of a conflict of interest."""
    return act.execute(lambda _: Recuse(actor=act.person, at=act.at, kind=kind, reason=reason))


def release(act: Act, *, slot: str, reason: str) -> Recorded:
    """Release a reviewer who has not scored, as the chair."""
    return act.as_chair(Release(actor=act.person, at=act.at, slot=slot, reason=reason))


def submit_scorecard(act: Act, *, marks: Sequence[Mark], summary: str) -> Recorded:
    """Hand in the scorecard of the present round, as a reviewer."""

    def make(state: Assessment) -> SubmitScorecard:
        criteria = _rubric_for(act, state).criteria
        return SubmitScorecard(actor=act.person, at=act.at, criteria=criteria, marks=tuple(marks), summary=summary)

    return act.execute(make)


def revise_scorecard(act: Act, *, marks: Sequence[Mark], summary: str, reason: str) -> Recorded:
    """Replace the own scorecard of the present round, as a reviewer; the one before it stays in the record."""

    def make(state: Assessment) -> ReviseScorecard:
        criteria = _rubric_for(act, state).criteria
        return ReviseScorecard(
            actor=act.person, at=act.at, criteria=criteria, marks=tuple(marks), summary=summary, reason=reason
        )

    return act.execute(make)


def make_remark(act: Act, *, text: str) -> Recorded:
    """Say something in the moderation: as a reviewer where the actor is on the panel, else as its chair."""

    def make(state: Assessment) -> MakeRemark:
        viewer = viewer_of(act.actor, state)
        disclose(state, viewer)
        return MakeRemark(
            actor=act.person, at=act.at, text=text, as_chair=viewer.chairs and state.seat_of(act.person) is None
        )

    return act.execute(make)


def close_moderation(act: Act) -> Recorded:
    """End the moderation, as the chair."""
    return act.as_chair(CloseModeration(actor=act.person, at=act.at))


def open_round(act: Act, *, kind: RoundKind, rubric_id: str, rubric_no: int) -> Recorded:
    """Ask the panel for a further round, as the chair."""
    known = _is_published(act.commands, rubric_id, rubric_no)
    command = OpenRound(
        actor=act.person, at=act.at, kind=kind, rubric_id=rubric_id, rubric_version=rubric_no, rubric_known=known
    )
    return act.as_chair(command)


def schedule_presentation(
    act: Act, *, starts_at: datetime, present_minutes: int, interview_minutes: int, place: str
) -> Recorded:
    """Give the unit its time to present, as the chair."""
    command = SchedulePresentation(
        actor=act.person,
        at=act.at,
        starts_at=starts_at,
        present_minutes=present_minutes,
        interview_minutes=interview_minutes,
        place=place,
    )
    return act.as_chair(command)


def resolve_reviewer(act: Act, *, slot: str, reason: str) -> Recorded:
    """Learn, as an auditor of the region, who sat at a place; that it was asked, and why, is recorded first."""

    def make(state: Assessment) -> ResolveReviewer:
        viewer = viewer_of(act.actor, state)
        disclose(state, viewer)
        if not viewer.audits:
            raise Forbidden
        return ResolveReviewer(actor=act.person, at=act.at, slot=slot, reason=reason)

    return act.execute(make)


def conclude(act: Act, *, outcome: Outcome, rationale: str, required_changes: str, concluded_on: date) -> Recorded:
    """Determine the outcome, as the chair."""
    command = Conclude(
        actor=act.person,
        at=act.at,
        outcome=outcome,
        rationale=rationale,
        required_changes=required_changes,
        concluded_on=concluded_on,
    )
    return act.as_chair(command)


def register_reviewer(
    commands: CommandHandler, command: RegisterReviewer, *, key: IdempotencyKey, if_match: int | None = None
) -> Recorded:
    """Admit a person to the pool, or renew the entry."""
    return commands.execute(REVIEWER, reviewer_id(command.person), command, key=key, if_match=if_match)


def publish_rubric(commands: CommandHandler, command: PublishRubric, *, key: IdempotencyKey) -> Recorded:
    """Publish a version of a rubric; raise NotFound for an id that is not of the national log."""
    if region_of(command.rubric_id) != NATIONAL:
        raise NotFound
    return commands.execute(RUBRIC, command.rubric_id, command, key=key)


@lru_cache(maxsize=256)
def rubric_version(log: EventLog, ident: str, version: int) -> RubricPublished:
    """Give a published version of a rubric, from memory once it was read; raise RubricMissing."""
    stream = RUBRIC.stream(ident)
    state = RUBRIC.fold(log.load(region_of(ident), [stream]).streams[stream])  # type: ignore[arg-type]  # its own
    if version not in state.versions:
        raise RubricMissing
    return state.versions[version]


def _rubric_for(act: Act, state: Assessment) -> RubricPublished:
    """Give the rubric of the present round to somebody on the panel; raise NotFound to anybody else."""
    if state.opened is None or state.seat_of(act.person) is None:
        raise NotFound
    return rubric_version(act.commands.log, state.round.rubric_id, state.round.rubric_version)


def _is_published(commands: CommandHandler, rubric_id: str, version: int) -> bool:
    try:
        rubric_version(commands.log, rubric_id, version)
    except (RubricMissing, NotFound):
        return False
    return True


def _require_chair(actor: Actor, state: Assessment) -> None:
    """Raise NotFound to those who may not know of the assessment, Forbidden to those who do not chair it."""
    viewer = viewer_of(actor, state)
    disclose(state, viewer)
    if not viewer.chairs:
        raise Forbidden
