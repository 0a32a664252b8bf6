"""The desk's pages of what citizens say: what waits, moderating, answering."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from services.submission.desk import feedback as desk
from services.submission.desk.asked import Asked, readable_regions
from services.submission.desk.feedback import Answer, Withholding, look_as
from services.submission.pages.shown import Refused, show, take
from services.submission.read_models import FeedbackFilter, Show, Waiting, place_of_said, said, waiting, words_of
from shared.auth import Actor, Coordinator, Reader, Role, UnitMember
from shared.domain import region_of
from shared.http import Body, CursorsOf, Form, FormRoute, KernelOf
from shared.kernel import Kernel
from shared.lists import ListsNow
from shared.web.messages import N_

router = APIRouter(prefix="/desk/feedback", route_class=FormRoute, include_in_schema=False)

PAGE = 20

B = TypeVar("B", bound=BaseModel)


class Nothing(Body):
    """A button without fields."""


@router.get("")
def list_feedback(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    lists: ListsNow,
    cursors: CursorsOf,
    region: str = "",
    show_: Annotated[Show | None, Query(alias="show")] = None,
    cursor: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show what citizens said: of the own units to their members, else of all regions that may be read."""
    wanted = of_interest(actor, region or None, show_ or first_view(actor))
    before = cursors.read("feedback", cursor)
    place = None if before is None else (datetime.fromisoformat(before[0]), before[1], before[2])
    with lists.of(wanted.regions) as connection:
        found = said(connection, wanted, limit=PAGE + 1, before=place)
        words = words_of(connection, found[:PAGE])
        counts = waiting(connection, wanted)
    return show(
        kernel,
        request,
        "feedback_list.html",
        rows=found[:PAGE],
        said=words,
        counts=counts,
        shown=wanted.show,
        more=cursors.write("feedback", place_of_said(found[PAGE - 1])) if len(found) > PAGE else None,
        coordinates=actor.coordinates,
        acts_for=actor.acts_for,
    )


@router.get("/{feedback_id}")
def feedback_page(request: Request, actor: Reader, kernel: KernelOf, feedback_id: str) -> Response:
    """Show what a citizen said, with what can be done about it."""
    return _page(kernel, request, actor, feedback_id)


@router.post("/{feedback_id}/publication")
def publish(request: Request, actor: Coordinator, kernel: KernelOf, feedback_id: str, form: Form) -> Response:
    """Let everybody read the words."""
    done = N_("The words are published.")
    return _do(
        kernel, request, actor, feedback_id, form, Nothing, lambda asked, _: desk.publish(asked, feedback_id), done
    )


@router.post("/{feedback_id}/withholding")
def withhold(request: Request, actor: Coordinator, kernel: KernelOf, feedback_id: str, form: Form) -> Response:
    """Keep from the public what was said."""
    done = N_("It is withheld from the public.")
    return _do(
        kernel,
        request,
        actor,
        feedback_id,
        form,
        Withholding,
        lambda asked, body: desk.withhold(asked, feedback_id, body),
        done,
    )


@router.post("/{feedback_id}/answer")
def answer(request: Request, actor: UnitMember, kernel: KernelOf, feedback_id: str, form: Form) -> Response:
    """Answer in the name of the unit."""
    done = N_("The answer is public.")
    return _do(
        kernel,
        request,
        actor,
        feedback_id,
        form,
        Answer,
        lambda asked, body: desk.answer(asked, feedback_id, body),
        done,
    )


@router.post("/{feedback_id}/erasure")
def erase(request: Request, actor: Coordinator, kernel: KernelOf, feedback_id: str, form: Form) -> Response:
    """Erase all words."""
    done = N_("The words are erased.")
    return _do(
        kernel,
        request,
        actor,
        feedback_id,
        form,
        Nothing,
        lambda asked, _: desk.erase(asked, kernel, feedback_id),
        done,
    )


def of_interest(actor: Actor, region: str | None, shown: Show) -> FeedbackFilter:
    """Give which ones concern somebody: a unit's member those of the own units, others those they may read."""
    regions = readable_regions(actor, region)
    moderates = actor.has(Role.LAN, Role.COORDINATOR, Role.AUDITOR)
    return FeedbackFilter(regions=regions, units=None if moderates else sorted(actor.units), show=shown)


def first_view(actor: Actor) -> Show:
    """Give what somebody looks for first."""
    return Show.MODERATE if actor.has(Role.LAN, Role.COORDINATOR) else Show.ANSWER


def what_waits(connection: Connection, actor: Actor) -> Waiting:
    """Give how many wait for somebody, as the first page says it: one query."""
    return waiting(connection, of_interest(actor, None, Show.ALL))


def _do(
    kernel: Kernel,
    request: Request,
    actor: Actor,
    feedback_id: str,
    form: Form,
    body: type[B],
    act: Callable[[Asked, B], object],
    done: str,
) -> Response:
    try:
        take(kernel, request, form, actor, body, act)
    except Refused as refused:
        return _page(kernel, request, actor, feedback_id, refused)
    path = "/desk/feedback?show=moderate" if "_list" in form else f"/desk/feedback/{feedback_id}"
    return kernel.pages.redirect(path, kernel.pages.gettext(request, done))


def _page(kernel: Kernel, request: Request, actor: Actor, feedback_id: str, refused: Refused | None = None) -> Response:
    look = look_as(kernel, actor, feedback_id)
    return show(
        kernel,
        request,
        "feedback_page.html",
        refused=refused,
        look=look,
        ident=feedback_id,
        region=region_of(feedback_id),
        version=look.version,
        may_moderate=actor.coordinates(region_of(feedback_id)),
        may_answer=actor.acts_for(look.innovation.unit_id),
        values={"text": look.words.answer or ""},
    )
