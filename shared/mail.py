"""Mail: an outbox that a letter enters once under its key, and the sender that takes from it.

A mail is claimed in a transaction of its own before it is sent. Whoever dies between claiming and noting leaves it
`sending`; it becomes `uncertain` and is never sent again by itself, because the letter may have arrived.

queued ──► sending ──► sent         the server took it
   ▲          ├──────► queued       nothing had been handed over; tried again later, a few times
   │          ├──────► failed       refused for good
   │          └──────► uncertain    it broke off while the letter was handed over
   └─ without a server: held        to be read in the mailbox
"""

import re
import smtplib
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from shared.domain import Conflict, Stale
from shared.settings import Settings

SECONDS = 10.0
A_ROUND = 5
TRIES = 10
LONGEST_PAUSE = 3600.0

MAIL_DDL = """
CREATE TABLE mail (
    mail_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    key text NOT NULL UNIQUE,
    region text NOT NULL,
    about text NOT NULL,
    kind text NOT NULL,
    unit text,
    only_for uuid,
    recipient_person uuid,
    address text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'held', 'uncertain')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_at timestamptz,
    sent_at timestamptz,
    error text,
    resent_of uuid REFERENCES mail,
    reason text
)
"""
_INDEXES = (
    "CREATE INDEX mail_newest ON mail (created_at DESC, mail_id DESC)",
    "CREATE INDEX mail_about ON mail (about)",
    "CREATE INDEX mail_waiting ON mail (next_try_at) WHERE state IN ('queued', 'sending')",
)

_QUEUE = """
INSERT INTO mail (key, region, about, kind, unit, only_for, recipient_person, address, language, subject, body,
                  resent_of, reason)
VALUES (%(key)s, %(region)s, %(about)s, %(kind)s, %(unit)s, %(only_for)s, %(recipient_person)s, %(address)s,
        %(language)s, %(subject)s, %(body)s, %(resent_of)s, %(reason)s)
ON CONFLICT (key) DO NOTHING
"""

_CLAIM = """
UPDATE mail SET state = 'sending', attempts = attempts + 1, claimed_at = clock_timestamp()
WHERE mail_id = (
    SELECT mail_id FROM mail WHERE state = 'queued' AND next_try_at <= clock_timestamp()
    ORDER BY next_try_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING mail_id, address, language, subject, body, attempts
"""

_NOTE = """
UPDATE mail SET state = %(state)s, error = %(error)s,
    sent_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() END,
    next_try_at = clock_timestamp() + make_interval(secs => %(pause)s)
WHERE mail_id = %(mail_id)s AND state = 'sending'
"""

# A sender notes within a minute: each step of a conversation with a server has a bound.
_LEFT_BEHIND = """
UPDATE mail SET state = 'uncertain', error = 'the sender stopped while the letter was being handed over'
WHERE state = 'sending' AND claimed_at < clock_timestamp() - interval '10 minutes'
"""

_HOLD = "UPDATE mail SET state = 'held' WHERE state = 'queued'"

_COLUMNS = """mail_id::text, region, about, kind, unit, only_for::text, recipient_person::text, address, language,
    subject, body, state, attempts, created_at, sent_at, error, resent_of::text, reason"""

_SEEN = """(
    recipient_person = %(person)s::uuid
    OR ((%(everywhere)s OR region = ANY(%(regions)s)) AND (only_for IS NULL OR only_for = %(person)s::uuid))
    OR (only_for IS NULL AND unit = ANY(%(units)s))
)"""

_LIST = f"""
SELECT {_COLUMNS} FROM mail
WHERE {_SEEN} AND (%(about)s::text IS NULL OR about = %(about)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(before_at)s::timestamptz IS NULL OR (created_at, mail_id) < (%(before_at)s, %(before_id)s::uuid))
ORDER BY created_at DESC, mail_id DESC LIMIT %(limit)s
"""

_ONE = f"SELECT {_COLUMNS} FROM mail WHERE mail_id = %(mail_id)s::uuid AND {_SEEN}"

# Resends hang on the first letter, whichever of them was asked to be sent again; its lock puts them in a row.
_FAMILY = """
SELECT first.mail_id::text, first.key,
       (SELECT count(*) FROM mail again WHERE again.resent_of = first.mail_id) AS resent
FROM mail first JOIN mail one ON first.mail_id = coalesce(one.resent_of, one.mail_id)
WHERE one.mail_id = %(mail_id)s::uuid FOR UPDATE OF first
"""

