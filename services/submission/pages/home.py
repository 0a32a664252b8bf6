"""The first page of submission: what the one who is signed in has to do."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request, Response

from services.submission.desk.asked import readable_regions
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation, missing_for_leaving
from services.submission.domain.programme import PROGRAMME
from services.submission.pages.feedback import what_waits
from services.submission.pages.shown import show
from services.submission.read_models import (
    InnovationFilter,
    innovations,
    programme_stages,
    programmes,
    stage_counts,
    units,
)
from shared.auth import Actor, Role, SignedIn
from shared.http import FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.regions import region_name

router = APIRouter(route_class=FormRoute, include_in_schema=False)

SHOWN = 30


@router.get("/")
def home(request: Request, actor: SignedIn, kernel: KernelOf, lists: ListsNow) -> Response:
    """Show what is to be done: LAN's programmes, a coordinator's region, a member's innovations."""
    if actor.has(Role.LAN, Role.AUDITOR):
        return show(kernel, request, "home_lan.html", **overview(lists, readable_regions(actor)))
    if actor.has(Role.COORDINATOR):
        return show(kernel, request, "home_coordinator.html", **_region(lists, actor))
    if actor.has(Role.UNIT_MEMBER):
        return show(kernel, request, "home_member.html", **_member(kernel, lists, actor))
    return show(kernel, request, "home_nobody.html")


def overview(lists: Lists, regions: Sequence[str] | None) -> dict[str, Any]:
    """Give programmes with the stages that they completed, and their innovations counted."""
    with lists.of(regions) as connection:
        found = programmes(connection, regions)
        completed: dict[str, int] = {}
        for each in programme_stages(connection, regions):
            completed[each.programme_id] = completed.get(each.programme_id, 0) + (each.completed_on is not None)
        counts = stage_counts(connection, InnovationFilter(regions=regions, status="active"))
    rows = [each._asdict() | {"completed": completed.get(each.programme_id, 0)} for each in found]
    return {"programmes": rows, "counts": counts}


def _region(lists: Lists, actor: Actor) -> dict[str, Any]:
    regions = readable_regions(actor)
    shown = overview(lists, regions)
    waiting = InnovationFilter(regions=regions, status="active", waiting=True)
    with lists.of(regions) as connection:
        return shown | {
            "region_names": [region_name(each) for each in regions or ()],
            "units": len(units(connection, regions)),
            "waiting": innovations(connection, waiting, limit=SHOWN),
            "newest": innovations(connection, replace(waiting, waiting=False), limit=SHOWN),
            "asked": innovations(connection, replace(waiting, waiting=None, asked=True), limit=SHOWN),
            "citizens": what_waits(connection, actor),
        }


def _member(kernel: Kernel, lists: Lists, actor: Actor) -> dict[str, Any]:
    regions = readable_regions(actor)
    wanted = InnovationFilter(regions=regions, units=sorted(actor.units), status="active")
    with lists.of(regions) as connection:
        rows = innovations(connection, wanted, limit=SHOWN)
        asked = innovations(connection, replace(wanted, asked=True), limit=SHOWN)
        running = [each for each in programmes(connection, regions) if each.closed_on is None and each.agreed_on]
        citizens = what_waits(connection, actor)
    missing: dict[str, list[Any]] = {}
    for _, each in groupby(rows, key=lambda row: row.region):
        missing |= _missing(kernel, list(each))
    return {"innovations": rows, "asked": asked, "missing": missing, "running": running, "citizens": citizens}


def _missing(kernel: Kernel, rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Give what each innovation of a region still lacks: all of them and their programmes in one query."""
    idents = [row.innovation_id for row in rows]
    programme_ids = sorted({row.programme_id for row in rows})
    states = kernel.commands.states(
        *((INNOVATION, each) for each in idents), *((PROGRAMME, each) for each in programme_ids)
    )
    found: dict[str, Innovation] = dict(zip(idents, (state for state, _ in states), strict=False))
    signed = dict(zip(programme_ids, (state for state, _ in states[len(idents) :]), strict=True))
    return {
        ident: list(missing_for_leaving(state, signed[state.programme_id].commitments))
        for ident, state in found.items()
    }
