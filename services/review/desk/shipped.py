"""The rubrics that a fresh installation has: read from `data/rubrics.json` and published once."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from services.review.desk.actions import publish_rubric
from services.review.domain.events import Criterion
from services.review.domain.rubric import RUBRIC, PublishRubric
from shared.command_handler import CommandHandler
from shared.event_log import IdempotencyKey

DATA = Path(__file__).parent.parent / "data" / "rubrics.json"
_CRITERIA = TypeAdapter(tuple[Criterion, ...])


def shipped_rubrics(at: datetime) -> list[PublishRubric]:
    """Give the commands that publish the shipped rubrics, as of a moment."""
    return [
        PublishRubric(
            actor="labinov",
            at=at,
            rubric_id=each["rubric_id"],
            version=each["version"],
            title=each["title"],
            purpose=each["purpose"],
            source=each["source"],
            criteria=_CRITERIA.validate_python(each["criteria"]),
        )
        for each in json.loads(DATA.read_text("utf-8"))
    ]


def publish_shipped_rubrics(commands: CommandHandler) -> int:
    """Publish what is not there yet; give how many versions that were. Repeating it changes nothing."""
    published = 0
    for command in shipped_rubrics(datetime.now(UTC)):
        state, _ = commands.state(RUBRIC, command.rubric_id)
        if state.latest < command.version:
            name = f"shipped/{command.rubric_id}/{command.version}"
            key = IdempotencyKey(key=name, request_hash=hashlib.sha256(name.encode()).digest())
            published += not publish_rubric(commands, command, key=key).replayed
    return published
