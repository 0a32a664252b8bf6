"""An innovation from idea to display over HTTP, through both gates, every event by way of the queue."""

import json
import os
import subprocess
import sys

import pytest

from deploy.embedded.processes import SERVICES
from deploy.embedded.state import ROOT
from tests.faults.checks import everything_holds
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import LAN_MACHINE, NOBODY, Api
from tests.journeys.travelling import SOUTH_TANGERANG, Travel

pytestmark = pytest.mark.timeout(400)  # the first to ask starts everything

# What an innovation goes through, as the public reads it.
JOURNEY = [
    ("proposed", None, "drum-up"),
    ("advanced", "drum-up", "diagnose"),
    ("advanced", "diagnose", "design"),
    ("submitted", "design", "deliver"),
    ("advanced", "design", "deliver"),
    ("launched", None, None),
    ("submitted", "deliver", "display"),
    ("advanced", "deliver", "display"),
    ("displayed", None, None),
]


def test_messages_alone_carry_an_innovation_to_its_public_page(installation: Installation, api: Api) -> None:
    sweeps = [f"{service}-sweep" for service in SERVICES]
    with installation.halted(*sweeps):
        with installation.halted("showcase-worker"):
            before = recorded(api, SOUTH_TANGERANG.region)
            travel = Travel(api, SOUTH_TANGERANG, "Akta Sekali Jalan")
            travel.go()
            assert not travel.shown()
            # Nobody took showcase's messages away: they are every event that both logs of the region got meanwhile.
            since = {name: positions - before[name] for name, positions in recorded(api, travel.region).items()}
            eventually(lambda: announced(installation, travel.region) == since, "all announced")
        eventually(travel.shown, "shown by what the messages brought")
    shown = api.read(NOBODY, f"/api/innovations/{travel.innovation}")
    assert (shown["title"], shown["stage"], shown["status"]) == ("Akta Sekali Jalan", "display", "active")
    assert [(each["kind"], each["from_stage"], each["to_stage"]) for each in shown["journey"]] == JOURNEY
    page = api.get(NOBODY, f"/innovations/{travel.innovation}", accept="text/html")
    assert (page.status_code, "Akta Sekali Jalan" in page.text) == (200, True)
    everything_holds(installation, api)


def test_the_verify_command_reads_all_as_signed(installation: Installation) -> None:
    command = [sys.executable, "-c", "from deploy.cli import main; main()", "verify", "--json"]
    home = {"LABINOV_HOME": str(installation.state.folder)}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | home, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert [(each["service"], each["region"]) for each in report["logs"] if each["finding"]] == []
    assert {("submission", "36.74"), ("review", "36.74")} <= {
        (each["service"], each["region"]) for each in report["logs"]
    }


def announced(installation: Installation, region: str) -> dict[str, set[int]]:
    """Give the positions that showcase's waiting messages hold, by source."""
    found: dict[str, set[int]] = {"submission": set(), "review": set()}
    for each in installation.announced("showcase"):
        if each.region == region:
            found[each.source].add(each.position)
    return found


def recorded(api: Api, region: str) -> dict[str, set[int]]:
    """Give the positions of the region's logs, by source."""
    return {service: set(range(1, head_of(api, service, region) + 1)) for service in ("submission", "review")}


def head_of(api: Api, service: str, region: str) -> int:
    """Give where a region's log ends."""
    heads = api.read(LAN_MACHINE, f"/{service}/events/heads")
    return next((int(each["position"]) for each in heads if each["region"] == region), 0)
