"""Who asks, when, with which key and on which version: what every request carries beside its body."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from services.submission.domain.rejections import UnknownRegion
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Command, Decider, Event, Forbidden, NotFound, region_of
from shared.envelope import Clearance
from shared.event_log import IdempotencyKey, Outcome
from shared.http import Commands, IfMatch, Key, now
from shared.regions import regions

S = TypeVar("S")
E = TypeVar("E", bound=Event)
C = TypeVar("C", bound=Command)

Streams = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for a change, by somebody who may use the route; whether they may change this is still to be seen."""

    actor: Actor
    commands: CommandHandler
    key: IdempotencyKey
    if_match: int | None = None
    at: datetime = field(default_factory=now)

    @property
    def who(self) -> dict[str, Any]:
        """What every command carries: the actor's opaque id and the time."""
        return {"actor": self.actor.person, "at": self.at}

    def carry_out(
        self,
        decider: Decider[C, S, E],
        ident: str,
        command: C | Callable[[S, Streams], C],
        *,
        also: Sequence[str] = (),
    ) -> Outcome:
        """Carry out a command; raise its rejections, Stale, or KeyReused."""
        return self.commands.execute(decider, ident, command, key=self.key, if_match=self.if_match, also=also)


def require_known_region(region: str) -> None:
    """Raise UnknownRegion for a code that no region has."""
    if region not in regions():
        raise UnknownRegion(field="region")


def require_reading(actor: Actor, region: str) -> None:
    """Raise NotFound, the answer to an unknown id, for whoever may not read this region's records."""
    if actor.clearance(region) is Clearance.PUBLIC:
        raise NotFound


def may_change(actor: Actor, unit_id: str) -> None:
    """Raise NotFound for whoever may not even read the region's records, Forbidden for who may not act for the unit."""
    region = unit_id.partition("-")[0]
    require_reading(actor, region)
    if not actor.acts_for(unit_id):
        raise Forbidden


def may_coordinate(actor: Actor, region: str) -> None:
    """Raise NotFound for whoever may not even read the region's records, Forbidden for who does not coordinate it."""
    require_reading(actor, region)
    if not actor.coordinates(region):
        raise Forbidden


def new_innovation_id(region: str, at: datetime) -> str:
    """Give a new id: the region and a UUIDv7, so that ids sort by the time of their making."""
    stamp = int(at.timestamp() * 1000) << 80
    random = secrets.randbits(80) & ~(0xF << 76) & ~(0b11 << 62)
    return f"{region}-{stamp | (0x7 << 76) | (0b10 << 62) | random:032x}"


def new_code(prefix: str) -> str:
    """Give a new short code for a part of a stream, such as a milestone."""
    return f"{prefix}-{secrets.token_hex(4)}"


async def _asked(request: Request, commands: Commands, key: Key, if_match: IfMatch) -> Asked:
    return Asked(actor=request.state.actor, commands=commands, key=key, if_match=if_match)


AskedBy = Annotated[Asked, Depends(_asked)]
"""The request for a change as its headers tell it; stands after the permission in a route's signature."""


def readable_regions(actor: Actor, region: str | None = None) -> list[str] | None:
    """Give the regions whose records a list is to show: the asked one, else all that the actor may read (None: all).

    Raises NotFound for a region that the actor may not read.
    """
    if region is not None:
        require_reading(actor, region)
        return [region]
    if actor.everywhere:
        return None
    named = {*actor.regions, *(region_of(unit) for unit in actor.units)}
    return sorted(each for each in named if actor.clearance(each) is not Clearance.PUBLIC)
