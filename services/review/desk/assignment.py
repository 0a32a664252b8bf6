"""Assigning many panels at once: a proposal made from the facts of the moment, then one command for each panel.

A chair does not learn from a proposal who sits on a panel by another chair's hand: such a person looks like everybody
else, and is told to be "not available" once they are assigned, as by hand.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from services.review.desk import actions
from services.review.desk.actions import Act
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.assignment import Available, Method, Proposal, Vacancy, propose
from services.review.domain.disclosure import disclose
from services.review.domain.panel import AssignReviewers, Candidate, Release, bars
from services.review.domain.rejections import DueInThePast, NobodyNamed, NotAvailable
from services.review.domain.reviewer import REVIEWER, reviewer_id
from services.review.domain.state import PENDING, Assessment, is_complete
from services.review.read_models import assessments as lists
from services.review.read_models import dossier, panels
from shared.auth import Actor, Role
from shared.command_handler import CommandHandler
from shared.domain import Conflict, Forbidden, Invalid, NotFound, Rejection, Several, region_of
from shared.event_log import IdempotencyKey, Outcome
from shared.people import names

MOST = 200
MOST_SEATS = 9


class CompleteByRelease(Conflict):
    """Without this reviewer the panel is complete at once, so that nobody can take the place. Name no replacement."""


class TooMany(Invalid):
    """Assign at most {most} panels at once."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a chair made of an earlier proposal for a panel: whom to keep, and whom not to propose again."""

    kept: tuple[str, ...] = ()
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which panels are to be filled and how: all of a region that have free places, unless narrowed down.

    `gate` is the stage that it leads to; `seats` how many reviewers a panel is to have, its own size where None.
    `only_kept` proposes nobody besides those whom the chair has kept.
    """

    region: str
    programme: str | None = None
    gate: str | None = None
    assessments: tuple[str, ...] = ()
    method: Method = Method.BALANCED
    seats: int | None = None
    seed: int = 0
    only_kept: bool = False
    choices: Mapping[str, Choice] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A panel in a preview, as it stood at `version`; `able` are those who may sit there and have room."""

    waiting: panels.Waiting
    version: int
    sector: str | None
    proposal: Proposal
    able: tuple[str, ...]
    declined: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A proposal, panel by panel; `more` where there are panels beyond those that are assigned at once."""

    rows: tuple[Row, ...]
    people: Mapping[str, lists.Pooled]
    more: bool


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom the chair puts on a panel, and the version that they saw; None where they do not say."""

    assessment_id: str
    persons: tuple[str, ...]
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one panel: what was recorded, or everything that stood against it."""

    wanted: Wanted
    innovation_id: str
    outcome: Outcome | None = None
    rejections: tuple[Rejection, ...] = ()

    def against(self) -> list[tuple[str | None, Rejection]]:
        """Give what stood against it, each with the person whom it is about, None where it is about the panel."""
        return [(self._person(each), each) for each in self.rejections]

    def _person(self, rejection: Rejection) -> str | None:
        of, _, place = (rejection.field or "").partition("/")
        return self.wanted.persons[int(place)] if of == "reviewers" and place.isdigit() else None


@dataclass(frozen=True)
class _Tied:
    """The pool, and what ties it to innovations by team or mentor; names are compared only where there are mentors."""

    candidates: Sequence[Candidate]
    called: Mapping[str, str]
    ties: Mapping[str, dossier.Ties] = field(default_factory=dict)

    def to(self, innovation_id: str) -> list[Candidate]:
        found = self.ties.get(innovation_id)
        if found is None:
            return list(self.candidates)
        return [self._tied(each, found) for each in self.candidates]

    def _tied(self, each: Candidate, found: dossier.Ties) -> Candidate:
        in_team, mentored = each.person in found.team, self.called.get(each.person) in found.mentors
        return replace(each, in_team=in_team, mentored=mentored) if in_team or mentored else each


def regions_of(actor: Actor) -> Collection[str] | None:
    """Give the regions that the actor chairs, None for all."""
    return None if actor.has(Role.LAN) else sorted(each for each in actor.regions if actor.coordinates(each))


def preview(commands: CommandHandler, connection: Connection, actor: Actor, asked: Asked) -> Preview:
    """Give a proposal: seven queries however many panels. Raises NotFound for a region that the actor does not chair.

    The connection is to lists that are brought up to the head of all regions: loads count panels everywhere.
    """
    if not actor.coordinates(asked.region):
        raise NotFound
    found = panels.waiting(
        connection,
        asked.region,
        programme=asked.programme,
        gate=asked.gate,
        assessments=asked.assessments,
        limit=MOST + 1,
    )
    pool = [each for each in lists.pool(connection) if each.active and each.person != actor.person]
    people = {each.person: each for each in pool}
    if not found:
        return Preview(rows=(), people=people, more=False)
    more, found = len(found) > MOST, found[:MOST]
    states = commands.states(*((ASSESSMENT, each.assessment_id) for each in found))
    ties = dossier.ties(connection, [each.innovation_id for each in found])
    tied = _Tied(
        [Candidate(person=e.person, home_region=e.home_region, unit_id=e.unit_id, active=e.active) for e in pool],
        {each.person: dossier.plain_name(each.name or "") for each in pool},
        ties,
    )
    load = panels.loads(connection)
    available = [
        Available(
            person=each.person,
            expertise=frozenset(each.expertise),
            types=frozenset(each.types),
            capacity=each.capacity,
            load=load.get(each.person, 0),
        )
        for each in pool
    ]
    vacancies = [
        _vacancy(asked, each, _barred(tied.to(each.innovation_id), state, actor), ties.get(each.innovation_id))
        for each, (state, _) in zip(found, states, strict=True)
    ]
    room = [each.person for each in available if each.load < each.capacity]
    rows = [
        Row(
            waiting=each,
            version=version,
            sector=vacancy.sector or None,
            proposal=proposal,
            able=tuple(person for person in room if person not in vacancy.barred),
            declined=asked.choices.get(each.assessment_id, Choice()).declined,
        )
        for each, (_, version), vacancy, proposal in zip(
            found, states, vacancies, propose(vacancies, available, asked.method, asked.seed), strict=True
        )
    ]
    return Preview(rows=tuple(rows), people=people, more=more)


def apply(
    commands: CommandHandler,
    actor: Actor,
    wanted: Sequence[Wanted],
    *,
    due_on: date | None,
    at: datetime,
    key: IdempotencyKey,
) -> list[Done]:
    """Put the reviewers on their panels, each panel by a command and under a key of its own.

    What stands against one panel does not hold up the others. Sent again with the same key, what was recorded is not
    recorded twice. Before anything is recorded, raises NotFound where the actor does not chair one of the regions,
    NobodyNamed, TooMany or DueInThePast.
    """
    wanted = [each for each in wanted if each.persons]
    if not all(actor.coordinates(region_of(each.assessment_id)) for each in wanted):
        raise NotFound
    if not wanted:
        raise NobodyNamed(field="reviewers")
    if len(wanted) > MOST:
        raise TooMany(field="reviewers", most=MOST)
    if due_on is not None and due_on < at.date() - timedelta(days=1):
        raise DueInThePast(field="due_on")
    facts = _facts(commands, wanted)
    return [_assign(commands, actor, each, facts, due_on=due_on, at=at, key=key) for each in wanted]


def replace_reviewer(act: Act, *, slot: str, reason: str, replacement: str, due_on: date | None) -> Outcome:
    """Release a reviewer and put another on the panel, at a new place; both or, where one cannot be, neither.

    Raises CompleteByRelease where the panel would be complete in between, and what releasing and assigning raise.
    """
    commands, ident = act.commands, act.assessment_id
    state, _ = commands.state(ASSESSMENT, ident)
    _require_chair(act.actor, state)
    wanted = Wanted(assessment_id=ident, persons=(replacement,))
    seat = state.seat_at(slot)
    due_on = due_on or (seat.assigned.due_on if seat else None)
    assignment = AssignReviewers(
        actor=act.person, at=act.at, candidates=_facts(commands, [wanted]).candidates(wanted), due_on=due_on
    )
    if seat is not None and seat.state in PENDING:
        # Both are tried on the state alone first. Where the seat is released already, this may be a repetition.
        release = Release(actor=act.person, at=act.at, slot=slot, reason=reason)
        after = ASSESSMENT.fold(ASSESSMENT.decide(release, state), state)
        if is_complete(after):
            raise CompleteByRelease(field="replacement")
        ASSESSMENT.decide(assignment, after)
    actions.release(replace(act, key=_derived(act.key, "release", slot, reason)), slot=slot, reason=reason)
    return commands.execute(ASSESSMENT, ident, assignment, key=_derived(act.key, "assign", slot, replacement))


def _vacancy(asked: Asked, each: panels.Waiting, barred: frozenset[str], ties: dossier.Ties | None) -> Vacancy:
    choice = asked.choices.get(each.assessment_id, Choice())
    size = min(each.panel_size, asked.seats) if asked.seats else each.panel_size
    barred |= choice.declined
    kept = tuple(person for person in choice.kept if person not in barred)
    return Vacancy(
        assessment_id=each.assessment_id,
        seats=len(kept) if asked.only_kept else max(size - each.sitting, 0),
        sector=ties.sector if ties else "",
        types=frozenset(ties.types if ties else ()),
        barred=barred,
        kept=kept,
    )


def _barred(candidates: Sequence[Candidate], state: Assessment, actor: Actor) -> frozenset[str]:
    """Give whom the chair may not put on this panel, as far as the chair may know of it."""
    found = ((each.person, bars(each, state, actor.person)) for each in candidates)
    return frozenset(person for person, bar in found if bar not in (None, NotAvailable))


@dataclass(frozen=True)
class _Facts:
    """What bars people from panels, read for all of them at once."""

    innovations: Mapping[str, str]
    tied: _Tied

    def candidates(self, wanted: Wanted) -> tuple[Candidate, ...]:
        known = {each.person: each for each in self.tied.to(self.innovations[wanted.assessment_id])}
        return tuple(known[person] for person in wanted.persons)


def _facts(commands: CommandHandler, wanted: Sequence[Wanted]) -> _Facts:
    """Read from the log what bars these people from these panels: six queries for panels of one region."""
    persons = sorted({person for each in wanted for person in each.persons})
    entries = commands.states(*((REVIEWER, reviewer_id(person)) for person in persons))
    pooled = [actions.person_in_pool(person, entry.entry) for person, (entry, _) in zip(persons, entries, strict=True)]
    innovations: dict[str, str] = {}
    for region in sorted({region_of(each.assessment_id) for each in wanted}):
        here = [each.assessment_id for each in wanted if region_of(each.assessment_id) == region]
        for ident, (state, _) in zip(here, commands.states(*((ASSESSMENT, each) for each in here)), strict=True):
            innovations[ident] = state.opened.innovation_id if state.opened else ""
    engine = commands.log.engine
    with engine.connect() as connection:
        ties = dossier.ties(connection, sorted(set(innovations.values())))
    mentored = any(each.mentors for each in ties.values())
    named = names(engine, set(persons)) if mentored else {}
    return _Facts(
        innovations, _Tied(pooled, {person: dossier.plain_name(name) for person, name in named.items()}, ties)
    )


def _assign(
    commands: CommandHandler,
    actor: Actor,
    wanted: Wanted,
    facts: _Facts,
    *,
    due_on: date | None,
    at: datetime,
    key: IdempotencyKey,
) -> Done:
    found, innovation = facts.candidates(wanted), facts.innovations[wanted.assessment_id]

    def make(state: Assessment, streams: object) -> AssignReviewers:
        _require_chair(actor, state)
        return AssignReviewers(actor=actor.person, at=at, candidates=found, due_on=due_on)

    own = _derived(key, wanted.assessment_id, *wanted.persons, str(due_on))
    try:
        outcome = commands.execute(ASSESSMENT, wanted.assessment_id, make, key=own, if_match=wanted.version)
    except Several as several:
        return Done(wanted=wanted, innovation_id=innovation, rejections=several.rejections)
    except Rejection as rejection:
        return Done(wanted=wanted, innovation_id=innovation, rejections=(rejection,))
    return Done(wanted=wanted, innovation_id=innovation, outcome=outcome)


def _derived(key: IdempotencyKey, name: str, *what: str) -> IdempotencyKey:
    """Give the key of one command among those of a form, and the hash of what that command does."""
    digest = hashlib.sha256("\n".join((name, *what)).encode()).digest()
    return IdempotencyKey(key=f"{key.key}:{name}", request_hash=digest)


def _require_chair(actor: Actor, state: Assessment) -> None:
    viewer = actions.viewer_of(actor, state)
    disclose(state, viewer)
    if not viewer.chairs:
        raise Forbidden
