"""The same model for programs: innovations, one innovation, regions and one region, as JSON under `/api`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.showcase import gallery, queries, views
from services.showcase.model import ReadModel, State
from services.showcase.queries import Model
from shared.auth import Public
from shared.cursors import Cursors
from shared.domain import NotFound, region_of
from shared.http import Day, JsonRoute, today
from shared.regions import region_name

MAX_LIMIT = 500


class Fresh(BaseModel):
    """How fresh an answer is: when the newest event in it was applied, and whether some wait to be applied."""

    as_of: datetime | None
    behind: bool


class Listed(BaseModel):
    """An innovation in a list."""

    id: str
    region: str
    region_name: str
    title: str
    meaning: str
    unit: str | None
    unit_kind: str | None
    sector: str
    stage: str
    status: str
    proposed_on: date
    launched_on: date | None
    displayed_on: date | None
    under_review: bool
    returned: bool
    example: bool


class BeforeAfter(BaseModel):
    """The first outcome that an innovation shows: as it was, as it is meant to be, and as it was measured last."""

    name: str
    unit_of_measure: str
    baseline: Decimal
    target: Decimal
    value: Decimal
    measured_on: date


class Found(Listed):
    """An innovation in a list of the gallery: with its first outcome, and what citizens think of it (1 to 5)."""

    figure: BeforeAfter | None
    rating: float | None
    ratings: int


class Innovations(BaseModel):
    """A page of innovations; `next` is the cursor of the page after it."""

    items: list[Found]
    next: str | None
    alike: bool = Field(description="nothing matched the words exactly; these are the most alike")
    fresh: Fresh


class Happened(BaseModel):
    """One step on an innovation's way, and its place in the region's log."""

    kind: str
    from_stage: str | None
    to_stage: str | None
    happened_on: date
    note: str | None
    position: int
    recorded_at: datetime


class Measured(BaseModel):
    """A measurement of an indicator."""

    value: Decimal
    measured_on: date
    source: str
    position: int


class Indicator(BaseModel):
    """An indicator that the public sees: before, target, and what was measured."""

    id: str
    kind: str
    dimension: str | None
    name: str
    baseline: Decimal
    target: Decimal
    unit_of_measure: str
    due_on: date
    source: str
    measurements: list[Measured]


class Related(BaseModel):
    """Another innovation that this one was adapted from, or that was adapted from it."""

    id: str
    region: str
    title: str


class Kin(Related):
    """Another innovation of the replication tree: how many steps it is away, negative towards the origin."""

    depth: int
    adapted_from: str | None


class Feedback(BaseModel):
    """What citizens say, counted without what was withheld or taken back."""

    confirmations: int
    ratings: int
    mean_rating: Decimal | None
    stars: dict[int, int] = Field(description="how many ratings gave 1 to 5 stars")
    complaints: int
    complaints_unanswered: int
    median_days_to_answer: float | None = Field(description="of the complaints that were answered")


class Record(BaseModel):
    """Where an innovation is recorded."""

    log: str
    stream: str
    first_position: int
    position: int
    recorded_at: datetime


class Innovation(Listed):
    """Everything public of one innovation."""

    idea: str
    public_summary: str
    replication_notes: str
    video_url: str | None
    programme: str
    initiator: str
    channel: str
    source: str
    ended_on: date | None
    adapted_from: str | None
    origin: Related | None
    copies: list[Related]
    lineage: list[Kin] = Field(description="all that it comes from and that comes from it, the nearest 200 at most")
    feedback: Feedback
    confirmed_on: date | None = Field(description="when its unit last confirmed that it still runs")
    indicators: list[Indicator]
    journey: list[Happened]
    record: Record
    fresh: Fresh


class RegionCounts(BaseModel):
    """A region's active innovations: all, launched, displayed."""

    region: str
    name: str
    innovations: int
    launched: int
    displayed: int


class Regions(BaseModel):
    """All regions with innovations."""

    items: list[RegionCounts]
    fresh: Fresh


class UnitTally(BaseModel):
    """A unit's innovations in one programme, each count up to the date that was asked for."""

    unit_id: str
    unit: str | None
    registered: int
    launched: int
    displayed: int


class Stated(BaseModel):
    """A count that somebody stated in public."""

    stated_by: str
    innovations: int
    units: int | None
    stated_on: date
    note: str


class Programme(BaseModel):
    """A programme with its tally by unit."""

    id: str
    edition: str
    title: str
    state: str
    stages_completed: int
    registered: int
    launched: int
    launched_units: int
    displayed: int
    units: list[UnitTally]
    stated_counts: list[Stated]


