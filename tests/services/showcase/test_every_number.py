"""Every number of the public pages is the one that SQL over the raw events gives, written without the projection's.

Two sources of truth: the pages as a visitor gets them, and the payloads in the copy of the logs with the definitions
that stand beside the numbers on the pages.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.http import today
from shared.regions import region_name
from tests.services.showcase import raw
from tests.services.showcase.raw import COOKIE, REACHED, STAGES, Ask
from tests.services.showcase.shown import Element, number, progress, read, stats, table
from tests.services.showcase.site import Running
from tests.services.showcase.wandering import EDITIONS, REGIONS


@pytest.fixture(scope="module")
def ask(running: Running, owner: Engine) -> Iterator[Ask]:
    with raw.asking(running, owner) as ask:
        yield ask


@pytest.fixture(scope="module")
def page(running: Running, ask: Ask) -> Callable[[str], Element]:
    """Read a page in English, each once."""
    return cache(lambda path: read(running.page(path, Cookie=COOKIE)))


def tally(page: Element, caption: str) -> dict[str, list[Any]]:
    """Give the numbers of a table's rows by their first cell."""
    return {row[0]: [number(each) for each in row[1:]] for row in table(page, caption)}


def test_home(page: Callable[[str], Element], ask: Ask) -> None:
    home = page("/")
    [active] = ask(
        "SELECT count(*), count(launched_on), count(displayed_on), count(DISTINCT region) FROM thing WHERE active"
    )
    [measured] = ask(
        f"""SELECT count(*), count(value), count(*) FILTER (WHERE {REACHED}),
                   count(DISTINCT id) FILTER (WHERE value IS NOT NULL) FROM outcome WHERE active"""
    )
    assert [value for _, value in stats(home)] == [*active, *measured]
    by_region = ask(
        """SELECT t.region, count(*), count(displayed_on), count(launched_on), max(array_position(%(stages)s, stage)),
                  (SELECT count(DISTINCT o.id) FROM outcome o WHERE o.region = t.region AND o.active
                   AND o.value IS NOT NULL)
           FROM thing t WHERE active GROUP BY t.region""",
        stages=STAGES,
    )
    shown = {row[0]: [number(each) for each in row[1:]] for row in table(home, f"{len(REGIONS)} regions")}
    assert shown == {region_name(region): numbers for region, *numbers in by_region}


def test_the_flow_through_the_stages(page: Callable[[str], Element], ask: Ask) -> None:
    shown = {
        stage: [number(each.one("p", "flow__n").text), *(number(said.text) for said in each.all("dd"))]
        for stage, each in zip(STAGES, page("/").one("ol", "flow").all("li"), strict=True)
    }
    found = ask(
        """SELECT s, count(*) FILTER (WHERE stage = s AND active),
                  (SELECT count(DISTINCT x.innovation) FROM raw x
                   WHERE x.type IN ('innovation.proposed', 'innovation.stage-advanced')
                     AND coalesce(x.d->>'to_stage', 'drum-up') = s),
                  count(*) FILTER (WHERE stage = s AND active AND gate = 'innovation.stage-submitted'),
                  count(*) FILTER (WHERE stage = s AND active AND gate = 'innovation.returned'),
                  (SELECT count(*) FROM raw x WHERE x.type = 'innovation.returned' AND x.d->>'to_stage' = s)
           FROM unnest(%(stages)s::text[]) s CROSS JOIN thing GROUP BY s""",
        stages=STAGES,
    )
    assert shown == {stage: numbers for stage, *numbers in found}


def test_outcomes_by_dimension(page: Callable[[str], Element], ask: Ask) -> None:
    shown = [list(progress(each).values()) for each in page("/").one(cls="outcomes").all(cls="panel")]
    found = {
        dimension: [(measured, all_), (reached, measured)]
        for dimension, all_, measured, reached in ask(
            f"""SELECT dimension, count(*), count(value), count(*) FILTER (WHERE {REACHED})
                FROM outcome WHERE active GROUP BY dimension"""
        )
    }
    assert shown == [found.get(each, []) for each in ("faster", "cheaper", "easier", "wider")]


