"""Every number of the board and of the gallery is the one that the raw events give, as in test_every_number."""

import io
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import openpyxl
import pytest
from sqlalchemy import Engine

from services.submission.domain.vocabulary import Sector
from shared.http import today
from tests.services.showcase import raw
from tests.services.showcase.raw import COOKIE, Ask
from tests.services.showcase.shown import number, read
from tests.services.showcase.site import Running
from tests.services.showcase.wandering import EDITIONS, REGIONS


@pytest.fixture(scope="module")
def ask(running: Running, owner: Engine) -> Iterator[Ask]:
    with raw.asking(running, owner) as ask:
        yield ask


def sheets(running: Running, edition: str) -> list[list[tuple[Any, ...]]]:
    """Give the rows of each sheet of the board's workbook."""
    answer = running.client.get(f"/board?edition={edition}&format=xlsx", headers={"Cookie": COOKIE})
    return [
        list(each.iter_rows(values_only=True)) for each in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    ]


def test_the_board(running: Running, ask: Ask) -> None:
    rows = sheets(running, "2026")[0]
    names = (
        *("Region code", "Stages completed", "Put forward", "Units with an innovation", "Launched", "Displayed"),
        *("Steps in the last 90 days", "Steps in the 90 days before", "Waiting at a gate", "Oldest wait, in days"),
        "Median days from idea to launch",
    )
    places = [rows[0].index(name) for name in names]
    shown = {str(row[places[0]]): [row[place] for place in places[1:]] for row in rows[1:]}
    moves = """(SELECT count(*) FROM raw x JOIN thing i ON i.id = x.innovation WHERE i.programme = p.programme
        AND x.type IN ('innovation.proposed', 'innovation.stage-submitted', 'innovation.stage-advanced',
                       'innovation.launched', 'innovation.displayed')
        AND coalesce(x.d->>'proposed_on', x.d->>'submitted_on', x.d->>'advanced_on', x.d->>'launched_on',
                     x.d->>'displayed_on')::date BETWEEN {} AND {})"""
    waits = """(SELECT max(%(day)s - s.on) FROM thing i, LATERAL (
        SELECT (x.d->>'submitted_on')::date AS on FROM raw x
        WHERE x.innovation = i.id AND x.type = 'innovation.stage-submitted' ORDER BY x.position DESC LIMIT 1) s
        WHERE i.programme = p.programme AND i.active AND i.gate = 'innovation.stage-submitted')"""
    found = ask(
        f"""SELECT p.region,
                   (SELECT count(DISTINCT x.d->>'stage') FROM raw x
                    WHERE x.type = 'programme.stage-completed' AND x.programme = p.programme),
                   count(t.id), count(DISTINCT t.unit), count(launched_on), count(displayed_on),
                   {moves.format("%(day)s - 89", "%(day)s")}, {moves.format("%(day)s - 179", "%(day)s - 90")},
                   count(*) FILTER (WHERE active AND gate = 'innovation.stage-submitted'), {waits},
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY launched_on - proposed_on)
                       FILTER (WHERE launched_on IS NOT NULL)
            FROM raw p LEFT JOIN thing t ON t.programme = p.programme
            WHERE p.type = 'programme.requested' AND p.programme LIKE '%%-2026' GROUP BY p.region, p.programme""",
        day=today(),
    )
    assert shown == {region: numbers for region, *numbers in found}


