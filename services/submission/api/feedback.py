"""What citizens say as JSON: anybody gives it without signing in; the region lists, moderates and answers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic_core import to_jsonable_python
from starlette.responses import JSONResponse

from services.submission.api.answers import MAX_PAGE, Items
from services.submission.desk import feedback as desk
from services.submission.desk.asked import AskedBy, readable_regions
from services.submission.desk.feedback import Answer, CitizensOf, NewFeedback, Withholding
from services.submission.read_models import FeedbackFilter, Show, place_of_said, said, words_of
from shared.auth import Coordinator, Public, Reader, UnitMember
from shared.http import Accepted, CursorsOf, JsonRoute, KernelOf, accepted, now
from shared.limits import client_address
from shared.lists import ListsNow

router = APIRouter(prefix="/feedback", route_class=JsonRoute, tags=["feedback"])


@router.post("", status_code=201, response_model=Accepted)
def give_feedback(
    actor: Public,
    request: Request,
    citizens: CitizensOf,
    body: NewFeedback,
    idempotency_key: Annotated[str, Header(max_length=128)] = "",
) -> JSONResponse:
    """Confirm, rate or complain about an innovation that is in use, without a name; `Location` is the receipt.

    Limited by address. An Idempotency-Key makes it safe to repeat the request from the same address on the same day.
    """
    outcome = citizens.give(body.innovation_id, body, address=client_address(request), key=idempotency_key, at=now())
    ident = outcome.stream.partition("/")[2]
    location = f"{citizens.kernel.pages.url(f'/feedback/{ident}')}?code={citizens.code(ident)}"
    return accepted(outcome, status_code=201, location=location)


@router.get("", response_model=Items)
def list_feedback(
    actor: Reader,
    lists: ListsNow,
    cursors: CursorsOf,
    region: str | None = None,
    unit: str | None = None,
    show: Show = Show.ALL,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
) -> JSONResponse:
    """List what citizens said of a region, or of all that may be read, newest first, with the words there are."""
    regions = readable_regions(actor, region)
    wanted = FeedbackFilter(regions=regions, units=None if unit is None else [unit], show=show)
    before = cursors.read("feedback", cursor)
    place = None if before is None else (datetime.fromisoformat(before[0]), before[1], before[2])
    with lists.of(regions) as connection:
        found = said(connection, wanted, limit=limit + 1, before=place)
        words = words_of(connection, found[:limit])
    more = cursors.write("feedback", place_of_said(found[limit - 1])) if len(found) > limit else None
    items = [to_jsonable_python({**each._asdict(), **words[each.feedback_id]._asdict()}) for each in found[:limit]]
    return JSONResponse({"items": items, "next": more}, headers={"Cache-Control": "private, no-cache"})


@router.post("/{feedback_id}/publication", response_model=Accepted)
def publish_feedback(actor: Coordinator, asked: AskedBy, feedback_id: str) -> JSONResponse:
    """Let everybody read the words."""
    return accepted(desk.publish(asked, feedback_id))


@router.post("/{feedback_id}/withholding", response_model=Accepted)
def withhold_feedback(actor: Coordinator, asked: AskedBy, feedback_id: str, body: Withholding) -> JSONResponse:
    """Keep from the public what was said: it is neither shown nor counted."""
    return accepted(desk.withhold(asked, feedback_id, body))


@router.post("/{feedback_id}/answer", response_model=Accepted)
def answer_feedback(actor: UnitMember, asked: AskedBy, feedback_id: str, body: Answer) -> JSONResponse:
    """Answer in the name of the unit, or put another text in place of the answer; it is public at once."""
    return accepted(desk.answer(asked, feedback_id, body))


@router.post("/{feedback_id}/erasure", status_code=204, response_class=JSONResponse)
def erase_feedback(actor: Coordinator, asked: AskedBy, kernel: KernelOf, feedback_id: str) -> None:
    """Erase all words about what was said, for ever; what is counted stays as it is."""
    desk.erase(asked, kernel, feedback_id)
