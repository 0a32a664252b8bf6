"""Programs that we did not write accept the honest log and refuse each altered one.

sigstore reads our signed heads and checks that each entry is in the tree. securesystemslib checks the signature, and
pymerkle builds the tree anew and proves that it continues a head kept earlier. How they find our key, line and entries
is all that is ours here.
"""

import base64
import hashlib
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pymerkle
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey  # type: ignore[attr-defined]  # not exported by name
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore._internal.trust import Key
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails

from deploy.witness.store import make, opened
from shared.database import make_engine
from shared.merkle import consistency_proof, inclusion_proof, leaf_hash, nodes_of, root_of, verify_consistency
from shared.rotation import rotate
from shared.tlog import TILE_WIDTH, Checkpoint, Signer, Verifier, unbundle
from tests.shared.sealing import Bench
from tests.shared.test_witness import asking
from tests.support import Servers

REGION = "36.74"
KEPT, SIZE = 200, 300
TRIALS = 1_000 if os.environ.get("LABINOV_LONG") else 200


@dataclass(frozen=True)
class Log:
    """What an auditor gets of a log, and where the proofs of its entries come from."""

    checkpoint: bytes
    entries: tuple[bytes, ...]
    hashed: tuple[bytes, ...]


@dataclass(frozen=True)
class Honest:
    """A log as it was sealed; a head of it that somebody kept; its key, and what signs with it."""

    log: Log
    kept: bytes
    verifier: Verifier
    signer: Signer


