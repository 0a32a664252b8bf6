"""docker-compose.yml, read by the real Compose: it runs what the embedded default runs, and demands every secret."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded import environment
from deploy.embedded.processes import GATEWAY, PRODUCERS, SERVICES, Process, migrate, processes
from deploy.embedded.state import ROOT, State

COMPOSE = Path(sysconfig.get_path("scripts")) / "docker-compose"
WANTED = re.findall(r"^(\w+)=$", (ROOT / "deploy" / "compose.env").read_text(), re.MULTILINE)
HEARTBEAT = Path("/tmp/heartbeat")
# The embedded default has one issuer under its own address; containers are given an external one.
OUR_PROCESSES = [*processes()]


def compose(tmp_path: Path, *arguments: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """Run Compose on the project's file, with every wanted variable set except one."""
    settings = tmp_path / "filled.env"
    settings.write_text("".join(f"{name}=value-of-{name}\n" for name in WANTED if name != without))
    return subprocess.run(
        [str(COMPOSE), "--file", "docker-compose.yml", "--env-file", str(settings), "config", *arguments],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The containers, as Compose understands them."""
    done = compose(tmp_path_factory.mktemp("compose"), "--format", "json")
    assert done.stderr == ""
    return dict(json.loads(done.stdout)["services"])


def test_the_file_is_valid_once_everything_is_set(tmp_path: Path) -> None:
    done = compose(tmp_path, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", WANTED)
def test_nothing_that_is_wanted_has_a_default(tmp_path: Path, name: str) -> None:
    done = compose(tmp_path, "--quiet", without=name)
    assert done.returncode != 0
    assert f"required variable {name} is missing a value" in done.stderr


def test_the_example_names_every_variable_that_is_wanted() -> None:
    used = re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text())
    assert sorted(set(used)) == sorted(WANTED)


def test_the_containers_are_the_processes_of_the_embedded_default(services: dict[str, Any]) -> None:
    ours = {each.name for each in OUR_PROCESSES} | {f"{name}-migrate" for name in SERVICES}
    assert services.keys() == ours | {"postgres", "valkey", "gateway"}


@pytest.mark.parametrize("process", OUR_PROCESSES, ids=lambda process: process.name)
def test_a_container_runs_what_the_embedded_default_runs(services: dict[str, Any], process: Process) -> None:
    assert tuple(services[process.name]["command"]) == process.command("0.0.0.0", 8000, HEARTBEAT)


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_those_of_the_embedded_default(services: dict[str, Any], service: str) -> None:
    assert tuple(services[f"{service}-migrate"]["command"]) == migrate(service)


def test_the_gateway_is_that_of_the_embedded_default(services: dict[str, Any], tmp_path: Path) -> None:
    assert tuple(services["gateway"]["command"]) == GATEWAY
    assert services["gateway"]["environment"].keys() == environment.gateway(State(tmp_path)).keys()


@pytest.mark.parametrize("process", OUR_PROCESSES, ids=lambda process: process.name)
def test_a_container_is_told_what_the_embedded_default_tells(
    services: dict[str, Any], process: Process, tmp_path: Path
) -> None:
    told = environment.service(State(tmp_path), process.service)
    assert services[process.name]["environment"].keys() == told.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_only_migrations_are_told_the_owners_password(services: dict[str, Any], service: str, tmp_path: Path) -> None:
    told = environment.service(State(tmp_path), service, owner=True)
    assert services[f"{service}-migrate"]["environment"].keys() == told.keys()
    secret = f"value-of-{service.upper()}_OWNER_PASSWORD"
    knowing = {name for name, each in services.items() if secret in json.dumps(each)}
    assert knowing == {f"{service}-migrate", "postgres"}


def test_every_container_is_read_only_and_without_privileges(services: dict[str, Any]) -> None:
    assert {name for name, each in services.items() if not each.get("read_only")} == set()
    assert {name for name, each in services.items() if each["security_opt"] != ["no-new-privileges:true"]} == set()
    ours = services.keys() - {"postgres", "valkey"}
    assert {name for name in ours if services[name]["cap_drop"] != ["ALL"]} == set()


def test_every_container_that_stays_says_how_it_is(services: dict[str, Any]) -> None:
    stay = {name for name, each in services.items() if not name.endswith("-migrate")}
    assert {name for name, each in services.items() if "healthcheck" in each} == stay
    beating = {each.name for each in OUR_PROCESSES if each.role != "api"}
    tests = {name: str(services[name]["healthcheck"]["test"]) for name in stay}
    assert {name for name, test in tests.items() if str(HEARTBEAT) in test} == beating


def test_everything_waits_for_the_health_of_what_it_needs(services: dict[str, Any]) -> None:
    waits = {
        name: {of: how["condition"] for of, how in each.get("depends_on", {}).items()}
        for name, each in services.items()
    }
    healthy, done = "service_healthy", "service_completed_successfully"
    expected: dict[str, dict[str, str]] = {"postgres": {}, "valkey": {}}
    expected["gateway"] = {f"{name}-api": healthy for name in SERVICES}
    for name in SERVICES:
        expected[f"{name}-migrate"] = {"postgres": healthy}
    for process in OUR_PROCESSES:
        broker = {"valkey": healthy} if process.role in {"worker", "webhooks", "documents"} else {}
        expected[process.name] = {f"{process.service}-migrate": done} | broker
    assert waits == expected


def test_only_the_gateway_is_reached_from_outside(services: dict[str, Any]) -> None:
    assert {name for name, each in services.items() if each.get("ports")} == {"gateway"}


def test_only_a_sealer_writes_seals(services: dict[str, Any]) -> None:
    writers = {
        name
        for name, each in services.items()
        for volume in each.get("volumes", ())
        if volume["target"] == "/var/lib/labinov/seals" and not volume.get("read_only")
    }
    assert writers == {f"{name}-sealer" for name in PRODUCERS}


@pytest.mark.parametrize("service", ["review", "showcase"])
def test_who_writes_letters_is_told_of_the_mail_server(service: str, tmp_path: Path) -> None:
    assert {"LABINOV_SMTP_URL", "LABINOV_MAIL_FROM"} <= environment.service(State(tmp_path), service).keys()
