"""The pages of documents and rows in a real browser: on a phone, with nothing that axe finds, told when it is done."""

import hashlib
from datetime import UTC, datetime

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from services.showcase.documents import store
from tests.services.showcase.documents.editions import edition, maker_of, rows
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving


def faults(page: Page) -> tuple[list[str], bool]:
    """Give what axe finds, and whether the page is wider than the phone."""
    found = [each["id"] for each in Axe().run(page).response["violations"]]
    return found, page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_a_document_is_asked_for_seen_being_made_and_found_done(running: Running, browser: Browser) -> None:
    programme_id = edition(running, "36.74", innovations=4)
    engine = running.service.kernel.engine
    seen = {}
    with serving(running.app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(f"/documents?programme={programme_id}")
        page.locator("form:has([value=xlsx]) button").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**&submission=*")
        with engine.begin() as connection:
            taken = store.take(connection, datetime.now(UTC))
            assert taken is not None
            store.progress(connection, datetime.now(UTC), taken.document_id, 42, 100)
        page.wait_for_selector("progress[value='42']")
        seen["being made"] = faults(page)
        file = maker_of(running).make(taken, lambda _done, _total: None)
        with engine.begin() as connection:
            store.finish(connection, datetime.now(UTC), taken.document_id, file, hashlib.sha256(file).hexdigest())
        page.wait_for_selector(".fingerprint")
        assert page.locator("[data-said]").inner_text() != ""
        with page.expect_download() as download:
            page.locator("a[download]").click()
        assert download.value.path().read_bytes() == file
        page.goto("/exports?region=36.74")
        page.locator("td summary").first.click()
        seen["rows"] = faults(page)
        context.close()
    assert [row.state for row in rows(running, programme_id)] == ["done"]
    assert seen == dict.fromkeys(("being made", "rows"), ([], False))
