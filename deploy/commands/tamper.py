"""`labinov tamper`: alter a copy of a log as only a superuser can, and show that verifying it tells.

For auditors who want to see it, and for the tests. The databases of the services are only ever read.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import psycopg
import typer
from psycopg import sql
from rich.console import Console
from sqlalchemy.engine import make_url

from deploy.commands.verify import Source, lines, sources, verify_source
from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import SUPERUSER, Postgres
from shared.log_tables import event, log_ddl, log_head
from shared.merkle import leaf_hash
from shared.verify import LogReport

Connection = psycopg.Connection[Any]
Alter = Callable[[Connection, str, int, random.Random], int]
"""Takes a superuser's connection, a region, how many of its events are sealed, and chance; gives the first position
that is not as it was."""


def flip(connection: Connection, region: str, sealed: int, chance: random.Random) -> int:
    """One bit of a payload flipped."""
    position, payload = _pick(connection, region, sealed, chance, "payload", "payload IS NOT NULL")
    altered = bytearray(payload)
    altered[chance.randrange(len(altered))] ^= 1 << chance.randrange(8)
    _set(connection, region, position, "payload = %s", bytes(altered))
    return position


def envelope(connection: Connection, region: str, sealed: int, chance: random.Random) -> int:
    """An envelope that names another actor, its hash computed anew."""
    position, leaf = _pick(connection, region, sealed, chance, "leaf")
    altered = leaf.replace(b'"actor":"', b'"actor":"not-', 1)
    _set(connection, region, position, "leaf = %s, leaf_hash = %s", altered, leaf_hash(altered))
    _mend_head(connection, region)
    return position


def delete(connection: Connection, region: str, sealed: int, chance: random.Random) -> int:
    """One event deleted."""
    position = chance.randint(1, sealed)
    connection.execute("DELETE FROM event WHERE region = %s AND position = %s", (region, position))
    return position


def swap(connection: Connection, region: str, sealed: int, chance: random.Random) -> int:
    """Two events that changed places."""
    if sealed < 2:
        raise Trouble(f"Region {region} has only {sealed} sealed event: nothing to swap.")
    first, second = sorted(chance.sample(range(1, sealed + 1), 2))
    for was, becomes in ((first, 0), (second, first), (0, second)):
        _set(connection, region, was, "position = %s", becomes)
    _mend_head(connection, region)
    return first


def truncate(connection: Connection, region: str, sealed: int, chance: random.Random) -> int:
    """The end of the log cut off, its head set back."""
    first = chance.randint(1, sealed)
    connection.execute("DELETE FROM event WHERE region = %s AND position >= %s", (region, first))
    _mend_head(connection, region)
    return first


ALTERATIONS: dict[str, Alter] = {each.__name__: each for each in (flip, envelope, delete, swap, truncate)}


@dataclass(frozen=True)
class Trial:
    """One alteration: its first altered position, and what verifying found."""

    name: str
    first: int
    report: LogReport

    @property
    def found(self) -> bool:
        """Whether verifying named exactly that position."""
        return self.report.finding is not None and self.report.finding.first == self.first


def tamper(
    service: Annotated[str, typer.Option(help="The service whose log is copied.")] = "submission",
    region: Annotated[str | None, typer.Option(help="The region; else the one with the most sealed events.")] = None,
    how: Annotated[str | None, typer.Option(help=f"Only one of: {', '.join(ALTERATIONS)}.")] = None,
    seed: Annotated[int | None, typer.Option(help="Makes the choice of positions repeatable.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Copy a log, alter the copy in five ways, and show what verifying finds. The log itself is only read.

    Exits with 0 only when every alteration was found at its first position. On the embedded default only.
    """
    if how is not None and how not in ALTERATIONS:
        raise Trouble(f"{how} is none of {', '.join(ALTERATIONS)}.")
    (source,) = sources(service)
    postgres = Postgres(environment.home())
    if source.database_url != postgres.url(f"{service}_owner", service):
        raise Trouble("`labinov tamper` works on the embedded default only, never on a database of your own.")
    if not yes:
        typer.confirm(f"Copy the log of {service} into a scratch database and alter the copy?", abort=True)
    console = Console(highlight=False)
    chance = random.Random(seed)
    url = postgres.url(SUPERUSER, service)
    missed = 0
    for trial in trials(source, url, region, [how] if how else list(ALTERATIONS), chance):
        console.print(f"\n[bold]{ALTERATIONS[trial.name].__doc__}[/] First altered: position {trial.first}.")
        for line in tuple(lines(trial.report)) or ("Nothing was found.",):
            console.print(f"  {line}", soft_wrap=True)
        missed += not trial.found
    console.print("\nThe copies are gone; the log was only read.")
    if missed:
        console.print(f"{missed} alterations were not found where they are.")
        raise typer.Exit(1)


