"""The gallery: search, filters and pages of innovations."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import gallery, words
from services.showcase.incoming import STAGES
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from shared.auth import Public
from shared.http import FormRoute
from shared.regions import region_name, regions

FACETS_SECONDS = 5.0


class Gallery:
    """The handler of the gallery."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/innovations", self.innovations)
        return router

    def innovations(self, actor: Public, request: Request) -> Response:
        """The gallery."""
        asked = gallery.Filter.of(request.query_params)
        cursor = request.query_params.get("cursor") or None

        def make(model: Model, state: State) -> Response:
            page = gallery.page(model, asked, self.site.cursors, cursor)
            found = self.site.read_model.fact(
                (asked, page.like), state, FACETS_SECONDS, lambda: gallery.facets(model, asked, like=page.like)
            )
            return self.site.render(
                request,
                actor,
                state,
                "gallery.html",
                page=page,
                asked=asked,
                total=found.total,
                offered=self._offered(request, found),
            )

        return self.site.read_model.answer(request, actor, make)

    def _offered(self, request: Request, found: gallery.Facets) -> dict[str, Any]:
        """The options of each filter, with how many innovations they would show."""
        gettext = self.site.shell.gettext(request)

        def options(name: str, values: Any, label: Any) -> list[tuple[str, str]]:
            counts = found.counts[name]
            return [(value, f"{label(value)} ({counts.get(value, 0)})") for value in values]

        chosen = request.query_params.get("region", "")
        codes = {*found.counts["region"], *([chosen] if chosen in regions() else [])}
        return {
            "region": options("region", sorted(codes, key=region_name), region_name),
            "stage": options("stage", STAGES, lambda value: value.capitalize()),
            "sector": options("sector", words.SECTORS, lambda value: words.word(gettext, "sector", value)),
            "unit_kind": options("unit_kind", words.UNIT_KINDS, lambda value: words.word(gettext, "unit_kind", value)),
            "year": options("year", sorted(found.counts["year"], reverse=True), str),
            "status": [(value, gettext(label)) for value, label in words.STATUSES.items() if value != "active"],
        }
