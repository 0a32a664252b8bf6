"""The embedded issuer as a client that was written elsewhere would meet it, and what it refuses."""

import json
import os
import re
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest

from deploy.embedded import environment, identities
from deploy.embedded.errors import Trouble
from deploy.embedded.identities import Codes, Signer, read_clients, read_people
from deploy.embedded.issuer import from_environment
from deploy.embedded.state import ROOT, State
from shared.auth import Role
from shared.domain import region_of
from shared.regions import regions
from tests.issuers import SECRET, RunningIssuer, running_issuer

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SERVICE = ("submission", SECRET)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIssuer]:
    with running_issuer(tmp_path_factory.mktemp("issuer")) as running:
        yield running


def request(issuer: RunningIssuer, **changes: str) -> dict[str, str]:
    """What a service sends a browser with."""
    return {
        "client_id": "submission",
        "redirect_uri": issuer.clients["submission"].redirect_uris[0],
        "response_type": "code",
        "scope": "openid profile",
        "state": "a state",
        "nonce": "a nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }


def site(issuer: RunningIssuer) -> str:
    return issuer.url.removesuffix("/issuer")


def choose(issuer: RunningIssuer, sub: str = "lan-ratna", **changes: str) -> httpx.Response:
    return httpx.post(
        f"{issuer.url}/authorize",
        params=request(issuer, **changes),
        data={"sub": sub},
        headers={"Origin": site(issuer)},
    )


def answer_of(response: httpx.Response) -> dict[str, str]:
    """Give what the browser takes back to the client."""
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def redeem(issuer: RunningIssuer, code: str, auth: tuple[str, str] | None = SERVICE, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": issuer.clients["submission"].redirect_uris[0],
        "code_verifier": VERIFIER,
        **changes,
    }
    return httpx.post(f"{issuer.url}/token", data=form, auth=auth)


def verified(issuer: RunningIssuer, token: str, audience: str) -> dict[str, Any]:
    key = jwt.PyJWK(httpx.get(f"{issuer.url}/jwks").json()["keys"][0])
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=audience, issuer=issuer.url)
    return {name: value for name, value in claims.items() if name not in ("iat", "exp", "jti")}


# What it gives


def test_discovery_names_itself_and_its_endpoints(issuer: RunningIssuer) -> None:
    found = httpx.get(f"{issuer.url}/.well-known/openid-configuration").json()
    endpoints = {name: found[name].removeprefix(issuer.url) for name in found if name.endswith(("_endpoint", "_uri"))}
    assert endpoints == {
        "authorization_endpoint": "/authorize",
        "token_endpoint": "/token",
        "userinfo_endpoint": "/userinfo",
        "jwks_uri": "/jwks",
        "end_session_endpoint": "/end-session",
    }
    assert (found["issuer"], found["code_challenge_methods_supported"]) == (issuer.url, ["S256"])


