"""The pages of the past and of the history: what they show and to whom, where numbers lead, how many statements."""

import html
import re
from datetime import date

import pytest

from services.review.domain import events as review
from services.showcase.history.sentences import ENVELOPE, SENTENCES
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Stage
from shared.auth import Actor, Role
from shared.http import today
from tests.services.showcase.logs import (
    CATALOGUES,
    advanced,
    diagnosis,
    laboratory,
    opened,
    programme,
    proposed,
    unit,
)
from tests.services.showcase.site import Running
from tests.services.showcase.test_site import TANGERANG_SELATAN, launch_all
from tests.support import session_of

CITY, REGENCY = "36.74", "36.04"
DAY = "2020-12-21"


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site with the laboratory of one city, and a regency where review answers to submission."""
    launch_all(running, CITY)
    (ident, *_) = laboratory(running.submission, running.review, REGENCY, innovations=9)
    [asked] = running.submission.record(
        REGENCY,
        f"innovation/{ident}",
        submission.StageSubmitted(
            innovation_id=ident,
            programme_id=f"{REGENCY}-2020",
            unit_id=f"{REGENCY}-disdukcapil",
            submission_no=1,
            from_stage=Stage.DIAGNOSE,
            to_stage=Stage.DESIGN,
            rubric_id="00-design-review",
            rubric_version=1,
            panel_size=3,
            quorum=2,
            submitted_on=today(),
        ),
        diagnosis(ident, "RAHASIA-DIAGNOSA"),
    )[:1]
    running.review.record(REGENCY, "assessment/a", opened("a", ident), causation=asked.event_id)
    running.catch_up()
    running.copy()
    return running


def rows(page: str) -> int:
    """Count the rows of the tables' bodies of a page."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return sum(body.count("<tr>") - body.count("table__empty") for body in bodies)


def test_every_number_of_a_region_opens_exactly_what_it_counts(site: Running) -> None:
    page = site.page(f"/regions/{CITY}?as_of={DAY}")
    found: dict[str, tuple[int, int]] = {}
    for href, label, text in re.findall(
        r'<a href="(/regions/[^"]+/why\?[^"]+)"( aria-label="[^"]*")?>([^<]+)</a>', page
    ):
        query = html.unescape(href)
        # Eleven units and their sum have three numbers each; one of them, and all of the sums, is enough here.
        if label and ("count=launched" in query or "unit=" not in query) and "count=stated" not in query:
            found[query] = (int(text), rows(site.page(query)))
    assert (len(found), [query for query, (number, listed) in found.items() if number != listed]) == (14, [])
    launched = {query: number for query, (number, _) in found.items() if "count=launched" in query}
    assert sorted(launched.values()) == sorted([*TANGERANG_SELATAN.values(), 22])
    for count, number in (("registered", 33), ("launched", 22), ("displayed", 0), ("in_drum_up", 33), ("units", 11)):
        listed = site.page(f"/regions/{CITY}/why?count={count}&as_of={DAY}")
        assert (count, f"{number}?</h1>" in listed) == (count, True)
        assert (count, rows(listed)) == (count, number)


def test_two_counts_of_one_day_are_held_against_the_records(site: Running) -> None:
    positions = [each.position for each in site.submission.events[CITY] if each.type == "programme.count-stated"]
    agreed, apart = (site.page(f"/regions/{CITY}/why?count=stated&stated={position}") for position in positions)
    assert ("22?</h1>" in agreed, "notice--good" in agreed, rows(agreed)) == (True, True, 33)
    assert ("35?</h1>" in apart, "notice--warn" in apart, rows(apart)) == (True, True, 33)


