"""A festival: announced, filled, named after its best, put right afterwards, or cancelled."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from services.submission.domain import rejections as no
from services.submission.domain.festival import (
    FESTIVAL,
    MAX_TOP,
    AnnounceFestival,
    CancelFestival,
    ChangeFestival,
    ChooseInnovations,
    FestivalCommand,
    NameTop,
    SetSchedule,
)
from services.submission.domain.festival_events import (
    FestivalAnnounced,
    FestivalCancelled,
    FestivalChanged,
    FestivalScheduled,
    FestivalSlot,
    InnovationsChosen,
    TopCategory,
    TopNamed,
)
from shared.domain import NotFound
from shared.testing import given
from tests.services.submission.examples import ACTOR, AT, INNOVATION_ID, PROGRAMME_ID

FIRST, LAST = date(2021, 5, 20), date(2021, 5, 21)
OTHER = f"{INNOVATION_ID[:-1]}e"
IDENT: dict[str, Any] = {"festival_id": "36.74-2021"}
WORDS: dict[str, Any] = {
    "title": "Festival Inovasi",
    "about": "Pameran",
    "starts_on": FIRST,
    "ends_on": LAST,
    "venue": "Balaikota",
}
WHO: dict[str, Any] = {"actor": ACTOR, "at": AT}

announce = AnnounceFestival(**WHO, **IDENT, programme_id=PROGRAMME_ID, programme_known=True, **WORDS)
announced = FestivalAnnounced(**IDENT, programme_id=PROGRAMME_ID, **WORDS)
chosen = InnovationsChosen(**IDENT, innovation_ids=(INNOVATION_ID, OTHER))
opening = FestivalSlot(on=FIRST, begins=time(9), ends=time(10), title="Pembukaan", place="Aula", innovation_id=None)
shown = FestivalSlot(on=LAST, begins=time(8), ends=time(9), title="Paparan", place="Aula", innovation_id=INNOVATION_ID)
scheduled = FestivalScheduled(**IDENT, slots=(opening, shown))
top = TopNamed(**IDENT, category=TopCategory.DISPLAY, innovation_ids=(OTHER,), grounds="Paling ramai", named_on=FIRST)
cancelled = FestivalCancelled(**IDENT, reason="Pandemi", cancelled_on=FIRST)


def change(**changes: Any) -> ChangeFestival:
    return ChangeFestival(**WHO, **(WORDS | changes))


def choose(*idents: str, fit: frozenset[str] = frozenset({INNOVATION_ID, OTHER})) -> ChooseInnovations:
    return ChooseInnovations(**WHO, innovation_ids=idents, fit=fit)


def name(*idents: str, category: TopCategory = TopCategory.DISPLAY, grounds: str = "Paling ramai") -> NameTop:
    return NameTop(**WHO, category=category, innovation_ids=idents, grounds=grounds, on=FIRST)


def test_a_festival_is_announced_once() -> None:
    given(FESTIVAL).when(announce).then(announced)
    given(FESTIVAL, announced).when(announce).then_rejected((no.FestivalExists, "edition"))


@pytest.mark.parametrize(
    ("changes", "field", "rejection"),
    [
        ({"festival_id": "36.74-Edisi 1"}, "edition", no.Malformed),
        ({"programme_known": False}, "programme_id", no.UnknownProgramme),
        ({"programme_id": "36.04-2020"}, "programme_id", no.UnknownProgramme),
        ({"title": " "}, "title", no.Blank),
        ({"venue": "x" * 201}, "venue", no.TooLong),
        ({"ends_on": FIRST - timedelta(days=1)}, "ends_on", no.DatesReversed),
        ({"starts_on": date(1800, 1, 1)}, "starts_on", no.DateOutOfRange),
    ],
)
def test_what_an_announcement_must_hold(changes: dict[str, Any], field: str, rejection: type) -> None:
    given(FESTIVAL).when(replace(announce, **changes)).then_rejected((rejection, field))


def test_a_festival_needs_no_programme() -> None:
    given(FESTIVAL).when(replace(announce, programme_id=None, programme_known=False)).then(
        replace(announced, programme_id=None)
    )


def test_words_and_days_change_where_the_schedule_allows_it() -> None:
    moved = WORDS | {"venue": "Alun-alun"}
    given(FESTIVAL, announced).when(change(venue="Alun-alun")).then(FestivalChanged(**IDENT, **moved))
    given(FESTIVAL, announced).when(change()).then()
    with_schedule = given(FESTIVAL, announced, chosen, scheduled)
    with_schedule.when(change(ends_on=FIRST)).then_rejected((no.SlotsOnOtherDays, "starts_on"))


def test_innovations_are_chosen_in_their_order() -> None:
    given(FESTIVAL, announced).when(choose(INNOVATION_ID, OTHER)).then(chosen)
    turned = replace(chosen, innovation_ids=(OTHER, INNOVATION_ID))
    given(FESTIVAL, announced, chosen).when(choose(OTHER, INNOVATION_ID)).then(turned)
    given(FESTIVAL, announced, chosen).when(choose(INNOVATION_ID, OTHER)).then()


def test_only_what_may_be_shown_is_chosen_and_each_once() -> None:
    fit = frozenset({INNOVATION_ID})
    given(FESTIVAL, announced).when(choose(INNOVATION_ID, OTHER, fit=fit)).then_rejected(
        (no.NotToBeShown, "innovation_ids/1")
    )
    given(FESTIVAL, announced).when(choose(INNOVATION_ID, INNOVATION_ID)).then_rejected((no.Repeated, "innovation_ids"))


def test_what_was_chosen_may_stay_whatever_became_of_it() -> None:
    filled = given(FESTIVAL, announced, chosen, scheduled, top)
    more = replace(chosen, innovation_ids=(*chosen.innovation_ids, "36.74-" + "7" * 32))
    filled.when(choose(*more.innovation_ids, fit=frozenset({more.innovation_ids[-1]}))).then(more)


def test_what_is_scheduled_or_named_stays_chosen() -> None:
    filled = given(FESTIVAL, announced, chosen, scheduled, top)
    filled.when(choose(INNOVATION_ID)).then_rejected((no.StillNeeded, "innovation_ids"))
    filled.when(choose(OTHER)).then_rejected((no.StillNeeded, "innovation_ids"))


def test_a_schedule_is_kept_in_order_and_replaced() -> None:
    started = given(FESTIVAL, announced, chosen)
    started.when(SetSchedule(**WHO, slots=(shown, opening))).then(scheduled)
    given(FESTIVAL, announced, chosen, scheduled).when(SetSchedule(**WHO, slots=(opening, shown))).then()
    given(FESTIVAL, announced, chosen, scheduled).when(SetSchedule(**WHO, slots=())).then(
        FestivalScheduled(**IDENT, slots=())
    )


@pytest.mark.parametrize(
    ("changes", "field", "rejection"),
    [
        ({"on": LAST + timedelta(days=1)}, "on", no.NotAFestivalDay),
        ({"ends": time(8)}, "ends", no.EndsTooEarly),
        ({"title": ""}, "title", no.Blank),
        ({"innovation_id": "36.74-nobody"}, "innovation_id", no.NotChosen),
    ],
)
def test_what_an_item_of_the_schedule_must_hold(changes: dict[str, Any], field: str, rejection: type) -> None:
    slots = (opening, replace(shown, **changes))
    given(FESTIVAL, announced, chosen).when(SetSchedule(**WHO, slots=slots)).then_rejected(
        (rejection, f"slots/1/{field}")
    )


def test_the_best_are_named_by_category_with_grounds() -> None:
    started = given(FESTIVAL, announced, chosen)
    started.when(name(OTHER)).then(top)
    given(FESTIVAL, announced, chosen, top).when(name(OTHER)).then()
    both = name(INNOVATION_ID, OTHER, category=TopCategory.INNOVATION)
    given(FESTIVAL, announced, chosen, top).when(both).then(
        replace(top, category=TopCategory.INNOVATION, innovation_ids=(INNOVATION_ID, OTHER))
    )
    started.when(name()).then_rejected((no.NobodyNamed, "innovation_ids"))
    started.when(name(OTHER, grounds=" ")).then_rejected((no.Blank, "grounds"))
    started.when(name(INNOVATION_ID, "36.74-x")).then_rejected((no.NotChosen, "innovation_ids/1"))
    crowd = tuple(f"36.74-{n}" for n in range(MAX_TOP + 1))
    started.when(name(*crowd)).then_rejected((no.TooMany, "innovation_ids"))


def test_a_cancelled_festival_stands_still() -> None:
    given(FESTIVAL, announced).when(CancelFestival(**WHO, reason="Pandemi", on=FIRST)).then(cancelled)
    commands: list[FestivalCommand] = [
        change(title="x"),
        choose(INNOVATION_ID),
        SetSchedule(**WHO, slots=(opening,)),
        name(OTHER),
        CancelFestival(**WHO, reason="x", on=FIRST),
    ]
    for each in commands:
        given(FESTIVAL, announced, chosen, cancelled).when(each).then_rejected(no.FestivalIsCancelled)
        given(FESTIVAL).when(each).then_rejected(NotFound)