def test_the_key_set_holds_nothing_private(issuer: RunningIssuer) -> None:
    (key,) = httpx.get(f"{issuer.url}/jwks").json()["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]


def test_the_key_stays_the_same_and_private(tmp_path: Path) -> None:
    first, second = Signer("http://a", tmp_path).public_jwk, Signer("http://a", tmp_path).public_jwk
    assert first == second
    assert stat.S_IMODE((tmp_path / "signing-key.pem").stat().st_mode) == 0o600


def test_a_code_becomes_tokens_of_the_chosen_person(issuer: RunningIssuer) -> None:
    back = answer_of(choose(issuer, "penilai-asep"))
    assert {name: back[name] for name in ("state", "iss")} == {"state": "a state", "iss": issuer.url}
    tokens = redeem(issuer, back["code"]).json()
    rights = {"roles": ["reviewer"], "regions": [], "units": [], "home_region": "32.73"}
    profile = {
        "name": "Asep Gunadarma (contoh)",
        "email": "penilai-asep@example.id",
        "title": "Widyaiswara bidang inovasi",
        "affiliation": "Pusat pelatihan di Bandung",
    }
    who = {"iss": issuer.url, "sub": "penilai-asep"}
    assert verified(issuer, tokens["access_token"], "labinov") == {
        **who,
        **rights,
        "aud": "labinov",
        "client_id": "submission",
        "scope": "service",
    }
    assert verified(issuer, tokens["id_token"], "submission") == {
        **who,
        **rights,
        **profile,
        "aud": "submission",
        "nonce": "a nonce",
    }
    kinds = [jwt.get_unverified_header(tokens[name])["typ"] for name in ("access_token", "id_token")]
    assert (kinds, tokens["token_type"], tokens["expires_in"]) == (["at+jwt", "JWT"], "Bearer", 1800)
    info = httpx.get(f"{issuer.url}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert info == {"sub": "penilai-asep", **rights, **profile}


def test_a_client_may_say_its_secret_in_the_form(issuer: RunningIssuer) -> None:
    form = {"grant_type": "client_credentials", "client_id": "pemalang-system", "client_secret": SECRET}
    token = httpx.post(f"{issuer.url}/token", data=form).json()["access_token"]
    assert verified(issuer, token, "labinov") == {
        "iss": issuer.url,
        "sub": "pemalang-system",
        "aud": "labinov",
        "client_id": "pemalang-system",
        "scope": "",
        "roles": ["machine"],
        "regions": ["33.27"],
        "units": [],
    }


def as_person(issuer: RunningIssuer, client: str, sub: str) -> httpx.Response:
    form = {"grant_type": identities.DEMONSTRATION_PERSON, "sub": sub}
    return httpx.post(f"{issuer.url}/token", data=form, auth=(client, SECRET))


def test_the_demonstration_acts_as_its_people(issuer: RunningIssuer) -> None:
    token = as_person(issuer, "labinov-cli", "penilai-asep").json()["access_token"]
    assert verified(issuer, token, "labinov") == {
        "iss": issuer.url,
        "sub": "penilai-asep",
        "aud": "labinov",
        "client_id": "labinov-cli",
        "scope": "",
        "roles": ["reviewer"],
        "regions": [],
        "units": [],
        "home_region": "32.73",
    }


def test_no_other_program_acts_as_a_person_and_nobody_as_a_stranger(issuer: RunningIssuer) -> None:
    others = [each for each in issuer.clients if each != "labinov-cli"]
    assert others == ["submission", "review", "pemalang-system"]
    for each in others:
        assert refusal(as_person(issuer, each, "lan-ratna")) == (400, "unauthorized_client")
    assert refusal(as_person(issuer, "labinov-cli", "nobody")) == (400, "invalid_grant")
    assert refusal(as_person(issuer, "labinov-cli", "")) == (400, "invalid_grant")


def test_the_embedded_default_lets_one_program_act_as_people(tmp_path: Path) -> None:
    allowed = [
        each["client_id"]
        for each in environment.clients(State(tmp_path))
        if identities.DEMONSTRATION_PERSON in list(each["grant_types"])  # type: ignore[call-overload]  # JSON
    ]
    assert allowed == ["labinov-cli"]


def test_tokens_are_not_cached_on_the_way(issuer: RunningIssuer) -> None:
    given = redeem(issuer, answer_of(choose(issuer))["code"])
    refused = redeem(issuer, "x")
    assert [each.headers["cache-control"] for each in (given, refused)] == ["no-store", "no-store"]


# What it refuses


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_code_works_once(issuer: RunningIssuer) -> None:
    code = answer_of(choose(issuer))["code"]
    assert redeem(issuer, code).status_code == 200
    assert refusal(redeem(issuer, code)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "http://127.0.0.1:1/submission/callback"},
        {"redirect_uri": ""},
    ],
)
def test_a_code_shown_with_something_else_is_spent(issuer: RunningIssuer, changes: dict[str, str]) -> None:
    code = answer_of(choose(issuer))["code"]
    assert refusal(redeem(issuer, code, SERVICE, **changes)) == (400, "invalid_grant")
    assert refusal(redeem(issuer, code)) == (400, "invalid_grant")


