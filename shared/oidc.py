"""How a person signs in at one service. OpenID Connect, code with PKCE only.

Browser → /sign-in → the issuer → /callback → the session cookie of this service. What must survive the way to the
issuer and back (state, nonce, verifier, where to go next) travels in a signed cookie of ten minutes.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import APIRouter, Query, Request
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import RedirectResponse

from shared.auth import Actor, Identity, Public, actor_from
from shared.domain import Invalid
from shared.service_tokens import TokenRefused, ask_token
from shared.tokens import IssuerUnreachable, Unauthenticated

SCOPE = "openid profile email"
FLOW_SECONDS = 600

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
        answer = ask_token(identity.issuer, (settings.client_id, settings.client_secret.get_secret_value()), form)
        claims = identity.issuer.verify(str(answer["id_token"]), audience=settings.client_id, kind="id")
    except (TokenRefused, KeyError, Unauthenticated) as error:
        _log.warning("sign-in failed", error=type(error).__name__)
        raise SignInFailed from error
    if claims.get("nonce") != flow["nonce"]:
        raise SignInFailed
    return claims


def _redirect(target: str) -> RedirectResponse:
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
