"""What may be asked about endpoints, by page and by API alike: who may, what is valid, then one transaction."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from services.showcase.history.sentences import SENTENCES
from services.showcase.subscriptions import addresses, attempts, endpoints
from services.showcase.subscriptions.addresses import Allowed, Resolve
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.delivering import TEST_TYPE, message, trial
from services.showcase.subscriptions.endpoints import EVERYWHERE, Endpoint, LogState, Sight, Wanted
from services.showcase.subscriptions.sending import Post, Poster
from services.showcase.subscriptions.store import copied_at
from shared.auth import Actor, Role
from shared.domain import Conflict, Invalid, NotFound, Rejection, Several
from shared.envelope import wire_name_of
from shared.event_log import IdempotencyKey
from shared.http import now
from shared.kernel import Kernel
from shared.regions import regions

MAX_ENDPOINTS = 50
MAX_DESCRIPTION = 200
MAX_RANGE = 10_000
SOURCES = ("submission", "review")
TYPES = tuple(SENTENCES)

Start = Literal["now", "beginning"] | Mapping[str, int]
"""Where the logs begin: at their ends, at their beginnings, or behind a position of each source that is named."""


class RegionNotYours(Invalid):
    """Choose regions in which you have a role."""


class UnknownEventType(Invalid):
    """There is no such type of event. Choose from the list of events."""


class UnknownSource(Invalid):
    """There is no such log here. Choose submission or review, and a region of this endpoint."""


class RangeInvalid(Invalid):
    """The first position must not lie behind the last, and at most {max} events are sent again at once."""


class TooManyEndpoints(Conflict):
    """You have {max} endpoints already. Delete one that is no longer needed."""


def may_hold(actor: Actor, region: str) -> bool:
    """Whether somebody may have the events of a region sent somewhere; `*` stands for all regions."""
    if region == EVERYWHERE:
        return actor.everywhere and actor.has(Role.LAN, Role.COORDINATOR, Role.MACHINE)
    return actor.coordinates(region) or (actor.has(Role.MACHINE) and actor.sees(region))


def sight_of(actor: Actor) -> Sight:
    """Give whose endpoints an actor manages."""
    return Sight(
        person=actor.person,
        everywhere=may_hold(actor, EVERYWHERE),
        regions=tuple(sorted(each for each in actor.regions if may_hold(actor, each))),
        types=None if actor.event_types is None else tuple(sorted(actor.event_types)),
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody fills in for an endpoint, as it was sent."""

    url: str
    regions: tuple[str, ...]
    description: str = ""
    types: tuple[str, ...] = ()


