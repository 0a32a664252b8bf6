"""An export is accepted by its verifier and by tools of others, refused once altered, and becomes the same again."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from proofbundle.tlogproof import verify_tlog_proof
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import leaf_hash as their_leaf_hash

from deploy.audit import exporting, importing, verify
from deploy.commands.audit_check import check
from deploy.commands.audit_import import derive_showcase, import_logs
from deploy.embedded.errors import Trouble
from services.review.domain import events as reviewing
from services.showcase.following import Following, active_schema
from services.showcase.projections import showcase
from services.submission.domain import events as submitting
from shared.auth import Actor, Role
from shared.consumer import Consumer
from shared.domain import Event
from shared.envelope import Clearance, Meta
from shared.sealer import Sealer
from shared.seals import ServiceSeals
from shared.service import Service, load
from shared.sources import LocalSource
from shared.statements import Succession
from shared.tlog import Checkpoint, Signer, Verifier
from tests.issuers import free_socket, serving
from tests.services.showcase.logs import laboratory, opened, unit
from tests.support import PUBLIC_URL, Database, Servers, make_settings, owner_of, session_of

LONG = os.environ.get("LABINOV_LONG") == "1"
REGION = "36.74"
PRODUCERS = ("submission", "review")
PERSON = "00000000-0000-5000-8000-000000000001"


@dataclass
class Recording:
    """Records into a service's real log as `tests.services.showcase.logs.Logs` does in memory."""

    service: Service

    def record(self, region: str, stream: str, *events: Event, at: datetime | None = None) -> None:
        log = self.service.kernel.log
        version = log.load(region, [stream]).versions[stream]
        meta = Meta(actor=PERSON, at=at or datetime.now(UTC), correlation="test")
        log.append(region, stream, version, events, meta, epoch=1)


@dataclass
class Lab:
    """Three services on databases of their own."""

    databases: dict[str, Database]
    services: dict[str, Service]

    def fingerprint(self) -> str:
        with owner_of(self.services["showcase"]) as owner, owner.connect() as connection:
            return showcase.into(active_schema(connection)).fingerprint(connection)

    def close(self) -> None:
        for each in self.services.values():
            each.kernel.close()

    def rows(self, service: str) -> list[Any]:
        with psycopg.connect(self.databases[service].superuser_conninfo) as connection:
            return connection.execute("SELECT * FROM event ORDER BY region, position").fetchall()


def a_lab(servers: Servers) -> Lab:
    names = ("submission", "review", "showcase")
    databases = {name: servers.database(name) for name in names}
    producers = dict.fromkeys(PRODUCERS, "http://127.0.0.1:9")
    made = {
        name: load(f"services.{name}.main:service", make_settings(servers, databases[name], name, producers=producers))
        for name in names
    }
    for each in made.values():
        each.make_tables()
    return Lab(databases, made)


@pytest.fixture(scope="module")
def lab(servers: Servers) -> Iterator[Lab]:
    """A region with a full tile, a sealed scorecard, an opened one, a person's data erased; all of it sealed."""
    made = a_lab(servers)
    logs = {name: Recording(made.services[name]) for name in PRODUCERS}
    ids = laboratory(logs["submission"], logs["review"], REGION, innovations=12)  # type: ignore[arg-type]  # logs of the same shape
    names = [
        submitting.UnitRenamed(unit_id=f"{REGION}-u", name=f"Unit {number}", short_name="U", aliases=())
        for number in range(220)
    ]
    logs["submission"].record(REGION, f"unit/{REGION}-u", unit(REGION, "u", "Unit"), *names)
    team = submitting.TeamNamed(innovation_id=ids[0], members=(PERSON,))
    logs["submission"].record(REGION, f"innovation/{ids[0]}", team)
    with psycopg.connect(made.databases["submission"].superuser_conninfo) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE event SET payload = NULL, salt = NULL WHERE type = 'innovation.team-named'")
    ident = f"{REGION}-{'e' * 32}"
    card = reviewing.ScorecardSubmitted(
        assessment_id=ident, slot="r1", round_no=1, marks=(), total=Decimal("80.00"), summary="RAHASIA"
    )
    logs["review"].record(REGION, f"assessment/{ident}", opened(ident, ids[1]), card)
    for name in PRODUCERS:
        kernel = made.services[name].kernel
        assert kernel.settings.seal_dir is not None
        Sealer(name, kernel.engine, kernel.settings.seal_dir, kernel.settings.origin, 30).seal_once(at_once=True)
        source = LocalSource(kernel.log, Clearance.SERVICE)
        Consumer(showcase.name, source, Following(), made.services["showcase"].kernel.engine).catch_up_all()
    yield made
    made.close()


