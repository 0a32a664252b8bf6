"""The pages of the regions and of the editions of their laboratories."""

from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import atlas, editions, provinces, queries, views
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model, festivals, portraits, targets
from services.showcase.shell import Past, asked_date
from shared.auth import Public
from shared.domain import refuse, region_of
from shared.http import FormRoute, today
from shared.regions import region_name, regions
from shared.web.pages import query


class RegionPages:
    """The handlers of the pages of regions and programmes."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/regions", self.regions)
        router.add_api_route("/regions/{code}", self.region)
        router.add_api_route("/programmes/{programme_id}", self.programme)
        return router

    def regions(self, actor: Public, request: Request) -> Response:
        """All regions with a programme or an innovation, or those of a province."""
        province = provinces.asked(request.query_params)
        refuse(provinces.wrong(province))

        def make(model: Model, state: State) -> Response:
            # Together, so that the map says what the table says.
            every, country = self.site.read_model.fact("regions", state, lambda: self._all(model))
            rows = [row for row in every if provinces.within(row["region"], province)]
            return self.site.render(
                request,
                actor,
                state,
                "regions.html",
                rows=rows,
                none_yet=not every,
                province=regions()[province] if province else None,
                provinces=provinces.choices(),
                drawing=self._drawing(rows, province) if province else country,
                map_size=atlas.NEAR_SIZE if province else atlas.SIZE,
                grades=atlas.GRADES,
            )

        return self.site.read_model.answer(request, actor, make)

    def _all(self, model: Model) -> tuple[list[dict[str, Any]], Markup]:
        """Give a row for each region, and the map of active innovations in the whole country."""
        counted = views.by_region(queries.by_region_and_stage(model))
        rows = _region_rows(counted, queries.programmes(model))
        return rows, self._drawing(rows, None)

    def _drawing(self, rows: list[dict[str, Any]], province: str | None) -> Markup:
        shown = [
            atlas.Shown(
                region=row["region"],
                label=f"{row['name']}: {row['innovations']}",
                value=row["innovations"],
                grade=atlas.grade(row["innovations"]),
                size=row["innovations"],
            )
            for row in rows
            if row["region"] in regions()
        ]
        url = self.site.pages.url
        begun = [row["region"] for row in rows]
        return atlas.drawing(shown, begun, url, lambda code: url("/regions") + query({}, province=code), province)

    def region(self, actor: Public, request: Request, code: str) -> Response:
        """A region with its programmes, tallies by unit and stage, targets and stated counts, as of any moment."""
        known = views.known_region(code)
        given = asked_date(request)

        def make(model: Model, state: State, past: Past | None) -> Response:
            now = past.moment.day().date() if past else today()
            as_of = given or now
            rows = queries.region_tally(model, code, as_of)
            within = queries.by_region_and_stage(model, within=code) if known.kind == "province" and not past else ()
            return self.site.render(
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
                targets=targets.region_targets(model, code, as_of),
                portrait=portraits.portrait(model, code, as_of),
                units=queries.region_units(model, code),
                festivals=festivals.of_region(model, code),
                within=views.by_region(within),
                newest=queries.newest(model, code),
                views=views,
            )

        return self.site.shell.answer(request, actor, code, make)

    def programme(self, actor: Public, request: Request, programme_id: str) -> Response:
        """One edition of a region's laboratory, as of any moment."""
        region = region_of(programme_id)
        given = asked_date(request)

        def make(model: Model, state: State, past: Past | None) -> Response:
            now = past.moment.day().date() if past else today()
            as_of = given or now
            programme = queries.region_programme(model, region, programme_id)
            tallies = views.tallies(queries.region_tally(model, region, as_of))
            tally = tallies.get(programme_id, views.Tally(()))
            wanted = [row for row in targets.region_targets(model, region, as_of) if row.programme_id == programme_id]
            units = queries.region_units(model, region)
            shows = [row for row in festivals.of_region(model, region) if row.programme_id == programme_id]
            return self.site.render(
                request,
                actor,
                state,
                "programme.html",
                region=region,
                past=past,
                date_asked=as_of,
                is_today=as_of == now,
                programme=programme,
                tallies=tallies,
                tally=tally,
                targets=wanted,
                reach=editions.reach(units, tally.rows, wanted),
                matrix=editions.attendance(programme, units, as_of),
                absent=editions.never_came(programme, as_of),
                portrait=portraits.portrait(model, region, as_of, programme_id),
                festivals=shows,
                views=views,
            )

        return self.site.shell.answer(request, actor, region, make, [f"programme/{programme_id}"])


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
