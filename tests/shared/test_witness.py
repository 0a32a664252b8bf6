"""Witnesses: what our log asks of them, what they refuse, and that sealing never waits for them."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import httpx
import pytest
import uvicorn

from deploy.witness.app import app
from deploy.witness.store import Store, make, opened
from shared import sealer, witness
from shared.database import make_engine
from shared.merkle import leaf_hash
from shared.tlog import COSIGNATURE, Checkpoint, Malformed, Signer, Verifier, open_note
from shared.verify import verify
from shared.witness import Asking, Contradicted, NotSeen, Witness, Witnesses
from tests.shared.sealing import ORIGIN, SERVICE, Bench
from tests.support import Database, Servers, make_settings

_regions = (f"36.{number}" for number in count(10))


@pytest.fixture(scope="module")
def database(servers: Servers) -> Database:
    return servers.database("kernel")


@pytest.fixture(scope="module")
def bench(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    engine = make_engine(database.app_url)
    yield Bench(engine, tmp_path_factory.mktemp("seals"))
    engine.dispose()


@pytest.fixture
def region() -> str:
    return next(_regions)


@pytest.fixture
def stores(bench: Bench, tmp_path: Path, region: str) -> Iterator[list[Store]]:
    """Three witnesses that know the service's key."""
    seal(bench, region, 3)
    key = bench.seals.verifier()
    assert key is not None
    with ExitStack() as stack:
        found = []
        for number in range(3):
            make(tmp_path / str(number), f"witness.example/{number}", [key])
            found.append(stack.enter_context(opened(tmp_path / str(number))))
        yield found


def seal(bench: Bench, region: str, events: int) -> None:
    bench.append(region, events)
    bench.seal()


