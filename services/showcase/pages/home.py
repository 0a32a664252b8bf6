"""The home page."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries
from services.showcase.model import State
from services.showcase.pages.site import MAP_SIZE, Site
from services.showcase.queries import Model
from shared.auth import Public
from shared.http import FormRoute

TOP_REGIONS = 10


class Home:
    """The handler of the home page."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/", self.home)
        return router

    def home(self, actor: Public, request: Request) -> Response:
        """The five stages with their counts, the regions, the newest transitions."""

        def make(model: Model, state: State) -> Response:
            by_stage, by_region = self.site.counts(model, state)
            counted = sorted(by_region, key=lambda each: (-each.innovations, each.region))
            return self.site.render(
                request,
                actor,
                state,
                "home.html",
                counts=by_stage,
                launched=sum(each.launched for each in counted),
                displayed=sum(each.displayed for each in counted),
                counted=counted,
                top=counted[:TOP_REGIONS],
                newest=queries.newest(model),
                drawing=self.site.drawing(state, counted),
                map_size=MAP_SIZE,
            )

        return self.site.read_model.answer(request, actor, make)
