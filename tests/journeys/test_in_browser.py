"""The whole journey at the pages: each person signs in and does their part with the keyboard, reviewers on phones."""

import pytest
from playwright.sync_api import Browser

from tests.faults.checks import everything_holds
from tests.journeys.browsing import DESKTOP, PHONE, BrowserTravel
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import Api
from tests.journeys.travelling import SOUTH_TANGERANG

pytestmark = pytest.mark.timeout(600)


def test_an_innovation_goes_from_idea_to_display_at_the_pages(
    installation: Installation, api: Api, browser: Browser
) -> None:
    travel = BrowserTravel(api, SOUTH_TANGERANG, "Dengan Peramban", browser)
    try:
        travel.go()
        eventually(travel.shown, "shown")
        for who, paths in (
            ("lan-ratna", ["/submission/desk/programmes", "/review/desk/regions", "/review/desk/reviewers"]),
            ("auditor-maria", [f"/review/desk/assessments/{travel.assessment(2)}"]),
        ):
            for path in paths:
                travel.person(who).look(path)
        public = travel.person("auditor-maria").page
        public.goto(f"/innovations/{travel.innovation}")
        assert public.locator("h1").inner_text() == travel.title
    finally:
        travel.close()
    widths = {each.rpartition(" ")[2] for each in travel.checked}
    assert widths == {str(DESKTOP), str(PHONE)}
    everything_holds(installation, api)
