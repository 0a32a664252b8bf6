"""The rubrics that everybody may read."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.review.domain.rubric import RUBRIC
from services.review.pages.shown import show
from services.review.read_models import assessments as lists
from shared.auth import Public
from shared.domain import NATIONAL, NotFound
from shared.http import FormRoute, KernelOf
from shared.lists import ListsNow

router = APIRouter(prefix="/work", route_class=FormRoute, include_in_schema=False)


@router.get("/rubrics")
def rubrics(request: Request, actor: Public, kernel: KernelOf, models: ListsNow) -> Response:
    """All rubrics and their versions."""
    with models.of([NATIONAL]) as connection:
        found = lists.rubrics(connection)
    return show(kernel, request, "rubrics.html", rubrics=found)


@router.get("/rubrics/{rubric_id}")
def rubric(
    request: Request,
    actor: Public,
    kernel: KernelOf,
    rubric_id: str,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """A rubric with its criteria."""
    state, _ = kernel.commands.state(RUBRIC, rubric_id)
    found = state.versions.get(version or state.latest)
    if found is None:
        raise NotFound
    return show(kernel, request, "rubric.html", rubric=found, latest=state.latest)
