"""Proposals for panels: what never happens whoever is in the pool, how loads even out, and that it is quick."""

from collections import Counter
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.assignment import Available, Method, Proposal, Shortage, Vacancy, propose

SECTORS = ("health", "education", "village")
TYPES = ("process", "product")
PEOPLE = [f"p{number}" for number in range(8)]
methods = st.sampled_from(Method)


def person(ident: str, *expertise: str, types: tuple[str, ...] = (), capacity: int = 10, load: int = 0) -> Available:
    return Available(person=ident, expertise=frozenset(expertise), types=frozenset(types), capacity=capacity, load=load)


def vacancy(ident: str, seats: int = 3, *barred: str, sector: str = "health", kept: tuple[str, ...] = ()) -> Vacancy:
    return Vacancy(
        assessment_id=ident,
        seats=seats,
        sector=sector,
        types=frozenset({"process"}),
        barred=frozenset(barred),
        kept=kept,
    )


def chosen(proposal: Proposal) -> list[str]:
    return [each.person for each in proposal.proposed]


@st.composite
def pools(draw: st.DrawFn) -> list[Available]:
    return [
        person(
            ident,
            *draw(st.sets(st.sampled_from(SECTORS))),
            types=tuple(draw(st.sets(st.sampled_from(TYPES)))),
            capacity=draw(st.integers(1, 4)),
            load=draw(st.integers(0, 5)),
        )
        for ident in PEOPLE[: draw(st.integers(0, len(PEOPLE)))]
    ]


@st.composite
def needs(draw: st.DrawFn) -> list[Vacancy]:
    return [
        vacancy(
            f"a{number}",
            draw(st.integers(1, 4)),
            *draw(st.sets(st.sampled_from(PEOPLE))),
            sector=draw(st.sampled_from(SECTORS)),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


@given(needs(), pools(), methods, st.integers())
def test_whoever_is_proposed_may_sit_there_and_has_room(
    wanted: list[Vacancy], pool: list[Available], method: Method, seed: int
) -> None:
    made = propose(wanted, pool, method, seed)
    assert made == propose(wanted, pool[::-1], method, seed)
    assert [each.assessment_id for each in made] == [each.assessment_id for each in wanted]
    given_to = Counter(ident for each in made for ident in chosen(each))
    for each in pool:
        assert given_to[each.person] <= max(each.capacity - each.load, 0)
    for need, proposal in zip(wanted, made, strict=True):
        persons = chosen(proposal)
        assert len(set(persons)) == len(persons) == need.seats - proposal.unfilled
        assert need.barred.isdisjoint(persons)
        assert (proposal.shortage is None) == (proposal.unfilled == 0)


@given(st.integers(1, 8), st.lists(st.integers(1, 4), max_size=12), st.integers())
def test_loads_of_equals_differ_by_one_at_most(people: int, seats: list[int], seed: int) -> None:
    pool = [person(ident, capacity=100) for ident in PEOPLE[:people]]
    made = propose([vacancy(f"a{place}", each) for place, each in enumerate(seats)], pool, Method.BALANCED, seed)
    load = Counter(ident for each in made for ident in chosen(each))
    loads = [load[each.person] for each in pool]
    assert max(loads) - min(loads) <= 1


def test_who_knows_the_sector_comes_first_then_who_knows_the_types_then_who_is_on_fewer_panels() -> None:
    pool = [
        person("busy", "health", types=("process",), load=5),
        person("sector", "health"),
        person("types", types=("process",)),
        person("idle"),
        person("less-idle", load=1),
    ]
    made = propose([vacancy("a", 4)], pool, Method.BALANCED, 1)[0]
    assert chosen(made) == ["busy", "sector", "types", "idle"]
    assert [(each.sector, each.types) for each in made.proposed] == [
        (True, ("process",)),
        (True, ()),
        (False, ("process",)),
        (False, ()),
    ]


def test_a_panel_with_few_possible_reviewers_is_filled_before_others() -> None:
    pool = [person("a", capacity=1), person("b", capacity=1)]
    made = propose([vacancy("easy", 1), vacancy("hard", 1, "a")], pool, Method.RANDOM, 7)
    assert [chosen(each) for each in made] == [["a"], ["b"]]


def test_what_a_shortage_comes_from() -> None:
    pool = [person("a", capacity=1, load=1), person("b")]
    made = propose([vacancy("full", 2), vacancy("barred", 1, "a", "b")], pool, Method.BALANCED, 1)
    assert [(each.unfilled, each.shortage) for each in made] == [(1, Shortage.UNAVAILABLE), (1, Shortage.BARRED)]


def test_whom_the_chair_kept_stays_and_counts_into_the_load() -> None:
    pool = [person("a", capacity=1), person("b"), person("c")]
    made = propose([vacancy("x", 2, kept=("a",)), vacancy("y", 3)], pool, Method.BALANCED, 1)
    assert [sorted(chosen(each)) for each in made] in ([["a", "b"], ["b", "c"]], [["a", "c"], ["b", "c"]])


def test_another_seed_draws_others() -> None:
    pool = [person(ident) for ident in PEOPLE]
    assert len({tuple(chosen(propose([vacancy("a")], pool, Method.RANDOM, seed)[0])) for seed in range(20)}) > 5


def test_a_whole_region_is_proposed_in_a_moment() -> None:
    pool = [person(f"p{number:03}", SECTORS[number % 3], types=TYPES[: number % 3]) for number in range(200)]
    wanted = [vacancy(f"a{number}", sector=SECTORS[number % 2]) for number in range(175)]

    def took() -> float:
        began = process_time()
        propose(wanted, pool, Method.BALANCED, 1)
        return process_time() - began

    assert min(took() for _ in range(3)) < 0.2
    made = propose(wanted, pool, Method.BALANCED, 1)
    assert sum(each.unfilled for each in made) == 0
