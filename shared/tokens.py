"""What a trustworthy token is: the issuer's discovery document and signing keys, and the checks a token must pass.

Algorithms are a fixed list of asymmetric ones, and a key comes from the issuer's own key set and from nowhere else:
what a token says of its key (`jku`, `jwk`, `x5u`, `x5c`) is not looked at.
"""

import threading
import time
from typing import Any, Literal

import httpx
import jwt
import structlog

from shared.domain import Rejection

ALGORITHMS = ("RS256", "ES256", "EdDSA")

_TYPES = {"access": {"at+jwt", "application/at+jwt"}, "id": {"jwt", ""}}
_TIMEOUT = httpx.Timeout(3.0, connect=1.0)
_KEYS_FRESH = 600.0
_COOLDOWN = 10.0
_LEEWAY = 10

_log = structlog.get_logger(__name__)


class Unauthenticated(Rejection):
    """Sign in first."""


class IssuerUnreachable(Rejection):
    """Signing in is not possible at this moment. Try again shortly."""


class Issuer:
    """The one OpenID Connect issuer that is trusted: where it answers and which keys it signs with.

    Keys are kept; an unknown key id or an old key set asks again, at most once in ten seconds. An issuer that is down
    leaves the keys already known in force. Safe to share between threads.
    """

    def __init__(self, issuer: str, internal_url: str | None = None) -> None:
        """Take the issuer's name, and where it is reached from inside when that differs."""
        self.issuer = issuer.rstrip("/")
        self._internal = (internal_url or issuer).rstrip("/")
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked: float | None = None
        self._answered: float | None = None

    def metadata(self) -> dict[str, Any]:
        """Give the discovery document; raise IssuerUnreachable when it cannot be had."""
        if self._metadata is None:
            found = self._get(f"{self._internal}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                _log.error("the issuer's discovery document names another issuer")
                raise IssuerUnreachable
            self._metadata = found
        return self._metadata

    def endpoint(self, name: str) -> str:
        """Give the address of an endpoint as this process reaches it; raise IssuerUnreachable."""
        public = self.public_endpoint(name)
        return self._internal + public.removeprefix(self.issuer) if public.startswith(self.issuer + "/") else public

    def public_endpoint(self, name: str) -> str:
        """Give the address of an endpoint as a browser reaches it; raise IssuerUnreachable."""
        found = self.metadata().get(name)
        if not isinstance(found, str):
            _log.error("the issuer's discovery document lacks an endpoint", endpoint=name)
            raise IssuerUnreachable
        return found

    def verify(self, token: str, *, audience: str, kind: Literal["access", "id"]) -> dict[str, Any]:
        """Give the claims of a token that passes every check.

        Raises Unauthenticated, the same for every failure, and IssuerUnreachable when no keys are known at all.
        """
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ") or "").lower() not in _TYPES[kind]:
                raise Unauthenticated
            return jwt.decode(
                token,
                key=self._key(header.get("kid")),
                algorithms=list(ALGORITHMS),
                audience=audience,
                issuer=self._accepted,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            _log.info("token refused", error=type(error).__name__)
            raise Unauthenticated from error

    def knows_key_of(self, token: str) -> bool:
        """Whether `verify` would answer without asking the issuer anything."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, ValueError):
            return True
        return kid in self._keys and self._fresh()

    @property
    def _accepted(self) -> list[str]:
        # An issuer's name is compared as text; some write it with a slash at the end.
        return [self.issuer, self.issuer + "/"]

    def _fresh(self) -> bool:
        return self._answered is not None and time.monotonic() - self._answered < _KEYS_FRESH

    def _key(self, kid: object) -> jwt.PyJWK:
        if not isinstance(kid, str):
            raise Unauthenticated
        if kid not in self._keys or not self._fresh():
            self._refresh()
        if kid not in self._keys:
            if not self._keys:
                raise IssuerUnreachable
            raise Unauthenticated
        return self._keys[kid]

    def _refresh(self) -> None:
        # Whoever comes while another asks goes on with the keys there are; without any it waits for the answer.
        if not self._lock.acquire(blocking=not self._keys):
            return
        try:
            # The first answer is worth asking for again soon: nobody gets in before it.
            wait = _COOLDOWN if self._keys else 1.0
            if self._asked is not None and time.monotonic() - self._asked < wait:
                return
            self._asked = time.monotonic()
            found = self._get(self.endpoint("jwks_uri")).get("keys")
            self._keys = _usable(found if isinstance(found, list) else []) or self._keys
            self._answered = time.monotonic()
        except IssuerUnreachable:
            _log.warning("the issuer's keys could not be fetched")
        finally:
            self._lock.release()

    def _get(self, url: str) -> dict[str, Any]:
        try:
            found = httpx.get(url, timeout=_TIMEOUT).raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise IssuerUnreachable from error
        if not isinstance(found, dict):
            raise IssuerUnreachable
        return found


def _usable(keys: list[Any]) -> dict[str, jwt.PyJWK]:
    """Give the signing keys by id, leaving out symmetric ones, those for other uses and those we cannot read."""
    usable = {}
    for each in keys:
        try:
            key = jwt.PyJWK(each)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            continue
        if key.key_id and key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig"):
            usable[key.key_id] = key
    return usable