@pytest.mark.parametrize(("region", "days_ago"), [*((region, 0) for region in REGIONS), (REGIONS[1], 150)])
def test_a_region(page: Callable[[str], Element], ask: Ask, region: str, days_ago: int) -> None:
    day = today() - timedelta(days=days_ago)
    shown = page(f"/regions/{region}" + (f"?as_of={day.isoformat()}" if days_ago else ""))
    counted = "count(*) FILTER (WHERE {0}_on <= %(day)s)"
    counts = ", ".join(counted.format(each) for each in ("proposed", "launched", "displayed"))
    [together] = ask(f"SELECT {counts} FROM thing WHERE region = %(region)s", region=region, day=day)
    units = ask("SELECT count(*) FROM raw WHERE type = 'unit.registered' AND region = %(region)s", region=region)
    assert [value for _, value in stats(shown)][:4] == [*together, *units[0]]
    standing = dict(
        ask("SELECT stage, count(*) FROM thing WHERE active AND region = %(region)s GROUP BY 1", region=region)
    )
    columns = shown.one("ol", "stage-counts").all("p", "stage-counts__n")
    assert [number(each.text) for each in columns] == [standing.get(stage, 0) for stage in STAGES]
    sectors = ask(
        "SELECT count(*) FROM thing WHERE region = %(region)s AND proposed_on <= %(day)s GROUP BY sector ORDER BY 1",
        region=region,
        day=day,
    )
    rows = table(shown, "Sectors of the innovations put forward")
    assert sorted(number(row[-1]) or 0 for row in rows) == [each for (each,) in sectors]


@pytest.mark.parametrize("region", REGIONS)
def test_how_far_a_regions_innovations_came_and_in_what_time(
    page: Callable[[str], Element], ask: Ask, region: str
) -> None:
    shown = page(f"/regions/{region}")
    steps: dict[str, list[tuple[str, date]]] = {}
    for ident, stage, on in ask(
        """SELECT innovation, CASE type WHEN 'innovation.proposed' THEN 'drum-up' WHEN 'innovation.displayed' THEN ''
                                        ELSE d->>'to_stage' END, coalesce(d->>'proposed_on', d->>'advanced_on',
                  d->>'returned_on', d->>'displayed_on')::date
           FROM raw WHERE region = %(region)s AND type IN ('innovation.proposed', 'innovation.stage-advanced',
                'innovation.returned', 'innovation.displayed') ORDER BY position""",
        region=region,
    ):
        steps.setdefault(ident, []).append((stage, on))
    came = {stage: sum(any(step[0] == stage for step in each) for each in steps.values()) for stage in STAGES}
    far = [number(row[-1]) for row in table(shown, "How far innovations came")]
    assert far[:5] == [came[stage] for stage in STAGES]
    days: dict[str, list[int]] = {}
    for each in steps.values():
        for (stage, came_on), (_, left_on) in pairwise(each):
            days.setdefault(stage, []).append((left_on - came_on).days)
    expected = [
        [float(median(days[stage])), f"{min(days[stage])}–{max(days[stage])}", len(days[stage])]
        for stage in STAGES
        if stage in days
    ]
    rows = table(shown, "Time at each stage")
    assert [[float(number(row[2]) or 0), row[3], number(row[4])] for row in rows] == expected


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_outcomes_and_copies(page: Callable[[str], Element], ask: Ask, region: str) -> None:
    shown = page(f"/regions/{region}")
    [together] = ask(
        f"""SELECT count(*), count(value), count(*) FILTER (WHERE {REACHED}) FROM outcome
            WHERE region = %(region)s""",
        region=region,
    )
    assert tally(shown, "Outcomes that the public sees").get("Together", [0, 0, 0]) == list(together)
    copies = ask(
        """SELECT count(*) FROM thing t JOIN thing o ON o.id = t.origin
           WHERE o.region = %(region)s AND t.region <> o.region GROUP BY t.origin""",
        region=region,
    )
    rows = table(shown, "Learning host: others adapted these")
    assert sorted(number(row[1]) or 0 for row in rows) == sorted(each for (each,) in copies)