def trials(
    source: Source, superuser_url: str, region: str | None, names: list[str], chance: random.Random
) -> Iterator[Trial]:
    """Copy a service's log once, and alter and verify a fresh copy of that for each alteration.

    Takes the superuser's URL of the service's database. Raises Trouble when the log is not sound to begin with.
    """
    with _scratch(superuser_url) as pristine:
        _copy(superuser_url, pristine)
        before = {each.region: each for each in verify_source(Source(source.service, pristine, source.seals)).logs}
        unsound = [each.region for each in before.values() if each.finding]
        if unsound:
            raise Trouble(f"The log of {', '.join(unsound)} is not sound as it is; see `labinov verify`.")
        chosen = region or max(before, key=lambda each: before[each].sealed, default="")
        if chosen not in before or not before[chosen].sealed:
            raise Trouble("Nothing is sealed there yet; a new event is sealed within a minute.")
        for name in names:
            with _scratch(superuser_url, template=pristine) as copy:
                with psycopg.connect(_conninfo(copy)) as connection:
                    # What a superuser can do: no trigger of the log fires.
                    connection.execute("SET session_replication_role = replica")
                    first = ALTERATIONS[name](connection, chosen, before[chosen].sealed, chance)
                (report,) = verify_source(Source(source.service, copy, source.seals), region=chosen).logs
            yield Trial(name, first, report)


@contextmanager
def _scratch(superuser_url: str, template: str = "") -> Iterator[str]:
    """Give the superuser's URL of a new database, a copy of `template` if there is one, dropped at the end."""
    name = f"labinov_tamper_{uuid4().hex[:12]}"
    from_template = sql.Identifier(make_url(template).database or "") if template else sql.Identifier("template0")
    with psycopg.connect(_conninfo(superuser_url), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), from_template))
        try:
            yield make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(source_url: str, target_url: str) -> None:
    """Copy the log's tables, from one moment, into a database that has none."""
    with psycopg.connect(_conninfo(target_url)) as target, psycopg.connect(_conninfo(source_url)) as source:
        source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source.read_only = True
        for statement in log_ddl(target.info.user):
            target.execute(statement.encode())
        for table in (log_head.name, event.name):
            with (
                source.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)".encode()) as rows,
                target.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as to,
            ):
                for block in rows:
                    to.write(block)


def _pick(
    connection: Connection, region: str, sealed: int, chance: random.Random, column: str, condition: str = "true"
) -> tuple[int, bytes]:
    """Give a sealed position by chance, the next one that fits, and what stands in its column."""
    query = (
        f"SELECT position, {column} FROM event WHERE region = %s AND position <= %s AND {condition} "
        "ORDER BY position < %s, position LIMIT 1"
    )
    row = connection.execute(query.encode(), (region, sealed, chance.randint(1, sealed))).fetchone()
    if row is None:
        raise Trouble(f"Region {region} has no sealed event with a {column}.")
    return row[0], row[1]


def _set(connection: Connection, region: str, position: int, change: str, *values: object) -> None:
    query = f"UPDATE event SET {change} WHERE region = %s AND position = %s"
    connection.execute(query.encode(), (*values, region, position))


def _mend_head(connection: Connection, region: str) -> None:
    """Let the head row agree with the last event that is left, as whoever alters a log would."""
    connection.execute(
        """UPDATE log_head SET (position, leaf_hash) = (
               SELECT coalesce(max(position), 0), coalesce((array_agg(leaf_hash ORDER BY position DESC))[1], '')
               FROM event WHERE region = log_head.region)
           WHERE region = %s""",
        (region,),
    )


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
