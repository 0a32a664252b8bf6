"""The OpenID Connect issuer of the embedded default: people choose whom to be. It serves no other deployment.

    uvicorn deploy.embedded.issuer:app

The gateway serves it at the path of LABINOV_ISSUER and strips that path. Code flow with PKCE S256 only, and client
credentials for machines. The demonstration's own program, and no other, may act as one of the people.
"""

import secrets
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote_plus, urlencode, urlsplit

import jwt
from fastapi import Depends, FastAPI, Form, Query, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from deploy.embedded.errors import Trouble
from deploy.embedded.identities import (
    ACCESS_SECONDS,
    DEMONSTRATION_PERSON,
    Client,
    Codes,
    Person,
    Signer,
    read_clients,
    read_people,
)
from shared.auth import SESSION_SECONDS, CrossSite, bearer_token, require_same_origin
from shared.regions import region_name

_HERE = Path(__file__).parent
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_COOKIE = "labinov_issuer"


class IssuerSettings(BaseSettings):
    """What the embedded issuer is told from outside."""

    model_config = SettingsConfigDict(env_prefix="LABINOV_", frozen=True)

    deployment: str = ""
    issuer: str = ""
    issuer_dir: Path | None = None


class AuthorizationRequest(BaseModel):
    """The parameters that a client sends a browser with; the names are those of OpenID Connect."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str | None = None
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    lang: str = ""


class OAuthProblem(Exception):
    """A request that OAuth 2 has an error code for."""

    def __init__(self, error: str, status: int = 400) -> None:
        """Take the error code of RFC 6749 and the status to answer with."""
        self.error = error
        self.status = status
        super().__init__(error)


class UntrustedRequest(Exception):
    """A browser came from no client we know, or is to go to an address that is not the client's: it stays here."""