@pytest.mark.parametrize("programme", [f"{region}-{edition}" for region in REGIONS for edition in EDITIONS])
def test_a_programme(running: Running, page: Callable[[str], Element], ask: Ask, programme: str) -> None:
    shown, region, day = page(f"/programmes/{programme}"), programme.partition("-")[0], today()
    rows = ask(
        """SELECT (SELECT d->>'name' FROM raw u WHERE u.type = 'unit.registered' AND u.d->>'unit_id' = t.unit),
                  count(*), count(launched_on), count(displayed_on)
           FROM thing t WHERE programme = %(programme)s GROUP BY unit""",
        programme=programme,
    )
    by_unit = {name: list(numbers) for name, *numbers in rows}
    if by_unit:
        by_unit["Together"] = [sum(each) for each in zip(*by_unit.values(), strict=True)]
    found = {row[0]: [number(each) for each in row[2:]] for row in table(shown, "Innovations by unit")}
    assert {name: found[name] for name in by_unit} == by_unit
    said = progress(shown)
    completed = ask(
        "SELECT count(DISTINCT d->>'stage') FROM raw WHERE type = 'programme.stage-completed' AND programme = %(p)s",
        p=programme,
    )
    assert said["Stages completed"] == (completed[0][0], 5)
    [(units, civil_servants)] = ask(
        """SELECT count(*), sum((SELECT (s.d->>'civil_servants')::int FROM raw s WHERE s.type = 'unit.staff-counted'
                                 AND s.d->>'unit_id' = u.d->>'unit_id' ORDER BY s.position DESC LIMIT 1))
           FROM raw u WHERE u.type = 'unit.registered' AND u.region = %(region)s""",
        region=region,
    )
    [(reached, registered)] = ask(
        "SELECT count(DISTINCT unit), count(*) FROM thing WHERE programme = %(p)s AND proposed_on <= %(day)s",
        p=programme,
        day=day,
    )
    assert said["Units with at least one innovation"] == (reached, units)
    assert said["One innovation for each civil servant"] == (registered, civil_servants)
    commitments = ask(
        """SELECT c.unit, NOT EXISTS (SELECT FROM last_attendance a, jsonb_array_elements_text(a.units) x
                                      WHERE x = c.unit)
           FROM (SELECT DISTINCT d->>'unit_id' AS unit FROM raw
                 WHERE type = 'programme.commitment-signed' AND programme = %(p)s) c
           """.replace("last_attendance", f"({_ATTENDANCE})"),
        p=programme,
    )
    # Where no attendance was recorded, nobody knows who came.
    recorded = ask(f"SELECT FROM ({_ATTENDANCE}) a", p=programme)
    assert stats(shown) == [
        ("units committed", len(commitments)),
        ("committed, but never came", sum(never for _, never in commitments) if recorded else None),
    ]
    why = running.client.get(f"/regions/{region}/why?count=absent&programme={programme}")
    assert why.status_code == (200 if recorded else 404)
    present = ask(
        f"SELECT session, (SELECT count(DISTINCT x) FROM jsonb_array_elements_text(units) x) FROM ({_ATTENDANCE}) a",
        p=programme,
    )
    assert {row[0]: number(row[4]) for row in table(shown, "Sessions")} == {
        f"Klinik {n}": dict(present).get(f"s{n}") for n in range(3)
    }


# The newest attendance of each session of a programme.
_ATTENDANCE = """SELECT DISTINCT ON (d->>'session_id') d->>'session_id' AS session, d->'unit_ids' AS units FROM raw
                 WHERE type = 'programme.attendance-recorded' AND programme = %(p)s
                 ORDER BY d->>'session_id', position DESC"""


@pytest.mark.parametrize("programme", [f"{region}-{edition}" for region in REGIONS for edition in EDITIONS])
def test_targets(page: Callable[[str], Element], ask: Ask, programme: str) -> None:
    """What is wanted and what there is, of targets for the whole region and for one of its units."""
    units = raw.units(ask, programme.partition("-")[0])
    labels = {
        "innovations": "Innovations",
        "units-reached": "Units with an innovation",
        "innovations-per-unit": "Innovations per unit",
        "innovations-per-civil-servant": "Innovations per civil servant",
    }
    wanted = {
        f"{labels[each.measure]} · {units[each.unit].name}" if each.unit else labels[each.measure]: (
            each.actual,
            each.wanted,
        )
        for each in raw.targets(ask, programme)
    }
    shown = progress(page(f"/programmes/{programme}"))
    assert {label: shown[label] for label in wanted} == wanted


def test_festivals(running: Running, ask: Ask) -> None:
    """The newest choice of each is counted where it is listed, and stands on its page with the newest first places."""
    listed = read(running.page("/festivals", Cookie=COOKIE))
    counted = {}
    for card in listed.all("article", "card"):
        [said] = [number(each.text.partition(" ")[0]) for each in card.all("span", "muted")] or [0]
        counted[card.one("h3").text] = said
    chosen = {
        title: (ident, ids)
        for title, ident, ids in ask(
            """SELECT a.d->>'title', a.d->>'festival_id',
                      (SELECT c.d->'innovation_ids' FROM raw c WHERE c.type = 'festival.innovations-chosen'
                       AND c.d->>'festival_id' = a.d->>'festival_id' ORDER BY c.position DESC LIMIT 1)
               FROM raw a WHERE a.type = 'festival.announced'"""
        )
    }
    assert counted == {title: len(ids) for title, (_, ids) in chosen.items()}
    titles = dict(ask("SELECT d->>'innovation_id', d->>'title' FROM raw WHERE type = 'innovation.proposed'"))
    for ident, ids in chosen.values():
        page = read(running.page(f"/festivals/{ident}", Cookie=COOKIE))
        cards = [each.one("h3").text for each in page.all("article", "card")]
        assert sorted(cards) == sorted(titles[each] for each in ids)
        [(best,)] = ask(
            """SELECT d->'innovation_ids' FROM raw WHERE type = 'festival.top-named' AND d->>'festival_id' = %(f)s
               ORDER BY position DESC LIMIT 1""",
            f=ident,
        )
        places = [each.text for items in page.all("ol") for each in items.all("strong")]
        assert places == [titles[each] for each in best]


