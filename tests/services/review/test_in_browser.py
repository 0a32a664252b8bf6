"""A reviewer's day in a real browser, by the keyboard alone, on a phone and at a desk; axe looks at each page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from services.review.main import service
from shared.auth import Actor
from tests.services.review.desk import ANN, BEN, CAT, DAN, Desk, proposed, submitted
from tests.services.submission.signed_in import Running
from tests.support import Servers, make_settings

PHONE, WIDE = 390, 1280


@pytest.fixture(scope="module")
def site(servers: Servers) -> Iterator[Running]:
    """The service without a gateway before it."""
    database = servers.database("review")
    settings = make_settings(
        servers, database, "review", producers={"submission": "http://127.0.0.1:9"}, subscribers=(), root_path=""
    )
    made = service(settings)
    made.migrate()
    with Running(made) as running:
        yield running


@pytest.fixture(scope="module")
def panels(site: Running) -> dict[str, tuple[Desk, Desk]]:
    """For each reviewer the panel that lacks only them, opened last, and one that lacks another as well."""
    found = {}
    for reviewer in (ANN, BEN, DAN):
        less, needed = Desk(site.service), Desk(site.service)
        less.arrives(proposed(less.innovation, "Kartu Kilat"), submitted(less.innovation))
        needed.arrives(proposed(needed.innovation), submitted(needed.innovation, rubric_id="00-design-review"))
        for each in (less, needed):
            each.pooled(reviewer, CAT).assigned(reviewer, CAT).cleared(CAT)
        found[reviewer.person] = (needed, less)
    # Asked only now: while a browser runs no test can start an event loop of its own.
    for needed, less in found.values():
        criteria = needed.gets(CAT, "/rubrics/00-design-review").json()["criteria"]
        marks = [{"criterion_id": each["criterion_id"], "score": "2", "comment": ""} for each in criteria]
        needed.does(CAT, "scorecard", {"marks": marks, "summary": ""})
        less.looks(CAT)
    return found


def opened(browser: Browser, site: Running, actor: Actor, *, width: int, scripts: bool = True) -> Page:
    """Give a page of a browser in which the actor is signed in and reads English."""
    context = browser.new_context(
        base_url=site.url, viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    name, value = site.session(actor)
    context.add_cookies(
        [{"name": name, "value": value, "url": site.url}, {"name": "labinov_lang", "value": "en", "url": site.url}]
    )
    return context.new_page()


def looks_well(page: Page) -> None:
    """Say what axe finds on this page, and whether it is wider than the screen."""
    wrong = [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wrong.append(("wider than the screen", page.url))
    assert wrong == [], page.url


def reach(page: Page, selector: str) -> None:
    """Go on by the tab key until what the selector names has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def state(page: Page) -> str:
    """Name the line that says whether the draft is saved."""
    return page.locator("[data-save-state]").inner_text()