def test_a_page_of_the_past_shows_what_was_recorded_then(site: Running) -> None:
    ident = proposed(REGENCY, 4).innovation_id
    ours = [each.position for each in site.submission.events[REGENCY] if each.stream == f"innovation/{ident}"]
    first = ours[0]
    for path in (
        f"/regions/{REGENCY}",
        f"/programmes/{REGENCY}-2020",
        f"/units/{REGENCY}-disdukcapil",
        f"/innovations/{ident}",
    ):
        now, then = site.page(path), site.page(f"{path}?submission={first}")
        assert (path, 'class="past"' in now, 'class="past"' in then) == (path, False, True)
    assert "Deliver" in site.page(f"/innovations/{ident}?submission={first + 4}")
    site.page(f"/innovations/{ident}?submission={first - 1}", status=404)
    # One change earlier and later lead along the innovation's own records.
    then = site.page(f"/innovations/{ident}?submission={ours[1]}")
    beside = [html.unescape(each) for each in re.findall(r'rel="(?:prev|next) nofollow" href="([^"]+)"', then)]
    assert beside == [f"/innovations/{ident}?submission={place}" for place in (ours[0], ours[2])]


def signed_in(site: Running, actor: Actor, path: str) -> str:
    """Give a page as somebody gets it."""
    name, value = session_of(site.service.kernel.identity.sessions, actor)
    return site.page(path, Cookie=f"{name}={value}")


def test_what_a_record_says_is_for_those_who_may_read_it(site: Running) -> None:
    position = len(site.submission.events[REGENCY])
    path = f"/history/submission/{REGENCY}/{position}"
    here, elsewhere = frozenset({REGENCY}), frozenset({CITY})
    readers = {
        "nobody": None,
        "coordinator": Actor(person="a", roles=frozenset({Role.COORDINATOR}), regions=here),
        "auditor": Actor(person="b", roles=frozenset({Role.AUDITOR}), regions=here),
        "coordinator elsewhere": Actor(person="c", roles=frozenset({Role.COORDINATOR}), regions=elsewhere),
        "reviewer": Actor(person="d", roles=frozenset({Role.REVIEWER}), regions=here),
    }
    seen = {
        name: "RAHASIA-DIAGNOSA" in (site.page(path) if actor is None else signed_in(site, actor, path))
        for name, actor in readers.items()
    }
    assert seen == {
        "nobody": False,
        "coordinator": True,
        "auditor": True,
        "coordinator elsewhere": False,
        "reviewer": False,
    }
    # What is read with a role is kept for nobody else.
    assert "RAHASIA-DIAGNOSA" not in site.page(path)
    for others in (f"/regions/{REGENCY}/history", f"/regions/{REGENCY}/changes", f"/regions/{REGENCY}?submission=30"):
        assert (others, "RAHASIA" in site.page(others)) == (others, False)
    assert "Antar dokumen" in site.page(f"/history/submission/{REGENCY}/6")


def test_a_record_leads_to_its_cause_and_effects_in_the_other_log_and_to_its_proof(site: Running) -> None:
    asked = len(site.submission.events[REGENCY]) - 1
    answered = len(site.review.events[REGENCY])
    cause, effect = f"/history/submission/{REGENCY}/{asked}", f"/history/review/{REGENCY}/{answered}"
    assert (f'href="{effect}"' in site.page(cause), f'href="{cause}"' in site.page(effect)) == (True, True)
    assert f'href="/submission/check/{REGENCY}/{asked}"' in site.page(cause)
    assert f'href="/review/check/{REGENCY}/{answered}"' in site.page(effect)


