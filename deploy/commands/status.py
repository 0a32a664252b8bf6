"""`labinov status`: how everything is doing, in sections, for people and (`--json`) for machines."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.commands import progress
from deploy.embedded import environment
from deploy.embedded.state import State
from deploy.embedded.supervisor import Supervisor

Rows = list[dict[str, Any]]
"""What a section gives: rows with the same keys, which become the columns."""


def processes(state: State) -> Rows:
    """Give every process with its state, since when it runs, and how long ago it last got on where it says so."""
    return [
        {
            "process": each.name,
            "state": each.state,
            "pid": each.pid,
            "seconds": each.seconds,
            "last progress": _seconds_since(environment.heartbeat(state, each.name)) if each.pid else None,
        }
        for each in Supervisor(state).programs()
    ]


def _seconds_since(heartbeat: Path) -> int | None:
    try:
        return max(0, round(time.time() - heartbeat.stat().st_mtime))
    except FileNotFoundError:
        return None


SECTIONS: dict[str, Callable[[State], Rows]] = {
    "processes": processes,
    "logs": progress.logs,
    "lag": progress.lag,
    "parked": progress.parked,
    "alarms": progress.alarms,
}


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False) -> None:
    """Show the processes and how far each part has come. Exits with 1 when something is not running."""
    home = environment.home()
    state = State(home) if home.exists() else None
    found = {name: section(state) if state else [] for name, section in SECTIONS.items()}
    if as_json:
        typer.echo(json.dumps(found))
    else:
        _print(found)
    running = found["processes"]
    if not running or any(each["state"] != "running" for each in running):
        raise typer.Exit(1)


def _print(found: dict[str, Rows]) -> None:
    console = Console(highlight=False)
    if not found["processes"]:
        console.print("Labinov is not running; `make up` starts it.")
    for name, rows in found.items():
        if not rows:
            continue
        table = Table(*rows[0], title=name, title_justify="left", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        console.print(table)
