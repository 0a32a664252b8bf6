"""The page of an innovation, as of now or of any moment."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from services.showcase.shell import Past
from shared.auth import Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute
from shared.web.qr import qr


class InnovationPages:
    """The handler of the page of an innovation."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/innovations/{innovation_id}", self.innovation)
        return router

    def innovation(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """An innovation with its journey, figures, lineage and the place of its record, as of any moment."""
        region = region_of(innovation_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            found = queries.innovation(model, region, innovation_id)
            if found is None:
                raise NotFound
            waiting = self.site.pages.gettext(request, "waits for the panel's decision")
            newest = found.journey[-1]["position"] if found.journey else found.first_position
            address = views.check_address(self.site.public_url, region, newest)
            return self.site.render(
                request,
                actor,
                state,
                "innovation.html",
                region=region,
                past=past,
                it=found,
                steps_of=views.innovation_steps(found, waiting),
                figures=views.figures(found),
                open_assessments=[each for each in found.assessments or () if each["state"] in ("open", "scored")],
                check=address,
                code=qr(address, self.site.pages.gettext(request, "QR code that leads to the check of this record")),
            )

        return self.site.shell.answer(request, actor, region, make, [f"innovation/{innovation_id}"])
