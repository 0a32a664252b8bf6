"""Standard Webhooks 1.0: secrets, and the three headers by which a receiver knows who sent what, and when."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Give a new secret, as it is shown to people and pasted into a receiver's configuration."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Give the signature of a message under a secret; `timestamp` is in whole seconds of UTC."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(known: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the headers of a message, signed with every secret that is good at this moment."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(each, message_id, timestamp, body) for each in known),
    }
