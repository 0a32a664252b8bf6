"""The witness over HTTP: POST /add-checkpoint, GET /seen/<origin>, GET /key."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.witness.store import Answer, Store

BODY_LIMIT = 32_768


def app(store: Store) -> Starlette:
    """Give the application of a witness."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT:
                return _response(Answer(413, b"too long\n"))
        return _response(await run_in_threadpool(store.add, body))

    def seen(request: Request) -> Response:
        note = store.seen(request.path_params["origin"])
        return _response(Answer(404, b"nothing was seen of it\n") if note is None else Answer(200, note))

    def key(request: Request) -> Response:
        return _response(Answer(200, f"{store.signer.verifier}\n".encode()))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/seen/{origin:path}", seen),
            Route("/key", key),
        ]
    )


def _response(answer: Answer) -> Response:
    # Starlette would add a charset to every text type, and the size's has none.
    return Response(answer.body, answer.status, {"Content-Type": answer.kind})
