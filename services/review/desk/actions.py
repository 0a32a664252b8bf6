"""What people do in review: who may, the facts it needs from elsewhere, and then one command.

The JSON routes and the pages' forms both come here. Rubrics and the pool live in the national log, so their facts are
read before the command; a published rubric version never changes and is kept in memory once read.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from services.review.domain.assessment import (
    ASSESSMENT,
    Assessment,
    AssessmentCommand,
    AssignReviewers,
    Candidate,
    ClearConflict,
    Conclude,
    Recuse,
    Release,
    SubmitScorecard,
    bars,
)
from services.review.domain.disclosure import SeenAssessment, Viewer, disclose, may_read_dossier
from services.review.domain.events import ConflictKind, Mark, Outcome, RubricPublished
from services.review.domain.rejections import (
    DeclarationMissing,
    LeftThePanel,
    NotAvailable,
    ReviewerOnly,
    RubricMissing,
)
from services.review.domain.reviewer import REVIEWER, RegisterReviewer, Reviewer, reviewer_id
from services.review.domain.rubric import RUBRIC, PublishRubric
from services.review.read_models.assessments import Pooled
from shared.auth import Actor, Role
from shared.command_handler import CommandHandler
from shared.domain import NATIONAL, Forbidden, NotFound, Rejection, region_of
from shared.event_log import EventLog, IdempotencyKey
from shared.event_log import Outcome as Recorded

Make = Callable[[Assessment], AssessmentCommand]


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


def assign(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    persons: Sequence[str],
    due_on: date | None,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Put persons of the pool on the panel, as its chair."""
    pooled = candidates(commands, persons)

    def make(state: Assessment) -> AssignReviewers:
        _require_chair(actor, state)
        return AssignReviewers(actor=actor.person, at=at, candidates=pooled, due_on=due_on)

    return _execute(commands, ident, make, key, if_match)


def candidates(commands: CommandHandler, persons: Sequence[str]) -> tuple[Candidate, ...]:
    """Give persons with what the pool says of them: one query."""
    if not persons:
        return ()
    found = commands.states(*((REVIEWER, reviewer_id(person)) for person in persons))
    return tuple(_candidate(person, state) for person, (state, _) in zip(persons, found, strict=True))


def bars_for(
    commands: CommandHandler, actor: Actor, ident: str, pool: Sequence[Pooled]
) -> list[type[Rejection] | None]:
    """Give, for each of the pool, why they may not sit on this panel; None where nothing bars them.

    Whom another chair has assigned looks like anybody else here: a list that left them out would tell who they are.
    """
    state, _ = commands.state(ASSESSMENT, ident)
    _require_chair(actor, state)
    found = []
    for each in pool:
        candidate = Candidate(
            person=each.person, home_region=each.home_region, unit_id=each.unit_id, active=each.active
        )
        bar = bars(candidate, state, actor.person)
        found.append(None if bar is NotAvailable else bar)
    return found


def audits(actor: Actor, region: str) -> bool:
    """Whether the actor is an auditor of the region."""
    return actor.has(Role.AUDITOR) and actor.sees(region)


def clear_conflict(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Declare, as a reviewer, to have no conflict of interest."""
    command = ClearConflict(actor=actor.person, at=at)
    return _execute(commands, ident, lambda _: command, key, if_match)


def recuse(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    kind: ConflictKind,
    reason: str,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Leave the panel, as a reviewer, because of a conflict of interest."""
    command = Recuse(actor=actor.person, at=at, kind=kind, reason=reason)
    return _execute(commands, ident, lambda _: command, key, if_match)


def release(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    slot: str,
    reason: str,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Release a reviewer who has not scored, as the chair."""

    def make(state: Assessment) -> Release:
        _require_chair(actor, state)
        return Release(actor=actor.person, at=at, slot=slot, reason=reason)

    return _execute(commands, ident, make, key, if_match)


def submit_scorecard(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    marks: Sequence[Mark],
    summary: str,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Hand in the scorecard, as a reviewer."""

    def make(state: Assessment) -> SubmitScorecard:
        if state.opened is None or state.seat_of(actor.person) is None:
            raise NotFound
        rubric = rubric_version(commands.log, state.opened.rubric_id, state.opened.rubric_version)
        return SubmitScorecard(actor=actor.person, at=at, criteria=rubric.criteria, marks=tuple(marks), summary=summary)

    return _execute(commands, ident, make, key, if_match)


def conclude(
    commands: CommandHandler,
    actor: Actor,
    ident: str,
    *,
    outcome: Outcome,
    rationale: str,
    required_changes: str,
    concluded_on: date,
    at: datetime,
    key: IdempotencyKey,
    if_match: int | None = None,
) -> Recorded:
    """Determine the outcome, as the chair."""

    def make(state: Assessment) -> Conclude:
        _require_chair(actor, state)
        return Conclude(
            actor=actor.person,
            at=at,
            outcome=outcome,
            rationale=rationale,
            required_changes=required_changes,
            concluded_on=concluded_on,
        )

    return _execute(commands, ident, make, key, if_match)


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


def _candidate(person: str, state: Reviewer) -> Candidate:
    entry = state.entry
    return Candidate(
        person=person,
        home_region=entry.home_region if entry else None,
        unit_id=entry.unit_id if entry else None,
        active=entry.active if entry else False,
    )


def _require_chair(actor: Actor, state: Assessment) -> None:
    """Raise NotFound to those who may not know of the assessment, Forbidden to those who do not chair it."""
    viewer = viewer_of(actor, state)
    disclose(state, viewer)
    if not viewer.chairs:
        raise Forbidden


def _execute(commands: CommandHandler, ident: str, make: Make, key: IdempotencyKey, if_match: int | None) -> Recorded:
    def command(state: Assessment, streams: Mapping[str, Sequence[Any]]) -> AssessmentCommand:
        return make(state)

    return commands.execute(ASSESSMENT, ident, command, key=key, if_match=if_match)
