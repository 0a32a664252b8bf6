"""Erasing what was written about an innovation: by citizens who take it back, by moderators, for an erased person."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_OID, uuid4, uuid5

from sqlalchemy import Connection

from services.submission.domain.feedback import FEEDBACK
from services.submission.domain.feedback_events import AnswerWorded, FeedbackWorded
from shared.command_handler import CommandHandler
from shared.domain import region_of
from shared.envelope import Recorded
from shared.erasure import SYSTEM, DeclareErased, clear

# Of two who erase at once the second is to find nothing any more, so the heads are locked before it is looked.
_LOCK = "SELECT FROM log_head WHERE region = %s FOR UPDATE"
_ABOUT = f"""
SELECT position FROM event
WHERE region = %s AND stream = %s AND payload IS NOT NULL
  AND type IN ('{FeedbackWorded.wire_name}', '{AnswerWorded.wire_name}')
ORDER BY position
"""

# As the index says it, or it would not be found.
_BY = f"FROM event WHERE type = '{AnswerWorded.wire_name}' AND leaf_member(leaf, 'actor') = %s AND payload IS NOT NULL"
_LOCK_ALL = f"SELECT FROM log_head WHERE region IN (SELECT region {_BY}) ORDER BY region FOR UPDATE"
_ANSWERS = f"SELECT region, array_agg(position ORDER BY position) {_BY} GROUP BY region ORDER BY region"
_COUNT = f"SELECT count(*) {_BY}"


def erase_about(
    commands: CommandHandler, connection: Connection, feedback_id: str, *, actor: str, at: datetime
) -> Sequence[Recorded]:
    """Erase all words about what was said, the unit's too, in this transaction; give what is to be announced."""
    region = region_of(feedback_id)
    connection.exec_driver_sql(_LOCK, (region,))
    positions = connection.exec_driver_sql(_ABOUT, (region, FEEDBACK.stream(feedback_id))).scalars().all()
    if not positions:
        return ()
    ident = f"{region}-{uuid4().hex}"
    command = DeclareErased(actor=actor, at=at, erasure_id=ident, request=ident, positions=tuple(positions))
    return clear(partial(commands.execute, connection=connection), connection, command).recorded


def erase_answers(
    commands: CommandHandler, connection: Connection, person: str, *, request: str, at: datetime
) -> Sequence[Recorded]:
    """Erase the answers that a person wrote, in this transaction, on an erasure's request; give what to announce."""
    connection.exec_driver_sql(_LOCK_ALL, (person,))
    recorded: list[Recorded] = []
    for region, positions in connection.exec_driver_sql(_ANSWERS, (person,)).all():
        # The order itself is a stream of the national log, by the id of the request.
        ident = f"{region}-{uuid5(NAMESPACE_OID, f'{request} {region}').hex}"
        command = DeclareErased(actor=SYSTEM, at=at, erasure_id=ident, request=request, positions=tuple(positions))
        recorded += clear(partial(commands.execute, connection=connection), connection, command).recorded
    return recorded


def answers_of(connection: Connection, person: str) -> dict[str, int]:
    """Give how many answers to citizens a person wrote whose words still stand."""
    return {"answers": int(connection.exec_driver_sql(_COUNT, (person,)).scalar_one())}
