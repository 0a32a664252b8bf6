"""The pictures that stand for pages where people share them: of the site, a region, an innovation."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.cards import Card, Figure, Pictures
from services.showcase.incoming import STAGES
from services.showcase.landscape import stage_flows
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from shared.auth import Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute
from shared.regions import region_name
from shared.web.formats import Formats
from shared.web.stages import NAMES

FIGURES = 2
_LONGEST = 300


class PicturePages:
    """The handlers of the pictures."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site
        self._pictures = Pictures()

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/card.png", self.everything)
        router.add_api_route("/regions/{code}/card.png", self.region)
        router.add_api_route("/innovations/{innovation_id}/card.png", self.innovation)
        return router

    def everything(self, actor: Public, request: Request) -> Response:
        """The country: how many innovations there are, were launched and shown."""

        def make(model: Model, state: State) -> Response:
            by_stage, counted = self.site.counts(model, state)
            texts, number = self.site.shell.gettext(request), self._formats(request).number
            return self._picture(
                request,
                eyebrow=texts("National Institute of Public Administration"),
                title=texts("Innovations of Indonesia's regions"),
                figures=[
                    Figure(str(number(sum(by_stage.values()))), texts("active innovations")),
                    Figure(str(number(sum(each.launched for each in counted))), texts("launched")),
                    Figure(str(number(sum(each.displayed for each in counted))), texts("shown to the public")),
                ],
                stage=len(STAGES),
                standing=texts("Five stages"),
            )

        return self.site.read_model.answer(request, actor, make)

    def region(self, actor: Public, request: Request, code: str) -> Response:
        """A region: its active innovations, how many were launched and shown, and the furthest stage of one."""
        known = views.known_region(code)

        def make(model: Model, state: State) -> Response:
            rows = [row for row in self.site.rows(model, state) if row.region == code]
            texts, number = self.site.shell.gettext(request), self._formats(request).number
            furthest = max((place for place, each in enumerate(stage_flows(rows, ()), 1) if each.now), default=0)
            return self._picture(
                request,
                eyebrow=region_name(known.province_code) if known.province_code != code else texts("Province"),
                title=known.name,
                figures=[
                    Figure(str(number(sum(row.innovations for row in rows))), texts("active innovations")),
                    Figure(str(number(sum(row.launched for row in rows))), texts("launched")),
                    Figure(str(number(sum(row.displayed for row in rows))), texts("shown to the public")),
                ],
                stage=furthest,
                standing=NAMES[STAGES[furthest - 1]] if furthest else "",
            )

        return self.site.read_model.answer(request, actor, make)

    def innovation(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """An innovation: its title, where it stands, and what changed as far as it was measured."""
        region = region_of(innovation_id)

        def make(model: Model, state: State) -> Response:
            found = queries.innovation(model, region, innovation_id)
            if found is None:
                raise NotFound
            texts, number = self.site.shell.gettext(request), self._formats(request).number
            figures = [each for each in views.figures(found) if each.actual is not None][:FIGURES]
            stage = STAGES.index(found.stage) + 1
            standing = f"{NAMES[found.stage]} · " + texts("stage %(n)s of 5") % {"n": stage}
            ended = {"withdrawn": texts("Withdrawn"), "retired": texts("Retired")}
            return self._picture(
                request,
                eyebrow=f"{region_name(region)} · {found.unit_name}" if found.unit_name else region_name(region),
                title=found.title,
                text=found.meaning,
                figures=[
                    Figure(
                        f"{number(each.baseline)} → {number(each.actual)} {each.unit_of_measure}"[:24], each.name[:60]
                    )
                    for each in figures
                ],
                stage=stage,
                standing=ended.get(found.status, standing),
            )

        return self.site.read_model.answer(request, actor, make)

    def _formats(self, request: Request) -> Formats:
        return Formats(self.site.pages.language(request))

    def _picture(
        self,
        request: Request,
        *,
        eyebrow: str,
        title: str,
        figures: list[Figure],
        stage: int,
        standing: str,
        text: str = "",
    ) -> Response:
        card = Card(
            language=self.site.pages.language(request),
            eyebrow=eyebrow[:_LONGEST],
            title=title[:_LONGEST],
            text=text[:_LONGEST],
            figures=figures,
            stage=stage,
            standing=standing,
            host=urlsplit(self.site.public_url).netloc,
        )
        return Response(self._pictures.png(card), media_type="image/png", headers={"Vary": "Cookie"})
