"""What the demonstration is made of: commands in their order, what is waited for between them, and their keys.

A path or a text of a body may hold `{name}` for an id that is known only when it is played: `{innovation}` and
`{assessment 1}` (of the first submission) in the own script, `{original:36.74/title}` of another, `{person:sub}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import rfc8785

_NAMESPACE = UUID("7f0c4a52-3f5e-5d0b-8a64-5b8c1f0e9d27")
_NAME = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command: where it goes, what it says, and who gives it (a demonstration person, LAN's machine for None).

    `keeps` says which field of the answer is known by which name from then on.
    """

    method: str = "POST"
    path: str
    body: Mapping[str, Any]
    actor: str | None = None
    keeps: tuple[str, str] | None = None

    def key(self, script: str) -> str:
        """Give its idempotency key, which follows from the script's name and from what the step says."""
        content = rfc8785.dumps([script, self.actor, self.method, self.path, dict(self.body)])
        return str(uuid5(_NAMESPACE, content.decode()))


@dataclass(frozen=True)
class AwaitAssessment:
    """Wait until review has opened the assessment of this submission; from then on it is `{assessment N}`."""

    submission_no: int


@dataclass(frozen=True)
class AwaitDecision:
    """Wait until submission has carried out what the panel of this submission concluded."""

    submission_no: int


Act = Step | AwaitAssessment | AwaitDecision


@dataclass(frozen=True)
class Script:
    """What one innovation goes through; its name is the region and the title."""

    name: str
    region: str
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class RegionPlan:
    """What a region goes through: its units and programmes, then all its innovations at once, then the end."""

    region: str
    opening: tuple[Step, ...]
    innovations: tuple[Script, ...]
    closing: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The whole demonstration: the pool of reviewers first, then the regions side by side."""

    pool: tuple[Step, ...]
    regions: tuple[RegionPlan, ...]

    def scripts(self) -> Iterator[Script]:
        """Give all that is played one step after another, in an order in which it could be."""
        yield Script("pool", "00", self.pool)
        for each in self.regions:
            yield Script(f"{each.region}/opening", each.region, each.opening)
        for each in self.regions:
            yield from each.innovations
        for each in self.regions:
            if each.closing:
                yield Script(f"{each.region}/closing", each.region, each.closing)

    @property
    def acts(self) -> int:
        """How many acts there are in all."""
        return sum(len(each.acts) for each in self.scripts())


def names_in(value: Any) -> set[str]:
    """Give the names that a path or a body waits for."""
    if isinstance(value, str):
        return set(_NAME.findall(value))
    if isinstance(value, Mapping):
        value = list(value.values())
    return set().union(*map(names_in, value)) if isinstance(value, list | tuple) else set()


def fill(value: Any, names: Mapping[str, str]) -> Any:
    """Give a path or a body with every `{name}` replaced; raise KeyError for a name that is not known."""
    if isinstance(value, str):
        return _NAME.sub(lambda found: names[found.group(1)], value)
    if isinstance(value, Mapping):
        return {name: fill(each, names) for name, each in value.items()}
    return [fill(each, names) for each in value] if isinstance(value, list | tuple) else value
