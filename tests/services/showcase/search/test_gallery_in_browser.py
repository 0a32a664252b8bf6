"""The gallery on a phone by the keyboard alone: narrowing down, suggestions, a list that grows and keeps its place."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from services.submission.domain.vocabulary import Sector
from tests.services.showcase.search.world import record
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving


def test_a_phone_and_a_keyboard_are_enough(running: Running, browser: Browser) -> None:
    record(running.submission, Sector.HEALTH)
    running.catch_up()
    with serving(running.app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto("/innovations?sector=health&lang=en")
        page.locator(".facets > summary").focus()
        page.keyboard.press("Enter")
        page.locator("#f-q").focus()
        # At once: after a pause between two letters a second answer would take back what was chosen of the first.
        page.keyboard.insert_text("brex")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        violations = [each["id"] for each in Axe().run(page).response["violations"]]
        wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert (violations, wider) == ([], False)
        assert page.locator("#f-q").get_attribute("aria-activedescendant") == "suggestion-0"
        assert page.get_by_role("option").first.inner_text() == "Brexit\nKota Malang"
        page.keyboard.press("Escape")
        page.locator(".facet a[href*='stage=drum-up']").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/innovations?sector=health&stage=drum-up")
        # The list grows in its place, and coming back from an innovation leads to where it was left.
        page.get_by_role("button", name="Show more").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**shown=48*")
        last = page.locator("#found .card__title a").nth(47)
        title = last.inner_text()
        last.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/innovations/*-*")
        page.go_back()
        page.wait_for_url("**shown=48*")
        assert page.locator("#found .card__title a").nth(47).inner_text() == title
        context.close()
