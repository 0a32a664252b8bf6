"""JSON: a reviewer's own draft of a scorecard. Nobody else's request finds it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StrictInt

from services.review.desk import drafts
from shared.auth import Reviewer
from shared.http import Body, Commands, JsonRoute

router = APIRouter(prefix="/assessments", route_class=JsonRoute, tags=["assessments"])

Text = Annotated[str, Field(max_length=10_000)]


class JottedMark(Body):
    """What was typed for one criterion, half a number included."""

    criterion_id: Annotated[str, Field(max_length=80)]
    score: Annotated[str, Field(max_length=40)] = ""
    comment: Text = ""


class DraftOf(Body):
    """A draft as it stands in a form: `version` is the one it was made from, `writer` tells forms apart."""

    version: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
    writer: Annotated[str, Field(min_length=1, max_length=128)]
    marks: Annotated[tuple[JottedMark, ...], Field(max_length=100)] = ()
    summary: Text = ""
    reason: Text = ""
    note: Text = ""


@router.get("/{assessment_id}/draft")
def show_draft(actor: Reviewer, commands: Commands, assessment_id: str) -> drafts.Draft:
    """The actor's own draft of the present round; version 0 where nothing was saved yet."""
    seen, _ = drafts.at_the_sheet(commands, actor, assessment_id)
    return drafts.read(commands.log.engine, actor, assessment_id).get(seen.round.number, drafts.Draft())


@router.put("/{assessment_id}/draft")
def save_draft(actor: Reviewer, body: DraftOf, commands: Commands, assessment_id: str) -> drafts.Saved:
    """Keep the draft; 409 where another window has saved since this one was made."""
    return drafts.save(
        commands,
        actor,
        assessment_id,
        marks=[
            drafts.Jotted(criterion_id=each.criterion_id, score=each.score, comment=each.comment) for each in body.marks
        ],
        summary=body.summary,
        reason=body.reason,
        note=body.note,
        base=body.version,
        writer=body.writer,
    )
