"""The raw events as SQL tables, and what follows from them: written from the definitions, without the projection's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from services.submission.domain.vocabulary import Stage
from shared.http import today
from tests.services.showcase.site import Running
from tests.services.showcase.wandering import Wandering

INNOVATIONS = 14
STAGES = [each.value for each in Stage]
COOKIE = "labinov_lang=en"
Ask = Callable[..., list[Any]]

# The events with their payloads, and of each innovation what the newest word on it says.
_FACTS = """
CREATE TEMPORARY TABLE raw AS
SELECT region, position, type, d, d->>'innovation_id' AS innovation, d->>'programme_id' AS programme
FROM (SELECT region, position, type, convert_from(wire, 'UTF8')::jsonb->'data' AS d FROM copied_event
      WHERE source = 'submission') e;
CREATE INDEX ON raw (innovation, type);
CREATE TEMPORARY TABLE thing AS
SELECT p.region, p.innovation AS id, p.programme, p.d->>'unit_id' AS unit, p.d->>'sector' AS sector,
       p.d->>'adapted_from' AS origin, (p.d->>'proposed_on')::date AS proposed_on,
       (SELECT max((x.d->>'launched_on')::date) FROM raw x
        WHERE x.innovation = p.innovation AND x.type = 'innovation.launched') AS launched_on,
       (SELECT max((x.d->>'displayed_on')::date) FROM raw x
        WHERE x.innovation = p.innovation AND x.type = 'innovation.displayed') AS displayed_on,
       NOT EXISTS (SELECT FROM raw x WHERE x.innovation = p.innovation
                   AND x.type IN ('innovation.withdrawn', 'innovation.retired')) AS active,
       (SELECT coalesce(CASE x.type WHEN 'innovation.declined' THEN x.d->>'from_stage' ELSE x.d->>'to_stage' END,
                        'drum-up')
        FROM raw x WHERE x.innovation = p.innovation AND x.type IN ('innovation.proposed', 'innovation.stage-advanced',
                                                                    'innovation.returned', 'innovation.declined')
        ORDER BY x.position DESC LIMIT 1) AS stage,
       (SELECT x.type FROM raw x
        WHERE x.innovation = p.innovation AND x.type IN ('innovation.stage-submitted', 'innovation.stage-advanced',
                                                         'innovation.returned', 'innovation.declined',
                                                         'innovation.withdrawn', 'innovation.retired')
        ORDER BY x.position DESC LIMIT 1) AS gate,
       (SELECT x.d->'shown_indicators' FROM raw x WHERE x.innovation = p.innovation
        AND x.type = 'innovation.display-saved' ORDER BY x.position DESC LIMIT 1) AS chosen,
       (SELECT x.d->'indicators' FROM raw x WHERE x.innovation = p.innovation
        AND x.type = 'innovation.design-saved' ORDER BY x.position DESC LIMIT 1) AS designed
FROM raw p WHERE p.type = 'innovation.proposed';
CREATE TEMPORARY TABLE outcome AS
SELECT t.*, k->>'dimension' AS dimension, (k->>'baseline')::numeric AS baseline, (k->>'target')::numeric AS target,
       (SELECT (m.d->>'value')::numeric FROM raw m
        WHERE m.innovation = t.id AND m.type = 'innovation.outcome-measured'
          AND m.d->>'indicator_id' = k->>'indicator_id'
        ORDER BY m.d->>'measured_on' DESC, m.position DESC LIMIT 1) AS value
FROM thing t, jsonb_array_elements(CASE WHEN t.chosen IS NOT NULL THEN t.chosen
                                        WHEN t.stage = 'display' THEN coalesce(t.designed, '[]') ELSE '[]' END) k
WHERE k->>'kind' = 'outcome'
"""
# Reached: at the target or beyond it, away from the baseline.
REACHED = "(value <= target AND target <= baseline OR value >= target AND target > baseline)"


@contextmanager
def asking(running: Running, owner: Engine) -> Iterator[Ask]:
    """Record wandering regions, let the showcase catch up, and give what asks the raw events."""
    Wandering(running.submission, today(), seed=7).record(INNOVATIONS)
    running.catch_up()
    running.copy()
    with owner.connect() as connection:
        connection.exec_driver_sql(_FACTS)

        def asked(query: str, **values: Any) -> list[Any]:
            return [tuple(row) for row in connection.exec_driver_sql(query, values)]

        yield asked


@dataclass(frozen=True)
class Unit:
    """A unit's name, kind and newest number of civil servants."""

    name: str
    kind: str
    civil_servants: int | None


def units(ask: Ask, region: str) -> dict[str, Unit]:
    """Give a region's units by their ids."""
    rows = ask(
        """SELECT u.d->>'unit_id', u.d->>'name', u.d->>'kind',
                  (SELECT (s.d->>'civil_servants')::int FROM raw s WHERE s.type = 'unit.staff-counted'
                   AND s.d->>'unit_id' = u.d->>'unit_id' ORDER BY s.position DESC LIMIT 1)
           FROM raw u WHERE u.type = 'unit.registered' AND u.region = %(r)s""",
        r=region,
    )
    return {ident: Unit(*rest) for ident, *rest in rows}


@dataclass(frozen=True)
class Target:
    """A target beside the records: what there is and what is wanted, as numbers that compare; met None: unknown."""

    measure: str
    unit: str | None
    actual: int
    wanted: int | None
    met: bool | None


def targets(ask: Ask, programme: str) -> list[Target]:
    """Give a programme's targets, the newest word on each."""
    per_unit = dict(ask("SELECT unit, count(*) FROM thing WHERE programme = %(p)s GROUP BY 1", p=programme))
    every = units(ask, programme.partition("-")[0])
    newest = {
        (measure, unit): value
        for measure, unit, value in ask(
            """SELECT d->>'measure', d->>'unit_id', (d->>'value')::int FROM raw
               WHERE type = 'programme.target-set' AND programme = %(p)s ORDER BY position""",
            p=programme,
        )
    }
    found = []
    for (measure, unit), value in newest.items():
        of = [unit] if unit else list(every)
        counts = [per_unit.get(each, 0) for each in of]
        staff = [every[each].civil_servants for each in of]
        known = [each for each in staff if each is not None]
        actual, wanted = {
            "innovations": (sum(counts), value),
            "units-reached": (sum(map(bool, counts)), value),
            "innovations-per-unit": (sum(each >= value for each in counts), len(of)),
            "innovations-per-civil-servant": (sum(counts), value * sum(known) if known else None),
        }[measure]
        met: bool | None = None
        if wanted is not None and actual < wanted:
            met = False
        elif wanted is not None and (measure != "innovations-per-civil-servant" or len(known) == len(staff)):
            met = True
        found.append(Target(measure, unit, actual, wanted, met))
    return found
