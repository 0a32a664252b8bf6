"""`labinov events`: follow and show what happened, and deal with events that a consumer could not apply."""

import json
import time
from contextlib import ExitStack, suppress
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.installed import consumers, reachable, service
from deploy.embedded.errors import Trouble
from deploy.embedded.processes import PRODUCERS
from shared import parking
from shared.consumer import NotResumed
from shared.domain import is_region
from shared.envelope import Clearance, Recorded
from shared.event_log import EventLog

events = typer.Typer(help="Follow and show events; list, retry or skip those that could not be applied.")

Region = Annotated[str, typer.Argument(help="Region, such as 36.74.")]
Position = Annotated[int, typer.Argument(min=1, help="Position in the region's log.")]
Producer = Annotated[str, typer.Option("--service", help="The service whose log it is.")]
ConsumerName = Annotated[str, typer.Argument(help="Consumer, as `labinov events parked` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for machines.")]

_PAUSE = 0.5


@events.command()
def tail(
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    name: Annotated[str | None, typer.Option("--service", help="Only this service's logs.")] = None,
    last: Annotated[int, typer.Option("-n", min=0, help="Begin with this many events of each log.")] = 5,
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show events as they are recorded. Payloads that are sealed are not shown."""
    names = [name] if name else [each for each in reachable() if each in PRODUCERS]
    for each in names:
        _require_producer(each)
    seen: dict[tuple[str, str], int] = {}
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        logs = [stack.enter_context(service(each)).kernel.log for each in names]
        while True:
            for log in logs:
                _print_new(log, region, seen, last, as_json)
            if not follow:
                return
            time.sleep(_PAUSE)


@events.command()
def show(region: Region, position: Position, name: Producer = "submission", as_json: AsJson = False) -> None:
    """Show one event with its envelope. Exits with 1 when there is none."""
    _require_producer(name)
    with service(name) as found:
        log = found.kernel.log
        recorded = log.read(region, position - 1, 1)
        if not recorded or recorded[0].position != position:
            raise Trouble(f"The log {name}/{region} has no event {position}.")
        kind = log.catalogue[recorded[0].type].cls
        opened = bool(kind.opened_by and log.opened(region, [recorded[0].stream], [kind.opened_by]))
        wire = json.loads(log.catalogue.render(recorded[0], Clearance.REGIONAL, opened=opened))
    if as_json:
        typer.echo(json.dumps(wire))
        return
    typer.echo((kind.__doc__ or "").strip().splitlines()[0])
    typer.echo(json.dumps(wire, indent=2, ensure_ascii=False))


@events.command()
def parked(as_json: AsJson = False) -> None:
    """List the events that a consumer could not apply, with the reason. Exits with 1 when there are any."""
    rows: list[dict[str, Any]] = []
    for name in reachable():
        with service(name) as found:
            rows += [
                {
                    "consumer": each.consumer,
                    "source": each.source,
                    "region": each.region,
                    "position": each.position,
                    "stream": each.stream,
                    "type": each.type,
                    "state": each.state,
                    "tries": each.tries,
                    "error": each.error,
                }
                for each in parking.parked(found.kernel.engine)
            ]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        table = Table(*rows[0], box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(str, row.values()))
        Console(highlight=False).print(table)
    else:
        typer.echo("Nothing is parked.")
    if rows:
        raise typer.Exit(1)


@events.command()
def retry(
    consumer: ConsumerName, region: Region, stream: Annotated[str, typer.Argument(help="Stream, such as unit/36.74-x.")]
) -> None:
    """Apply the parked events of a stream again, in order. Exits with 1 when one fails again."""
    _tell(lambda found: parking.retry(found, region, stream), consumer)


@events.command()
def skip(
    consumer: ConsumerName,
    region: Region,
    position: Position,
    reason: Annotated[str, typer.Option(help="Why it is left out; kept with the event.")],
) -> None:
    """Leave a parked event out for good, and apply what waited behind it."""
    _tell(lambda found: parking.skip(found, region, position, reason), consumer)


@events.command()
def resume(
    consumer: ConsumerName,
    region: Region,
    source: Annotated[str, typer.Option("--from", help="The service whose log stood still.")] = "submission",
    after: Annotated[int | None, typer.Option(min=0, help="Go on from an earlier place, when in doubt.")] = None,
) -> None:
    """Let a halted region go on: in the epoch that was opened after a restore, or once its log is back."""
    for each in reachable():
        with service(each) as found:
            for candidate in consumers(found):
                if (candidate.name, candidate.source.name) == (consumer, source):
                    try:
                        at = candidate.resume(region, after)
                    except NotResumed as error:
                        raise Trouble(f"It does not go on: {error}.") from error
                    typer.echo(f"{consumer} goes on in {region} behind position {at.position}, epoch {at.epoch}.")
                    return
    raise Trouble(f"There is no consumer {consumer} of {source}.")


def _tell(act: Any, name: str) -> None:
    for each in reachable():
        with service(each) as found:
            for consumer in consumers(found):
                if consumer.name != name:
                    continue
                try:
                    result: parking.Retried = act(consumer)
                except parking.NotParked:
                    continue
                except ValueError as error:
                    raise Trouble(f"{str(error).capitalize()}.") from error
                typer.echo(f"{result.applied} applied, {result.left} still wait.")
                if result.error:
                    raise Trouble(f"It failed again: {result.error}")
                return
    raise Trouble(f"{name} has nothing of that kind parked.")


def _require_producer(name: str) -> None:
    if name not in PRODUCERS:
        raise Trouble(f"{name} keeps no log; {' and '.join(PRODUCERS)} do.")


def _print_new(log: EventLog, region: str | None, seen: dict[tuple[str, str], int], last: int, as_json: bool) -> None:
    if region is not None and not is_region(region):
        raise Trouble("A region has a code such as 36.74.")
    for head in log.heads([region] if region else None):
        key = (log.catalogue.service, head.region)
        after = seen.setdefault(key, max(head.position - last, 0))
        while after < head.position:
            for recorded in log.read(head.region, after, 500):
                typer.echo(_line(log, recorded, as_json))
                after = recorded.position
            seen[key] = after


def _line(log: EventLog, recorded: Recorded, as_json: bool) -> str:
    if as_json:
        return log.catalogue.render(recorded, Clearance.REGIONAL, opened=False).decode()
    sentence = (log.catalogue[recorded.type].cls.__doc__ or "").strip().splitlines()[0]
    where = f"{recorded.service}/{recorded.region} {recorded.position:>6}"
    return f"{recorded.recorded_at:%Y-%m-%d %H:%M:%S}  {where}  {recorded.stream}  {sentence}"
