"""The stages of a region as its log goes on: how many innovations stood at each after a record, and the way of one.

The drawing has a lane for each stage and one below for what concerns no innovation; records go from left to right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from services.showcase.incoming import STAGES
from services.showcase.queries import Model, Rows
from shared.incoming import Received

_TRANSITIONS = """
SELECT position, innovation_id, kind, to_stage, recorded_at FROM {s}.transition
WHERE region = %(region)s AND position <= %(upto)s ORDER BY position
"""

# What a stream is about, by the names that the live model knows.
_NAMES = """
SELECT 'innovation/' || i.innovation_id AS stream, i.title AS name, i.innovation_id FROM {s}.innovation i
WHERE i.region = %(region)s AND i.innovation_id = ANY(%(ids)s)
UNION ALL
SELECT 'assessment/' || a.assessment_id, i.title, i.innovation_id FROM {s}.assessment a
JOIN {s}.innovation i ON i.region = a.region AND i.innovation_id = a.innovation_id
WHERE a.region = %(region)s AND a.assessment_id = ANY(%(ids)s)
UNION ALL
SELECT 'unit/' || u.unit_id, u.name, NULL FROM {s}.unit u WHERE u.region = %(region)s AND u.unit_id = ANY(%(ids)s)
UNION ALL
SELECT 'programme/' || p.programme_id, p.title, NULL FROM {s}.programme p
WHERE p.region = %(region)s AND p.programme_id = ANY(%(ids)s)
"""

_ENDED = ("withdrawn", "retired")
_MOVED = ("proposed", "advanced", "returned")

LABEL, STEP, LANE, MARGIN = 92, 34, 30, 16


@dataclass(frozen=True)
class Subject:
    """What a stream is about: its name, and the innovation that it concerns, if any."""

    name: str
    innovation_id: str | None


@dataclass(frozen=True)
class Step:
    """A record with the numbers of innovations by stage after it, and the stage of its innovation before and after."""

    event: Received
    subject: Subject | None
    counts: Mapping[str, int]
    before: str | None
    after: str | None


def subjects(model: Model, region: str, events: Iterable[Received]) -> dict[str, Subject]:
    """Give what the streams of these events are about, where the model knows it: one statement."""
    ids = sorted({event.stream.partition("/")[2] for event in events})
    return {
        row.stream: Subject(row.name, row.innovation_id) for row in model.run(_NAMES, {"region": region, "ids": ids})
    }


def steps(model: Model, region: str, events: Sequence[Received], about: Mapping[str, Subject]) -> list[Step]:
    """Give the events with the stages as they were after each, in the order given: one statement."""
    if not events:
        return []
    upto = max(each.position if each.source == "submission" else 2**62 for each in events)
    rows = model.run(_TRANSITIONS, {"region": region, "upto": upto})
    places = {n: _place(rows, event) for n, event in enumerate(events)}
    found: dict[int, Step] = {}
    stage: dict[str, str] = {}
    counts = dict.fromkeys(STAGES, 0)
    done = 0
    for n in sorted(places, key=places.__getitem__):
        event = events[n]
        subject = about.get(event.stream)
        ident = subject.innovation_id if subject else None
        own = event.source == "submission"
        # One less, so that the stage before the event's own transition can be told.
        while done < places[n] and not (own and rows[done].position == event.position):
            _apply(rows[done], stage, counts)
            done += 1
        before = stage.get(ident) if ident else None
        if own and done < len(rows) and rows[done].position == event.position:
            _apply(rows[done], stage, counts)
            done += 1
        found[n] = Step(event, subject, dict(counts), before, stage.get(ident) if ident else None)
    return [found[n] for n in range(len(events))]


def _place(rows: Rows, event: Received) -> int:
    """Give how many of the transitions had been recorded once this event was."""
    if event.source == "submission":
        return sum(row.position <= event.position for row in rows)
    # The longest prefix whose times are not later, as moments are.
    return sum(latest <= event.recorded_at for latest in accumulate((row.recorded_at for row in rows), max))


def _apply(row: Row[Any], stage: dict[str, str], counts: dict[str, int]) -> None:
    if row.kind in _MOVED:
        if row.innovation_id in stage:
            counts[stage[row.innovation_id]] -= 1
        stage[row.innovation_id] = row.to_stage
        counts[row.to_stage] += 1
    elif row.kind in _ENDED and row.innovation_id in stage:
        counts[stage.pop(row.innovation_id)] -= 1


_FRAME = Markup('<line class="lanes__lane" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="lanes__name" y="{}">{}</text>')
_MOVE = Markup('<line class="lanes__move lanes__move--{}" x1="{}" x2="{}" y1="{}" y2="{}"/>')
_DOT = Markup('<circle class="lanes__dot lanes__dot--{}" cx="{}" cy="{}" r="6"><title>{}</title></circle>')


def drawing(found: Sequence[Step], other: str, say: Mapping[int, str]) -> tuple[int, int, Markup]:
    """Give width, height and the inside of the SVG; `other` names the last lane, `say` has the words for each step."""
    lanes = [*STAGES, None]
    y = {lane: MARGIN + n * LANE for n, lane in enumerate(lanes)}
    width, height = LABEL + len(found) * STEP + MARGIN, MARGIN + len(lanes) * LANE
    parts = [
        _FRAME.format(LABEL - 12, width, y[lane], y[lane], y[lane] + 4, (lane or other).capitalize()) for lane in lanes
    ]
    for n, step in enumerate(found):
        x = LABEL + n * STEP + STEP // 2
        lane = step.after or step.before
        if step.before and step.after and step.before != step.after:
            way = "forward" if STAGES.index(step.after) > STAGES.index(step.before) else "back"
            parts.append(_MOVE.format(way, x, x, y[step.before], y[step.after]))
        parts.append(_DOT.format(step.event.source, x, y[lane], say[n]))
    return width, height, Markup("").join(parts)