@pytest.fixture(scope="module")
def honest(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Honest]:
    """A log of 300 events, its newest head signed by two keys and seen by a witness."""
    engine = make_engine(servers.database("kernel").app_url)
    bench, folder = Bench(engine, tmp_path_factory.mktemp("seals")), tmp_path_factory.mktemp("witness")
    bench.append(REGION, KEPT)
    bench.seal()
    rotate(bench.seals, by="a keeper", reason="it is old")
    bench.append(REGION, SIZE - KEPT)
    bench.seal()
    sealed, signer = bench.log(REGION), bench.seals.signer()
    assert signer is not None
    make(folder, "witness.example", [signer.verifier])
    with opened(folder) as store:
        sealed.cosigned(SIZE, asking(store).cosignature(sealed, SIZE))
    entries: list[bytes] = []
    for index in range(-(-SIZE // TILE_WIDTH)):
        entries += unbundle(sealed.tile("entries", index, min(TILE_WIDTH, SIZE - index * TILE_WIDTH)))
    log = Log((sealed.folder / "checkpoint").read_bytes(), tuple(entries), tuple(map(leaf_hash, entries)))
    assert len(log.checkpoint.partition(b"\n\n")[2].splitlines()) == 3
    kept = (sealed.folder / "heads" / str(KEPT)).read_bytes()
    yield Honest(log, kept, sealed.verifier, signer.named(sealed.verifier.name))
    engine.dispose()


class Ring:
    """Our one key, for sigstore, which looks keys up by another hash than that of signed notes."""

    def __init__(self, verifier: Verifier) -> None:
        raw = Ed25519PublicKey.from_public_bytes(verifier.key).public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self.key = Key(PublicKey(raw_bytes=base64.b64encode(raw), key_details=PublicKeyDetails.PKIX_ED25519))

    def verify(self, *, key_id: bytes, signature: bytes, data: bytes) -> None:
        try:
            self.key.verify(signature, data)
        except InvalidSignature as error:
            raise VerificationError("the signature does not verify") from error


def sigstore(honest: Honest, log: Log) -> bool:
    """Whether sigstore believes the head, that each entry is in it, and each early one in the head that was kept."""
    try:
        newest = SignedCheckpoint.from_text(log.checkpoint.decode())
        newest.signed_note.verify(Ring(honest.verifier), honest.verifier.key_id)  # type: ignore[arg-type]  # the least that it reads
        before = SignedCheckpoint.from_text(honest.kept.decode()).checkpoint
        for head in (before, newest.checkpoint):
            size = head.log_size
            node = cache(nodes_of(log.hashed[:size]))
            for index in range(size):
                # Where a tree has fewer leaves than it says, there is a proof of no use.
                path = inclusion_proof(index, size, node) if len(log.hashed) >= size else []
                proof = SimpleNamespace(
                    log_index=index, tree_size=size, hashes=path, root_hash=bytes.fromhex(head.log_hash)
                )
                entry = log.entries[index] if index < len(log.entries) else b""
                inner: Any = SimpleNamespace(inclusion_proof=proof, canonicalized_body=entry)
                verify_merkle_inclusion(SimpleNamespace(_inner=inner))  # type: ignore[arg-type]  # the least that it reads
    except VerificationError:
        return False
    return True


def merkle(honest: Honest, log: Log) -> bool:
    """Whether the head is signed, and pymerkle's tree of the entries leads to the one that was kept, and on to it."""
    text, _, lines = log.checkpoint.decode().partition("\n\n")
    signatures = [base64.b64decode(each.rpartition(" ")[2]) for each in lines.splitlines()]
    (signature,) = [each[4:].hex() for each in signatures if each[:4] == honest.verifier.key_id]
    key = SSlibKey("ours", "ed25519", "ed25519", {"public": honest.verifier.key.hex()})
    try:
        key.verify_signature(Signature("ours", signature), f"{text}\n".encode())
    except UnverifiedSignatureError:
        return False
    tree = pymerkle.InmemoryTree()
    tree.append_entries(log.entries)
    before, newest = (note.decode().split("\n") for note in (honest.kept, log.checkpoint))
    roots = [base64.b64decode(each[2]) for each in (before, newest)]
    try:
        proof = tree.prove_consistency(int(before[1]), int(newest[1]))
        pymerkle.verify_consistency(*roots, proof, int(before[1]), int(newest[1]))
    except (pymerkle.InvalidProof, pymerkle.InvalidChallenge):
        return False
    return True


VERIFIERS = (sigstore, merkle)
Alter = Callable[[Honest, random.Random], Log]


def _with(honest: Honest, entries: list[bytes], chance: random.Random) -> Log:
    """Give the log with other entries; every other time its tiles are those of the entries too."""
    hashed = tuple(map(leaf_hash, entries)) if chance.random() < 0.5 else honest.log.hashed
    return Log(honest.log.checkpoint, tuple(entries), hashed)


def flip(honest: Honest, chance: random.Random) -> Log:
    entries = list(honest.log.entries)
    at = chance.randrange(SIZE)
    altered = bytearray(entries[at])
    altered[chance.randrange(len(altered))] ^= 1 << chance.randrange(8)
    entries[at] = bytes(altered)
    return _with(honest, entries, chance)


def delete(honest: Honest, chance: random.Random) -> Log:
    entries = list(honest.log.entries)
    del entries[chance.randrange(SIZE)]
    return _with(honest, entries, chance)


def insert(honest: Honest, chance: random.Random) -> Log:
    entries = list(honest.log.entries)
    entries.insert(chance.randrange(SIZE), chance.choice([b"", b"an event that never was", chance.choice(entries)]))
    return _with(honest, entries, chance)


def swap(honest: Honest, chance: random.Random) -> Log:
    entries = list(honest.log.entries)
    one, other = chance.sample(range(SIZE), 2)
    entries[one], entries[other] = entries[other], entries[one]
    return _with(honest, entries, chance)


def truncate(honest: Honest, chance: random.Random) -> Log:
    return _with(honest, list(honest.log.entries[: chance.randrange(SIZE)]), chance)


def pretend(honest: Honest, chance: random.Random) -> Log:
    """Another size or root below the signatures that were given for the true ones."""
    text, _, signatures = honest.log.checkpoint.partition(b"\n\n")
    origin, size, root = text.split(b"\n")
    if chance.random() < 0.5:
        entries = honest.log.entries[: chance.randrange(KEPT, SIZE)]
        size, root = b"%d" % len(entries), base64.b64encode(root_of(map(leaf_hash, entries)))
    else:
        entries, root = honest.log.entries, base64.b64encode(chance.randbytes(32))
    checkpoint = b"\n".join([origin, size, root]) + b"\n\n" + signatures
    return Log(checkpoint, entries, tuple(map(leaf_hash, entries)))


def sign_again(honest: Honest, chance: random.Random) -> Log:
    """Somebody with the key rewrites what was seen long ago, and all that follows: only who kept a head knows."""
    entries = list(honest.log.entries)
    entries[chance.randrange(KEPT)] = b"an event that never was %d" % chance.randrange(1 << 60)
    hashed = tuple(map(leaf_hash, entries))
    return Log(Checkpoint(honest.verifier.name, SIZE, root_of(hashed)).sign(honest.signer), tuple(entries), hashed)


ALTERATIONS: tuple[Alter, ...] = (flip, delete, insert, swap, truncate, pretend, sign_again)


def test_the_honest_log_is_accepted(honest: Honest) -> None:
    assert [each(honest, honest.log) for each in VERIFIERS] == [True, True]


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda each: each.__name__)
def test_an_altered_log_is_refused(honest: Honest, alter: Alter) -> None:
    accepted = []
    for seed in range(-(-TRIALS // len(ALTERATIONS))):
        altered = alter(honest, random.Random(f"{alter.__name__} {seed}"))
        accepted += [(seed, each.__name__) for each in VERIFIERS if altered != honest.log and each(honest, altered)]
    assert accepted == []


def test_without_a_head_that_was_kept_whoever_has_the_key_can_rewrite(honest: Honest) -> None:
    rewritten = sign_again(honest, random.Random(1))
    alone = replace(honest, kept=Checkpoint(honest.verifier.name, 1, rewritten.hashed[0]).sign(honest.signer))
    if rewritten.entries[0] == honest.log.entries[0]:
        assert [each(alone, rewritten) for each in VERIFIERS] == [True, True]


def test_proofs_are_those_of_another_implementation() -> None:
    entries = [hashlib.sha256(b"%d" % number).digest() for number in range(70)]
    leaves = [leaf_hash(each) for each in entries]
    tree = pymerkle.InmemoryTree()
    for size, entry in enumerate(entries, start=1):
        tree.append_entry(entry)
        node = cache(nodes_of(leaves[:size]))
        assert root_of(leaves[:size]) == tree.get_root()
        assert inclusion_proof(size // 2, size, node) == tree.prove_inclusion(size // 2 + 1, size).path[1:]
        for old in range(1, size):
            verify_consistency(old, size, tree.get_root(old), tree.get_root(), consistency_proof(old, size, node))
