"""`labinov audit import`: an export becomes an installation again, its read models derived anew."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.engine import make_url

from deploy.audit import importing
from deploy.commands.installed import reachable, service
from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import PRODUCERS, SERVICES
from deploy.embedded.state import State
from deploy.embedded.supervisor import Supervisor
from shared.database import make_engine
from shared.envelope import Clearance
from shared.reaction import Reacting
from shared.service import Service
from shared.sources import LocalSource


def import_(
    folder: Annotated[Path, typer.Argument(help="The folder of an export.", exists=True, file_okay=False)],
    region: Annotated[str | None, typer.Option(help="Only this region's logs.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A public key that you trust; may be repeated.")] = None,
) -> None:
    """Verify an export and fill empty logs with it; then derive the public site's model.

    Services must not be running. Where nothing is installed yet the databases are made first, so that nothing stands
    in the logs yet. In a container, which reaches one service, its logs alone are filled.
    """
    logs = importing.verified(folder, key or [], region)
    typer.echo(f"{sum(each.events for each in logs)} events in {len(logs)} logs are as they were signed.")
    with ExitStack() as stack:
        services = _services(stack)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("")

            def tell(what: str, so_far: int, of: int) -> None:
                progress.update(task, description=what, completed=so_far, total=of)

            import_logs(services, logs, tell)
            derived = derive_showcase(services, tell) if {*SERVICES} <= services.keys() else None
    typer.echo(f"{', '.join(each for each in PRODUCERS if each in services)}: imported.")
    if derived is None:
        typer.echo("`labinov rebuild` derives the public site's model once the services run.")
    else:
        typer.echo(f"The public site's model was derived from {derived} events.")
    if withheld := sum(each.withheld for each in logs):
        typer.echo(
            f"{withheld} payloads were withheld from whoever exported. What depends on them cannot be derived: "
            "review's own lists and pages; and `labinov verify` names them. "
            "An operator's export with --complete has them."
        )


def import_logs(services: Mapping[str, Service], logs: Sequence[importing.Log], tell: importing.Tell) -> None:
    """Fill the logs of these services, all of a service's or none. Raises Trouble."""
    by_place = {(each.service, each.region): each for each in logs}
    for name in (each for each in PRODUCERS if each in services):
        with importing.connect(_owner_url(services[name])) as connection:
            for log in (each for each in logs if each.service == name):
                importing.fill(connection, log, tell)
                for consumer in services[name].consumers:
                    source = by_place.get((consumer.source.name, log.region))
                    if isinstance(consumer.effect, Reacting) and source is not None:
                        importing.resume(connection, consumer.name, log, source)


def derive_showcase(services: Mapping[str, Service], tell: importing.Tell) -> int:
    """Derive the public site's model from the producers' databases; give the number of its events. Raises Trouble."""
    # Large, and of all commands only few need it.
    from services.showcase.rebuild import RebuildFailed, rebuild

    settings = services["showcase"].kernel.settings
    owner = make_engine(_owner_url(services["showcase"]), application="labinov-import")
    role = make_url(settings.database_url.get_secret_value()).username or ""
    sources = [LocalSource(services[name].kernel.log, Clearance.SERVICE) for name in PRODUCERS]
    try:
        return rebuild(owner, sources, app_role=role, grace_seconds=0, tell=tell).events
    except RebuildFailed as error:
        raise Trouble(f"The logs are imported; `labinov rebuild` derives the public site's model. {error}") from error
    finally:
        owner.dispose()


def _owner_url(found: Service) -> str:
    url = found.kernel.settings.owner_database_url
    if url is None:
        raise Trouble(f"Importing needs LABINOV_OWNER_DATABASE_URL of {found.kernel.name}.")
    return url.get_secret_value()


def _services(stack: ExitStack) -> dict[str, Service]:
    """Give the services that are reached here, with their tables; PostgreSQL runs until the stack is closed."""
    if os.environ.get("LABINOV_DATABASE_URL"):
        return {name: stack.enter_context(service(name)) for name in reachable()}
    home = environment.home()
    if Supervisor(State(home)).running():
        raise Trouble("Labinov is running; `labinov down` stops it.")
    postgres = Postgres(home)
    postgres.start()
    stack.callback(postgres.stop)
    for name in SERVICES:
        postgres.create_service(name)
    found = {name: stack.enter_context(service(name)) for name in SERVICES}
    for each in found.values():
        each.make_tables()
    return found
