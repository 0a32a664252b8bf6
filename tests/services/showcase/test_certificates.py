"""The certificate of an innovation: what it says, whom it is for, and that it fits on one sheet."""

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.services.showcase.logs import laboratory
from tests.services.showcase.site import Running
from tests.shared.web.serving import serving


def test_names_the_record_it_rests_on_and_fits_on_one_sheet(running: Running, browser: Browser) -> None:
    ids = laboratory(running.submission, running.review, "33.27", innovations=12)
    running.catch_up()
    with running.service.kernel.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT innovation_id, status, stage, displayed_on FROM showcase_v1.innovation WHERE region = '33.27'"
        ).all()
    ended = {each.innovation_id for each in rows if each.status != "active"}
    assert ended
    pages = {ident: running.page(f"/innovations/{ident}/certificate", 404 if ident in ended else 200) for ident in ids}
    running.page(f"/innovations/33.27-{'0' * 32}/certificate", 404)
    record = "http://127.0.0.1:8000/submission/check/33.27/"
    for ident in set(ids) - ended:
        steps = [each for each in running.submission.events["33.27"] if each.stream == f"innovation/{ident}"]
        moves = [each for each in steps if each.type.endswith(("proposed", "stage-advanced", "returned"))]
        shown = [each for each in steps if each.type == "innovation.displayed"]
        assert f'href="{record}{(shown or moves)[-1].position}"' in pages[ident]
        assert f'href="{record}' in running.page(f"/innovations/{ident}")
    found, sheets = {}, 0
    chosen = next(each.innovation_id for each in rows if each.status == "active" and each.stage == "deliver")
    with serving(running.app) as address:
        for width in (390, 1280):
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
            page = context.new_page()
            page.goto(f"/innovations/{chosen}/certificate")
            wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            found[width] = ([each["id"] for each in Axe().run(page).response["violations"]], wider)
            sheets = len(re.findall(rb"/Type ?/Page\b", page.pdf(prefer_css_page_size=True, print_background=True)))
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=Path(folder) / f"certificate-{width}.png", full_page=True)
                page.emulate_media(media="print")
                page.set_viewport_size({"width": 1123, "height": 794})
                page.screenshot(path=Path(folder) / f"certificate-print-{width}.png")
                page.emulate_media(media="screen")
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(f"/innovations/{chosen}")
                page.screenshot(path=Path(folder) / f"innovation-{width}.png", full_page=True)
            context.close()
    assert (found, sheets) == ({390: ([], False), 1280: ([], False)}, 1)
