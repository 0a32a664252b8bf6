"""The tables of an event log, as SQLAlchemy Core tables and as the DDL that a service's first migration runs.

`event` and `idempotency` are hash-partitioned by region. The application role may insert and select events and
nothing else; triggers refuse every change but the one that clears payload and salt (erasure). That one the application
makes through a function of the owner's, which clears what an event in the log says is erased, and nothing else.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

PARTITIONS = 16
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

metadata = MetaData()

log_head = Table(
    "log_head",
    metadata,
    Column("region", String, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False, comment="of the leaf at `position`"),
)

event = Table(
    "event",
    metadata,
    Column("region", String, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("stream", String, nullable=False),
    Column("stream_version", Integer, nullable=False),
    Column("type", String, nullable=False, comment="wire name"),
    Column("type_version", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("leaf", LargeBinary, nullable=False, comment="canonical JSON of the envelope, verbatim"),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("payload", LargeBinary, comment="canonical JSON; null once erased"),
    Column("salt", LargeBinary, comment="32 bytes; null once erased"),
    PrimaryKeyConstraint("region", "position"),
    UniqueConstraint("region", "stream", "stream_version", name="event_stream_version"),
    postgresql_partition_by="HASH (region)",
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("region", String, nullable=False),
    Column("key", String, nullable=False, comment="actor and Idempotency-Key, or the id of the causing event"),
    Column("request_hash", LargeBinary, nullable=False),
    Column("stream", String, nullable=False),
    Column("stream_version", Integer, nullable=False, comment="of the last event"),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "key", name="idempotency_key"),
    postgresql_partition_by="HASH (region)",
)

consumer_metadata = MetaData()

checkpoint = Table(
    "checkpoint",
    consumer_metadata,
    Column("consumer", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False, comment="of the leaf at `position`"),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("halted", String, comment="why this region is no longer consumed; null while it is"),
)

parked = Table(
    "parked",
    consumer_metadata,
    Column("consumer", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("stream", String, nullable=False),
    Column("type", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String, nullable=False, comment="trying | parked | behind (a later event of a parked stream)"),
    Column("error", String, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("resolution", String, comment="why it was skipped; null while it waits"),
    Index("parked_stream", "consumer", "source", "region", "stream"),
)

PERSON_DDL = """
CREATE TABLE person (
    person uuid PRIMARY KEY,
    name text NOT NULL,
    email text,
    roles text[] NOT NULL,
    regions text[] NOT NULL,
    units text[] NOT NULL,
    home_region text,
    seen_at timestamptz NOT NULL
)
"""


def _create(element: CreateTable | CreateIndex) -> str:
    return str(element.compile(dialect=_DIALECT))


_GUARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.payload IS NULL AND NEW.salt IS NULL
       AND (NEW.region, NEW.position, NEW.stream, NEW.stream_version, NEW.type, NEW.type_version, NEW.event_id,
            NEW.recorded_at, NEW.leaf, NEW.leaf_hash)
           IS NOT DISTINCT FROM
           (OLD.region, OLD.position, OLD.stream, OLD.stream_version, OLD.type, OLD.type_version, OLD.event_id,
            OLD.recorded_at, OLD.leaf, OLD.leaf_hash)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""


def log_ddl(app_role: str) -> Iterator[str]:
    """Give the statements that make an event log which `app_role` may append to and read, and not change."""
    yield _create(CreateTable(log_head))
    for table in (event, idempotency):
        yield _create(CreateTable(table))
        for part in range(PARTITIONS):
            yield (
                f"CREATE TABLE {table.name}_{part:02d} PARTITION OF {table.name} "
                f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
            )
    yield _GUARD
    yield ("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    # A trigger FOR EACH STATEMENT on the parent does not fire when a partition is truncated by its own name.
    for name in ("event", *(f"event_{part:02d}" for part in range(PARTITIONS))):
        yield (
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    yield f'GRANT SELECT, INSERT ON event, idempotency TO "{app_role}"'
    yield f'GRANT SELECT, INSERT, UPDATE ON log_head TO "{app_role}"'


# Everything is named with its schema: a table of the same name in the caller's temporary schema must not be believed.
_ERASE = """
CREATE FUNCTION erase_payloads(said_in text, said_at bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE cleared bigint;
BEGIN
    UPDATE public.event e SET payload = NULL, salt = NULL
    FROM (SELECT jsonb_array_elements_text(convert_from(payload, 'UTF8')::jsonb -> 'positions')::bigint AS named
          FROM public.event WHERE region = said_in AND event.position = said_at AND type = 'payloads.erased') AS said
    WHERE e.region = said_in AND e.position = said.named AND e.position < said_at AND e.payload IS NOT NULL
      AND e.type IN (SELECT erasable.type FROM public.erasable);
    GET DIAGNOSTICS cleared = ROW_COUNT;
    RETURN cleared;
END $$
"""


def erasure_ddl(app_role: str, types: Iterable[str]) -> Iterator[str]:
    """Give the statements that let `app_role` erase payloads of these event types, as `shared.erasure` does."""
    yield "CREATE TABLE erasable (type text PRIMARY KEY)"
    for each in types:
        yield f"INSERT INTO erasable (type) VALUES ('{each}')"
    yield _ERASE
    yield "REVOKE ALL ON FUNCTION erase_payloads FROM PUBLIC"
    yield f'GRANT EXECUTE ON FUNCTION erase_payloads TO "{app_role}"'
    yield f'GRANT SELECT ON erasable TO "{app_role}"'


def accesses_ddl(types: Iterable[str]) -> Iterator[str]:
    """Give the statement that makes events of these few types be found by their age: the list of accesses."""
    named = ", ".join(f"'{each}'" for each in types)
    yield f"CREATE INDEX event_accesses ON event (recorded_at, region, position) WHERE type IN ({named})"


def consumer_ddl(app_role: str) -> Iterator[str]:
    """Give the statements that make the tables of a service's consumers and its people."""
    for table in (checkpoint, parked):
        yield _create(CreateTable(table))
        for index in table.indexes:
            yield _create(CreateIndex(index))
    yield PERSON_DDL
    yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON checkpoint, parked, person TO "{app_role}"'
