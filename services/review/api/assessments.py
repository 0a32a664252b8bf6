"""JSON: assessments, from the panel's assignment to the chair's determination. What is sealed, no answer holds."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, Field, StrictBool, StrictInt

from services.review.desk import actions, drafts
from services.review.desk.commitments import Commitment, commitments
from services.review.domain.deliberation import INTERVIEW_MINUTES, PRESENT_MINUTES
from services.review.domain.disclosure import SeenAssessment
from services.review.domain.events import ConflictKind, Mark, Outcome, RoundKind
from services.review.read_models import dossier
from shared.auth import Auditor, Coordinator, Panel, Reader, Reviewer
from shared.domain import Invalid
from shared.http import Body, Commands, Day, IfMatch, JsonRoute, Key, accepted, etag, now, today
from shared.lists import ListsNow

router = APIRouter(prefix="/assessments", route_class=JsonRoute, tags=["assessments"])


async def _act(request: Request, key: Key, if_match: IfMatch, commands: Commands, assessment_id: str) -> actions.Act:
    # The permission stands first in a route's signature and has left there who asks.
    return actions.Act(
        commands=commands,
        actor=request.state.actor,
        assessment_id=assessment_id,
        at=now(),
        key=key,
        if_match=if_match,
    )


ActOf = Annotated[actions.Act, Depends(_act)]
"""What is done to the assessment in the path, with the request's key and version."""

Text = Annotated[str, Field(max_length=10_000)]


class Override(Body):
    """Why LAN seats somebody whom a relation bars."""

    person: UUID
    reason: Text


class Assignment(Body):
    """Whom the chair puts on the panel, and until when they are asked to score."""

    reviewers: Annotated[tuple[UUID, ...], Field(max_length=50)]
    due_on: Day | None = None
    overrides: Annotated[tuple[Override, ...], Field(max_length=50)] = ()


class Declaration(Body):
    """Whether there is a conflict of interest; if there is one, its kind and, for `other`, its reason."""

    conflict: StrictBool
    kind: ConflictKind | None = None
    reason: Text = ""


class GivenMark(Body):
    """The score and comment on one criterion."""

    criterion_id: Annotated[str, Field(max_length=80)]
    score: Decimal
    comment: Text = ""


class Scorecard(Body):
    """A whole scorecard."""

    marks: Annotated[tuple[GivenMark, ...], Field(max_length=100)]
    summary: Text = ""


class Revision(Scorecard):
    """A whole scorecard that takes the place of the one before; in a moderation with the reason."""

    reason: Text = ""


class Remark(Body):
    """What somebody of the panel, or its chair, says in a moderation."""

    text: Text


class FurtherRound(Body):
    """A further round and the version of the rubric that it is judged by."""

    kind: RoundKind
    rubric_id: Annotated[str, Field(max_length=80)]
    rubric_version: Annotated[int, Field(ge=1, le=10_000)]


class Presentation(Body):
    """When and where the unit presents: minutes to present, then minutes to be interviewed."""

    starts_at: AwareDatetime
    present_minutes: StrictInt = PRESENT_MINUTES
    interview_minutes: StrictInt = INTERVIEW_MINUTES
    place: Text


class Resolution(Body):
    """Which place of the panel an auditor asks about, and why."""

    slot: Annotated[str, Field(max_length=10)]
    reason: Text


class ReleaseOf(Body):
    """Whom the chair releases, by the pseudonym, and why."""

    slot: Annotated[str, Field(max_length=10)]
    reason: Text


class Determination(Body):
    """What the chair determines; the date is today's where none is given."""

    outcome: Outcome
    rationale: Text
    required_changes: Text = ""
    concluded_on: Day | None = None


@router.get("/{assessment_id}")
def show_assessment(actor: Reader, commands: Commands, response: Response, assessment_id: str) -> SeenAssessment:
    """An assessment as the actor may see it."""
    seen, version = actions.look(commands, actor, assessment_id)
    response.headers["ETag"] = etag(version)
    return seen


@router.get("/{assessment_id}/dossier")
def show_dossier(actor: Reader, commands: Commands, models: ListsNow, assessment_id: str) -> dossier.Dossier:
    """What the unit wrote, as it stood when it was submitted: for chairs, auditors, and reviewers who declared."""
    opened = actions.open_dossier(commands, actor, assessment_id).opened
    with models.connection() as connection:
        return dossier.read(connection, opened.innovation_id, opened.submission_no)


