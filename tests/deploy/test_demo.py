"""The demonstration's plan, held against the sources it is made from and against the routes that it is played on."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter
from starlette.routing import Match

from deploy.demo import sources
from deploy.demo.plan import plan
from deploy.demo.steps import AwaitAssessment, AwaitDecision, Plan, Script, Step, fill, names_in
from deploy.embedded.identities import read_people
from services.review.main import service as review
from services.submission.main import service as submission
from shared.regions import regions
from tests.issuers import settings_for


@pytest.fixture(scope="module")
def whole() -> Plan:
    return plan()


def steps(whole: Plan, suffix: str = "", region: str | None = None) -> list[tuple[Script, Step]]:
    """Give the commands whose path ends like this, with the script that they are in."""
    return [
        (script, act)
        for script in whole.scripts()
        for act in script.acts
        if isinstance(act, Step) and act.path.endswith(suffix) and region in (None, script.region)
    ]


def proposals(whole: Plan, region: str | None = None) -> list[dict[str, Any]]:
    return [dict(step.body) for _, step in steps(whole, "/submission/innovations", region)]


def launched(whole: Plan, region: str, by: date) -> Counter[str]:
    """Count by unit what was launched by a day and has not been proposed by another name."""
    units = {script.name: step.body["unit_id"] for script, step in steps(whole, "/submission/innovations", region)}
    dates = [(script, date.fromisoformat(step.body["launched_on"])) for script, step in steps(whole, "/launch", region)]
    return Counter(units[script.name] for script, on in dates if on <= by)


# What the sources say


def test_tangerang_selatan_launched_22_from_11_units_by_21_december_2020(whole: Plan) -> None:
    tally = sources.laboratories()["36.74"]["tally"]
    assert launched(whole, "36.74", date(2020, 12, 21)) == {
        f"36.74-{each['short'].lower()}": each["innovations"] for each in tally
    }
    assert launched(whole, "36.74", date(2020, 12, 21)).total() == 22
    assert len(launched(whole, "36.74", date(2020, 12, 21))) == 11
    assert launched(whole, "36.74", date(2020, 12, 20)).total() == 0
    assert len(proposals(whole, "36.74")) == 22


def test_every_stated_count_stands_with_who_said_it(whole: Plan) -> None:
    stated = {
        (script.region, step.body["stated_by"], step.body["innovations"], step.body["units"], step.body["stated_on"])
        for script, step in steps(whole, "/stated-counts")
    }
    assert stated == {
        ("36.74", "wakil wali kota", 22, 11, "2020-12-21"),
        ("36.74", "kepala Bappeda", 35, 19, "2020-12-21"),
        ("33.03", "pemberitaan lokakarya", 174, 86, "2022-11-25"),
        ("33.27", "pemberitaan peluncuran", 100, None, "2022-05-18"),
    }


def test_sessions_have_the_dates_and_venues_of_the_sources(whole: Plan) -> None:
    held = {
        (script.region, step.body["stage"], step.body["starts_on"], step.body["ends_on"], step.body["venue"])
        for script, step in steps(whole, "/sessions")
    }
    assert held == {
        ("36.04", "drum-up", "2018-01-17", "2018-01-17", ""),
        ("36.02", "drum-up", "2018-11-28", "2018-11-28", "Aula Multatuli"),
        ("36.02", "display", "2019-12-12", "2019-12-14", ""),
        ("36.74", "deliver", "2020-12-21", "2020-12-21", "Ruang Blandongan, lantai 4, Balaikota"),
        ("33.27", "drum-up", "2021-11-08", "2021-11-08", ""),
        ("33.27", "deliver", "2022-05-18", "2022-05-18", ""),
        ("33.03", "drum-up", "2022-10-12", "2022-10-13", "Pendopo Dipokusumo"),
        ("33.03", "design", "2022-11-23", "2022-11-23", ""),
        ("33.03", "display", "2022-12-15", "2022-12-15", ""),
    }


def test_tangerang_selatan_has_four_of_five_stages_done_and_its_own_labels(whole: Plan) -> None:
    done = [step.path.split("/")[-2] for _, step in steps(whole, "/complete", "36.74")]
    assert done == ["drum-up", "diagnose", "design", "deliver"]
    [(_, labels)] = steps(whole, "/labels")
    assert labels.body == {"labels": sources.laboratories()["36.74"]["stage_labels"]}


def test_every_reported_innovation_is_proposed_once_with_its_source(whole: Plan) -> None:
    proposed = Counter((each["unit_id"].partition("-")[0], each["title"]) for each in proposals(whole))
    assert set(proposed.values()) == {1}
    assert proposed.keys() >= {(each.region, each.title) for each in sources.reported()}
    said = {(each["unit_id"].partition("-")[0], each["title"]): each for each in proposals(whole)}
    for each in sources.reported():
        assert said[each.region, each.title]["source"].startswith(each.source)
        assert not said[each.region, each.title]["is_example"]


def test_what_no_source_names_says_that_it_is_an_example(whole: Plan) -> None:
    known = {(each.region, each.title) for each in sources.reported()}
    known |= {
        (code, each["title"]) for code, lab in sources.laboratories().items() for each in lab.get("innovations", ())
    }
    for each in proposals(whole):
        made_up = (each["unit_id"].partition("-")[0], each["title"]) not in known
        assert (each["is_example"], each["source"].startswith("contoh")) == (made_up, made_up)
        assert each["idea"].startswith("Contoh:")
        assert "contoh" in each["source"]


def test_only_units_that_are_examples_lack_a_name(whole: Plan) -> None:
    nameless = {(each.region, each.unit) for each in sources.reported() if not each.unit}
    named = [step.body for _, step in steps(whole, "/submission/units")]
    examples = {each["region"] for each in named if each["code"] == "perangkat-daerah-contoh"}
    assert examples == {region for region, _ in nameless}


def test_a_programme_stands_still_and_one_is_closed(whole: Plan) -> None:
    assert [script.region for script, _ in steps(whole, "/stall")] == ["36.04"]
    assert [script.region for script, _ in steps(whole, "/close")] == ["36.02"]


# That it can be played


def test_every_way_there_is_into_and_out_of_the_stages_is_gone_by_somebody(whole: Plan) -> None:
    furthest = Counter(_furthest(script) for region in whole.regions for script in region.innovations)
    assert furthest.keys() == {"drum-up", "diagnose", "design", "deliver", "display"}
    assert min(furthest.values()) >= 40
    outcomes = Counter(step.body["outcome"] for _, step in steps(whole, "/conclusion"))
    assert outcomes.keys() == {"advance", "revise", "decline"}
    ends = {each: len(steps(whole, each)) for each in ("/return", "/withdraw", "/retire")}
    assert ends == {"/return": 2, "/withdraw": 1, "/retire": 1}


def _furthest(script: Script) -> str:
    """The stage that the innovation of a script has come to, as the rules of the domain have it."""
    paths = [act.path for act in script.acts if isinstance(act, Step)]
    refused = any(isinstance(act, Step) and act.body.get("outcome") in ("revise", "decline") for act in script.acts)
    waiting = sum(isinstance(act, AwaitAssessment) for act in script.acts) > sum(
        isinstance(act, AwaitDecision) for act in script.acts
    )
    left = sum(each.endswith("/stage") for each in paths) - refused - waiting
    left -= any(each.endswith("/return") for each in paths)
    return ("drum-up", "diagnose", "design", "deliver", "display")[left]


def test_the_dates_of_an_innovation_follow_one_another_and_are_past(whole: Plan) -> None:
    for region in whole.regions:
        for script in region.innovations:
            on = [
                date.fromisoformat(act.body[name])
                for act in script.acts
                if isinstance(act, Step)
                for name in ("proposed_on", "on", "launched_on", "done_on", "measured_on", "concluded_on")
                if name in act.body
            ]
            assert all(before <= after for before, after in pairwise(on)), script.name
            assert on[-1] < date(2026, 1, 1)


def test_a_copy_is_proposed_after_its_original(whole: Plan) -> None:
    proposed = {script.name: step.body["proposed_on"] for script, step in steps(whole, "/submission/innovations")}
    copies = [
        (step.body["adapted_from"][1:-1].partition(":")[2], step.body["proposed_on"])
        for _, step in steps(whole, "/submission/innovations")
        if "adapted_from" in step.body
    ]
    assert len(copies) == 6
    assert all(proposed[original] < on for original, on in copies)


def test_every_name_that_a_step_waits_for_is_given(whole: Plan) -> None:
    known = {f"person:{each}" for each in read_people()} | {f"original:{each.name}" for each in whole.scripts()}
    for script in whole.scripts():
        own: set[str] = set()
        for act in script.acts:
            match act:
                case Step():
                    assert names_in(act.path) | names_in(act.body) <= known | own
                    own |= {act.keeps[1]} if act.keeps else set()
                case AwaitAssessment(number):
                    own.add(f"assessment {number}")
                case AwaitDecision():
                    assert "innovation" in own


def test_every_command_has_a_key_of_its_own_that_stays(whole: Plan) -> None:
    keys = [step.key(script.name) for script, step in steps(whole)]
    assert len(set(keys)) == len(keys)
    assert keys == [step.key(script.name) for script, step in steps(plan())]


def test_nobody_judges_the_own_region(whole: Plan) -> None:
    homes = {f"{{person:{each.sub}}}": each.home_region for each in read_people().values()}
    for script, step in steps(whole, "/assignments"):
        assert script.region not in {homes[each] for each in step.body["reviewers"]}
        assert len(set(step.body["reviewers"])) == len(step.body["reviewers"])


def test_regions_are_known(whole: Plan) -> None:
    assert {each.region for each in whole.regions} <= regions().keys()


@pytest.fixture(scope="module")
def routes() -> dict[str, list[APIRoute]]:
    """The routes of the two services, as the plan's commands meet them."""
    producers = {"submission": "http://127.0.0.1:9", "review": "http://127.0.0.1:9"}
    settings = settings_for("http://127.0.0.1:9/issuer").model_copy(update={"producers": producers})
    return {"submission": _routes(submission(settings).api()), "review": _routes(review(settings).api())}


def _routes(app: FastAPI) -> list[APIRoute]:
    return [
        each.original_route for each in iter_route_contexts(app.routes) if isinstance(each.original_route, APIRoute)
    ]


def test_every_body_is_what_its_route_asks_for(whole: Plan, routes: dict[str, list[APIRoute]]) -> None:
    adapters: dict[str, TypeAdapter[Any]] = {}
    for _, step in steps(whole):
        names = dict.fromkeys(names_in(step.path) | names_in(step.body), "0f14d0ab-9605-5a62-a9e4-5ed26688389b")
        path, body = fill(step.path, names), fill(step.body, names)
        _, service, rest = path.split("/", 2)
        [route] = list(_meeting(routes[service], step.method, f"/{rest}"))
        if route.body_field is None:
            assert body == {}, step
            continue
        if route.path_format not in adapters:
            asked: Any = route.body_field.field_info.annotation
            adapters[route.path_format] = TypeAdapter(asked)
        adapters[route.path_format].validate_json(json.dumps(body))


def _meeting(routes: list[APIRoute], method: str, path: str) -> Iterator[APIRoute]:
    for each in routes:
        if each.matches({"type": "http", "method": method, "path": path})[0] is Match.FULL:
            yield each