def silent(what: str, so_far: int, of: int) -> None:
    """Tell nobody."""


def exported(folder: Path, sources: list[exporting.Source]) -> list[exporting.Exported]:
    exporting.prepare(folder)
    done = [each for source in sources for each in exporting.export(source, folder, source.logs(), silent)]
    exporting.conclude(folder, done, reason="for a test", complete=False)
    return done


def operators(lab: Lab) -> list[exporting.Source]:
    found: list[exporting.Source] = []
    for name in PRODUCERS:
        kernel = lab.services[name].kernel
        assert kernel.settings.seal_dir is not None
        found.append(exporting.Operators(kernel.log, ServiceSeals(kernel.settings.seal_dir / name)))
    return found


@pytest.fixture(scope="module")
def export(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An auditor's export over HTTP."""
    folder = tmp_path_factory.mktemp("audit") / "export"
    auditor = Actor(person=PERSON, roles=frozenset({Role.AUDITOR}), regions=frozenset({REGION}))
    exporting.prepare(folder)
    done = []
    for name in PRODUCERS:
        service = lab.services[name]
        cookie = "=".join(session_of(service.kernel.identity.sessions, auditor))
        headers = {"Cookie": cookie, "Origin": PUBLIC_URL}
        with serving(service.api(), free_socket()) as url, httpx.Client(base_url=url, headers=headers) as client:
            source = exporting.OverHttp(name, client)
            source.note_access(REGION, f"log/{REGION}", "inspection of the year")
            done += list(exporting.export(source, folder, exporting.chosen(source, REGION), silent))
            with pytest.raises(Trouble):
                source.note_access("11", "log/11", "not an auditor of this region")
    exporting.conclude(folder, done, reason="inspection of the year", complete=False)
    return folder


def logs_of(folder: Path) -> list[Path]:
    return sorted(each.parent for each in folder.rglob("checkpoint"))


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", folder / "verify.py", folder, *arguments], capture_output=True, text=True
    )
    return done.returncode, done.stdout