# ASCII, because not every server on the way takes more.
_ADDRESS_SHAPE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")

_COUNT = "SELECT about, count(*) FROM mail WHERE about = ANY(%s) AND only_for IS NULL GROUP BY about"

_ADDRESS = "SELECT email FROM person WHERE person = %(person)s::uuid AND email <> ''"


class StillOnItsWay(Conflict):
    """This letter is still on its way; wait until it is known how it went."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A letter for the outbox.

    `about` is the id of what it concerns, `unit` the unit whose members may see it. `only_for` seals it: of those who
    run the region only this person sees it.
    """

    key: str
    region: str
    about: str
    kind: str
    address: str = field(repr=False)
    language: str
    subject: str
    body: str = field(repr=False)
    recipient_person: str | None = None
    unit: str | None = None
    only_for: str | None = None
    resent_of: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept(Mail):
    """A letter in the outbox, and how it went."""

    mail_id: str
    state: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Whose letters somebody sees: the own, those of regions that they run, and those of their units."""

    person: str
    everywhere: bool = False
    regions: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def values(self) -> dict[str, Any]:
        """Give this as a statement's parameters."""
        regions, units = sorted(self.regions), sorted(self.units)
        return {"person": self.person, "everywhere": self.everywhere, "regions": regions, "units": units}


def mail_ddl(app_role: str) -> Sequence[str]:
    """Give the statements that make the outbox; only the erasure of a person takes letters out of it."""
    return (MAIL_DDL, *_INDEXES, f'GRANT SELECT, INSERT, UPDATE ON mail TO "{app_role}"')


def address_of(connection: Connection, person: str) -> str | None:
    """Give the e-mail address that somebody left at sign-in, if any."""
    found: str | None = connection.exec_driver_sql(_ADDRESS, {"person": person}).scalar()
    return found


def queue(connection: Connection, mails: Sequence[Mail]) -> int:
    """Put letters into the outbox, each once under its key; give how many were new."""
    columns = ("key", "region", "about", "kind", "unit", "only_for", "recipient_person", "address", "language")
    more = ("subject", "body", "resent_of", "reason")
    return sum(
        connection.exec_driver_sql(_QUEUE, {name: getattr(each, name) for name in (*columns, *more)}).rowcount
        for each in mails
    )


def listed(
    connection: Connection,
    sight: Sight,
    *,
    about: str | None = None,
    state: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Kept]:
    """Give the letters that somebody sees, the newest first: one query."""
    at, ident = before or (None, None)
    asked = {"about": about, "state": state, "before_at": at, "before_id": ident, "limit": limit}
    rows = connection.exec_driver_sql(_LIST, sight.values() | asked)
    return [_kept(row) for row in rows.mappings()]


def one(connection: Connection, sight: Sight, mail_id: str) -> Kept | None:
    """Give a letter that somebody sees, None where there is none for them."""
    try:
        UUID(mail_id)
    except ValueError:
        return None
    row = connection.exec_driver_sql(_ONE, sight.values() | {"mail_id": mail_id}).mappings().first()
    return None if row is None else _kept(row)


def counted(connection: Connection, abouts: Collection[str]) -> dict[str, int]:
    """Give how many letters there are about each of these things, sealed ones left out: one query."""
    return {row[0]: row[1] for row in connection.exec_driver_sql(_COUNT, (list(abouts),))}


def resend(connection: Connection, mail: Kept, *, number: int, reason: str) -> bool:
    """Queue a letter once more, to the address that is known now, as the `number`th resend of the first of its kind.

    Gives False where that resend was queued already. Raises StillOnItsWay, and Stale for a number that is not next.
    """
    if mail.state in ("queued", "sending"):
        raise StillOnItsWay
    first = connection.exec_driver_sql(_FAMILY, {"mail_id": mail.mail_id}).one()
    if not 1 <= number <= first.resent + 1:
        raise Stale
    found = None
    if mail.recipient_person is not None:
        found = address_of(connection, mail.recipient_person)
    again = Mail(
        key=f"{first.key}/resend-{number}",
        region=mail.region,
        about=mail.about,
        kind=mail.kind,
        unit=mail.unit,
        only_for=mail.only_for,
        recipient_person=mail.recipient_person,
        address=found or mail.address,
        language=mail.language,
        subject=mail.subject,
        body=mail.body,
        resent_of=first.mail_id,
        reason=reason,
    )
    return queue(connection, [again]) == 1


