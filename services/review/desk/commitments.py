"""What was committed when a scorecard was handed in, opened once its assessment is concluded: for anybody to check."""

import json
from dataclasses import dataclass

from services.review.desk import actions
from services.review.domain.assessment import ASSESSMENT
from services.review.domain.rejections import StillSealed
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Visibility, region_of


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A sealed event, opened: its place in the region's log, its leaf, and what its `datahash` was made of.

    SHA-256 of the bytes of `salt` (hex) followed by `payload` (UTF-8, as it stands) is `datahash`, which stands in the
    `leaf` that the log's signed tree holds at `position` since the scorecard was handed in.
    """

    position: int
    event_id: str
    type: str
    leaf: str
    datahash: str
    salt: str
    payload: str


def commitments(commands: CommandHandler, actor: Actor, ident: str) -> list[Commitment]:
    """Give what was sealed in a concluded assessment, to those who may read it; never who a reviewer was.

    Raises NotFound to those who may not know of the assessment, StillSealed before the conclusion.
    """
    seen, _ = actions.look(commands, actor, ident)
    if seen.conclusion is None:
        raise StillSealed
    catalogue = commands.log.catalogue
    return [
        Commitment(
            position=each.position,
            event_id=str(each.event_id),
            type=each.type,
            leaf=each.leaf.decode(),
            datahash=json.loads(each.leaf)["datahash"],
            salt=each.salt.hex(),
            payload=each.payload.decode(),
        )
        for each in commands.log.stream(region_of(ident), ASSESSMENT.stream(ident))
        if catalogue[each.type].cls.visibility is Visibility.SEALED
        # Nothing is left to show of what was erased.
        if each.salt is not None and each.payload is not None
    ]