def test_the_history_is_filtered_and_walked_both_ways(site: Running) -> None:
    history = f"/regions/{REGENCY}/history"
    everything = len(site.submission.events[REGENCY]) + len(site.review.events[REGENCY])
    stream = f"innovation/{proposed(REGENCY, 4).innovation_id}"
    of_stream = sum(each.stream == stream for each in site.submission.events[REGENCY])
    assert rows(site.page(f"{history}?stream={stream}&limit=100")) == of_stream
    assert rows(site.page(f"{history}?type=innovation.launched")) == sum(
        each.type == "innovation.launched" for each in site.submission.events[REGENCY]
    )
    assert rows(site.page(f"{history}?source=review&limit=100")) == len(site.review.events[REGENCY])
    events = [*site.submission.events[REGENCY], *site.review.events[REGENCY]]
    for actor in {each.actor for each in events}:
        own = sum(each.actor == actor for each in events)
        assert (actor, rows(site.page(f"{history}?actor={actor}&limit=100"))) == (actor, own)
    assert rows(site.page(f"{history}?actor=nobody")) == 0
    for order in ("", "order=forward&"):
        path, seen = f"{history}?{order}limit=20", []
        while path:
            page = site.page(path)
            seen += re.findall(r'href="(/history/[^"]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = html.unescape(following.group(1)) if following else ""
        assert (order, len(seen), len(set(seen))) == (order, everything, everything)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/regions/99.99/history", 404),
        ("/regions/00/history", 200),
        ("/regions/36.04/history?order=sideways", 422),
        ("/regions/36.04/history?limit=0", 422),
        ("/regions/36.04/history?limit=101", 422),
        ("/regions/36.04/history?source=showcase", 422),
        ("/regions/36.04/history?submission=999999", 422),
        ("/regions/36.04/history?submission=-1", 422),
        ("/regions/36.04?at=yesterday", 422),
        ("/regions/36.04?submission=1e3", 422),
        ("/regions/36.04/why?count=nonsense", 422),
        ("/regions/36.04/why?count=stated", 404),
        ("/regions/36.04/why?count=launched&as_of=2020-02-31", 422),
        ("/regions/36.04/changes?from_submission=9&to_submission=5", 422),
        ("/regions/36.04/changes?from=x", 422),
        ("/history/submission/36.04/0", 404),
        ("/history/submission/36.04/abc", 404),
        ("/history/showcase/36.04/1", 404),
        ("/history/submission/36.04/99999999", 404),
        ("/units/36.04-none", 404),
        ("/units/none", 404),
        ("/programmes/36.04-1999", 404),
    ],
)
def test_what_cannot_be_is_refused(site: Running, path: str, status: int) -> None:
    assert (path, site.client.get(path, headers={"Accept": "text/html"}).status_code) == (path, status)


def test_pages_take_the_same_number_of_statements_at_few_records_and_at_many(site: Running) -> None:
    few, many = "64.71", "64.72"
    for region, count in ((few, 1), (many, 40)):
        site.submission.record(region, f"programme/{region}-2020", programme(region))
        site.submission.record(region, f"unit/{region}-disdukcapil", unit(region, "disdukcapil", "Dinas"))
        for number in range(1, count + 1):
            each = proposed(region, number)
            ident = each.innovation_id
            steps = (advanced(ident, step, date(2020, 6, 1)) for step in list(Stage)[1 : 1 + number % 4])
            site.submission.record(region, f"innovation/{ident}", each, *steps)
            done = review.PanelCompleted(assessment_id=f"{region}-{number}", scorecards=2)
            site.review.record(region, f"assessment/{region}-{number}", opened(f"{region}-{number}", ident), done)
    site.catch_up()
    site.copy()

    paths = {
        "/regions/{}/history": (6, 6),
        "/history/submission/{}/3": (4, 4),
        "/regions/{}/why?count=registered": (3, 3),
        "/units/{}-disdukcapil": (4, 4),
        "/programmes/{}-2020": (7, 7),
    }
    found = {path: (site.statements(path.format(few)), site.statements(path.format(many))) for path in paths}
    assert found == paths
    # A fold adds the reading of the logs and one statement for each table and kind of change in it.
    past = ("/regions/{}?submission=4&review=2", "/regions/{}/changes?to_submission=4&to_review=2")
    assert [path for path in past if site.statements(path.format(few)) != site.statements(path.format(many))] == []


def test_each_type_has_the_sentence_of_its_catalogue_and_each_part_of_the_envelope_its_words(site: Running) -> None:
    published = {name: kind.cls.__doc__ or "" for all_ in CATALOGUES.values() for name, kind in all_.types.items()}
    assert {name: SENTENCES.get(name) for name in published} == {
        name: " ".join(doc.strip().partition("\n")[0].split()) for name, doc in published.items()
    }
    parts = {name for each in site.review.events[REGENCY] for name in each.wire} - {"data"}
    assert sorted(parts - set(ENVELOPE)) == []
