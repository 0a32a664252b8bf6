"""Finding assessments: the list of all that the reader may know of."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.review.desk.access import cursor_of, place_of, scope_of
from services.review.domain.state import Status
from services.review.pages.shown import show
from services.review.read_models import assessments as lists
from services.review.read_models import dossier
from shared.auth import Reader
from shared.http import CursorsOf, FormRoute, KernelOf
from shared.lists import ListsNow

router = APIRouter(prefix="/work/assessments", route_class=FormRoute, include_in_schema=False)

PAGE = 50


@router.get("")
def listing(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    models: ListsNow,
    cursors: CursorsOf,
    region: Annotated[str, Query(pattern=r"^(\d\d(\.\d\d)?)?$")] = "",
    status: str = "",
    cursor: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """The assessments that the actor may know of, the oldest first."""
    chosen = Status(status) if status in set(Status) else None
    after = place_of(cursors, cursor)
    scope = scope_of(actor)
    with models.of([region] if region else None) as connection:
        found = lists.assessments(connection, scope, region=region or None, status=chosen, after=after, limit=PAGE + 1)
        regions = sorted({each for each, _, _ in lists.counts(connection, scope)})
        titles = dossier.titles(connection, [each.innovation_id for each in found])
    return show(
        kernel,
        request,
        "assessments.html",
        found=found[:PAGE],
        titles=titles,
        regions=regions,
        next_cursor=cursor_of(cursors, found[PAGE - 1]) if len(found) > PAGE else None,
    )
