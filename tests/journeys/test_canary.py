"""What is planted in a scorecard comes out nowhere before its assessment is concluded, and then where it should."""

import html
import random
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from deploy.demo.panels import panel
from deploy.demo.steps import AwaitDecision, Step
from deploy.embedded.processes import PRODUCERS, SERVICES
from tests.journeys.installation import Installation, events_of, eventually
from tests.journeys.speaking import LAN_MACHINE, NOBODY, REGIONAL_SYSTEM, Api
from tests.journeys.travelling import PEMALANG, Travel

pytestmark = pytest.mark.timeout(400)

COMMENT, SUMMARY = f"kenari-{uuid4().hex}", f"kenari-{uuid4().hex}"
SCORE = f"{random.randint(61, 88)}.{random.randint(1, 9)}{random.randint(1, 9)}"
SHOWN_SCORE = SCORE.replace(".", ",")
COORDINATOR, MEMBER = "pemalang-sri", "disdukcapil-pemalang-bagus"
CHAIRS = (COORDINATOR, "lan-ratna")
READERS = (NOBODY, REGIONAL_SYSTEM, MEMBER, COORDINATOR, "lan-ratna", LAN_MACHINE, "auditor-maria", *SERVICES)
PAGES = 60
# The past and what is behind each number show what the pages of now show; of the history the page of review is enough.
_PAST = r"|[?&](?:submission|review)=\d|/why\?|/changes|/history/submission/|/history\?.*(?:stream|actor|order)="
_ELSEWHERE = re.compile(r"static|sign-|lang|contracts|issuer|callback|/reviewers" + _PAST)
_LINK = re.compile(r'href="(/[^"#]*)"')


def test_a_scorecard_is_nowhere_before_the_conclusion_and_then_with_those_entitled(
    installation: Installation, api: Api
) -> None:
    travel = Travel(api, PEMALANG, "Kenari")
    reviewer = panel(PEMALANG.region, 3, travel.script.name)[0]
    identity = api.person(reviewer)
    planted = [COMMENT, SUMMARY, SCORE]
    sealed, since = 0, dict.fromkeys(PRODUCERS, 0)
    for act in travel.acts():
        if isinstance(act, Step) and act.path.endswith("{assessment 2}/assignments"):
            # Messages stay where they are from now on.
            installation.halt("showcase-worker", "submission-worker")
            since = {service: len(feed(api, LAN_MACHINE, service, travel.region)) for service in PRODUCERS}
        if isinstance(act, Step) and act.path.endswith("{assessment 2}/scorecard"):
            sealed += 1
            if sealed == 2:
                # One card is in, planted; the panel is not complete.
                nothing_leaves(installation, api, travel, since, [*planted, identity], reviewer)
        if isinstance(act, Step) and act.actor == reviewer and act.path.endswith("{assessment 2}/scorecard"):
            plant(act)
        if act == AwaitDecision(2):
            installation.resume("showcase-worker", "submission-worker")

    def own_feed(who: str) -> list[dict[str, Any]]:
        return feed(api, who, "review", travel.region)[since["review"] :]

    found = api.read(COORDINATOR, f"/review/assessments/{travel.assessment(2)}")
    assert leaks(str(found), planted) == planted
    page = api.get(COORDINATOR, f"/review/desk/assessments/{travel.assessment(2)}", accept="text/html").text
    assert leaks(page, [COMMENT, SUMMARY, SHOWN_SCORE]) == [COMMENT, SUMMARY, SHOWN_SCORE]
    for who in (COORDINATOR, MEMBER, "lan-ratna", "auditor-maria"):
        assert leaks(str(own_feed(who)), [*planted, identity]) == planted, who
    assert leaks(str(own_feed(NOBODY)), [*planted, identity]) == []
    eventually(travel.shown, "shown")


def plant(act: Step) -> None:
    """Put the canaries into a scorecard."""
    assert isinstance(act.body, dict)
    act.body["summary"] = SUMMARY
    for each in act.body["marks"]:
        each["comment"], each["score"] = COMMENT, SCORE


def nothing_leaves(
    installation: Installation, api: Api, travel: Travel, since: dict[str, int], planted: list[str], reviewer: str
) -> None:
    """Look for the planted in every queue, feed, page, answer and log."""
    kept = [each for service in SERVICES for each in installation.messages(service)]
    decoded = [event for message in kept for event in events_of(message)]
    assert any("assessment.scorecard-submitted" in each for each in decoded), "the card was announced, without its data"
    assert leaks(b"".join(kept).decode(), planted) == []
    assert leaks("".join(decoded), planted) == []
    for who in READERS:
        for service in PRODUCERS:
            assert leaks(str(feed(api, who, service, travel.region)[since[service] :]), planted) == [], (who, service)
        # Who sits on the panel is known to whoever put them there.
        hidden = planted[:-1] if who == COORDINATOR else planted
        for path, text in pages(api, who, travel):
            assert leaks(text, [*hidden, SHOWN_SCORE]) == [], (who, path)
    for log in installation.logs.iterdir():
        assert leaks(log.read_text(errors="replace"), [*planted, reviewer]) == [], log.name


def leaks(text: str, planted: list[str]) -> list[str]:
    """Give those of the planted that a text holds, not as part of a longer number such as a moment in a log."""
    return [each for each in planted if re.search(rf"(?<!\d){re.escape(each)}0*(?!\d)", text)]


def feed(api: Api, who: str, service: str, region: str) -> list[dict[str, Any]]:
    """Give a region's whole log as somebody reads it."""
    found: list[dict[str, Any]] = []
    while page := api.read(who, f"/{service}/events/{region}", after=len(found), limit=500):
        found += page
    return found


def pages(api: Api, who: str, travel: Travel) -> Iterator[tuple[str, str]]:
    """Give the JSON of the assessment, and the pages that one comes to by following links from where one would look."""
    ident, innovation = travel.assessment(2), travel.innovation
    for path in (
        f"/review/assessments/{ident}",
        f"/review/assessments/{ident}/dossier",
        "/review/assessments",
        f"/submission/innovations/{innovation}",
        f"/api/innovations/{innovation}",
    ):
        yield path, api.get(who, path).text
    waiting = [
        f"/review/desk/assessments/{ident}",
        f"/review/desk/assessments/{ident}/dossier",
        f"/submission/desk/innovations/{innovation}",
        f"/innovations/{innovation}",
        f"/regions/{travel.region}",
        f"/regions/{travel.region}/history?source=review",
        "/review/",
        "/submission/",
        "/",
    ]
    known = set(waiting)
    shown = 0
    while waiting and shown < PAGES:
        path = waiting.pop(0)
        response = api.get(who, path, accept="text/html")
        shown += 1
        assert response.status_code in (200, 401, 403, 404), (who, path, response.status_code)
        assert response.status_code == 200 or who not in CHAIRS, (who, path, response.status_code)
        yield path, response.text
        for link in map(html.unescape, _LINK.findall(response.text)):
            # Panels that were concluded earlier are open, and those that are not full name the whole pool.
            wanted = "/assessments/" not in link or ident in link
            near = travel.region in link or link.count("/") <= 3
            if wanted and near and link not in known and not _ELSEWHERE.search(link):
                known.add(link)
                waiting.append(link)
