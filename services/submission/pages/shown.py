"""How a page is shown and a form is taken: the same commands as the API's, with errors beside the fields."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse

from services.submission.desk.asked import Asked
from services.submission.pages.words import words
from shared.auth import Actor
from shared.domain import Conflict, Invalid, Several, Stale
from shared.event_log import KeyReused
from shared.http import Malformed, form_again, form_key, form_version, today
from shared.kernel import Kernel
from shared.problems import validation_sentence
from shared.regions import region_name
from shared.web.forms import nested

B = TypeVar("B", bound=BaseModel)
R = TypeVar("R")


class Refused(Exception):
    """A form that was not accepted: sentences by field, and what was filled in."""

    def __init__(self, errors: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Take both."""
        self.errors = errors
        self.values = values
        super().__init__()


def show(
    kernel: Kernel, request: Request, template: str, *, refused: Refused | None = None, **context: Any
) -> HTMLResponse:
    """Give a page; with a refused form its errors and values, and the status 422."""
    around: dict[str, Any] = {
        "errors": {},
        "values": {},
        "words": words(kernel, request),
        "today": today(),
        "region_name": region_name,
        "sentence": lambda rejection: kernel.pages.sentence(request, rejection),
        "version": None,
    }
    if refused is not None:
        context |= {"errors": refused.errors, "values": refused.values}
    status = 422 if refused is not None or context.get("errors") else 200
    return kernel.pages.render(request, template, status, **(around | context))


def take(
    kernel: Kernel,
    request: Request,
    form: FormData,
    actor: Actor,
    body: type[B],
    act: Callable[[Asked, B], R],
    *,
    lists: Iterable[str] = (),
    lines: Collection[str] = (),
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> R:
    """Carry out what a form asks for, once however often it is sent.

    Takes the body that the form fills in and what is done with it; the fields that are sent several times, those with
    one entry a line, and what else gives the fields the body's shape. Raises Refused for what can be put right in the
    form; other rejections, such as NotFound, become a page of their own.
    """
    asked = Asked(actor=actor, commands=kernel.commands, key=form_key(request, form), if_match=form_version(form))
    return fill_in(
        kernel, request, form, body, lambda filled: act(asked, filled), lists=lists, lines=lines, shape=shape
    )


def fill_in(
    kernel: Kernel,
    request: Request,
    form: FormData,
    body: type[B],
    act: Callable[[B], R],
    *,
    lists: Iterable[str] = (),
    lines: Collection[str] = (),
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> R:
    """Do something with the body that a form fills in, as `take` does for whoever is signed in. Raises Refused."""
    try:
        filled = nested(form.multi_items(), lists=lists)
    except ValueError:
        raise Malformed from None
    values = filled | {"_key": str(form.get("_key", ""))}
    shaped = shape(filled | {name: _lines(str(filled.get(name, ""))) for name in lines})
    try:
        return act(body.model_validate(shaped))
    except ValidationError as error:
        raise Refused(_beside(lines, _sentences(kernel, request, error)), values) from None
    except (Invalid, Conflict, Stale, Several, KeyReused) as rejection:
        why, values = form_again(rejection, values)
        raise Refused(_beside(lines, kernel.pages.errors(request, why)), values) from None


def _sentences(kernel: Kernel, request: Request, error: ValidationError) -> dict[str, str]:
    language, folder = kernel.pages.language(request), kernel.folder
    return {
        "/".join(map(str, each["loc"])): validation_sentence(each, language, folder)
        for each in error.errors(include_url=False, include_input=False)
    }


def _beside(lines: Collection[str], errors: Mapping[str, str]) -> dict[str, str]:
    """Give the errors by the fields of the form: an entry of a list that is one field belongs to that field."""
    return {path.partition("/")[0] if path.partition("/")[0] in lines else path: each for path, each in errors.items()}


def _lines(text: str) -> list[str]:
    return [each.strip() for each in text.split("\n") if each.strip()]
