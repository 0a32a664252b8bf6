"""The pages in a real browser: nothing wider than a phone, nothing that axe finds, the keyboard alone is enough."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from services.submission.main import service
from shared.auth import Actor
from tests.services.submission.in_use import innovation_in_use
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, Laboratory, ok
from tests.services.submission.signed_in import Running, coordinator, lan, member
from tests.support import Servers, make_settings

REGION = "36.74"


@pytest.fixture(scope="module")
def site(servers: Servers) -> Iterator[Running]:
    """The service without a gateway before it."""
    database = servers.database("submission")
    settings = make_settings(servers, database, "submission", producers={"review": "http://127.0.0.1:9"}, root_path="")
    made = service(settings)
    made.migrate()
    with Running(made) as running:
        yield running


@pytest.fixture(scope="module")
def laboratory(site: Running) -> Laboratory:
    return Laboratory(site, REGION)


def opened(browser: Browser, site: Running, actor: Actor | None, *, width: int, scripts: bool = True) -> Page:
    """Give a page of a browser in which the actor is signed in, or nobody."""
    context = browser.new_context(
        base_url=site.url, viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    if actor is not None:
        name, value = site.session(actor)
        context.add_cookies([{"name": name, "value": value, "url": site.url}])
    return context.new_page()


def test_every_kind_of_page_on_a_phone_and_a_desk(site: Running, laboratory: Laboratory, browser: Browser) -> None:
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": []}))
    ident = laboratory.propose(title="Layanan " * 20)
    for method, path, body in (
        ("POST", "stage", {"on": "2020-03-05"}),
        ("PUT", "diagnosis", DIAGNOSIS),
        ("POST", "stage", {"on": "2020-03-20"}),
        ("PUT", "design", DESIGN),
        ("POST", "stage", {"on": "2020-04-10"}),
        ("POST", "launch", {"launched_on": "2020-06-01"}),
    ):
        ok(laboratory.member.send(method, f"/innovations/{ident}/{path}", body))
    fresh = laboratory.propose(title="Kartu Kilat")
    festival = {"region": REGION, "edition": "2020", "title": "Festival", "starts_on": "2020-12-20"}
    ok(laboratory.coordinator.post("/festivals", festival | {"ends_on": "2020-12-21"}))
    ok(laboratory.coordinator.put(f"/festivals/{REGION}-2020/innovations", {"innovation_ids": [ident]}))
    complaint = {"innovation_id": ident, "kind": "complaint", "text": "Antrean " * 40}
    said = ok(site.as_(None).post("/feedback", complaint))["id"]
    at, programme = f"/desk/innovations/{ident}", f"/desk/programmes/{laboratory.programme}"
    visits: list[tuple[Actor, int, list[str]]] = [
        (
            member(laboratory.unit),
            360,
            [
                "/",
                "/desk/innovations/new",
                at,
                f"{at}/delivery",
                f"/desk/innovations/{fresh}/design",
                f"/desk/innovations/{fresh}/step/next",
            ],
        ),
        (
            coordinator(REGION),
            360,
            [
                "/",
                programme,
                f"{programme}/gates",
                "/desk/units",
                f"{at}/step/return",
                f"/innovations/{ident}/feedback",
                "/desk/feedback",
                f"/desk/feedback/{said}",
                f"/desk/festivals/{REGION}-2020/innovations",
            ],
        ),
        (lan(), 1280, ["/desk/innovations", at]),
    ]
    found = []
    for actor, width, paths in visits:
        page = opened(browser, site, actor, width=width)
        for path in paths:
            page.goto(path)
            wrong = [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(("wider than the screen", path))
            if wrong:
                found.append((path, width, wrong))
        page.context.close()
    assert found == []


def reach(page: Page, name: str) -> None:
    """Go on by the tab key until the field with this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('name')") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_an_innovation_is_put_forward_by_the_keyboard_alone(
    site: Running, laboratory: Laboratory, browser: Browser, scripts: str
) -> None:
    page = opened(browser, site, member(laboratory.unit), width=390, scripts=scripts == "on")
    page.goto("/desk/innovations/new")
    title = f"Papan Ketik {scripts}"
    reach(page, "title")
    page.keyboard.type(title)
    for name, choice in (("sector", "Kesehatan"), ("initiator", "Perangkat"), ("channel", "Lomba")):
        reach(page, name)
        page.keyboard.type(choice)
    reach(page, "adapted_from")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/innovations/36.74-*")
    assert page.locator("h1").inner_text() == title
    page.context.close()


def test_a_citizen_says_something_by_the_keyboard_alone_and_takes_it_back(site: Running, browser: Browser) -> None:
    innovation = innovation_in_use(site.kernel, "32.71")
    page = opened(browser, site, None, width=390, scripts=False)
    page.goto(f"/innovations/{innovation}/feedback?kind=confirmation")
    stars = page.locator('select[name="stars"]')
    page.locator('input[name="kind"]:checked').focus()
    page.keyboard.press("ArrowDown")
    expect(stars).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(stars).to_be_hidden()
    reach(page, "text")
    page.keyboard.type("Antreannya dua jam.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Antreannya dua jam.")
    back = page.locator('form[action$="/withdraw"] button')
    back.focus()
    page.keyboard.press("Enter")
    expect(back).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("Antreannya dua jam.")
    page.context.close()
