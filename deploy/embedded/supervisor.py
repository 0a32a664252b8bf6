"""The supervisor that runs every process and starts those again that end: its configuration, and how to speak to it."""

import http.client
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil

from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import tail
from deploy.embedded.state import ROOT, State

INSTANCE = "LABINOV_INSTANCE"  # every process carries it, so that those of a killed supervisor can be found
# A dozen processes import the same modules: they are compiled once, whatever the caller's shell says.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
_GONE = (OSError, xmlrpc.client.Error, http.client.HTTPException)


@dataclass(frozen=True)
class Program:
    """A process to keep running. Groups stop one after the other, the last first; the programs of one together."""

    name: str
    group: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 15


@dataclass(frozen=True)
class Status:
    """How a program is doing."""

    name: str
    state: str
    pid: int | None
    seconds: int


class Supervisor:
    """The supervisor of one folder of state, whether it runs now or not."""

    def __init__(self, state: State) -> None:
        """Take the folder of state."""
        self.state = state
        self._process: subprocess.Popen[bytes] | None = None

    def log(self, name: str) -> Path:
        """Give the path of a program's log."""
        return self.state.subfolder("log") / f"{name}.log"

    def start(self, programs: Iterable[Program]) -> None:
        """Start the supervisor with these programs, none of them running yet. Raises Trouble when it does not start."""
        self.state.claim_port("supervisor")
        config = self.state.write("supervisord.conf", self._config(list(programs)))
        log = self.log("supervisord")
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C is for `labinov up`, which then stops the rest in order
            )
        deadline = time.monotonic() + 30
        while not self.running():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Trouble(f"The supervisor does not start; its last words, from {log}:\n{tail(log)}")
            time.sleep(0.05)

    def running(self) -> bool:
        """Whether the supervisor of this folder answers."""
        try:
            return bool(self._call("getState")["statename"] in ("RUNNING", "RESTARTING"))
        except _GONE:
            return False

    def start_group(self, group: str) -> None:
        """Start those of a group's programs that do not run, without waiting for them."""
        self._call("startProcessGroup", group, False)

    def start_program(self, group: str, name: str) -> None:
        """Start one program of a group without waiting for it."""
        self._call("startProcess", f"{group}:{name}", False)

    def programs(self) -> list[Status]:
        """Give the state of every program; none when the supervisor does not run."""
        try:
            found = cast(list[dict[str, Any]], self._call("getAllProcessInfo"))
        except _GONE:
            return []
        return [
            Status(
                each["name"],
                each["statename"].lower(),
                each["pid"] or None,
                max(0, each["now"] - each["start"]) if each["pid"] else 0,
            )
            for each in found
        ]

    def stop(self, seconds: float = 90) -> bool:
        """Stop every program and the supervisor, in order; say whether there was anything to stop."""
        found = self.leftovers()
        try:
            supervisor = psutil.Process(self._call("getPID"))
            self._call("shutdown")
            psutil.wait_procs([supervisor], timeout=seconds)
        except (*_GONE, psutil.NoSuchProcess):
            pass  # it was killed, or never ran; what it started may still be there
        self.stop_leftovers()
        if self._process:
            self._process.wait()
        return bool(found)

    def leftovers(self) -> list[psutil.Process]:
        """Give the processes that a supervisor of this folder started and that still run."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(INSTANCE) == str(self.state.folder):
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def stop_leftovers(self) -> None:
        """Stop what a supervisor left running when it was killed itself."""
        found = self.leftovers()
        for process in found:
            try:
                # For PostgreSQL the interrupt means: end the connections and stop.
                process.send_signal(2 if process.name() == "postgres" else 15)
            except psutil.Error:
                continue
        for process in psutil.wait_procs(found, timeout=10)[1]:
            try:
                process.kill()
            except psutil.Error:
                continue

    def _call(self, method: str, *arguments: object) -> Any:
        address = f"labinov:{self.state.secret('supervisor')}@127.0.0.1:{self.state.port('supervisor')}"
        with xmlrpc.client.ServerProxy(f"http://{address}/RPC2", transport=_Transport()) as server:
            return getattr(server.supervisor, method)(*arguments)

    def _config(self, programs: list[Program]) -> str:
        groups = list(dict.fromkeys(each.group for each in programs))
        sections: dict[str, dict[str, object]] = {
            "inet_http_server": {
                "port": f"127.0.0.1:{self.state.port('supervisor')}",
                "username": "labinov",
                "password": self.state.secret("supervisor"),
            },
            "supervisord": {
                "logfile": "/dev/null",  # what it says goes to its standard output, which is the log
                "logfile_maxbytes": 0,
                "pidfile": self.state.folder / "supervisord.pid",
                "childlogdir": self.state.subfolder("log"),
                "minfds": 1024,
            },
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
        }
        for priority, group in enumerate(groups, 1):
            members = [each for each in programs if each.group == group]
            sections[f"group:{group}"] = {
                "programs": ",".join(each.name for each in members),
                "priority": priority * 100,
            }
            for program in members:
                own = {INSTANCE: str(self.state.folder), "PYTHONUNBUFFERED": "1"}
                environment = {**own, **COMPILED, **program.environment}
                sections[f"program:{program.name}"] = {
                    "command": shlex.join(program.command),
                    "directory": ROOT,
                    "environment": ",".join(f"{name}='{value}'" for name, value in environment.items()),
                    "autostart": "false",
                    "autorestart": "true",
                    "startsecs": 1,
                    "startretries": 20,
                    "stopsignal": program.stop_signal,
                    "stopwaitsecs": program.stop_seconds,
                    "killasgroup": "true",
                    "redirect_stderr": "true",
                    "stdout_logfile": self.log(program.name),
                    "stdout_logfile_maxbytes": "10MB",
                    "stdout_logfile_backups": 1,
                }
        return "\n".join(
            f"[{section}]\n" + "".join(f"{name} = {str(value).replace('%', '%%')}\n" for name, value in values.items())
            for section, values in sections.items()
        )


class _Transport(xmlrpc.client.Transport):
    """XML-RPC that does not wait for ever."""

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = 10
        return connection
