"""How a person signs in at one service, and how a service gets a token of its own. OpenID Connect, code with PKCE only.

Browser → /sign-in → the issuer → /callback → the session cookie of this service. What must survive the way to the
issuer and back (state, nonce, verifier, where to go next) travels in a signed cookie of ten minutes.
"""

import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Self
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import structlog
from fastapi import APIRouter, Query, Request
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import RedirectResponse

from shared.auth import Actor, Identity, Public, actor_from
from shared.domain import Invalid
from shared.settings import Settings
from shared.tokens import Issuer, IssuerUnreachable, Unauthenticated

SCOPE = "openid profile email"
FLOW_SECONDS = 600

_TIMEOUT = httpx.Timeout(3.0, connect=1.0)
_EARLY = 30

_log = structlog.get_logger(__name__)

OnSignIn = Callable[[Actor, Mapping[str, Any]], None]


class SignInFailed(Invalid):
    """Signing in was not completed. Start again."""


def safe_next(path: str) -> str:
    """Give the path to return to; raise Invalid for anything that could lead to another site."""
    parts = urlsplit(path) if path.isprintable() else None
    if parts is None or parts.scheme or parts.netloc or path[:1] != "/" or path[1:2] == "/" or "\\" in path:
        raise Invalid("This is not a path of this site.", field="next")
    return path


def router(identity: Identity, on_sign_in: OnSignIn | None = None) -> APIRouter:
    """Give the routes /sign-in, /callback and /sign-out of a service.

    `on_sign_in` gets the actor and the verified claims of everyone who signs in, before the session begins: there a
    service keeps names and contacts in its `person` table.
    """
    settings = identity.settings
    flows = _Flows(identity)
    home = f"{settings.root_path}/"
    redirect_uri = f"{settings.public_url}{settings.root_path}/callback"
    routes = APIRouter(include_in_schema=False)

    @routes.get("/sign-in")
    def sign_in(_: Public, afterwards: Annotated[str | None, Query(alias="next")] = None) -> RedirectResponse:
        flow = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
            "next": safe_next(afterwards) if afterwards else home,
        }
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": flow["state"],
            "nonce": flow["nonce"],
            "code_challenge": s256(flow["verifier"]),
            "code_challenge_method": "S256",
        }
        response = _redirect(f"{identity.issuer.public_endpoint('authorization_endpoint')}?{urlencode(asked)}")
        flows.begin(response, flow)
        return response

    @routes.get("/callback")
    def callback(
        request: Request, actor: Public, state: str = "", code: str | None = None, error: str | None = None
    ) -> RedirectResponse:
        flow = flows.read(request)
        if flow is None or not secrets.compare_digest(flow["state"].encode(), state.encode()):
            if actor is not None:
                # Somebody went back to an address that has done its work.
                return _redirect(home)
            raise SignInFailed
        if code is None or error is not None:
            raise SignInFailed
        claims = _redeem(identity, code, flow, redirect_uri)
        who = actor_from(claims, settings)
        if on_sign_in is not None:
            on_sign_in(who, claims)
        response = _redirect(flow["next"])
        identity.sessions.write(response, who)
        flows.end(response)
        return response

    @routes.post("/sign-out")
    def sign_out(_: Public) -> RedirectResponse:
        there = {"client_id": settings.client_id, "post_logout_redirect_uri": f"{settings.public_url}{home}"}
        try:
            target = f"{identity.issuer.public_endpoint('end_session_endpoint')}?{urlencode(there)}"
        except IssuerUnreachable:
            target = home
        response = _redirect(target)
        identity.sessions.clear(response)
        return response

    return routes


