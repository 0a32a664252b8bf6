"""Who sees what of an assessment, with data in it that could leak."""

from decimal import Decimal
from typing import Any

import pytest

from services.review.domain.assessment import ASSESSMENT
from services.review.domain.disclosure import SeenSeat, Viewer, disclose, may_read_dossier
from services.review.domain.events import Bar
from shared.domain import NotFound
from tests.services.review import examples as ex
from tests.services.review.examples import ANN, BEN, CAT, CHAIR, DAN, assigned, cleared, scored

OPEN = ASSESSMENT.fold((*ex.TWO_CLEARED, scored("R1"), assigned("R3", CAT), ex.recused("R3", CAT)))
COMPLETE = ASSESSMENT.fold((*ex.COMPLETE[:5], assigned("R3", CAT), ex.recused("R3", CAT), *ex.COMPLETE[5:]))
CONCLUDED = ASSESSMENT.evolve(COMPLETE, ex.CONCLUDED)
CANCELLED = ASSESSMENT.evolve(COMPLETE, ex.CANCELLED)
MODERATION = ASSESSMENT.fold(
    (*ex.COMPLETE[:5], assigned("R3", CAT), ex.recused("R3", CAT), *ex.WIDE[5:], ex.said("R2"))
)
FURTHER = ASSESSMENT.fold((ex.FURTHER,), COMPLETE)
RESOLVED = ASSESSMENT.evolve(CONCLUDED, ex.RESOLVED)

ASSIGNING_CHAIR = Viewer(person=CHAIR, chairs=True)
OTHER_CHAIR = Viewer(person=DAN, chairs=True)
AUDITOR = Viewer(person=DAN, audits=True)
ASKING_AUDITOR = Viewer(person=ex.RESOLVED.resolved_by, audits=True)
UNIT = Viewer(person=DAN, reads=True)
REVIEWER = Viewer(person=ANN)

Shown = list[tuple[str, bool, bool, bool]]


def shown(seats: tuple[SeenSeat, ...]) -> Shown:
    """Slot, whether the person is named, whether the recusal is told, whether the scorecard is open."""
    result = []
    for seat in seats:
        card = {seat.marks is None, seat.summary is None, seat.total is None}
        assert len(card) == 1
        result.append((seat.slot, seat.person is not None, seat.conflict_kind is not None, card == {False}))
    return result


SLOTS: Shown = [("R1", False, False, False), ("R2", False, False, False), ("R3", False, False, False)]
NAMED: Shown = [("R1", True, False, False), ("R2", True, False, False), ("R3", True, True, False)]
SCORES: Shown = [("R1", False, False, True), ("R2", False, False, True), ("R3", False, False, False)]
NAMED_SCORES: Shown = [("R1", True, False, True), ("R2", True, False, True), ("R3", True, True, False)]
OWN: Shown = [("R1", True, False, True)]
OWN_AND_SCORES: Shown = [OWN[0], *SCORES[1:]]


@pytest.mark.parametrize(
    ("state", "viewer", "expected"),
    [
        (OPEN, ASSIGNING_CHAIR, NAMED),
        (OPEN, OTHER_CHAIR, SLOTS),
        (OPEN, AUDITOR, SLOTS),
        (OPEN, UNIT, []),
        (OPEN, REVIEWER, OWN),
        (COMPLETE, ASSIGNING_CHAIR, NAMED_SCORES),
        (COMPLETE, OTHER_CHAIR, SCORES),
        (COMPLETE, AUDITOR, SLOTS),
        (COMPLETE, UNIT, []),
        (COMPLETE, REVIEWER, OWN),
        (CONCLUDED, ASSIGNING_CHAIR, NAMED_SCORES),
        (CONCLUDED, OTHER_CHAIR, SCORES),
        (CONCLUDED, AUDITOR, SCORES),
        (CONCLUDED, ASKING_AUDITOR, SCORES),
        (RESOLVED, AUDITOR, SCORES),
        (RESOLVED, ASKING_AUDITOR, [NAMED_SCORES[0], *SCORES[1:]]),
        (MODERATION, ASSIGNING_CHAIR, NAMED_SCORES),
        (MODERATION, OTHER_CHAIR, SCORES),
        (MODERATION, AUDITOR, SLOTS),
        (MODERATION, UNIT, []),
        (MODERATION, REVIEWER, OWN_AND_SCORES),
        (MODERATION, Viewer(person=CAT), [("R3", True, True, False)]),
        (FURTHER, OTHER_CHAIR, SLOTS),
        (FURTHER, UNIT, []),
        (FURTHER, REVIEWER, [("R1", True, False, False)]),
        (CONCLUDED, UNIT, SCORES),
        (CONCLUDED, REVIEWER, OWN_AND_SCORES),
        (CANCELLED, OTHER_CHAIR, SLOTS),
        (CANCELLED, AUDITOR, SLOTS),
        (CANCELLED, UNIT, []),
        (CANCELLED, REVIEWER, OWN),
    ],
)
def test_what_each_viewer_sees(state: Any, viewer: Viewer, expected: Shown) -> None:
    seen = disclose(state, viewer)
    assert shown(seen.seats) == expected
    open_to_all = any(card for slot, _, _, card in expected if slot == "R2")
    assert (seen.scores_open, seen.score is not None, seen.spread is not None) == (open_to_all,) * 3


