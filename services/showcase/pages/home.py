"""The home page: the map of what regions try, the way through the stages, outcomes in figures, the newest steps."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import atlas, landscape, provinces, queries
from services.showcase.landscape import MEASURES, Place
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from services.showcase.words import DIMENSIONS
from shared.auth import Public
from shared.domain import Invalid, refuse
from shared.http import FormRoute
from shared.regions import regions
from shared.web.pages import query

COLUMNS = ("innovations", *MEASURES)


class WrongChoice(Invalid):
    """This filter does not have such a value."""


@dataclass(frozen=True)
class Choice:
    """What the visitor picked: the measure, a province or the whole country, the order of the table."""

    show: str
    province: str | None
    sort: str

    @classmethod
    def of(cls, parameters: Any) -> "Choice":
        """Give the choice of a query string; raise WrongChoice or NoProvince for values that cannot be, or Several."""
        show, sort = parameters.get("show") or "displayed", parameters.get("sort") or ""
        known = {"show": show in MEASURES, "sort": not sort or sort.removeprefix("-") in ("name", *COLUMNS)}
        province = provinces.asked(parameters)
        refuse([*(WrongChoice(field=name) for name, holds in known.items() if not holds), *provinces.wrong(province)])
        return cls(show, province, sort or f"-{show}")

    def query(self, **changes: str | None) -> str:
        """Give the query string of this choice with some of it changed; what is the default is left out."""
        asked = {"show": self.show, "province": self.province, "sort": self.sort, **changes}
        if asked["sort"] == f"-{asked['show']}":
            asked["sort"] = None
        if asked["show"] == "displayed":
            asked["show"] = None
        found = query(asked)
        return "" if found == "?" else found

    def ordered(self, found: list[Place]) -> list[Place]:
        """Give the places in the order that was picked; those alike by their names."""
        by = self.sort.removeprefix("-")
        found = sorted(found, key=lambda each: each.name)
        if by == "name":
            return found[:: -1 if self.sort.startswith("-") else 1]
        return sorted(found, key=lambda each: getattr(each, by), reverse=self.sort.startswith("-"))


@dataclass(frozen=True)
class Counted:
    """Everything that the home page counts, and what was drawn of it: maps by measure and province, and the table."""

    places: list[Place]
    flows: list[landscape.StageFlow]
    outcomes: landscape.Outcomes
    by_dimension: list[landscape.Outcomes]
    maps: dict[tuple[str, str | None], Markup] = field(default_factory=dict)
    tables: dict[Any, Markup] = field(default_factory=dict)


def count(model: Model) -> Counted:
    """Count everything for the home page: four statements."""
    by_region, outcomes = queries.by_region_and_stage(model), queries.outcomes(model)
    together, by_dimension = landscape.outcome_totals(outcomes, DIMENSIONS)
    return Counted(
        places=landscape.places(by_region, outcomes, queries.programmes(model)),
        flows=landscape.stage_flows(by_region, queries.flows(model)),
        outcomes=together,
        by_dimension=by_dimension,
    )


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
        """The map with its table, the stages with their counts, outcomes, the newest transitions."""
        choice = Choice.of(request.query_params)

        def make(model: Model, state: State) -> Response:
            counted = self.site.read_model.fact("home", state, lambda: count(model))
            places = [each for each in counted.places if provinces.within(each.region, choice.province)]
            return self.site.render(
                request,
                actor,
                state,
                "home.html",
                choice=choice,
                measures=MEASURES,
                measure=MEASURES[choice.show],
                grades=atlas.STAGE_NAMES if choice.show == "stage" else atlas.GRADES,
                provinces=provinces.choices(),
                province=regions()[choice.province] if choice.province else None,
                table=self._table(request, choice, counted, places) if places else None,
                everywhere=counted.places,
                flows=counted.flows,
                outcomes=counted.outcomes,
                by_dimension=counted.by_dimension,
                newest=queries.newest(model),
                drawing=self._map(choice, counted, places),
                map_size=atlas.NEAR_SIZE if choice.province else atlas.SIZE,
            )

        return self.site.read_model.answer(request, actor, make)

    def _table(self, request: Request, choice: Choice, counted: Counted, places: list[Place]) -> Markup:
        # Those of provinces are quickly drawn and many.
        kept = counted.tables if choice.province is None else {}
        return self.site.part(kept, choice, request, "home_table.html", choice=choice, measures=MEASURES, places=places)

    def _map(self, choice: Choice, counted: Counted, places: list[Place]) -> Markup:
        key = (choice.show, choice.province)
        if key not in counted.maps:
            counted.maps[key] = self._drawing(choice, places)
        return counted.maps[key]

    def _drawing(self, choice: Choice, places: list[Place]) -> Markup:
        measure = MEASURES[choice.show]
        by_stage = choice.show == "stage"
        shown = []
        for each in places:
            value = measure.value(each)
            said = atlas.STAGE_NAMES[value - 1] if by_stage and value else str(value)
            shown.append(
                atlas.Shown(
                    region=each.region,
                    label=f"{each.name}: {said}" + (f" ({each.innovations})" if by_stage else ""),
                    value=value,
                    grade=value if by_stage else atlas.grade(value),
                    size=measure.size(each),
                )
            )
        begun = [each.region for each in places]
        url = self.site.pages.url
        return atlas.drawing(
            shown, begun, url, lambda code: url("/") + choice.query(province=code, sort=None) + "#map", choice.province
        )
