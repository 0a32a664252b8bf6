"""JSON: the figures that a chair may draw from the open scores of a gate."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.review.desk import analysis
from shared.auth import Coordinator
from shared.domain import NotFound
from shared.http import Commands, JsonRoute
from shared.lists import ListsNow

router = APIRouter(prefix="/analysis", route_class=JsonRoute, tags=["analysis"])


@router.get("")
def show_analysis(
    actor: Coordinator,
    commands: Commands,
    models: ListsNow,
    region: Annotated[str, Query(pattern=r"^\d\d(\.\d\d)?$")],
    programme: Annotated[str, Query(max_length=80)],
    gate: Annotated[str, Query(max_length=20)],
    round_no: Annotated[int, Query(alias="round", ge=1, le=10)] = 1,
    rubric: Annotated[str | None, Query(max_length=80)] = None,
    rubric_version: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> analysis.Analysis:
    """Distribution, agreement, leniency, ranks and outliers of one round at a gate (the stage that is left).

    By the rubric most used there unless one is named; 404 where no score is open to the actor.
    """
    chosen = None if rubric is None else (rubric, rubric_version)
    found = analysis.look(commands, models, actor, region, programme, gate).analysis(round_no, chosen)
    if found is None:
        raise NotFound
    return found
