"""The page of an innovation, as of now or of any moment; its citation and its card for other sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views, words
from services.showcase.history import log
from services.showcase.innovation import citing, linked, story
from services.showcase.innovation.lineage import Kin, Lineage, lineage
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from services.showcase.queries.festivals import of_innovation
from services.showcase.queries.lineage import MOST
from services.showcase.shell import Past
from services.showcase.views import Figure
from shared.auth import Actor, Public
from shared.domain import NotFound, region_of
from shared.http import FormRoute, today
from shared.incoming import Received
from shared.web.charts import Trend, trend
from shared.web.qr import qr

# The one page that may stand in other sites' frames. It has neither forms nor scripts, and asks nothing of its reader.
FRAMED = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors *"

_SNIPPET = Markup('<iframe src="{}" title="{}" width="100%" height="420" style="border:0" loading="lazy"></iframe>')


@dataclass(frozen=True)
class Record:
    """A record that the page rests on, with the fingerprints that anybody can compare with the log."""

    event: Received
    datahash: str

    @property
    def leaf_hash(self) -> str:
        """The hash of its leaf in the tree, in hexadecimal."""
        return self.event.leaf_hash.hex()


class InnovationPages:
    """The handlers of what is shown of one innovation."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/innovations/{innovation_id}", self.innovation)
        router.add_api_route("/innovations/{innovation_id}/embed", self.embed)
        router.add_api_route("/innovations/{innovation_id}/cite.bib", self.bibtex)
        router.add_api_route("/innovations/{innovation_id}/cite.ris", self.ris)
        return router

    def innovation(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """An innovation with its story, journey, kin, what citizens say and the proof of it, as of any moment."""
        region = region_of(innovation_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            found = _found(model, region, innovation_id)
            kin = lineage(queries.lineage(model, region, innovation_id), MOST)
            voices = queries.feedback(model, region, innovation_id)
            newest = found.journey[-1]["position"] if found.journey else found.first_position
            check = views.check_address(self.site.public_url, region, newest)
            address = self._address(found)
            figures = views.figures(found)
            day = past.moment.day().date() if past else today()
            return self.site.render(
                request,
                actor,
                state,
                "innovation.html",
                region=region,
                past=past,
                it=found,
                steps_of=views.innovation_steps(found, self._text(request, "waits for the panel's decision")),
                figures=figures,
                trends=_trends(figures),
                change=story.change(figures),
                running=story.running(found, day),
                kin=kin,
                voices=voices,
                festivals=of_innovation(model, innovation_id),
                open_assessments=[each for each in found.assessments or () if each["state"] in ("open", "scored")],
                records=_records(model, region, {found.first_position, newest, found.position}),
                newest=newest,
                check=check,
                code=qr(check, self._text(request, "QR code that leads to the check of this record")),
                origin=self.site.public_url,
                cited=citing.source(found, address, day),
                shares=citing.shares(found.title, address),
                snippet=str(_SNIPPET.format(f"{address}/embed", found.title)),
                linked=self._linked(request, found, voices, kin, address),
            )

        return self.site.shell.answer(request, actor, region, make, [f"innovation/{innovation_id}"])

    def embed(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """A small card of an innovation, for the frames of other sites."""
        region = region_of(innovation_id)

        def make(model: Model, state: State) -> Response:
            found = _found(model, region, innovation_id)
            response = self.site.render(
                request,
                actor,
                state,
                "innovation_embed.html",
                region=region,
                it=found,
                change=story.change(views.figures(found)),
                address=self._address(found),
            )
            response.headers["Content-Security-Policy"] = FRAMED
            return response

        return self.site.read_model.answer(request, actor, make)

    def bibtex(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """The entry of an innovation for BibTeX."""
        return self._cited(request, actor, innovation_id, "bib")

    def ris(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """The record of an innovation in RIS."""
        return self._cited(request, actor, innovation_id, "ris")

    def _cited(self, request: Request, actor: Actor | None, innovation_id: str, form: str) -> Response:
        region = region_of(innovation_id)

        def make(model: Model, state: State) -> Response:
            found = _found(model, region, innovation_id)
            source = citing.source(found, self._address(found), today())
            text, kind = (
                (citing.bibtex(source), "application/x-bibtex")
                if form == "bib"
                else (citing.ris(source), "application/x-research-info-systems")
            )
            name = f'attachment; filename="{found.innovation_id}.{form}"'
            headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Disposition": name}
            return Response(text, headers=headers)

        return self.site.read_model.answer(request, actor, make)

    def _address(self, found: Row[Any]) -> str:
        return self.site.pages.address(f"/innovations/{found.innovation_id}")

    def _text(self, request: Request, message: str) -> str:
        return self.site.pages.gettext(request, message)

    def _linked(
        self, request: Request, found: Row[Any], voices: Row[Any], kin: Lineage, address: str
    ) -> dict[str, Any]:
        return linked.described(
            found,
            voices,
            _parent(kin.root),
            address=address,
            home=self.site.pages.address(""),
            picture=f"{address}/card.png",
            sector=words.word(self.site.shell.gettext(request), "sector", found.sector),
        )


def _found(model: Model, region: str, innovation_id: str) -> Row[Any]:
    found = queries.innovation(model, region, innovation_id)
    if found is None:
        raise NotFound
    return found


def _trends(figures: Sequence[Figure]) -> dict[str, Trend]:
    """The charts of what was measured more than once: a line needs two points."""
    return {
        each.indicator_id: trend(
            each.baseline,
            each.target,
            [(date.fromisoformat(one["measured_on"]), Decimal(one["value"])) for one in each.measurements],
            date.fromisoformat(each.due_on),
        )
        for each in figures
        if len(each.measurements) > 1
    }


def _records(model: Model, region: str, positions: set[int]) -> list[Record]:
    """The records at these places of submission's log, as far as the copy of the log has come."""
    return [
        Record(event=event, datahash=event.wire["datahash"])
        for event in log.at(model.connection, region, "submission", positions)
    ]


def _parent(node: Kin) -> Kin | None:
    """What the innovation itself was adapted from: the way down from the root to it has no branches."""
    parent = None
    while not node.itself:
        parent, node = node, node.copies[0]
    return parent
