"""Whatever is written into a log, no page, feed or workbook made of it holds anything active: parsed, not searched."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from services.showcase.counts import COUNTS
from services.showcase.exports.rules import SYSTEMS
from services.showcase.history.facts import FACTS
from tests.services.showcase.hostile import FOREIGN, TEXTS, foreign_lines, record
from tests.services.showcase.site import Running

if TYPE_CHECKING:
    from httpx2 import Response
    from playwright.sync_api import Browser

REGION = "36.74"
# Whoever is not signed in is not told whether these are there; what stands in them is others' tests.
_MADE_UP = {"endpoint_id", "delivery_id", "document_id", "person"}
_NOT_OURS = {"/openapi.json", "/livez", "/readyz", "/metrics", "/sign-in", "/callback"}


@dataclass(frozen=True)
class Fetched:
    """Every answer that a visitor can get of a region full of hostile texts."""

    answers: "dict[str, Response]"

    def of_type(self, *types: str) -> Iterator[tuple[str, str]]:
        """Give address and text of the answers of these media types."""
        for address, answer in self.answers.items():
            if answer.headers.get("content-type", "").partition(";")[0] in types:
                yield address, answer.text


@pytest.fixture(scope="module")
def fetched(running: Running) -> Fetched:
    shown = record(running.submission, running.review, REGION)
    running.catch_up()
    running.copy()
    answers = {}
    for address in addresses(running, shown):
        answers[address] = running.client.get(address, headers={"Accept": "text/html"}, follow_redirects=False)
    return Fetched(answers)


def routed(running: Running, shown: list[dict[str, str]]) -> Iterator[str]:
    """Give the addresses of every route that is not a stream, for each of these sets of ids."""
    for context in iter_route_contexts(running.app.routes):
        route = context.original_route
        # Streams and long polls, which alone are coroutines, never end.
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not iscoroutinefunction(route.endpoint):
            path = context.path or ""
            yield from sorted({_filled(path, ids) for ids in shown} if path not in _NOT_OURS else ())


def addresses(running: Running, shown: list[dict[str, str]]) -> Iterator[str]:
    """Give every address of the site that is not a stream, for each hostile text, and some with one in themselves."""
    yield from routed(running, shown)
    events = [*running.submission.events[REGION], *running.review.events[REGION]]
    # Each type once with its record's page, as everybody sees it.
    for event in {each.type: each for each in events}.values():
        yield f"/history/{event.source}/{REGION}/{event.position}"
    ends = {source.name: len(source.events[REGION]) for source in (running.submission, running.review)}
    moment = "&".join(f"{name}={position}" for name, position in ends.items())
    yield f"/regions/{REGION}?{moment}"
    yield f"/innovations/{shown[0]['innovation_id']}?{moment}"
    yield from (f"/regions/{REGION}/why?count={each}" for each in (*COUNTS, *FACTS, "units", "stated"))
    yield from (f"/exports/{each}?region={REGION}&format={kind}" for each in SYSTEMS for kind in ("xlsx", "json"))
    yield from (f"/exports?region={REGION}&system={each}" for each in SYSTEMS)
    yield f"/documents?programme={shown[0]['programme_id']}"
    yield "/board?format=xlsx"
    yield f"/compare?a={shown[0]['innovation_id']}&b={shown[1]['innovation_id']}"
    for text in (TEXTS[0], "javascript:xss()"):
        asked = quote(text, safe="")
        for path in ("/", "/innovations", "/board", "/regions", "/festivals", f"/regions/{REGION}/history"):
            yield f"{path}?q={asked}&sort={asked}"
        yield f"/{asked}"
        yield f"/regions/{asked}"
        yield f"/compare?a={asked}&b={asked}"


def _filled(path: str, ids: dict[str, str]) -> str:
    known = {
        **ids,
        "code": REGION,
        "region": REGION,
        "source": "submission",
        "position": "1",
        "part": "innovations-1",
        "system": "iid",
        **dict.fromkeys(_MADE_UP, "00000000000000000000000000000000"),
    }
    for name in [part.partition("}")[0].partition(":")[0] for part in path.split("{")[1:]]:
        assert name in known, f"{path}: tell this test what to ask for as {name}"
        path = path.replace("{" + name + "}", known[name])
    return path


def test_most_of_the_site_was_asked_for(fetched: Fetched) -> None:
    codes = Counter(answer.status_code for answer in fetched.answers.values())
    assert codes[200] > 40
    assert [address for address, answer in fetched.answers.items() if answer.status_code >= 500] == []
    # The hostile texts did arrive: they are shown, as text.
    assert "xss()" in fetched.answers[f"/regions/{REGION}"].text


def test_no_page_holds_anything_that_is_not_ours(fetched: Fetched, browser: "Browser") -> None:
    page = browser.new_page()
    pages = [list(each) for each in fetched.of_type("text/html")]
    assert len(pages) > 40
    assert page.evaluate(FOREIGN, pages) == []
    page.close()


def test_no_page_lets_a_browser_run_what_stands_in_it(fetched: Fetched) -> None:
    for address, answer in fetched.answers.items():
        policy = answer.headers.get("content-security-policy", "")
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert not any("xss" in name for name in answer.headers), address


def test_xml_holds_no_foreign_element_or_address(fetched: Fetched) -> None:
    found = list(fetched.of_type("image/svg+xml", "application/xml", "application/atom+xml", "text/xml"))
    assert found
    for address, text in found:
        for element in ET.fromstring(text).iter():
            name = str(element.tag).rpartition("}")[2]
            assert not name.startswith(("xss", "script")), (address, name)
            for key, value in element.attrib.items():
                if key.rpartition("}")[2] in ("href", "src", "uri", "scheme"):
                    assert urlsplit(value).scheme in ("http", "https", "", "tag", "urn"), (address, key)


def test_json_is_json(fetched: Fetched) -> None:
    found = [json.loads(text) for _, text in fetched.of_type("application/json")]
    assert found


def test_calendars_and_citations_have_no_smuggled_lines(fetched: Fetched) -> None:
    texts = dict(fetched.of_type("text/calendar", "application/x-bibtex", "application/x-research-info-systems"))
    assert {address.rpartition(".")[2] for address in texts} == {"ics", "bib", "ris"}
    assert {address: foreign_lines(text) for address, text in texts.items() if foreign_lines(text)} == {}


def test_no_sheet_has_a_formula(fetched: Fetched) -> None:
    books = 0
    for answer in fetched.answers.values():
        if "spreadsheetml" in answer.headers.get("content-type", ""):
            books += 1
            book = openpyxl.load_workbook(io.BytesIO(answer.content))
            assert [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"] == []
    assert books == 1 + len(SYSTEMS)
