"""What every process of one service holds: its database, log, command handler, identity, pages and sources."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from shared.bus import Publisher, celery_sender, make_celery
from shared.command_handler import CommandHandler
from shared.consumer import Consumer, Effect, LocalModels
from shared.cursors import Cursors
from shared.database import make_engine
from shared.envelope import Catalogue
from shared.event_log import EventLog
from shared.projection import Projection
from shared.service_tokens import ServiceTokens
from shared.settings import Settings
from shared.sources import HttpSource, LocalSource, Source
from shared.web.nav import NavItem

if TYPE_CHECKING:
    from shared.auth import Identity
    from shared.web.pages import Pages


class Kernel:
    """The parts of a service, each made when it is first needed and once a process."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        folder: Path,
        *,
        catalogue: Catalogue | None = None,
        nav: Sequence[NavItem] = (),
    ) -> None:
        """Take the service's name, settings and folder; its event types if it has a log; its pages' navigation."""
        self.name = name
        self.settings = settings
        self.folder = folder
        self.catalogue = catalogue
        self._nav = nav
        self.engine = make_engine(
            settings.database_url.get_secret_value(), pool_size=settings.pool_size, application=f"labinov-{name}"
        )
        self._closers: list[Callable[[], object]] = [self.engine.dispose]

    def close(self) -> None:
        """Close the connections of every part that was made, the last one first; a part in use again opens others."""
        with ExitStack() as closing:
            for each in self._closers:
                closing.callback(each)

    # What only the api needs is imported when it is asked for: a worker, a sweep and a sealer start without it.

    @cached_property
    def identity(self) -> "Identity":
        """Who signs in to the service, and how."""
        from shared.auth import Identity

        return Identity(self.settings, self.name)

    @cached_property
    def pages(self) -> "Pages":
        """The service's pages."""
        from shared.web.pages import Pages

        issuer = urlsplit(self.settings.issuer)
        return Pages(
            self.name,
            self.folder,
            root_path=self.settings.root_path,
            public_url=self.settings.public_url,
            nav=self._nav,
            form_targets=[f"{issuer.scheme}://{issuer.netloc}"],
        )

    @cached_property
    def cursors(self) -> Cursors:
        """What signs the places in the service's lists."""
        return Cursors(self.settings.session_secret.get_secret_value())

    @cached_property
    def log(self) -> EventLog:
        """The service's event log."""
        assert self.catalogue is not None, f"{self.name} has no log"
        return EventLog(self.engine, self.catalogue, self.settings.origin)

    @cached_property
    def publisher(self) -> Publisher:
        """What tells the other services' queues."""
        assert self.catalogue is not None, f"{self.name} has nothing to publish"
        app = make_celery(self.name, self.settings.broker_url.get_secret_value())
        publisher = Publisher(self.catalogue, self.settings.subscribers, celery_sender(app))
        self._closers.append(publisher.close)
        return publisher

    @cached_property
    def commands(self) -> CommandHandler:
        """The way from commands to events."""
        return CommandHandler(self.log, self.publisher.announce)

    @cached_property
    def _tokens(self) -> ServiceTokens:
        return ServiceTokens.of(self.settings)

    def source(self, producer: str) -> Source:
        """Give the logs of another service, read from its feed."""
        source = HttpSource(producer, self.settings.producers[producer], self._tokens)
        self._closers.append(source.close)
        return source

    @cached_property
    def peers(self) -> Mapping[str, httpx.Client]:
        """The other services' APIs, asked as a service; for what has no event because nothing happens."""
        wait = httpx.Timeout(5.0, connect=1.0)
        self._closers.append(self._close_peers)
        return {
            name: httpx.Client(base_url=url, auth=self._tokens, timeout=wait)
            for name, url in self.settings.peers.items()
        }

    def _close_peers(self) -> None:
        for client in self.__dict__.pop("peers", {}).values():
            client.close()

    def consumer(self, name: str, source: Source, effect: Effect) -> Consumer:
        """Give a consumer with its checkpoints in this service's database."""
        return Consumer(name, source, effect, self.engine, parked_after=self.settings.parked_after)

    def local(self, *projections: Projection) -> LocalModels:
        """Give the read models over the service's own log."""
        source = LocalSource(self.log)
        return LocalModels([self.consumer(each.name, source, each) for each in projections])
