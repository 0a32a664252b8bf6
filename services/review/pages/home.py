"""Where somebody lands: a reviewer's tasks, a chair's assessments, and all regions side by side."""

from collections import defaultdict

from fastapi import APIRouter, Request, Response

from services.review.desk.access import scope_of
from services.review.domain.state import SeatState, Status
from services.review.pages.shown import show
from services.review.read_models import assessments as lists
from services.review.read_models import dossier
from shared.auth import Reader, Reviewer, Role
from shared.http import FormRoute, KernelOf
from shared.lists import ListsNow

router = APIRouter(route_class=FormRoute, include_in_schema=False)

SHOWN = 200


@router.get("/")
def home(actor: Reader, kernel: KernelOf) -> Response:
    """Send everyone to what they have to do."""
    return kernel.pages.redirect("/work/tasks" if actor.has(Role.REVIEWER) else "/work/assessments")


@router.get("/work/tasks")
def tasks(request: Request, actor: Reviewer, kernel: KernelOf, models: ListsNow) -> Response:
    """A reviewer's queue: what waits for a declaration, what is to be scored, what is done."""
    with models.of() as connection:
        own = lists.assessments(connection, scope_of(actor), own=True, limit=SHOWN)
        titles = dossier.titles(connection, [each.innovation_id for each in own])
    waiting = [each for each in own if each.status is Status.OPEN]
    to_declare = [each for each in waiting if each.own_state is SeatState.ASSIGNED]
    to_score = [each for each in waiting if each.own_state is SeatState.CLEARED]
    done = [each for each in own if each not in to_declare and each not in to_score]
    groups = {"to_declare": to_declare, "to_score": to_score, "done": done[::-1]}
    return show(kernel, request, "tasks.html", groups=groups, titles=titles)


@router.get("/work/regions")
def regions(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow) -> Response:
    """How many assessments of each status each region has, for those who look after more than one."""
    with models.of() as connection:
        counted = lists.counts(connection, scope_of(actor))
    rows: dict[str, dict[Status, int]] = defaultdict(dict)
    for region, status, count in counted:
        rows[region][status] = count
    return show(kernel, request, "regions.html", rows=rows)
