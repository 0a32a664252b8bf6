"""Every page that a visitor can come to: nothing that axe finds, nothing wider than the screen, on each of them.

The pages are full of hostile texts, which are longer and stranger than what people write. Of the three widths each
page gets one, the next page another; all three with LABINOV_LONG=1.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.services.showcase.hostile import record
from tests.services.showcase.site import Running
from tests.services.showcase.test_attacks import REGION, routed
from tests.shared.web.serving import serving

WIDTHS = (390, 768, 1440)
LONG = os.environ.get("LABINOV_LONG") == "1"


# What the tab key should come to, numbered: of radio buttons one of a group.
_NUMBERED = """
() => {
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const groups = new Set(), wanted = [];
  for (const each of all) {
    const seen = each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length;
    if (!seen || each.disabled || each.tabIndex < 0 || each.type === "hidden") continue;
    if (each.type === "radio") {
      if (groups.has(each.name)) continue;
      groups.add(each.name);
    }
    wanted.push(each);
  }
  wanted.forEach((each, number) => { each.dataset.wanted = each.type === "radio" ? each.name : number; });
  return wanted.map(each => [each.dataset.wanted, each.outerHTML.slice(0, 120)]);
}
"""
# What has the focus, and whether one sees that it has.
_FOCUSED = """
() => {
  const each = document.activeElement;
  // Of a card that is a link as a whole the ring is around the card.
  const outlined = [null, "::after"].some(part => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each, part);
    return outlineStyle !== "none" && outlineWidth !== "0px";
  });
  return [each.type === "radio" ? each.name : each.dataset.wanted ?? "", outlined, each.outerHTML.slice(0, 120)];
}
"""


@pytest.fixture(scope="module")
def paths(running: Running) -> list[str]:
    """One address of every page."""
    shown = record(running.submission, running.review, REGION)
    running.catch_up()
    running.copy()
    answers = {path: running.client.get(path, headers={"Accept": "text/html"}) for path in routed(running, shown[:1])}
    found = [
        path
        for path, answer in answers.items()
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    ]
    assert len(found) > 15
    return found


@contextmanager
def opened(browser: Browser, address: str, width: int) -> Iterator[Page]:
    """Give a page of a browser as wide as this."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
    yield context.new_page()
    context.close()


def test_every_page_is_for_everybody_on_every_screen(running: Running, paths: list[str], browser: Browser) -> None:
    found = {}
    with serving(running.app) as address:
        for turn, width in enumerate(WIDTHS):
            with opened(browser, address, width) as page:
                for path in paths if LONG else paths[turn :: len(WIDTHS)]:
                    page.goto(path)
                    violations = Axe().run(page).response["violations"]
                    found[width, path] = [(each["id"], each["nodes"][0]["html"][:200]) for each in violations]
                    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                        found[width, path].append(("wider than the screen", ""))
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_the_tab_key_comes_to_everything_and_one_sees_where_it_is(
    running: Running, paths: list[str], browser: Browser
) -> None:
    wrong = {}
    with serving(running.app) as address, opened(browser, address, WIDTHS[-1]) as page:
        for path in paths if LONG else paths[:: len(paths) // 3]:
            page.goto(path)
            wanted = dict(page.evaluate(_NUMBERED))
            seen: dict[str, str] = {}
            before = None
            for _ in range(2 * len(wanted) + 20):
                page.keyboard.press("Tab")
                number, outlined, html = page.evaluate(_FOCUSED)
                # The parts of a date are one field.
                if (number in seen and number != before) or html.startswith("<body"):
                    break
                before = number
                seen[number] = "" if outlined else seen.get(number, html)
            unseen = [html for html in seen.values() if html]
            missed = [html for number, html in wanted.items() if number not in seen]
            if missed or unseen:
                wrong[path] = (missed, unseen)
    assert wrong == {}