class RegionTally(BaseModel):
    """A region's programmes, counted up to a date; by stage as it is now."""

    region: str
    name: str
    as_of: date
    by_stage: dict[str, int]
    programmes: list[Programme]
    fresh: Fresh


class ListQuery(BaseModel):
    """What a list of innovations can be asked for."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = None
    region: str | None = None
    stage: str | None = None
    sector: str | None = None
    unit_kind: str | None = None
    year: str | None = None
    status: str | None = None
    initiator: str | None = None
    form: str | None = None
    type: str | None = None
    outcome: str | None = None
    running: str | None = None
    host: str | None = None
    example: str | None = None
    sort: str | None = None
    cursor: str | None = None
    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)


class SuggestQuery(BaseModel):
    """What was typed so far."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(max_length=200)


class Suggested(BaseModel):
    """Something that may be meant: a region, a unit or an innovation."""

    kind: str
    id: str
    text: str
    region_name: str


class Suggestions(BaseModel):
    """What may be meant by what was typed so far, regions first."""

    items: list[Suggested]


class RegionQuery(BaseModel):
    """Up to which date a region is counted; today without one."""

    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = None


class Api:
    """The handlers of the API."""

    def __init__(self, read_model: ReadModel, cursors: Cursors) -> None:
        """Take the model, and what signs the places in a list."""
        self.read_model = read_model
        self.cursors = cursors

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(prefix="/api", route_class=JsonRoute, tags=["showcase"])
        for path, handler, model in (
            ("/innovations", self.innovations, Innovations),
            ("/innovations/{innovation_id}", self.innovation, Innovation),
            ("/suggest", self.suggest, Suggestions),
            ("/regions", self.regions, Regions),
            ("/regions/{code}", self.region, RegionTally),
        ):
            router.add_api_route(path, handler, responses={200: {"model": model}}, response_class=JSONResponse)
        return router

    def innovations(self, actor: Public, request: Request, asked: Annotated[ListQuery, Query()]) -> Response:
        """List innovations: the newest first, or the best matches of the words; follow `next` for more."""
        wanted = gallery.Filter.of(asked.model_dump(exclude={"cursor", "limit"}, exclude_none=True))

        def make(model: Model, state: State) -> Response:
            found = gallery.found(self.read_model, model, state, wanted)
            page = gallery.page(model, wanted, self.cursors, found, asked.cursor, asked.limit)
            items = [Found(**_found(row)) for row in page.rows]
            return _answer(Innovations(items=items, next=page.next, alike=page.like, fresh=_fresh(state)))

        return self.read_model.answer(request, actor, make)

    def suggest(self, actor: Public, request: Request, asked: Annotated[SuggestQuery, Query()]) -> Response:
        """Give the regions, units and titles that begin as what was typed so far."""
        wanted = gallery.Filter(q=asked.q)

        def make(model: Model, state: State) -> Response:
            return _answer(Suggestions(items=[Suggested(**vars(each)) for each in gallery.suggest(model, wanted)]))

        return self.read_model.answer(request, actor, make)

    def innovation(self, actor: Public, request: Request, innovation_id: str) -> Response:
        """Give everything public of one innovation."""
        region = region_of(innovation_id)

        def make(model: Model, state: State) -> Response:
            found = queries.innovation(model, region, innovation_id)
            if found is None:
                raise NotFound
            kin = queries.lineage(model, region, innovation_id)
            voices = queries.feedback(model, region, innovation_id)
            return _answer(_innovation(found, kin, voices, _fresh(state, region)))

        return self.read_model.answer(request, actor, make)

    def regions(self, actor: Public, request: Request) -> Response:
        """Count the active innovations of every region that has any."""

        def make(model: Model, state: State) -> Response:
            items = [
                RegionCounts(name=region_name(each.region), **vars(each))
                for each in views.by_region(queries.by_region_and_stage(model))
            ]
            return _answer(Regions(items=items, fresh=_fresh(state)))

        return self.read_model.answer(request, actor, make)

    def region(self, actor: Public, request: Request, code: str, asked: Annotated[RegionQuery, Query()]) -> Response:
        """Give a region's programmes with their tallies by unit, counted up to a date."""
        known, as_of = views.known_region(code), asked.as_of or today()

        def make(model: Model, state: State) -> Response:
            rows = queries.region_tally(model, code, as_of)
            by_programme = views.tallies(rows)
            programmes = [
                _programme(each, by_programme.get(each.programme_id, views.Tally(())))
                for each in queries.region_programmes(model, code)
            ]
            return _answer(
                RegionTally(
                    region=code,
                    name=known.name,
                    as_of=as_of,
                    by_stage=views.Tally(rows).by_stage,
                    programmes=programmes,
                    fresh=_fresh(state, code),
                )
            )

        return self.read_model.answer(request, actor, make)