def create_app(issuer: str, directory: Path) -> FastAPI:
    """Give the issuer of this name, with its key and its clients in this folder; raises Trouble."""
    clients, people = read_clients(directory), read_people()
    signer, codes = Signer(issuer, directory), Codes()
    # A new secret at every start: after a restart one chooses again whom to be.
    sessions = URLSafeTimedSerializer(secrets.token_bytes(32), salt="issuer")
    base = urlsplit(issuer).path
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["region"] = region_name
    app = FastAPI(title="Labinov, embedded issuer", docs_url=None, redoc_url=None, openapi_url=None)

    def page(request: Request, name: str, status: int = 200, form_action: str = "", **context: Any) -> HTMLResponse:
        asked = request.query_params.get("lang") or request.cookies.get("labinov_lang")
        lang = "en" if asked == "en" else "id"
        html = templates.get_template(name).render(lang=lang, base=base, **context)
        policy = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {form_action}".strip()
        headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'; base-uri 'none'", **_NO_STORE}
        return HTMLResponse(html, status, headers)

    def client_of(asked: AuthorizationRequest) -> Client:
        client = clients.get(asked.client_id)
        if client is None or asked.redirect_uri not in client.redirect_uris:
            raise UntrustedRequest
        return client

    def back(asked: AuthorizationRequest, **answer: str) -> RedirectResponse:
        query = urlencode({**answer, "iss": issuer, **({"state": asked.state} if asked.state else {})})
        return RedirectResponse(f"{asked.redirect_uri}?{query}", status_code=303, headers=_NO_STORE)

    def grant(asked: AuthorizationRequest, person: Person) -> RedirectResponse:
        code = codes.issue(
            client_id=asked.client_id,
            redirect_uri=asked.redirect_uri,
            sub=person.sub,
            nonce=asked.nonce,
            challenge=asked.code_challenge,
        )
        return back(asked, code=code)

    def present(request: Request) -> Person | None:
        try:
            return people.get(sessions.loads(request.cookies.get(_COOKIE, ""), max_age=SESSION_SECONDS))
        except BadData:
            return None

    @app.exception_handler(OAuthProblem)
    async def problem(_: Request, error: OAuthProblem) -> Response:
        headers = {**_NO_STORE, **({"WWW-Authenticate": "Basic"} if error.status == 401 else {})}
        return JSONResponse({"error": error.error}, error.status, headers)

    @app.exception_handler(UntrustedRequest)
    async def untrusted(request: Request, _: UntrustedRequest) -> Response:
        return page(request, "refused.html", 400)

    @app.exception_handler(CrossSite)
    async def cross_site(request: Request, _: CrossSite) -> Response:
        return page(request, "refused.html", 403)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return _discovery(issuer)

    @app.get("/jwks")
    def jwks() -> dict[str, Any]:
        return {"keys": [signer.public_jwk]}

    @app.get("/issuer.css")
    def style() -> FileResponse:
        return FileResponse(_HERE / "templates" / "issuer.css", media_type="text/css")

    @app.get("/authorize")
    def choose(request: Request, asked: Annotated[AuthorizationRequest, Query()]) -> Response:
        client_of(asked)
        if (error := _fault(asked)) is not None:
            return back(asked, error=error)
        person = present(request)
        if person is not None and asked.prompt not in ("login", "select_account"):
            return grant(asked, person)
        if asked.prompt == "none":
            return back(asked, error="login_required")
        target = urlsplit(asked.redirect_uri)
        return page(
            request,
            "choose.html",
            form_action=f"{target.scheme}://{target.netloc}",
            people=list(people.values()),
            query=urlencode(asked.model_dump(exclude={"lang"}, exclude_none=True)),
            cancel=back(asked, error="access_denied").headers["location"],
        )

    @app.post("/authorize")
    def chosen(
        request: Request, asked: Annotated[AuthorizationRequest, Query()], sub: Annotated[str, Form()]
    ) -> Response:
        require_same_origin(request, issuer)
        client_of(asked)
        if (error := _fault(asked)) is not None:
            return back(asked, error=error)
        if sub not in people:
            raise UntrustedRequest
        response = grant(asked, people[sub])
        response.set_cookie(
            _COOKIE,
            str(sessions.dumps(sub)),
            path=base or "/",
            secure=issuer.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return response

    @app.post("/token")
    def token(
        basic: Annotated[HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))],
        grant_type: Annotated[str, Form()] = "",
        code: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str, Form()] = "",
        code_verifier: Annotated[str, Form()] = "",
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        sub: Annotated[str, Form()] = "",
    ) -> JSONResponse:
        if basic is not None:
            client_id, client_secret = unquote_plus(basic.username), unquote_plus(basic.password)
        client = clients.get(client_id)
        if client is None or not client.has_secret(client_secret):
            raise OAuthProblem("invalid_client", 401)
        if grant_type not in ("authorization_code", "client_credentials", DEMONSTRATION_PERSON):
            raise OAuthProblem("unsupported_grant_type")
        if grant_type not in client.grant_types:
            raise OAuthProblem("unauthorized_client")
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": ACCESS_SECONDS}
        if grant_type == "client_credentials":
            answer["access_token"] = signer.access_token(client, None)
        elif grant_type == DEMONSTRATION_PERSON:
            if sub not in people:
                raise OAuthProblem("invalid_grant")
            answer["access_token"] = signer.access_token(client, people[sub])
        else:
            # A code is spent by the first who shows it, whether or not the rest fits.
            held = codes.redeem(code)
            if held is None or not held.answers(client, redirect_uri, code_verifier):
                raise OAuthProblem("invalid_grant")
            person = people[held.sub]
            answer["access_token"] = signer.access_token(client, person)
            answer["id_token"] = signer.id_token(client, person, held.nonce)
        return JSONResponse(answer, headers=_NO_STORE)

    @app.api_route("/userinfo", methods=["GET", "POST"])
    def userinfo(request: Request) -> JSONResponse:
        try:
            person = people.get(signer.subject_of(bearer_token(request) or ""))
        except jwt.PyJWTError:
            person = None
        if person is None:
            raise OAuthProblem("invalid_token", 401)
        return JSONResponse({"sub": person.sub, **person.rights, **person.profile}, headers=_NO_STORE)

    @app.get("/end-session")
    def end_session(client_id: str = "", post_logout_redirect_uri: str = "") -> RedirectResponse:
        known = clients.get(client_id)
        homes = {uri.removesuffix("callback") for uri in known.redirect_uris} if known else set()
        target = post_logout_redirect_uri if post_logout_redirect_uri in homes else "/"
        response = RedirectResponse(target, status_code=303, headers=_NO_STORE)
        response.delete_cookie(_COOKIE, path=base or "/")
        return response

    return app


def _fault(asked: AuthorizationRequest) -> str | None:
    """Give the error code of a request that came from a known client but is not one we serve."""
    if asked.response_type != "code":
        return "unsupported_response_type"
    if "openid" not in asked.scope.split():
        return "invalid_scope"
    # A challenge is the base64url of a SHA-256: 43 characters.
    if asked.code_challenge_method != "S256" or len(asked.code_challenge) != 43:
        return "invalid_request"
    return None


def _discovery(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end-session",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email"],
        "claims_supported": ["sub", "name", "email", "roles", "regions", "units", "home_region", "title"],
        "authorization_response_iss_parameter_supported": True,
    }


def from_environment() -> FastAPI:
    """Give the issuer that the environment describes; end the process with a sentence when it must not run."""
    settings = IssuerSettings()
    if settings.deployment != "embedded":
        raise SystemExit(
            "The embedded issuer lets anybody sign in as anybody: it only runs with LABINOV_DEPLOYMENT=embedded. "
            "Set LABINOV_ISSUER to the OpenID Connect issuer of this deployment instead."
        )
    if not settings.issuer or settings.issuer_dir is None:
        raise SystemExit("The embedded issuer needs LABINOV_ISSUER, its address, and LABINOV_ISSUER_DIR, its folder.")
    try:
        return create_app(settings.issuer.rstrip("/"), settings.issuer_dir)
    except Trouble as trouble:
        raise SystemExit(str(trouble)) from None


def __getattr__(name: str) -> FastAPI:
    # `app` is made when a server asks for it, so that importing this module decides and creates nothing.
    if name == "app":
        return from_environment()
    raise AttributeError(name)
