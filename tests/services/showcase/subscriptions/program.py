"""A client of the service that is signed in as whoever is said, with endpoints at a receiver on a real socket."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.showcase.subscriptions import working
from shared.auth import Actor, Role
from shared.service import Service
from tests.services.showcase.subscriptions.hub import Hub, coordinator, machine
from tests.services.showcase.subscriptions.receiver import Receiver
from tests.support import PUBLIC_URL, session_of

REGION, OTHER = "36.74", "33.27"
LAN = Actor(person=str(uuid4()), roles=frozenset({Role.LAN}))
PEMALANG = machine(OTHER)
TANGSEL = coordinator(REGION)


@dataclass
class Program:
    """A client that is signed in as whoever is said."""

    service: Service
    app: FastAPI
    client: TestClient
    hub: Hub
    receiver: Receiver
    keys: Iterator[str] = field(default_factory=lambda: iter(lambda: str(uuid4()), ""))

    def sends(self, actor: Actor | None, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        answer = self.asks(actor, method, path, body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def asks(self, actor: Actor | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.client.cookies.clear()
        if actor is not None:
            self.client.cookies.set(*session_of(self.service.kernel.identity.sessions, actor))
        sent = {"Origin": PUBLIC_URL, "Idempotency-Key": next(self.keys), **headers}
        content = None if body is None else json.dumps(body)
        if body is not None:
            sent["Content-Type"] = "application/json"
        return self.client.request(method, path, content=content, headers=sent)

    def creates(self, actor: Actor, **body: Any) -> Any:
        asked = {"url": self.receiver.url("/hook"), "regions": [REGION], **body}
        return self.sends(actor, "POST", "/webhooks", 201, asked)

    def delivers(self, endpoint: Any) -> None:
        """Do what the worker does until nothing is due."""
        work = working.lane(self.service.kernel).work()
        while work(endpoint["id"]):
            pass

    def form(self, actor: Actor, path: str, fields: dict[str, Any], status: int = 303) -> Any:
        """Send a form as a browser does."""
        self.client.cookies.clear()
        self.client.cookies.set(*session_of(self.service.kernel.identity.sessions, actor))
        headers = {"Origin": PUBLIC_URL, "Accept": "text/html"}
        sent = {"_key": next(self.keys), **fields}
        answer = self.client.post(f"{path}?lang=en", data=sent, headers=headers, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer

    def page(self, actor: Actor | None, path: str, status: int = 200) -> str:
        """Give a page in English, as a browser gets it."""
        together = "&" if "?" in path else "?"
        answer = self.asks(actor, "GET", f"{path}{together}lang=en", Accept="text/html")
        assert answer.status_code == status, answer.text
        return str(answer.text)
