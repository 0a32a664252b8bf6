"""LAN's board: the programmes of all regions side by side, ranked with the reason; as a page and as a workbook.

Everything on it is public. Rows are of regions, never of persons.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import provinces, ranking, views
from services.showcase.counts import SECTIONS
from services.showcase.incoming import STAGES
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model
from services.showcase.queries import board as queries
from services.showcase.ranking import COMPONENTS, Place
from shared.auth import Public
from shared.domain import Invalid, Rejection, refuse
from shared.http import FormRoute, today
from shared.regions import region_name
from shared.sheets import XLSX, Cell, Sheet, xlsx
from shared.web.messages import N_

PAGE = 100
MAX_EDITION = 40


class NoEdition(Invalid):
    """There is no such edition."""


class NoSorting(Invalid):
    """The board cannot be sorted by this."""


class NoPage(Invalid):
    """There is no such page."""


@dataclass(frozen=True)
class Line:
    """A region's programme on the board, with its place."""

    row: Row[Any]
    name: str
    place: Place
    as_of: date

    @property
    def state(self) -> str:
        """Where the programme stands: requested, running, stalled or closed."""
        return views.programme_state(self.row)

    @property
    def open_stage(self) -> str | None:
        """The furthest stage that was opened and is not completed."""
        return max(self.row.open_stages or (), key=STAGES.index, default=None)

    @property
    def waiting_days(self) -> int | None:
        """For how many days the oldest of those that wait at a gate has waited."""
        return (self.as_of - self.row.waiting_since).days if self.row.waiting_since else None

    @property
    def stalled_days(self) -> int | None:
        """For how many days the programme has been halted."""
        return (self.as_of - self.row.stalled_on).days if self.row.stalled_on else None

    @property
    def documentation(self) -> float | None:
        """The share of sections that are filled in; None where nothing is launched."""
        return values(self.row)["documentation"]


def values(row: Row[Any]) -> dict[str, float | None]:
    """Give what the ranking asks of a region, between 0 and 1, None where it is not known."""
    moved = row.steps + row.steps_before
    return {
        "stage": row.stages_done / len(STAGES),
        "momentum": row.steps / moved if moved else 0.0,
        "targets": row.targets_met / row.targets_known if row.targets_known else None,
        "displayed": row.displayed / row.registered if row.registered else None,
        "documentation": float(row.filled) / (row.documented * len(SECTIONS)) if row.documented else None,
    }


def _last(value: float | None) -> tuple[bool, float]:
    """Order by a number, what is not known behind it."""
    return value is None, value or 0


# What the board can be sorted by: the key of a line; "-" before the name turns it round.
SORTS: dict[str, Callable[[Line], Any]] = {
    "rank": lambda line: _last(line.place.rank),
    "name": lambda line: line.name,
    "stage": lambda line: line.row.stages_done,
    "momentum": lambda line: line.row.steps - line.row.steps_before,
    "stalled": lambda line: _last(line.stalled_days),
    "targets": lambda line: line.row.targets_met,
    "waiting": lambda line: (line.row.waiting, line.waiting_days or 0),
    "launched": lambda line: line.row.launched,
    "displayed": lambda line: line.row.displayed,
    "documentation": lambda line: line.documentation or 0,
    "days": lambda line: _last(line.row.median_days),
}


