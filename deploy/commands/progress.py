"""The sections of `labinov status` beside the processes: heads, lag by region and consumer, parked events, alarms."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from deploy.commands.installed import consumers, service
from deploy.embedded import environment
from deploy.embedded.processes import PRODUCERS, SERVICES
from deploy.embedded.state import State
from shared import parking
from shared.event_log import Head
from shared.seals import ServiceSeals

Rows = list[dict[str, Any]]


def _heads() -> dict[str, dict[str, Head]]:
    heads: dict[str, dict[str, Head]] = {}
    for name in PRODUCERS:
        with service(name) as found:
            heads[name] = {head.region: head for head in found.kernel.log.heads()}
    return heads


def logs(state: State) -> Rows:
    """Give the logs of each producing service: how many regions, how many events."""
    if not (environment.home() / "postgres").exists():
        return []
    try:
        return [
            {"log": name, "regions": len(heads), "events": sum(head.position for head in heads.values())}
            for name, heads in _heads().items()
        ]
    except SQLAlchemyError:
        return []


def lag(state: State) -> Rows:
    """Give consumer and region wherever events wait or a region is halted; one row a consumer where none does."""
    rows: Rows = []
    try:
        heads = _heads()
        for name in SERVICES:
            with service(name) as found:
                for consumer in consumers(found):
                    rows += _lag_of(consumer.name, consumer.source.name, consumer.checkpoints(), heads)
    except SQLAlchemyError:
        return []
    return rows


def _lag_of(consumer: str, source: str, checkpoints: dict[str, Any], heads: dict[str, dict[str, Head]]) -> Rows:
    behind: Rows = []
    for region, head in heads[source].items():
        at = checkpoints.get(region)
        position = at.position if at else 0
        halted = at.halted if at else None
        if position < head.position or halted:
            behind.append(
                {
                    "consumer": consumer,
                    "source": source,
                    "region": region,
                    "lag": head.position - position,
                    "halted": halted,
                }
            )
    return behind or [{"consumer": consumer, "source": source, "region": "all", "lag": 0, "halted": None}]


def parked(state: State) -> Rows:
    """Give how many events each consumer has parked; nothing where there are none."""
    counts: dict[str, int] = {}
    try:
        for name in SERVICES:
            with service(name) as found:
                for each in parking.parked(found.kernel.engine):
                    counts[each.consumer] = counts.get(each.consumer, 0) + 1
    except SQLAlchemyError:
        return []
    return [{"consumer": name, "parked": count} for name, count in counts.items()]


def alarms(state: State) -> Rows:
    """Give why logs are not sealed, and where too few witnesses answer; none while all is well."""
    rows: Rows = []
    for name in PRODUCERS:
        seals = ServiceSeals(state.subfolder("seals") / name)
        for region, alarm in seals.alarms().items():
            rows.append({"log": f"{name}/{region}" if region else name, **alarm})
    return rows
