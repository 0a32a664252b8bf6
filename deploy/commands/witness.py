"""`labinov witness`: state, independently of who keeps a log, that its heads never contradicted one another."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.embedded.errors import Trouble
from deploy.witness.store import NoWitness, make, opened
from shared.tlog import NoteError, Verifier

witness = typer.Typer(help="See the signed heads of logs, for whoever does not keep them.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The witness's own folder: its key and what it saw.")]


@witness.command()
def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="The witness's name, an address without https://, such as lan.go.id/w.")],
    log: Annotated[
        list[str] | None, typer.Option(help="The public key of a service, or of one log; may be repeated.")
    ] = None,
) -> None:
    """Make a witness, and print its public key. More logs: a line each in the folder's file `logs`."""
    try:
        typer.echo(make(folder, name, [Verifier.parse(each) for each in log or ()]))
    except (NoWitness, NoteError) as error:
        raise Trouble(f"No witness was made: {error}.") from error


@witness.command()
def run(
    folder: Folder,
    host: Annotated[str, typer.Option(help="The address to listen at; behind something that ends TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8099,
) -> None:
    """See checkpoints until Ctrl-C. Never put an older copy of the folder back: make a new witness instead."""
    # Large, and of all commands only this one needs them.
    import uvicorn

    from deploy.witness.app import app

    try:
        with opened(folder) as store:
            uvicorn.run(
                app(store), host=host, port=port, log_level="warning", server_header=False, limit_concurrency=64
            )
    except (NoWitness, NoteError) as error:
        raise Trouble(f"The witness cannot start: {error}.") from error
