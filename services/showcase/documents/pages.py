"""Where people ask for the directory of an edition, see it being made, and get it with its fingerprint."""

import base64
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Engine, Row
from starlette.responses import RedirectResponse

from services.showcase import queries
from services.showcase.documents import store
from services.showcase.documents.asking import Asked, asked, query
from services.showcase.history import moments
from services.showcase.model import State, state_of
from services.showcase.queries import Model
from services.showcase.shell import Shell
from shared.auth import Public
from shared.domain import Conflict, Invalid, NotFound, region_of
from shared.http import Form, FormRoute, now
from shared.limits import Limit, Limits, client_address
from shared.regions import regions
from shared.sheets import XLSX
from shared.web.messages import N_

MEDIA_TYPES = {"pdf": "application/pdf", "xlsx": XLSX}
LISTED = 20
OFTEN = Limit(
    of="document",
    most=20,
    seconds=3600,
    said=N_("Many documents were asked for from here within the last hour. Please come back later."),
)


class RecordsWait(Conflict):
    """Some records of this region wait to be read again, and a document made now would lack them. Ask again later."""


@dataclass(frozen=True)
class Found:
    """A programme, the state of the model, and the documents that a request is about."""

    programme: Row[Any]
    state: State
    wanted: Asked

    @property
    def ids(self) -> dict[str, str]:
        """The id of each kind of document."""
        return {kind: self.wanted.document_id(kind) for kind in store.KINDS}


class Documents:
    """The handlers of the page and of the files."""

    def __init__(self, shell: Shell, engine: Engine, public_url: str, tell: Callable[[], None], limits: Limits) -> None:
        """Take what makes pages, the database, the site's address, what tells the worker, and what counts who asks."""
        self.limits = limits
        self.shell = shell
        self.engine = engine
        self.public_url = public_url
        self.tell = tell

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(prefix="/documents", route_class=FormRoute, include_in_schema=False)
        router.add_api_route("", self.page, methods=["GET"])
        router.add_api_route("", self.ask, methods=["POST"])
        router.add_api_route("/{document_id}", self.file, methods=["GET", "HEAD"])
        return router

    def page(self, actor: Public, request: Request) -> Response:
        """The documents of a programme as of now or of a moment: what there is of them, and what is being made."""
        programme_id = request.query_params.get("programme", "")
        with self.engine.connect() as connection:
            found = self._find(connection, programme_id, request.query_params)
            rows = store.these(connection, found.ids.values())
            others = store.of_programme(connection, found.wanted.moment.region, programme_id, LISTED)
        working = any(row.state in ("waiting", "working") for row in rows.values())
        response = self.shell.render(
            request,
            actor,
            found.state,
            "documents.html",
            listed=False,
            region=found.wanted.moment.region,
            programme=found.programme,
            moment=found.wanted.moment,
            documents=[(kind, rows.get(document_id)) for kind, document_id in found.ids.items()],
            others=[row for row in others if row.document_id not in rows],
            working=working,
            here=found.wanted.query,
            query_of=lambda row: query(row.programme_id, {"submission": row.submission, "review": row.review}),
            address=f"{self.public_url}/documents{found.wanted.query}",
            checks={
                source: f"/{source}/check/{found.wanted.moment.region}/{position}"
                for source, position in found.wanted.moment.positions.items()
                if position
            },
        )
        response.headers["Cache-Control"] = "no-cache"
        return response

    def ask(self, _: Public, request: Request, form: Form) -> Response:
        """Have a document made, unless there is the same one already; then show how far it is.

        Raises RecordsWait, and TooOften for an address from which many others were asked for lately.
        """
        kind = str(form.get("kind", ""))
        if kind not in store.KINDS:
            raise Invalid("This is not one of the values that are possible here.", field="kind")
        given = {name: str(value) for name, value in form.multi_items()}
        with self.engine.begin() as connection:
            found = self._find(connection, given.get("programme", ""), given)
            if found.state.behind(found.wanted.moment.region):
                raise RecordsWait
            wanted = found.wanted.row(kind)
            new = not store.these(connection, [wanted["document_id"]])
            with self.limits.within(client_address(request), now(), (OFTEN,)) if new else nullcontext():
                store.ask(connection, now(), wanted)
        self.tell()
        return RedirectResponse(self.shell.pages.url(f"/documents{found.wanted.query}"), status_code=303)

    def file(self, _: Public, request: Request, document_id: str) -> Response:
        """The file of a document that is done."""
        with self.engine.connect() as connection:
            row = store.with_file(connection, document_id)
        if row is None:
            raise NotFound
        name = f"inovasi-{row.programme_id}-{row.submission}-{row.review}.{row.kind}"
        digest = base64.b64encode(bytes.fromhex(row.sha256)).decode()
        headers = {
            "ETag": f'"{row.sha256}"',
            # It may have to go: an erasure takes along what was made of the erased.
            "Cache-Control": "no-cache",
            "Repr-Digest": f"sha-256=:{digest}:",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        if f'"{row.sha256}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(bytes(row.file), media_type=MEDIA_TYPES[row.kind], headers=headers)

    def _find(self, connection: Any, programme_id: str, parameters: Any) -> Found:
        """Give the programme and the moment that a query or form asks for; raise NotFound, or what `moments` raises."""
        region = region_of(programme_id)
        if region not in regions():
            raise NotFound
        state = state_of(connection)
        programme = queries.region_programme(Model(connection, state.schema), region, programme_id)
        moment = moments.resolve(connection, region, moments.asked(parameters))
        return Found(programme, state, asked(connection, programme_id, moment))
