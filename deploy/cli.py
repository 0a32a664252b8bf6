"""The `labinov` command: every sub-command is a function of a file in `deploy/commands/`, listed here."""

import logging
import sys

import structlog
import typer

from deploy.commands.audit import audit
from deploy.commands.demo import demo
from deploy.commands.down import down
from deploy.commands.events import events
from deploy.commands.rebuild import rebuild
from deploy.commands.status import status
from deploy.commands.tamper import tamper
from deploy.commands.up import up
from deploy.commands.verify import verify
from deploy.commands.witness import witness
from deploy.embedded.errors import Trouble

app = typer.Typer(
    name="labinov",
    help="Regional innovation laboratories: run, watch and verify them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (up, down, demo, rebuild, status, verify, tamper):
    app.command()(command)
app.add_typer(events, name="events")
app.add_typer(audit, name="audit")
app.add_typer(witness, name="witness")


def main() -> None:
    """Run the command line. What stands in the way is said in a sentence, with exit code 1."""
    # A command says itself what it did; what it prints may be read by a program.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)
