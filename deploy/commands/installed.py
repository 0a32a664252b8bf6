"""How a command reaches a service: the settings in the environment (in a container), else the embedded default's."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.engine import make_url

from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.processes import SERVICES
from deploy.embedded.state import State
from shared.consumer import Consumer
from shared.service import Service, load
from shared.settings import Settings


@contextmanager
def service(name: str) -> Iterator[Service]:
    """Give a service with the owner's rights; its connections are closed afterwards. Raises Trouble."""
    found = load(f"services.{name}.main:service", settings(name))
    try:
        yield found
    finally:
        found.kernel.close()


def reachable() -> tuple[str, ...]:
    """Give the services that a command can reach: the one whose database the environment names, else all.

    Raises Trouble when that database is not named for a service.
    """
    url = os.environ.get("LABINOV_DATABASE_URL")
    if not url:
        return SERVICES
    name = make_url(url).database
    if name not in SERVICES:
        raise Trouble(f"The database of LABINOV_DATABASE_URL is {name}; it should be named for its service.")
    return (name,)


def settings(name: str) -> Settings:
    """Give the settings of a service, with the owner's database. Raises Trouble where nothing is installed."""
    if name not in SERVICES:
        raise Trouble(f"There is no service {name}; there are {', '.join(SERVICES)}.")
    if name not in reachable():
        raise Trouble(f"LABINOV_DATABASE_URL is of {reachable()[0]}, not of {name}.")
    if os.environ.get("LABINOV_DATABASE_URL"):
        return Settings()
    home = environment.home()
    if not (home / "postgres").exists():
        raise Trouble(f"Nothing is installed in {home}; `make up` starts Labinov.")
    with _environment(environment.service(State(home), name, owner=True)):
        return Settings()


def consumers(found: Service) -> list[Consumer]:
    """Give all consumers of a service, those of its own read models included."""
    own = found.models.consumers.values() if found.models else ()
    return [*found.consumers, *own]


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Settings are read from the environment and from nowhere else, so it is there that they are put."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
