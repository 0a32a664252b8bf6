"""The embedded issuer on a real port, and apps that trust it: for every test in which somebody must be somebody."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.embedded.identities import DEMONSTRATION_PERSON, Client, Person, Signer, read_clients, read_people
from deploy.embedded.issuer import create_app
from shared.settings import Settings

SECRET = "a secret of the tests"


@dataclass(frozen=True)
class RunningIssuer:
    """An issuer that answers at `url`; its signer is at hand, so that a test can sign whatever it wants to."""

    url: str
    folder: Path
    signer: Signer
    people: dict[str, Person]
    clients: dict[str, Client]

    def person_token(self, sub: str) -> str:
        """Give an access token of a demonstration person."""
        return self.signer.access_token(self.clients["submission"], self.people[sub])

    def machine_token(self, client_id: str) -> str:
        """Give an access token that a client asked for itself."""
        answer = httpx.post(f"{self.url}/token", data={"grant_type": "client_credentials"}, auth=(client_id, SECRET))
        return str(answer.raise_for_status().json()["access_token"])


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[str]:
    """Serve an app on a bound socket while the block runs; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended before it started"
            time.sleep(0.01)
        yield address(listening)
    finally:
        server.should_exit = True
        thread.join(10)


def free_socket() -> socket.socket:
    """Give a socket bound to a free port of this machine."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening


def address(listening: socket.socket) -> str:
    """Give the address of a bound socket."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def gateway(apps: Mapping[str, ASGIApp]) -> ASGIApp:
    """Give one app before several, each under its prefix, which is stripped as the real gateway does."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = next((each for each in apps if scope["path"].startswith(f"{each}/")), None)
        path = scope["path"].removeprefix(prefix or "")
        app = PlainTextResponse("", 404) if prefix is None else apps[prefix]
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    return route


def nothing(_: str) -> Mapping[str, ASGIApp]:
    """Give no apps."""
    return {}


@contextmanager
def running_issuer(folder: Path, beside: Callable[[str], Mapping[str, ASGIApp]] = nothing) -> Iterator[RunningIssuer]:
    """Run the embedded issuer under /issuer, with four clients: two services, LAN's machine and a region's machine.

    `beside` is told the address and gives what else answers there, by prefix.
    """
    listening = free_socket()
    url = address(listening)
    both = ["authorization_code", "client_credentials"]
    uris = {name: [f"{url}/{name}/callback"] for name in ("submission", "review")}
    clients = [
        {"client_id": "submission", "redirect_uris": uris["submission"], "grant_types": both, "scope": "service"},
        {"client_id": "review", "redirect_uris": uris["review"], "grant_types": both, "scope": "service"},
        {"client_id": "labinov-cli", "grant_types": ["client_credentials", DEMONSTRATION_PERSON], "roles": ["lan"]},
        {"client_id": "pemalang-system", "grant_types": ["client_credentials"], "regions": ["33.27"]},
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clients.json").write_text(json.dumps([{**each, "client_secret": SECRET} for each in clients]))
    issuer = f"{url}/issuer"
    with serving(gateway({"/issuer": create_app(issuer, folder), **beside(url)}), listening):
        yield RunningIssuer(issuer, folder, Signer(issuer, folder), read_people(), read_clients(folder))


def settings_for(issuer: str, public_url: str = "http://127.0.0.1:1", root_path: str = "/submission") -> Settings:
    """Give settings of a service that trusts this issuer and asks for no database."""
    return Settings(
        deployment="test",
        database_url=SecretStr("postgresql+psycopg://nobody@127.0.0.1:1/none"),
        broker_url=SecretStr("redis://127.0.0.1:1"),
        public_url=public_url,
        root_path=root_path,
        issuer=issuer,
        client_id="submission",
        client_secret=SecretStr(SECRET),
        session_secret=SecretStr("a session secret of the tests"),
    )
