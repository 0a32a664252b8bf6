"""`labinov audit open-epoch`: let a log that was put back to an earlier moment go on, with the reason signed."""

import getpass
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from deploy.commands.verify import sources
from deploy.embedded.errors import Trouble
from shared.database import make_engine
from shared.epochs import EpochRefused
from shared.epochs import open_epoch as open_in
from shared.seals import SealsDamaged
from shared.tlog import NoteError

Service = Annotated[str, typer.Argument(help="The service whose log it is: submission or review.")]
Reason = Annotated[str, typer.Option(help="Why; signed, and shown to whoever verifies the log.")]
By = Annotated[str | None, typer.Option(help="Who answers for it; else the user of this machine.")]


def open_epoch(
    service: Service,
    region: Annotated[str, typer.Argument(help="Region, such as 36.74.")],
    reason: Reason,
    by: By = None,
) -> None:
    """After a restore to an earlier moment: seal what the database has now as a new epoch of the region's log.

    What was sealed before stays, as evidence of what was lost. Then `labinov rebuild` and `labinov events resume`.
    """
    (source,) = sources(service)
    engine = make_engine(source.database_url, pool_size=1, application="labinov-epoch")
    try:
        opened = open_in(engine, source.seals, region, by=by or getpass.getuser(), reason=reason)
    except EpochRefused as error:
        raise Trouble(f"No new epoch: {error}.") from error
    except (NoteError, SealsDamaged) as error:
        raise Trouble(f"What was sealed is not sound: {error}. Put the seals back first.") from error
    except SQLAlchemyError as error:
        raise Trouble(f"The database of {service} cannot be used: {type(error).__name__}.") from error
    finally:
        engine.dispose()
    typer.echo(
        f"{opened.log} is open, with {opened.now.size} events; {opened.before.size} were sealed before.\n"
        "The sealer goes on by itself. Consumers stand still in this region: rebuild showcase, and resume the others."
    )
