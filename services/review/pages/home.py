"""Where a reviewer lands: the own tasks."""

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from services.review.desk.access import scope_of
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.events import PresentationScheduled
from services.review.domain.state import Status
from services.review.pages.shown import show
from services.review.read_models import assessments as lists
from services.review.read_models import dossier, queue
from services.review.read_models.assessments import Listed
from shared.auth import Reviewer
from shared.http import FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import ListsNow

router = APIRouter(route_class=FormRoute, include_in_schema=False)

SHOWN = 200


@router.get("/desk/tasks")
def tasks(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow) -> Response:
    """A reviewer's queue by what there is to do, the panel that needs its reviewer most first."""
    with models.of() as connection:
        own = lists.assessments(connection, scope_of(actor), own=True, limit=SHOWN)
        titles = dossier.titles(connection, [each.innovation_id for each in own])
    groups = queue.grouped(own)
    return show(
        kernel,
        request,
        "tasks.html",
        groups=groups,
        titles=titles,
        missing=queue.missing,
        presentations=_presentations(kernel, own),
    )


def _presentations(kernel: Kernel, own: Sequence[Listed]) -> dict[str, PresentationScheduled]:
    """Give the units' times to present in the rounds that are open: one query for each region that has such a round."""
    regions: dict[str, list[str]] = defaultdict(list)
    for each in own:
        if each.status is Status.OPEN and each.round_no > 1:
            regions[each.region].append(each.assessment_id)
    found = {}
    for idents in regions.values():
        states = kernel.commands.states(*((ASSESSMENT, each) for each in idents))
        for ident, (state, _) in zip(idents, states, strict=True):
            if state.round.presentation is not None:
                found[ident] = state.round.presentation
    return found
