"""Examples of the events that every service with a log can record: accesses and erasures."""

from uuid import UUID

from shared.access import AccessKind, AccessRecorded
from shared.domain import Event
from shared.erasure import PayloadsErased

EVENTS: tuple[Event, ...] = (
    AccessRecorded(
        access_id=f"36.74-{UUID(int=0xAC).hex}",
        kind=AccessKind.EXPORT,
        what="submission/36.74",
        reason="Pemeriksaan berkala nomor 12.",
        by=str(UUID(int=0xA9)),
    ),
    PayloadsErased(
        erasure_id=f"36.74-{UUID(int=0xE5).hex}",
        request=f"00-{UUID(int=0xE5).hex}",
        positions=(17, 23),
    ),
)
