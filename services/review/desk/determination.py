"""Determinations in bulk: what would follow from them, then one command for each, then the letters about them.

A preview is the decider's own answer to the command, not recorded: whatever it would refuse shows before anything is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import rfc8785
from sqlalchemy import Connection, Engine

from services.review.desk import actions, letters
from services.review.desk.actions import Act
from services.review.domain.assessment import ASSESSMENT, Conclude, decide
from services.review.domain.disclosure import disclose
from services.review.domain.events import AssessmentConcluded, AssessmentOpened, Outcome
from services.review.domain.state import Assessment
from services.review.read_models import dossier
from shared import mail
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Forbidden, NotFound, Rejection, Stale, region_of
from shared.event_log import IdempotencyKey
from shared.event_log import Outcome as Recorded


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a chair chooses for one assessment, and the version that they saw, if they say."""

    assessment_id: str
    outcome: Outcome
    rationale: str
    required_changes: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What would be recorded for a choice, or was."""

    opened: AssessmentOpened
    concluded: AssessmentConcluded


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """The letter about a conclusion, and the members of the unit that are known."""

    foreseen: Foreseen
    letter: letters.Letter
    recipients: tuple[letters.Recipient, ...]


def preview(
    commands: CommandHandler, actor: Actor, choices: Sequence[Choice], *, concluded_on: date, at: datetime
) -> dict[str, Foreseen | Rejection]:
    """Give for each choice what would be recorded, or why it would not: one query a region."""
    found: dict[str, Foreseen | Rejection] = {}
    states = _states(commands, [each.assessment_id for each in choices])
    for each in choices:
        command = Conclude(
            actor=actor.person,
            at=at,
            outcome=each.outcome,
            rationale=each.rationale,
            required_changes=each.required_changes,
            concluded_on=concluded_on,
        )
        try:
            found[each.assessment_id] = _foresee(actor, command, each.version, *states.get(each.assessment_id, _NONE))
        except Rejection as rejection:
            found[each.assessment_id] = rejection
    return found


def determine(
    commands: CommandHandler,
    actor: Actor,
    choices: Sequence[Choice],
    *,
    concluded_on: date,
    at: datetime,
    key: IdempotencyKey,
) -> dict[str, Recorded | Rejection]:
    """Conclude one assessment after another; what is refused holds up nothing. Repeating it repeats nothing."""
    done: dict[str, Recorded | Rejection] = {}
    for each in choices:
        content = [each.assessment_id, each.outcome, each.rationale, each.required_changes, concluded_on.isoformat()]
        try:
            act = Act(
                commands=commands,
                actor=actor,
                assessment_id=each.assessment_id,
                at=at,
                key=IdempotencyKey(
                    key=f"{key.key}/{each.assessment_id}",
                    request_hash=hashlib.sha256(rfc8785.dumps([str(part) for part in content])).digest(),
                ),
                if_match=each.version,
            )
            done[each.assessment_id] = actions.conclude(
                act,
                outcome=each.outcome,
                rationale=each.rationale,
                required_changes=each.required_changes,
                concluded_on=concluded_on,
            )
        except Rejection as rejection:
            done[each.assessment_id] = rejection
    return done


def conclusions(commands: CommandHandler, idents: Sequence[str]) -> list[Foreseen]:
    """Give what was recorded of those of these assessments that are concluded: one query a region."""
    return [
        Foreseen(opened=state.opened, concluded=state.conclusion)
        for state, _ in _states(commands, idents).values()
        if state.opened is not None and state.conclusion is not None
    ]


def address(connection: Connection, found: Sequence[Foreseen], language: str, public_url: str) -> list[Addressed]:
    """Give the letters about conclusions and whom they go to: three queries."""
    titles = dossier.titles(connection, sorted({each.opened.innovation_id for each in found}))
    members = letters.members(connection, {each.opened.unit_id for each in found})
    templates = letters.templates(connection)
    return [
        Addressed(
            foreseen=each,
            letter=letters.outcome_letter(
                templates[each.concluded.outcome.value, language],
                each.concluded,
                each.opened.unit_id,
                titles.get(each.opened.innovation_id),
                public_url,
            ),
            recipients=tuple(members[each.opened.unit_id]),
        )
        for each in found
    ]


def send(engine: Engine, addressed: Sequence[Addressed]) -> int:
    """Queue letters, each once whatever repeats; give how many were new."""
    made = [
        one
        for each in addressed
        for one in letters.mails(each.foreseen.concluded, each.foreseen.opened.unit_id, each.recipients, each.letter)
    ]
    with engine.begin() as connection:
        return mail.queue(connection, made)


_NONE: tuple[Assessment, int] = (Assessment(), 0)


def _states(commands: CommandHandler, idents: Sequence[str]) -> Mapping[str, tuple[Assessment, int]]:
    by_region: dict[str, list[str]] = defaultdict(list)
    for ident in dict.fromkeys(idents):
        try:
            by_region[region_of(ident)].append(ident)
        except NotFound:
            continue
    found: dict[str, tuple[Assessment, int]] = {}
    for regional in by_region.values():
        states = commands.states(*((ASSESSMENT, ident) for ident in regional))
        found |= dict(zip(regional, states, strict=True))
    return {ident: found[ident] for ident in dict.fromkeys(idents) if ident in found}


def _foresee(actor: Actor, command: Conclude, version: int | None, state: Assessment, present: int) -> Foreseen:
    viewer = actions.viewer_of(actor, state)
    disclose(state, viewer)
    if not viewer.chairs:
        raise Forbidden
    if version is not None and version != present:
        raise Stale
    (concluded,) = decide(command, state)
    assert isinstance(concluded, AssessmentConcluded)
    assert state.opened is not None
    return Foreseen(opened=state.opened, concluded=concluded)
