"""`labinov up`: start everything, say where it is and what one should see, and stop it all at Ctrl-C."""

import os
import signal
import time
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.launcher import Launcher, people

_TROUBLED = ("backoff", "fatal", "exited", "unknown")


def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when everything is ready; `labinov down` stops.")
    ] = False,
    demonstration: Annotated[
        bool, typer.Option(help="Play the demonstration, if this folder has not seen it yet.")
    ] = True,
) -> None:
    """Start Labinov on this machine: databases, queue, services and gateway, from nothing if need be."""
    console = Console(highlight=False)
    started = time.monotonic()

    def say(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/]  {sentence}")

    # Said outright, since a process in the background is started with interrupts ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    launcher = Launcher(environment.home(), say)
    if launcher.supervisor.running():
        console.print("Labinov is running already; `make down` stops it.")
        _welcome(console, launcher)
        return
    try:
        launcher.start(_port())
        if demonstration:
            _demonstrate(console, launcher)
        say("Ready")
        _welcome(console, launcher)
        if detach:
            console.print("\n`make down` stops it.")
            return
        console.print("\nCtrl-C stops it.")
        _watch(console, launcher)
    except KeyboardInterrupt:
        console.print("\nStopping")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # stopping takes a moment, and is not interrupted
    launcher.supervisor.stop()


def _demonstrate(console: Console, launcher: Launcher) -> None:
    """Play the demonstration; without it everything works all the same, so that its failure is only told."""
    try:
        launcher.demonstrate()
    except Trouble as trouble:
        console.print(str(trouble), markup=False)


def _port() -> int:
    given = os.environ.get("LABINOV_PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65_536:
        raise Trouble(f"LABINOV_PORT is {given!r}, which is not the number of a port.")
    return int(given)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _watch(console: Console, launcher: Launcher) -> None:
    """Stay until somebody stops it, and say when a process keeps ending."""
    known: dict[str, str] = {}
    while launcher.supervisor.running():
        for program in launcher.supervisor.programs():
            if program.state in _TROUBLED and known.get(program.name) != program.state:
                console.print(f"{program.name}: {program.state}; its log is {launcher.supervisor.log(program.name)}")
            known[program.name] = program.state
        time.sleep(2)


def _welcome(console: Console, launcher: Launcher) -> None:
    url = environment.public_url(launcher.state)
    addresses = Table.grid(padding=(0, 3))
    for path, what in (
        ("/", "stages, regions, gallery: what everybody sees"),
        ("/submission", "units and their coordinators"),
        ("/review", "panels and their scores"),
    ):
        addresses.add_row(f"[bold]{url}{path}[/]", what)
    console.print()
    console.print(addresses)
    if known := _one_of_each_role(people()):
        table = Table.grid(padding=(0, 3))
        for person in known:
            table.add_row(str(person["role"]), str(person["name"]), str(person.get("title") or ""))
        console.print("\nSign in as one of them, among others; no password is asked for:")
        console.print(table)
    console.print(
        "\nYou should see innovations of real regions in all five stages, and on the page of Kota Tangerang Selatan\n"
        f"its 22 innovations of 11 units: {url}/regions/36.74\n`labinov status` shows how everything is doing.",
        soft_wrap=True,
    )


def _one_of_each_role(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first: dict[str, dict[str, Any]] = {}
    for person in known:
        first.setdefault(str(person["role"]), person)
    return list(first.values())
