"""How the demonstration speaks to the services: tokens of whom it acts as, retries while one is starting again."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Self

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.embedded.errors import Trouble
from deploy.embedded.identities import DEMONSTRATION_PERSON
from shared.auth import person_id

CONNECTIONS = 6
PATIENCE = 60.0
_STARTING_AGAIN = {502, 503, 504}


class Access(BaseSettings):
    """Where Labinov is, and the client that plays the demonstration."""

    model_config = SettingsConfigDict(env_prefix="LABINOV_", frozen=True)

    public_url: str = ""
    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")

    def person(self, sub: str) -> str:
        """Give the opaque id by which services know a demonstration person."""
        return person_id(self.issuer, sub)


class Messages:
    """A handful of connections to the gateway, on which requests wait for their turn."""

    def __init__(self, access: Access) -> None:
        """Take where Labinov is. To be used as an asynchronous context."""
        self.access = access
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._tokens: dict[str | None, asyncio.Task[str]] = {}
        self._client = httpx.AsyncClient(
            base_url=access.public_url,
            timeout=30,
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        for each in self._tokens.values():
            each.cancel()
        await self._client.aclose()

    async def ready(self) -> None:
        """Wait until every service answers; raise Trouble when one does not."""
        for path in ("/submission/openapi.json", "/review/openapi.json", "/openapi.json"):
            await self._send("GET", path, {})

    async def get(self, path: str, **parameters: Any) -> Any:
        """Give what LAN's machine sees there; raise Trouble."""
        headers = {"Authorization": f"Bearer {await self._token(None)}"}
        return (await self._send("GET", path, headers, params=parameters)).json()

    async def command(self, method: str, path: str, body: Mapping[str, Any], *, key: str, actor: str | None) -> Any:
        """Give the answer to a command, given by this demonstration person or LAN's machine; raise Trouble."""
        headers = {"Authorization": f"Bearer {await self._token(actor)}", "Idempotency-Key": key}
        return (await self._send(method, path, headers, json=body)).json()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> httpx.Response:
        """Send a request, again while a service is not there: a command's key makes that harmless."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                async with self._turns:
                    response = await self._client.request(method, path, headers=dict(headers), **more)
                if response.is_success:
                    return response
                reason, passing = _reason(response), response.status_code in _STARTING_AGAIN
            except httpx.TransportError as error:
                reason, passing = f"{type(error).__name__} {error}".strip(), True
            if not passing or time.monotonic() > deadline:
                raise Trouble(f"{method} {path} was not accepted: {reason}")
            await asyncio.sleep(0.3)

    async def _token(self, actor: str | None) -> str:
        if actor not in self._tokens:
            self._tokens[actor] = asyncio.create_task(self._ask_token(actor))
        return await asyncio.shield(self._tokens[actor])

    async def _ask_token(self, actor: str | None) -> str:
        asked = {"grant_type": "client_credentials"}
        if actor is not None:
            asked = {"grant_type": DEMONSTRATION_PERSON, "sub": actor}
        client = (self.access.client_id, self.access.client_secret.get_secret_value())
        known = (await self._send("GET", f"{self.access.issuer}/.well-known/openid-configuration", {})).json()
        answer = await self._send("POST", known["token_endpoint"], {}, data=asked, auth=client)
        return str(answer.json()["access_token"])


def _reason(response: httpx.Response) -> str:
    """Give what a problem's answer says, with the fields that it names."""
    try:
        problem = response.json()
        detail = problem.get("detail") or problem.get("title") or problem.get("error") or ""
        errors = "; ".join(f"{each.get('pointer', '')} {each.get('detail', '')}" for each in problem.get("errors", ()))
    except (ValueError, AttributeError):
        detail, errors = response.text[:200], ""
    return " ".join(filter(None, (str(response.status_code), str(detail), errors)))
