"""Who could sit on many panels at once: a proposal that a chair looks at before anybody is assigned.

It is made panel by panel, those with the fewest possible reviewers first, and each is filled before the next: a whole
panel can reach its quorum, several halves cannot. The same facts and the same seed give the same proposal.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from random import Random


class Method(StrEnum):
    """How reviewers are chosen among those who may sit on a panel and have room for one more."""

    BALANCED = "balanced"
    RANDOM = "random"


class Shortage(StrEnum):
    """Why places stay free."""

    BARRED = "barred"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Vacancy:
    """A panel with free places: what its innovation is about, who may not sit there, and whom the chair has kept.

    `seats` counts the free places, those for `kept` included.
    """

    assessment_id: str
    seats: int
    sector: str
    types: frozenset[str]
    barred: frozenset[str]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Available:
    """A person of the pool: what they know of, how many panels they take on at most, and how many they are on."""

    person: str
    expertise: frozenset[str]
    types: frozenset[str]
    capacity: int
    load: int


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """Somebody for a place, and what speaks for them: whether they know the sector, and which of the types."""

    person: str
    sector: bool
    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Whom a panel could be given; how many places stay free, and why they do."""

    assessment_id: str
    proposed: tuple[Proposed, ...]
    unfilled: int
    shortage: Shortage | None


Rank = Callable[[Available, Vacancy], tuple[int, ...]]


def propose(vacancies: Sequence[Vacancy], pool: Iterable[Available], method: Method, seed: int) -> list[Proposal]:
    """Give a proposal for each panel, in the order in which they were given.

    Nobody is proposed who is barred, twice on one panel, or beyond their capacity; whom the chair kept counts first,
    and stays whatever their capacity says. Balanced: who knows the sector, then most of the types, then sits on the
    fewest panels; chance decides among equals.
    """
    chance = Random(seed)
    people = sorted(pool, key=lambda each: each.person)
    load = Counter({each.person: each.load for each in people})
    load.update(person for each in vacancies for person in each.kept)
    order = _hardest_first(vacancies, people, chance)
    drawn = {each.person: place for place, each in enumerate(chance.sample(people, len(people)))}

    def by_match(each: Available, vacancy: Vacancy) -> tuple[int, ...]:
        known = vacancy.sector in each.expertise
        return (-known, -len(vacancy.types & each.types), load[each.person], drawn[each.person])

    def by_chance(each: Available, vacancy: Vacancy) -> tuple[int, ...]:
        return (chance.getrandbits(64), drawn[each.person])

    rank: Rank = by_match if method is Method.BALANCED else by_chance
    made = {each.assessment_id: _fill(each, people, load, rank) for each in order}
    return [made[each.assessment_id] for each in vacancies]


def _hardest_first(vacancies: Sequence[Vacancy], people: Sequence[Available], chance: Random) -> list[Vacancy]:
    known = {each.person for each in people}
    shuffled = chance.sample(sorted(vacancies, key=lambda each: each.assessment_id), len(vacancies))
    return sorted(shuffled, key=lambda each: -len(each.barred & known))


def _fill(vacancy: Vacancy, people: Sequence[Available], load: Counter[str], rank: Rank) -> Proposal:
    """Give the proposal of one panel, and count it into the load."""
    kept = [each for each in people if each.person in vacancy.kept]
    able = [each for each in people if each.person not in vacancy.barred and each.person not in vacancy.kept]
    free = [each for each in able if load[each.person] < each.capacity]
    chosen = nsmallest(max(vacancy.seats - len(kept), 0), free, key=lambda each: rank(each, vacancy))
    load.update(each.person for each in chosen)
    unfilled = max(vacancy.seats - len(kept) - len(chosen), 0)
    return Proposal(
        assessment_id=vacancy.assessment_id,
        proposed=tuple(_speaks_for(each, vacancy) for each in (*kept, *chosen)),
        unfilled=unfilled,
        shortage=None if not unfilled else Shortage.UNAVAILABLE if len(able) > len(chosen) else Shortage.BARRED,
    )


def _speaks_for(each: Available, vacancy: Vacancy) -> Proposed:
    return Proposed(
        person=each.person,
        sector=vacancy.sector in each.expertise,
        types=tuple(sorted(vacancy.types & each.types)),
    )
