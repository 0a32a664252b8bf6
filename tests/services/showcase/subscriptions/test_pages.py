"""The pages of webhooks: what they show to whom, and in a real browser on a phone and at a desk."""

import re
from uuid import uuid4

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from shared.auth import Actor, Role
from tests.services.showcase.subscriptions.hub import coordinator
from tests.services.showcase.subscriptions.program import OTHER, PEMALANG, REGION, TANGSEL, Program
from tests.services.showcase.subscriptions.receiver import closed_port
from tests.shared.web.serving import serving
from tests.support import counting, session_of

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


def test_a_subscription_is_added_by_a_form_and_its_secret_shown_once(program: Program) -> None:
    fields = {"url": program.receiver.url("/form"), "regions": REGION, "start": "beginning", "_key": str(uuid4())}
    first, again = (program.form(TANGSEL, "/desk/webhooks", fields, 200) for _ in range(2))
    (secret,) = set(SECRET.findall(first.text))
    # The browser's "send again" is the same request.
    assert SECRET.findall(again.text) == [secret]
    ident = re.search(r"/desk/webhooks/(36\.74-[0-9a-f]{32})", first.text)
    assert ident is not None
    at = f"/desk/webhooks/{ident[1]}"
    program.delivers({"id": ident[1]})
    sent = program.form(TANGSEL, f"{at}/test", {}).headers["location"]
    shown = program.page(TANGSEL, sent)
    assert ("The receiver took it." in shown, "labinov.test" in shown, "webhook-signature" in shown) == (True,) * 3
    pages = [program.page(TANGSEL, path) for path in ("/desk/webhooks", at, f"{at}/edit", f"{at}/deliveries", sent)]
    assert [SECRET.findall(each) for each in pages] == [[]] * 5
    turned = program.form(TANGSEL, f"{at}/secret", {}, 200)
    assert len(set(SECRET.findall(turned.text)) - {secret}) == 1


def test_a_form_that_is_refused_keeps_what_was_filled_in(program: Program) -> None:
    fields = {"url": "https://127.0.0.2/x", "regions": REGION, "description": "Sistem A", "types": ["unit.registered"]}
    shown = program.form(TANGSEL, "/desk/webhooks", fields, 422).text
    assert "Events do not go to this address" in shown
    assert ('value="https://127.0.0.2/x"' in shown, 'value="Sistem A"' in shown) == (True, True)
    assert re.findall(r'name="types" value="([^"]+)" checked', shown) == ["unit.registered"]
    wrong = {"url": program.receiver.url("/x"), "regions": [REGION, OTHER], "start": "position", "start_review": "x"}
    assert "This must be a whole number." in program.form(TANGSEL, "/desk/webhooks", wrong, 422).text


def test_everything_that_the_buttons_do(program: Program) -> None:
    made = program.creates(TANGSEL)
    at = f"/desk/webhooks/{made['id']}"
    program.form(TANGSEL, f"{at}/pause", {})
    assert "Sending is paused." in program.page(TANGSEL, at)
    program.form(TANGSEL, f"{at}/resume", {})
    log = {"log": f"{REGION}/submission"}
    assert "This number must be at least 1." in program.form(TANGSEL, f"{at}/resend", {**log, "first": "0"}, 422).text
    assert "There is no such log here." in program.form(TANGSEL, f"{at}/replay", {"log": "x/y", "after": "0"}, 422).text
    program.form(TANGSEL, f"{at}/resend", {**log, "first": "2"})
    program.form(TANGSEL, f"{at}/replay", {**log, "after": "2"})
    before = len(program.receiver.got)
    program.delivers(made)
    assert len(program.receiver.got) - before == 2
    changed = {"url": program.receiver.url("/moved"), "regions": REGION, "description": "Pindah"}
    program.form(TANGSEL, f"{at}/edit", changed)
    assert "Pindah" in program.page(TANGSEL, "/desk/webhooks")
    program.form(TANGSEL, f"{at}/delete", {})
    program.page(TANGSEL, at, 404)


def test_who_finds_which_page(program: Program) -> None:
    made = program.creates(TANGSEL)
    reviewer = Actor(person=str(uuid4()), roles=frozenset({Role.REVIEWER}), regions=frozenset({REGION}))
    for path in ("", "/edit", "/deliveries", f"/deliveries/{uuid4()}"):
        program.page(coordinator(OTHER), f"/desk/webhooks/{made['id']}{path}", 404)
        program.page(reviewer, f"/desk/webhooks/{made['id']}{path}", 403)
    program.page(PEMALANG, "/desk/webhooks", 403)
    assert made["id"] not in program.page(coordinator(OTHER), "/desk/webhooks")
    assert "/desk/webhooks" not in program.page(reviewer, "/innovations")


def test_a_list_costs_the_same_whatever_its_length(program: Program) -> None:
    actor = coordinator(REGION)
    costs = []
    for number in (1, 3):
        made = [program.creates(actor, start="beginning") for _ in range(number)]
        program.delivers(made[0])
        with counting(program.service.kernel.engine) as statements:
            at = f"/desk/webhooks/{made[0]['id']}"
            for path in ("/desk/webhooks", at, f"{at}/deliveries"):
                program.page(actor, path)
            costs.append(statements())
    assert costs[0] == costs[1]


def test_in_a_browser(program: Program, browser: Browser) -> None:
    actor = coordinator(REGION, OTHER)
    good = program.creates(actor, url=program.receiver.url("/labinov/masuk?sumber=labinov-produksi"), start="beginning")
    bad = program.creates(actor, url=f"http://127.0.0.1:{closed_port()}/x", start="beginning")
    for each in (good, bad):
        program.delivers(each)
    (failed,) = program.sends(actor, "GET", f"/webhooks/{bad['id']}/deliveries", 200)["items"]
    name, value = session_of(program.service.kernel.identity.sessions, actor)
    delivery = f"/desk/webhooks/{bad['id']}/deliveries/{failed['id']}"
    visits = {
        390: ("/desk/webhooks/new", delivery),
        1280: (f"/desk/webhooks/{bad['id']}",),
    }
    found = {}
    with serving(program.app) as address:
        for width, paths in visits.items():
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 900})
            context.add_cookies([{"name": name, "value": value, "url": address}])
            page = context.new_page()
            for path in paths:
                page.goto(path)
                for each in page.locator("details.types > summary").all():
                    each.click()
                violations = [each["id"] for each in Axe().run(page).response["violations"]]
                wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                found[width, path] = (violations, wider)
            context.close()
    assert found == {(width, path): ([], False) for width, paths in visits.items() for path in paths}
