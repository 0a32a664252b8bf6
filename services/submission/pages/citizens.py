"""The pages on which a citizen says something about an innovation, without signing in, and sees what becomes of it."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.submission.desk.feedback import Citizens, CitizensOf, Said
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation
from services.submission.domain.rejections import FieldForMachines
from services.submission.pages.shown import Refused, fill_in, show
from shared.auth import Public, require_same_origin
from shared.domain import NotFound
from shared.event_log import Outcome
from shared.http import Form, FormRoute, KernelOf, now
from shared.kernel import Kernel
from shared.limits import TooOften, client_address
from shared.web.messages import N_

router = APIRouter(route_class=FormRoute, include_in_schema=False)


class SaidInForm(Said):
    """What the form sends; `website` is for machines that fill in every field, people do not see it."""

    website: str = ""


@router.get("/innovations/{innovation_id}/feedback")
def feedback_form(request: Request, actor: Public, kernel: KernelOf, innovation_id: str) -> Response:
    """Show the form; `?kind=` chooses what is said."""
    return _form(kernel, request, innovation_id)


@router.post("/feedback/{innovation_id}")
def give_feedback(
    request: Request, actor: Public, kernel: KernelOf, citizens: CitizensOf, innovation_id: str, form: Form
) -> Response:
    """Record what is said, and lead to its receipt."""
    # Another site's visitors would be counted, and blamed, for what it makes them say.
    require_same_origin(request, kernel.settings.public_url)

    def give(said: SaidInForm) -> Outcome:
        if said.website:
            raise FieldForMachines(field="website")
        return citizens.give(
            innovation_id, said, address=client_address(request), key=str(form.get("_key", "")), at=now()
        )

    try:
        outcome = fill_in(kernel, request, form, SaidInForm, give, shape=_without_stray_stars)
    except Refused as refused:
        return _form(kernel, request, innovation_id, refused)
    except TooOften as refused:
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        late = kernel.pages.sentence(request, refused)
        response = _form(kernel, request, innovation_id, Refused({}, values), late)
        response.status_code = 429
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    return _to_receipt(kernel, request, citizens, outcome.stream.partition("/")[2], N_("Thank you. It is recorded."))


@router.get("/feedback/{feedback_id}")
def receipt(
    request: Request, actor: Public, kernel: KernelOf, citizens: CitizensOf, feedback_id: str, code: str = ""
) -> Response:
    """Show to whoever holds the code what became of what they said."""
    look = citizens.receipt(feedback_id, code)
    address = kernel.pages.address(f"/feedback/{feedback_id}?code={code}")
    return show(kernel, request, "feedback_receipt.html", look=look, code=code, address=address)


@router.post("/feedback/{feedback_id}/withdraw")
def withdraw(
    request: Request, actor: Public, kernel: KernelOf, citizens: CitizensOf, feedback_id: str, form: Form
) -> Response:
    """Take back what was said."""
    require_same_origin(request, kernel.settings.public_url)
    citizens.withdraw(feedback_id, str(form.get("code", "")), now())
    return _to_receipt(kernel, request, citizens, feedback_id, N_("It is taken back, and the words are erased."))


def _form(
    kernel: Kernel, request: Request, innovation_id: str, refused: Refused | None = None, late: str | None = None
) -> Response:
    innovation: Innovation | None = kernel.commands.state(INNOVATION, innovation_id)[0]
    if innovation is None:
        raise NotFound
    return show(
        kernel,
        request,
        "feedback_form.html",
        refused=refused,
        innovation=innovation,
        values={"kind": request.query_params.get("kind", "")},
        late=late,
    )


def _to_receipt(kernel: Kernel, request: Request, citizens: Citizens, feedback_id: str, said: str) -> Response:
    path = f"/feedback/{feedback_id}?code={citizens.code(feedback_id)}"
    return kernel.pages.redirect(path, kernel.pages.gettext(request, said))


def _without_stray_stars(filled: dict[str, Any]) -> dict[str, Any]:
    """Leave out stars of what is no rating: without a script the field stands there all the time."""
    return filled if filled.get("kind") == "rating" else {name: filled[name] for name in filled if name != "stars"}
