"""A real server with the streams of events, a way to it that breaks, and a reader of what it sends."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from random import Random
from select import select

import httpx
import uvicorn
from fastapi import FastAPI

from services.showcase.feeds.api import Feeds
from services.showcase.feeds.reading import Copies
from shared import problems
from shared.service import Service
from shared.serving import STOPPING, Connection
from tests.issuers import address, free_socket


@dataclass
class Serving:
    """A server that runs: its app, its feeds, its address, and the thread that it runs in."""

    app: FastAPI
    feeds: Feeds
    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """End it as a signal would, and wait until it has ended."""
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()


@contextmanager
def serving(made: Service, copies: Copies, *, readers: int = 100) -> Iterator[Serving]:
    """Serve the feeds of the showcase with room for some readers."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, asyncio.Event]]:
        yield {STOPPING: asyncio.Event()}

    app = FastAPI(lifespan=lifespan)
    made.kernel.identity.install(app)
    problems.install(app, made.kernel.pages)
    feeds = Feeds(copies, made.kernel.cursors, readers)
    app.include_router(feeds.router())
    listening = free_socket()
    config = uvicorn.Config(app, log_level="warning", http=Connection, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    running = Serving(app, feeds, address(listening), server, thread)
    while not server.started:
        assert thread.is_alive(), "the server ended before it started"
    try:
        yield running
    finally:
        running.stop()


@dataclass
class Message:
    """One message of a stream."""

    id: str = ""
    event: str = ""
    data: str = ""
    retry: str = ""


@dataclass
class Listener:
    """Reads a stream message by message; pings are passed over."""

    response: httpx.Response
    comments: list[str] = field(default_factory=list)
    _lines: Iterator[str] | None = None

    def messages(self) -> Iterator[Message]:
        """Give the messages as they come."""
        if self._lines is None:
            self._lines = self.response.iter_lines()
        message = Message()
        for line in self._lines:
            name, _, value = line.partition(": ")
            if not line and message.data:
                yield message
                message = Message()
            elif line.startswith(":"):
                self.comments.append(line)
            elif line:
                setattr(message, name, value)

    def take(self, count: int) -> list[Message]:
        """Give so many messages that are events; what only tells the place is passed over."""
        found: list[Message] = []
        for message in self.messages():
            if message.event != "id.labinov.place":
                found.append(message)
            if len(found) == count:
                break
        return found


@cache
def _web() -> httpx.Client:
    # One for all: to make one takes longer than most of what it is used for.
    return httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_connections=None))


@contextmanager
def listening(url: str, **headers: str) -> Iterator[Listener]:
    """Open a stream."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with _web().stream("GET", url, headers=sent) as response:
        if response.status_code != 200:
            response.read()
        yield Listener(response)


class Breaking:
    """A way to a server that breaks some times, in the midst of what is sent, and then no more."""

    def __init__(self, target: str, times: int, dice: Random) -> None:
        """Take the address, how often to break, and what decides after how many bytes."""
        url = httpx.URL(target)
        self._target = (url.host, url.port or 80)
        self._left, self._dice = times, dice
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.broken = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of this end."""
        return address(self._listening)

    def close(self) -> None:
        """Take no more."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                threading.Thread(target=self._pass_on, args=(here,), daemon=True).start()

    def _pass_on(self, here: socket.socket) -> None:
        breaks = self._left > 0
        self._left -= breaks
        room = self._dice.randint(1500, 6000)
        with here, socket.create_connection(self._target) as there, suppress(OSError):
            while True:
                readable, _, _ = select([here, there], [], [])
                sent, answered = (each.recv(512) if each in readable else None for each in (here, there))
                if b"" in (sent, answered):
                    return
                there.sendall(sent or b"")
                here.sendall((answered or b"")[: room if breaks else None])
                room -= len(answered or b"")
                if breaks and room <= 0:
                    self.broken += 1
                    return
