"""How a page is shown and a form is taken: errors beside their fields, and everything that was filled in kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse

from services.review.desk.actions import Act
from services.review.domain.state import Status
from services.review.pages import words
from shared.auth import Actor
from shared.domain import Conflict, Invalid, Rejection, Several, Stale
from shared.event_log import KeyReused
from shared.http import form_again, form_key, form_version, now, today
from shared.kernel import Kernel
from shared.regions import region_name

REFUSED = (Invalid, Conflict, Stale, Several, KeyReused)


@dataclass(frozen=True)
class Filled:
    """A form as it was sent: which one, what was filled in, and what is wrong with it."""

    form: str
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def refused(kernel: Kernel, request: Request, name: str, form: FormData, rejection: Rejection) -> Filled:
    """Give a form that was not accepted; its sentences are in the reader's language."""
    why, values = form_again(rejection, values_of(form))
    return Filled(name, values, kernel.pages.errors(request, why))


def act_of(request: Request, actor: Actor, kernel: Kernel, form: FormData, ident: str) -> Act:
    """Give what a form does to an assessment, with the form's key and version; raise KeyMissing."""
    return Act(
        commands=kernel.commands,
        actor=actor,
        assessment_id=ident,
        at=now(),
        key=form_key(request, form),
        if_match=form_version(form),
    )


def values_of(form: FormData) -> dict[str, Any]:
    """Give what was filled in: a text, or a list where a field was sent several times."""
    several = {name: form.getlist(name) for name in form}
    return {name: found if name == "reviewers" else found[-1] for name, found in several.items()}


def show(kernel: Kernel, request: Request, template: str, filled: Filled | None = None, **context: Any) -> HTMLResponse:
    """Give a page; with a refused form its errors and values, and the status 422."""

    def word(of: str, value: Any) -> str:
        entry = getattr(words, of).get(str(value), str(value))
        return kernel.pages.gettext(request, entry if isinstance(entry, str) else entry[0])

    def kind(of: str, value: Any) -> str:
        return str(getattr(words, of)[str(value)][1])

    around: dict[str, Any] = {
        "filled": filled or Filled(""),
        "word": word,
        "kind": kind,
        "words": words,
        "region_name": region_name,
        "statuses": list(Status),
        "today": today(),
    }
    return kernel.pages.render(request, template, 422 if filled and filled.errors else 200, **(around | context))


def day(form: FormData, name: str) -> date | None:
    """Give the date in a field, None where it is empty; raise Invalid."""
    text = str(form.get(name, "")).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("This must be a date such as 2026-11-21.", field=name) from None


def text(form: FormData, name: str) -> str:
    """Give the text in a field with plain line ends."""
    return str(form.get(name, "")).replace("\r\n", "\n").strip()
