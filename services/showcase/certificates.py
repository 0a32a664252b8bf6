"""The certificate of an innovation: one sheet to print, whose QR code leads to the record that it rests on."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.model import State
from services.showcase.queries import Model
from services.showcase.shell import Shell
from shared.auth import Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute
from shared.web.qr import qr


class Certificates:
    """The handler of the sheet."""

    def __init__(self, shell: Shell, public_url: str) -> None:
        """Take what makes pages, and the address that codes lead to."""
        self.shell = shell
        self.public_url = public_url

    def router(self) -> APIRouter:
        """Give the route."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/innovations/{innovation_id}/certificate", self.certificate)
        return router

    def certificate(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """The stage that an innovation reached and when; none for one that was withdrawn or retired."""
        region = region_of(innovation_id)

        def make(model: Model, state: State) -> Response:
            found = queries.innovation(model, region, innovation_id)
            step = views.stage_reached(found) if found is not None and found.status == "active" else None
            if found is None or step is None:
                raise NotFound
            address = views.check_address(self.public_url, region, step["position"])
            return self.shell.render(
                request,
                actor,
                state,
                "certificate.html",
                region=region,
                it=found,
                step=step,
                steps_of=views.innovation_steps(found, ""),
                address=address,
                code=qr(address, self.shell.pages.gettext(request, "QR code that leads to the check of this record")),
            )

        return self.shell.read_model.answer(request, actor, make)
