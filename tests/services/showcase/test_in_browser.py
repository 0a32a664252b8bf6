"""The pages in a real browser: nothing wider than a phone, nothing that axe finds, the keyboard alone is enough."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.services.showcase.logs import laboratory
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving


def test_what_stands_there_usually_and_what_is_empty_on_a_phone_and_a_desk(running: Running, browser: Browser) -> None:
    ids = laboratory(running.submission, running.review, "36.74", innovations=30)
    running.catch_up()
    shown = [ident for ident in ids if "Ringkasan" in running.page(f"/innovations/{ident}")]
    paths = {
        360: ("/", f"/innovations/{shown[0]}", "/regions/36.74", "/regions/00.00"),
        1280: ("/innovations?q=zzzz",),
    }
    found = {}
    with serving(running.app) as address:
        for width, visited in paths.items():
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
            page = context.new_page()
            for path in visited:
                page.goto(path)
                violations = [each["id"] for each in Axe().run(page).response["violations"]]
                wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                found[width, path] = (violations, wider)
            context.close()
    assert found == {(width, path): ([], False) for width, visited in paths.items() for path in visited}


def test_an_innovation_is_found_by_the_keyboard_alone(running: Running, browser: Browser) -> None:
    with serving(running.app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto("/")
        page.get_by_role("searchbox").focus()
        page.keyboard.type("dokumen kependudukan")
        page.keyboard.press("Enter")
        page.wait_for_url("**/innovations?q=*")
        page.get_by_role("link", name="Inovasi 30", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/innovations/36.74-*")
        title = page.get_by_role("heading", level=1).inner_text()
        context.close()
    assert title == "Inovasi 30"