class TestVerifying:
    """The verifier that goes with an export."""

    def test_an_honest_export_is_accepted(self, export: Path, lab: Lab) -> None:
        keys: list[str] = []
        for source in operators(lab):
            assert isinstance(source, exporting.Operators)
            keys += ["--key", str(source._seals.verifier())]
        code, said = run(export, *keys)
        assert code == 0, said
        assert "2 logs, 0 not as they were signed." in said
        assert "1 erased" in said
        assert run(export, *keys[:2])[0] == 1
        about = json.loads((export / "export.json").read_text())
        assert [(each["service"], each["region"], each["epoch"]) for each in about["logs"]] == [
            (name, REGION, 1) for name in PRODUCERS
        ]
        assert len((export / "verify.py").read_text().splitlines()) <= 150

    def test_what_nobody_may_read_is_withheld_and_the_rest_is_open(self, export: Path) -> None:
        counted = {each.parts[-3]: verify.verify(each, [key_of(each)]) for each in logs_of(export)}
        for name, found in counted.items():
            lines = list(map(json.loads, (export / name / REGION / "1" / "payloads.ndjson").read_text().splitlines()))
            assert found["withheld"] == sum("withheld" in each for each in lines)
            assert found["events"] == len(lines)
            assert "RAHASIA" not in (export / name / REGION / "1" / "payloads.ndjson").read_text()
        assert (counted["submission"]["withheld"], counted["review"]["withheld"]) == (0, 1)

    def test_an_altered_one_is_refused(self, export: Path, tmp_path: Path) -> None:
        chance = random.Random(2026)
        for trial in range(1000 if LONG else 40):
            log = chance.choice(logs_of(export))
            copy = tmp_path / str(trial)
            shutil.copytree(log, copy)
            how = alter(copy, chance)
            with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever it is, `main` says that it does not hold
                verify.verify(copy, [key_of(log)])
            assert isinstance(refused.value, (ValueError, OSError, KeyError, TypeError, InvalidSignature)), how
            shutil.rmtree(copy)

    def test_a_log_that_was_rewritten_and_signed_by_another_key_is_refused(self, export: Path, lab: Lab) -> None:
        log = logs_of(export)[0]
        other = next(each for each in logs_of(export) if each != log)
        with pytest.raises(ValueError, match="no key that is known"):
            verify.verify(log, [key_of(other)])

    def test_the_key_that_follows_is_believed_by_the_statement_of_the_former(
        self, export: Path, lab: Lab, tmp_path: Path
    ) -> None:
        source = next(each for each in operators(lab) if each.service == "submission")
        assert isinstance(source, exporting.Operators)
        old = source._seals.signer()
        assert old is not None
        log = tmp_path / "submission" / REGION / "1"
        shutil.copytree(export / "submission" / REGION / "1", log)
        head = Checkpoint.open((log / "checkpoint").read_bytes(), Verifier.parse(key_of(log)))
        new = Signer.generate(old.name)
        (log / "checkpoint").write_bytes(head.sign(new.named(head.origin)))
        with pytest.raises(ValueError, match="no key that is known"):
            verify.verify(log, [str(old.verifier)])

        shorter = Checkpoint(head.origin, 3, bytes(32))
        heads = {f"{REGION}/1": shorter}
        stated = Succession(old.verifier, new.verifier, datetime.now(UTC), "lan", "it was copied", heads)
        (tmp_path / "submission" / "keys").mkdir()
        (tmp_path / "submission" / "keys" / "1").write_bytes(stated.sign(old, new))
        assert verify.verify(log, [str(old.verifier)])["events"] == head.size
        # What the former key signs beyond the head that both stated is nobody's word.
        (log / "checkpoint").write_bytes(head.sign(old.named(head.origin)))
        with pytest.raises(ValueError, match="no key that is known"):
            verify.verify(log, [str(old.verifier)])
        # Nor is a statement that only one of the two signed.
        (tmp_path / "submission" / "keys" / "1").write_bytes(stated.sign(new, new))
        (log / "checkpoint").write_bytes(head.sign(new.named(head.origin)))
        with pytest.raises(ValueError, match="no key that is known"):
            verify.verify(log, [str(old.verifier)])


def key_of(log: Path) -> str:
    return (log / "key.vkey").read_text().strip()


def alter(log: Path, chance: random.Random) -> str:
    """Alter a log in one way by chance; say how."""
    files = sorted(each for each in log.rglob("*") if each.is_file() and each.name != "key.vkey")
    path = chance.choice(files)
    data = bytearray(path.read_bytes())
    lines = bytes(data).splitlines(keepends=True)
    how = chance.choice(("flip", "delete", "truncate", "append", "drop", "swap"))
    if how == "delete":
        path.unlink()
    elif how == "truncate":
        path.write_bytes(data[: chance.randrange(len(data) - 1)])
    elif how == "append" and path.name != "checkpoint":
        path.write_bytes(data + b"\0")
    elif how == "drop" and path.name == "payloads.ndjson":
        del lines[chance.randrange(len(lines))]
        path.write_bytes(b"".join(lines))
    elif how == "swap" and path.name == "payloads.ndjson" and len(lines) > 1:
        first, second = chance.sample(range(len(lines)), 2)
        lines[first], lines[second] = lines[second], lines[first]
        path.write_bytes(b"".join(lines))
    else:
        # The last characters of a signature hold bits that base64 passes over.
        end = len(data) - 4 if path.name == "checkpoint" else len(data)
        data[chance.randrange(end)] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    return f"{how} {path}"


