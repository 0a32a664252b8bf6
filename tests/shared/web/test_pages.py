"""Pages speak the reader's language and carry their headers; addresses hold behind the gateway; text stays text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.web.extraction import ROOT
from shared.web.nav import NavItem
from shared.web.pages import STATIC, Pages, paragraphs, query, static_files, static_url, weblink
from tests.shared.web.serving import serving
from tests.shared.web.styleguide.app import ATTACK, PERSON


def headings(text: str) -> list[str]:
    return re.findall(r"<h1>(.*?)</h1>", text)


def test_the_reader_gets_bahasa_indonesia_first(client: httpx.Client) -> None:
    answer = client.get("/problem/404")
    assert answer.status_code == 404
    assert answer.headers["content-language"] == "id"
    assert headings(answer.text) == ["Halaman ini tidak ditemukan"]
    assert '<html lang="id">' in answer.text


def test_english_is_chosen_once_and_kept(client: httpx.Client) -> None:
    chosen = client.get("/problem/404?lang=en")
    assert headings(chosen.text) == ["This page is not here"]
    assert chosen.cookies["labinov_lang"] == "en"
    later = client.get("/problem/404")
    assert headings(later.text) == ["This page is not here"]
    assert later.headers["content-language"] == "en"


@pytest.mark.parametrize("strange", ["xx", "en-GB", "", "../id", "<b>"])
def test_an_unknown_language_is_bahasa_indonesia_and_is_not_kept(client: httpx.Client, strange: str) -> None:
    answer = client.get("/problem/404", params={"lang": strange})
    assert headings(answer.text) == ["Halaman ini tidak ditemukan"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("service", ["submission", "review", "showcase"])
def test_a_template_becomes_the_same_code_in_every_language(service: str) -> None:
    environments = Pages(service, ROOT / "services" / service)._environments
    assert environments.keys() == {"id", "en"}

    def code(environment: Environment, name: str) -> str:
        assert environment.loader is not None
        return environment.compile(environment.loader.get_source(environment, name)[0], name, raw=True)

    names = environments["id"].list_templates(extensions=["html"])
    assert [name for name in names if len({code(each, name) for each in environments.values()}) > 1] == []
    # One whose text a filter changes while it is compiled would not be.
    made = {each.compile("{{ 1234.5 | number }}", raw=True) for each in environments.values()}
    assert len(made) == 2


def test_headers_of_a_page(client: httpx.Client) -> None:
    nobody, somebody = client.get("/?anonymous"), client.get("/")
    assert nobody.headers["cache-control"] == "private, no-cache"
    assert somebody.headers["cache-control"] == "private, no-store"
    assert somebody.headers["vary"] == "Cookie"
    assert somebody.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_no_page_has_a_script_or_style_of_its_own(client: httpx.Client) -> None:
    for path in ("/", "/form", "/empty", "/problem/503"):
        text = client.get(path).text
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=(?!\S*&)", text) == []


def test_the_flash_message_is_shown_once_and_as_text(client: httpx.Client) -> None:
    sent = client.post("/form", data={"title": "x"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    shown = client.get("/empty")
    notice = re.findall(r'role="status">.*?<p>(.*?)</p>', shown.text, re.DOTALL)
    assert notice == ["Keluar &lt;img src=x onerror=&#34;document.title=1&#34;&gt;"]
    assert 'role="status"' not in client.get("/empty").text


@pytest.mark.parametrize("cookie", ["", "x", "%5B%5D", "%5B1%2C2%5D", '["good","made by hand"', "null", '["evil","x"]'])
def test_a_flash_cookie_of_another_shape_is_nothing(client: httpx.Client, cookie: str) -> None:
    answer = client.get("/empty", headers={"cookie": f"labinov_flash={cookie}"})
    assert answer.status_code == 200
    assert 'class="notice' not in answer.text


@contextmanager
def behind_gateway(actor: object = None) -> Iterator[httpx.Client]:
    """A service as it stands behind a gateway that takes its prefix away."""
    nav = [NavItem("/", "Everybody"), NavItem("/desk", "Work", frozenset({"coordinator"}))]
    folder = Path(__file__).parent / "styleguide"
    pages = Pages("review", folder, root_path="/review", nav=nav, form_targets=["https://sso.example.id"])

    def show(request: Request) -> Response:
        return pages.problem(request, 404)

    def away(request: Request) -> Response:
        return pages.redirect("/desk")

    def named(request: Request) -> Response:
        request.state.actor = actor
        return pages.problem(request, 403)

    routes = [Route("/desk/deep", show), Route("/away", away), Route("/named", named), Route("/{rest:path}", show)]
    with serving(Starlette(routes=routes)) as address, httpx.Client(base_url=address) as client:
        yield client


def test_addresses_behind_the_gateway() -> None:
    with behind_gateway(PERSON) as client:
        text = client.get("/desk/deep?stage=design&lang=id").text
        assert 'href="/review/sign-in?next=%2Freview%2Fdesk%2Fdeep%3Fstage%3Ddesign"' in text
        assert 'href="/review/desk/deep?stage=design&amp;lang=en"' in text
        assert client.get("/away").headers["location"] == "/review/desk"
        assert "form-action 'self' https://sso.example.id;" in client.get("/x").headers["content-security-policy"]


def test_a_path_with_the_prefix_is_the_same_page() -> None:
    with behind_gateway() as client:
        assert 'href="/review/desk?lang=en"' in client.get("/review/desk").text


def test_an_address_cannot_lead_to_another_host() -> None:
    """Where a service stands at the root, a path of two slashes would be a host."""
    folder = Path(__file__).parent / "styleguide"
    pages = Pages("showcase", folder)
    route = Route("/{rest:path}", lambda request: pages.problem(request, 404))
    with serving(Starlette(routes=[route])) as address:
        text = httpx.get(f"{address}//evil.example/x").text
    assert re.findall(r'href="([^"]*)" lang="en"', text) == ["/evil.example/x?lang=en"]
    assert re.findall(r'class="sign-in" href="([^"]*)"', text) == ["/sign-in?next=%2Fevil.example%2Fx"]


def test_navigation_shows_what_a_role_may_open() -> None:
    def links(text: str) -> list[str]:
        local = text.partition('<nav class="local-nav"')[2].partition("</nav>")[0]
        return re.findall(r'<a href="([^"]*)"', local)

    with behind_gateway() as client:
        assert links(client.get("/named").text) == ["/review/"]
    with behind_gateway(PERSON) as client:
        assert links(client.get("/named").text) == ["/review/", "/review/desk"]


def test_static_addresses_change_with_the_content(client: httpx.Client) -> None:
    address = static_url("labinov.css")
    assert re.fullmatch(r"/static/labinov\.css\?v=[0-9a-f]{12}", address)
    assert client.get(address).content == (STATIC / "labinov.css").read_bytes()
    assert f'href="{address}"' in client.get("/").text
    assert static_url("forms.css").partition("=")[2] != address.partition("=")[2]
    assert static_files().directory == STATIC


def test_a_form_comes_back_with_its_key() -> None:
    """After a 422 the same idempotency key is sent again, so that a repeated press stays one command."""
    folder = Path(__file__).parent / "styleguide"
    pages = Pages("review", folder)

    def show(request: Request) -> Response:
        return pages.render(request, "form.html", errors={}, values=dict(request.query_params))

    key = re.compile(r'name="_key" value="([^"]+)"')
    with serving(Starlette(routes=[Route("/", show)])) as address:
        again, first, second = (key.findall(httpx.get(address + query).text) for query in ("?_key=0199", "", ""))
    assert again == ["0199"]
    assert (len(first), first == second) == (1, False)


def test_paragraphs_are_plain_text() -> None:
    assert paragraphs(f"a\r\nb\n\n \n{ATTACK}") == (
        "<p>a<br>\nb</p>\n<p>&lt;img src=x onerror=&#34;document.title=1&#34;&gt;</p>"
    )
    assert paragraphs(None) == ""


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.id/a?b#c", "https://example.id/a?b#c"),
        ("http://example.id", "http://example.id"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt://example.id/%0aalert(1)", None),
        ("data:text/html,x", None),
        ("//example.id", None),
        ("https://", None),
        ("http://[::1", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(address: str | None, link: str | None) -> None:
    assert weblink(address) == link


def test_a_query_keeps_the_filters() -> None:
    assert query({"stage": "design", "cursor": "b"}, cursor=None, q="a b", page=0) == "?stage=design&q=a+b&page=0"
    assert query({}) == "?"
