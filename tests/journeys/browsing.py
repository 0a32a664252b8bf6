"""People at the pages: signed in through the issuer's page, filling in the forms that say what the API's bodies say."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from deploy.demo.steps import Step, fill
from tests.journeys.speaking import Api
from tests.journeys.travelling import Laboratory, Travel

_IDS = re.compile(r"\d\d\.\d\d-[^/?#]+|00-[^/?#]+|[0-9a-f]{8}-[0-9a-f-]{27}")
# Where the form stands, by the end of the command's path: the page below the thing's own, and the form's address.
_FORMS = {
    "stage": ("/step/next", "/step/next"),
    "publication": ("/step/publication", "/step/publication"),
    "diagnosis": ("/diagnosis", "/diagnosis"),
    "design": ("/design", "/design"),
    "display": ("/display", "/display"),
    "launch": ("/delivery", "/launch"),
    "measurements": ("/delivery", "/measurements"),
    "evidence": ("/delivery", "/evidence"),
    "done": ("/delivery", "/milestones/"),
    "assignments": ("", "/assignments"),
    "declaration": ("", "/declaration"),
    "scorecard": ("/sheet#sheet", "/scorecard"),
    "conclusion": ("", "/conclusion"),
}
DESKTOP, PHONE = 1280, 390


class Person:
    """Somebody with a browser of their own, signed in; every kind of page they come to is checked with axe once."""

    def __init__(self, browser: Browser, url: str, who: str, width: int, checked: set[str]) -> None:
        self._context = browser.new_context(base_url=url, viewport={"width": width, "height": 800}, locale="id-ID")
        self._context.set_default_timeout(60_000)
        self.page: Page = self._context.new_page()
        self._width = width
        self._checked = checked
        for service in ("submission", "review"):
            self.page.goto(f"/{service}/sign-in?next=/{service}/")
            chosen = self.page.locator(f'button[name="sub"][value="{who}"]')
            # The issuer remembers who signed in at the first service.
            if chosen.count():
                self._check()
                chosen.press("Enter")
            self.page.wait_for_url(f"**/{service}/**")
            self._check()

    def close(self) -> None:
        """Close the browser's window."""
        self._context.close()

    def look(self, path: str) -> None:
        """Go to a page, and check it."""
        # Going to a part of the page that is open already loads nothing.
        response = self.page.goto(path) or self.page.reload()
        assert response is not None
        assert response.status == 200, (path, response.status)
        self._check()

    def send(self, form: Locator, values: Mapping[str, Any]) -> None:
        """Fill in a form by the names of its fields, and hand it in with the keyboard."""
        for name, value in flat(values):
            fields = form.locator(f'[name="{name}"]')
            kind = fields.first.evaluate("field => field.type")
            if kind in ("checkbox", "radio"):
                wanted = fields if value is True else form.locator(f'[name="{name}"][value="{value}"]')
                wanted.check()
            elif kind == "select-one":
                fields.select_option(value)
            else:
                fields.fill(str(value))
        before = self.page.url
        with self.page.expect_navigation() as navigation:
            form.locator('button[type="submit"]:not([name]), button[value="hand-in"]').first.press("Enter")
        assert navigation.value.status == 200, (before, self.page.locator("main").inner_text()[:1500])
        self._check()

    def _check(self) -> None:
        kind = f"{_IDS.sub('…', self.page.url.partition('?')[0])} at {self._width}"
        if kind in self._checked:
            return
        self._checked.add(kind)
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], kind
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self._width, kind


def flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give a body as a form has it: `milestones/0/title`; a list of words once for each, nothing for what is empty."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{inner}", each) for inner, each in flat(value))
        elif isinstance(value, list | tuple):
            for number, each in enumerate(value):
                rows = flat(each) if isinstance(each, Mapping) else None
                yield from ((f"{name}/{number}/{inner}", said) for inner, said in rows) if rows else [(name, each)]
        elif value not in (None, "", False):
            yield name, value


class BrowserTravel(Travel):
    """A way whose commands are all given at pages, by those whose task it is."""

    def __init__(self, api: Api, laboratory: Laboratory, title: str, browser: Browser) -> None:
        """Plan the way; windows open as people are needed."""
        super().__init__(api, laboratory, title)
        self._browser = browser
        self._people: dict[str, Person] = {}
        self.checked: set[str] = set()
        """The kinds of page that axe found nothing on."""

    def close(self) -> None:
        """Close all windows."""
        for each in self._people.values():
            each.close()

    def person(self, who: str) -> Person:
        """Give somebody's window; reviewers use their phones."""
        if who not in self._people:
            width = PHONE if who.startswith("penilai") else DESKTOP
            self._people[who] = Person(self._browser, self.api.url, who, width, self.checked)
        return self._people[who]

    def _command(self, step: Step) -> dict[str, Any]:
        names = self._names
        path, body = fill(step.path, names), dict(fill(step.body, names))
        if path == "/submission/innovations":
            return self._propose(body)
        assert step.actor is not None
        person = self.person(step.actor)
        service, _, ident, rest = path.removeprefix("/").split("/", 3)
        below, address = _FORMS[rest.rpartition("/")[2]]
        kind = "innovations" if service == "submission" else "assessments"
        person.look(f"/{service}/desk/{kind}/{ident}{below}")
        match = "*" if address.endswith("/") else "$"
        form = person.page.locator(f'main form[action{match}="{address}"]').first
        person.send(form, self._as_the_form_has_it(rest.rpartition("/")[2], body, form))
        return {}

    def _propose(self, body: dict[str, Any]) -> dict[str, Any]:
        """Put the innovation forward and name the team, which is whoever of the unit signed in."""
        assert self.laboratory.member is not None
        person = self.person(self.laboratory.member)
        person.look("/submission/desk/innovations/new")
        for name in ("team", "is_example", "source"):
            del body[name]
        person.send(person.page.locator('main form[action$="/desk/innovations"]'), body)
        at = person.page.url
        person.look(f"{at}/team")
        form = person.page.locator('main form[action$="/team"]')
        form.locator('[name="members"]').first.check()
        person.send(form, {})
        return {"id": at.rpartition("/")[2]}

    def _as_the_form_has_it(self, what: str, body: dict[str, Any], form: Locator) -> dict[str, Any]:
        """Give what a person enters: ids that the pages make themselves are looked up by what they stand for."""
        if what == "design":
            rows = {"milestones": "milestone_id", "indicators": "indicator_id"}
            without = {
                name: [{k: v for k, v in row.items() if k != own} for row in body[name]] for name, own in rows.items()
            }
            self._outcome = without["indicators"][1]["name"]
            return body | without
        if what == "measurements":
            option = form.locator('[name="indicator_id"] option').filter(has_text=self._outcome)
            return body | {"indicator_id": option.get_attribute("value")}
        if what == "display":
            shown = form.locator('[name="shown_indicators"]').evaluate_all("all => all.map(each => each.value)")
            return body | {"shown_indicators": shown}
        if what == "declaration":
            return {"conflict": "none"}
        if what == "scorecard":
            marks = {
                each["criterion_id"]: {"score": each["score"], "comment": each["comment"]} for each in body["marks"]
            }
            return {"marks": marks, "summary": body["summary"]}
        return body
