"""What a panel may do and in which order: every command and every rejection."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.review.domain import rejections as no
from services.review.domain.assessment import ASSESSMENT, Cancel, Conclude, OpenAssessment, ResolveReviewer
from services.review.domain.deliberation import CloseModeration, MakeRemark, OpenRound, SchedulePresentation
from services.review.domain.events import (
    AssessmentConcluded,
    AssessmentEvent,
    Bar,
    ConflictKind,
    Mark,
    Outcome,
    ReviewerAssigned,
    RoundKind,
    ScaleKind,
)
from services.review.domain.panel import AssignReviewers, Candidate, ClearConflict, Recuse, Release
from services.review.domain.scorecards import ReviseScorecard, SubmitScorecard
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


def revise(
    person: str, marks: tuple[Mark, ...] = ex.marks(), reason: str = "", summary: str = "Layak."
) -> ReviseScorecard:
    return ReviseScorecard(actor=person, at=ex.AT, criteria=ex.CRITERIA, marks=marks, summary=summary, reason=reason)


def say(person: str, text: str = "Bukti kurang.", *, as_chair: bool = False) -> MakeRemark:
    return MakeRemark(actor=person, at=ex.AT, text=text, as_chair=as_chair)


def further(**changes: Any) -> OpenRound:
    fields: dict[str, Any] = {
        "kind": RoundKind.PRESENTATION,
        "rubric_id": "00-iga-presentation",
        "rubric_version": 1,
        "rubric_known": True,
    }
    return OpenRound(actor=CHAIR, at=ex.AT, **(fields | changes))


def present(**changes: Any) -> SchedulePresentation:
    fields: dict[str, Any] = {
        "starts_at": ex.PRESENTATION.starts_at,
        "present_minutes": 7,
        "interview_minutes": 13,
        "place": " Aula Bappeda ",
    }
    return SchedulePresentation(actor=CHAIR, at=ex.AT, **(fields | changes))


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


@pytest.mark.parametrize(
    ("tied", "bar", "rejection"),
    [
        (candidate(ANN, unit_id=ex.UNIT), Bar.UNIT, no.OfSubmittingUnit),
        (candidate(ANN, home_region="36.74"), Bar.REGION, no.OfSubmittingRegion),
        (candidate(ANN, in_team=True), Bar.TEAM, no.OfTheTeam),
        (candidate(ANN, mentored=True), Bar.MENTOR, no.MentoredIt),
    ],
)
def test_a_relation_bars_and_lan_may_override_it_with_a_reason(tied: Candidate, bar: Bar, rejection: Any) -> None:
    given(OPENED).when(assign(tied)).then_rejected((rejection, "reviewers/0"))
    reason = "Satu-satunya ahli."
    by_lan = replace(assign(tied), overrides={ANN: f" {reason} "}, may_override=True)
    given(OPENED).when(by_lan).then(assigned("R1", ANN, bar, reason))
    given(OPENED).when(replace(by_lan, may_override=False)).then_rejected((no.OverrideByLan, "reviewers/0"))
    given(OPENED).when(replace(by_lan, overrides={ANN: " "})).then_rejected((TextMissing, "overrides/0/reason"))


@pytest.mark.parametrize(
    ("state", "who", "rejection"),
    [
        ((), candidate(ANN), no.NothingToOverride),
        ((), candidate(ANN, home_region=None), no.NotInPool),
        ((), candidate(ANN, active=False), no.ReviewerInactive),
        ((assigned("R1", ANN), ex.recused("R1", ANN)), candidate(ANN, in_team=True), no.RecusedBefore),
    ],
)
def test_only_a_relation_can_be_overridden(state: Any, who: Candidate, rejection: Any) -> None:
    command = replace(assign(who), overrides={ANN: "Ahli."}, may_override=True)
    given(OPENED, *state).when(command).then_rejected((rejection, "reviewers/0"))


def test_a_scorecard_can_be_revised_while_the_panel_is_at_work() -> None:
    second = ex.marks("70", "60")
    given(*ex.TWO_CLEARED, scored("R1")).when(revise(ANN, second)).then(ex.revised("R1", "66.00", "70", "60"))
    twice = (*ex.TWO_CLEARED, scored("R1"), ex.revised("R1"))
    given(*twice).when(revise(ANN, second)).then(ex.revised("R1", "66.00", "70", "60", revision=3))


def test_every_version_of_a_scorecard_stays_and_the_last_one_counts() -> None:
    state = ASSESSMENT.fold((*ex.TWO_CLEARED, scored("R1"), ex.revised("R1", "66.00", "70", "60")))
    cards = state.seats[0].cards
    assert [(each.revision, each.total) for each in cards] == [(1, Decimal("76.00")), (2, Decimal("66.00"))]
    assert state.totals == (Decimal("66.00"),)


@pytest.mark.parametrize("state", [ex.TWO_CLEARED, (OPENED, assigned("R1", ANN))])
def test_revise_what_was_never_handed_in(state: Any) -> None:
    given(*state).when(revise(ANN)).then_rejected(no.NothingToRevise)


def test_a_complete_panel_does_not_revise() -> None:
    given(*ex.COMPLETE).when(revise(ANN)).then_rejected(no.PanelClosed)


def test_a_wide_spread_sends_the_panel_to_moderation() -> None:
    before = (*ex.TWO_CLEARED, scored("R1", "90.00", "90", "90"))
    marks = ex.marks("60", "60")
    given(*before).when(score(BEN, marks)).then(scored("R2", "60.00", "60", "60"), ex.COMPLETED, ex.MODERATING)
    edge = ex.marks("70", "70")
    given(*before).when(score(BEN, edge)).then(scored("R2", "70.00", "70", "70"), ex.COMPLETED)


def test_the_panel_and_its_chair_speak_in_the_moderation() -> None:
    given(*ex.WIDE).when(say(ANN, " Bukti kurang. ")).then(ex.said("R1"))
    given(*ex.WIDE).when(say(CHAIR, as_chair=True)).then(ex.said("chair"))
    given(*ex.WIDE).when(say(ANN, "")).then_rejected((TextMissing, "text"))
    given(*ex.WIDE).when(say(DAN)).then_rejected(NotFound)


@pytest.mark.parametrize("command", [say(ANN), CloseModeration(actor=CHAIR, at=ex.AT)])
@pytest.mark.parametrize("state", [ex.TWO_CLEARED, ex.COMPLETE, (*ex.WIDE, ex.MODERATED)])
def test_outside_a_moderation_there_is_nothing_to_moderate(state: Any, command: Any) -> None:
    given(*state).when(command).then_rejected(no.NotInModeration)


def test_in_a_moderation_each_revises_once_and_with_a_reason() -> None:
    marks, reason = ex.marks("70", "60"), "Bukti di halaman 4."
    changed = ex.revised("R1", "66.00", "70", "60", reason=reason)
    given(*ex.WIDE).when(revise(ANN, marks, f" {reason} ")).then(changed)
    given(*ex.WIDE).when(revise(ANN, marks)).then_rejected((TextMissing, "reason"))
    given(*ex.WIDE, changed).when(revise(ANN, marks, reason)).then_rejected(no.RevisedAlready)
    given(*ex.WIDE, changed).when(revise(BEN, marks, reason)).then(ex.revised("R2", "66.00", "70", "60", reason=reason))


def test_a_moderation_ends_before_the_outcome_is_determined() -> None:
    given(*ex.WIDE).when(conclude()).then_rejected(no.InModeration)
    given(*ex.WIDE).when(CloseModeration(actor=CHAIR, at=ex.AT)).then(ex.MODERATED)
    given(*ex.WIDE, ex.MODERATED).when(conclude()).then(
        replace(ex.CONCLUDED, score=Decimal("75.00"), spread=Decimal("30.00"))
    )


@pytest.mark.parametrize("command", [assign(candidate(CAT)), clear(ANN), recuse(ANN), release("R1"), score(ANN)])
def test_a_panel_in_moderation_does_not_change(command: Any) -> None:
    given(*ex.WIDE).when(command).then_rejected(no.PanelClosed)


def test_a_further_round_asks_those_who_scored_once_more_and_keeps_what_they_wrote() -> None:
    given(*ex.COMPLETE).when(further()).then(ex.FURTHER)
    state = ASSESSMENT.fold((*ex.COMPLETE, ex.FURTHER))
    assert [seat.state for seat in state.seats] == ["cleared", "cleared"]
    assert (state.totals, state.totals_of(1)) == ((), (Decimal("76.00"), Decimal("66.00")))
    again = scored("R1", round_no=2)
    given(*ex.COMPLETE, ex.FURTHER).when(score(ANN)).then(again)
    both = (*ex.COMPLETE, ex.FURTHER, again)
    given(*both).when(score(BEN)).then(scored("R2", round_no=2), ex.COMPLETED)
    done = (*both, scored("R2", round_no=2), ex.COMPLETED)
    given(*done).when(conclude()).then(replace(ex.CONCLUDED, score=Decimal("76.00"), spread=Decimal("0.00")))


@pytest.mark.parametrize(
    ("state", "command", "rejection"),
    [
        (ex.TWO_CLEARED, further(), no.PanelIncomplete),
        (ex.WIDE, further(), no.InModeration),
        (ex.COMPLETE, further(rubric_known=False), (no.RubricUnknown, "rubric_id")),
        ((*ex.COMPLETE, ex.CONCLUDED), further(), no.AlreadyEnded),
    ],
)
def test_when_there_is_no_further_round(state: Any, command: OpenRound, rejection: Any) -> None:
    given(*state).when(command).then_rejected(rejection)


def test_rounds_are_not_without_end() -> None:
    events: list[AssessmentEvent] = [*ex.COMPLETE]
    for number in range(2, 6):
        again = [scored(slot, round_no=number) for slot in ("R1", "R2")]
        events += [replace(ex.FURTHER, round_no=number), *again, ex.COMPLETED]
    given(*events).when(further()).then_rejected(no.TooManyRounds)


def test_schedule_a_presentation_and_move_it() -> None:
    given(*ex.COMPLETE, ex.FURTHER).when(present()).then(ex.PRESENTATION)
    later = ex.PRESENTATION.starts_at + timedelta(hours=1)
    moved = replace(ex.PRESENTATION, starts_at=later)
    given(*ex.COMPLETE, ex.FURTHER, ex.PRESENTATION).when(present(starts_at=later)).then(moved)


@pytest.mark.parametrize(
    ("changes", "rejection"),
    [
        ({"starts_at": ex.AT - timedelta(days=2)}, (no.StartsInThePast, "starts_at")),
        ({"present_minutes": 0}, (no.MinutesInvalid, "present_minutes")),
        ({"interview_minutes": 241}, (no.MinutesInvalid, "interview_minutes")),
        ({"place": " "}, (TextMissing, "place")),
    ],
)
def test_schedule_wrongly(changes: dict[str, Any], rejection: Any) -> None:
    given(*ex.COMPLETE, ex.FURTHER).when(present(**changes)).then_rejected(rejection)


def test_there_is_nothing_to_present_at_the_desk() -> None:
    given(*ex.TWO_CLEARED).when(present()).then_rejected(no.NoPresentation)


def test_resolve_a_reviewer_of_a_concluded_panel() -> None:
    command = ResolveReviewer(actor=ex.RESOLVED.resolved_by, at=ex.AT, slot="R1", reason=" Pengaduan nomor 7. ")
    concluded = (*ex.COMPLETE, ex.CONCLUDED)
    given(*concluded).when(command).then(ex.RESOLVED)
    given(*concluded).when(replace(command, reason="")).then_rejected((TextMissing, "reason"))
    given(*concluded).when(replace(command, slot="R9")).then_rejected((no.SlotUnknown, "slot"))
    given(*ex.COMPLETE).when(command).then_rejected(no.NotConcluded)


def test_mean_and_spread_stand_in_the_conclusion() -> None:
    state = ASSESSMENT.fold((*ex.TWO_CLEARED, scored("R1", "76.00"), scored("R2", "40.33"), ex.COMPLETED))
    (event,) = ASSESSMENT.decide(conclude(), state)
    assert isinstance(event, AssessmentConcluded)
    assert (event.score, event.spread, event.scorecards) == (Decimal("58.17"), Decimal("35.67"), 2)


def test_no_sealed_event_names_a_person_on_its_envelope() -> None:
    assert isinstance(ex.EVENTS[3], ReviewerAssigned)
    expected = ["chair", "R1", "R2", "chair", "R1", "R1", "panel", "panel", "R1", "chair"]
    assert [each.pseudonym for each in ex.EVENTS[3:13]] == expected
