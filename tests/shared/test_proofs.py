"""What is served for checking a log: tiles and heads as on disk, proofs that hold, openings for the cleared."""

import json
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from shared import log_api
from shared.auth import Actor, Role
from shared.envelope import canonical, leaf_of
from shared.kernel import Kernel
from shared.merkle import ProofError, inclusion_proof, leaf_hash, nodes_of, root_of
from shared.problems import install
from shared.proofs import Proof, TileName, nodes_of_tiles, published
from shared.sealer import Sealer
from shared.seals import SealedLog, ServiceSeals
from shared.tlog import Malformed, NoteError, Signer, Verifier, tile_path
from tests.shared.ledger import (
    CATALOGUE,
    Ledger,
    ThingBegun,
    ThingCounted,
    ThingRevealed,
    ThingWhispered,
    new_region,
)
from tests.support import PUBLIC_URL, Database, Servers, counting, make_settings, session_of

SIZE = 300


@pytest.fixture(scope="module")
def kernel(servers: Servers, kernel_database: Database) -> Iterator[Kernel]:
    made = Kernel(
        "ledger", make_settings(servers, kernel_database, "ledger"), Path(__file__).parent, catalogue=CATALOGUE
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(kernel: Kernel) -> FastAPI:
    made = FastAPI()
    made.state.kernel = kernel
    kernel.identity.install(made)
    install(made, kernel.pages)
    made.include_router(log_api.router(kernel))
    return made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture(scope="module")
def region(ledger: Ledger, kernel: Kernel) -> str:
    """A region with a full tile and a part of the next, all of it sealed."""
    found = new_region()
    ident = f"{found}-a"
    counted = [ThingCounted(thing_id=ident, value=each) for each in range(SIZE - 1)]
    ledger.record(found, ident, [ThingBegun(thing_id=ident, name="a"), *counted])
    seal(kernel)
    return found


def seal(kernel: Kernel) -> None:
    folder = kernel.settings.seal_dir
    assert folder is not None
    Sealer(kernel.name, kernel.engine, folder, kernel.settings.origin, 30).seal_once(at_once=True)


def sealed(kernel: Kernel, region: str) -> SealedLog:
    assert kernel.settings.seal_dir is not None
    seals = ServiceSeals(kernel.settings.seal_dir / kernel.name)
    verifier = seals.verifier()
    assert verifier is not None
    return seals.log(region, 1, verifier)


class TestProofFile:
    """The text of a proof, and what is refused."""

    def test_is_written_as_the_specification_says(self) -> None:
        proof = Proof(5, (b"\x01" * 32, b"\x02" * 32), b"origin\n9\nroot\n\n\xe2\x80\x94 origin sig\n")
        first, second = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
        text = f"c2sp.org/tlog-proof@v1\nindex 5\n{first}\n{second}\n\norigin\n9\nroot\n\n— origin sig\n"
        assert proof.encode().decode() == text
        assert Proof.parse(text.encode()) == proof

    def test_extra_data_is_passed_over(self) -> None:
        assert Proof.parse(b"c2sp.org/tlog-proof@v1\nextra aGk=\nindex 0\n\nhead\n") == Proof(0, (), b"head\n")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "c2sp.org/tlog-proof@v1\n\nhead",
            "c2sp.org/tlog-proof@v2\nindex 0\n\nhead",
            "c2sp.org/tlog-proof@v1\nindex 01\n\nhead",
            "c2sp.org/tlog-proof@v1\nindex 0\n?\n\nhead",
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(Malformed):
            Proof.parse(text.encode())

    def test_every_leaf_of_a_log_is_proven_and_no_other(self, client: TestClient, kernel: Kernel, region: str) -> None:
        recorded = kernel.log.read(region)
        key = Verifier.parse(client.get("/log/key").text)
        hashes = [each.leaf_hash for each in recorded]
        head = published(sealed(kernel, region))
        assert head is not None
        assert head[1].root == root_of(hashes)
        ours, theirs = nodes_of_tiles(sealed(kernel, region), SIZE), nodes_of(hashes)
        assert [inclusion_proof(each, SIZE, ours) for each in range(0, SIZE, 7)] == [
            inclusion_proof(each, SIZE, theirs) for each in range(0, SIZE, 7)
        ]
        chance = random.Random(7)
        for position in (1, 256, 257, SIZE, chance.randint(2, 255)):
            answer = client.get(f"/events/{region}/{position}/proof")
            assert answer.headers["content-disposition"].endswith(f'"ledger-{region}-{position}.tlog-proof"')
            proof, leaf = Proof.parse(answer.content), recorded[position - 1].leaf_hash
            assert (proof.check(leaf, key).size, proof.index) == (SIZE, position - 1)
            with pytest.raises(ProofError):
                proof.check(hashes[position % SIZE], key)
            with pytest.raises(NoteError):
                proof.check(leaf, Signer.generate(key.name).verifier)

    def test_an_altered_file_proves_nothing(self, client: TestClient, kernel: Kernel, region: str) -> None:
        key, leaf = Verifier.parse(client.get("/log/key").text), kernel.log.read(region, 41, 1)[0].leaf_hash
        content = client.get(f"/events/{region}/42/proof").content
        chance = random.Random(42)
        for _ in range(200):
            altered = bytearray(content)
            altered[chance.randrange(len(altered))] ^= 1 << chance.randrange(8)
            with pytest.raises((NoteError, ProofError)):
                Proof.parse(bytes(altered)).check(leaf, key)


class TestTiles:
    """The files of a log over HTTP."""

    def test_are_those_on_disk(self, client: TestClient, kernel: Kernel, region: str) -> None:
        log = sealed(kernel, region)
        files = sorted(
            each.relative_to(log.folder).as_posix() for each in log.folder.rglob("tile/**/*") if each.is_file()
        )
        assert files == [
            "tile/0/000",
            "tile/0/001.p/44",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/44",
        ]
        for name in [*files, "checkpoint", "vkey"]:
            answer = client.get(f"/log/{region}/1/{name}")
            assert (answer.status_code, answer.content) == (200, (log.folder / name).read_bytes()), name
            lasting = "immutable" in answer.headers["cache-control"]
            assert lasting == name.startswith("tile/")

    @pytest.mark.parametrize(
        "path",
        [
            "1/tile/0/002",
            "1/tile/0/001",
            "1/tile/0/001.p/45",
            "1/tile/0/000.p/256",
            "1/tile/0/0",
            "1/tile/0/x000/000",
            "1/tile/64/000",
            "1/tile/entries/../../key",
            "1/tile/..%2f..%2f..%2f..%2fkey",
            "1/tile/0/000%00",
            "1/heads/300",
            "2/checkpoint",
            "0/checkpoint",
        ],
    )
    def test_nothing_else_is(self, client: TestClient, region: str, path: str) -> None:
        assert client.get(f"/log/{region}/{path}").status_code in (404, 422)
        assert client.get(f"/log/../{path}").status_code in (404, 422)

    def test_why_an_epoch_was_opened_is_served_where_it_was(
        self, client: TestClient, kernel: Kernel, region: str
    ) -> None:
        assert client.get(f"/log/{region}/1/opened").status_code == 404
        (sealed(kernel, region).folder / "opened").write_bytes(b"what was stated")
        assert client.get(f"/log/{region}/1/opened").content == b"what was stated"

    def test_a_partial_tile_is_cut_from_the_full_one(self, client: TestClient, region: str) -> None:
        full = client.get(f"/log/{region}/1/tile/0/000").content
        assert client.get(f"/log/{region}/1/tile/0/000.p/9").content == full[: 9 * 32]

    def test_names_are_read_the_one_way_they_are_written(self) -> None:
        for index in (0, 1, 999, 1000, 1_234_067):
            for level, width in ((0, 256), (3, 7), ("entries", 255)):
                path = tile_path(level, index, width)
                assert str(TileName.parse(path.removeprefix("tile/"))) == path


class TestOneEvent:
    """An event by its position."""

    def test_is_there_with_its_leaf(self, client: TestClient, kernel: Kernel, region: str) -> None:
        answer = client.get(f"/events/{region}/1")
        assert answer.headers["content-type"] == "application/cloudevents+json"
        assert leaf_hash(leaf_of(answer.json())) == kernel.log.read(region, 0, 1)[0].leaf_hash
        assert [client.get(f"/events/{each}").status_code for each in (f"{region}/301", "99.99/1", "x/1")] == [404] * 3

    def test_before_it_is_sealed_the_proof_says_when_to_come_back(
        self, client: TestClient, ledger: Ledger, kernel: Kernel
    ) -> None:
        region = new_region()
        ident = f"{region}-a"
        ledger.record(region, ident, [ThingBegun(thing_id=ident, name="a")])
        answer = client.get(f"/events/{region}/1/proof")
        assert (answer.status_code, answer.headers["retry-after"]) == (409, "60")
        seal(kernel)
        assert client.get(f"/events/{region}/1/proof").status_code == 200


class TestOpenings:
    """Salts and payloads go to whom the payloads may go, and to nobody else."""

    @pytest.mark.parametrize(
        ("role", "there", "opened", "seen"),
        [
            (None, "there", "opened", [True, False, False, True]),
            (Role.REVIEWER, "there", "opened", [True, False, False, True]),
            (Role.MACHINE, "elsewhere", "opened", [True, False, False, True]),
            (Role.MACHINE, "there", "opened", [True, True, True, True]),
            (Role.MACHINE, "there", "sealed", [True, True, False]),
            (Role.AUDITOR, "there", "sealed", [True, True, False]),
            (Role.AUDITOR, "there", "opened", [True, True, True, True]),
            (Role.SERVICE, "elsewhere", "opened", [True, True, False, True]),
        ],
    )
    def test_by_role(
        self,
        app: FastAPI,
        kernel: Kernel,
        ledger: Ledger,
        role: Role | None,
        there: str,
        opened: str,
        seen: list[bool],
    ) -> None:
        region = new_region()
        ident = f"{region}-a"
        ledger.record(
            region,
            ident,
            [
                ThingBegun(thing_id=ident, name="a"),
                ThingCounted(thing_id=ident, value=1),
                ThingWhispered(thing_id=ident, words="hush"),
                *([ThingRevealed(thing_id=ident)] if opened == "opened" else []),
            ],
        )
        client = TestClient(app, base_url=PUBLIC_URL)
        if role is not None:
            held = (region if there == "there" else new_region(),)
            actor = Actor(person="someone", roles=frozenset((role,)), regions=frozenset(held))
            client.headers["Cookie"] = "=".join(session_of(app.state.identity.sessions, actor))
        answer = client.get(f"/events/{region}/openings")
        lines = [json.loads(each) for each in answer.text.splitlines()]
        recorded = kernel.log.read(region)
        assert [each["position"] for each in lines] == [each.position for each in recorded]
        assert ["data" in each for each in lines] == ["salt" in each for each in lines] == seen
        assert [each.get("withheld", False) for each in lines] == [not each for each in seen]
        for line, event in zip(lines, recorded, strict=True):
            assert event.salt is not None
            if "data" in line:
                hashed = sha256(bytes.fromhex(line["salt"]) + canonical(line["data"])).hexdigest()
                assert hashed == json.loads(event.leaf)["datahash"]
            else:
                assert event.salt.hex() not in answer.text
        assert ("hush" in answer.text) == seen[2]

    def test_in_pages_of_two_queries_at_most(self, client: TestClient, kernel: Kernel, region: str) -> None:
        with counting(kernel.engine) as so_far:
            lines = client.get(f"/events/{region}/openings?after=10&limit=5").text.splitlines()
        assert (so_far(), [json.loads(each)["position"] for each in lines]) == (1, [11, 12, 13, 14, 15])
