"""Rules that hold for the whole repository: permissions, the contract between services, golden payloads, sizes."""

import inspect
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.embedded.processes import PRODUCERS, SERVICES
from services.showcase.feeds.visibility import PUBLIC, REGIONAL
from shared.auth import routes_without_permission
from shared.domain import Rejection, Visibility
from shared.envelope import Catalogue
from shared.incoming import Handlers, Readable, Reader, Received
from shared.service import Service, load
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "tests" / "vectors"
LONGEST = 600
SOURCES = {".py", ".html", ".css", ".js", ".sql", ".sh"}


def service(name: str) -> Service:
    """Give a service that is never connected to anything."""
    producers = {each: f"http://127.0.0.1:9/{each}" for each in PRODUCERS}
    settings = Settings(
        deployment="test",
        database_url=SecretStr("postgresql+psycopg://nobody@127.0.0.1:9/none"),
        broker_url=SecretStr("redis://127.0.0.1:9/0"),
        public_url="http://127.0.0.1:9",
        root_path="" if name == "showcase" else f"/{name}",
        producers={producer: url for producer, url in producers.items() if producer != name},
        issuer="http://127.0.0.1:9/issuer",
        client_id=name,
        client_secret=SecretStr("only-in-tests"),
        session_secret=SecretStr("only-in-tests-too"),
    )
    return load(f"services.{name}.main:service", settings)


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    return {name: service(name) for name in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_says_who_may_use_it(services: dict[str, Service], name: str) -> None:
    assert routes_without_permission(services[name].api()) == []


def catalogue_of(services: dict[str, Service], name: str) -> Catalogue:
    found = services[name].kernel.catalogue
    assert found is not None
    return found


@pytest.mark.parametrize("name", PRODUCERS)
def test_every_version_of_every_event_type_has_a_golden_payload(services: dict[str, Service], name: str) -> None:
    declared = {
        f"{wire}.v{version}.json"
        for wire, kind in catalogue_of(services, name).types.items()
        for version in range(1, kind.cls.schema_version + 1)
    }
    assert {path.name for path in (VECTORS / name).iterdir()} == declared


def test_showcase_hands_on_what_the_producers_declare_and_nothing_else(services: dict[str, Service]) -> None:
    declared = [kind.cls for name in PRODUCERS for kind in catalogue_of(services, name).types.values()]
    assert {cls.wire_name for cls in declared if cls.visibility is Visibility.PUBLIC} == PUBLIC
    assert {cls.wire_name for cls in declared if cls.visibility is Visibility.REGIONAL} == REGIONAL


def read_by(services: dict[str, Service], name: str) -> Iterator[tuple[str, type[Readable]]]:
    """Give the source and the reader's type of everything that a service reads of the others."""
    for consumer in services[name].consumers:
        handlers = consumer.effect.handlers
        assert isinstance(handlers, Handlers)
        for cls in handlers:
            yield consumer.source.name, cls


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_reads_of_others_can_be_read_from_their_golden_payloads(
    services: dict[str, Service], name: str
) -> None:
    # One projection may read several sources under one set of handlers: each type is of one of them, or of the kernel.
    readers = {(cls.wire_name, cls) for _, cls in read_by(services, name)}
    sources = {source for source, _ in read_by(services, name)}
    assert sources == set(PRODUCERS) - {name}
    for wire_name, cls in readers:
        producers = [each for each in sources if wire_name in catalogue_of(services, each).types]
        assert producers, wire_name
        for producer in producers:
            newest = catalogue_of(services, producer).types[wire_name].cls.schema_version
            reader = Reader(cls)
            assert newest in reader.versions, f"{name} cannot read {wire_name} version {newest}"
            for version in range(1, newest + 1):
                payload = json.loads((VECTORS / producer / f"{wire_name}.v{version}.json").read_bytes())
                read = reader.read(received(producer, wire_name, version, payload))
                assert type(read) is cls, (name, wire_name, version)


def received(source: str, wire_name: str, version: int, payload: dict[str, Any]) -> Received:
    """Give an event as it arrives, with this payload."""
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    stream = f"{wire_name.partition('.')[0]}/36.74-x"
    return Received(
        source, "36.74", 1, 1, stream, 1, wire_name, version, "id", moment, "actor", "correlation", payload, {}
    )


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_reads_a_type_that_is_sealed(services: dict[str, Service], name: str) -> None:
    sealed = {
        wire
        for producer in PRODUCERS
        for wire, kind in catalogue_of(services, producer).types.items()
        if kind.cls.visibility.sealed
    }
    assert sealed
    assert sealed & {cls.wire_name for _, cls in read_by(services, name)} == set()


def subclasses(cls: type[Rejection]) -> Iterator[type[Rejection]]:
    """Give all classes below this one."""
    for each in cls.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_rejection_has_a_sentence_of_its_own(services: dict[str, Service]) -> None:
    found = [each for each in subclasses(Rejection) if each.__module__.partition(".")[0] in ("shared", "services")]
    assert len(found) > 50
    sentences = {each: (inspect.cleandoc(each.__dict__["__doc__"] or "")).splitlines()[:1] for each in found}
    assert [each for each, said in sentences.items() if not said or not said[0].rstrip().endswith((".", "?"))] == []


def test_no_source_file_is_too_long_to_be_read_at_once() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / each for each in listed.splitlines() if Path(each).suffix in SOURCES]
    assert len(paths) > 100
    lengths = {path: len(path.read_text().splitlines()) for path in paths if path.exists()}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > LONGEST} == {}
