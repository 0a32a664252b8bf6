"""A made-up country: programmes, units and innovations written straight into submission's logs, and the server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import Connection, Engine

from benchmarks import histories
from benchmarks.histories import DAY
from deploy.embedded import environment
from deploy.embedded.launcher import Launcher
from deploy.embedded.state import ROOT, State, is_free
from services.submission.domain import events as e
from services.submission.domain.vocabulary import UnitKind
from services.submission.main import CATALOGUE
from shared.database import make_engine
from shared.domain import Event
from shared.envelope import Meta
from shared.event_log import FIRST_EPOCH, EventLog
from shared.regions import regions
from shared.service_tokens import ServiceTokens
from shared.tokens import Issuer

UNITS = 10
FULL, PER_REGION = 8, 35
# Innovations in one transaction: the row of a log's head, changed ten thousand times in one, is looked for through all
# its versions, which nothing may clear away before the end.
AT_ONCE = 200
CONNECTIONS = ("--http", "shared.serving:Connection")


@dataclass
class Region:
    """A region of the country and what is in it so far."""

    code: str
    innovations: list[str] = field(default_factory=list)

    @property
    def programme(self) -> str:
        """Its programme's id."""
        return f"{self.code}-2026"

    def unit(self, number: int) -> str:
        """The id of one of its units."""
        return f"{self.code}-unit-{number % UNITS}"


class Country:
    """Regions whose logs grow as told."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine of submission's application role."""
        self.log = EventLog(engine, CATALOGUE)
        self.regions = [Region(each.code) for each in regions().values() if each.kind != "province"]
        self.events = 0
        self._begun: set[str] = set()
        self._connection: Connection | None = None
        self._made = 0

    def grow(self, innovations: int) -> None:
        """Add innovations at all stages, with what citizens said: about ten events each, in all regions.

        The first FULL regions get all of theirs at once and nothing later, so that their pages stay the same while
        the nation around them grows.
        """
        for region in self.full:
            share = min(innovations, PER_REGION - len(region.innovations))
            self._grow(region, share, further=True)
            innovations -= share
        rest = self.regions[FULL:]
        share, more = divmod(innovations, len(rest))
        for number, region in enumerate(rest):
            self._grow(region, share + (number < more), further=True)

    @property
    def full(self) -> list[Region]:
        """The regions that have all their innovations from the beginning."""
        return self.regions[:FULL]

    def grow_region(self, code: str, innovations: int) -> Region:
        """Add innovations to one region with the events of their first two stages, six each; give the region."""
        region = next(each for each in self.regions if each.code == code)
        self._grow(region, innovations, further=False)
        return region

    def _grow(self, region: Region, innovations: int, *, further: bool) -> None:
        for begun in range(0, innovations, AT_ONCE):
            self._grow_at_once(region, min(AT_ONCE, innovations - begun), further=further)

    def _grow_at_once(self, region: Region, innovations: int, *, further: bool) -> None:
        with self.log.engine.begin() as connection:
            self._connection = connection
            if region.code not in self._begun:
                self._begin(region)
            for _ in range(innovations):
                number = self._made
                self._made += 1
                ident = f"{region.code}-{uuid4().hex}"
                stream = f"innovation/{ident}"
                events = list(histories.two_stages(region.programme, region.unit(number), ident, number))
                if further:
                    events += histories.further(ident, number)
                self._append(stream, events, region)
                for feedback_id, said in histories.said(ident, number) if further else ():
                    self._append(f"feedback/{feedback_id}", said, region)
                region.innovations.append(ident)
        self._connection = None

    def _begin(self, region: Region) -> None:
        self._begun.add(region.code)
        for number in range(UNITS):
            unit = region.unit(number)
            registered = e.UnitRegistered(
                unit_id=unit, name=f"Dinas Nomor {number}", short_name=f"D{number}", kind=UnitKind.OPD, aliases=()
            )
            self._append(f"unit/{unit}", [registered], region)
        programme = region.programme
        opening: list[Event] = [
            e.ProgrammeRequested(
                programme_id=programme,
                edition="2026",
                title="Laboratorium Inovasi",
                coordinator_office="Bappeda",
                requested_on=DAY,
                note="",
            ),
            e.ProgrammeAgreed(
                programme_id=programme,
                mou_number="1",
                parties=("LAN", region.code),
                signed_on=DAY,
                valid_until=None,
                scope=(),
            ),
            *(
                e.CommitmentSigned(
                    programme_id=programme, unit_id=region.unit(number), signatory_office="Kepala", signed_on=DAY
                )
                for number in range(UNITS)
            ),
        ]
        self._append(f"programme/{programme}", opening, region)

    def _append(self, stream: str, events: Sequence[Event], region: Region) -> None:
        meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
        self.log.append(region.code, stream, 0, events, meta, epoch=FIRST_EPOCH, connection=self._connection)
        self.events += len(events)


@dataclass(frozen=True)
class World:
    """A running installation of its own, empty but for what a benchmark puts in."""

    state: State
    public_url: str

    def engine(self, service: str, *, owner: bool = False, pool_size: int = 8) -> Engine:
        """Give an engine on a service's database."""
        name = "LABINOV_OWNER_DATABASE_URL" if owner else "LABINOV_DATABASE_URL"
        return make_engine(environment.service(self.state, service, owner=True)[name], pool_size=pool_size)

    def token(self) -> str:
        """Give an access token of LAN's own machine."""
        machine = environment.machine(self.state)
        issuer = Issuer(machine["LABINOV_ISSUER"])
        return ServiceTokens(issuer, machine["LABINOV_CLIENT_ID"], machine["LABINOV_CLIENT_SECRET"]).token()

    @contextmanager
    def server(self, service: str, workers: int = 2) -> Iterator[str]:
        """Run a service's api with this many processes beside the installation's own; give its address."""
        port = next(port for port in range(18_000, 19_000) if is_free(port))
        command = [sys.executable, "-m", "uvicorn", "--factory", f"services.{service}.main:app", "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--workers", str(workers), "--no-access-log", "--log-level", "warning", *CONNECTIONS],
            cwd=ROOT,
            env=os.environ | environment.service(self.state, service),
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _await(f"{base}/readyz")
            yield base
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Start an installation in a folder of its own; it is stopped afterwards."""
    port = next(port for port in range(17_000, 18_000) if is_free(port))
    launcher = Launcher(folder, lambda sentence: print(f"  {sentence}", file=sys.stderr))
    launcher.start(port)
    try:
        yield World(launcher.state, f"http://127.0.0.1:{port}")
    finally:
        launcher.supervisor.stop()


def _await(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=2, trust_env=False) as client:
        while True:
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(url)
            time.sleep(0.1)
