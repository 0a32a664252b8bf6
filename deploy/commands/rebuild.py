"""`labinov rebuild`: a read model anew from the logs, beside the one in use."""

from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from deploy.commands.installed import settings
from deploy.embedded.errors import Trouble
from shared.database import make_engine
from shared.service import settle
from shared.service_tokens import ServiceTokens
from shared.sources import HttpSource


def rebuild(
    what: Annotated[str, typer.Argument(help="The service whose read model it is: showcase.")] = "showcase",
    grace: Annotated[float, typer.Option(min=0, help="Seconds that the old one stays for those still reading it.")] = 5,
) -> None:
    """Fill a new read model from the producers' logs, switch to it once it has caught up, and drop the old one.

    Pages are answered all the while, and no read fails.
    """
    # Large, and of all commands only this one needs it.
    from services.showcase.main import PRODUCERS  # noqa: PLC0415
    from services.showcase.rebuild import RebuildFailed  # noqa: PLC0415
    from services.showcase.rebuild import rebuild as rebuild_showcase  # noqa: PLC0415

    if what != "showcase":
        raise Trouble("Only the read model of showcase can be rebuilt this way.")
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
