"""Which processes Labinov consists of and what each runs: the same list for this machine and for containers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("submission", "review", "showcase")
PRODUCERS = ("submission", "review")  # the services that keep a log, and so have something to seal
ROLES = ("api", "worker", "sweep", "sealer")
# Work of a service's own that has a queue and a worker beside those of the events.
LANES = (("showcase", "webhooks"), ("showcase", "documents"))


@dataclass(frozen=True)
class Process:
    """One process of one service."""

    service: str
    role: str

    @property
    def name(self) -> str:
        """The name that it has in the supervisor and as a container."""
        return f"{self.service}-{self.role}"

    def command(self, host: str, port: int, heartbeat: Path | None = None) -> tuple[str, ...]:
        """Give its command line; an api listens at the address, any other touches the file as long as it gets on."""
        module = f"services.{self.service}.main"
        if self.role == "api":
            where = ("--host", host, "--port", str(port), "--workers", "1")
            # A slow reader must not hold up a stop for ever.
            how = ("--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5")
            kind = ("--http", "shared.serving:Connection")
            return ("python", "-m", "uvicorn", "--factory", f"{module}:app", *where, *how, *kind)
        shards = ("--shards", "all") if self.role == "worker" else ()
        lane = ("lane", f"{module}:service", self.role) if (self.service, self.role) in LANES else ()
        beat = ("--heartbeat", str(heartbeat)) if heartbeat else ()
        what = lane or (self.role, f"{module}:service", *shards)
        return ("python", "-m", "shared.service", *what, *beat)


def processes() -> Iterator[Process]:
    """Give every process of every service."""
    for service in SERVICES:
        for role in ROLES:
            if role != "sealer" or service in PRODUCERS:
                yield Process(service, role)
    for service, lane in LANES:
        yield Process(service, lane)


def migrate(service: str) -> tuple[str, ...]:
    """Give the command line that brings a service's tables up to date, under the owner's role."""
    return ("python", "-m", "shared.service", "migrate", f"services.{service}.main:service")


def issuer(host: str, port: int) -> tuple[str, ...]:
    """Give the command line of the issuer of the embedded default; other deployments have one of their own."""
    how = ("--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5")
    return ("python", "-m", "uvicorn", "deploy.embedded.issuer:app", "--host", host, "--port", str(port), *how)


GATEWAY = ("caddy", "run", "--adapter", "caddyfile", "--config", "deploy/Caddyfile")
