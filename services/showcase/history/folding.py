"""The read model as it was: a region's copied events up to a moment, through the very projections of the live model.

They are carried out into temporary tables of the live tables' shape inside one transaction that is always rolled
back, and read with the live pages' own queries. The schema of temporary tables is named `pg_temp` in PostgreSQL, so
nothing but that name tells such a model from the live one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore

from starlette.exceptions import HTTPException

from services.showcase.projections import showcase
from services.showcase.queries import Model
from services.showcase.tables import metadata
from shared.incoming import Received, parse

SCHEMA = "pg_temp"
BATCH = 1000
# A fold holds a thread and its connection for some 100 µs an event: the other threads go on answering.
AT_ONCE = 2
PATIENCE_SECONDS = 10.0

_EVENTS = """
SELECT c.position, c.wire FROM copied_event c
WHERE c.region = %(region)s AND c.source = %(source)s AND c.type = ANY(%(types)s)
  AND c.position > %(after)s AND c.position <= %(upto)s
  AND NOT EXISTS (SELECT FROM parked p WHERE p.consumer = %(consumer)s AND p.source = c.source
                  AND p.region = c.region AND p.stream = c.stream AND p.position <= c.position
                  AND p.state <> 'trying' AND p.resolution IS NULL)
ORDER BY c.position LIMIT %(limit)s
"""

_folds = BoundedSemaphore(AT_ONCE)


class Fold:
    """A model that is being folded: it can be read between two moments, and only goes forward."""

    def __init__(self, model: Model, region: str) -> None:
        """Take the model's connection, within a transaction, with empty tables."""
        self.model = model
        self.region = region
        self._projection = showcase.into(SCHEMA)
        self._types = [cls.wire_name for cls in showcase.handlers]
        self._at: dict[str, int] = {}

    def to(self, positions: Mapping[str, int]) -> Model:
        """Apply what lies between here and these positions; give the model there.

        An event that the live model holds back, because an operator has yet to look at its stream, is held back here.
        """
        for source, upto in positions.items():
            after = self._at.get(source, 0)
            while events := self._read(source, after, upto):
                self._projection.apply(self.model.connection, events)
                after = events[-1].position
                if len(events) < BATCH:
                    break
            self._at[source] = max(after, upto)
        return self.model

    def _read(self, source: str, after: int, upto: int) -> Sequence[Received]:
        rows = self.model.connection.exec_driver_sql(
            _EVENTS,
            {
                "region": self.region,
                "source": source,
                "types": self._types,
                "after": after,
                "upto": upto,
                "consumer": showcase.name,
                "limit": BATCH,
            },
        )
        return [parse(bytes(row.wire)) for row in rows]


@contextmanager
def folding(live: Model, region: str) -> Iterator[Fold]:
    """Give an empty model on the live one's connection; when the block ends nothing of it is left.

    Raises HTTPException 503 where too many are being folded already.
    """
    if not _folds.acquire(timeout=PATIENCE_SECONDS):
        raise HTTPException(503)
    try:
        # The driver's own transaction, since pages read on a connection that commits each statement by itself.
        driver = live.connection.connection.driver_connection
        assert driver is not None
        with driver.transaction(force_rollback=True):
            live.connection.exec_driver_sql(_tables(live.schema))
            yield Fold(Model(live.connection, SCHEMA), region)
    finally:
        _folds.release()


@lru_cache(maxsize=8)
def _tables(schema: str) -> str:
    """Give the statement that makes the temporary tables, all at once. Keys only: nobody searches in the past."""
    return ";\n".join(
        f'CREATE TEMPORARY TABLE "{table.name}" (LIKE "{schema}"."{table.name}" INCLUDING GENERATED, '
        f"PRIMARY KEY ({', '.join(column.name for column in table.primary_key)})) ON COMMIT DROP"
        for table in metadata.sorted_tables
    )
