"""How a program gets a token of its own: the issuer's token endpoint, asked with client credentials."""

import threading
import time
from collections.abc import Generator
from typing import Any, Self
from urllib.parse import quote_plus

import httpx
import structlog

from shared.settings import Settings
from shared.tokens import Issuer, IssuerUnreachable

_TIMEOUT = httpx.Timeout(3.0, connect=1.0)
_EARLY = 30

_log = structlog.get_logger(__name__)


class TokenRefused(Exception):
    """The token endpoint answered that it gives no token."""


def ask_token(issuer: Issuer, client: tuple[str, str], form: dict[str, str]) -> dict[str, Any]:
    """Give the token endpoint's answer; raise TokenRefused, or IssuerUnreachable when it is none."""
    # RFC 6749 2.3.1: id and secret are form-encoded before they become a user name and a password.
    user, password = (quote_plus(each) for each in client)
    try:
        response = httpx.post(issuer.endpoint("token_endpoint"), data=form, auth=(user, password), timeout=_TIMEOUT)
        if response.is_client_error:
            raise TokenRefused
        answer = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise IssuerUnreachable from error
    if not isinstance(answer, dict):
        raise IssuerUnreachable
    return answer


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
            answer = ask_token(self._issuer, self._client, {"grant_type": "client_credentials"})
            lifetime = float(answer.get("expires_in", 60))
            self._token = str(answer["access_token"])
        except (TokenRefused, ValueError, KeyError, TypeError) as error:
            _log.warning("no token to be had", error=type(error).__name__)
            raise IssuerUnreachable from error
        self._until = time.monotonic() + lifetime - min(_EARLY, lifetime / 2)
