"""A canary in a score, a comment, a recusal and a name leaves in no answer, feed, message or log line too early."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from fastapi.routing import iter_route_contexts
from httpx import Response as Answer

from services.review.domain.assessment import ASSESSMENT
from services.review.main import CATALOGUE
from shared.auth import Actor
from shared.envelope import Clearance
from shared.service import Service
from tests.services.review.desk import ANN, AUDITOR, BEN, CAT, DAN, EVERYBODY, LAN, UNIT, Desk

Told = Callable[[str], list[str]]

COMMENT = "kenari-komentar"
SCORE = "83.19"
RECUSAL = "kenari-benturan"
GATE = "?region=36.74&programme=36.74-2020&gate=deliver"
QUERIES = {
    "/assessments": ("?limit=500", "?limit=500&q=spread>0", "?limit=500&q=score>0"),
    "/events/{region}": ("?after=0&limit=500",),
    "/desk/assessments": ("", "?q=spread>0", "?q=score>0", "?sort=-spread", "?sort=score"),
    "/analysis": (GATE, GATE + "&round=2"),
    "/desk/analysis": ("", "?region=36.74", GATE),
    "/desk/presentations": ("?region=36.74", GATE),
    "/desk/panels": ("?region=36.74", "?assessment={assessment}"),
}
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
RESOLUTION = {"slot": "R1", "reason": "Pengaduan nomor 7."}


def answers(desk: Desk, actor: Actor | None) -> Iterator[str]:
    """Give everything that review answers this person about the assessment, in both languages."""
    browser = desk.browser(actor)
    for path in readable(desk):
        usual = "text/html" if path == "/" or path.startswith("/desk") else "application/json"
        for accept in sorted({"application/json", "text/html"}, key=lambda each: each != usual):
            answer = browser.request("get", path, headers={"Accept": accept})
            assert answer.status_code < 500, path
            text = text_of(answer)
            if path == "/metrics":
                # The process's own figures come to be every number.
                text = re.sub(r"^(?:process|python|labinov_\w*seconds).*$", "", text, flags=re.MULTILINE)
            yield f"{path}\n{answer.headers}\n{text}"
            # What is answered is the same in either language of machines and people; how it is refused is not.
            if answer.status_code < 400:
                break


def readable(desk: Desk) -> list[str]:
    """Give every address that can be read, those that a later issue adds as well, about this assessment."""
    known = {
        "assessment_id": desk.assessment,
        "ident": desk.assessment,
        "rubric_id": "00-results-review",
        "region": "36.74",
        "slot": "R1",
        "person": str(ANN.person),
    }
    found = []
    for route in iter_route_contexts(list(desk.app.routes)):
        address = route.path or ""
        if "GET" not in (getattr(route, "methods", None) or ()) or "sign" in address or "callback" in address:
            continue
        path = _PARAMETER.sub(lambda named: known.get(named.group(1), str(UUID(int=7))), address)
        queries = QUERIES.get(address, ("",))
        found += [path + query.replace("{assessment}", desk.assessment) for query in queries]
    assert {path.partition("?")[0] for path in found} > {
        "/assessments",
        "/metrics",
        f"/desk/assessments/{desk.assessment}",
    }
    return found


def text_of(answer: Answer) -> str:
    """Give all the text in an answer, that of a workbook unpacked."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with ZipFile(BytesIO(answer.content)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))


def leaks(desk: Desk, actor: Actor | None, *secrets: str) -> list[tuple[str, str]]:
    """Give where a secret stands in an answer to this person."""
    return found_in(answers(desk, actor), *secrets)


def found_in(texts: Iterable[str], *secrets: str) -> list[tuple[str, str]]:
    """Give where a secret stands, by the address in the text's first line; whoever asks by it knows it already."""
    said = [(text.partition("\n")[0], text) for text in texts]
    return [(asked, secret) for asked, text in said for secret in secrets if secret in text and secret not in asked]


def events_of(desk: Desk) -> list[Any]:
    """Give the assessment's events as the log holds them."""
    return desk.review.kernel.log.stream("36.74", ASSESSMENT.stream(desk.assessment))


@pytest.fixture(scope="module")
def looked_at(review: Service) -> Desk:
    """One that is half done for those who only look."""
    return begin(Desk(review))


@pytest.fixture(scope="module")
def told(looked_at: Desk) -> Told:
    """All that it tells somebody, asked once for each."""
    return cache(lambda who: list(answers(looked_at, EVERYBODY[who])))


@pytest.fixture(scope="module")
def told_of_complete(review: Service) -> Told:
    """All that a complete panel tells somebody, asked once for each."""
    desk = begin(Desk(review)).scored(BEN, score="70")
    return cache(lambda who: list(answers(desk, EVERYBODY[who])))


@pytest.fixture
def half_done(desk: Desk) -> Desk:
    """One of a test's own that is half done."""
    return begin(desk)


