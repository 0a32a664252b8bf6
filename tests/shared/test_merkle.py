"""Merkle trees against the RFC's reference tree, frozen proofs, and a naive reference."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import merkle

VECTORS = Path(__file__).parent.parent / "vectors" / "merkle"


def vector(name: str) -> Any:
    """Give the frozen case of this name."""
    return json.loads((VECTORS / f"{name}.json").read_text())


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if old <= k:
        return [*naive_subproof(old, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(old - k, leaves[k:], whole=False), naive_root(leaves[:k])]


trees = st.integers(min_value=1, max_value=300).map(lambda n: [merkle.leaf_hash(b"%d" % i) for i in range(n)])


def test_the_reference_tree_has_the_published_roots() -> None:
    case = vector("reference-tree-of-8-leaves")
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in case["leaves"]]
    found = [merkle.root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)]
    assert found == case["roots_by_size"]


@pytest.mark.parametrize("case", vector("reference-inclusion-proofs"), ids=lambda case: case["name"])
def test_reference_inclusion_proofs(case: dict[str, Any]) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in vector("reference-tree-of-8-leaves")["leaves"]]
    proof = [bytes.fromhex(each) for each in case["proof"]]
    assert merkle.inclusion_proof(case["index"], case["size"], merkle.nodes_of(leaves)) == proof
    merkle.verify_inclusion(leaves[case["index"]], case["index"], case["size"], proof, bytes.fromhex(case["root"]))


@pytest.mark.parametrize("case", vector("reference-consistency-proofs"), ids=lambda case: case["name"])
def test_reference_consistency_proofs(case: dict[str, Any]) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in vector("reference-tree-of-8-leaves")["leaves"]]
    proof = [bytes.fromhex(each) for each in case["proof"]]
    assert merkle.consistency_proof(case["old"], case["new"], merkle.nodes_of(leaves)) == proof
    merkle.verify_consistency(
        case["old"], case["new"], bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"]), proof
    )


@given(trees)
def test_a_compact_range_has_the_root_of_the_whole_tree_at_every_size(leaves: list[bytes]) -> None:
    tree = merkle.CompactRange()
    assert tree.root() == merkle.EMPTY_ROOT
    for each in leaves:
        tree.append(each)
        assert len(tree.nodes) == tree.size.bit_count()
    assert tree.root() == naive_root(leaves) == merkle.subtree(0, len(leaves), merkle.nodes_of(leaves))


@given(trees, st.data())
def test_inclusion_proofs_are_the_rfcs_and_verify_only_for_their_own_leaf(leaves: list[bytes], data: Any) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, merkle.nodes_of(leaves))
    root = naive_root(leaves)
    assert proof == naive_path(index, leaves)
    merkle.verify_inclusion(leaves[index], index, size, proof, root)

    for other in {0, index - 1, index + 1, size - 1} - {index}:
        with pytest.raises(merkle.ProofError):
            merkle.verify_inclusion(leaves[index], other, size, proof, root)
    with pytest.raises(merkle.RootMismatch) as refused:
        merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, proof, root)
    assert (refused.value.size, refused.value.expected) == (size, root)
    with pytest.raises(merkle.BadLength) as too_long:
        merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
    assert (too_long.value.expected, too_long.value.found) == (len(proof), len(proof) + 1)
    for place in range(len(proof)):
        altered = [*proof]
        altered[place] = merkle.leaf_hash(altered[place])
        with pytest.raises(merkle.RootMismatch):
            merkle.verify_inclusion(leaves[index], index, size, altered, root)


@given(trees, st.data())
def test_consistency_proofs_are_the_rfcs_and_verify_only_for_their_own_roots(leaves: list[bytes], data: Any) -> None:
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    proof = merkle.consistency_proof(old, new, merkle.nodes_of(leaves))
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)
    assert proof == naive_subproof(old, leaves, whole=True)
    merkle.verify_consistency(old, new, old_root, new_root, proof)

    with pytest.raises(merkle.ProofError):
        merkle.verify_consistency(old, new, merkle.leaf_hash(old_root), new_root, proof)
    with pytest.raises(merkle.RootMismatch):
        merkle.verify_consistency(old, new, old_root, merkle.leaf_hash(new_root), proof)
    with pytest.raises(merkle.BadLength):
        merkle.verify_consistency(old, new, old_root, new_root, [*proof, new_root])
    for place in range(len(proof)):
        altered = [*proof]
        altered[place] = merkle.leaf_hash(altered[place])
        with pytest.raises(merkle.RootMismatch):
            merkle.verify_consistency(old, new, old_root, new_root, altered)


def test_consistency_from_nothing_is_refused() -> None:
    root = merkle.leaf_hash(b"")
    with pytest.raises(merkle.BadSize):
        merkle.consistency_proof(0, 1, merkle.nodes_of([root]))
    with pytest.raises(merkle.BadSize):
        merkle.verify_consistency(0, 1, merkle.EMPTY_ROOT, root, [])


def test_a_hash_that_is_not_32_bytes_is_refused_everywhere() -> None:
    good, short = merkle.leaf_hash(b""), b"\x00" * 31
    pair = merkle.node_hash(good, good)
    with pytest.raises(merkle.BadHash):
        merkle.root_of([short])
    with pytest.raises(merkle.BadHash):
        merkle.verify_inclusion(short, 0, 1, [], short)
    with pytest.raises(merkle.BadHash):
        merkle.verify_inclusion(good, 0, 2, [good + b"\x00"], pair)
    with pytest.raises(merkle.BadHash):
        merkle.verify_consistency(1, 2, good, pair, [short])
    with pytest.raises(merkle.BadHash):
        merkle.verify_consistency(1, 1, short, short, [])


def test_indexes_outside_the_tree_are_refused() -> None:
    node = merkle.nodes_of([merkle.leaf_hash(b"")])
    for index in (-1, 1):
        with pytest.raises(merkle.BadSize):
            merkle.inclusion_proof(index, 1, node)
        with pytest.raises(merkle.BadSize):
            merkle.verify_inclusion(merkle.leaf_hash(b""), index, 1, [], merkle.leaf_hash(b""))
    with pytest.raises(merkle.BadSize):
        merkle.inclusion_proof(0, 2, node)
