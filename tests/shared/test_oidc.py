"""A browser signs in at a service, changes things there and signs out; what others make a browser do is refused."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from shared import problems
from shared.auth import LAN, Actor, Coordinator, Identity, Public, Reader, Role, SignedIn, person_id
from shared.domain import Invalid
from shared.oidc import SignInFailed, router, safe_next
from shared.service_tokens import ServiceTokens
from shared.tokens import Issuer, IssuerUnreachable
from shared.web.pages import Pages
from tests.issuers import SECRET, RunningIssuer, running_issuer, settings_for

PAGE = {"Accept": "text/html,application/xhtml+xml"}
SESSION = "labinov_submission"


class Site:
    """A service and the issuer behind one address."""

    issuer: RunningIssuer

    def __init__(self) -> None:
        self.signed_in: list[tuple[Actor, Mapping[str, Any]]] = []

    def apps(self, url: str) -> dict[str, ASGIApp]:
        self.url = url
        identity = Identity(settings_for(f"{url}/issuer", url, "/submission"), "submission")
        app = FastAPI()
        problems.install(app, Pages("submission", Path(__file__).parent, root_path="/submission"))
        identity.install(app)
        app.include_router(router(identity, lambda actor, claims: self.signed_in.append((actor, claims))))

        @app.get("/whoami")
        def whoami(actor: Public) -> dict[str, str | None] | None:
            return {"person": actor.person, "name": actor.name} if actor else None

        @app.get("/mine")
        def mine(actor: SignedIn) -> str:
            return actor.person

        @app.get("/lan")
        def lan(actor: LAN) -> str:
            return actor.person

        @app.get("/read")
        def read(actor: Reader) -> list[str]:
            return sorted(actor.roles)

        @app.post("/change")
        def change(actor: Coordinator) -> str:
            return actor.person

        @app.post("/open")
        def everybody(actor: Public) -> str | None:
            return actor.person if actor else None

        return {"/submission": app}

    def service(self, path: str) -> str:
        return f"{self.url}/submission{path}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site()
    with running_issuer(tmp_path_factory.mktemp("issuer"), site.apps) as site.issuer:
        yield site


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(headers=PAGE) as client:
        yield client


def sign_in(site: Site, browser: httpx.Client, sub: str, path: str = "/mine") -> httpx.Response:
    """Go to a page that needs a sign-in, choose somebody at the issuer, and give the page one ends on."""
    choice = browser.get(site.service(path), follow_redirects=True)
    assert urlsplit(str(choice.url)).path == "/issuer/authorize"
    return choose(site, browser, str(choice.url), sub)


def choose(site: Site, browser: httpx.Client, url: str, sub: str) -> httpx.Response:
    return browser.post(url, data={"sub": sub}, headers={"Origin": site.url}, follow_redirects=True)


def test_a_person_signs_in_and_comes_back_to_the_page(site: Site, browser: httpx.Client) -> None:
    page = sign_in(site, browser, "pemalang-sri", "/mine?sort=name&q=a%26b")
    person = person_id(site.issuer.url, "pemalang-sri")
    assert (str(page.url), page.json()) == (site.service("/mine?sort=name&q=a%26b"), person)
    assert browser.get(site.service("/whoami")).json() == {"person": person, "name": "Sri Wahyuningrum (contoh)"}


def test_the_service_learns_who_signed_in(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "penilai-laksmi")
    actor, claims = site.signed_in[-1]
    assert actor == Actor(
        person=person_id(site.issuer.url, "penilai-laksmi"),
        roles=frozenset({Role.REVIEWER}),
        name="Laksmi Paramita (contoh)",
        home_region="34.71",
    )
    assert (claims["email"], claims["affiliation"]) == ("penilai-laksmi@example.id", "Perguruan tinggi di Yogyakarta")


def test_cookies_are_closed_to_scripts_and_to_other_sites(site: Site, browser: httpx.Client) -> None:
    choice = browser.get(site.service("/sign-in"))
    begun = choice.headers["set-cookie"]
    sign_in(site, browser, "pemalang-sri")
    back = next(each for each in browser.get(site.service("/sign-in")).headers.get_list("set-cookie"))
    assert (
        attributes(begun)
        == attributes(back)
        == {"httponly", "max-age=600", "path=/submission/callback", "samesite=lax"}
    )
    ended = browser.post(site.service("/sign-out"), headers={"Origin": site.url})
    assert attributes(ended.headers["set-cookie"]) >= {"httponly", "max-age=0", "path=/submission", "samesite=lax"}


def attributes(cookie: str) -> set[str]:
    return {each.strip().lower() for each in cookie.split(";")[1:]}


def test_a_program_without_credentials_is_told_how_to_come(site: Site) -> None:
    answer = httpx.get(site.service("/mine"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_without_a_session_is_not_sent_away_with_what_was_typed(site: Site, browser: httpx.Client) -> None:
    assert browser.post(site.service("/change"), headers={"Origin": site.url}).status_code == 401


def test_a_bad_token_is_401_even_where_everybody_may_read(site: Site) -> None:
    for header in ("Bearer", "Bearer a.b.c", "bearer a"):
        answer = httpx.get(site.service("/whoami"), headers={"Authorization": header})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_token_comes_before_the_session(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "pemalang-sri")
    token = site.issuer.person_token("lan-ratna")
    answer = browser.get(site.service("/mine"), headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == person_id(site.issuer.url, "lan-ratna")


def test_a_role_without_the_right_is_forbidden(site: Site) -> None:
    statuses = {
        sub: httpx.get(site.service("/lan"), headers=bearer(site.issuer.person_token(sub))).status_code
        for sub in site.issuer.people
    }
    assert statuses == {sub: 200 if sub == "lan-ratna" else 403 for sub in site.issuer.people}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_signing_out_ends_both_sessions(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "pemalang-sri")
    out = browser.post(site.service("/sign-out"), headers={"Origin": site.url}, follow_redirects=True)
    assert str(out.url) == site.service("/")
    assert browser.get(site.service("/whoami")).json() is None
    assert urlsplit(str(browser.get(site.service("/mine"), follow_redirects=True).url)).path == "/issuer/authorize"


def test_the_issuer_remembers_whom_one_chose(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "pemalang-sri")
    browser.cookies.delete(SESSION)
    page = browser.get(site.service("/mine"), follow_redirects=True)
    assert (str(page.url), page.status_code) == (site.service("/mine"), 200)


@pytest.mark.parametrize(
    "alter", [lambda c: c[:-2] + ("A" if c[-2] != "A" else "B") + c[-1], lambda c: "e30." + c, lambda c: ""]
)
def test_an_altered_session_is_none(site: Site, browser: httpx.Client, alter: Any) -> None:
    sign_in(site, browser, "pemalang-sri")
    cookie = browser.cookies[SESSION]
    whoami = site.service("/whoami")
    assert httpx.get(whoami, headers={"Cookie": f"{SESSION}={cookie}"}).json() is not None
    assert httpx.get(whoami, headers={"Cookie": f"{SESSION}={alter(cookie)}"}).json() is None


def test_one_services_session_means_nothing_to_another(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "pemalang-sri")
    other = Identity(settings_for(site.issuer.url, site.url, "/review"), "review")
    app = FastAPI()

    cookie = browser.cookies[SESSION].encode()
    scope = {"type": "http", "app": app, "headers": [(b"cookie", b"labinov_review=" + cookie)]}
    assert other.sessions.read(Request(scope)) is None


# Other sites


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "own"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "own"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/change", "/open"])
def test_only_our_own_pages_change_things(
    site: Site, browser: httpx.Client, path: str, headers: dict[str, str], status: int
) -> None:
    sign_in(site, browser, "pemalang-sri")
    sent = {name: site.url if value == "own" else value for name, value in headers.items()}
    assert browser.post(site.service(path), headers=sent).status_code == status


def test_cross_site_sign_out_is_refused(site: Site, browser: httpx.Client) -> None:
    sign_in(site, browser, "pemalang-sri")
    assert browser.post(site.service("/sign-out"), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.get(site.service("/whoami")).json() is not None


def test_a_program_with_a_token_needs_no_origin(site: Site) -> None:
    answer = httpx.post(site.service("/change"), headers=bearer(site.issuer.machine_token("labinov-cli")))
    assert answer.json() == person_id(site.issuer.url, "labinov-cli")


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "///elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "\t//elsewhere.example",
        " //elsewhere.example",
        "javascript:alert(1)",
        "elsewhere",
        "/a\r\nSet-Cookie: x=y",
    ],
)
def test_a_way_back_to_another_site_is_refused(site: Site, path: str) -> None:
    with pytest.raises(Invalid):
        safe_next(path)
    answer = httpx.get(site.service("/sign-in"), params={"next": path})
    assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)


# The way to the issuer and back


def begun(site: Site, browser: httpx.Client) -> dict[str, str]:
    """Begin to sign in; give what the browser is sent to the issuer with."""
    away = browser.get(site.service("/sign-in"))
    return dict(parse_qsl(urlsplit(away.headers["location"]).query))


def test_the_request_carries_pkce_state_and_nonce(site: Site, browser: httpx.Client) -> None:
    sent = begun(site, browser)
    again = begun(site, browser)
    random = {name: sent.pop(name) for name in ("code_challenge", "nonce", "state")}
    assert sent == {
        "client_id": "submission",
        "code_challenge_method": "S256",
        "redirect_uri": site.service("/callback"),
        "response_type": "code",
        "scope": "openid profile email",
    }
    assert all(random[name] != again[name] and len(random[name]) >= 32 for name in random)


def code_for(site: Site, browser: httpx.Client, sent: dict[str, str], sub: str = "lan-ratna") -> str:
    """Choose somebody at the issuer; give the code, which has not been shown to the service yet."""
    answer = browser.post(f"{site.issuer.url}/authorize", params=sent, data={"sub": sub}, headers={"Origin": site.url})
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))["code"]


def test_somebody_elses_callback_is_refused(site: Site, browser: httpx.Client) -> None:
    with httpx.Client(headers=PAGE) as attacker:
        theirs = begun(site, attacker)
        code = code_for(site, attacker, theirs)
    begun(site, browser)
    answer = browser.get(site.service("/callback"), params={"code": code, "state": theirs["state"]})
    assert (answer.status_code, SESSION in browser.cookies) == (422, False)


def test_a_callback_without_a_beginning_is_refused(site: Site, browser: httpx.Client) -> None:
    for params in ({}, {"code": "x"}, {"code": "x", "state": ""}, {"state": "é"}):
        assert browser.get(site.service("/callback"), params=params).status_code == 422


def test_a_code_put_into_another_flow_is_refused(site: Site, browser: httpx.Client) -> None:
    """The state is the victim's own, the code the attacker's: PKCE and the nonce both speak against it."""
    with httpx.Client(headers=PAGE) as attacker:
        code = code_for(site, attacker, begun(site, attacker))
    sent = begun(site, browser)
    answer = browser.get(site.service("/callback"), params={"code": code, "state": sent["state"]})
    assert (answer.status_code, SESSION in browser.cookies) == (422, False)


def test_a_token_for_another_nonce_is_refused(site: Site, browser: httpx.Client) -> None:
    sent = begun(site, browser)
    code = code_for(site, browser, {**sent, "nonce": "another"})
    answer = browser.get(site.service("/callback"), params={"code": code, "state": sent["state"]})
    assert (answer.status_code, SESSION in browser.cookies) == (422, False)


def test_whoever_cancels_is_not_signed_in(site: Site, browser: httpx.Client) -> None:
    sent = begun(site, browser)
    answer = browser.get(site.service("/callback"), params={"error": "access_denied", "state": sent["state"]})
    assert (answer.status_code, SESSION in browser.cookies) == (422, False)


def test_going_back_to_a_used_callback_leads_home(site: Site, browser: httpx.Client) -> None:
    sent = begun(site, browser)
    used = {"code": code_for(site, browser, sent), "state": sent["state"]}
    assert browser.get(site.service("/callback"), params=used).headers["location"] == "/submission/"
    assert SESSION in browser.cookies
    again = browser.get(site.service("/callback"), params=used)
    assert (again.status_code, again.headers["location"]) == (303, "/submission/")


def test_the_refusal_says_what_to_do() -> None:
    assert str(SignInFailed()) == "Signing in was not completed. Start again."


# A service's own token


def test_a_service_speaks_for_itself(site: Site) -> None:
    tokens = ServiceTokens.of(settings_for(site.issuer.url, site.url))
    with httpx.Client(auth=tokens) as client:
        assert client.get(site.service("/read")).json() == ["service"]
    assert tokens.token() == tokens.token()


def test_a_refused_token_is_replaced_once(site: Site) -> None:
    tokens = ServiceTokens.of(settings_for(site.issuer.url, site.url))
    tokens.token()
    tokens._token = site.issuer.signer.sign({"aud": "labinov", "sub": "submission"}, typ="at+jwt", seconds=-60)
    with httpx.Client(auth=tokens) as client:
        answer = client.get(site.service("/read"))
    assert (answer.json(), len(answer.history)) == (["service"], 1)


def test_a_token_about_to_end_is_not_used(site: Site) -> None:
    tokens = ServiceTokens.of(settings_for(site.issuer.url, site.url))
    first = tokens.token()
    tokens._until -= 1800 - 20
    assert tokens.token() != first


def test_no_token_without_the_secret_or_the_issuer(site: Site) -> None:
    with pytest.raises(IssuerUnreachable):
        ServiceTokens(Issuer(site.issuer.url), "submission", "wrong").token()
    with pytest.raises(IssuerUnreachable):
        ServiceTokens(Issuer("http://127.0.0.1:1/issuer"), "submission", SECRET).token()