def test_the_boards_ranks_follow_from_its_numbers_and_weights(running: Running, ask: Ask) -> None:
    (header, *lines), _, definitions = sheets(running, "2026")
    weights = {
        name.partition(" (")[0]: int(name.partition(" (")[2].rstrip(")"))
        for name, _ in definitions
        if isinstance(name, str) and name.endswith(")")
    }
    scores: dict[Any, float] = {}
    shown: dict[Any, tuple[Any, Any]] = {}
    for line in lines:
        row: dict[Any, Any] = dict(zip(header, line, strict=True))
        steps = row["Steps in the last 90 days"]
        shares = {
            "Stages completed": (row["Stages completed"], 5),
            "Momentum": (steps, max(1, steps + row["Steps in the 90 days before"])),
            "Targets met": (row["Targets met"], row["Targets that can be told"]),
            "Displayed": (row["Displayed"], row["Put forward"]),
            "Documentation": (row["Sections filled in"], row["Sections in all"]),
        }
        known = {name: some / every for name, (some, every) in shares.items() if every}
        whole = sum(weights[name] for name in known)
        scores[row["Region code"]] = 100 * sum(weights[name] * share for name, share in known.items()) / whole
        shown[row["Region code"]] = (row["Rank"], row["Score of 100"])
    assert sum(weights.values()) == 100
    assert shown == {
        region: (1 + sum(other > score for other in scores.values()), round(score, 1))
        for region, score in scores.items()
    }
    assert len(set(scores.values())) == len(REGIONS)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_boards_targets_and_what_is_filled_in(running: Running, ask: Ask, edition: str) -> None:
    header, *lines = sheets(running, edition)[0]
    names = ("Targets", "Targets that can be told", "Targets met", "Sections filled in", "Sections in all")
    shown: dict[Any, list[Any]] = {
        line[header.index("Region code")]: [line[header.index(name)] for name in names] for line in lines
    }
    newest = """(SELECT x.d->>'{}' FROM raw x WHERE x.innovation = t.id AND x.type = ANY('{{{}}}')
                 ORDER BY x.position DESC LIMIT 1)"""
    filled = dict(
        ask(
            f"""SELECT region, array_agg(sections) FROM (
                SELECT t.region,
                       ({newest.format("idea", "innovation.proposed,innovation.idea-saved")} <> '')::int
                       + (EXISTS (SELECT FROM raw x WHERE x.innovation = t.id
                                  AND x.type = 'innovation.diagnosis-saved'))::int
                       + (t.designed IS NOT NULL)::int + (coalesce(t.designed, '[]') <> '[]')::int
                       + (EXISTS (SELECT FROM raw x WHERE x.innovation = t.id
                                  AND x.type = 'innovation.outcome-measured'))::int
                       + (coalesce({newest.format("public_summary", "innovation.display-saved")}, '') <> '')::int
                       + (coalesce({newest.format("replication_notes", "innovation.display-saved")}, '') <> '')::int
                       AS sections
                FROM thing t WHERE t.active AND t.launched_on IS NOT NULL AND t.programme LIKE %(edition)s) x
                GROUP BY region""",
            edition=f"%-{edition}",
        )
    )
    expected = {}
    for region in REGIONS:
        met = [each.met for each in raw.targets(ask, f"{region}-{edition}")]
        sections = filled.get(region, [])
        known = [each for each in met if each is not None]
        expected[region] = [len(met), len(known), sum(known), sum(sections), 7 * len(sections)]
    assert shown == expected
    # The records leave a target open, and no section is always filled in, and none never.
    assert any(told < targets for targets, told, *_ in shown.values())
    assert all(0 < some < every for *_, some, every in shown.values() if every)
    assert sum(every for *_, every in shown.values()) > 0


# Half a year without a launch, a figure or a confirmation, and it is no longer sure that an innovation runs.
_STALE = timedelta(days=182)


@pytest.fixture(scope="module")
def things(ask: Ask) -> list[dict[str, set[str]]]:
    """What each innovation has of each filter's values."""
    kinds = {ident: each.kind for region in REGIONS for ident, each in raw.units(ask, region).items()}
    dated = """(SELECT max((x.d->>'{}')::date) FROM raw x WHERE x.innovation = t.id AND x.type = 'innovation.{}')"""
    rows = ask(
        f"""SELECT t.region, t.stage, t.sector, t.unit, t.active, t.proposed_on, t.launched_on, t.displayed_on,
                   p.d->>'initiator', (p.d->>'is_example')::bool, w.d->>'form', w.d->'types',
                   {dated.format("measured_on", "outcome-measured")},
                   {dated.format("confirmed_on", "running-confirmed")},
                   EXISTS (SELECT FROM thing c WHERE c.origin = t.id AND c.region <> t.region),
                   (SELECT x.type FROM raw x WHERE x.innovation = t.id
                    AND x.type IN ('innovation.withdrawn', 'innovation.retired'))
            FROM thing t JOIN raw p ON p.innovation = t.id AND p.type = 'innovation.proposed'
            LEFT JOIN LATERAL (SELECT d FROM raw x WHERE x.innovation = t.id AND x.type = 'innovation.design-saved'
                               ORDER BY x.position DESC LIMIT 1) w ON t.stage = 'display'"""
    )
    return [_thing(kinds, *row) for row in rows]


