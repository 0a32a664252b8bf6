"""The folder that the embedded default lives in: its ports and its secrets, made when first asked for."""

import json
import os
import random
import secrets
import socket
from pathlib import Path
from typing import Any

from deploy.embedded.errors import Trouble

ROOT = Path(__file__).resolve().parents[2]

# Below the range that systems give to outgoing connections, so that none of those takes a recorded port.
_PORTS = range(20_000, 32_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that is only waiting out its end does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class State:
    """One folder of state. Every name has one port and one secret, the same at every start.

    The folder can be entered by others (PostgreSQL may run as another user) but not listed; its files are private.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is created when it is missing. Raises Trouble when that is refused."""
        self.folder = folder.resolve()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o711)
        except OSError as error:
            raise Trouble(f"The folder {self.folder} cannot be created or written: {error.strerror}.") from error

    def secret(self, name: str) -> str:
        """Give the secret of this name, made at random when it is first asked for."""
        known = self._read("secrets.json")
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            self.write("secrets.json", json.dumps(known, indent=1))
        return str(known[name])

    def port(self, name: str) -> int:
        """Give the port of this name, chosen among the free ones when it is first asked for."""
        known = self._read("ports.json")
        return int(known[name]) if name in known else self._choose(name)

    def claim_port(self, name: str) -> int:
        """Give the port of this name for a server about to start: another one when somebody else has taken it."""
        port = self.port(name)
        return port if is_free(port) else self._choose(name)

    def keep_port(self, name: str, port: int) -> None:
        """Record a port that was chosen outside, such as the gateway's."""
        self.write("ports.json", json.dumps({**self._read("ports.json"), name: port}, indent=1))

    def write(self, name: str, text: str) -> Path:
        """Write a private file of the folder, whole or not at all, and give its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return path

    def subfolder(self, name: str) -> Path:
        """Give a private folder inside this one, made when it is missing."""
        path = self.folder
        for part in Path(name).parts:
            path = path / part
            path.mkdir(mode=0o700, exist_ok=True)
        return path

    def _choose(self, name: str) -> int:
        known = self._read("ports.json")
        taken = {int(each) for each in known.values()}
        for port in random.sample(_PORTS, 500):
            if port not in taken and is_free(port):
                self.keep_port(name, port)
                return port
        raise Trouble(f"No free port was found on 127.0.0.1 between {_PORTS.start} and {_PORTS.stop}.")

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            content = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Trouble(f"{path} cannot be read ({error}). Repair it, or start afresh with `make clean`.") from error
        return dict(content)
