"""Plays the plan over HTTP: regions side by side, what waits for others waits; a repetition doubles nothing."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from deploy.demo.messages import Messages
from deploy.demo.steps import Act, AwaitAssessment, AwaitDecision, Plan, RegionPlan, Script, Step, fill, names_in
from deploy.embedded.errors import Trouble

REACTION_SECONDS = 60.0
_LISTED_FOR = 0.4
_PAGE = 500


class Player:
    """Plays one plan."""

    def __init__(self, messages: Messages, done: Callable[[], None]) -> None:
        """Take the way to the services, and what to tell that one more act is done."""
        self._messages = messages
        self._done = done
        self._ids: dict[str, asyncio.Future[str]] = {}
        self._assessments = Assessments(messages)

    async def play(self, plan: Plan) -> None:
        """Play everything; raise Trouble at the first thing that fails, after all else has stopped."""
        for each in plan.scripts():
            self._ids[each.name] = asyncio.get_running_loop().create_future()
        try:
            await self._play(Script("pool", "00", plan.pool))
            async with asyncio.TaskGroup() as group:
                for region in plan.regions:
                    group.create_task(self._region(region))
        except* Trouble as troubles:
            raise _first(troubles) from None

    async def _region(self, plan: RegionPlan) -> None:
        await self._play(Script(f"{plan.region}/opening", plan.region, plan.opening))
        async with asyncio.TaskGroup() as group:
            for each in plan.innovations:
                group.create_task(self._play(each))
        await self._play(Script(f"{plan.region}/closing", plan.region, plan.closing))

    async def _play(self, script: Script) -> None:
        names: dict[str, str] = {}
        for act in script.acts:
            try:
                await self._act(script, act, names)
            except Trouble as trouble:
                raise Trouble(f"{script.name}: {trouble}") from None
            self._done()

    async def _act(self, script: Script, act: Act, names: dict[str, str]) -> None:
        match act:
            case Step():
                await self._learn(act, names)
                path, body = fill(act.path, names), fill(act.body, names)
                key = act.key(script.name)
                answer = await self._messages.command(act.method, path, body, key=key, actor=act.actor)
                if act.keeps is not None:
                    field, name = act.keeps
                    names[name] = answer[field]
                    if name == "innovation":
                        self._ids[script.name].set_result(names[name])
            case AwaitAssessment(number):
                found = await self._assessments.of(script.region, names["innovation"], number)
                names[f"assessment {number}"] = found
            case AwaitDecision(number):
                await self._decided(names["innovation"], number)

    async def _learn(self, step: Step, names: dict[str, str]) -> None:
        """Find the ids of people and of other scripts' innovations that a step speaks of."""
        for name in (names_in(step.path) | names_in(step.body)) - names.keys():
            kind, _, rest = name.partition(":")
            if kind == "person":
                names[name] = self._messages.access.person(rest)
            elif kind == "original":
                names[name] = await self._ids[rest]

    async def _decided(self, innovation: str, number: int) -> None:
        """Wait until submission has reacted to the conclusion on this submission."""

        async def reacted() -> bool:
            found = await self._messages.get(f"/submission/innovations/{innovation}")
            awaiting: dict[str, Any] | None = found["awaiting"]
            return awaiting is None or awaiting["submission_no"] > number

        await _until(reacted, "submission did not carry out what the panel concluded")


class Assessments:
    """What review has opened, asked region by region: one list answers for all who wait in the region."""

    def __init__(self, messages: Messages) -> None:
        """Take the way to the services."""
        self._messages = messages
        self._locks: dict[str, asyncio.Lock] = {}
        self._known: dict[str, tuple[float, dict[tuple[str, int], str]]] = {}

    async def of(self, region: str, innovation: str, number: int) -> str:
        """Give the id of a submission's assessment, once it is there; raise Trouble when review does not open it."""

        async def opened() -> bool:
            return (innovation, number) in await self._list(region)

        await _until(opened, "review did not open the assessment")
        return self._known[region][1][innovation, number]

    async def _list(self, region: str) -> dict[tuple[str, int], str]:
        async with self._locks.setdefault(region, asyncio.Lock()):
            asked, found = self._known.get(region, (0.0, {}))
            if time.monotonic() - asked >= _LISTED_FOR:
                answer = await self._messages.get("/review/assessments", region=region, limit=_PAGE)
                found = {
                    (each["innovation_id"], each["submission_no"]): each["assessment_id"] for each in answer["items"]
                }
                self._known[region] = time.monotonic(), found
            return found


async def _until(happened: Callable[[], Any], otherwise: str) -> None:
    """Ask, ever less often, until it has happened; raise Trouble at the deadline."""
    deadline, wait = time.monotonic() + REACTION_SECONDS, 0.1
    while not await happened():
        if time.monotonic() > deadline:
            raise Trouble(f"{otherwise} within {REACTION_SECONDS:.0f} seconds; is its worker running?")
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, 1.0)


def _first(troubles: BaseExceptionGroup[Trouble]) -> Trouble:
    found: BaseException = troubles
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Trouble)
    return found