@router.get("/{assessment_id}/commitments")
def show_commitments(actor: Reader, commands: Commands, assessment_id: str) -> list[Commitment]:
    """What was sealed, once concluded: with salt and payload, so that anybody entitled checks what was committed."""
    return commitments(commands, actor, assessment_id)


@router.post("/{assessment_id}/assignments")
def assign(actor: Coordinator, body: Assignment, act: ActOf) -> Response:
    """Put reviewers on the panel."""
    outcome = actions.assign(
        act,
        persons=[str(each) for each in body.reviewers],
        due_on=body.due_on,
        overrides={str(each.person): each.reason for each in body.overrides},
    )
    return accepted(outcome)


@router.post("/{assessment_id}/declaration")
def declare(actor: Reviewer, body: Declaration, act: ActOf) -> Response:
    """Declare to have no conflict of interest, or leave the panel because of one."""
    if not body.conflict:
        if body.kind is not None or body.reason:
            raise Invalid("There is no such field here. Leave it out.", field="reason" if body.reason else "kind")
        return accepted(actions.clear_conflict(act))
    if body.kind is None:
        raise Invalid("This field is required.", field="kind")
    return accepted(actions.recuse(act, kind=body.kind, reason=body.reason))


@router.post("/{assessment_id}/scorecard")
def submit_scorecard(actor: Reviewer, body: Scorecard, act: ActOf) -> Response:
    """Hand in the scorecard; it is sealed until the panel is complete."""
    outcome = actions.submit_scorecard(act, marks=_marks(body), summary=body.summary)
    drafts.settle(act.commands, actor, act.assessment_id, outcome)
    return accepted(outcome)


@router.post("/{assessment_id}/revisions")
def revise_scorecard(actor: Reviewer, body: Revision, act: ActOf) -> Response:
    """Replace the own scorecard: freely while the panel is at work, once and with a reason in a moderation."""
    outcome = actions.revise_scorecard(act, marks=_marks(body), summary=body.summary, reason=body.reason)
    drafts.settle(act.commands, actor, act.assessment_id, outcome)
    return accepted(outcome)


@router.post("/{assessment_id}/remarks")
def make_remark(actor: Panel, body: Remark, act: ActOf) -> Response:
    """Say something in the moderation, as one of the panel or as its chair."""
    return accepted(actions.make_remark(act, text=body.text))


@router.post("/{assessment_id}/moderation/end")
def close_moderation(actor: Coordinator, act: ActOf) -> Response:
    """End the moderation; the scores stand as they are."""
    return accepted(actions.close_moderation(act))


@router.post("/{assessment_id}/rounds")
def open_round(actor: Coordinator, body: FurtherRound, act: ActOf) -> Response:
    """Ask the panel for a further round."""
    outcome = actions.open_round(act, kind=body.kind, rubric_id=body.rubric_id, rubric_no=body.rubric_version)
    return accepted(outcome)


@router.put("/{assessment_id}/presentation")
def schedule_presentation(actor: Coordinator, body: Presentation, act: ActOf) -> Response:
    """Give the unit its time to present, or move it."""
    outcome = actions.schedule_presentation(
        act,
        starts_at=body.starts_at,
        present_minutes=body.present_minutes,
        interview_minutes=body.interview_minutes,
        place=body.place,
    )
    return accepted(outcome)


@router.post("/{assessment_id}/resolutions")
def resolve_reviewer(actor: Auditor, body: Resolution, act: ActOf) -> Response:
    """Learn who sat at a place of a concluded panel; the assessment then names them to this auditor."""
    outcome = actions.resolve_reviewer(act, slot=body.slot, reason=body.reason)
    return accepted(outcome)


@router.post("/{assessment_id}/releases")
def release(actor: Coordinator, body: ReleaseOf, act: ActOf) -> Response:
    """Release a reviewer who has not scored."""
    outcome = actions.release(act, slot=body.slot, reason=body.reason)
    return accepted(outcome)


@router.post("/{assessment_id}/conclusion")
def conclude(actor: Coordinator, body: Determination, act: ActOf) -> Response:
    """Determine the outcome once the panel is complete."""
    outcome = actions.conclude(
        act,
        outcome=body.outcome,
        rationale=body.rationale,
        required_changes=body.required_changes,
        concluded_on=body.concluded_on or today(),
    )
    return accepted(outcome)


def _marks(body: Scorecard) -> list[Mark]:
    return [Mark(criterion_id=each.criterion_id, score=each.score, comment=each.comment) for each in body.marks]
