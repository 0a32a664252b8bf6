"""Which document is asked for, and its id: one for what would be the same file, made by the same release."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from services.showcase.history.moments import Moment
from shared.domain import NotFound

# Raised with every change of what a document says or looks like, so that none of before is given for one of after.
DESIGN = 1
_MADE_WITH = ("typst", "xlsxwriter")

_LAST_EVENTS = """
SELECT s.source, c.event_id::text AS event_id
FROM unnest(%(sources)s::text[], %(positions)s::bigint[]) AS s(source, position)
JOIN copied_event c ON c.region = %(region)s AND c.source = s.source AND c.position = s.position
WHERE EXISTS (SELECT FROM copied_event p WHERE p.region = %(region)s AND p.source = 'submission'
              AND p.stream = %(stream)s AND p.position <= %(submission)s)
"""


@dataclass(frozen=True)
class Asked:
    """A programme as of a moment, and the last event of each log up to there: after a restore these are others."""

    programme_id: str
    moment: Moment
    last_events: Mapping[str, str]

    def row(self, kind: str) -> dict[str, Any]:
        """Give the row of `store` for this document as a PDF or a workbook."""
        return {
            "document_id": self.document_id(kind),
            "region": self.moment.region,
            "programme_id": self.programme_id,
            "kind": kind,
            **self.moment.positions,
        }

    def document_id(self, kind: str) -> str:
        """Give the id of this document as a PDF or a workbook."""
        what = [kind, self.programme_id, dict(self.moment.positions), dict(self.last_events), *_made_with()]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def query(self) -> str:
        """Give the query string of the page of this moment."""
        return query(self.programme_id, self.moment.positions)


def asked(connection: Connection, programme_id: str, moment: Moment) -> Asked:
    """Give what is asked for, in one statement; raise NotFound where the programme was not recorded by then."""
    parameters = {
        "stream": f"programme/{programme_id}",
        "submission": moment.positions["submission"],
        "region": moment.region,
        "sources": list(moment.positions),
        "positions": list(moment.positions.values()),
    }
    rows = connection.exec_driver_sql(_LAST_EVENTS, parameters).all()
    if not rows:
        raise NotFound
    return Asked(programme_id, moment, {row.source: row.event_id for row in rows})


def query(programme_id: str, positions: Mapping[str, int]) -> str:
    """Give the query string of the page where the documents of a programme at these positions are found."""
    return "?" + urlencode({"programme": programme_id, **positions})


@cache
def _made_with() -> tuple[str, ...]:
    return str(DESIGN), *(f"{each} {version(each)}" for each in _MADE_WITH)
