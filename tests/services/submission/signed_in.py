"""A running submission, and clients that are signed in to it as somebody."""

from contextlib import ExitStack
from itertools import count
from typing import Any, Self

import httpx

from shared.auth import Actor, Role
from shared.service import Service
from tests.issuers import free_socket, serving
from tests.support import PUBLIC_URL, session_of

ANYBODY = "5f1d6c1e-0000-5000-8000-0000000000"
_keys = count(1)


def lan() -> Actor:
    """Give somebody of LAN."""
    return Actor(person=f"{ANYBODY}01", roles=frozenset({Role.LAN}), name="Ibu LAN")


def coordinator(region: str) -> Actor:
    """Give the coordinator of a region."""
    return Actor(
        person=f"{ANYBODY}02", roles=frozenset({Role.COORDINATOR}), regions=frozenset({region}), name="Pak Koordinator"
    )


def member(unit_id: str) -> Actor:
    """Give a member of a unit."""
    return Actor(
        person=f"{ANYBODY}03", roles=frozenset({Role.UNIT_MEMBER}), units=frozenset({unit_id}), name="Bu Anggota"
    )


def reviewer(region: str) -> Actor:
    """Give a reviewer whose claims name a region."""
    return Actor(person=f"{ANYBODY}04", roles=frozenset({Role.REVIEWER}), regions=frozenset({region}), name="Peninjau")


def auditor() -> Actor:
    """Give an auditor of everything."""
    return Actor(person=f"{ANYBODY}05", roles=frozenset({Role.AUDITOR}), regions=frozenset({"*"}), name="Auditor")


class SignedIn:
    """A client with the session of somebody, or of nobody. Every change has a key of its own unless one is given."""

    def __init__(self, client: httpx.Client, cookie: str | None) -> None:
        """Take the client and the session's cookie."""
        self._client = client
        self._headers = {"Origin": PUBLIC_URL} | ({"Cookie": cookie} if cookie else {})

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read."""
        headers = self._headers | options.pop("headers", {})
        return self._client.get(path, headers=headers, follow_redirects=False, **options)

    def send(self, method: str, path: str, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        """Send a command as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self._headers | {"Idempotency-Key": key or f"key-{next(_keys)}"} | named
        return self._client.request(method, path, json=body, headers=sent)

    def post(self, path: str, body: Any, **more: str) -> httpx.Response:
        """Send a command with POST."""
        return self.send("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: str) -> httpx.Response:
        """Send a command with PUT."""
        return self.send("PUT", path, body, **more)

    def form(self, path: str, fields: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        """Send a form as a browser does."""
        data = {"_key": f"key-{next(_keys)}" if key is None else key} | fields
        headers = self._headers | {"Accept": "text/html"}
        return self._client.post(path, data=data, headers=headers, follow_redirects=False)


class Running:
    """A service on a real port, behind a client."""

    def __init__(self, service: Service) -> None:
        """Take the service."""
        self.service = service
        self.kernel = service.kernel
        self._held = ExitStack()

    def __enter__(self) -> Self:
        """Start it."""
        self.url = self._held.enter_context(serving(self.service.api(), free_socket()))
        self._client = self._held.enter_context(httpx.Client(base_url=self.url, timeout=30))
        return self

    def __exit__(self, *error: object) -> None:
        """Stop it."""
        self._held.close()
        self.kernel.close()

    def as_(self, actor: Actor | None) -> SignedIn:
        """Give a client with the actor's session."""
        return SignedIn(self._client, None if actor is None else "=".join(self.session(actor)))

    def session(self, actor: Actor) -> tuple[str, str]:
        """Give the name and value of the cookie of the actor's session."""
        return session_of(self.kernel.identity.sessions, actor)
