"""What anybody needs to check a log without trusting who keeps it: its signed heads and tiles, and proofs of events.

    GET /log/key                                    the service's public key, as `name+hash+base64`
    GET /log/keys/{number}                          the first, second, … change of keys, stated by both keys
    GET /log/{region}/{epoch}/checkpoint            the newest signed head of a log (C2SP tlog-tiles from here on)
    GET /log/{region}/{epoch}/vkey                  the key under the log's own name
    GET /log/{region}/{epoch}/opened                why an epoch after the first was opened, signed
    GET /log/{region}/{epoch}/tile/…                its tiles of hashes, and under `tile/entries/` its leaves
    GET /events/{region}/{position}                 one event, as this reader may see it
    GET /events/{region}/{position}/proof           that it is in the log, as a C2SP tlog-proof
    GET /events/{region}/openings?after=&limit=     salts and payloads, for whoever may read them: NDJSON

Leaves are envelopes without personal data, so that tiles are everybody's.
"""

import hashlib
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Query, Response

from shared import feed
from shared.auth import Actor, Public, clearance_in
from shared.domain import Conflict, NotFound, is_region
from shared.envelope import Recorded, may_read
from shared.event_log import EventLog
from shared.http import MAX_SAFE_INTEGER
from shared.kernel import Kernel
from shared.merkle import ProofError
from shared.proofs import MEDIA_TYPE, SUFFIX, Proof, TileName, opening, prove, published
from shared.seals import SealedLog, SealsDamaged, ServiceSeals
from shared.tlog import NoteError

EVENT_TYPE = "application/cloudevents+json"
LINES_TYPE = "application/x-ndjson"
PAGE = feed.PAGE
SEALED_WITHIN = 60

# What is signed never changes; a crash before the signing may leave tiles that will, which are not served.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH = {"Cache-Control": "public, no-cache"}
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}

_log = structlog.get_logger(__name__)

Epoch = Annotated[int, Path(ge=1, le=MAX_SAFE_INTEGER)]
Position = Annotated[int, Path(ge=1, le=MAX_SAFE_INTEGER)]


class NotSealed(Conflict):
    """This event is recorded and not sealed yet; that takes up to a minute. Ask again then."""

    # The event is there and its proof will be: 404 would say that the address is wrong.
    retry_after = SEALED_WITHIN


class NotAsSealed(Conflict):
    """The record is not the one that was sealed, so that there is no proof of it. Tell whoever runs this."""


class Logs:
    """The sealed logs of a service beside its database."""

    def __init__(self, kernel: Kernel) -> None:
        """Take the service's parts."""
        self.log = kernel.log
        folder = kernel.settings.seal_dir
        self.seals = ServiceSeals(folder / kernel.name) if folder is not None else None

    def sealed(self, region: str, epoch: int) -> SealedLog | None:
        """Give what is sealed of a log; None where nothing ever was."""
        verifier = self.seals.verifier() if self.seals is not None else None
        if self.seals is None or verifier is None or not is_region(region):
            return None
        return self.seals.log(region, epoch, verifier)

    def event(self, region: str, position: int) -> Recorded:
        """Give the event at a position; raise NotFound."""
        found = self.log.read(region, position - 1, 1) if is_region(region) else []
        if not found or found[0].position != position:
            raise NotFound
        return found[0]

    def proof(self, event: Recorded) -> Proof:
        """Give the proof of an event; raise NotSealed, or NotAsSealed when it would convince nobody."""
        sealed = self.sealed(event.region, event.epoch)
        try:
            proof = prove(sealed, event.position, event.leaf_hash) if sealed is not None else None
        except (ProofError, NoteError, SealsDamaged) as error:
            _log.error("no proof", region=event.region, position=event.position, reason=str(error))
            raise NotAsSealed from None
        if proof is None:
            raise NotSealed
        return proof


