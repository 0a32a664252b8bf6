"""What people write is shown as text: in a real browser, on the pages of every service, nothing of it comes alive."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.faults.hostile import LONG, TEXTS, TITLE
from tests.faults.sites import Site, problem
from tests.services.submission.laboratory import DISPLAY

# What a page of ours never holds: the texts' own elements, handlers in attributes, addresses that are programs.
ALIVE = """() => [
  window.pwned === undefined ? [] : ["it ran"],
  [...document.querySelectorAll("[id=pwned]")].map(each => each.outerHTML),
  [...document.querySelectorAll("*")].flatMap(each => [...each.attributes]).filter(
    each => /^on/i.test(each.name)
      || /href|src|action/i.test(each.name) && /^\\s*(javascript|vbscript|data:text)/i.test(each.value)
  ).map(each => each.name + "=" + each.value),
].flat()"""
SAID = """() => document.body.textContent + document.title + [...document.querySelectorAll("input, textarea")].map(
  each => each.value
).join()"""
Open = Callable[[Site, str], Page]


@pytest.fixture
def visit(sites: dict[str, Site], browser: Browser) -> Iterator[Open]:
    """Open a page of a service as somebody signed in; the policy that would stop a script is off, to see it run.

    The services come before the browser: making them needs an event loop of its own.
    """
    context = browser.new_context(bypass_csp=True)

    def opened(site: Site, path: str) -> Page:
        name, _, value = site.headers()["Cookie"].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": site.url}])
        page = context.new_page()
        answer = page.goto(site.url + path.replace("{}", site.known["hostile"]))
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        return page

    yield opened
    context.close()


def test_submission_shows_it_as_text(sites: dict[str, Site], visit: Open) -> None:
    site = sites["submission"]
    at = f"/innovations/{site.known['innovation_id']}"
    said = [
        site.send(
            "PUT",
            f"{at}/idea",
            json={
                "title": TITLE,
                "meaning": TITLE,
                "idea": LONG,
                "sector": "health",
                "initiator": "unit",
                "channel": "lab-session",
            },
        ),
        site.send("PATCH", "/units/{unit_id}", json={"name": TITLE, "short_name": TITLE[:40], "aliases": [TITLE]}),
    ]
    assert [each.status_code for each in said] == [200, 200], [each.text for each in said]
    paths = {
        "/": 0,
        "/desk/innovations": 1,
        f"/desk{at}": 2,
        f"/desk{at}/idea": 2,
        f"/desk{at}/step/next": 1,
        "/desk/innovations/{}": 2,
        "/desk/units": 1,
        f"/desk/units/{site.known['unit_id']}": 1,
        f"/desk/programmes/{site.known['programme_id']}": 1,
        f"/desk/innovations?q={quote(TITLE)}": 1,
    }
    hold(site, visit, paths)


def test_review_shows_it_as_text(sites: dict[str, Site], visit: Open) -> None:
    paths = {
        "/desk/tasks": 1,
        "/desk/assessments": 1,
        "/desk/assessments/{}": 1,
        "/desk/assessments/{}/dossier": 2,
        "/desk/assessments/{}/sheet": 2,
    }
    hold(sites["review"], visit, paths)


def test_showcase_shows_it_as_text(sites: dict[str, Site], visit: Open) -> None:
    paths = {
        "/": 1,
        "/innovations": 1,
        f"/innovations?q={quote(TITLE)}": 1,
        f"/innovations?q={quote(TEXTS[3])}&region=36.74": 0,
        "/innovations/{}": 2,
        "/regions": 0,
        "/regions/36.74": 1,
    }
    hold(sites["showcase"], visit, paths)


def hold(site: Site, visit: Open, paths: dict[str, int]) -> None:
    """Hold that nothing is alive on these pages, and that the title (1) and all the texts (2) can be read there."""
    alive, missing = {}, {}
    for path, shown in paths.items():
        page = visit(site, path)
        if found := page.evaluate(ALIVE):
            alive[path] = found
        text = page.evaluate(SAID)
        if lost := [each for each in ((), (TITLE,), (TITLE, *TEXTS))[shown] if each not in text]:
            missing[path] = lost
        page.close()
    assert (alive, missing) == ({}, {})


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "//example.id",
        "http://example.id",
        "https://a@example.id",
        "https:///NILAI",
        " https:\\\\example.id",
    ],
)
def test_an_address_that_is_none(sites: dict[str, Site], address: str) -> None:
    answer = sites["submission"].send(
        "PUT", "/innovations/{innovation_id}/display", json=DISPLAY | {"video_url": address}
    )
    assert answer.status_code == 422, answer.text
    problem(answer, planted=address)


def test_the_check_sees_what_is_alive(sites: dict[str, Site], browser: Browser) -> None:
    page = browser.new_page()
    seen = []
    for text in (TITLE, *TEXTS):
        page.goto("about:blank")
        page.set_content(f'<body><p>"{text}"</p></body>')
        seen.append(bool(page.evaluate(ALIVE)))
    page.close()
    # An address, Markdown, the inside of an attribute, entities and templates come alive elsewhere.
    assert seen == [text.startswith(("<", '"><', "'><", "</")) for text in (TITLE, *TEXTS)]