def begin(desk: Desk) -> Desk:
    """One of three has scored, one has recused, one is still at it."""
    desk.ready().assigned(CAT).scored(ANN, score=SCORE, comment=COMMENT)
    desk.does(CAT, "declaration", {"conflict": True, "kind": "other", "reason": RECUSAL})
    return desk


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != "ann"])
def test_nobody_else_reads_a_score_or_comment_while_the_panel_works(told: Told, who: str) -> None:
    assert found_in(told(who), COMMENT, SCORE) == []


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who not in ("chair", "cat")])
def test_nobody_else_reads_a_recusal_while_the_panel_works(told: Told, who: str) -> None:
    assert found_in(told(who), RECUSAL) == []


def test_the_crawl_sees_what_there_is_to_see(told: Told) -> None:
    assert [bool(found_in(told(who), COMMENT)) for who in ("ann", "ben")] == [True, False]


def test_another_chair_s_list_of_the_pool_treats_those_on_the_panel_like_everybody(looked_at: Desk) -> None:
    looked_at.pooled(DAN)
    path = f"/desk/assessments/{looked_at.assessment}"
    shown = looked_at.browser(LAN).request("get", path, headers={"Accept": "text/html"}).text
    choices = {each: f'name="reviewers" value="{each.person}"' in shown for each in (ANN, BEN, CAT, DAN)}
    assert choices == dict.fromkeys((ANN, BEN, CAT, DAN), True)
    assert [shown.count(str(each.name)) for each in (ANN, BEN, CAT, DAN)] == [1, 1, 1, 1]


@pytest.mark.parametrize("who", ["unit", "auditor", "machine", "ben", "other chair", "nobody"])
def test_nobody_but_the_assigning_chair_learns_who_sits_on_the_panel(told: Told, who: str) -> None:
    actor = EVERYBODY[who]
    hidden = [each for each in (ANN, CAT) if each is not actor]
    names = [text for each in hidden for text in (each.person, str(each.name))]
    # The pool is known to those who assign; that somebody is in it does not say where they sit.
    known = {"/reviewers", "/desk/reviewers"}
    assert [found for found in found_in(told(who), *names) if found[0] not in known] == []


@pytest.mark.parametrize("who", ["unit", "auditor", "machine", "ben", "other chair", "dan", "nobody"])
def test_a_complete_panel_opens_to_chairs_only(told_of_complete: Told, who: str) -> None:
    assert found_in(told_of_complete(who), COMMENT, SCORE) == []
    assert [bool(found_in(told_of_complete(chair), COMMENT)) for chair in ("lan", "chair")] == [True, True]


def test_the_conclusion_opens_scores_and_keeps_identities(half_done: Desk) -> None:
    half_done.scored(BEN, score="70").concluded()
    assert leaks(half_done, UNIT, COMMENT) != []
    secrets = (ANN.person, str(ANN.name), RECUSAL)
    assert [leaks(half_done, actor, *secrets) for actor in (UNIT, AUDITOR)] == [[], []]
    half_done.sends(UNIT, "post", f"/assessments/{half_done.assessment}/resolutions", RESOLUTION, 403)
    half_done.sends(AUDITOR, "post", f"/assessments/{half_done.assessment}/resolutions", RESOLUTION, 200)
    seats = half_done.looks(AUDITOR)["seats"]
    assert [seat["person"] for seat in seats] == [ANN.person, None, None]
    assert [seat["person"] for seat in half_done.looks(UNIT)["seats"]] == [None] * 3
    assert events_of(half_done)[-1].type == "assessment.reviewer-resolved"
    assert half_done.looks(UNIT)["seats"][0]["marks"][0]["comment"] == COMMENT


@pytest.mark.parametrize("clearance", [each for each in Clearance if each is not Clearance.OWNER])
def test_no_message_or_feed_holds_what_is_sealed(half_done: Desk, clearance: Clearance) -> None:
    half_done.scored(BEN, score="70")
    secrets = (COMMENT, SCORE, RECUSAL, ANN.person, BEN.person, CAT.person)
    rendered = [CATALOGUE.render(each, clearance, opened=False).decode() for each in events_of(half_done)]
    assert [secret for secret in secrets for text in rendered if secret in text] == []
    assert len(rendered) == 10


def test_the_envelope_of_the_panel_s_completion_names_nobody(half_done: Desk) -> None:
    half_done.scored(BEN)
    actors = [json.loads(each.leaf)["actor"] for each in events_of(half_done)]
    assert actors == ["review", "chair", "chair", "R1", "R2", "chair", "R1", "R3", "R2", "panel"]


def test_no_log_line_holds_what_is_sealed(half_done: Desk, caplog: Any, capfd: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        half_done.scored(BEN, score="60", comment="kenari-log")
        half_done.does(BEN, "scorecard", {"marks": [], "summary": "kenari-log"}, 409)
        half_done.does(BEN, "scorecard", {"marks": "kenari-log"}, 422)
    out, err = capfd.readouterr()
    assert [text for text in (caplog.text, out, err) if "kenari-log" in text] == []
