"""A made-up country: programmes, units and innovations written straight into submission's logs, and the server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import Engine

from deploy.embedded import environment
from deploy.embedded.launcher import Launcher
from deploy.embedded.state import ROOT, State, is_free
from services.submission.domain import events as e
from services.submission.domain.vocabulary import Channel, Initiator, Sector, Stage, UnitKind
from services.submission.main import CATALOGUE
from shared.database import make_engine
from shared.domain import Event
from shared.envelope import Meta
from shared.event_log import FIRST_EPOCH, EventLog
from shared.regions import regions
from shared.service_tokens import ServiceTokens
from shared.tokens import Issuer

DAY = date(2026, 1, 5)
UNITS = 10
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
        self._made = 0

    def grow(self, innovations: int) -> None:
        """Add innovations spread over all regions, with the events of their first two stages: six each."""
        share, rest = divmod(innovations, len(self.regions))
        for number, region in enumerate(self.regions):
            self._grow(region, share + (number < rest))

    def grow_region(self, code: str, innovations: int) -> Region:
        """Add innovations to one region; give the region."""
        region = next(each for each in self.regions if each.code == code)
        self._grow(region, innovations)
        return region

    def _grow(self, region: Region, innovations: int) -> None:
        if not innovations:
            return
        if region.code not in self._begun:
            self._begin(region)
        for _ in range(innovations):
            ident = f"{region.code}-{uuid4().hex}"
            self._append(f"innovation/{ident}", list(self._innovation(region, ident)), region)
            region.innovations.append(ident)

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

    def _innovation(self, region: Region, ident: str) -> Iterator[Event]:
        number = self._made
        self._made += 1
        sectors = list(Sector)
        yield e.InnovationProposed(
            innovation_id=ident,
            programme_id=region.programme,
            unit_id=region.unit(number),
            title=f"Layanan {_WORDS[number % len(_WORDS)]} {_WORDS[number // 7 % len(_WORDS)]} {number}",
            meaning="Pelayanan yang lebih dekat dengan warga",
            idea="Petugas mendatangi warga di desa, bukan warga yang datang ke kantor. " * 4,
            sector=sectors[number % len(sectors)],
            initiator=Initiator.UNIT,
            channel=Channel.LAB_SESSION,
            adapted_from=None,
            is_example=True,
            source="benchmark",
            proposed_on=DAY + timedelta(days=number % 28),
        )
        yield e.TeamNamed(innovation_id=ident, members=(str(uuid4()),))
        yield self._advanced(ident, Stage.DRUM_UP, Stage.DIAGNOSE)
        yield e.DiagnosisSaved(
            innovation_id=ident,
            problem="Warga menempuh perjalanan jauh untuk mengurus dokumen.",
            affected="Warga di desa terpencil",
            root_causes="Kantor layanan hanya ada di ibu kota kabupaten",
            evidence="Survei kepuasan masyarakat",
            simple_solution="Layanan keliling terjadwal",
        )
        yield self._advanced(ident, Stage.DIAGNOSE, Stage.DESIGN)
        yield e.IdeaSaved(
            innovation_id=ident,
            title=f"Layanan {_WORDS[number % len(_WORDS)]} {_WORDS[number // 7 % len(_WORDS)]} {number}",
            meaning="Pelayanan yang lebih dekat dengan warga",
            idea="Petugas mendatangi warga di desa sesuai jadwal yang diumumkan kepala desa. " * 4,
            sector=sectors[number % len(sectors)],
            initiator=Initiator.UNIT,
            channel=Channel.LAB_SESSION,
        )

    def _advanced(self, ident: str, from_stage: Stage, to_stage: Stage) -> Event:
        return e.StageAdvanced(
            innovation_id=ident, from_stage=from_stage, to_stage=to_stage, advanced_on=DAY, assessment_id=None
        )

    def _append(self, stream: str, events: Sequence[Event], region: Region) -> None:
        meta = Meta(actor="benchmark", at=datetime.now(UTC), correlation="benchmark")
        self.log.append(region.code, stream, 0, events, meta, epoch=FIRST_EPOCH)
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


_WORDS = (
    *("kependudukan", "kesehatan", "pendidikan", "perizinan", "pertanian", "wisata", "nelayan", "sampah", "air"),
    *("jalan", "pasar", "desa", "ibu", "anak", "lansia", "guru", "padi", "kopi", "digital", "keliling", "terpadu"),
)