def router(kernel: Kernel) -> APIRouter:
    """Give the routes of a producing service."""
    routes = APIRouter(tags=["log"])
    logs = Logs(kernel)

    @routes.get("/log/key", response_class=Response, responses=_text("The public key."))
    def key(actor: Public) -> Response:
        """Give the service's public key; each of its logs signs with it as `<name>/<region>/<epoch>`."""
        verifier = logs.seals.verifier() if logs.seals is not None else None
        if verifier is None:
            raise NotFound
        return Response(f"{verifier}\n", media_type=MEDIA_TYPE, headers=_FRESH)

    @routes.get("/log/keys/{number:int}", response_class=Response, responses=_text("The statement."))
    def change_of_keys(actor: Public, number: Epoch) -> Response:
        """Give the statement by which one key of the service named the next, signed by both."""
        path = logs.seals.folder / "keys" / str(number) if logs.seals is not None else None
        if path is None or not path.is_file():
            raise NotFound
        return Response(path.read_bytes(), media_type=MEDIA_TYPE, headers=_FRESH)

    @routes.get("/log/{region}/{epoch:int}/vkey", response_class=Response, responses=_text("The log's public key."))
    def vkey(actor: Public, region: str, epoch: Epoch) -> Response:
        """Give the public key under the log's own name, as tools of others take it."""
        # As it stands beside the head: between two steps of a change of keys it is still the former one.
        key = (_existing(logs, region, epoch).folder / "vkey").read_bytes()
        return Response(key, media_type=MEDIA_TYPE, headers=_FRESH)

    @routes.get("/log/{region}/{epoch:int}/opened", response_class=Response, responses=_text("The statement."))
    def opened(actor: Public, region: str, epoch: Epoch) -> Response:
        """Give the signed statement of why an epoch after the first was opened: who put the log back, when and why."""
        path = _existing(logs, region, epoch).folder / "opened"
        if not path.is_file():
            raise NotFound
        return Response(path.read_bytes(), media_type=MEDIA_TYPE, headers=_FRESH)

    @routes.get("/log/{region}/{epoch:int}/checkpoint", response_class=Response, responses=_text("The signed head."))
    def checkpoint(actor: Public, region: str, epoch: Epoch) -> Response:
        """Give the newest signed head of a log."""
        found = published(_existing(logs, region, epoch))
        if found is None:
            raise NotFound
        return Response(found[0], media_type=MEDIA_TYPE, headers=_FRESH | {"ETag": _etag(found[0])})

    @routes.get(
        "/log/{region}/{epoch:int}/tile/{path:path}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def tile(actor: Public, region: str, epoch: Epoch, path: str) -> Response:
        """Give a tile of hashes, or a bundle of leaves under `entries/`; only what a signed head covers."""
        sealed, name = _existing(logs, region, epoch), TileName.parse(path)
        found = published(sealed)
        if name is None or found is None or not name.within(found[1].size):
            raise NotFound
        data = sealed.tile(name.level, name.index, name.width)
        return Response(data, media_type="application/octet-stream", headers=_FOR_EVER)

    @routes.get("/events/{region}/openings", response_class=Response, responses={200: {"content": {LINES_TYPE: {}}}})
    def openings(
        actor: Public,
        region: str,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> Response:
        """Give what the `datahash` of each leaf was made of, a line an event: `position`, `salt` (hex) and `data`.

        SHA-256 of the bytes of the salt followed by the canonical JSON (RFC 8785) of the data is the datahash. Where
        this reader may not read a payload the line says `withheld`, and `erased` where there is none any more.
        """
        if not is_region(region):
            raise NotFound
        return Response(_openings(logs.log, region, after, limit, actor), media_type=LINES_TYPE, headers=_PRIVATE)

    @routes.get(
        "/events/{region}/{position:int}", response_class=Response, responses={200: {"content": {EVENT_TYPE: {}}}}
    )
    def event(actor: Public, region: str, position: Position) -> Response:
        """Give one event; without `data` where this reader may not see it."""
        found = logs.event(region, position)
        opened = logs.log.opened_among(region, [found])
        clearance = clearance_in(actor, region)(found.type)
        body = logs.log.catalogue.render(found, clearance, opened=found.stream in opened)
        return Response(body, media_type=EVENT_TYPE, headers=_PRIVATE)

    @routes.get(
        "/events/{region}/{position:int}/proof",
        response_class=Response,
        responses=_text("The proof.") | {409: {"description": "Not sealed yet; see Retry-After."}},
    )
    def proof(actor: Public, region: str, position: Position) -> Response:
        """Give the proof that an event is in the log, as `labinov audit check` and other tools read it."""
        found = logs.event(region, position)
        name = f"{kernel.name}-{region}-{position}{SUFFIX}"
        headers = _FRESH | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(logs.proof(found).encode(), media_type=MEDIA_TYPE, headers=headers)

    return routes


def _existing(logs: Logs, region: str, epoch: int) -> SealedLog:
    sealed = logs.sealed(region, epoch)
    if sealed is None or not (sealed.folder / "checkpoint").exists():
        raise NotFound
    return sealed


def _openings(log: EventLog, region: str, after: int, limit: int, actor: Actor | None) -> bytes:
    """Give the lines of a page: two queries at most."""
    recorded = log.read(region, after, limit)
    opened, clearance = log.opened_among(region, recorded), clearance_in(actor, region)
    lines = []
    for each in recorded:
        visibility = log.catalogue[each.type].cls.visibility
        if not may_read(visibility, clearance(each.type), opened=each.stream in opened):
            lines.append(b'{"position":%d,"withheld":true}\n' % each.position)
        else:
            lines.append(opening(each.position, each.salt, each.payload))
    return b"".join(lines)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _text(description: str) -> dict[int | str, dict[str, object]]:
    return {200: {"description": description, "content": {"text/plain": {}}}}
