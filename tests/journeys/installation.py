"""One installation of the embedded default for all journeys: real processes that a test can stop, freeze and kill."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import redis

from deploy.embedded import environment
from deploy.embedded.launcher import Launcher
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.processes import Process, processes
from deploy.embedded.state import ROOT
from deploy.embedded.supervisor import INSTANCE, Status
from shared.incoming import Received, parse

PATIENCE = 240.0
SEAL_AFTER = "1"


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never came to be: {what}"
        time.sleep(0.1)


def answering(url: str) -> None:
    """Wait until the API at this address says that it is ready."""
    with httpx.Client(timeout=5, trust_env=False) as client:

        def ready() -> bool:
            try:
                return client.get(f"{url}/readyz").status_code == 200
            except httpx.HTTPError:
                return False

        eventually(ready, f"{url} is ready")


class Installation:
    """Everything that `labinov up` starts, in a temporary folder, without the demonstration."""

    def __init__(self, folder: Path) -> None:
        self.launcher = Launcher(folder, lambda _: None)
        self.state = self.launcher.state
        self._groups = {"postgres": "data", "valkey": "data", "gateway": "gateway", "issuer": "services"}
        self._groups |= {each.name: "services" for each in processes()}
        self._beside: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start everything and return when it is ready."""
        # Inherited by the supervisor, and from it by whatever it starts again later.
        os.environ["LABINOV_SEAL_AFTER_SECONDS"] = SEAL_AFTER
        try:
            self.launcher.start(self.state.port("gateway"))
        finally:
            del os.environ["LABINOV_SEAL_AFTER_SECONDS"]
        self.running(*self._groups)

    def stop(self) -> None:
        """Kill everything: nobody will look at it again, and that it stops in order `tests/deploy/test_up.py` shows."""
        for beside in self._beside:
            beside.kill()
            beside.wait()
        supervisor = self.launcher.supervisor
        # Killed in one go, and looked for again: it may have started something in between.
        while found := supervisor.leftovers():
            for each in found:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(found, timeout=10)
        supervisor.stop()

    @property
    def url(self) -> str:
        """The one address that people use."""
        return environment.public_url(self.state)

    @property
    def logs(self) -> Path:
        """The folder of all processes' logs."""
        return self.state.folder / "log"

    # -- processes ------------------------------------------------------------------------------------------------

    def pid(self, name: str) -> int:
        """Give the process id of a program that runs."""
        found = self._pids()[name]
        assert found is not None, f"{name} does not run"
        return found

    def _pids(self) -> dict[str, int | None]:
        found: list[Status] = []

        def told() -> bool:
            found[:] = self.launcher.supervisor.programs()
            return bool(found)

        eventually(told, "the supervisor answers")
        return {each.name: each.pid for each in found}

    def programs_of(self, service: str) -> list[str]:
        """Give the names of all programs of a service."""
        return [each.name for each in processes() if each.service == service]

    def halt(self, *names: str) -> None:
        """Stop programs as an operator does, and wait until they are gone."""
        self._each("stopProcess", [name for name, pid in self._pids().items() if name in names and pid])
        eventually(lambda: not any(self._pids()[name] for name in names), f"{names} stopped")

    def resume(self, *names: str) -> None:
        """Start programs again, and wait until those that answer do."""
        self._each("startProcess", [name for name, pid in self._pids().items() if name in names and not pid])
        self.running(*names)

    def restore(self) -> None:
        """Start whatever a test left stopped."""
        self.resume(*(name for name, pid in self._pids().items() if not pid))

    def running(self, *names: str) -> None:
        """Wait until programs run, and are ready where they say so."""
        wanted = set(names)

        def run() -> bool:
            found = {each.name for each in self.launcher.supervisor.programs() if each.state == "running"}
            return wanted <= found

        eventually(run, f"{names} running")
        if "postgres" in wanted:
            assert Postgres(self.state.folder).wait(PATIENCE)
        for name in wanted:
            service, _, role = name.partition("-")
            if role == "api":
                answering(environment.service_url(self.state, service))

    @contextmanager
    def halted(self, *names: str) -> Iterator[None]:
        """Have programs stopped for as long as the block lasts."""
        self.halt(*names)
        try:
            yield
        finally:
            self.resume(*names)

    def kill(self, name: str) -> int:
        """Kill a program and all its children at once, with SIGKILL; the supervisor will start it again."""
        pid = self.pid(name)
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for each in family:
            # Children of one that is dead end by themselves, some before their turn.
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGKILL)
        return pid

    def replaced(self, name: str, pid: int) -> None:
        """Wait until another process has taken the place of the one with this id."""
        eventually(lambda: self._pids()[name] not in (pid, None), f"{name} was started again")
        self.running(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Have a program stand still (SIGSTOP) for as long as the block lasts."""
        process = psutil.Process(self.pid(name))
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def _each(self, method: str, names: Sequence[str]) -> None:
        address = f"labinov:{self.state.secret('supervisor')}@127.0.0.1:{self.state.port('supervisor')}"
        with xmlrpc.client.ServerProxy(f"http://{address}/RPC2") as server:
            for name in names:
                getattr(server.supervisor, method)(f"{self._groups[name]}:{name}", False)

    @contextmanager
    def beside(self, name: str, arguments: Sequence[str], settings: Mapping[str, str]) -> Iterator[None]:
        """Run one more process with these arguments for Python, beside those of the supervisor."""
        with (self.logs / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=os.environ | {INSTANCE: str(self.state.folder)} | dict(settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self._beside.append(process)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)
            self._beside.remove(process)

    @contextmanager
    def second_api(self, service: str) -> Iterator[str]:
        """Run one more API process of a service; gives its address."""
        port = self.state.claim_port(f"{service}-second-api")
        command = Process(service, "api").command("127.0.0.1", port)[1:]
        with self.beside(f"{service}-second-api", command, environment.service(self.state, service)):
            url = f"http://127.0.0.1:{port}"
            answering(url)
            yield url

    @contextmanager
    def worker_of_shards(self, service: str, shards: str) -> Iterator[None]:
        """Run a worker that takes only these shards of a service's queues."""
        arguments = ("-m", "shared.service", "worker", f"services.{service}.main:service", "--shards", shards)
        settings = environment.service(self.state, service)
        with self.beside(f"{service}-worker-{shards.partition(',')[0]}", arguments, settings):
            yield

    # -- database and broker ----------------------------------------------------------------------------------------

    def connect(self, service: str, user: str = SUPERUSER) -> psycopg.Connection[tuple[object, ...]]:
        """Give a connection to a service's database, the superuser's unless another role is named."""
        return psycopg.connect(Postgres(self.state.folder).conninfo(user, service), autocommit=True)

    def broker(self) -> redis.Redis:
        """Give a connection to the broker; to be closed."""
        return redis.Redis(host="127.0.0.1", port=self.state.port("valkey"), password=self.state.secret("valkey"))

    def messages(self, service: str) -> list[bytes]:
        """Give the messages that wait in all queues of a service, as they lie there."""
        with self.broker() as broker:
            return [
                each
                for queue in sorted(broker.scan_iter(f"{service}.[0-9][0-9]"))
                for each in broker.lrange(queue, 0, -1)
            ]

    def announced(self, service: str) -> list[Received]:
        """Give the events in the messages that wait for a service, decoded."""
        return [parse(event) for message in self.messages(service) for event in events_of(message)]


def events_of(message: bytes) -> list[str]:
    """Give the wire JSON of the events in a message as it lies in a queue."""
    envelope = json.loads(message)
    (_, _, _, events), _, _ = json.loads(base64.b64decode(envelope["body"]))
    return list(events)