def _answer(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), media_type="application/json")


def _fresh(state: State, region: str | None = None) -> Fresh:
    return Fresh(as_of=state.as_of, behind=state.behind(region))


def _listed(row: Any) -> dict[str, Any]:
    return {
        "id": row.innovation_id,
        "region": row.region,
        "region_name": region_name(row.region),
        "title": row.title,
        "meaning": row.meaning,
        "unit": row.unit_name,
        "unit_kind": row.unit_kind,
        "sector": row.sector,
        "stage": row.stage,
        "status": row.status,
        "proposed_on": row.proposed_on,
        "launched_on": row.launched_on,
        "displayed_on": row.displayed_on,
        "under_review": row.awaiting is not None,
        "returned": row.returned,
        "example": row.is_example,
    }


def _found(row: Any) -> dict[str, Any]:
    figure = None
    if row.indicator is not None:
        names = ("name", "unit_of_measure", "baseline", "target")
        said = {name: row.indicator[name] for name in names}
        figure = BeforeAfter(**said, value=row.figure, measured_on=row.measured_on)
    rating = None if row.stars is None else round(float(row.stars), 2)
    return {**_listed(row), "figure": figure, "rating": rating, "ratings": row.ratings}


def _innovation(found: Any, kin: queries.Rows, voices: Any, fresh: Fresh) -> Innovation:
    def related(depth: int) -> list[Related]:
        return [Related(id=row.innovation_id, region=row.region, title=row.title) for row in kin if row.depth == depth]

    return Innovation(
        **_listed(found),
        idea=found.idea,
        public_summary=found.public_summary,
        replication_notes=found.replication_notes,
        video_url=found.video_url,
        programme=found.programme_id,
        initiator=found.initiator,
        channel=found.channel,
        source=found.source,
        ended_on=found.ended_on,
        adapted_from=found.adapted_from,
        origin=next(iter(related(-1)), None),
        copies=related(1),
        lineage=[
            Kin(
                id=row.innovation_id,
                region=row.region,
                title=row.title,
                depth=row.depth,
                adapted_from=row.adapted_from,
            )
            for row in kin
            if row.depth
        ],
        feedback=Feedback(
            confirmations=voices.confirmations,
            ratings=voices.ratings,
            mean_rating=None if voices.mean is None else round(voices.mean, 2),
            stars={stars: getattr(voices, f"stars_{stars}") for stars in range(1, 6)},
            complaints=voices.complaints,
            complaints_unanswered=voices.unanswered,
            median_days_to_answer=voices.median_days,
        ),
        confirmed_on=found.confirmed_on,
        indicators=[
            Indicator(
                id=each.indicator_id,
                kind=each.kind,
                dimension=each.dimension,
                name=each.name,
                baseline=each.baseline,
                target=each.target,
                unit_of_measure=each.unit_of_measure,
                due_on=date.fromisoformat(each.due_on),
                source=each.source,
                measurements=[Measured(**measurement) for measurement in each.measurements],
            )
            for each in views.figures(found)
        ],
        journey=[Happened(**each) for each in found.journey or ()],
        record=Record(
            log=f"submission/{found.region}",
            stream=f"innovation/{found.innovation_id}",
            first_position=found.first_position,
            position=found.position,
            recorded_at=found.recorded_at,
        ),
        fresh=fresh,
    )


def _programme(found: Any, tally: views.Tally) -> Programme:
    return Programme(
        id=found.programme_id,
        edition=found.edition,
        title=found.title,
        state=views.programme_state(found),
        stages_completed=sum(each["completed_on"] is not None for each in found.stages or ()),
        registered=tally.total("registered"),
        launched=tally.total("launched"),
        launched_units=tally.units("launched"),
        displayed=tally.total("displayed"),
        units=[
            UnitTally(
                unit_id=row.unit_id,
                unit=row.unit_name,
                registered=row.registered,
                launched=row.launched,
                displayed=row.displayed,
            )
            for row in tally.rows
        ],
        stated_counts=[Stated(**each) for each in found.stated_counts or ()],
    )
