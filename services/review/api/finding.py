"""JSON: the list of assessments by one query, and their results with every scorecard that is open to whoever asks."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.review.desk import exports, finding
from services.review.domain.state import Status
from services.review.read_models.finding import Found
from shared.auth import Reader
from shared.http import Body, Commands, CursorsOf, JsonRoute, today
from shared.lists import ListsNow
from shared.query import MAX_LENGTH, Term

router = APIRouter(route_class=JsonRoute, tags=["assessments"])

Q = Annotated[str, Query(max_length=MAX_LENGTH)]
Sort = Annotated[str, Query(max_length=20)]
Cursor = Annotated[str | None, Query(max_length=1200)]


class AssessmentPage(Body):
    """Assessments in the order that was asked for, and the cursor of the next page."""

    items: list[Found]
    next: str | None


class Result(Body):
    """An assessment with the scores on every criterion that are open to whoever asks."""

    assessment: Found
    marks: list[exports.Line]


class ResultPage(Body):
    """Results in the order that was asked for, and the cursor of the next page."""

    items: list[Result]
    next: str | None


@router.get("/assessments")
def list_assessments(
    actor: Reader,
    models: ListsNow,
    cursors: CursorsOf,
    q: Q = "",
    region: Annotated[str | None, Query(pattern=r"^\d\d(\.\d\d)?$")] = None,
    status: Status | None = None,
    *,
    own: bool = False,
    sort: Sort = "opened",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> AssessmentPage:
    """Assessments that the actor may know of: LAN's all, a chair's region, a unit's own, a reviewer's panels.

    `q` is the query of the pages' box, such as `is:open scorecards<2 -gate:design`; what is sealed to the actor fits
    no condition of it. `region`, `status` and `own` are terms of it by other names.
    """
    query = (
        *finding.read_query(q),
        *([Term(field="region", value=region)] if region else []),
        *([Term(field="is", value=status.value)] if status else []),
        *([Term(field="assigned-to", value="me")] if own else []),
    )
    order, sight = finding.read_sort(sort), finding.sight_of(actor, today())
    items, further = finding.page_of(models, cursors, sight, query, sort=order, cursor=cursor, limit=limit)
    return AssessmentPage(items=items, next=further)


@router.get("/results")
def list_results(
    actor: Reader,
    commands: Commands,
    models: ListsNow,
    cursors: CursorsOf,
    q: Q = "",
    sort: Sort = "opened",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ResultPage:
    """Results of the assessments that fit the query, with what the actor may read of their scorecards."""
    query, order, sight = finding.read_query(q), finding.read_sort(sort), finding.sight_of(actor, today())
    found, further = finding.page_of(models, cursors, sight, query, sort=order, cursor=cursor, limit=limit)
    marks = exports.lines(commands, actor, found)
    items = [Result(assessment=each, marks=marks[each.assessment_id]) for each in found]
    return ResultPage(items=items, next=further)