@pytest.mark.parametrize(
    ("viewer", "cards", "scores"),
    [
        (OTHER_CHAIR, [1, 1, 0], [True, False]),
        (AUDITOR, [0, 0, 0], [False, False]),
        (REVIEWER, [1], [False, False]),
        (UNIT, [], [False, False]),
    ],
)
def test_in_a_further_round_the_one_before_stays_with_those_who_read_it(
    viewer: Viewer, cards: list[int], scores: list[bool]
) -> None:
    seen = disclose(FURTHER, viewer)
    assert [len(seat.cards) for seat in seen.seats] == cards
    assert [each.score is not None for each in seen.rounds] == scores


@pytest.mark.parametrize(
    ("viewer", "count"),
    [(OTHER_CHAIR, 1), (REVIEWER, 1), (AUDITOR, 0), (UNIT, 0), (Viewer(person=CAT), 0)],
)
def test_who_hears_what_is_said_in_a_moderation(viewer: Viewer, count: int) -> None:
    assert len(disclose(MODERATION, viewer).remarks) == count


def test_a_bar_that_was_overridden_is_seen_by_lan_and_auditors_and_not_by_the_unit() -> None:
    state = ASSESSMENT.fold((ex.OPENED, assigned("R1", ANN, Bar.REGION, "Satu-satunya ahli."), cleared("R1", ANN)))
    told = [
        [(seat.overridden, seat.override_reason, seat.person) for seat in disclose(state, viewer).seats]
        for viewer in (AUDITOR, OTHER_CHAIR, UNIT)
    ]
    assert told == [[(Bar.REGION, "Satu-satunya ahli.", None)]] * 2 + [[]]


@pytest.mark.parametrize("state", [OPEN, COMPLETE, MODERATION, CONCLUDED, CANCELLED])
def test_a_stranger_knows_of_nothing(state: Any) -> None:
    with pytest.raises(NotFound):
        disclose(state, Viewer(person=DAN))
    assert not may_read_dossier(state, Viewer(person=DAN))


def test_figures_once_open() -> None:
    seen = disclose(COMPLETE, OTHER_CHAIR)
    assert (seen.score, seen.spread, seen.wide_spread) == (Decimal("71.00"), Decimal("10.00"), False)
    assert (seen.scorecards, seen.panel) == (2, 2)


def test_the_dossier_opens_after_the_declaration() -> None:
    undeclared = ASSESSMENT.fold((ex.OPENED, assigned("R1", ANN)))
    declared = ASSESSMENT.evolve(undeclared, cleared("R1", ANN))
    left = ASSESSMENT.evolve(declared, ex.recused("R1", ANN))
    assert [may_read_dossier(state, REVIEWER) for state in (undeclared, declared, left, OPEN)] == [
        False,
        True,
        False,
        True,
    ]
    assert [may_read_dossier(undeclared, viewer) for viewer in (ASSIGNING_CHAIR, AUDITOR, UNIT)] == [True, True, False]
    assert [may_read_dossier(OPEN, Viewer(person=person)) for person in (BEN, CAT)] == [True, False]