def asking(store: Store) -> Asking:
    """Ask a witness without a network between."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://witness/add-checkpoint"
        answered = store.add(request.content)
        return httpx.Response(answered.status, headers={"Content-Type": answered.kind}, content=answered.body)

    return Asking(Witness(store.signer.verifier, "http://witness"), httpx.MockTransport(answer))


def answering(answer: Callable[[httpx.Request], httpx.Response], key: Verifier | None = None) -> Asking:
    verifier = key or Signer.generate("witness.example", COSIGNATURE).verifier
    return Asking(Witness(verifier, "http://witness"), httpx.MockTransport(answer))


def witnessed(bench: Bench, region: str, stores: list[Store], quorum: int) -> int:
    keys = [each.signer.verifier for each in stores]
    (log,) = verify(bench.engine, SERVICE, bench.seals, region=region, witnesses=keys, quorum=quorum).logs
    assert log.finding is None
    return log.witnessed


def test_a_head_carries_the_lines_of_who_saw_it(bench: Bench, stores: list[Store], region: str) -> None:
    witnesses = Witnesses(bench.seals, [asking(each) for each in stores], 2)
    witnesses.begin(region, bench.log(region), 3)
    signed = (bench.log(region).folder / "heads/3").read_bytes()
    assert [witnesses.ask(each) for each in witnesses.asking] == [True, True, True]
    checkpoint = (bench.log(region).folder / "checkpoint").read_bytes()
    assert checkpoint.startswith(signed)
    assert (bench.log(region).folder / "heads/3").read_bytes() == checkpoint
    for each in stores:
        assert open_note(checkpoint, [each.signer.verifier]) == bench.log(region).head(3).text()

    # The log grows over full tiles; one witness missed a head in between, and a new process does not know that.
    for size, asked in ((300, stores[:2]), (900, stores)):
        seal(bench, region, size - bench.log(region).sizes()[-1])
        again = Witnesses(bench.seals, [asking(each) for each in asked], 2)
        again.begin(region, bench.log(region), size)
        assert all(again.ask(each) for each in again.asking)
    assert [witnessed(bench, region, stores, quorum) for quorum in (2, 3)] == [900, 900]
    (bench.log(region).folder / "heads/900").write_bytes(bench.log(region).head(900).sign(_log_signer(bench, region)))
    assert [witnessed(bench, region, stores, quorum) for quorum in (2, 3)] == [300, 3]


def _log_signer(bench: Bench, region: str) -> Signer:
    signer = bench.seals.signer()
    assert signer is not None
    return signer.named(f"{ORIGIN}/{SERVICE}/{region}/1")


def test_a_line_that_comes_late_does_not_bring_an_older_head_back(
    bench: Bench, stores: list[Store], region: str
) -> None:
    log = bench.log(region)
    late = asking(stores[0]).cosignature(log, 3)
    seal(bench, region, 4)
    newest = (log.folder / "checkpoint").read_bytes()
    log.cosigned(3, late)
    assert (log.folder / "checkpoint").read_bytes() == newest
    assert list(log.cosignatures(3, [stores[0].signer.verifier]).values()) == [late]
    before = (log.folder / "heads/3").read_bytes()
    log.cosigned(3, late)
    assert (log.folder / "heads/3").read_bytes() == before


def test_a_log_that_contradicts_itself_is_not_cosigned_and_somebody_is_told(
    bench: Bench, stores: list[Store], region: str, tmp_path: Path
) -> None:
    seal(bench, region, 5)
    assert asking(stores[0]).cosignature(bench.log(region), 8)
    name = bench.log(region).verifier.name

    # The same log as of before, which goes on otherwise: shorter, as long, and longer than what was seen.
    folder = bench.log(region).folder
    shutil.copytree(folder, tmp_path / "kept")
    witnesses = Witnesses(bench.seals, [asking(stores[0])], 1)
    said = []
    for size in (3, 8, 9):
        other = Checkpoint(name, size, leaf_hash(b"another"))
        if size != 3:
            (folder / "heads" / str(size)).write_bytes(other.sign(_log_signer(bench, region)))
        if size == 9:
            for tile in ("tile/0/000.p/9", "tile/3/000.p/1"):
                (folder / tile).parent.mkdir(exist_ok=True, parents=True)
                (folder / tile).write_bytes(bytes(32 * 9))
        with pytest.raises(Contradicted) as refused:
            asking(stores[0]).cosignature(bench.log(region), size)
        said.append(str(refused.value))
    assert said == [
        "it saw 8 events, 3 are signed",
        "it saw another head of 8 events",
        "it refuses the proof from the 8 events that it saw to 9",
    ]
    assert len(list((stores[0].folder / "evidence").iterdir())) == 2

    witnesses.begin(region, bench.log(region), 9)
    assert witnesses.ask(witnesses.asking[0]) is False
    witnesses.look()
    alarm = (bench.folder / SERVICE / "alarm.json").read_text()
    assert f"witness.example/0, {region}: it refuses the proof from the 8 events that it saw to 9" in alarm

    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "kept", folder)
    witnesses.begin(region, bench.log(region), 8)
    assert witnesses.ask(witnesses.asking[0]) is True
    witnesses.look()
    assert not (bench.folder / SERVICE / "alarm.json").exists()


def test_too_few_witnesses_for_too_long_raise_the_alarm(
    bench: Bench, stores: list[Store], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    witnesses = Witnesses(bench.seals, [asking(stores[0]), answering(down, stores[1].signer.verifier)], 2)
    alarm = bench.folder / SERVICE / "alarm.json"
    witnesses.begin(region, bench.log(region), 3)
    assert [witnesses.ask(each) for each in witnesses.asking] == [True, False]
    witnesses.look()
    assert not alarm.exists()
    monkeypatch.setattr(witness, "PATIENCE", -1.0)
    witnesses.look()
    assert f"fewer than 2 witnesses saw {region}" in alarm.read_text()

    # A head that is signed meanwhile is late as of the one before it; being seen ends it.
    seal(bench, region, 1)
    witnesses.signed(region, bench.log(region), bench.log(region).head(4))
    witnesses.asking = [asking(each) for each in stores[:2]]
    assert [witnesses.ask(each) for each in witnesses.asking] == [True, True]
    witnesses.look()
    assert not alarm.exists()
    with pytest.raises(ValueError, match="3 witnesses have to see each head, and 2 are named"):
        Witnesses(bench.seals, witnesses.asking, 3)


def _endless() -> Iterator[bytes]:
    while True:
        yield bytes(1024)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (lambda request: httpx.Response(500), NotSeen),
        (lambda request: httpx.Response(302, headers={"Location": "http://10.0.0.1/"}), NotSeen),
        (lambda request: httpx.Response(200, content=_endless()), NotSeen),
        (lambda request: httpx.Response(200, content=b""), NotSeen),
        (lambda request: httpx.Response(200, content=b"not a line"), Malformed),
        (lambda request: httpx.Response(200, content="— other.example AAAAAAAA\n".encode()), NotSeen),
        (lambda request: httpx.Response(409, content=b"2\n"), NotSeen),
        (lambda request: httpx.Response(409, headers={"Content-Type": "text/x.tlog.size"}, content=b"two\n"), NotSeen),
    ],
)
def test_an_answer_that_is_none_is_not_kept(
    bench: Bench, region: str, answer: Callable[[httpx.Request], httpx.Response], refused: type[Exception]
) -> None:
    seal(bench, region, 3)
    before = (bench.log(region).folder / "heads/3").read_bytes()
    with pytest.raises(refused):
        answering(answer).cosignature(bench.log(region), 3)
    assert (bench.log(region).folder / "heads/3").read_bytes() == before


def test_a_witness_is_named_by_its_key_and_address() -> None:
    key = Signer.generate("witness.example", COSIGNATURE).verifier
    assert Witness.parse(f"{key} https://witness.example/w/") == Witness(key, "https://witness.example/w")
    for text in (f"{key}", f"{key} ftp://x", f"{Signer.generate('w').verifier} https://w.example"):
        with pytest.raises(Malformed):
            Witness.parse(text)


def test_the_sealing_process_asks_a_witness_that_listens(
    bench: Bench, stores: list[Store], region: str, database: Database, servers: Servers
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app(stores[0]), log_level="error", lifespan="off"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = make_settings(
            servers,
            database,
            "kernel",
            seal_dir=bench.folder,
            origin=ORIGIN,
            seal_after_seconds=0,
            witnesses=(f"{stores[0].signer.verifier} {address}",),
            witness_quorum=1,
        )
        stop, engine = threading.Event(), make_engine(database.app_url)
        sealing = threading.Thread(target=sealer.run, args=("kernel", settings, engine, stop), kwargs={"pause": 0.02})
        sealing.start()
        try:
            bench.append(region, 4)
            until = time.monotonic() + 60
            while witnessed(bench, region, stores[:1], 1) != 7 and time.monotonic() < until:
                stop.wait(0.1)
            assert witnessed(bench, region, stores[:1], 1) == 7
            with httpx.Client(base_url=address, trust_env=False) as client:
                origin = bench.log(region).verifier.name
                seen = client.get(f"/seen/{origin}")
                assert (seen.status_code, Checkpoint.open(seen.content, bench.log(region).verifier).size) == (200, 7)
                assert client.get("/seen/nothing").status_code == 404
                assert client.get("/key").text == f"{stores[0].signer.verifier}\n"
                assert client.post("/add-checkpoint", content=bytes(40_000)).status_code == 413
                refused = client.post("/add-checkpoint", content=b"old 0\n\n" + seen.content)
                assert (refused.status_code, refused.headers["Content-Type"]) == (409, "text/x.tlog.size")
        finally:
            stop.set()
            sealing.join()
            server.should_exit = True
            serving.join()
            engine.dispose()