def test_a_code_is_no_good_to_another_client(issuer: RunningIssuer) -> None:
    code = answer_of(choose(issuer))["code"]
    assert refusal(redeem(issuer, code, ("review", SECRET))) == (400, "invalid_grant")


def test_an_old_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = Codes()
    ask = partial(codes.issue, client_id="c", redirect_uri="r", sub="s", nonce=None, challenge=CHALLENGE)
    fresh = codes.redeem(ask())
    assert fresh is not None
    assert fresh.sub == "s"
    monkeypatch.setattr(identities, "CODE_SECONDS", 0)
    assert codes.redeem(ask()) is None


@pytest.mark.parametrize("auth", [("submission", "wrong"), ("nobody", SECRET), ("submission", ""), None])
def test_nobody_gets_a_token_without_the_secret(issuer: RunningIssuer, auth: tuple[str, str] | None) -> None:
    code = answer_of(choose(issuer))["code"]
    assert refusal(redeem(issuer, code, auth)) == (401, "invalid_client")


def test_grants_are_those_of_the_client(issuer: RunningIssuer) -> None:
    code = answer_of(choose(issuer))["code"]
    assert refusal(redeem(issuer, code, ("labinov-cli", SECRET))) == (400, "unauthorized_client")
    assert refusal(redeem(issuer, code, grant_type="password")) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": "extended"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
        {"client_id": "labinov-cli"},
    ],
)
def test_a_browser_is_never_sent_to_an_unknown_address(issuer: RunningIssuer, changes: dict[str, str]) -> None:
    asked = request(issuer)
    sent = {name: asked["redirect_uri"] + "/more" if value == "extended" else value for name, value in changes.items()}
    shown, chosen = httpx.get(f"{issuer.url}/authorize", params={**asked, **sent}), choose(issuer, **sent)
    assert [(each.status_code, "location" in each.headers) for each in (shown, chosen)] == [(400, False)] * 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_faulty_request_goes_back_with_its_error(issuer: RunningIssuer, changes: dict[str, str], error: str) -> None:
    back = answer_of(httpx.get(f"{issuer.url}/authorize", params=request(issuer, **changes)))
    assert back == {"error": error, "iss": issuer.url, "state": "a state"}


def test_another_site_cannot_choose_for_somebody(issuer: RunningIssuer) -> None:
    where, form = f"{issuer.url}/authorize", {"sub": "lan-ratna"}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = httpx.post(where, params=request(issuer), data=form, headers=headers)
        assert (answer.status_code, "location" in answer.headers, "set-cookie" in answer.headers) == (403, False, False)


def test_nobody_outside_the_list_can_be_chosen(issuer: RunningIssuer) -> None:
    answer = choose(issuer, "root")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_userinfo_only_for_a_persons_access_token(issuer: RunningIssuer) -> None:
    tokens = redeem(issuer, answer_of(choose(issuer))["code"]).json()
    for token in ("", "x", tokens["id_token"], issuer.machine_token("labinov-cli")):
        headers = {"Authorization": f"Bearer {token}".strip()}
        assert refusal(httpx.get(f"{issuer.url}/userinfo", headers=headers)) == (401, "invalid_token")


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "", "//elsewhere.example"])
def test_signing_out_leads_nowhere_else(issuer: RunningIssuer, target: str) -> None:
    params = {"client_id": "submission", "post_logout_redirect_uri": target}
    assert httpx.get(f"{issuer.url}/end-session", params=params).headers["location"] == "/"


# The page


