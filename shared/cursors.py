"""Places in lists: opaque and signed, each good only for the list that it was given out for."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from shared.domain import Rejection


class BadCursor(Rejection):
    """This cursor was not given out here. Start again without one."""


class OutdatedCursor(Rejection):
    """A log was put back to an earlier state since this cursor was given out. Go on from the one in `resume`."""

    def __init__(self, resume: str) -> None:
        """Take the cursor to go on from."""
        self.resume = resume
        super().__init__(field="cursor")


class Cursors:
    """Signs where a page ends, so that a place cannot be made up or taken into another list."""

    def __init__(self, secret: str) -> None:
        """Take the service's secret."""
        self._secret = secret

    def write(self, of: Any, place: Sequence[Any]) -> str:
        """Give the cursor of a place in a list. `of` names the list, with what was asked for where that matters."""
        return str(self._signer(of).dumps(list(place)))

    def read(self, of: Any, cursor: str | None) -> list[Any] | None:
        """Give the place in this list, None without a cursor; raise BadCursor for one not given out for this list."""
        if not cursor:
            return None
        try:
            place: list[Any] = self._signer(of).loads(cursor)
        except BadData:
            raise BadCursor(field="cursor") from None
        # Base64 spells the same bytes in several ways; only the one that was given out is taken.
        if self.write(of, place) != cursor:
            raise BadCursor(field="cursor")
        return place

    def write_bytes(self, of: Any, place: bytes) -> str:
        """Give the cursor of a place that is kept for long, in bytes whose form does not depend on any library."""
        return self._byte_signer(of).sign(base64_encode(place)).decode()

    def read_bytes(self, of: Any, cursor: str) -> bytes:
        """Give what `write_bytes` was given; raise BadCursor for what it did not give for this list."""
        try:
            place = base64_decode(self._byte_signer(of).unsign(cursor.encode()))
        except (BadData, ValueError):
            raise BadCursor(field="cursor") from None
        if self.write_bytes(of, place) != cursor:
            raise BadCursor(field="cursor")
        return place

    def _byte_signer(self, of: Any) -> Signer:
        return Signer(self._secret, salt=f"labinov.place {json.dumps(of)}", digest_method=hashlib.sha256)

    def _signer(self, of: Any) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=f"labinov.cursor {json.dumps(of, sort_keys=True)}")
