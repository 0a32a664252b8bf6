"""What the public pages share: the model, the shell, and what is counted for several of them."""

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.model import ReadModel, State
from services.showcase.queries import Model, Rows
from services.showcase.shell import Shell
from shared.auth import Actor
from shared.cursors import Cursors
from shared.web.pages import Pages


class Site:
    """What a handler of a page works with."""

    def __init__(self, read_model: ReadModel, pages: Pages, cursors: Cursors, public_url: str) -> None:
        """Take the model, the shell, what signs the gallery's places, and the address that QR codes lead to."""
        self.read_model = read_model
        self.pages = pages
        self.cursors = cursors
        self.public_url = public_url
        self.shell = Shell(read_model, pages)

    def rows(self, model: Model, state: State) -> Rows:
        """Give the active innovations everywhere, counted by region and stage."""
        return self.read_model.fact("counts", state, lambda: queries.by_region_and_stage(model))

    def counts(self, model: Model, state: State) -> tuple[dict[str, int], list[views.RegionCount]]:
        """Give the active innovations everywhere, counted by stage and by region."""
        rows = self.rows(model, state)
        return views.by_stage(rows), views.by_region(rows)

    def part(self, kept: dict[Any, Markup], key: Any, request: Request, name: str, **context: Any) -> Markup:
        """Give a part of a page in the reader's language; once drawn, it is kept with that of which it was drawn."""
        language = self.pages.language(request)
        found = kept.get((language, key))
        if found is None:
            found = kept[language, key] = self.pages.fragment(language, name, **context)
        return found

    def render(self, request: Request, actor: Actor | None, state: State, name: str, **context: Any) -> Response:
        """Give the page made of a template and its context."""
        return self.shell.render(request, actor, state, name, **context)
