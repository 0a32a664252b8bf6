"""The letter to whoever made an endpoint that was switched off by itself, in both languages."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from services.showcase.subscriptions.endpoints import Endpoint
from services.showcase.subscriptions.progress import TRIES, Disabled
from shared.mail import Mail, address_of, queue

KIND = "webhook-disabled"

_SUBJECT = "Langganan webhook dihentikan / Webhook subscription switched off"
_BODY = """\
Pengiriman ke penerima "{what}" dihentikan: {alasan}.
Tidak ada yang hilang: kejadian yang menunggu dikirim segera setelah langganan diaktifkan kembali.
{link}

Deliveries to the receiver "{what}" were switched off: {reason}.
Nothing is lost: what waits is sent as soon as the subscription is switched on again.
{link}
"""
_WHY = {
    Disabled.GONE: ("penerima menjawab 410 (sudah tidak ada)", "it answered 410 (gone)"),
    Disabled.EXHAUSTED: (f"{TRIES} kali percobaan gagal", f"{TRIES} attempts failed"),
}


def tell(connection: Connection, endpoint: Endpoint, reason: Disabled, now: datetime, desk: str) -> bool:
    """Put the letter into the outbox, in the transaction that switches the endpoint off; give whether there is one.

    Takes the address of the desk's pages of webhooks. Who left no e-mail address at sign-in reads it on the page only.
    """
    address = address_of(connection, endpoint.created_by)
    if address is None:
        return False
    alasan, why = _WHY[reason]
    what = endpoint.description or endpoint.endpoint_id
    link = f"{desk}/{endpoint.endpoint_id}"
    letter = Mail(
        key=f"{KIND}/{endpoint.endpoint_id}/{now.isoformat()}",
        region=endpoint.region,
        about=endpoint.endpoint_id,
        kind=KIND,
        address=address,
        language="id",
        subject=_SUBJECT,
        body=_BODY.format(what=what, alasan=alasan, reason=why, link=link),
        recipient_person=endpoint.created_by,
        only_for=endpoint.created_by,
    )
    return queue(connection, [letter]) == 1


def counts(connection: Connection, person: str) -> Mapping[str, int]:
    """Give how many letters to a person are kept here, by kind of holding."""
    found = connection.exec_driver_sql("SELECT count(*) FROM mail WHERE recipient_person = %s::uuid", (person,))
    return {"letters": int(found.scalar_one())}