def next_number(connection: Connection, mail_id: str) -> int:
    """Give the number that the next resend of this letter has."""
    return int(connection.exec_driver_sql(_FAMILY, {"mail_id": mail_id}).one().resent) + 1


def _kept(row: RowMapping) -> Kept:
    named: Mapping[str, Any] = {name: row[name] for name in row if name != "key"}
    return Kept(key="", **named)


@dataclass(frozen=True)
class Server:
    """A mail server: `smtp://user:password@host:587?starttls=1`, or `smtps://…` for TLS from the beginning."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "Server":
        """Read an address; raise ValueError, which does not repeat it."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("LABINOV_SMTP_URL is not an address such as smtp://user:password@host:587?starttls=1")
        starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] == "1"
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 587 if starttls else 25),
            tls=tls,
            starttls=starttls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    def connect(self) -> smtplib.SMTP:
        """Give an open connection, signed in; raise OSError or SMTPException."""
        context = ssl.create_default_context()
        if self.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.starttls:
                smtp.starttls(context=context)
            if self.user is not None:
                smtp.login(self.user, self.password or "")
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp


class Sender:
    """Sends what the outbox holds; without a server it is held there to be read."""

    def __init__(self, engine: Engine, server: Server | None, mail_from: str) -> None:
        """Take the database with the outbox, the server if there is one, and the address that letters come from."""
        self._engine = engine
        self._server = server
        self._from = mail_from

    @classmethod
    def of(cls, engine: Engine, settings: Settings) -> Self:
        """Give the sender of a service with these settings."""
        server = Server.of(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        return cls(engine, server, settings.mail_from)

    def run(self) -> None:
        """Send a few letters, one after another. Raises one of OPERATIONAL.

        A server that does not answer ends the round.
        """
        if self._server is None:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(_HOLD)
            return
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_LEFT_BEHIND)
        for _ in range(A_ROUND):
            with self._engine.begin() as connection:
                claimed = connection.exec_driver_sql(_CLAIM).mappings().first()
            if claimed is None:
                return
            state, error = self._send(self._server, claimed)
            pause = min(30.0 * 2 ** claimed["attempts"], LONGEST_PAUSE)
            noted = {"mail_id": claimed["mail_id"], "state": state, "error": error, "pause": pause}
            with self._engine.begin() as connection:
                connection.exec_driver_sql(_NOTE, noted)
            if state == "queued":
                return

    def _send(self, server: Server, claimed: RowMapping) -> tuple[str, str | None]:
        """Hand a letter over; give how it went. What a server answers may hold an address, so only its code is kept."""
        address = str(claimed["address"])
        try:
            content = message(dict(claimed), self._from).as_bytes(policy=SMTP)
            if not _ADDRESS_SHAPE.fullmatch(address):
                return "failed", "the address is none that a mail can go to"
        except ValueError:
            return "failed", "the address or the subject cannot be written in a mail"
        try:
            smtp = server.connect()
        except (OSError, smtplib.SMTPException) as error:
            return _refused(error, claimed["attempts"])
        try:
            code, _ = smtp.mail(self._from)
            if code == 250:
                code, _ = smtp.rcpt(address)
            if code not in (250, 251):
                smtp.close()
                return _answered(code, claimed["attempts"])
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            return _refused(error, claimed["attempts"])
        try:
            code, _ = smtp.data(content)
        except smtplib.SMTPDataError as error:
            return _answered(error.smtp_code, claimed["attempts"])
        except (OSError, smtplib.SMTPException) as error:
            return "uncertain", f"broken off while it was handed over: {type(error).__name__}"
        else:
            return ("sent", None) if code == 250 else _answered(code, claimed["attempts"])
        finally:
            smtp.close()


def message(mail: Mapping[str, Any], mail_from: str) -> EmailMessage:
    """Give the mail of a letter; raise ValueError for a line end in a header, which could smuggle in another."""
    made = EmailMessage(policy=SMTP)
    made["From"] = mail_from
    made["To"] = mail["address"]
    made["Subject"] = mail["subject"]
    made["Content-Language"] = mail["language"]
    made["Date"] = localtime()
    made["Message-ID"] = f"<{mail['mail_id']}@{mail_from.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail["body"])
    return made


def _answered(code: int, attempts: int) -> tuple[str, str]:
    later = 400 <= code < 500 and attempts < TRIES
    return ("queued" if later else "failed"), f"the mail server answered {code}"


def _refused(error: Exception, attempts: int) -> tuple[str, str]:
    return ("queued" if attempts < TRIES else "failed"), f"the mail server was not reached: {type(error).__name__}"
