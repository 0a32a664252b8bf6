"""Which schema of the read model is in use, how fresh it is, and answers that are kept until the model moves."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, local
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import Response

from services.showcase.projections import showcase
from services.showcase.queries import Model
from shared.auth import Actor

T = TypeVar("T")

CACHE_CONTROL = "public, max-age=5"
KEPT = 512
# What is dear to find takes longer the more events there are: of a model with fewer it is always exact, of a larger one
# it may be a little older than the page around it.
OLDEST_SECONDS = 5
EVENTS_FOR_A_SECOND = 50_000
# What is exact serves nobody once the model has moved on, and what a search finds is up to a few megabytes.
KEPT_EXACT = 16
# What a page says relative to now ("3 minutes ago", "today") is at most this old.
MOMENT_SECONDS = 10
LANGUAGE_COOKIE = "labinov_lang"
# Cookies whose content a page shows.
SHOWN_COOKIES = ("labinov_flash",)

_STATE = """
SELECT m.active, c.applied, c.as_of, c.halted,
       (SELECT array_agg(DISTINCT region) FROM parked p
        WHERE p.consumer = m.name AND p.state <> 'trying' AND p.resolution IS NULL) AS parked
FROM read_model m
LEFT JOIN LATERAL (
    SELECT sum(position) AS applied, max(moved_at) AS as_of,
           array_agg(region) FILTER (WHERE halted IS NOT NULL) AS halted
    FROM checkpoint WHERE consumer = m.name
) c ON true
WHERE m.name = %(name)s
"""


@dataclass(frozen=True)
class State:
    """The active schema, how many events it holds, when the last was applied, and the regions that lag behind."""

    schema: str
    applied: int
    as_of: datetime | None
    waiting: tuple[str, ...]

    def behind(self, region: str | None = None) -> bool:
        """Whether events of this region, or of any, could not be shown yet and wait for an operator."""
        return bool(self.waiting) if region is None else region in self.waiting


def state_of(connection: Connection) -> State:
    """Give the present state of the read model, in one statement."""
    row = connection.exec_driver_sql(_STATE, {"name": showcase.name}).one()
    waiting = tuple(sorted({*(row.halted or ()), *(row.parked or ())}))
    return State(schema=row.active, applied=int(row.applied or 0), as_of=row.as_of, waiting=waiting)


@dataclass(frozen=True)
class _Fact:
    """What is found, or is just being found: for which state, and since when (monotonic seconds)."""

    state: State
    since: float
    value: "Future[Any]" = field(default_factory=Future)


class _Thread(local):
    """What is known of the request that a thread answers."""

    used_older = False


class ReadModel:
    """The way from a request to an answer out of the model; an answer is kept until the model has moved on.

    Safe to use from several threads.
    """

    def __init__(self, engine: Engine) -> None:
        """Take the application's engine."""
        # Single statements need no transaction, and each round trip counts on these pages.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._kept: OrderedDict[Any, tuple[bytes, dict[str, str]]] = OrderedDict()
        self._facts: OrderedDict[Any, _Fact] = OrderedDict()
        self._exact: OrderedDict[Any, _Fact] = OrderedDict()
        self._this_thread = _Thread()
        self._lock = Lock()

    def answer(self, request: Request, actor: Actor | None, make: Callable[[Model, State], Response]) -> Response:
        """Give what `make` makes of the model, or what it made for the same request since the model last moved.

        Only successful answers to nobody in particular are kept. Gives 304 to whoever has it already.
        """
        with self._engine.connect() as connection:
            state = state_of(connection)
            key = (
                state,
                int(time.time() // MOMENT_SECONDS),
                request.scope["path"],
                request.scope["query_string"],
                request.cookies.get(LANGUAGE_COOKIE),
            )
            may_keep = actor is None and not any(name in request.cookies for name in SHOWN_COOKIES)
            kept = self._kept.get(key) if may_keep else None
            if kept is None:
                self._this_thread.used_older = False
                response = make(Model(connection, state.schema), state)
                # What was made with an older fact must not grow older still.
                may_keep = may_keep and not self._this_thread.used_older
                if not may_keep or response.status_code != 200 or "set-cookie" in response.headers:
                    return response
                etag = hashlib.sha256(response.body).hexdigest()[:32]
                response.headers["ETag"] = f'"{etag}"'
                response.headers["Cache-Control"] = CACHE_CONTROL
                headers = {name: value for name, value in response.headers.items() if name != "content-length"}
                kept = (bytes(response.body), headers)
                self._keep(key, kept)
        body, headers = kept
        asked = request.headers.get("if-none-match", "")
        if headers["etag"] in (each.strip().removeprefix("W/") for each in asked.split(",")):
            return Response(status_code=304, headers={k: v for k, v in headers.items() if k != "content-type"})
        return Response(body, headers=headers)

    def ask(self, find: Callable[[Model, State], T]) -> T:
        """Give what `find` finds in the model as it is now."""
        with self._engine.connect() as connection:
            state = state_of(connection)
            return find(Model(connection, state.schema), state)

    def fact(self, key: Any, state: State, find: Callable[[], T], *, exact: bool = False) -> T:
        """Give something that is dear to find, as found for the same state or a moment ago (at most OLDEST_SECONDS).

        What must be `exact` is found anew for each state. Whoever asks while it is being found waits for it, and for
        its failure, instead of finding it a second time; `find` asks for no other fact, which may be older.
        """
        facts, most = (self._exact, KEPT_EXACT) if exact else (self._facts, KEPT)
        may_be_old = 0 if exact else min(OLDEST_SECONDS, state.applied // EVENTS_FOR_A_SECOND)
        now = time.monotonic()
        with self._lock:
            kept = facts.get(key)
            found = kept is not None and (kept.state == state or now - kept.since < may_be_old)
            if kept is None or not found:
                kept = facts[key] = _Fact(state, now)
            facts.move_to_end(key)
            while len(facts) > most:
                facts.popitem(last=False)
        if found:
            self._this_thread.used_older = self._this_thread.used_older or kept.state != state
        else:
            try:
                kept.value.set_result(find())
            except BaseException as error:
                # Who waits fails as well, and who comes then looks for it again.
                with self._lock:
                    if facts.get(key) is kept:
                        del facts[key]
                kept.value.set_exception(error)
                raise
        value: T = kept.value.result()
        return value

    def _keep(self, key: Any, kept: tuple[bytes, dict[str, str]]) -> None:
        with self._lock:
            self._kept[key] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
