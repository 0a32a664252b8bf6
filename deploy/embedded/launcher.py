"""How the embedded default comes up: create what is missing, start, migrate, wait until every service is ready."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import Postgres, tail
from deploy.embedded.preflight import caddy, missing
from deploy.embedded.processes import GATEWAY, SERVICES, issuer, migrate, processes
from deploy.embedded.state import ROOT, State
from deploy.embedded.supervisor import COMPILED, Program, Supervisor
from deploy.embedded.valkey import Valkey

_DEMONSTRATED = "demonstrated"
_READY_SECONDS = 240


class Launcher:
    """One installation of the embedded default, in one folder."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """Take the folder of state and what to tell progress to, one sentence at a time."""
        self.state = State(folder)
        self.say = say
        self.postgres = Postgres(folder)
        self.valkey = Valkey(folder)
        self.supervisor = Supervisor(self.state)

    def start(self, port: int) -> None:
        """Create, start and migrate everything, with the gateway at this port; return when every service answers.

        Raises Trouble, which names everything that is missing, or what does not start; nothing is left running then.
        """
        if leftovers := self.supervisor.leftovers():
            self.say(f"Stopping {len(leftovers)} processes that an earlier run left behind")
            self.supervisor.stop_leftovers()
        if problems := missing(self.state.folder, port):
            raise Trouble("Labinov cannot start yet:\n" + "\n".join(f"  - {each}" for each in problems))
        try:
            self._start(port)
        except BaseException:
            self.supervisor.stop()
            raise

    def demonstrate(self) -> None:
        """Play the demonstration, once in the life of this folder. Raises Trouble when it fails."""
        marker = self.state.folder / _DEMONSTRATED
        if marker.exists():
            return
        self.say("Playing the demonstration: five laboratories and the innovations of many regions")
        self._run(["-m", "deploy.demo"], environment.machine(self.state), "The demonstration did not come to its end")
        marker.touch()

    def programs(self) -> list[Program]:
        """Give everything that is kept running, in the order of its groups."""
        state = self.state
        found = [
            Program("postgres", "data", self.postgres.command(), stop_signal="INT", stop_seconds=60),
            Program("valkey", "data", self.valkey.command()),
        ]
        for process in processes():
            # Only an api listens; the others are given no port.
            port = state.port(process.name) if process.role == "api" else 0
            command = _with_python(process.command("127.0.0.1", port, environment.heartbeat(state, process.name)))
            found.append(Program(process.name, "services", command, environment.service(state, process.service)))
        issuer_command = _with_python(issuer("127.0.0.1", state.port("issuer")))
        found.append(Program("issuer", "services", issuer_command, environment.issuer(state)))
        gateway_command = [str(caddy()), *GATEWAY[1:]]
        found.append(Program("gateway", "gateway", gateway_command, environment.gateway(state)))
        return found

    def _start(self, port: int) -> None:
        self.state.keep_port("gateway", port)
        for name in ("postgres", "valkey", "issuer", *(f"{each}-api" for each in SERVICES)):
            self.state.claim_port(name)
        if not self.postgres.data.exists():
            self.say("Creating the databases")
        self.postgres.create()
        self.supervisor.start(self.programs())
        self.supervisor.start_group("data")
        self.say("Starting PostgreSQL and Valkey")
        if not self.postgres.wait(60):
            raise self._silent("postgres")
        if not self.valkey.wait(30):
            raise self._silent("valkey")
        for service in SERVICES:
            self.postgres.create_service(service)
        self._migrate()
        self.say("Starting the services")
        # What answers comes first: the others have the machine's cores once people can look at a page.
        for name in (*(f"{each}-api" for each in SERVICES), "issuer"):
            self.supervisor.start_program("services", name)
        self.supervisor.start_group("gateway")
        self._wait_ready()
        self.supervisor.start_group("services")

    def _migrate(self) -> None:
        running = [
            (
                service,
                subprocess.Popen(
                    _with_python(migrate(service)),
                    cwd=ROOT,
                    env=os.environ | COMPILED | environment.service(self.state, service, owner=True),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                ),
            )
            for service in SERVICES
        ]
        failed = []
        for service, process in running:
            output, _ = process.communicate()
            if process.returncode:
                failed.append(f"The tables of {service} could not be brought up to date:\n{_last_lines(output)}")
        if failed:
            raise Trouble("\n".join(failed))

    def _wait_ready(self) -> None:
        waiting = {service: f"{environment.service_url(self.state, service)}/readyz" for service in SERVICES}
        waiting["issuer"] = f"{environment.public_url(self.state)}/issuer/.well-known/openid-configuration"
        deadline = time.monotonic() + _READY_SECONDS
        with httpx.Client(timeout=5, trust_env=False) as client:
            while waiting:
                waiting = {name: url for name, url in waiting.items() if not _answers(client, url)}
                for program in self.supervisor.programs():
                    if program.state in ("backoff", "fatal", "exited") and program.name.removesuffix("-api") in waiting:
                        raise self._silent(program.name)
                if waiting and time.monotonic() > deadline:
                    name = next(iter(waiting))
                    raise self._silent(f"{name}-api" if name in SERVICES else name)
                time.sleep(0.1)

    def _silent(self, name: str) -> Trouble:
        log = self.supervisor.log(name)
        return Trouble(f"{name} does not start; its last words, from {log}:\n{tail(log)}")

    def _run(self, arguments: Sequence[str], settings: dict[str, str], failure: str) -> None:
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=os.environ | settings)
        if done.returncode:
            raise Trouble(f"{failure}; `labinov demo` plays it again, `make clean` starts afresh.")


def people() -> list[dict[str, object]]:
    """Give the people of the demonstration that one can sign in as; none where there is no list."""
    path = Path(__file__).with_name("people.json")
    return list(json.loads(path.read_text())) if path.exists() else []


def _with_python(command: Sequence[str]) -> list[str]:
    return [sys.executable, *command[1:]]


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _last_lines(output: str, lines: int = 8) -> str:
    return "\n".join(output.strip().splitlines()[-lines:])
