"""The erasure of a person's data as JSON: look up what all services hold, order it, and read what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import JSONResponse

from services.submission.desk.people import Order, Ordered, People, Preview, Reason, Report
from shared.auth import LAN
from shared.holdings import person_in
from shared.http import MAX_SAFE_INTEGER, Accepted, JsonRoute, KernelOf, Key, accepted, now

router = APIRouter(route_class=JsonRoute, tags=["people"])


class ErasuresOut(BaseModel):
    """Erasures, the newest first."""

    items: list[Ordered]


@router.post("/people/{person}/preview", response_model=Preview)
def preview(actor: LAN, kernel: KernelOf, key: Key, person: str, body: Reason) -> Any:
    """Look up what all services hold of a person: what an erasure would take, and what would stay. This is noted."""
    return People.of(kernel).preview(actor, person_in(person), body.reason, at=now(), key=key)


@router.post("/people/{person}/erasure", status_code=201, response_model=Accepted)
def order(actor: LAN, kernel: KernelOf, key: Key, person: str, body: Order) -> JSONResponse:
    """Order that a person's data be erased in all services; `erasure_id` is the one that looking up gave."""
    outcome = People.of(kernel).order(actor, person_in(person), body, at=now(), key=key)
    return accepted(outcome, status_code=201, location=f"/submission/erasures/{body.erasure_id}")


@router.get("/erasures", response_model=ErasuresOut)
def erasures(
    actor: LAN, kernel: KernelOf, before: Annotated[int | None, Query(ge=1, le=MAX_SAFE_INTEGER)] = None
) -> Any:
    """List the erasures that were ordered, the newest first, at most fifty before a position."""
    return ErasuresOut(items=People.of(kernel).ordered(before))


@router.get("/erasures/{erasure_id}", response_model=Report)
def report(actor: LAN, kernel: KernelOf, erasure_id: str) -> Any:
    """Give what became of an erasure: what each service did, what stays, and who looked."""
    return People.of(kernel).report(erasure_id)
