"""Speaking to the services over HTTP as one of the demonstration people, a machine or nobody; what was acknowledged."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx

from deploy.embedded import environment
from deploy.embedded.identities import DEMONSTRATION_PERSON, read_people
from deploy.embedded.state import State
from shared.auth import person_id
from tests.journeys.installation import PATIENCE

NOBODY = ""
LAN_MACHINE = environment.MACHINE
REGIONAL_SYSTEM = "pemalang-system"


@dataclass(frozen=True)
class Acknowledged:
    """A command that was answered with success: to which service, with which key, and the answer."""

    service: str
    method: str
    path: str
    body: Mapping[str, Any]
    who: str
    key: str
    answer: Mapping[str, Any]


class Refused(AssertionError):
    """A command was answered with anything but success, or 503 with Retry-After for too long."""


class Api:
    """The way to the services, through the gateway unless another address is named. Safe for several threads."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.url = environment.public_url(state)
        self.acknowledged: list[Acknowledged] = []
        self.unavailable = 0
        """How often a service was not there, and said so with 503 and Retry-After."""
        self._people = read_people()
        self._tokens: dict[str, str] = {}
        self._lock = Lock()
        self._client = httpx.Client(timeout=60, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def person(self, who: str) -> str:
        """Give the opaque id by which the services know somebody."""
        return person_id(f"{self.url}/issuer", who)

    def headers(self, who: str) -> dict[str, str]:
        """Give the headers that say who asks."""
        return {"Authorization": f"Bearer {self._token(who)}"} if who else {}

    def get(self, who: str, path: str, accept: str = "application/json", **parameters: Any) -> httpx.Response:
        """Give the answer to a request to read, whatever it is."""
        headers = {**self.headers(who), "Accept": accept}
        address = f"{self.url}{path}"
        return self._client.get(address, headers=headers, params=parameters or None, follow_redirects=True)

    def read(self, who: str, path: str, **parameters: Any) -> Any:
        """Give what somebody reads there, waiting while the service is not there."""
        deadline = time.monotonic() + PATIENCE
        while (response := self.get(who, path, **parameters)).status_code == 503 and time.monotonic() < deadline:
            time.sleep(0.3)
        assert response.status_code == 200, (path, response.status_code, response.text[:500])
        return response.json()

    def send(
        self, who: str, method: str, path: str, body: Mapping[str, Any], key: str, url: str | None = None
    ) -> httpx.Response:
        """Give the answer to a command sent once, whatever it is."""
        headers = {**self.headers(who), "Idempotency-Key": key}
        # Without the gateway nobody takes the service's name off the path.
        address = f"{url}/{path.split('/', 2)[2]}" if url else f"{self.url}{path}"
        return self._client.request(method, address, headers=headers, json=dict(body))

    def command(
        self,
        who: str,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        url: str | None = None,
    ) -> dict[str, Any]:
        """Give the answer to a command, sent again with the same key while the service is not there.

        Raises Refused for any other answer than success or 503 with Retry-After.
        """
        key = key or uuid4().hex
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                response = self.send(who, method, path, body, key, url)
            except httpx.TransportError as error:
                # A process killed while it answered: whether it was recorded only the key can tell.
                reason = repr(error)
            else:
                if response.is_success:
                    return self._acknowledge(who, method, path, body, key, response)
                reason = f"{response.status_code} {response.text[:500]}"
                if response.status_code != 503 or "retry-after" not in response.headers:
                    raise Refused(f"{method} {path}: {reason}")
            with self._lock:
                self.unavailable += 1
            if time.monotonic() > deadline:
                raise Refused(f"{method} {path}: still {reason}")
            time.sleep(0.3)

    def _acknowledge(
        self, who: str, method: str, path: str, body: Mapping[str, Any], key: str, response: httpx.Response
    ) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        service = path.split("/")[1]
        with self._lock:
            self.acknowledged.append(Acknowledged(service, method, path, dict(body), who, key, answer))
        return answer

    def _token(self, who: str) -> str:
        with self._lock:
            if who not in self._tokens:
                self._tokens[who] = self._ask_token(who)
            return self._tokens[who]

    def _ask_token(self, who: str) -> str:
        client, asked = who, {"grant_type": "client_credentials"}
        if who in self._people:
            client, asked = LAN_MACHINE, {"grant_type": DEMONSTRATION_PERSON, "sub": who}
        response = self._client.post(
            f"{self.url}/issuer/token", data=asked, auth=(client, self.state.secret(f"client.{client}"))
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])
