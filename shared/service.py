"""What a service is, and its processes: `python -m shared.service worker|lane|sweep|sealer|migrate module:factory`.

The api is the same factory's `.api()`, run by uvicorn. `main.py` of each service says what the parts are.
"""

import gc
import importlib
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from shared import bus, sealer
from shared.consumer import Consumer, LocalModels
from shared.kernel import Kernel
from shared.projection import Projection
from shared.settings import Settings
from shared.sweep import Sweep
from shared.telemetry import configure_logging

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI

_log = structlog.get_logger(__name__)


def _nothing() -> None:
    """Do nothing: most services need no more than their tables."""


@dataclass(frozen=True)
class Service:
    """The parts of one service: what it answers, what it consumes, and how its tables come to be.

    `routers` is asked by the api alone, so that the other processes need not import what answers over HTTP. `chores`
    is asked by the sweep alone, which then does what it gives round after round. `lanes` have a worker process each.
    """

    kernel: Kernel
    migrations: Path
    routers: Callable[[Kernel], "Sequence[APIRouter]"]
    consumers: Sequence[Consumer] = ()
    models: LocalModels | None = None
    projections: Sequence[Projection] = ()
    provision: Callable[[], None] = _nothing
    chores: Callable[[], "Sequence[Callable[[], None]]"] = tuple
    lanes: Sequence[bus.Lane] = ()

    def api(self) -> "FastAPI":
        """Give the web application."""
        # Large, and of a service's processes only the api needs it.
        from shared.application import application

        return application(self)

    def migrate(self) -> None:
        """Bring the tables and read models up to date, under the owner's role, and provide what must be there."""
        self.make_tables()
        self.provision()

    def make_tables(self) -> None:
        """Bring the tables and read models up to date, under the owner's role."""
        settings = self.kernel.settings
        if settings.owner_database_url is None:
            raise ValueError("migrating needs LABINOV_OWNER_DATABASE_URL")
        owner = settings.owner_database_url.get_secret_value()
        app = settings.database_url.get_secret_value()
        # Alembic is large, and of a service's processes only this one needs it.
        from shared.migrations import migrate

        migrate(owner, app, self.migrations)
        engine = create_engine(owner)
        with engine.begin() as connection:
            for projection in self.projections:
                projection.create(connection, app_role=make_url(app).username)
        engine.dispose()

    def work(self, shards: Sequence[int], concurrency: int, heartbeat: Path | None = None) -> None:
        """Run a worker that takes these shards' queues, until it is told to stop."""
        name = self.kernel.name
        app = bus.make_celery(name, self.kernel.settings.broker_url.get_secret_value())
        bus.consume(app, self.consumers)
        if heartbeat is not None:
            bus.beat(app, heartbeat)
        app.worker_main(bus.worker_arguments(name, shards, concurrency=concurrency))

    def take(self, lane: str, heartbeat: Path | None = None) -> None:
        """Run the worker of a lane, until it is told to stop. Raises StopIteration for no lane of the service."""
        name = self.kernel.name
        found = next(each for each in self.lanes if each.name == lane)
        app = bus.make_celery(name, self.kernel.settings.broker_url.get_secret_value(), [lane])
        bus.take(app, name, found)
        if heartbeat is not None:
            bus.beat(app, heartbeat)
        app.worker_main(bus.lane_arguments(name, found))

    def sweep(self, stop: threading.Event, heartbeat: Path | None = None) -> None:
        """Find what no message announced, until told to stop."""
        settings = self.kernel.settings
        sweep = Sweep(
            self.consumers, self.models, chores=self.chores(), seconds=settings.sweep_seconds, heartbeat=heartbeat
        )

        def end() -> None:
            stop.wait()
            sweep.stop()

        threading.Thread(target=end, daemon=True).start()
        sweep.run()

    def seal(self, stop: threading.Event, heartbeat: Path | None = None) -> None:
        """Seal the service's logs until told to stop. Raises KeyRefused, and ValueError without a folder for seals."""
        sealer.run(self.kernel.name, self.kernel.settings, self.kernel.engine, stop, heartbeat=heartbeat)


Factory = Annotated[
    str, typer.Argument(help="module:function that gives the service, such as services.review.main:service")
]


def load(factory: str, settings: Settings | None = None) -> Service:
    """Give the service that a `module:function` makes from settings, those of this process unless others are given."""
    module, _, function = factory.partition(":")
    service = getattr(importlib.import_module(module), function)(settings or Settings())
    assert isinstance(service, Service)
    return service


def settle() -> None:
    """Spare a long-lived process the garbage collector's walks over what was imported; batches make much litter."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _until_told() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _shards(text: str) -> list[int]:
    if text == "all":
        return list(range(bus.SHARDS))
    chosen = sorted({int(part) for part in text.split(",")})
    if not all(0 <= shard < bus.SHARDS for shard in chosen):
        raise typer.BadParameter(f"shards are numbers from 0 to {bus.SHARDS - 1}, or `all`")
    return chosen


command = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@command.command("worker")
def _worker(factory: Factory, shards: str = "all", concurrency: int = 1, heartbeat: Path | None = None) -> None:
    """Take messages from the service's queues: all shards, or a comma-separated few."""
    service = load(factory)
    configure_logging(service.kernel.name, "worker")
    settle()
    service.work(_shards(shards), concurrency, heartbeat)


@command.command("lane")
def _lane(factory: Factory, name: str, heartbeat: Path | None = None) -> None:
    """Do the work of one of the service's lanes, such as webhooks."""
    service = load(factory)
    configure_logging(service.kernel.name, name)
    settle()
    service.take(name, heartbeat)


@command.command("sweep")
def _sweep(factory: Factory, heartbeat: Path | None = None) -> None:
    """Ask every producer for its heads and catch up what lags."""
    service = load(factory)
    configure_logging(service.kernel.name, "sweep")
    settle()
    service.sweep(_until_told(), heartbeat)


@command.command("sealer")
def _sealer(factory: Factory, heartbeat: Path | None = None) -> None:
    """Extend the logs' trees and sign their heads, outside the database."""
    service = load(factory)
    configure_logging(service.kernel.name, "sealer")
    try:
        service.seal(_until_told(), heartbeat)
    except (sealer.KeyRefused, ValueError) as error:
        typer.echo(f"The sealer cannot start: {error}", err=True)
        raise typer.Exit(1) from None


@command.command("migrate")
def _migrate(factory: Factory) -> None:
    """Bring the service's tables up to date, under the owner's role."""
    service = load(factory)
    configure_logging(service.kernel.name, "migrate")
    service.migrate()


if __name__ == "__main__":
    # The module by its own name: what `load` gives is not an instance of this one's `Service`.
    importlib.import_module("shared.service").command()
