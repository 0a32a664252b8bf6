"""Finding assessments: what a query means for whoever asks, which lists are offered, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.review.desk.access import scope_of
from services.review.domain.scoring import MODERATION_SPREAD
from services.review.read_models.finding import FIELDS, SORTS, Found, Place, Sight, find, place_after
from shared.auth import Actor, Role
from shared.cursors import Cursors
from shared.domain import Invalid
from shared.lists import Lists
from shared.query import Op, Query, Term, parse, render, without
from shared.web.messages import N_

MOST_CARDS = 5
UNDER_REVIEWED = "is:open scorecards<=1"


class SortUnknown(Invalid):
    """There is no such order. Possible are {possible}, each with a minus before it to turn it round."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A list that is offered as a link: its name, its query and its order."""

    name: str
    q: str
    sort: str = "opened"


PRESETS = (
    Offer(name=N_("To assign"), q="is:short"),
    Offer(name=N_("Overdue"), q="is:overdue", sort="due"),
    Offer(name=N_("In moderation"), q="is:moderation"),
    Offer(name=N_("Awaiting determination"), q="is:complete"),
    Offer(name=N_("Spread above 20"), q=f"spread>{MODERATION_SPREAD}", sort="-spread"),
    Offer(name=N_("Under-reviewed"), q=UNDER_REVIEWED, sort="-missing"),
)
EXAMPLES = (
    "is:open scorecards<2",
    "is:concluded outcome:revise opened>=2026-01-01",
    "spread>20 -outcome:decline",
    "region:33.27 gate:deliver",
    "assigned-to:me due<2026-12-01",
    '"kartu kilat"',
)


@dataclass(frozen=True, kw_only=True)
class Home:
    """What stands on somebody's first page: lists with their counts, and the list that is shown at once."""

    tiles: tuple[Offer, ...]
    shown: Offer


_OF_CHAIRS = Home(tiles=PRESETS[:4], shown=Offer(name=N_("What waits for you"), q="is:waiting", sort="opened"))
_OF_AUDITORS = Home(
    tiles=(
        Offer(name=N_("Panel at work"), q="is:open"),
        Offer(name=N_("Overdue"), q="is:overdue", sort="due"),
        Offer(name=N_("Awaiting determination"), q="is:complete"),
        Offer(name=N_("Concluded"), q="is:concluded", sort="-opened"),
    ),
    shown=Offer(name=N_("Concluded"), q="is:concluded", sort="-opened"),
)
_OF_UNITS = Home(
    tiles=(
        Offer(name=N_("Panel at work"), q="is:open"),
        Offer(name=N_("Awaiting determination"), q="is:complete"),
        Offer(name=N_("To be revised"), q="outcome:revise", sort="-opened"),
        Offer(name=N_("Concluded"), q="is:concluded", sort="-opened"),
    ),
    shown=Offer(name=N_("Your assessments"), q="", sort="-opened"),
)


def home_of(actor: Actor) -> Home:
    """Give what stands on somebody's first page: what a chair has to do, else what an auditor or a unit follows."""
    if actor.has(Role.LAN, Role.COORDINATOR):
        return _OF_CHAIRS
    return _OF_AUDITORS if actor.has(Role.AUDITOR) else _OF_UNITS


def sight_of(actor: Actor, today: date) -> Sight:
    """Give what the actor's roles mean for lists; `viewer_of` says the same of a single assessment."""
    scope = scope_of(actor)
    chairs = scope.regions if actor.has(Role.COORDINATOR) else frozenset()
    places = scope.regions if actor.has(Role.COORDINATOR, Role.AUDITOR) else frozenset()
    everywhere = scope.everywhere
    return Sight(
        scope=scope,
        chairs=None if actor.has(Role.LAN) or (everywhere and actor.has(Role.COORDINATOR)) else chairs,
        places=None if everywhere and actor.has(Role.LAN, Role.COORDINATOR, Role.AUDITOR) else places,
        today=today,
    )


def read_query(text: str) -> Query:
    """Give the terms of a query over assessments; raise Invalid."""
    return parse(text.strip(), FIELDS)


def read_sort(text: str) -> str:
    """Give the order that is asked for, the oldest first without one; raise SortUnknown."""
    if text.removeprefix("-") not in ("", *SORTS) or text == "-":
        raise SortUnknown(field="sort", possible=", ".join(SORTS))
    return text or "opened"


def at_most(query: Query, most: int) -> str:
    """Give a query that asks for at most this many scorecards, whatever it asked of them before."""
    term = Term(field="scorecards", value=Decimal(most), op=Op.AT_MOST)
    return render((*without(query, "scorecards"), term))


def most_of(query: Query) -> int | None:
    """Give how many scorecards a query asks for at most, None where it does not say."""
    said = (term for term in query if term.field == "scorecards" and not term.negated)
    return next((int(term.value) for term in said if term.op is Op.AT_MOST and isinstance(term.value, Decimal)), None)


def regions_in(query: Query) -> list[str] | None:
    """Give the one region that a query is about, None where it is about more."""
    named = [str(term.value) for term in query if term.field == "region" and not term.negated]
    return named[:1] or None


def page_of(
    models: Lists, cursors: Cursors, sight: Sight, query: Query, *, sort: str, cursor: str | None, limit: int
) -> tuple[list[Found], str | None]:
    """Give a page of what a query finds, and the cursor of the next one; raise BadCursor, or one of OPERATIONAL."""
    of = ["assessments", sort, render(query)]
    after = _place(cursors.read(of, cursor), sort)
    with models.of(regions_in(query)) as connection:
        found = find(connection, sight, query, sort=sort, after=after, limit=limit + 1)
    more = len(found) > limit
    found = found[:limit]
    return found, cursors.write(of, _written(place_after(found[-1], sort))) if more else None


def _written(place: Place) -> list[Any]:
    value, ident = place
    return [value.isoformat() if isinstance(value, date) else None if value is None else str(value), ident]


def _place(written: Sequence[Any] | None, sort: str) -> Place | None:
    if written is None:
        return None
    text, ident = written
    if text is None:
        return (None, ident)
    name = sort.removeprefix("-")
    if name == "opened":
        return (datetime.fromisoformat(text), ident)
    return (date.fromisoformat(text) if name == "due" else Decimal(text), ident)
