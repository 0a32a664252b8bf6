"""The public pages: home, gallery, an innovation, the regions. Each says what its numbers mean and how fresh it is."""

from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import atlas, gallery, queries, views, words
from services.showcase.incoming import STAGES
from services.showcase.model import ReadModel, State
from services.showcase.queries import Model
from services.showcase.shell import Past, Shell, asked_date
from shared.auth import Actor, Public
from shared.cursors import Cursors
from shared.domain import NotFound, region_of
from shared.http import FormRoute, today
from shared.regions import region_name, regions
from shared.web.pages import Pages
from shared.web.qr import qr

# Counting everything is dear where there are many; what is counted may be this old while events keep coming.
COUNTS_SECONDS = 1.0
FACETS_SECONDS = 5.0
TOP_REGIONS = 10
MAP_SIZE = (atlas.WIDTH, atlas.HEIGHT)


class Site:
    """The handlers of the pages."""

    def __init__(self, read_model: ReadModel, pages: Pages, cursors: Cursors, public_url: str) -> None:
        """Take the model, the shell, what signs the gallery's places, and the address that QR codes lead to."""
        self.read_model = read_model
        self.pages = pages
        self.cursors = cursors
        self.public_url = public_url
        self.shell = Shell(read_model, pages)

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/", self.home)
        router.add_api_route("/innovations", self.innovations)
        router.add_api_route("/innovations/{innovation_id}", self.innovation)
        router.add_api_route("/regions", self.regions)
        router.add_api_route("/regions/{code}", self.region)
        router.add_api_route("/programmes/{programme_id}", self.programme)
        router.add_api_route("/units/{unit_id}", self.unit)
        return router

    def home(self, actor: Public, request: Request) -> Response:
        """The five stages with their counts, the regions, the newest transitions."""

        def make(model: Model, state: State) -> Response:
            by_stage, by_region = self._counts(model, state)
            counted = sorted(by_region, key=lambda each: (-each.innovations, each.region))
            return self._render(
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
                drawing=self._drawing(state, counted),
                map_size=MAP_SIZE,
            )

        return self.read_model.answer(request, actor, make)

    def innovations(self, actor: Public, request: Request) -> Response:
        """The gallery."""
        asked = gallery.Filter.of(request.query_params)
        cursor = request.query_params.get("cursor") or None

        def make(model: Model, state: State) -> Response:
            page = gallery.page(model, asked, self.cursors, cursor)
            found = self.read_model.fact(
                (asked, page.like), state, FACETS_SECONDS, lambda: gallery.facets(model, asked, like=page.like)
            )
            return self._render(
                request,
                actor,
                state,
                "gallery.html",
                page=page,
                asked=asked,
                total=found.total,
                offered=self._offered(request, found),
            )

        return self.read_model.answer(request, actor, make)

    def innovation(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """An innovation with its journey, figures, lineage and the place of its record, as of any moment."""
        region = region_of(innovation_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            found = queries.innovation(model, region, innovation_id)
            if found is None:
                raise NotFound
            waiting = self.pages.gettext(request, "waits for the panel's decision")
            newest = found.journey[-1]["position"] if found.journey else found.first_position
            address = views.check_address(self.public_url, region, newest)
            return self._render(
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
                code=qr(address, self.pages.gettext(request, "QR code that leads to the check of this record")),
            )

        return self.shell.answer(request, actor, region, make, [f"innovation/{innovation_id}"])

    def regions(self, actor: Public, request: Request) -> Response:
        """All regions with a programme or an innovation."""

        def make(model: Model, state: State) -> Response:
            _, counted = self._counts(model, state)
            return self._render(
                request,
                actor,
                state,
                "regions.html",
                rows=_region_rows(counted, queries.programmes(model)),
                drawing=self._drawing(state, counted),
                map_size=MAP_SIZE,
            )

        return self.read_model.answer(request, actor, make)

    def region(self, actor: Public, request: Request, code: str) -> Response:
        """A region with its programmes, tallies by unit and stage, targets and stated counts, as of any moment."""
        known = views.known_region(code)
        given = asked_date(request)

        def make(model: Model, state: State, past: Past | None) -> Response:
            now = past.moment.day().date() if past else today()
            as_of = given or now
            rows = queries.region_tally(model, code, as_of)
            within = queries.by_region_and_stage(model, within=code) if known.kind == "province" and not past else ()
            return self._render(
                request,
                actor,
                state,
                "region.html",
                region=code,
                past=past,
                known=known,
                date_asked=as_of,
                is_today=as_of == now,
                programmes=queries.region_programmes(model, code),
                tallies=views.tallies(rows),
                whole=views.Tally(rows),
                units=queries.region_units(model, code),
                within=views.by_region(within),
                newest=queries.newest(model, code),
                views=views,
            )

        return self.shell.answer(request, actor, code, make)

    def programme(self, actor: Public, request: Request, programme_id: str) -> Response:
        """One edition of a region's laboratory, as of any moment."""
        region = region_of(programme_id)
        given = asked_date(request)

        def make(model: Model, state: State, past: Past | None) -> Response:
            now = past.moment.day().date() if past else today()
            as_of = given or now
            found = [each for each in queries.region_programmes(model, region) if each.programme_id == programme_id]
            if not found:
                raise NotFound
            return self._render(
                request,
                actor,
                state,
                "programme.html",
                region=region,
                past=past,
                date_asked=as_of,
                is_today=as_of == now,
                programme=found[0],
                tallies=views.tallies(queries.region_tally(model, region, as_of)),
                views=views,
            )

        return self.shell.answer(request, actor, region, make, [f"programme/{programme_id}"])

    def unit(self, actor: Public, request: Request, unit_id: str) -> Response:
        """A unit of a region with its innovations, as of any moment."""
        region = region_of(unit_id)

        def make(model: Model, state: State, past: Past | None) -> Response:
            found = queries.unit(model, region, unit_id)
            if found is None:
                raise NotFound
            rows = queries.unit_innovations(model, region, unit_id)
            return self._render(
                request,
                actor,
                state,
                "unit.html",
                region=region,
                past=past,
                it=found,
                innovations=rows,
                counts={stage: sum(row.status == "active" and row.stage == stage for row in rows) for stage in STAGES},
            )

        return self.shell.answer(request, actor, region, make)

    def _counts(self, model: Model, state: State) -> tuple[dict[str, int], list[views.RegionCount]]:
        """Give the active innovations everywhere, counted by stage and by region."""

        def find() -> tuple[dict[str, int], list[views.RegionCount]]:
            rows = queries.by_region_and_stage(model)
            return views.by_stage(rows), views.by_region(rows)

        return self.read_model.fact("counts", state, COUNTS_SECONDS, find)

    def _drawing(self, state: State, counted: list[views.RegionCount]) -> Markup:
        """Give the inside of the map."""
        return self.read_model.fact(
            "map",
            state,
            COUNTS_SECONDS,
            lambda: atlas.drawing({each.region: each.innovations for each in counted}, self.pages.url),
        )

    def _render(self, request: Request, actor: Actor | None, state: State, name: str, **context: Any) -> Response:
        return self.shell.render(request, actor, state, name, **context)

    def _offered(self, request: Request, found: gallery.Facets) -> dict[str, Any]:
        """The options of each filter, with how many innovations they would show."""
        gettext = self.shell.gettext(request)

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


def _region_rows(counted: list[views.RegionCount], programmes: queries.Rows) -> list[dict[str, Any]]:
    """One row for each region that has a programme or an innovation, by the region's name."""
    counts = {each.region: each for each in counted}
    newest = {row.region: row for row in programmes}  # in the order of their requests, so that the newest stays
    rows = []
    for code in {*counts, *newest}:
        count, programme = counts.get(code), newest.get(code)
        rows.append(
            {
                "region": code,
                "name": region_name(code),
                "innovations": count.innovations if count else 0,
                "launched": count.launched if count else 0,
                "displayed": count.displayed if count else 0,
                "edition": programme.edition if programme else None,
                "stages_done": programme.stages_done if programme else None,
                "state": views.programme_state(programme) if programme else None,
            }
        )
    return sorted(rows, key=lambda row: row["name"])