@pytest.mark.parametrize("region", REGIONS)
def test_units(page: Callable[[str], Element], ask: Ask, region: str) -> None:
    for unit in (f"{region}-u{each}" for each in range(0, 7, 2)):
        shown = page(f"/units/{unit}")
        standing = dict(ask("SELECT stage, count(*) FROM thing WHERE active AND unit = %(u)s GROUP BY 1", u=unit))
        columns = shown.one("ol", "stage-counts").all("p", "stage-counts__n")
        assert [number(each.text) for each in columns] == [standing.get(stage, 0) for stage in STAGES]
        editions = {row[0]: number(row[3]) for row in table(shown, "Editions of the laboratory")}
        by_edition = ask(
            "SELECT right(programme, 4), count(*) FROM thing WHERE unit = %(u)s GROUP BY 1",
            u=unit,
        )
        assert {name[-4:]: count for name, count in editions.items() if count} == dict(by_edition)
        [(count,)] = ask("SELECT count(*) FROM thing WHERE unit = %(u)s", u=unit)
        # Where there are none, one row says so.
        assert len(table(shown, "Innovations of this unit")) == max(1, count)


def test_what_citizens_say(running: Running, ask: Ask) -> None:
    ids = [ident for (ident,) in ask("SELECT id FROM thing WHERE launched_on IS NOT NULL ORDER BY id")]
    shown = {ident: running.client.get(f"/api/innovations/{ident}").json()["feedback"] for ident in ids}
    counted = """SELECT g.*, (SELECT min((x.d->>'answered_on')::date) FROM raw x WHERE x.type = 'feedback.answered'
                              AND x.d->>'feedback_id' = g.d->>'feedback_id') AS answered_on
                 FROM raw g WHERE g.type = 'feedback.given' AND NOT EXISTS (
                    SELECT FROM raw x WHERE x.type IN ('feedback.withheld', 'feedback.withdrawn')
                    AND x.d->>'feedback_id' = g.d->>'feedback_id')"""
    rows: Mapping[str, Any] = {
        row[0]: row[1:]
        for row in ask(
            f"""SELECT innovation, count(*) FILTER (WHERE d->>'kind' = 'confirmation'),
                       count(*) FILTER (WHERE d->>'kind' = 'rating'), avg((d->>'stars')::int),
                       count(*) FILTER (WHERE d->>'kind' = 'complaint'),
                       count(*) FILTER (WHERE d->>'kind' = 'complaint' AND answered_on IS NULL),
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_on - (d->>'given_on')::date)
                           FILTER (WHERE d->>'kind' = 'complaint')
                FROM ({counted}) c GROUP BY innovation"""
        )
    }
    for ident, said in shown.items():
        confirmations, ratings, mean, complaints, unanswered, days = rows.get(ident, (0, 0, None, 0, 0, None))
        assert (said["confirmations"], said["ratings"]) == (confirmations, ratings)
        assert (said["complaints"], said["complaints_unanswered"]) == (complaints, unanswered)
        assert said["median_days_to_answer"] == days
        expected = None if mean is None else round(mean, 2)
        assert (said["mean_rating"] and Decimal(said["mean_rating"])) == expected


def test_the_api_counts_the_same(running: Running, ask: Ask) -> None:
    shown = running.client.get("/api/regions").json()["items"]
    found = ask(
        """SELECT region, count(*), count(launched_on), count(displayed_on) FROM thing WHERE active
           GROUP BY region ORDER BY region"""
    )
    assert [(each["region"], each["innovations"], each["launched"], each["displayed"]) for each in shown] == found
    for region in REGIONS:
        answer = running.client.get(f"/api/regions/{region}").json()
        standing = dict(ask("SELECT stage, count(*) FROM thing WHERE active AND region = %(r)s GROUP BY 1", r=region))
        assert answer["by_stage"] == {stage: standing.get(stage, 0) for stage in STAGES}
