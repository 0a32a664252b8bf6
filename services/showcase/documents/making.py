"""Making a document: the row that waits longest is taken, its records are folded, and the pages are set."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, Row

from services.showcase.documents import store
from services.showcase.documents.asking import query
from services.showcase.documents.content import Edition, Origin, Writer, read
from services.showcase.documents.pdf import pdf_apart
from services.showcase.documents.workbook import workbook
from services.showcase.following import active_schema
from services.showcase.history import moments
from services.showcase.history.folding import folding
from services.showcase.queries import Model
from shared.parking import OPERATIONAL
from shared.web.i18n import translations

# A region's directory is its own language's; the file is the same for whoever asks.
LANGUAGE = "id"
# Records that are folded between two words of progress.
STEP = 2000
# What setting the pages counts for in the progress, beside the records that are read: about as long as so many.
SETTING = 2000

Say = Callable[[int, int], None]

_log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Maker:
    """Makes one document after another. What it makes depends on the records alone."""

    def __init__(self, engine: Engine, folder: Path, public_url: str, now: Callable[[], datetime] = _now) -> None:
        """Take the database, the service's folder with its translations, the address of the site, and a clock."""
        self._engine = engine
        self._folder = folder
        self._public_url = public_url
        self._now = now

    def turn(self, _subject: str = "") -> bool:
        """Make the document that waits longest; say whether there was one, so that another may wait."""
        with self._engine.begin() as connection:
            taken = store.take(connection, self._now())
        if taken is None:
            return False
        if taken.tries > store.TRIES:
            self._fail(taken, "too many tries")
            return True
        try:
            file = self.make(taken, lambda done, total: self._note(taken, done, total))
        except OPERATIONAL:
            raise
        except Exception as error:  # noqa: BLE001  # one document that cannot be made must not hold up the others
            self._fail(taken, type(error).__name__)
            return True
        with self._engine.begin() as connection:
            store.finish(connection, self._now(), taken.document_id, file, hashlib.sha256(file).hexdigest())
        return True

    def make(self, row: Row[Any], say: Say) -> bytes:
        """Give the file of a row; `say` is told how much of how much is done."""
        edition = self._fold(row, say)
        writer = Writer(translations(LANGUAGE, self._folder).gettext, LANGUAGE)
        if row.kind == "xlsx":
            return workbook(edition, writer)
        read_all = row.submission + row.review
        alive = partial(say, read_all, read_all + SETTING)
        return pdf_apart(writer.write(edition), edition.origin.recorded_at, alive)

    def _fold(self, row: Row[Any], say: Say) -> Edition:
        """Give the edition as it was at the row's positions."""
        positions = {"submission": row.submission, "review": row.review}
        total = sum(positions.values()) + SETTING
        # Not a transaction of SQLAlchemy's: the fold has one of its own, which is rolled back.
        with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            wanted = moments.Asked(positions=tuple(positions.items()))
            moment = moments.resolve(connection, row.region, wanted)
            assert moment.recorded_at is not None, "a programme without records was asked for"
            address = f"{self._public_url}/documents{query(row.programme_id, positions)}"
            origin = Origin(row.region, row.programme_id, positions, moment.recorded_at.astimezone(UTC), address)
            with folding(Model(connection, active_schema(connection)), row.region) as fold:
                done = 0
                for source, upto in positions.items():
                    for step in range(STEP, upto + STEP, STEP):
                        fold.to({source: min(step, upto)})
                        say(done + min(step, upto), total)
                    done += upto
                return read(fold.model, origin)

    def _note(self, row: Row[Any], done: int, total: int) -> None:
        with self._engine.begin() as connection:
            store.progress(connection, self._now(), row.document_id, done, total)

    def _fail(self, row: Row[Any], reason: str) -> None:
        # Not the error's message, which may hold what people wrote.
        _log.error("document could not be made", document=row.document_id, region=row.region, error=reason)
        with self._engine.begin() as connection:
            store.fail(connection, row.document_id)
