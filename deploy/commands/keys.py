"""`labinov audit rotate-key`: another key signs the logs of a service."""

import getpass
from typing import Annotated

import typer

from deploy.commands.epochs import By, Service
from deploy.commands.verify import sources
from deploy.embedded.errors import Trouble
from shared import rotation
from shared.seals import SealsDamaged
from shared.tlog import NoteError


def rotate_key(
    service: Service,
    reason: Annotated[str, typer.Option(help="Why; signed by both keys.")] = "",
    by: By = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="End the time of two keys, and destroy the old one.")
    ] = False,
) -> None:
    """Make a new signing key; until `--finish` heads are signed by both. Stop the service's sealer first.

    Whoever keeps the old public key follows to the new one by what both state; give out the new one meanwhile.
    """
    (source,) = sources(service)
    try:
        if finish:
            rotation.finish(source.seals)
            typer.echo("One key signs from now on.")
            return
        said = rotation.rotate(source.seals, by=by or getpass.getuser(), reason=reason)
    except rotation.RotationRefused as error:
        raise Trouble(f"The key is not changed: {error}.") from error
    except (NoteError, SealsDamaged) as error:
        raise Trouble(f"What was sealed is not sound: {error}.") from error
    typer.echo(f"The old key: {said.old}\nThe new key: {said.new}\nBoth sign {len(said.heads)} logs, until --finish.")
