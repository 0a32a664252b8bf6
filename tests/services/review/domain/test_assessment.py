"""What a panel may do and in which order: every command and every rejection."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.review.domain import rejections as no
from services.review.domain.assessment import (
    ASSESSMENT,
    AssignReviewers,
    Cancel,
    Candidate,
    ClearConflict,
    Conclude,
    OpenAssessment,
    Recuse,
    Release,
    SubmitScorecard,
)
from services.review.domain.events import (
    AssessmentConcluded,
    AssessmentEvent,
    ConflictKind,
    Mark,
    Outcome,
    ReviewerAssigned,
    ScaleKind,
)
from services.review.domain.scoring import MarkMissing, MarkTwice, MarkUnknown, ScoreNotAnchored, ScoreOutOfBounds
from services.review.domain.texts import TextMissing, TextTooLong
from shared.domain import NotFound
from shared.testing import given as given_events
from tests.services.review import examples as ex
from tests.services.review.examples import ANN, BEN, CAT, CHAIR, DAN, OPENED, assigned, candidate, cleared, scored


def given(*events: AssessmentEvent) -> Any:
    return given_events(ASSESSMENT, *events)


def opening(**changes: Any) -> OpenAssessment:
    fields = {name: getattr(OPENED, name) for name in OPENED.__dataclass_fields__}
    return OpenAssessment(actor="review", at=ex.AT, **(fields | changes))


def assign(*candidates: Candidate, due_on: date | None = date(2021, 6, 14)) -> AssignReviewers:
    return AssignReviewers(actor=CHAIR, at=ex.AT, candidates=candidates, due_on=due_on)


def clear(person: str) -> ClearConflict:
    return ClearConflict(actor=person, at=ex.AT)


def recuse(person: str, kind: ConflictKind = ConflictKind.FAMILY, reason: str = "Adik saya anggota tim.") -> Recuse:
    return Recuse(actor=person, at=ex.AT, kind=kind, reason=reason)


def release(slot: str, reason: str = "Tenggat lewat.") -> Release:
    return Release(actor=CHAIR, at=ex.AT, slot=slot, reason=reason)


def score(person: str, marks: tuple[Mark, ...] = ex.marks(), summary: str = " Layak. ") -> SubmitScorecard:
    return SubmitScorecard(actor=person, at=ex.AT, criteria=ex.CRITERIA, marks=marks, summary=summary)


def conclude(outcome: Outcome = Outcome.ADVANCE, **changes: Any) -> Conclude:
    fields: dict[str, Any] = {
        "actor": CHAIR,
        "rationale": "Hasil nyata.",
        "required_changes": "",
        "concluded_on": date(2021, 6, 1),
    }
    return Conclude(at=ex.AT, outcome=outcome, **(fields | changes))


TWO_OF_THREE: tuple[AssessmentEvent, ...] = (*ex.TWO_CLEARED, assigned("R3", CAT), scored("R1"), scored("R2"))
CANCEL = Cancel(actor="review", at=ex.AT, reason="Ditarik.")


def test_open() -> None:
    given().when(opening()).then(OPENED)


def test_open_twice() -> None:
    given(OPENED).when(opening()).then_rejected(no.AlreadyOpened)


@pytest.mark.parametrize(("panel_size", "quorum"), [(3, 0), (2, 3)])
def test_open_with_impossible_panel(panel_size: int, quorum: int) -> None:
    given().when(opening(panel_size=panel_size, quorum=quorum)).then_rejected((no.PanelInvalid, "quorum"))


@pytest.mark.parametrize(
    "command", [assign(candidate(ANN)), clear(ANN), recuse(ANN), release("R1"), score(ANN), conclude(), CANCEL]
)
def test_nothing_happens_in_an_assessment_that_was_never_opened(command: Any) -> None:
    given().when(command).then_rejected(NotFound)


def test_assign_several_under_pseudonyms() -> None:
    given(OPENED).when(assign(candidate(ANN), candidate(BEN))).then(assigned("R1", ANN), assigned("R2", BEN))


def test_assign_never_reuses_a_slot() -> None:
    given(OPENED, assigned("R1", ANN), ex.recused("R1", ANN)).when(assign(candidate(BEN))).then(assigned("R2", BEN))


def test_assign_somebody_released_again_under_another_slot() -> None:
    given(OPENED, assigned("R1", ANN), ex.released("R1", ANN)).when(assign(candidate(ANN))).then(assigned("R2", ANN))


def test_assign_nobody() -> None:
    given(OPENED).when(assign()).then_rejected((no.NobodyNamed, "reviewers"))


def test_assign_with_a_due_date_that_has_passed() -> None:
    given(OPENED).when(assign(candidate(ANN), due_on=date(2021, 5, 30))).then_rejected((no.DueInThePast, "due_on"))


@pytest.mark.parametrize(
    ("barred", "reason"),
    [
        (candidate(ANN, home_region=None), no.NotInPool),
        (candidate(ANN, active=False), no.ReviewerInactive),
        (candidate(ANN, unit_id=ex.UNIT), no.OfSubmittingUnit),
        (candidate(ANN, home_region="36.74"), no.OfSubmittingRegion),
        (candidate(CAT), no.AssignedAlready),
        (candidate(DAN), no.RecusedBefore),
    ],
)
def test_assign_somebody_barred(barred: Candidate, reason: Any) -> None:
    panel = (OPENED, assigned("R1", CAT), assigned("R2", DAN), ex.recused("R2", DAN))
    given(*panel).when(assign(candidate(BEN), barred)).then_rejected((reason, "reviewers/1"))


@pytest.mark.parametrize("state", [(), (ex.recused("R1", ANN),)])
def test_another_chair_is_not_told_who_sits_on_the_panel(state: Any) -> None:
    command = replace(assign(candidate(ANN)), actor=DAN)
    given(OPENED, assigned("R1", ANN), *state).when(command).then_rejected((no.NotAvailable, "reviewers/0"))


def test_assign_the_same_person_twice_in_one_command() -> None:
    command = assign(candidate(ANN), candidate(ANN))
    given(OPENED).when(command).then_rejected((no.AssignedAlready, "reviewers/1"))


def test_assign_more_than_the_panel_holds() -> None:
    panel = (OPENED, assigned("R1", ANN), assigned("R2", BEN))
    given(*panel).when(assign(candidate(CAT), candidate(DAN))).then_rejected((no.PanelFull, "reviewers"))


def test_those_who_left_make_room() -> None:
    panel = (OPENED, assigned("R1", ANN), assigned("R2", BEN), ex.recused("R2", BEN))
    expected = (assigned("R3", CAT), assigned("R4", DAN))
    given(*panel).when(assign(candidate(CAT), candidate(DAN))).then(*expected)


def test_declare_no_conflict() -> None:
    given(OPENED, assigned("R1", ANN)).when(clear(ANN)).then(cleared("R1", ANN))


def test_declare_twice() -> None:
    given(OPENED, assigned("R1", ANN), cleared("R1", ANN)).when(clear(ANN)).then_rejected(no.AlreadyDeclared)


@pytest.mark.parametrize("command", [clear(BEN), recuse(BEN), score(BEN)])
def test_somebody_who_is_not_on_the_panel_learns_nothing(command: Any) -> None:
    given(OPENED, assigned("R1", ANN), cleared("R1", ANN)).when(command).then_rejected(NotFound)


@pytest.mark.parametrize("command", [clear(ANN), recuse(ANN), score(ANN)])
@pytest.mark.parametrize("left", [ex.recused("R1", ANN), ex.released("R1", ANN)])
def test_somebody_who_left_the_panel(left: Any, command: Any) -> None:
    given(OPENED, assigned("R1", ANN), left).when(command).then_rejected(no.LeftThePanel)


@pytest.mark.parametrize("before", [(), (cleared("R1", ANN),)])
def test_recuse(before: Any) -> None:
    given(OPENED, assigned("R1", ANN), *before).when(recuse(ANN)).then(ex.recused("R1", ANN))


def test_recuse_for_another_reason_needs_it_in_words() -> None:
    command = recuse(ANN, ConflictKind.OTHER, " ")
    given(OPENED, assigned("R1", ANN)).when(command).then_rejected((TextMissing, "reason"))


def test_recuse_after_scoring() -> None:
    given(*ex.TWO_CLEARED, scored("R1")).when(recuse(ANN)).then_rejected(no.AlreadyScored)


def test_release() -> None:
    given(OPENED, assigned("R1", ANN)).when(release("R1")).then(ex.released("R1", ANN))


def test_release_without_a_reason() -> None:
    given(OPENED, assigned("R1", ANN)).when(release("R1", "")).then_rejected((TextMissing, "reason"))


def test_release_an_unknown_slot() -> None:
    given(OPENED, assigned("R1", ANN)).when(release("R2")).then_rejected((no.SlotUnknown, "slot"))


@pytest.mark.parametrize("done", [scored("R1"), ex.recused("R1", ANN), ex.released("R1", ANN)])
def test_release_somebody_who_is_done(done: Any) -> None:
    given(*ex.TWO_CLEARED, done).when(release("R1")).then_rejected((no.NothingToRelease, "slot"))


def test_score() -> None:
    given(*ex.TWO_CLEARED).when(score(ANN)).then(scored("R1"))


def test_score_before_the_declaration() -> None:
    given(OPENED, assigned("R1", ANN)).when(score(ANN)).then_rejected(no.DeclarationMissing)


def test_score_twice() -> None:
    given(*ex.TWO_CLEARED, scored("R1")).when(score(ANN)).then_rejected(no.AlreadyScored)


@pytest.mark.parametrize(
    ("marks", "reasons"),
    [
        ((), [(MarkMissing, "marks/benefit/score"), (MarkMissing, "marks/evidence/score")]),
        (ex.marks()[:1], [(MarkMissing, "marks/evidence/score")]),
        ((*ex.marks(), ex.marks()[0]), [(MarkTwice, "marks/benefit/score")]),
        ((*ex.marks(), replace(ex.marks()[0], criterion_id="luck")), [(MarkUnknown, "marks/2")]),
        (ex.marks(benefit="100.01"), [(ScoreOutOfBounds, "marks/benefit/score")]),
        (ex.marks(benefit="-1"), [(ScoreOutOfBounds, "marks/benefit/score")]),
        (ex.marks(benefit="50.001"), [(ScoreOutOfBounds, "marks/benefit/score")]),
        (ex.marks(benefit="NaN"), [(ScoreOutOfBounds, "marks/benefit/score")]),
        (ex.marks(benefit="1E+999999"), [(ScoreOutOfBounds, "marks/benefit/score")]),
        (ex.marks(comment=" "), [(TextMissing, "marks/benefit/comment")]),
        (ex.marks(comment="x" * 4001), [(TextTooLong, "marks/benefit/comment")]),
    ],
)
def test_score_wrongly(marks: tuple[Mark, ...], reasons: Any) -> None:
    given(*ex.TWO_CLEARED).when(score(ANN, marks)).then_rejected(*reasons)


@pytest.mark.parametrize("value", ["1", "NaN", "sNaN"])
def test_score_beside_the_anchors(value: str) -> None:
    criteria = (ex.criterion(scale=ScaleKind.ANCHORED, anchors=("0", "100")),)
    command = replace(score(ANN, ex.marks(benefit=value)[:1]), criteria=criteria)
    given(*ex.TWO_CLEARED).when(command).then_rejected((ScoreNotAnchored, "marks/benefit/score"))


def test_the_last_scorecard_completes_the_panel() -> None:
    second = ex.marks("70", "60")
    expected = (scored("R2", "66.00", "70", "60"), ex.COMPLETED)
    given(*ex.TWO_CLEARED, scored("R1")).when(score(BEN, second)).then(*expected)


def test_the_last_recusal_completes_the_panel() -> None:
    given(*TWO_OF_THREE).when(recuse(CAT)).then(ex.recused("R3", CAT), ex.COMPLETED)


def test_the_last_release_completes_the_panel() -> None:
    given(*TWO_OF_THREE).when(release("R3")).then(ex.released("R3", CAT), ex.COMPLETED)


def test_a_panel_below_its_quorum_stays_open_and_can_be_filled() -> None:
    below = (*ex.TWO_CLEARED, scored("R1"))
    given(*below).when(release("R2")).then(ex.released("R2", BEN))
    after = (*below, ex.released("R2", BEN))
    given(*after).when(conclude()).then_rejected(no.QuorumNotMet)
    given(*after).when(assign(candidate(CAT))).then(assigned("R3", CAT))


@pytest.mark.parametrize("command", [assign(candidate(CAT)), clear(ANN), recuse(ANN), release("R1"), score(ANN)])
def test_a_complete_panel_cannot_change(command: Any) -> None:
    given(*ex.COMPLETE).when(command).then_rejected(no.PanelClosed)


def test_conclude() -> None:
    given(*ex.COMPLETE).when(conclude()).then(ex.CONCLUDED)


@pytest.mark.parametrize("outcome", [Outcome.DECLINE, Outcome.REVISE])
def test_conclude_otherwise(outcome: Outcome) -> None:
    expected = replace(ex.CONCLUDED, outcome=outcome, required_changes="Lengkapi bukti.")
    given(*ex.COMPLETE).when(conclude(outcome, required_changes="Lengkapi bukti.")).then(expected)


def test_conclude_while_somebody_has_yet_to_score() -> None:
    given(*ex.TWO_CLEARED, scored("R1")).when(conclude()).then_rejected(no.PanelIncomplete)


def test_conclude_without_a_rationale() -> None:
    given(*ex.COMPLETE).when(conclude(rationale="")).then_rejected((TextMissing, "rationale"))


def test_revise_without_saying_what_must_change() -> None:
    given(*ex.COMPLETE).when(conclude(Outcome.REVISE)).then_rejected((TextMissing, "required_changes"))


def test_conclude_on_a_day_to_come() -> None:
    command = conclude(concluded_on=date(2021, 6, 3))
    given(*ex.COMPLETE).when(command).then_rejected((no.ConcludedInTheFuture, "concluded_on"))


def test_conclude_as_one_of_the_panel() -> None:
    given(*ex.COMPLETE).when(conclude(actor=ANN)).then_rejected(no.JudgeAndChair)


@pytest.mark.parametrize("end", [ex.CONCLUDED, ex.CANCELLED])
@pytest.mark.parametrize(
    "command", [assign(candidate(CAT)), clear(ANN), recuse(ANN), release("R1"), score(ANN), conclude(), CANCEL]
)
def test_nothing_happens_after_the_end(end: Any, command: Any) -> None:
    given(*ex.COMPLETE, end).when(command).then_rejected(no.AlreadyEnded)


@pytest.mark.parametrize("before", [(OPENED,), ex.TWO_CLEARED, ex.COMPLETE])
def test_cancel(before: Any) -> None:
    given(*before).when(CANCEL).then(ex.CANCELLED)


def test_mean_and_spread_stand_in_the_conclusion() -> None:
    state = ASSESSMENT.fold((*ex.TWO_CLEARED, scored("R1", "76.00"), scored("R2", "40.33"), ex.COMPLETED))
    (event,) = ASSESSMENT.decide(conclude(), state)
    assert isinstance(event, AssessmentConcluded)
    assert (event.score, event.spread, event.scorecards) == (Decimal("58.17"), Decimal("35.67"), 2)


def test_no_sealed_event_names_a_person_on_its_envelope() -> None:
    assert isinstance(ex.EVENTS[3], ReviewerAssigned)
    assert [each.pseudonym for each in ex.EVENTS[3:9]] == ["chair", "R1", "R2", "chair", "R1", "panel"]