@pytest.mark.parametrize(
    ("lang", "heading"), [("id", "Masuk sebagai siapa?"), ("en", "Sign in as whom?"), ("xx", "Masuk sebagai siapa?")]
)
def test_the_page_offers_everybody_once_in_both_languages(issuer: RunningIssuer, lang: str, heading: str) -> None:
    page = httpx.get(f"{issuer.url}/authorize", params=request(issuer, lang=lang))
    assert re.findall(r"<h1>(.*?)</h1>", page.text) == [heading]
    assert re.findall(r'name="sub" value="([^"]*)"', page.text) == [
        each.sub for each in sorted(issuer.people.values(), key=lambda each: list(Role).index(Role(each.role)))
    ]


def test_what_a_request_carries_is_text_on_the_page(issuer: RunningIssuer) -> None:
    page = httpx.get(f"{issuer.url}/authorize", params=request(issuer, state='"><img src=x onerror=alert(1)>'))
    assert (page.status_code, "<img" in page.text) == (200, False)


# The demonstration people


def test_people_are_invented_and_their_rights_have_a_shape_we_know() -> None:
    people = read_people()
    for sub, person in people.items():
        assert person.name.endswith(" (contoh)")
        assert person.email == f"{sub}@example.id"
        assert person.roles == (Role(person.role),)
        assert person.home_region in regions()
        assert [each for each in person.regions if each != "*" and each not in regions()] == []
        assert [unit for unit in person.units if region_of(unit) not in person.regions] == []
    assert not re.search(r"\d{16}", identities.PEOPLE.read_text())


def test_there_is_somebody_for_every_part() -> None:
    people = read_people().values()
    assert [each.regions for each in people if each.role == Role.COORDINATOR] == [
        (code,) for code in ("36.74", "33.27", "33.03", "36.02", "36.04")
    ]
    assert [each.units for each in people if each.role == Role.UNIT_MEMBER] == [
        (unit,) for unit in ("36.74-disdukcapil", "36.74-dpmptsp", "33.27-disdukcapil")
    ]
    homes = {each.home_region for each in people if each.role == Role.REVIEWER}
    assert homes == {"34.71", "32.73", "12.71", "31.71", "51.71", "73.71", "35.78", "36.74"}
    assert [each.role for each in people if each.regions == ("*",)] == [Role.LAN, Role.AUDITOR]


# Starting


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LABINOV_")}
    command = [sys.executable, "-m", "uvicorn", "deploy.embedded.issuer:app", "--port", "0"]
    return subprocess.run(command, env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("deployment", ["production", "", "Embedded"])
def test_it_does_not_start_in_another_deployment(tmp_path: Path, deployment: str) -> None:
    (tmp_path / "clients.json").write_text("[]")
    ended = start(
        LABINOV_DEPLOYMENT=deployment, LABINOV_ISSUER="http://127.0.0.1:1/issuer", LABINOV_ISSUER_DIR=str(tmp_path)
    )
    assert ended.returncode == 1
    assert "it only runs with LABINOV_DEPLOYMENT=embedded" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["clients.json"]


def test_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LABINOV_ISSUER", "LABINOV_ISSUER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABINOV_DEPLOYMENT", "embedded")
    with pytest.raises(SystemExit, match="needs LABINOV_ISSUER"):
        from_environment()
    monkeypatch.setenv("LABINOV_ISSUER", "http://127.0.0.1:1/issuer")
    monkeypatch.setenv("LABINOV_ISSUER_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match=r"clients\.json cannot be read \(No such file or directory\)"):
        from_environment()


def test_clients_that_cannot_be_read_are_named_without_their_secrets(tmp_path: Path) -> None:
    (tmp_path / "clients.json").write_text(json.dumps([{"client_id": "c", "client_secret": "hidden", "role": "lan"}]))
    with pytest.raises(Trouble) as trouble:
        read_clients(tmp_path)
    assert str(trouble.value) == f"The issuer's clients in {tmp_path / 'clients.json'} are not valid: 1 faults."