def _thing(kinds: dict[str, str], *row: Any) -> dict[str, set[str]]:
    region, stage, sector, unit, active, proposed, launched, displayed, initiator, example, form, types, *rest = row
    measured, confirmed, copied, ended = rest
    heard = [each for each in (launched, measured, confirmed) if each is not None]
    runs = active and launched is not None
    status = {"all", "active" if active else ended.rpartition(".")[2]}
    status |= {"launched"} if runs else set()
    status |= {"displayed"} if active and displayed is not None else set()
    return {
        "region": {region, region[:2]},
        "stage": {stage},
        "sector": {sector},
        "unit_kind": {kinds[unit]},
        "year": {str(proposed.year)},
        "status": status,
        "initiator": {initiator},
        "form": {form} - {None},
        "type": set(types or ()),
        "outcome": {"measured"} if measured else set(),
        "running": ({"confirmed"} if max(heard) >= today() - _STALE else {"stale"}) if runs else set(),
        "host": {"yes"} if copied else set(),
        "example": {"yes" if example else "no"},
    }


SECTOR = list(Sector)[1].value
ASKED: tuple[dict[str, str], ...] = (
    {},
    {"status": "all"},
    {"region": "36"},
    {"region": "36.74", "stage": "display"},
    {"stage": "display", "sector": SECTOR, "year": "2026"},
    {"running": "stale", "example": "no", "status": "launched"},
    {"status": "all", "outcome": "measured", "initiator": "unit"},
    {"status": "withdrawn"},
)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: urlencode(asked) or "nothing")
def test_the_gallery(running: Running, things: list[dict[str, set[str]]], asked: dict[str, str]) -> None:
    shown = read(running.page(f"/innovations?{urlencode(asked)}", Cookie=COOKIE))

    def fitting(but: str | None = None) -> list[dict[str, set[str]]]:
        wanted = {"status": "active", **asked}
        return [each for each in things if all(value in each[name] for name, value in wanted.items() if name != but)]

    assert number(shown.one("div", "gallery__head").one("p").text) == len(fitting())
    choices: dict[str, Counter[str]] = {}
    for link in shown.one("details", "facets").all("a"):
        leads = {name: values[0] for name, values in parse_qs(urlsplit(link.attributes["href"]).query).items()}
        count = number(link.one("span", "facet__count").text) or 0
        changed = {name: value for name, value in leads.items() if asked.get(name) != value}
        left = asked.keys() - leads.keys()
        # What is chosen leads to the list without it; the active are chosen where nothing else is.
        [(name, value)] = (
            changed.items()
            or [(each, asked[each] if "aria-current" in link.attributes else "active") for each in left]
            or [("status", "active")]
        )
        choices.setdefault(name, Counter()).update({value: count})
    for select in shown.all("select"):
        if select.attributes["name"] == "region":
            options = [each for each in select.all("option") if each.attributes["value"]]
            choices["region"] = Counter(
                {each.attributes["value"]: int(each.text.rpartition("(")[2].rstrip(")")) for each in options}
            )
    for name, counts in choices.items():
        expected = Counter(value for each in fitting(but=name) for value in each[name])
        if name == "region":
            near = asked.get("region", "")[:2]
            expected = Counter({code: n for code, n in expected.items() if "." not in code or code[:2] == near})
        assert (name, +counts) == (name, +expected)
    shown_at_all = {name for name, counts in choices.items() if +counts}
    assert shown_at_all == {name for name in things[0] if any(each[name] for each in fitting(but=name))}
