"""The page that an event's QR code leads to: what it says, whether it is sealed, its proof, and how to check that."""

import json

from fastapi import APIRouter, Request, Response

from shared.auth import Public
from shared.domain import Rejection
from shared.http import FormRoute
from shared.kernel import Kernel
from shared.log_api import Logs, NotAsSealed, Position
from shared.proofs import SUFFIX
from shared.web.qr import qr


def router(kernel: Kernel) -> APIRouter:
    """Give the page's route."""
    routes = APIRouter(route_class=FormRoute, include_in_schema=False)
    logs, pages, settings = Logs(kernel), kernel.pages, kernel.settings

    @routes.get("/check/{region}/{position:int}")
    def check(actor: Public, request: Request, region: str, position: Position) -> Response:
        """What an event's envelope says, with its proof. Its payload is shown elsewhere, to whom it may be."""
        event = logs.event(region, position)
        kind = kernel.log.catalogue[event.type].cls
        state, proof = "waiting", None
        try:
            proof = logs.proof(event)
            state = "sealed"
        except NotAsSealed:
            state = "broken"
        except Rejection:
            pass
        verifier = logs.seals.verifier() if logs.seals is not None else None
        base = settings.public_url + settings.root_path
        address = f"{base}/check/{region}/{position}"
        return pages.render(
            request,
            "check.html",
            sentence=pages.gettext(request, (kind.__doc__ or "").strip().splitlines()[0]),
            event=event,
            envelope=json.loads(event.leaf),
            kind=f"{event.type}.v{event.type_version}",
            sealed_size=_size(proof.checkpoint) if proof is not None else None,
            state=state,
            key=verifier,
            base=base,
            file=f"{kernel.name}-{region}-{position}",
            suffix=SUFFIX,
            address=address,
            code=qr(address, pages.gettext(request, "QR code of this page's address")),
        )

    return routes


def _size(checkpoint: bytes) -> int:
    return int(checkpoint.split(b"\n", 2)[1])
