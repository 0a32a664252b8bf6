"""The chair's pages in a real browser: nothing wider than a phone or a desk, nothing that axe finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from services.review.main import service
from shared.auth import Actor
from tests.services.review.desk import AUDITOR, BEN, CHAIR, Desk, scorecard
from tests.services.review.test_chair_pages import GATE, at_gate, further
from tests.services.submission.signed_in import Running
from tests.support import Servers, make_settings


@dataclass
class Gate:
    """A gate with panels at every point of their work."""

    site: Running
    moderated: Desk
    rounds: Desk
    ended: Desk
    query: str


@pytest.fixture(scope="module")
def gate(servers: Servers) -> Iterator[Gate]:
    """One in moderation, one with a further round, one concluded; made before a browser holds the event loop."""
    settings = make_settings(
        servers,
        servers.database("review"),
        "review",
        producers={"submission": "http://127.0.0.1:9"},
        subscribers=(),
        root_path="",
    )
    made = service(settings)
    made.migrate()
    programme = f"36.74-{uuid4().hex[:8]}"
    with Running(made) as site:
        scores = [("70", "75", "80"), ("60", "66", "70"), ("55", "88", "90"), ("90", "85", "95"), ("72", "76", "79")]
        desks = at_gate(made, programme, *scores)
        desks[2].does(CHAIR, "remarks", {"text": "R1 jauh di bawah yang lain. Mengapa?"})
        desks[2].does(BEN, "revisions", {**scorecard("82"), "reason": "Lampiran 3 belum saya baca."})
        further(desks[0])
        further(desks[1])
        body = {"starts_at": "2031-01-31T02:00:00Z", "place": "Aula Bappeda"}
        desks[1].sends(CHAIR, "put", f"/assessments/{desks[1].assessment}/presentation", body, 200)
        desks[3].concluded()
        yield Gate(site, desks[2], desks[0], desks[3], GATE.format(programme))


def test_the_chair_s_pages_fit_a_phone_and_a_desk(gate: Gate, browser: Browser) -> None:
    visits: list[tuple[Actor, str]] = [
        (CHAIR, f"/desk/analysis?{gate.query}"),
        (CHAIR, f"/desk/presentations?{gate.query}"),
        (CHAIR, f"/desk/assessments/{gate.moderated.assessment}"),
        (CHAIR, f"/desk/assessments/{gate.rounds.assessment}"),
        (AUDITOR, f"/desk/assessments/{gate.ended.assessment}"),
    ]
    found = []
    for actor, path in visits:
        context = browser.new_context(base_url=gate.site.url, viewport={"width": 390, "height": 800})
        name, value = gate.site.session(actor)
        context.add_cookies([{"name": name, "value": value, "url": gate.site.url}])
        page = context.new_page()
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
        found += [(path, each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]]
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append((path, "wider than the screen", str(width)))
        context.close()
    assert found == []
