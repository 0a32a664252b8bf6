"""RFC 6962 Merkle trees: hashes, compact ranges, inclusion and consistency proofs. Pure.

    ProofError             a proof, or what it is asked about, does not hold
    ├── BadHash            a hash is not 32 bytes
    ├── BadSize            an index or size for which there is no proof
    ├── BadLength          a proof has too many or too few hashes
    └── RootMismatch       the proof leads to another root; holds both

A node is named by its level (0 is the leaves) and its index in that level; only perfect subtrees are nodes.
Proofs are made from any source of nodes: a list in memory or the tiles of a log.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""Gives the hash of the node at a level and an index."""


class ProofError(Exception):
    """A proof, or what it is asked about, does not hold."""


class BadHash(ProofError):
    """A hash is not 32 bytes."""

    def __init__(self, value: bytes) -> None:
        """Take the value that was given as a hash."""
        self.value = value
        super().__init__(f"a hash has {HASH_BYTES} bytes, this has {len(value)}: {value[:40].hex()}")


class BadSize(ProofError):
    """There is no proof for this index or size."""


class BadLength(ProofError):
    """A proof has too many or too few hashes."""

    def __init__(self, expected: int, found: int) -> None:
        """Take the number of hashes that the sizes ask for and the number that came."""
        self.expected, self.found = expected, found
        super().__init__(f"the proof has {found} hashes where {expected} are needed")


class RootMismatch(ProofError):
    """The proof leads to another root."""

    def __init__(self, size: int, expected: bytes, found: bytes) -> None:
        """Take the size of the tree, the root that it should have and the one that was computed."""
        self.size, self.expected, self.found = size, expected, found
        super().__init__(f"root of size {size}: expected {expected.hex()}, computed {found.hex()}")


def leaf_hash(leaf: bytes) -> bytes:
    """Give the 32-byte hash of a leaf: SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the 32-byte hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def checked(value: bytes) -> bytes:
    """Give the hash back; raise BadHash when it is not 32 bytes."""
    if len(value) != HASH_BYTES:
        raise BadHash(value)
    return value


@dataclass
class CompactRange:
    """The least that must be known of a tree to extend it: its perfect subtrees from left to right, O(log n).

    `nodes` holds one hash for each set bit of `size`, the largest subtree first.
    """

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Extend the tree by the hash of one leaf (32 bytes; not checked, the loop is hot)."""
        size, nodes = self.size, self.nodes
        self.size = size + 1
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + nodes.pop() + leaf).digest()
            size >>= 1
        nodes.append(leaf)

    def root(self) -> bytes:
        """Give the root of the tree as it is."""
        return fold(self.nodes)


def fold(subtrees: Sequence[bytes]) -> bytes:
    """Give the root over perfect subtrees, ordered from the largest to the smallest; that of no tree for none."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Give the root of the tree over these leaf hashes; raise BadHash for one that is none."""
    tree = CompactRange()
    for each in leaf_hashes:
        tree.append(checked(each))
    return tree.root()


def nodes_of(leaf_hashes: Sequence[bytes]) -> Nodes:
    """Give the nodes over leaf hashes in memory; a node that reaches beyond them raises BadSize."""

    def node(level: int, index: int) -> bytes:
        first, last = index << level, (index + 1) << level
        if last > len(leaf_hashes):
            raise BadSize(f"node {level}/{index} ends at {last}, the tree at {len(leaf_hashes)}")
        return root_of(leaf_hashes[first:last])

    return node


def subtree(first: int, last: int, node: Nodes) -> bytes:
    """Give the root over the leaves first..last-1, as RFC 6962's MTH; `first` must begin such a subtree."""
    parts: list[bytes] = []
    while first < last:
        level = (last - first).bit_length() - 1
        parts.append(checked(node(level, first >> level)))
        first += 1 << level
    return fold(parts)


def inclusion_proof(index: int, size: int, node: Nodes) -> list[bytes]:
    """Give the audit path of the leaf at `index` in the tree of `size`, lowest first; raise BadSize."""
    if not 0 <= index < size:
        raise BadSize(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(subtree(middle, last, node))
            last = middle
        else:
            path.append(subtree(first, middle, node))
            first = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Nodes) -> list[bytes]:
    """Give the proof that the tree of `new` begins with that of `old`; raise BadSize, also for an `old` of 0."""
    if not 0 < old <= new:
        raise BadSize(f"there is no consistency proof from {old} to {new}")
    proof: list[bytes] = []
    first, last = 0, new
    whole = True  # the subtree that ends at `old` is the old tree itself, whose root the verifier has
    while last != old:
        middle = first + _split(last - first)
        if old <= middle:
            proof.append(subtree(middle, last, node))
            last = middle
        else:
            proof.append(subtree(first, middle, node))
            first = middle
            whole = False
    if not whole:
        proof.append(subtree(first, last, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with this hash stands at `index` in the tree of `size` with this root; raise ProofError.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise BadSize(f"there is no leaf {index} in a tree of {size}")
    inner = (index ^ (size - 1)).bit_length()
    needed = inner + (index >> inner).bit_count()
    if len(proof) != needed:
        raise BadLength(needed, len(proof))
    found, node, last = checked(leaf), index, size - 1
    for each in proof:
        checked(each)
        if node & 1 or node == last:
            found = node_hash(each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, each)
        node, last = node >> 1, last >> 1
    if found != checked(root):
        raise RootMismatch(size, root, found)


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` with `new_root` begins with that of `old` with `old_root`; raise ProofError.

    RFC 9162 section 2.1.4.2. From size 0 everything would be consistent, so that it is refused.
    """
    if not 0 < old <= new:
        raise BadSize(f"there is no consistency proof from {old} to {new}")
    checked(old_root), checked(new_root)
    if old == new:
        if proof:
            raise BadLength(0, len(proof))
        if old_root != new_root:
            raise RootMismatch(new, new_root, old_root)
        return
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    perfect = node == 0  # `old` is a power of two: its root is itself the first hash of the path
    inner = (node ^ last).bit_length()
    needed = inner + (node >> inner).bit_count() + (0 if perfect else 1)
    if len(proof) != needed:
        raise BadLength(needed, len(proof))
    path = [old_root, *proof] if perfect else list(proof)
    old_found = new_found = path[0]
    for each in path[1:]:
        checked(each)
        if node & 1 or node == last:
            old_found, new_found = node_hash(each, old_found), node_hash(each, new_found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_found = node_hash(new_found, each)
        node, last = node >> 1, last >> 1
    if old_found != old_root:
        raise RootMismatch(old, old_root, old_found)
    if new_found != new_root:
        raise RootMismatch(new, new_root, new_found)


def _split(size: int) -> int:
    """Give the largest power of two below `size` (RFC 6962's k)."""
    return 1 << ((size - 1).bit_length() - 1)