class Desk:
    """The way from a request to the rows of endpoints. Safe to use from several threads at once."""

    def __init__(
        self,
        engine: Engine,
        allowed: Allowed,
        post: Post,
        tell: Callable[[Iterable[str]], None],
        *,
        clock: Callable[[], datetime],
        resolve: Resolve = addresses.system_resolver,
    ) -> None:
        """Take the database, the allow-list, what makes an attempt, what tells the worker of endpoints, the clock."""
        self._engine = engine
        self._allowed = allowed
        self._post = post
        self._tell = tell
        self._clock = clock
        self._resolve = resolve

    def create(self, actor: Actor, asked: Asked, start: Start, key: IdempotencyKey) -> Endpoint:
        """Make an endpoint; the same request gives the same one again.

        Raises Several, TooManyEndpoints, KeyReused.
        """
        wanted = self._wanted(actor, asked)
        with self._engine.begin() as connection:
            if endpoints.count_of(connection, actor.person) >= MAX_ENDPOINTS:
                raise TooManyEndpoints(max=MAX_ENDPOINTS)
            made = endpoints.create(connection, sight_of(actor), wanted, key, self._clock())
            positions = "{}" if isinstance(start, str) else json.dumps(dict(start))
            endpoints.spread(connection, made.endpoint_id, now=start == "now", positions=positions)
        self._tell([made.endpoint_id])
        return made

    def change(self, actor: Actor, endpoint_id: str, asked: Asked) -> Endpoint:
        """Change where an endpoint is and what it gets; raise NotFound, and Several."""
        self.one(actor, endpoint_id)
        wanted = self._wanted(actor, asked)
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            endpoints.change(connection, endpoint_id, wanted, self._clock())
            return self._found(connection, actor, endpoint_id)

    def one(self, actor: Actor, endpoint_id: str) -> Endpoint:
        """Give an endpoint that the actor manages; raise NotFound."""
        with self.connection() as connection:
            return self._found(connection, actor, endpoint_id)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection for reading what the actor was found to manage."""
        with self._engine.connect() as connection:
            yield connection

    def logs(self, endpoint_id: str, limit: int) -> list[LogState]:
        """Give how far each log of an endpoint came: failing ones first, then those that lag."""
        with self.connection() as connection:
            return endpoints.logs(connection, endpoint_id, limit)

    def pause(self, actor: Actor, endpoint_id: str) -> Endpoint:
        """Stop sending until it is resumed; what comes meanwhile waits. Raises NotFound."""
        with self._engine.begin() as connection:
            found = self._found(connection, actor, endpoint_id)
            if found.state == "active":
                endpoints.set_state(connection, endpoint_id, "paused", self._clock())
            return self._found(connection, actor, endpoint_id)

    def resume(self, actor: Actor, endpoint_id: str) -> Endpoint:
        """Send again, beginning with what waits; also an endpoint that was switched off by itself. Raises NotFound."""
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            endpoints.set_state(connection, endpoint_id, "active", self._clock())
            found = self._found(connection, actor, endpoint_id)
        self._tell([endpoint_id])
        return found

    def rotate(self, actor: Actor, endpoint_id: str, key: IdempotencyKey) -> Endpoint:
        """Give a new secret; for a day messages are signed with the former one as well. Raises NotFound."""
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            endpoints.rotate(connection, endpoint_id, key, self._clock())
            return self._found(connection, actor, endpoint_id)

    def delete(self, actor: Actor, endpoint_id: str) -> None:
        """Delete an endpoint; raise NotFound."""
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            endpoints.delete(connection, endpoint_id)

    def replay(self, actor: Actor, endpoint_id: str, region: str, source: str, after: int) -> None:
        """Go on behind a position of one log, back or ahead; raise NotFound, and UnknownSource."""
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            if not endpoints.rewind(connection, endpoint_id, region, source, after):
                raise UnknownSource(field="source")
        self._tell([endpoint_id])

    def resend(
        self, actor: Actor, endpoint_id: str, region: str, source: str, first: int, last: int, key: IdempotencyKey
    ) -> None:
        """Send a range of one log once more, beside what is new; raise NotFound, UnknownSource and RangeInvalid."""
        if not first <= last < first + MAX_RANGE:
            raise RangeInvalid(field="last", max=MAX_RANGE)
        with self._engine.begin() as connection:
            self._found(connection, actor, endpoint_id)
            if not endpoints.has_log(connection, endpoint_id, region, source):
                raise UnknownSource(field="source")
            endpoints.resend(connection, endpoint_id, region, source, first, last, key)
        self._tell([endpoint_id])

    def test(self, actor: Actor, endpoint_id: str) -> Attempt:
        """Send an event that says nothing happened, now, and give what became of it; raise NotFound.

        It takes as long as an attempt may.
        """
        endpoint = self.one(actor, endpoint_id)
        now = self._clock()
        sent = trial(endpoint, uuid4(), now)
        headers = sent.headers(endpoint, now)
        answer = self._post(endpoint.url, headers, sent.body)
        attempt = Attempt(
            endpoint_id=endpoint_id,
            kind="test",
            region=endpoint.region,
            source=None,
            position=None,
            type=TEST_TYPE,
            webhook_id=sent.webhook_id,
            at=now,
            milliseconds=answer.milliseconds,
            attempt=1,
            url=endpoint.url,
            headers=headers,
            status=answer.outcome.status,
            error=answer.outcome.error,
            answer=answer.text,
        )
        with self._engine.begin() as connection:
            # It may have been deleted meanwhile.
            self._found(connection, actor, endpoint_id)
            return attempts.with_id(attempt, attempts.note(connection, attempt))

    def body(self, endpoint: Endpoint, attempt: Attempt) -> bytes | None:
        """Give what an attempt sent, as it would be sent today; None where the copy no longer has it."""
        if attempt.source is None or attempt.position is None:
            return trial(endpoint, UUID(attempt.webhook_id.removeprefix("msg_")), attempt.at).body
        with self.connection() as connection:
            found = copied_at(connection, attempt.region, attempt.source, attempt.position)
        return None if found is None else message(endpoint, found).body

    def _found(self, connection: Connection, actor: Actor, endpoint_id: str) -> Endpoint:
        found = endpoints.one(connection, sight_of(actor), endpoint_id)
        if found is None:
            raise NotFound
        return found

    def _wanted(self, actor: Actor, asked: Asked) -> Wanted:
        """Give what was asked for once it is found to be valid; raise Several. Looks the host's name up."""
        wrong: list[Rejection] = []
        chosen = tuple(dict.fromkeys(asked.regions))
        if EVERYWHERE in chosen:
            chosen = (EVERYWHERE,)
        if not chosen or not all(_known(each) and may_hold(actor, each) for each in chosen):
            wrong.append(RegionNotYours(field="regions"))
        types = tuple(dict.fromkeys(map(wire_name_of, asked.types)))
        if not set(types) <= set(TYPES):
            wrong.append(UnknownEventType(field="types"))
        if len(asked.description) > MAX_DESCRIPTION:
            sentence = "This text is too long: at most {max} characters."
            wrong.append(Invalid(sentence, field="description", max=MAX_DESCRIPTION))
        try:
            addresses.check(asked.url, self._allowed, self._resolve)
        except Invalid as rejection:
            wrong.append(rejection)
        if wrong:
            raise Several(wrong)
        return Wanted(regions=chosen, url=asked.url, description=asked.description, types=types)


def desk_of(kernel: Kernel, tell: Callable[[Iterable[str]], None]) -> Desk:
    """Give the desk of a running service."""
    allowed = Allowed(kernel.settings.webhook_allow)
    poster = Poster(allowed, deadline_seconds=kernel.settings.webhook_seconds)
    return Desk(kernel.engine, allowed, poster, tell, clock=now)


def _known(region: str) -> bool:
    return region in (EVERYWHERE, "00") or region in regions()
