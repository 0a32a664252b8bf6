"""Finding assessments: the page on which chairs and units begin, the list, the regions, files to take along."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from services.review.desk import exports, finding
from services.review.pages import words
from services.review.pages.shown import Filled, show
from services.review.read_models import finding as found
from shared.auth import Actor, Reader, Role
from shared.domain import Invalid
from shared.http import CursorsOf, FormRoute, KernelOf, today
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.query import MAX_LENGTH
from shared.regions import region_name
from shared.sheets import CSV, XLSX, Cell, Sheet, comma_separated, xlsx
from shared.web.messages import N_

router = APIRouter(route_class=FormRoute, include_in_schema=False)

PAGE = 50
AT_ONCE = 10
FEWEST = 5
_WIB = ZoneInfo("Asia/Jakarta")

# A box may send a longer text than is read: what is wrong with it is then said beside it.
Q = Annotated[str, Query(max_length=4 * MAX_LENGTH)]
Sort = Annotated[str, Query(max_length=20)]
Cursor = Annotated[str, Query(max_length=1200)]


@router.get("/")
def first(actor: Reader, kernel: KernelOf) -> Response:
    """Send everyone to what they have to do."""
    return kernel.pages.redirect("/desk/tasks" if actor.has(Role.REVIEWER) else "/desk/home")


@router.get("/desk/home")
def home(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow) -> Response:
    """What waits for whoever chairs, or what a unit or an auditor follows: counts that lead to lists, and one list."""
    sight, offered = finding.sight_of(actor, today()), finding.home_of(actor)
    with models.of() as connection:
        counts = found.tally(connection, sight, [finding.read_query(each.q) for each in offered.tiles])
        shown = found.find(
            connection,
            sight,
            finding.read_query(offered.shown.q),
            sort=offered.shown.sort,
            after=None,
            limit=AT_ONCE + 1,
        )
    return show(
        kernel,
        request,
        "home.html",
        tiles=list(zip(offered.tiles, counts, strict=True)),
        shown=offered.shown,
        found=shown[:AT_ONCE],
        more=len(shown) > AT_ONCE,
    )


@router.get("/desk/assessments")
def listing(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    models: ListsNow,
    cursors: CursorsOf,
    q: Q = "",
    sort: Sort = "",
    most: Annotated[int | None, Query(ge=0, le=99)] = None,
    cursor: Cursor = "",
) -> Response:
    """The assessments that fit a query; `most`, of the slider, becomes a term of it, so that the view is a link."""
    try:
        query = finding.read_query(q)
        order = finding.read_sort(sort)
    except Invalid as rejection:
        wrong = Filled("find", {"q": q}, kernel.pages.errors(request, rejection))
        return show(kernel, request, "assessments.html", wrong, **_around([], None, q, None))
    if most is not None:
        return kernel.pages.redirect("/desk/assessments" + _link(finding.at_most(query, most), sort))
    sight = finding.sight_of(actor, today())
    rows, further = finding.page_of(models, cursors, sight, query, sort=order, cursor=cursor, limit=PAGE)
    around = _around(rows, further, q, finding.most_of(query), sort=order)
    return show(kernel, request, "assessments.html", **around)


def _around(
    rows: list[found.Found], further: str | None, q: str, most: int | None, sort: str = "opened"
) -> dict[str, Any]:
    return {
        "found": rows,
        "next_cursor": further,
        "q": q,
        "sort": sort,
        "most": most,
        "most_cards": finding.MOST_CARDS,
        "presets": finding.PRESETS,
        "examples": finding.EXAMPLES,
        "fields": found.FIELDS,
        "max_rows": exports.MAX_ROWS,
    }


def _link(q: str, sort: str) -> str:
    return "?" + urlencode({name: text for name, text in (("q", q), ("sort", sort)) if text})


@router.get("/desk/regions")
def regions(request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, sort: Sort = "region") -> Response:
    """How far each region's panels are, for those who look after them; for LAN the load of the pool as well."""
    sight = finding.sight_of(actor, today())
    with models.of() as connection:
        rows = found.progress(connection, sight)
        load = found.load(connection) if actor.has(Role.LAN) else None
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name not in found.Progress.__dataclass_fields__:
        name, down, sort = "region", False, "region"
    together = next((row for row in rows if row.region is None), None)
    known = [row for row in rows if row.region is not None and getattr(row, name) is not None]
    none = [row for row in rows if row.region is not None and getattr(row, name) is None]
    known.sort(key=lambda row: getattr(row, name), reverse=down)
    return show(
        kernel,
        request,
        "regions.html",
        rows=known + none,
        together=together,
        sort=sort,
        load=_buckets(load) if load is not None and load.reviewers >= FEWEST else [],
        at_capacity=load.at_capacity if load else 0,
        asked_for_load=load is not None,
        fewest=FEWEST,
    )


