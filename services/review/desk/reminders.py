"""Reminders to those whose scorecard is awaited: of themselves shortly before and after the due date, or asked for.

Who sits on a panel is sealed, so a reminder is seen by the reviewer and by whoever assigned the place, and nobody else.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from services.review.desk import letters
from services.review.read_models import determinations, dossier
from services.review.read_models.determinations import Awaited
from shared import mail
from shared.domain import Conflict
from shared.web.formats import Formats

DAYS_BEFORE = 3
DAYS_AFTER = 60
LANGUAGE = "id"
SECONDS_BETWEEN = 600.0
_WIB = ZoneInfo("Asia/Jakarta")

_ADDRESSES = "SELECT person::text, email FROM person WHERE person = ANY(%s::uuid[]) AND email <> ''"


class AddressUnknown(Conflict):
    """No address is known of this reviewer, who has not signed in yet."""


class NothingAwaited(Conflict):
    """Nothing is awaited from this place, or somebody else assigned it."""


def chore(engine: Engine, public_url: str) -> Callable[[], None]:
    """Give what queues the reminders that are due; it looks every ten minutes however often it is called."""
    looked: float | None = None

    def remind() -> None:
        nonlocal looked
        if looked is not None and time.monotonic() - looked < SECONDS_BETWEEN:
            return
        looked = time.monotonic()
        remind_due(engine, datetime.now(UTC).astimezone(_WIB).date(), public_url)

    return remind


def remind_due(engine: Engine, today: date, public_url: str) -> int:
    """Queue one reminder before and one after the due date of each place; give how many were new.

    What is overdue since long before is nobody's task any more and is left alone.
    """
    with engine.connect() as connection:
        found = determinations.due(
            connection, today + timedelta(days=DAYS_BEFORE), since=today - timedelta(days=DAYS_AFTER)
        )
        made = _mails(connection, found, public_url, lambda each: _kind(each, today))
    with engine.begin() as connection:
        return mail.queue(connection, made)


def remind_now(engine: Engine, assessment_id: str, slot: str, by: str, today: date, public_url: str) -> bool:
    """Remind whoever sits at a place that this chair assigned; False where that was done today already.

    Raises NothingAwaited and AddressUnknown.
    """
    with engine.connect() as connection:
        found = [each for each in determinations.awaited(connection, assessment_id, by) if each.slot == slot]
        if not found:
            raise NothingAwaited
        made = _mails(connection, found, public_url, lambda _: ("reminder", f"now/{today}"))
    if not made:
        raise AddressUnknown
    with engine.begin() as connection:
        return mail.queue(connection, made) == 1


def _kind(each: Awaited, today: date) -> tuple[str, str]:
    assert each.due_on is not None
    kind = "overdue" if each.due_on < today else "due-soon"
    return kind, f"{kind}/{each.due_on}"


def _mails(
    connection: Connection, found: list[Awaited], public_url: str, kind_of: Callable[[Awaited], tuple[str, str]]
) -> list[mail.Mail]:
    """Give the reminders for those whose address is known: three queries."""
    if not found:
        return []
    titles = dossier.titles(connection, sorted({each.innovation_id for each in found}))
    persons = sorted({each.person for each in found})
    addresses: Mapping[str, str] = {row[0]: row[1] for row in connection.exec_driver_sql(_ADDRESSES, (persons,))}
    templates = letters.templates(connection)
    made = []
    for each in found:
        address = addresses.get(each.person)
        if address is None:
            continue
        kind, key = kind_of(each)
        fields = letters.about(
            LANGUAGE,
            each.assessment_id,
            each.from_stage,
            each.to_stage,
            titles.get(each.innovation_id),
            f"{public_url}/desk/tasks",
        )
        letter = templates[kind, LANGUAGE].letter(fields | {"due_on": Formats(LANGUAGE).day(each.due_on)})
        made.append(
            mail.Mail(
                key=f"reminder/{each.assessment_id}/{each.slot}/{each.round_no}/{key}",
                region=each.region,
                about=each.assessment_id,
                kind=kind,
                only_for=each.assigned_by,
                recipient_person=each.person,
                address=address,
                language=LANGUAGE,
                subject=letter.subject,
                body=letter.body,
            )
        )
    return made
