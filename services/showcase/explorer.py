"""The pages of a region's history: its timeline, one record, what changed between two moments, why a number is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.showcase import queries, views
from services.showcase.counts import COUNTS
from services.showcase.feeds.visibility import may_read
from services.showcase.history import changes, facts, lanes, log, moments, sentences, why
from services.showcase.history.folding import folding
from services.showcase.history.moments import SOURCES, Asked, Moment
from services.showcase.model import State
from services.showcase.queries import Model
from services.showcase.shell import Past, Shell, asked_date
from shared.auth import Actor, Public, clearance_in
from shared.domain import NATIONAL, Invalid, NotFound
from shared.envelope import Clearance
from shared.http import FormRoute, now, today
from shared.incoming import Received

PAGE = 25
MOST = 100
SPAN = timedelta(days=30)

_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_MAX_FILTER = 200


class WrongFilter(Invalid):
    """This filter does not have such a value."""


class WrongOrder(Invalid):
    """The first moment must not be after the second."""


@dataclass(frozen=True)
class Shown:
    """A record as this reader sees it: its sentence, what it is about, and its data or None where it is withheld."""

    event: Received
    sentence: str
    name: str | None
    data: Mapping[str, Any] | None

    @property
    def path(self) -> str:
        """Give the path of its page."""
        return f"/history/{self.event.source}/{self.event.region}/{self.event.position}"


class Explorer:
    """The handlers of these pages."""

    def __init__(self, shell: Shell, public_url: str) -> None:
        """Take the shell of the pages, and where the site is reached, for the commands that check a record."""
        self.shell = shell
        self.public_url = public_url

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/regions/{code}/history", self.history)
        router.add_api_route("/regions/{code}/changes", self.changes)
        router.add_api_route("/regions/{code}/why", self.why)
        router.add_api_route("/history/{source}/{code}/{position}", self.record)
        return router

    def history(self, actor: Public, request: Request, code: str) -> Response:
        """A region's records over both logs: up to a moment, the newest first, or from one on, step by step."""
        _known(code)
        wanted, asked = _filter(request.query_params), moments.asked(request.query_params)
        forward, limit = _order(request.query_params), _number(request.query_params, "limit", PAGE, 1, MOST)

        def make(model: Model, state: State) -> Response:
            moment = moments.resolve(model.connection, code, asked)
            # Forward without a place begins at the beginning.
            place = moment.positions if asked.anything or not forward else dict.fromkeys(SOURCES, 0)
            page = log.page(model.connection, code, place, wanted, forward=forward, limit=limit)
            about = lanes.subjects(model, code, page.events)
            steps = lanes.steps(model, code, page.events, about)
            shown = [self._shown(request, actor, step.event, step.subject) for step in steps]
            in_order = list(zip(steps, shown, strict=True))[:: 1 if forward else -1]
            gettext = self.shell.gettext(request)
            return self.shell.render(
                request,
                actor,
                state,
                "history.html",
                listed=False,
                region=code,
                moment=moment,
                place=place,
                wanted=wanted,
                forward=forward,
                rows=list(zip(steps, shown, strict=True)),
                drawing=lanes.drawing(
                    [step for step, _ in in_order],
                    gettext("other"),
                    {n: f"{each.sentence} {each.name or ''}".strip() for n, (_, each) in enumerate(in_order)},
                ),
                beyond=page.beyond,
                types=[(each, self._sentence(request, each)) for each in log.types(model.connection, code)],
                sources=SOURCES,
            )

        return self.shell.read_model.answer(request, actor, make)

    def record(self, actor: Public, request: Request, source: str, code: str, position: str) -> Response:
        """One record: its sentence, envelope, data, cause and effects, and how to check it."""
        _known(code)
        if source not in SOURCES or not _WHOLE.fullmatch(position):
            raise NotFound

        def make(model: Model, state: State) -> Response:
            story = log.story(model.connection, code, source, int(position))
            if story is None:
                raise NotFound
            around = [each for each in (story.event, story.before, story.after, story.cause) if each is not None]
            about = lanes.subjects(model, code, [*around, *story.effects])
            [step] = lanes.steps(model, code, [story.event], about)

            def shown(event: Received | None) -> Shown | None:
                return self._shown(request, actor, event, about.get(event.stream)) if event is not None else None

            gettext = self.shell.gettext(request)
            wire = story.event.wire
            return self.shell.render(
                request,
                actor,
                state,
                "record.html",
                listed=False,
                region=code,
                it=shown(story.event),
                step=step,
                before=shown(story.before),
                after=shown(story.after),
                cause=shown(story.cause),
                effects=[shown(each) for each in story.effects],
                envelope=[
                    (name, wire[name], gettext(sentences.ENVELOPE[name]) if name in sentences.ENVELOPE else "")
                    for name in sorted(wire, key=_envelope_order)
                    if name != "data"
                ],
                field=lambda name: gettext(sentences.FIELDS[name]) if name in sentences.FIELDS else name,
                origin=self.public_url,
                has_role=actor is not None and actor.clearance(code) is not Clearance.PUBLIC,
            )

        return self.shell.read_model.answer(request, actor, make)

    def changes(self, actor: Public, request: Request, code: str) -> Response:
        """What changed in a region between two moments; without them, in the last thirty days."""
        _known(code)
        later_asked = moments.asked(request.query_params, "to", "to_")
        earlier_asked = moments.asked(request.query_params, "from", "from_")

        def make(model: Model, state: State) -> Response:
            later = moments.resolve(model.connection, code, later_asked, "to_")
            first = (
                earlier_asked
                if earlier_asked.anything
                else Asked(at=(later.day() if later_asked.anything else now()) - SPAN)
            )
            earlier = moments.resolve(model.connection, code, first, "from_")
            if any(earlier.positions[source] > later.positions[source] for source in SOURCES):
                raise WrongOrder(field="from")
            with folding(model, code) as fold:
                found = changes.between(fold, earlier, later)
            return self.shell.render(
                request,
                actor,
                state,
                "changes.html",
                listed=False,
                region=code,
                earlier=earlier,
                later=later,
                # What stands in the fields of the form: the time asked for, or that of the newest record.
                given={"from": _local(earlier), "to": _local(later)},
                found=found,
                groups=changes.GROUPS,
            )

        return self.shell.read_model.answer(request, actor, make)

    def why(self, actor: Public, request: Request, code: str) -> Response:
        """Why a number of the region's page is what it is: what was counted, each with the record that makes it so."""
        views.known_region(code)
        given = asked_date(request)
        what = request.query_params.get("count", "").strip()
        after = _number(request.query_params, "after", 0, 0, 10**15 - 1)
        stated = _number(request.query_params, "stated", 0, 1, 10**15 - 1) if what == "stated" else 0
        if what not in ("stated", "units", *facts.FACTS):
            why.Asked.of(request.query_params, today())

        def make(model: Model, state: State, past: Past | None) -> Response:
            as_of = given or (past.moment.day().date() if past else today())
            common = {
                "listed": False,
                "region": code,
                "past": past,
                "counted_on": as_of,
                "counts": COUNTS,
                "count": what,
            }
            if what == "stated":
                found = why.stated(model, code, stated)
                if found is None:
                    raise NotFound
                return self.shell.render(request, actor, state, "why_stated.html", it=found, **common)
            if what == "units":
                rows = queries.region_units(model, code)
                return self.shell.render(request, actor, state, "why_units.html", rows=rows, **common)
            if what in facts.FACTS:
                explained = facts.FACTS[what](model, facts.Asked(code, as_of, request.query_params))
                return self.shell.render(request, actor, state, "why_facts.html", it=explained, **common)
            asked = why.Asked.of(request.query_params, as_of)
            found_rows = why.explain(model, code, asked, after)
            return self.shell.render(
                request, actor, state, "why.html", asked=asked, it=found_rows, of=COUNTS[what], **common
            )

        return self.shell.answer(request, actor, code, make)

    def _sentence(self, request: Request, wire_name: str) -> str:
        known = sentences.SENTENCES.get(wire_name)
        return self.shell.pages.gettext(request, known) if known else wire_name

    def _shown(self, request: Request, actor: Actor | None, event: Received, about: lanes.Subject | None) -> Shown:
        return Shown(
            event=event,
            sentence=self._sentence(request, event.type),
            name=about.name if about else None,
            data=event.data if readable(actor, event) else None,
        )


def readable(actor: Actor | None, event: Received) -> bool:
    """Whether this reader may see the data of a copied event."""
    return may_read(event.type, clearance_in(actor, event.region)(event.type))


def _known(code: str) -> None:
    if code != NATIONAL:
        views.known_region(code)


def _filter(parameters: Mapping[str, str]) -> log.Filter:
    given = {name: parameters.get(name, "").strip() or None for name in log.Filter.__dataclass_fields__}
    for name, value in given.items():
        if value is not None and len(value) > _MAX_FILTER:
            raise WrongFilter(field=name)
    if given["source"] not in (None, *SOURCES):
        raise WrongFilter(field="source")
    return log.Filter(**given)


def _order(parameters: Mapping[str, str]) -> bool:
    given = parameters.get("order", "")
    if given not in ("", "forward"):
        raise WrongFilter(field="order")
    return given == "forward"


def _number(parameters: Mapping[str, str], name: str, other: int, least: int, most: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return other
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise WrongFilter(field=name)
    return int(text)


def _local(moment: Moment) -> str:
    return moment.day().strftime("%Y-%m-%dT%H:%M")


def _envelope_order(name: str) -> int:
    known = list(sentences.ENVELOPE)
    return known.index(name) if name in known else len(known)