class _Flows:
    """The cookie that joins the way to the issuer with the way back."""

    def __init__(self, identity: Identity) -> None:
        self._sessions = identity.sessions
        self._cookie = f"{identity.sessions.cookie}_sign_in"
        self._path = f"{identity.settings.root_path}/callback"
        self._signer = URLSafeTimedSerializer(
            identity.settings.session_secret.get_secret_value(), salt=f"sign-in/{identity.service}"
        )

    def begin(self, response: RedirectResponse, flow: dict[str, str]) -> None:
        response.set_cookie(
            self._cookie,
            str(self._signer.dumps(flow)),
            max_age=FLOW_SECONDS,
            path=self._path,
            secure=self._sessions.secure,
            httponly=True,
            samesite="lax",
        )

    def read(self, request: Request) -> dict[str, str] | None:
        try:
            flow: dict[str, str] = self._signer.loads(request.cookies.get(self._cookie, ""), max_age=FLOW_SECONDS)
        except BadData:
            return None
        return flow

    def end(self, response: RedirectResponse) -> None:
        response.delete_cookie(
            self._cookie, path=self._path, secure=self._sessions.secure, httponly=True, samesite="lax"
        )


def s256(verifier: str) -> str:
    """Give the PKCE challenge of a verifier (RFC 7636): its SHA-256 in base64url."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _redeem(identity: Identity, code: str, flow: dict[str, str], redirect_uri: str) -> dict[str, Any]:
    """Give the verified claims of the ID token that the code is exchanged for."""
    settings = identity.settings
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": flow["verifier"],
        "redirect_uri": redirect_uri,
    }
    try:
        answer = _ask_token(identity.issuer, (settings.client_id, settings.client_secret.get_secret_value()), form)
        claims = identity.issuer.verify(str(answer["id_token"]), audience=settings.client_id, kind="id")
    except (_Refused, KeyError, Unauthenticated) as error:
        _log.warning("sign-in failed", error=type(error).__name__)
        raise SignInFailed from error
    if claims.get("nonce") != flow["nonce"]:
        raise SignInFailed
    return claims


class _Refused(Exception):
    """The token endpoint answered that it gives no token."""


def _ask_token(issuer: Issuer, client: tuple[str, str], form: dict[str, str]) -> dict[str, Any]:
    """Give the token endpoint's answer; raise _Refused, or IssuerUnreachable when it is none."""
    # RFC 6749 2.3.1: id and secret are form-encoded before they become a user name and a password.
    user, password = (quote_plus(each) for each in client)
    try:
        response = httpx.post(issuer.endpoint("token_endpoint"), data=form, auth=(user, password), timeout=_TIMEOUT)
        if response.is_client_error:
            raise _Refused
        answer = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise IssuerUnreachable from error
    if not isinstance(answer, dict):
        raise IssuerUnreachable
    return answer


def _redirect(target: str) -> RedirectResponse:
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


class ServiceTokens(httpx.Auth):
    """A program's own access token, by client credentials: `httpx.Client(auth=ServiceTokens.of(settings))`.

    The token is kept until shortly before it ends; a request that is refused with 401 is tried once more with a new
    one. For sync clients; safe to share between threads.
    """

    def __init__(self, issuer: Issuer, client_id: str, client_secret: str) -> None:
        """Take the issuer, and the client's id and secret there."""
        self._issuer = issuer
        self._client = (client_id, client_secret)
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Give the token source of the service with these settings."""
        issuer = Issuer(settings.issuer, settings.issuer_internal_url)
        return cls(issuer, settings.client_id, settings.client_secret.get_secret_value())

    def token(self) -> str:
        """Give a token that is good for some while; raise IssuerUnreachable when there is none to be had."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._fetch()
            assert self._token is not None
            return self._token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token on a request, and a new one when the first is refused."""
        token = self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            self._forget(token)
            request.headers["Authorization"] = f"Bearer {self.token()}"
            yield request

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = None

    def _fetch(self) -> None:
        try:
            answer = _ask_token(self._issuer, self._client, {"grant_type": "client_credentials"})
            lifetime = float(answer.get("expires_in", 60))
            self._token = str(answer["access_token"])
        except (_Refused, ValueError, KeyError, TypeError) as error:
            _log.warning("no token to be had", error=type(error).__name__)
            raise IssuerUnreachable from error
        self._until = time.monotonic() + lifetime - min(_EARLY, lifetime / 2)
