"""`labinov audit`: what auditors and the keepers of a log do. Each command is a function of a file of its own."""

from collections.abc import Callable

import typer

from deploy.commands.audit_check import check
from deploy.commands.audit_export import export
from deploy.commands.audit_import import import_
from deploy.commands.epochs import open_epoch
from deploy.commands.keys import rotate_key

audit = typer.Typer(help="For auditors and the keepers of the logs.", no_args_is_help=True)
COMMANDS: tuple[Callable[..., None], ...] = (check, export, import_, open_epoch, rotate_key)
for command in COMMANDS:
    audit.command(command.__name__.rstrip("_").replace("_", "-"))(command)
