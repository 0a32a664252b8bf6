"""RFC 6962 Merkle trees: leaf and node hashes. Pure."""

import hashlib


def leaf_hash(leaf: bytes) -> bytes:
    """Give the 32-byte hash of a leaf: SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the 32-byte hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()
