"""Two innovations side by side, or what one may be compared with."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.innovation import story
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from shared.auth import Public
from shared.domain import Invalid, NotFound, region_of
from shared.http import FormRoute, today

MAX_WORDS = 200


class TooManyWords(Invalid):
    """Search with at most 200 characters."""


@dataclass(frozen=True)
class Side:
    """One of the two: the innovation, the change it made, what citizens say, and whether it still runs."""

    it: Row[Any]
    change: story.Change | None
    figures: list[views.Figure]
    voices: Row[Any]
    running: story.Running | None
    copies: int


class Compare:
    """The handler of the comparison."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/compare", self.compare)
        return router

    def compare(self, actor: Public, request: Request) -> Response:
        """The innovations `?a=` and `?b=` side by side; with one of them alone, what it may be compared with."""
        ids = list(dict.fromkeys(filter(None, (request.query_params.get(name, "").strip() for name in "ab"))))
        asked = request.query_params.get("q", "").strip()
        if len(asked) > MAX_WORDS:
            raise TooManyWords(field="q")
        regions = {each: region_of(each) for each in ids}

        def make(model: Model, state: State) -> Response:
            sides = [_side(model, regions[each], each) for each in ids]
            offered = (
                queries.candidates(model, sides[0].it.innovation_id, sides[0].it.sector, asked)
                if len(sides) == 1
                else ()
            )
            return self.site.render(
                request, actor, state, "compare.html", listed=False, sides=sides, offered=offered, asked=asked
            )

        return self.site.read_model.answer(request, actor, make)


def _side(model: Model, region: str, innovation_id: str) -> Side:
    found = queries.innovation(model, region, innovation_id)
    if found is None:
        raise NotFound
    figures = views.figures(found)
    kin = queries.lineage(model, region, innovation_id)
    return Side(
        it=found,
        change=story.change(figures),
        figures=figures,
        voices=queries.feedback(model, region, innovation_id),
        running=story.running(found, today()),
        copies=sum(row.depth == 1 and row.region != region for row in kin),
    )
