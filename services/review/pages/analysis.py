"""The chair's look at a gate's scores as charts with tables, and which gates there are to look at."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.review.desk import analysis
from services.review.desk.access import scope_of
from services.review.desk.actions import rubric_version
from services.review.pages.shown import show
from services.review.read_models import assessments as lists
from services.review.read_models import dossier
from services.review.read_models.gates import gates, programme_titles
from shared.auth import Actor, Coordinator
from shared.domain import NotFound
from shared.http import FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.people import names

router = APIRouter(prefix="/desk/analysis", route_class=FormRoute, include_in_schema=False)

Region = Annotated[str, Query(pattern=r"^(\d\d(\.\d\d)?)?$")]
Programme = Annotated[str, Query(max_length=80)]
GateOf = Annotated[str, Query(max_length=20)]


@router.get("")
def show_analysis(
    request: Request,
    actor: Coordinator,
    kernel: KernelOf,
    models: ListsNow,
    region: Region = "",
    programme: Programme = "",
    gate: GateOf = "",
    round_no: Annotated[int, Query(alias="round", ge=1, le=10)] = 1,
    rubric: Annotated[str, Query(max_length=80)] = "",
    version: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The figures of one round at a gate; without a gate those that there are to choose from."""
    if not gate:
        return choose(request, actor, kernel, models, region, "analysis.html")
    gathered = analysis.look(kernel.commands, models, actor, region, programme, gate)
    found = gathered.analysis(round_no, (rubric, version) if rubric else None)
    seen = [each for _, each in gathered.states]
    with models.connection() as connection:
        titles = dossier.titles(connection, [each.opened.innovation_id for each in seen])
        programmes = programme_titles(connection, [programme])
    persons = {each.person for each in found.reviewers if each.person} if found else set()
    return show(
        kernel,
        request,
        "analysis.html",
        region=region,
        programme=programme,
        programmes=programmes,
        found=found,
        gate=seen[0].opened,
        rubric=rubric_version(kernel.log, found.rubric_id, found.rubric_version) if found else None,
        titles=titles,
        people=names(kernel.engine, persons),
        waiting=len(seen),
    )


def choose(request: Request, actor: Actor, kernel: Kernel, models: Lists, region: str, template: str) -> Response:
    """Give the page that lists the gates of a region; for those who look after several, the regions first."""
    with models.of([region] if region else None) as connection:
        counted = {each for each, _, _ in lists.counts(connection, scope_of(actor))}
        regions = sorted(each for each in counted if actor.coordinates(each))
        if region and not actor.coordinates(region):
            raise NotFound
        chosen = region or (regions[0] if len(regions) == 1 else "")
        found = gates(connection, chosen) if chosen else []
        programmes = programme_titles(connection, [each.programme_id for each in found])
    return show(
        kernel,
        request,
        template,
        region=chosen,
        regions=regions,
        gates=found,
        programmes=programmes,
        found=None,
        gate=None,
    )