@dataclass(frozen=True)
class Asked:
    """A view of the board: an edition (None for each region's newest), a province, the order and the page."""

    edition: str | None
    province: str | None
    sort: str
    page: int

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Give what a query asks for; raise NoEdition, NoProvince, NoSorting or NoPage, Several for more than one."""
        given = {name: request.query_params.get(name, "").strip() for name in ("edition", "sort", "page")}
        province, page = provinces.asked(request.query_params), given["page"] or "1"
        wrong: list[Rejection] = [*provinces.wrong(province)]
        if len(given["edition"]) > MAX_EDITION:
            wrong.append(NoEdition(field="edition"))
        if given["sort"] and given["sort"].removeprefix("-") not in SORTS:
            wrong.append(NoSorting(field="sort"))
        if not (re.fullmatch(r"\d{1,4}", page, re.ASCII) and 1 <= int(page) <= 1000):
            wrong.append(NoPage(field="page"))
        refuse(wrong)
        return cls(given["edition"] or None, province, given["sort"] or "rank", int(page))


class Board:
    """The handler of the board."""

    def __init__(self, site: Site) -> None:
        """Take what the pages share."""
        self.site = site

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/board", self.board)
        return router

    def board(self, actor: Public, request: Request) -> Response:
        """All regions of an edition side by side, or each region's newest programme; `format=xlsx` for a workbook."""
        asked = Asked.of(request)
        as_workbook = request.query_params.get("format") == "xlsx"

        def make(model: Model, state: State) -> Response:
            day = today()
            found = self.site.read_model.fact(
                ("board", asked.edition, asked.province, day), state, lambda: _find(model, asked, day)
            )
            ordered = _ordered(found.lines, asked.sort)
            if as_workbook:
                return _workbook(ordered, day, lambda text: self.site.pages.gettext(request, text))
            pages = max(1, -(-len(ordered) // PAGE))
            return self.site.render(
                request,
                actor,
                state,
                "board.html",
                asked=asked,
                lines=[
                    self.site.part(found.drawn, line.row.region, request, "board_line.html", line=line)
                    for line in ordered[(asked.page - 1) * PAGE : asked.page * PAGE]
                ],
                total=len(ordered),
                pages=pages,
                editions=[(each.edition, f"{each.edition} ({each.programmes})") for each in found.editions],
                provinces=provinces.choices(),
                counted_on=day,
                components=COMPONENTS,
                sections=SECTIONS,
                version=ranking.VERSION,
                days=queries.MOMENTUM_DAYS,
            )

        return self.site.read_model.answer(request, actor, make)


@dataclass(frozen=True)
class Lines:
    """The lines of all regions, the editions that there are, and the lines that were drawn."""

    lines: Sequence[Line]
    editions: Sequence[Row[Any]]
    drawn: dict[Any, Markup] = field(default_factory=dict)


def _find(model: Model, asked: Asked, day: date) -> Lines:
    rows = queries.board(model, day, asked.edition, asked.province)
    places = ranking.rank({row.region: values(row) for row in rows})
    lines = [Line(row, region_name(row.region), places[row.region], day) for row in rows]
    return Lines(lines, queries.editions(model))


def _ordered(lines: Iterable[Line], sort: str) -> list[Line]:
    """Order the lines; those that are equal stay in the order of their regions' names."""
    by_name = sorted(lines, key=lambda line: line.name)
    key, descending = SORTS[sort.removeprefix("-")], sort.startswith("-")
    if not descending:
        return sorted(by_name, key=key)
    if sort not in ("-rank", "-stalled", "-days"):
        return sorted(by_name, key=key, reverse=True)
    # What is not known stays behind, in either direction.
    known = [line for line in by_name if not key(line)[0]]
    return sorted(known, key=key, reverse=True) + [line for line in by_name if key(line)[0]]


_COLUMNS: tuple[tuple[str, Callable[[Line], Cell]], ...] = (
    (N_("Rank"), lambda line: line.place.rank),
    (N_("Best rank"), lambda line: line.place.best),
    (N_("Worst rank"), lambda line: line.place.worst),
    (N_("Score of 100"), lambda line: _rounded(line.place.score)),
    (N_("Region code"), lambda line: line.row.region),
    (N_("Region"), lambda line: line.name),
    (N_("Edition"), lambda line: line.row.edition),
    (N_("State"), lambda line: line.state),
    (N_("Halted since"), lambda line: line.row.stalled_on),
    (N_("Reason of the halt"), lambda line: line.row.stalled_reason),
    (N_("Stages completed"), lambda line: line.row.stages_done),
    (N_("Put forward"), lambda line: line.row.registered),
    (N_("Units with an innovation"), lambda line: line.row.units),
    (N_("Launched"), lambda line: line.row.launched),
    (N_("Displayed"), lambda line: line.row.displayed),
    (N_("Steps in the last 90 days"), lambda line: line.row.steps),
    (N_("Steps in the 90 days before"), lambda line: line.row.steps_before),
    (N_("Targets"), lambda line: line.row.targets),
    (N_("Targets that can be told"), lambda line: line.row.targets_known),
    (N_("Targets met"), lambda line: line.row.targets_met),
    (N_("Waiting at a gate"), lambda line: line.row.waiting),
    (N_("Oldest wait, in days"), lambda line: line.waiting_days),
    (N_("Sections filled in"), lambda line: int(line.row.filled)),
    (N_("Sections in all"), lambda line: line.row.documented * len(SECTIONS)),
    (N_("Median days from idea to launch"), lambda line: _rounded(line.row.median_days)),
)


def _rounded(value: float | None) -> Any:
    return None if value is None else round(value, 1)


def _workbook(lines: Sequence[Line], day: date, gettext: Callable[[str], str]) -> Response:
    """Give the whole view as a workbook: the board, the reason of each rank, and the definitions."""
    reasons = [
        [
            line.place.rank,
            line.row.region,
            line.name,
            gettext(part.component.label),
            part.component.weight,
            _rounded(None if part.value is None else 100 * part.value),
            _rounded(part.points),
        ]
        for line in lines
        for part in line.place.parts
    ]
    about: list[list[Cell]] = [[gettext(N_("Counted up to")), day.isoformat()]]
    about += [[gettext(N_("Version of the weights")), ranking.VERSION]]
    about += [[f"{gettext(each.label)} ({each.weight})", gettext(each.definition)] for each in COMPONENTS]
    about += [[gettext(N_("Sections that count")), ", ".join(gettext(each.label) for each in SECTIONS.values())]]
    sheets = [
        Sheet(
            gettext(N_("Board")),
            [gettext(label) for label, _ in _COLUMNS],
            [[cell(line) for _, cell in _COLUMNS] for line in lines],
        ),
        Sheet(
            gettext(N_("Reasons")),
            [
                gettext(label)
                for label in (
                    N_("Rank"),
                    N_("Region code"),
                    N_("Region"),
                    N_("Component"),
                    N_("Weight"),
                    N_("Value of 100"),
                    N_("Points"),
                )
            ],
            reasons,
        ),
        Sheet(gettext(N_("Definitions")), [gettext(N_("Name")), gettext(N_("Meaning"))], about),
    ]
    name = f'attachment; filename="labinov-board-{day.isoformat()}.xlsx"'
    return Response(xlsx(sheets), media_type=XLSX, headers={"Content-Disposition": name, "Vary": "Cookie"})
