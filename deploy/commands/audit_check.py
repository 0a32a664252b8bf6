"""`labinov audit check`: whether a proof holds, with nothing but the proof, the event and a public key."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.embedded.errors import Trouble
from shared.envelope import leaf_of
from shared.merkle import ProofError, leaf_hash
from shared.proofs import Proof
from shared.tlog import NoteError, Verifier


def check(
    proof: Annotated[Path, typer.Argument(help="The .tlog-proof file.", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="The public key of the log or its service, from where you trust it.")],
    event: Annotated[
        Path | None, typer.Option(help="The event as JSON, as a feed or a webhook gave it.", exists=True)
    ] = None,
    leaf: Annotated[str | None, typer.Option(help="In place of the event, its leaf hash from a receipt (hex).")] = None,
) -> None:
    """Check offline that an event is in a signed log. Exits with 0 only when it is.

    Give the event, or the leaf hash that a receipt names. Needs no installation and no network.
    """
    wire: dict[str, Any] = json.loads(event.read_bytes()) if event is not None else {}
    if (event is None) == (leaf is None):
        raise Trouble("Give either --event with the event, or --leaf with the leaf hash of a receipt.")
    try:
        found = Proof.parse(proof.read_bytes())
        head = found.check(bytes.fromhex(leaf) if leaf is not None else leaf_hash(leaf_of(wire)), Verifier.parse(key))
    except (NoteError, ProofError, ValueError) as error:
        raise Trouble(f"The proof does not hold: {error}.") from error
    position = found.index + 1
    if event is not None and int(wire.get("sequence", position)) != position:
        raise Trouble(f"The proof is of position {position}, the event says that it stands at {wire['sequence']}.")
    typer.echo(f"Holds: position {position} of {head.origin}, in the head over {head.size} events.")
