"""JSON: assessments, from the panel's assignment to the chair's determination. What is sealed, no answer holds."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
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
def assign(
    actor: Coordinator, key: Key, if_match: IfMatch, body: Assignment, commands: Commands, assessment_id: str
) -> Response:
    """Put reviewers on the panel."""
    outcome = actions.assign(
        commands,
        actor,
        assessment_id,
        persons=[str(each) for each in body.reviewers],
        due_on=body.due_on,
        overrides={str(each.person): each.reason for each in body.overrides},
        **_when(key, if_match),
    )
    return accepted(outcome)


@router.post("/{assessment_id}/declaration")
def declare(
    actor: Reviewer,
    key: Key,
    if_match: IfMatch,
    body: Declaration,
    commands: Commands,
    assessment_id: str,
) -> Response:
    """Declare to have no conflict of interest, or leave the panel because of one."""
    when = _when(key, if_match)
    if not body.conflict:
        if body.kind is not None or body.reason:
            raise Invalid("There is no such field here. Leave it out.", field="reason" if body.reason else "kind")
        return accepted(actions.clear_conflict(commands, actor, assessment_id, **when))
    if body.kind is None:
        raise Invalid("This field is required.", field="kind")
    return accepted(actions.recuse(commands, actor, assessment_id, kind=body.kind, reason=body.reason, **when))


@router.post("/{assessment_id}/scorecard")
def submit_scorecard(
    actor: Reviewer, key: Key, if_match: IfMatch, body: Scorecard, commands: Commands, assessment_id: str
) -> Response:
    """Hand in the scorecard; it is sealed until the panel is complete."""
    outcome = actions.submit_scorecard(
        commands, actor, assessment_id, marks=_marks(body), summary=body.summary, **_when(key, if_match)
    )
    drafts.settle(commands, actor, assessment_id, outcome)
    return accepted(outcome)


@router.post("/{assessment_id}/revisions")
def revise_scorecard(
    actor: Reviewer, key: Key, if_match: IfMatch, body: Revision, commands: Commands, assessment_id: str
) -> Response:
    """Replace the own scorecard: freely while the panel is at work, once and with a reason in a moderation."""
    outcome = actions.revise_scorecard(
        commands,
        actor,
        assessment_id,
        marks=_marks(body),
        summary=body.summary,
        reason=body.reason,
        **_when(key, if_match),
    )
    drafts.settle(commands, actor, assessment_id, outcome)
    return accepted(outcome)


@router.post("/{assessment_id}/remarks")
def make_remark(
    actor: Panel, key: Key, if_match: IfMatch, body: Remark, commands: Commands, assessment_id: str
) -> Response:
    """Say something in the moderation, as one of the panel or as its chair."""
    return accepted(actions.make_remark(commands, actor, assessment_id, text=body.text, **_when(key, if_match)))


@router.post("/{assessment_id}/moderation/end")
def close_moderation(
    actor: Coordinator, key: Key, if_match: IfMatch, commands: Commands, assessment_id: str
) -> Response:
    """End the moderation; the scores stand as they are."""
    return accepted(actions.close_moderation(commands, actor, assessment_id, **_when(key, if_match)))


@router.post("/{assessment_id}/rounds")
def open_round(
    actor: Coordinator, key: Key, if_match: IfMatch, body: FurtherRound, commands: Commands, assessment_id: str
) -> Response:
    """Ask the panel for a further round."""
    outcome = actions.open_round(
        commands,
        actor,
        assessment_id,
        kind=body.kind,
        rubric_id=body.rubric_id,
        rubric_no=body.rubric_version,
        **_when(key, if_match),
    )
    return accepted(outcome)


@router.put("/{assessment_id}/presentation")
def schedule_presentation(
    actor: Coordinator, key: Key, if_match: IfMatch, body: Presentation, commands: Commands, assessment_id: str
) -> Response:
    """Give the unit its time to present, or move it."""
    outcome = actions.schedule_presentation(
        commands,
        actor,
        assessment_id,
        starts_at=body.starts_at,
        present_minutes=body.present_minutes,
        interview_minutes=body.interview_minutes,
        place=body.place,
        **_when(key, if_match),
    )
    return accepted(outcome)


@router.post("/{assessment_id}/resolutions")
def resolve_reviewer(
    actor: Auditor, key: Key, if_match: IfMatch, body: Resolution, commands: Commands, assessment_id: str
) -> Response:
    """Learn who sat at a place of a concluded panel; the assessment then names them to this auditor."""
    outcome = actions.resolve_reviewer(
        commands, actor, assessment_id, slot=body.slot, reason=body.reason, **_when(key, if_match)
    )
    return accepted(outcome)


@router.post("/{assessment_id}/releases")
def release(
    actor: Coordinator, key: Key, if_match: IfMatch, body: ReleaseOf, commands: Commands, assessment_id: str
) -> Response:
    """Release a reviewer who has not scored."""
    outcome = actions.release(
        commands, actor, assessment_id, slot=body.slot, reason=body.reason, **_when(key, if_match)
    )
    return accepted(outcome)


@router.post("/{assessment_id}/conclusion")
def conclude(
    actor: Coordinator, key: Key, if_match: IfMatch, body: Determination, commands: Commands, assessment_id: str
) -> Response:
    """Determine the outcome once the panel is complete."""
    when = _when(key, if_match)
    outcome = actions.conclude(
        commands,
        actor,
        assessment_id,
        outcome=body.outcome,
        rationale=body.rationale,
        required_changes=body.required_changes,
        concluded_on=body.concluded_on or today(),
        **when,
    )
    return accepted(outcome)


def _marks(body: Scorecard) -> list[Mark]:
    return [Mark(criterion_id=each.criterion_id, score=each.score, comment=each.comment) for each in body.marks]


def _when(key: Any, if_match: int | None) -> dict[str, Any]:
    return {"at": now(), "key": key, "if_match": if_match}
