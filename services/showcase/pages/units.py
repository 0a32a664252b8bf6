"""The page of a unit."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries
from services.showcase.incoming import STAGES
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model, units
from services.showcase.shell import Past
from shared.auth import Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute


class UnitPages:
    """The handler of the page of a unit."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/units/{unit_id}", self.unit)
        return router

    def unit(self, actor: Public, request: Request, unit_id: str) -> Response:
        """A unit of a region with its innovations, as of any moment."""
        region = region_of(unit_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            found = queries.unit(model, region, unit_id)
            if found is None:
                raise NotFound
            rows = queries.unit_innovations(model, region, unit_id)
            return self.site.render(
                request,
                actor,
                state,
                "unit.html",
                region=region,
                past=past,
                it=found,
                innovations=rows,
                editions=units.unit_editions(model, region, unit_id),
                counts={stage: sum(row.status == "active" and row.stage == stage for row in rows) for stage in STAGES},
            )

        return self.site.shell.answer(request, actor, region, make)
