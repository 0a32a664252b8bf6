"""`labinov verify`: derive every log anew from its events and compare it with what was signed outside the database."""

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import PRODUCERS
from deploy.embedded.state import State
from shared.database import make_engine
from shared.epochs import Earlier
from shared.seals import ServiceSeals
from shared.tlog import NoteError, Verifier
from shared.verify import Finding, LogReport, Report
from shared.verify import verify as verify_logs


@dataclass(frozen=True)
class Source:
    """What is verified: a service's database and the folder of its seals."""

    service: str
    database_url: str
    seals: ServiceSeals


def verify(
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region, such as 36.74.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The service's public key from where you keep it; else the one beside the seals.")
    ] = None,
    kept: Annotated[
        list[Path] | None, typer.Option(help="A signed head that you kept, or a folder of them; may be repeated.")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="The public key of a witness that you trust; may be repeated.")
    ] = None,
    quorum: Annotated[int, typer.Option(min=1, help="How many of the witnesses must have seen a head.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Re-read every log and compare it with its signed heads and tiles.

    Exits with 0 only when nothing is wrong; names the first bad position of each log, and what is not sealed yet.
    """
    notes = tuple(note.read_bytes() for path in kept or () for note in _files(path))
    try:
        verifier = Verifier.parse(key) if key else None
        witnesses = [Verifier.parse(each) for each in witness or ()]
        reports = [
            verify_source(each, region=region, key=verifier, kept=notes, witnesses=witnesses, quorum=quorum)
            for each in sources(service)
        ]
    except NoteError as error:
        raise Trouble(f"A key or a kept head cannot be believed: {error}.") from error
    logs = tuple(log for report in reports for log in report.logs)
    if region is not None and not logs:
        raise Trouble(f"There is no log of region {region}.")
    if as_json:
        typer.echo(
            json.dumps({"ok": Report(logs).ok, "logs": [{**asdict(each), "unsealed": each.unsealed} for each in logs]})
        )
    else:
        show(Console(highlight=False), logs, witnessed=bool(witnesses))
    if not Report(logs).ok:
        raise typer.Exit(1)


def sources(service: str | None) -> list[Source]:
    """Give what is to be verified: the database named by the environment, else the embedded default's. Raises Trouble.

    From the environment come LABINOV_OWNER_DATABASE_URL or LABINOV_DATABASE_URL, and LABINOV_SEAL_DIR.
    """
    url = os.environ.get("LABINOV_OWNER_DATABASE_URL") or os.environ.get("LABINOV_DATABASE_URL")
    if url:
        seal_dir = os.environ.get("LABINOV_SEAL_DIR")
        if not service or not seal_dir:
            raise Trouble("For the database of LABINOV_DATABASE_URL, name its --service and set LABINOV_SEAL_DIR.")
        return [Source(service, url, ServiceSeals(Path(seal_dir) / service))]
    if service is not None and service not in PRODUCERS:
        raise Trouble(f"{service} keeps no log; {' and '.join(PRODUCERS)} do.")
    home = environment.home()
    if not (home / "postgres").exists():
        raise Trouble(f"There is nothing to verify in {home}; `make up` starts Labinov.")
    state = State(home)
    return [
        Source(
            name,
            Postgres(home).url(f"{name}_owner", name),
            ServiceSeals(Path(environment.service(state, name)["LABINOV_SEAL_DIR"]) / name),
        )
        for name in PRODUCERS
        if service in (None, name)
    ]


def verify_source(
    source: Source,
    *,
    region: str | None = None,
    key: Verifier | None = None,
    kept: tuple[bytes, ...] = (),
    witnesses: Collection[Verifier] = (),
    quorum: int = 1,
) -> Report:
    """Verify the logs of one service. Raises NoteError, and Trouble when the database does not answer."""
    engine = make_engine(source.database_url, pool_size=1, application="labinov-verify")
    try:
        return verify_logs(
            engine, source.service, source.seals, region=region, key=key, kept=kept, witnesses=witnesses, quorum=quorum
        )
    except (SQLAlchemyError, psycopg.Error) as error:
        reason = str(error).strip().splitlines()[0]
        raise Trouble(f"The database of {source.service} cannot be read: {reason}") from error
    finally:
        engine.dispose()


def show(console: Console, logs: tuple[LogReport, ...], *, witnessed: bool = False) -> None:
    """Print a table of the logs, what is wrong below it, and one sentence that sums it up."""
    table = Table(box=None, pad_edge=False)
    numbered = ("epoch", "events", "erased", "heads", "sealed to", *(["witnessed to"] if witnessed else []))
    for name in ("service", "region", *numbered, "unsealed", "verified"):
        table.add_column(name, justify="right" if name in numbered else "left")
    for log in logs:
        waiting = "" if log.unsealed is None else f"{log.unsealed[0]}–{log.unsealed[1]}"
        numbers = (log.epoch, log.events, log.erased, log.heads, log.sealed, *([log.witnessed] if witnessed else []))
        verdict = "yes" if log.finding is None else f"NO, from position {log.finding.first}"
        table.add_row(log.service, log.region, *map(str, numbers), waiting, verdict)
    console.print(table)
    for log in logs:
        for each in log.erasures:
            gone = ", ".join(map(str, each.erased)) or "nothing that is still gone"
            console.print(f"{log.service}/{log.region}: erased by event {each.position}: {gone}", soft_wrap=True)
        for epoch in log.earlier:
            console.print(f"{log.service}/{log.region}: {ended(epoch)}", soft_wrap=True)
    wrong = [log for log in logs if log.finding is not None]
    for log in wrong:
        console.print()
        for line in lines(log):
            console.print(line, soft_wrap=True)
    events, unsealed = sum(log.events for log in logs), sum(log.events - log.sealed for log in logs if log.unsealed)
    console.print(
        f"\n{events} events in {len(logs)} logs: {len(wrong)} logs are not as they were signed."
        if wrong
        else f"\n{events} events in {len(logs)} logs: all as they were signed; {unsealed} not sealed yet."
    )


def ended(epoch: Earlier) -> str:
    """Give in words how an epoch that ended stands to the log as it is now."""
    said = f", ended {epoch.ended_at} by {epoch.by}: {epoch.reason}" if epoch.ended_at else ""
    stands = (
        "all of it is in the log as it is now"
        if epoch.differs_at is None
        else f"the log as it is now leads to its head of {epoch.agrees_to} and is another from {epoch.differs_at} on"
    )
    return f"epoch {epoch.epoch}, sealed to {epoch.sealed}{said}; {stands}."


def lines(log: LogReport) -> Iterator[str]:
    """Give what is wrong with a log in lines, the evidence included."""
    finding: Finding | None = log.finding
    if finding is None:
        return
    where = (
        f"position {finding.first}" if finding.first == finding.last else f"positions {finding.first}–{finding.last}"
    )
    yield f"{log.service}/{log.region}, {where}: {finding.fault.value}. {finding.detail}"
    if finding.expected is not None:
        yield f"  expected {finding.expected}"
    if finding.found is not None:
        yield f"  found    {finding.found}"


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file())
    if not path.exists():
        raise Trouble(f"{path} does not exist.")
    return [path]