def _buckets(load: found.Load) -> list[tuple[str, int]]:
    """Give the load by steps of three panels; none is left out, so that a gap is seen."""
    most = max((panels for panels, _ in load.panels), default=0)
    steps = [(0, 0), *((first, first + 2) for first in range(1, most + 1, 3))]
    return [
        (str(low) if low == high else f"{low}–{high}", sum(n for panels, n in load.panels if low <= panels <= high))
        for low, high in steps
    ]


_ASSESSMENTS = (
    N_("Assessment"),
    N_("Innovation"),
    N_("Unit"),
    N_("Region"),
    N_("Gate from"),
    N_("Gate to"),
    N_("State"),
    N_("Round"),
    N_("Panel"),
    N_("Assigned"),
    N_("Scorecards"),
    N_("Due"),
    N_("Opened"),
    N_("Ended"),
    N_("Outcome"),
    N_("Score"),
    N_("Spread"),
)
_SCORECARDS = (
    N_("Assessment"),
    N_("Place"),
    N_("Round"),
    N_("Revision"),
    N_("Counts"),
    N_("Criterion"),
    N_("Score"),
    N_("Comment"),
    N_("Total"),
    N_("Summary"),
)


@router.get("/desk/assessments.xlsx")
def workbook(
    request: Request, actor: Reader, kernel: KernelOf, models: ListsNow, q: Q = "", sort: Sort = ""
) -> Response:
    """The results of what a query finds as a workbook: assessments, and the scorecards that are open to the reader."""
    rows = _results(actor, models, q, sort)
    sheets = [_assessments(kernel, request, rows), _scorecards(kernel, request, actor, rows)]
    return _file(xlsx(sheets), XLSX, "penilaian.xlsx")


@router.get("/desk/assessments.csv")
def table(
    request: Request,
    actor: Reader,
    kernel: KernelOf,
    models: ListsNow,
    q: Q = "",
    sort: Sort = "",
    sheet: Literal["assessments", "scorecards"] = "assessments",
) -> Response:
    """The results of what a query finds as a table: the assessments, or the scorecards open to the reader."""
    rows = _results(actor, models, q, sort)
    if sheet == "scorecards":
        return _file(comma_separated(_scorecards(kernel, request, actor, rows)), CSV, "lembar-nilai.csv")
    return _file(comma_separated(_assessments(kernel, request, rows)), CSV, "penilaian.csv")


def _results(actor: Actor, models: Lists, q: str, sort: str) -> list[found.Found]:
    query, order = finding.read_query(q), finding.read_sort(sort)
    with models.of(finding.regions_in(query)) as connection:
        return found.find(
            connection, finding.sight_of(actor, today()), query, sort=order, after=None, limit=exports.MAX_ROWS
        )


def _assessments(kernel: Kernel, request: Request, rows: list[found.Found]) -> Sheet:
    def word(of: dict[str, tuple[str, str]], value: str | None) -> str | None:
        return None if value is None else kernel.pages.gettext(request, of[value][0])

    def cells() -> Iterator[list[Cell]]:
        for row in rows:
            yield [
                row.assessment_id,
                row.title,
                row.unit_name or row.unit_id,
                region_name(row.region),
                row.from_stage,
                row.to_stage,
                word(words.STATUS, row.status),
                row.round_no,
                row.panel_size,
                row.assigned,
                row.scorecards,
                row.due,
                row.opened_at.astimezone(_WIB).date(),
                row.ended_at.astimezone(_WIB).date() if row.ended_at else None,
                word(words.OUTCOME, row.outcome),
                row.score,
                row.spread,
            ]

    return Sheet(
        kernel.pages.gettext(request, "Assessments"),
        [kernel.pages.gettext(request, each) for each in _ASSESSMENTS],
        cells(),
    )


def _scorecards(kernel: Kernel, request: Request, actor: Actor, rows: list[found.Found]) -> Sheet:
    given = exports.lines(kernel.commands, actor, rows)
    yes, no = kernel.pages.gettext(request, "yes"), kernel.pages.gettext(request, "no")

    def cells() -> Iterator[list[Cell]]:
        for row in rows:
            for line in given[row.assessment_id]:
                yield [
                    line.assessment_id,
                    line.slot,
                    line.round_no,
                    line.revision,
                    yes if line.counts else no,
                    line.criterion_id,
                    line.score,
                    line.comment,
                    line.total,
                    line.summary,
                ]

    return Sheet(
        kernel.pages.gettext(request, "Scorecards"),
        [kernel.pages.gettext(request, each) for each in _SCORECARDS],
        cells(),
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