class TestToolsOfOthers:
    """What the README says of tools that were not written here."""

    def test_read_the_log_and_check_its_proofs(self, export: Path) -> None:
        for log in logs_of(export):
            reader = TilesReader(LocalBackend(log))
            head = reader.get_checkpoint()
            for index in {0, head.size // 2, head.size - 1}:
                leaf, proof = reader.get_entry(index), reader.get_inclusion_proof(index, head.size)
                proof.check(their_leaf_hash(leaf), head.root_hash)

    def test_check_the_proofs_that_the_services_give(self, export: Path, lab: Lab, tmp_path: Path) -> None:
        log = export / "submission" / REGION / "1"
        reader = TilesReader(LocalBackend(log))
        reader.get_checkpoint()
        leaf = reader.get_entry(41)
        with serving(lab.services["submission"].api(), free_socket()) as url:
            proof = httpx.get(f"{url}/events/{REGION}/42/proof")
            event = httpx.get(f"{url}/events/{REGION}/42")
        found = verify_tlog_proof(proof.text, leaf, log_vkey=key_of(log))
        assert found["ok"], found
        assert not verify_tlog_proof(proof.text, leaf + b" ", log_vkey=key_of(log))["ok"]
        (tmp_path / "p.tlog-proof").write_bytes(proof.content)
        (tmp_path / "e.json").write_bytes(event.content)
        service_key = key_of(log)
        check(tmp_path / "p.tlog-proof", service_key, tmp_path / "e.json")
        altered = event.content.replace(PERSON.encode(), PERSON[:-1].encode() + b"2")
        (tmp_path / "e.json").write_bytes(altered)
        with pytest.raises(Trouble, match="does not hold"):
            check(tmp_path / "p.tlog-proof", service_key, tmp_path / "e.json")


class TestImporting:
    """An empty installation filled from an export."""

    def test_gives_the_same_public_model_to_the_last_byte(self, servers: Servers, lab: Lab, export: Path) -> None:
        fresh = a_lab(servers)
        logs = importing.verified(export, [])
        import_logs(fresh.services, logs, silent)
        derive_showcase(fresh.services, silent)
        assert fresh.fingerprint() == lab.fingerprint()
        with pytest.raises(Trouble, match="already"):
            import_logs(fresh.services, logs, silent)
        fresh.close()

    def test_an_operators_export_gives_everything(self, servers: Servers, lab: Lab, tmp_path: Path) -> None:
        exported(tmp_path / "all", operators(lab))
        fresh = a_lab(servers)
        import_logs(fresh.services, importing.verified(tmp_path / "all", []), silent)
        for name in PRODUCERS:
            known = {(each[0], each[1]) for each in fresh.rows(name)}
            # What was recorded since the last seal, such as the exports themselves, is not in it yet.
            assert fresh.rows(name) == [each for each in lab.rows(name) if (each[0], each[1]) in known]
        fresh.close()

    def test_nothing_is_imported_of_what_does_not_hold(self, servers: Servers, export: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(export, copy)
        path = copy / "submission" / REGION / "1" / "payloads.ndjson"
        path.write_bytes(path.read_bytes().replace(b"Unit 7", b"Unit 8", 1))
        with pytest.raises(Trouble, match="nothing was imported"):
            importing.verified(copy, [])
