"""Projections: pure handlers that turn events into writes, and the few set-based statements that carry a batch out.

    showcase = Projection("showcase", metadata, schema="showcase_v1")

    @showcase.on(StageAdvanced)
    def stage_advanced(event: StageAdvanced, at: Received) -> Iterator[Write]:
        yield update(innovation, key={"innovation_id": event.innovation_id}, set={"stage": event.to_stage})

A handler sees its event and where it stands (`at`), nothing else: no table, no clock, no randomness. Only the order
within one region's log of one source is given; across regions and sources anything may arrive first. So a row belongs
to one stream (its key holds the stream's id), what another stream or source knows stands in a table of its own and is
joined when read, and a row carries positions where its age matters. Then any split into batches, any delay, any
repetition and any rebuild give the same rows, byte for byte.

Tables are SQLAlchemy Core tables without a schema in the projection's own MetaData, with a primary key, without
serials, defaults or foreign keys (generated columns are welcome). The schema's name is given at run time, so that a
rebuild can fill another one beside it (`showcase.into("showcase_v2")`); queries find them by `reading(connection)`.

    WriteRefused         the write cannot be carried out, which is the fault of the event or of its handler
    ├── MissingRow       an update found no row
    └── DuplicateRow     an insert found a row with that key
    TablesChanged        the schema holds tables of an earlier release
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, MetaData, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, DropSchema

from shared.incoming import Handlers, Readable, Received

Row = Mapping[str, Any]
Key = tuple[Any, ...]
T = TypeVar("T", bound=Readable)

_COLUMNS = text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = :schema")
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class WriteRefused(Exception):
    """A write cannot be carried out."""


class MissingRow(WriteRefused):
    """An update found no row."""


class DuplicateRow(WriteRefused):
    """An insert found a row with that key."""


class TablesChanged(Exception):
    """The schema holds tables of an earlier release."""

    def __init__(self, schema: str, table: str) -> None:
        """Take the schema and the table whose columns are not those of this release."""
        super().__init__(
            f"{schema}.{table} has other columns than this release gives it. A projection whose tables change gets a "
            "schema of a new name, which fills itself from the log; the old one can be dropped after that."
        )


class Insert(NamedTuple):
    """A row that must be new."""

    table: Table
    row: Row


class Put(NamedTuple):
    """A row that takes the place of the one with that key, if there is one."""

    table: Table
    row: Row


class Update(NamedTuple):
    """New values for some columns of a row that must be there."""

    table: Table
    key: Row
    set: Row


class Delete(NamedTuple):
    """The rows that have these values in columns of the key are to go, if there are any."""

    table: Table
    key: Row


Write = Insert | Put | Update | Delete
Handler = Callable[[Any, Received], Iterable[Write]]


def insert(table: Table, row: Row) -> Write:
    """Give the write of a row that must be new; columns that are not named become null."""
    return Insert(table, row)


def put(table: Table, row: Row) -> Write:
    """Give the write of a whole row, new or in place of an older one; columns that are not named become null."""
    return Put(table, row)


def update(table: Table, *, key: Row, set: Row) -> Write:  # noqa: A002  # as in SQL
    """Give the write of some columns of one row, named by its whole primary key, which must be there."""
    return Update(table, key, set)


def delete(table: Table, key: Row) -> Write:
    """Give the write that removes all rows with these values; `key` names some or all columns of the primary key."""
    return Delete(table, key)


class Projection:
    """A read model: its tables, the schema that they stand in, and its handlers."""

    batch = 500
    # What a crash of the database may undo here is read from the log again.
    durable = False

    def __init__(self, name: str, metadata: MetaData, schema: str) -> None:
        """Take the name of the consumer, the tables, and the versioned schema that is written by default."""
        self.name = name
        self.metadata = metadata
        self.schema = schema
        self.handlers: Handlers[Handler] = Handlers()
        self._shapes: dict[Table, _Shape] = {}

    def into(self, schema: str) -> Self:
        """Give the same projection writing into another schema, as a rebuild does."""
        other = copy(self)
        other.schema = schema
        return other

    def on(self, cls: type[T]) -> Callable[[Callable[[T, Received], Iterable[Write]]], Handler]:
        """Register the handler of an event type, one declared with `@reads` or an own event of the service."""

        def register(handler: Callable[[T, Received], Iterable[Write]]) -> Handler:
            self.handlers.add(cls, handler)
            return handler

        return register

    def writes(self, event: Received) -> Iterable[Write]:
        """Give what an event changes, which is nothing for a type without a handler.

        Raises UnknownVersion, ValueError for an unreadable payload, and whatever the handler raises.
        """
        found = self.handlers.of(event)
        return () if found is None else found[0](found[1], event)

    def apply(self, connection: Connection, events: Iterable[Received]) -> Callable[[], None] | None:
        """Carry out what a batch of events changes, in order, in a handful of statements; nothing follows the commit.

        Raises what `writes` raises, WriteRefused, or SQLAlchemy's errors. The transaction is the caller's, and after
        an error it is good for nothing but a rollback.
        """
        batch = _Batch(self, connection, self.schema)
        for event in events:
            for write in self.writes(event):
                batch.add(write)
        batch.flush()
        return None

    def shape(self, table: Table) -> "_Shape":
        """Give what the statements need to know of a table."""
        found = self._shapes.get(table)
        if found is None:
            found = self._shapes[table] = _Shape(table)
        return found

    def reading(self, connection: Connection) -> Connection:
        """Give the connection with this projection's tables found in their schema."""
        return connection.execution_options(schema_translate_map={None: self.schema})

    def create(self, connection: Connection, *, app_role: str | None = None, indexed: bool = True) -> None:
        """Create the schema and the tables where they are missing, and let the application's role use them.

        Without `indexed` the tables have their keys only, which is how they are filled quickly: see `index`. Raises
        TablesChanged where the schema holds tables of an earlier release.
        """
        name = self.schema
        connection.execute(CreateSchema(name, if_not_exists=True))
        translated = connection.execution_options(schema_translate_map={None: name})
        for table in self.metadata.sorted_tables:
            translated.execute(CreateTable(table, if_not_exists=True))
        connection.execution_options(schema_translate_map=None)
        self._compare(connection)
        if indexed:
            self.index(connection)
        if app_role is not None:
            connection.execute(text(f'GRANT USAGE ON SCHEMA "{name}" TO "{app_role}"'))
            connection.execute(
                text(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{name}" TO "{app_role}"')
            )

    def _compare(self, connection: Connection) -> None:
        """Raise TablesChanged where a table that was there already has other columns than it should."""
        found: dict[str, set[str]] = {}
        for table, column in connection.execute(_COLUMNS, {"schema": self.schema}):
            found.setdefault(table, set()).add(column)
        for table in self.metadata.sorted_tables:
            if found[table.name] != {column.name for column in table.columns}:
                raise TablesChanged(self.schema, table.name)

    def index(self, connection: Connection) -> None:
        """Create the tables' indexes where they are missing."""
        translated = connection.execution_options(schema_translate_map={None: self.schema})
        for table in self.metadata.sorted_tables:
            for index in sorted(table.indexes, key=lambda each: str(each.name)):
                translated.execute(CreateIndex(index, if_not_exists=True))
        # SQLAlchemy keeps what was set on the caller's connection.
        connection.execution_options(schema_translate_map=None)

    def analyze(self, connection: Connection) -> None:
        """Have the planner know what the tables hold."""
        names = ", ".join(f'"{self.schema}"."{table.name}"' for table in self.metadata.sorted_tables)
        connection.exec_driver_sql(f"ANALYZE {names}")

    def drop(self, connection: Connection) -> None:
        """Drop the schema with all that is in it, if it is there."""
        connection.execute(DropSchema(self.schema, cascade=True, if_exists=True))

    def fingerprint(self, connection: Connection) -> str:
        """Give the SHA-256 of all rows of all tables in the order of their keys: equal means byte-identical."""
        digest = hashlib.sha256()
        for table in sorted(self.metadata.tables.values(), key=lambda each: each.name):
            columns = ", ".join(f't."{column.name}"' for column in table.columns)
            key = ", ".join(f't."{column.name}"' for column in table.primary_key)
            # Texts of a row compare the same in every collation only when the key's order does: hence "C".
            query = (
                f'SELECT ROW({columns})::text FROM "{self.schema}"."{table.name}" AS t '
                f'ORDER BY ROW({key})::text COLLATE "C"'
            )
            digest.update(f"{table.name}\n".encode())
            for (row,) in connection.exec_driver_sql(query):
                digest.update(f"{row}\n".encode())
        return digest.hexdigest()


class _Shape:
    """What the statements on a table need to know: its columns, their types, its key."""

    def __init__(self, table: Table) -> None:
        written = [column for column in table.columns if column.computed is None]
        self.name = table.name
        self.types = {column.name: column.type.compile(dialect=_DIALECT) for column in written}
        self.key = tuple(column.name for column in table.primary_key)
        self.columns = frozenset(self.types)
        self.required = frozenset(column.name for column in written if not column.nullable)
        # Names of columns that were found to fit, so that the same handler's next row is not looked at again.
        self._whole: set[tuple[str, ...]] = set()
        self._partial: set[tuple[str, ...]] = set()
        if not self.key:
            raise TypeError(f"table {table.name} needs a primary key")

    def rows(self, columns: Iterable[str]) -> str:
        """Give the rows of the statement's one parameter, a JSON array, as a FROM item named `r`."""
        declared = ", ".join(f'"{name}" {self.types[name]}' for name in columns)
        return f"json_to_recordset(%s::json) AS r({declared})"

    def matches(self, columns: Iterable[str]) -> str:
        """Give the condition that a row of `t` is the one that `r` speaks of."""
        return " AND ".join(f't."{name}" = r."{name}"' for name in columns)

    def whole(self, row: Row) -> Key:
        """Give the key of a complete row; raise WriteRefused for columns that are missing or not known."""
        names = tuple(row)
        if names not in self._whole:
            wrong = (self.required - row.keys()) | (row.keys() - self.columns)
            if wrong:
                raise WriteRefused(f"{self.name}: columns missing or not known: {', '.join(sorted(wrong))}")
            self._whole.add(names)
        return tuple([row[name] for name in self.key])

    def partial(self, key: Row, values: Row) -> Key:
        """Give the key of an update; raise WriteRefused where it is not the whole key, or sets what it may not."""
        names = (*key, "", *values)
        if names not in self._partial:
            if key.keys() != set(self.key) or not values.keys() <= self.columns - set(self.key):
                raise WriteRefused(f"{self.name}: an update names the whole primary key and sets other known columns")
            self._partial.add(names)
        return tuple([key[name] for name in self.key])


class _Pending:
    """What a batch has yet to do to one table, merged by row. At the flush: deletes, inserts, puts, updates."""

    def __init__(self, shape: _Shape) -> None:
        self.shape = shape
        self.deletes: dict[tuple[str, ...], set[Key]] = defaultdict(set)
        self.inserts: dict[Key, dict[str, Any]] = {}
        self.puts: dict[Key, dict[str, Any]] = {}
        self.updates: dict[Key, dict[str, Any]] = {}
        # For each set of columns that deletes have named so far: their values in the rows that wait.
        self.waiting: dict[tuple[str, ...], set[Key]] = {}

    def note(self, key: Key) -> None:
        """Remember that a write to this row waits, for deletes to come."""
        for columns, values in self.waiting.items():
            values.add(self._part(columns, key))

    def waits(self, columns: tuple[str, ...], values: Key) -> bool:
        """Whether a write waits for a row that this delete would remove."""
        if columns not in self.waiting:
            keys = (*self.inserts, *self.puts, *self.updates)
            self.waiting[columns] = {self._part(columns, key) for key in keys}
        return values in self.waiting[columns]

    def _part(self, columns: tuple[str, ...], key: Key) -> Key:
        return tuple([key[self.shape.key.index(name)] for name in columns])


class _Batch:
    """The writes of a batch of events on their way into the tables of one schema."""

    def __init__(self, projection: Projection, connection: Connection, schema: str) -> None:
        self.projection = projection
        self.connection = connection
        self.schema = schema
        self.pending: dict[Table, _Pending] = {}

    def add(self, write: Write) -> None:
        """Merge a write with those that wait; whatever does not merge without a doubt is sent before it."""
        table = write.table
        pending = self.pending.get(table)
        if pending is None:
            pending = self.pending[table] = _Pending(self.projection.shape(table))
        if isinstance(write, Update):
            self._update(pending, write)
        elif isinstance(write, Insert):
            key = pending.shape.whole(write.row)
            if key in pending.inserts or key in pending.puts or key in pending.updates:
                raise DuplicateRow(f"{table.name} {key}")
            pending.inserts[key] = dict(write.row)
            pending.note(key)
        elif isinstance(write, Put):
            key = pending.shape.whole(write.row)
            if key in pending.updates:
                pending = self._flush_one(pending)
            (pending.inserts if key in pending.inserts else pending.puts)[key] = dict(write.row)
            pending.note(key)
        else:
            columns, values = tuple(write.key), tuple(write.key.values())
            if not columns or not set(columns) <= set(pending.shape.key):
                raise WriteRefused(f"{table.name}: a delete names columns of the primary key")
            if pending.waits(columns, values):
                pending = self._flush_one(pending)
            pending.deletes[columns].add(values)

    def _update(self, pending: _Pending, write: Update) -> None:
        key = pending.shape.partial(write.key, write.set)
        for rows in (pending.inserts, pending.puts, pending.updates):
            if key in rows:
                rows[key].update(write.set)
                return
        pending.updates[key] = {**write.key, **write.set}
        pending.note(key)

    def flush(self) -> None:
        """Send everything that waits."""
        for pending in self.pending.values():
            self._flush_one(pending)
        self.pending.clear()

    def _flush_one(self, pending: _Pending) -> _Pending:
        """Send what waits for one table; give the empty one that takes its place."""
        shape = pending.shape
        target = f'"{self.schema}"."{shape.name}" AS t'
        for columns, keys in pending.deletes.items():
            rows: list[Row] = [dict(zip(columns, each, strict=True)) for each in keys]
            self._send(f"DELETE FROM {target} USING {shape.rows(columns)} WHERE {shape.matches(columns)}", rows)
        if pending.inserts:
            try:
                self._send(self._insertion(target, shape), list(pending.inserts.values()))
            except IntegrityError as error:
                raise DuplicateRow(f"{shape.name}: {error.orig}") from error
        if pending.puts:
            key = ", ".join(f'"{name}"' for name in shape.key)
            values = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in shape.types if name not in shape.key)
            what = f"UPDATE SET {values}" if values else "NOTHING"
            statement = f"{self._insertion(target, shape)} ON CONFLICT ({key}) DO {what}"
            self._send(statement, list(pending.puts.values()))
        groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in pending.updates.values():
            groups[tuple(sorted(row))].append(row)
        for names, group in groups.items():
            self._send_updates(target, shape, names, group)
        table = next(table for table, each in self.pending.items() if each is pending)
        fresh = self.pending[table] = _Pending(shape)
        return fresh

    def _insertion(self, target: str, shape: _Shape) -> str:
        names = ", ".join(f'"{name}"' for name in shape.types)
        return f"INSERT INTO {target} ({names}) SELECT {names} FROM {shape.rows(shape.types)}"

    def _send_updates(self, target: str, shape: _Shape, columns: Sequence[str], rows: Sequence[Row]) -> None:
        values = ", ".join(f'"{name}" = r."{name}"' for name in columns if name not in shape.key)
        condition = shape.matches(shape.key)
        # An update that sets nothing still asserts that the row is there.
        values = values or ", ".join(f'"{name}" = r."{name}"' for name in shape.key)
        found = self._send(f"UPDATE {target} SET {values} FROM {shape.rows(columns)} WHERE {condition}", rows)
        if found != len(rows):
            keys = [tuple(row[name] for name in shape.key) for row in rows[:3]]
            raise MissingRow(f"{shape.name}: {len(rows) - found} of {len(rows)} rows are not there, among {keys}")

    def _send(self, statement: str, rows: Sequence[Row]) -> int:
        # One JSON array for all rows: psycopg encodes one text, and the plan is prepared once per statement.
        parameter = to_json(rows, inf_nan_mode="constants").decode()
        return self.connection.exec_driver_sql(statement, (parameter,)).rowcount
