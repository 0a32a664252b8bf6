"""`labinov rebuild`: a read model anew from the logs, beside the one in use."""

from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from deploy.commands.installed import consumers, service, settings
from deploy.embedded.errors import Trouble
from shared.database import make_engine
from shared.parking import OPERATIONAL
from shared.service import settle
from shared.service_tokens import ServiceTokens
from shared.sources import HttpSource


def rebuild(
    what: Annotated[str, typer.Argument(help="The service whose read model it is.")] = "showcase",
    grace: Annotated[float, typer.Option(min=0, help="Seconds that the old one stays for those still reading it.")] = 5,
) -> None:
    """Fill a new read model from the producers' logs, switch to it once it has caught up, and drop the old one.

    Pages are answered all the while, and no read fails. The small ones of submission and review are emptied and
    filled where they are: their lists are short for some seconds.
    """
    if what != "showcase":
        _refill(what)
        return
    # Large, and of all commands only this one needs it.
    from services.showcase.main import PRODUCERS
    from services.showcase.rebuild import RebuildFailed
    from services.showcase.rebuild import rebuild as rebuild_showcase

    told = settings(what)
    if told.owner_database_url is None:
        raise Trouble("Rebuilding needs LABINOV_OWNER_DATABASE_URL.")
    owner = make_engine(told.owner_database_url.get_secret_value(), application="labinov-rebuild")
    tokens = ServiceTokens.of(told)
    sources = [HttpSource(name, told.producers[name], tokens) for name in PRODUCERS]
    settle()
    role = make_url(told.database_url.get_secret_value()).username or ""
    try:
        done = rebuild_showcase(
            owner,
            sources,
            app_role=role,
            grace_seconds=grace,
            tell=lambda source, applied, total: typer.echo(f"{source}: {applied} of {total} events"),
        )
    except RebuildFailed as error:
        raise Trouble(f"The read model in use is untouched. {error}") from error
    finally:
        for source in sources:
            source.close()
        owner.dispose()
    typer.echo(f"{done.events} events; {done.new} is in use, {done.old} was dropped.")


def _refill(name: str) -> None:
    told = settings(name)
    if told.owner_database_url is None:
        raise Trouble("Rebuilding needs LABINOV_OWNER_DATABASE_URL.")
    owner = make_engine(told.owner_database_url.get_secret_value(), application="labinov-rebuild")
    role = make_url(told.database_url.get_secret_value()).username
    try:
        with service(name) as found:
            for projection in found.projections:
                with owner.begin() as connection:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '90s'")
                    # Whoever applies events holds a row of these: when they are gone, nobody is writing.
                    for table in ("checkpoint", "parked"):
                        connection.exec_driver_sql(f"DELETE FROM {table} WHERE consumer = %s", (projection.name,))
                    projection.drop(connection)
                    projection.create(connection, app_role=role)
                for consumer in consumers(found):
                    if consumer.name == projection.name:
                        consumer.catch_up_all()
                        reached = sum(each.position for each in consumer.checkpoints().values())
                        typer.echo(f"{projection.name} from {consumer.source.name}: {reached} events")
    except OPERATIONAL as error:
        raise Trouble(f"It was not filled to the end, and the sweep goes on with it: {error}") from error
    finally:
        owner.dispose()