@pytest.mark.parametrize(("reviewer", "width"), [(ANN, PHONE), (BEN, WIDE)], ids=["phone", "desk"])
def test_a_reviewer_s_day_by_the_keyboard_alone(
    site: Running, panels: dict[str, tuple[Desk, Desk]], browser: Browser, reviewer: Actor, width: int
) -> None:
    needed, less = panels[reviewer.person]
    page = opened(browser, site, reviewer, width=width)
    saved = page.locator("[data-save-state]")
    page.goto("/desk/tasks")
    looks_well(page)
    assert page.locator("#to_declare .card__title").all_inner_texts() == ["Lapor Lurah", "Kartu Kilat"]

    reach(page, "#to_declare a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{needed.assessment}")
    looks_well(page)
    reach(page, "input[name=conflict]")
    page.keyboard.press("Space")
    reach(page, "#declaration button.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sheet")
    looks_well(page)

    page.keyboard.press("Alt+ArrowDown")
    looks_well(page)
    for _ in range(5):
        page.keyboard.press("3")
        page.keyboard.press("j")
    expect(page.locator("[data-scored]")).to_have_text("5 of 11 scored")
    expect(saved).to_contain_text("Saved at")

    page.context.set_offline(offline=True)
    for _ in range(6):
        page.keyboard.press("2")
        page.keyboard.press("j")
    reach(page, "textarea[name=summary]")
    page.keyboard.type("Jujur dan jelas.")
    expect(saved).to_have_text("No connection: kept on this device")
    page.close()
    page = page.context.new_page()
    page.context.set_offline(offline=False)
    saved = page.locator("[data-save-state]")
    page.goto(f"/desk/assessments/{needed.assessment}/sheet#sheet")
    expect(page.locator("textarea[name=summary]")).to_have_value("Jujur dan jelas.")
    expect(saved).to_contain_text("Saved at")
    expect(page.locator("[data-scored]")).to_have_text("11 of 11 scored")
    total = page.locator("[data-total]").inner_text().removeprefix("Total ")

    reach(page, "textarea[name=note]")
    page.keyboard.type("Tanyakan anggarannya. jk 123")
    expect(saved).to_contain_text("Saved at")
    reach(page, "button[value=hand-in]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    looks_well(page)
    assert page.locator(".facts dd").first.inner_text() == total
    assert page.evaluate("localStorage.length") == 0

    reach(page, "aside .button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{less.assessment}")
    reach(page, "input[name=conflict]")
    page.keyboard.press("Space")
    reach(page, "#declaration button.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sheet")
    page.keyboard.press("Alt+ArrowDown")
    for points in ("80", "62.5", "71", "90"):
        page.keyboard.type(points)
        page.keyboard.press("Enter")
        page.keyboard.type("Jelas, 1 2 3 jk.")
        page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-total]")).to_have_text("Total 75.83")
    looks_well(page)
    reach(page, "button[value=hand-in]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    assert page.locator(".facts dd").first.inner_text() == "75.83"

    # The panel still lacks another: the scorecard may be replaced, and opens with what it says.
    page.goto(f"/desk/assessments/{less.assessment}/sheet")
    looks_well(page)
    assert page.locator("input[type=number]").first.input_value() == "80"
    page.goto("/desk/tasks")
    looks_well(page)
    assert page.locator("#handed_in .card__title").all_inner_texts() == ["Kartu Kilat"]
    page.context.close()


def test_an_older_window_does_not_overwrite_a_newer_one_and_its_copy_is_offered(
    site: Running, panels: dict[str, tuple[Desk, Desk]], browser: Browser
) -> None:
    _, less = panels[DAN.person]
    path = f"/desk/assessments/{less.assessment}"
    page = opened(browser, site, DAN, width=WIDE)
    page.goto(path)
    page.locator("input[value=none]").check()
    page.locator("#declaration button.button").click()
    page.wait_for_url("**/sheet")
    newer = page.context.new_page()
    newer.goto(f"{path}/sheet")
    newer.locator("textarea[name=summary]").fill("Yang baru.")
    expect(newer.locator("[data-save-state]")).to_contain_text("Saved at")
    page.locator("textarea[name=summary]").fill("Yang lama.")
    expect(page.locator("[data-save-state]")).to_contain_text("A newer draft was saved")
    page.reload()
    assert page.locator("textarea[name=summary]").input_value() == "Yang baru."
    looks_well(page)
    page.get_by_role("button", name="Use the copy of this device").click()
    expect(page.locator("[data-save-state]")).to_contain_text("Saved at")
    page.reload()
    assert page.locator("textarea[name=summary]").input_value() == "Yang lama."
    page.context.close()


def test_without_a_script_the_same_form_saves_and_reckons(
    site: Running, panels: dict[str, tuple[Desk, Desk]], browser: Browser
) -> None:
    needed, _ = panels[DAN.person]
    path = f"/desk/assessments/{needed.assessment}"
    page = opened(browser, site, DAN, width=PHONE, scripts=False)
    page.goto(path)
    page.locator("input[value=none]").check()
    page.locator("#declaration button.button").click()
    page.locator("textarea[name=note]").fill("Catatan saya.")
    page.locator("button[value=draft]").click()
    assert page.locator("textarea[name=note]").input_value() == "Catatan saya."
    page.locator("button[value=reckon]").click()
    expect(page.locator(".error-summary li")).to_have_count(11)
    assert page.locator("textarea[name=note]").input_value() == "Catatan saya."
    page.context.close()
