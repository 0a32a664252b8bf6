"""Whether innovations still run: units confirm it, and the sweep asks those that gave no sign for half a year."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Engine

from services.submission.desk.asked import Asked
from services.submission.desk.innovations import change
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_commands import CONFIRMATION_DAYS, AskConfirmation, ConfirmRunning
from services.submission.domain.rejections import AskedTooSoon, NotActive
from services.submission.read_models import silent_since
from shared.command_handler import Busy, CommandHandler
from shared.event_log import Outcome
from shared.gate import RegionBusy
from shared.http import Body, Day, now, today

SYSTEM = "submission"
SECONDS_BETWEEN = 600.0
# A round is short, so that other chores are not held up; what is left waits for the next, some 14,000 a day.
AT_ONCE = 100

_log = structlog.get_logger(__name__)


class Running(Body):
    """The day on which an innovation is known to run."""

    on: Day


def confirm(asked: Asked, ident: str, body: Running) -> Outcome:
    """Confirm that an innovation still runs: the unit's members, and who coordinates the region."""
    return change(asked, ident, ConfirmRunning(**asked.who, on=body.on))


def chore(commands: CommandHandler, engine: Engine) -> Callable[[], None]:
    """Give what asks the units that are to be asked; it looks every ten minutes however often it is called."""
    looked: float | None = None

    def ask() -> None:
        nonlocal looked
        if looked is not None and time.monotonic() - looked < SECONDS_BETWEEN:
            return
        looked = time.monotonic()
        ask_due(commands, engine, on=today(), at=now())

    return ask


def ask_due(commands: CommandHandler, engine: Engine, *, on: date, at: datetime, at_once: int = AT_ONCE) -> int:
    """Ask about at most `at_once` innovations that gave no sign for half a year; give how many were asked about.

    Several may do so at once: whoever comes second finds the question put.
    """
    with engine.connect() as connection:
        due = silent_since(
            connection.execution_options(isolation_level="AUTOCOMMIT"),
            on - timedelta(days=CONFIRMATION_DAYS),
            limit=at_once,
        )
    asked = 0
    for ident in due:
        try:
            commands.execute(INNOVATION, ident, AskConfirmation(actor=SYSTEM, at=at, on=on))
        except (AskedTooSoon, NotActive, Busy, RegionBusy):
            continue  # it gave a sign or was asked about since it was listed, or its turn comes in the next round
        asked += 1
    if asked:
        _log.info("asked whether innovations still run", innovations=asked)
    return asked
