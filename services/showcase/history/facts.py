"""Why a number is what it is that counts something else than innovations.

Commitments, attendance, units reached, days at a stage, outcomes, copies, civil servants: each is a list of facts, as
many as the number says, with their records.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.showcase import queries
from services.showcase.editions import never_came, signed_by
from services.showcase.incoming import STAGES
from services.showcase.queries import Model, Rows, portraits
from shared.domain import Invalid, NotFound
from shared.web.messages import N_

# More than a region has of anything that is listed here; a list is never longer.
LIMIT = 5000


class NoStage(Invalid):
    """There is no such stage."""


class NoNumber(Invalid):
    """This must be a whole number from 1 on."""


@dataclass(frozen=True)
class Asked:
    """What is asked about: a region up to a day, perhaps one of its programmes, and what else the query names."""

    region: str
    as_of: date
    parameters: Mapping[str, str]

    @property
    def programme(self) -> str | None:
        """The programme that is asked about, None for all."""
        return self.get("programme")

    def get(self, name: str) -> str | None:
        """Give a parameter, None where it is not given."""
        return self.parameters.get(name, "").strip() or None


@dataclass(frozen=True)
class Fact:
    """One thing that was counted: what it is and where its page is, a figure, a day, and the position of its record."""

    name: str
    path: str | None
    value: Any = None
    on: date | str | None = None
    position: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Explained:
    """A number with the facts that it counts; `value` and `on` are the headings of their figures and days."""

    number: int
    label: str
    definition: str
    facts: tuple[Fact, ...]
    value: str | None = None
    on: str | None = None
    subject: str = ""


def _named(model: Model, region: str) -> dict[str, Any]:
    return {row.unit_id: row for row in queries.region_units(model, region)}


def _unit(units: Mapping[str, Any], unit_id: str, **values: Any) -> Fact:
    known = units.get(unit_id)
    return Fact(known.name if known else unit_id, f"/units/{unit_id}", **values)


def _programme(model: Model, asked: Asked) -> Any:
    """Give the programme that is asked about; raise NotFound."""
    if asked.programme is None:
        raise NotFound
    return queries.region_programme(model, asked.region, asked.programme)


def _committed(model: Model, asked: Asked) -> Explained:
    signed = signed_by(_programme(model, asked).commitments, asked.as_of)
    units = _named(model, asked.region)
    return Explained(
        number=len(signed),
        label=N_("Units committed"),
        definition=N_("Units whose head signed the declaration of commitment on or before this date."),
        facts=tuple(_unit(units, each["unit_id"], on=each["signed_on"], position=each["position"]) for each in signed),
        on=N_("Signed on"),
    )


def _attended(model: Model, asked: Asked) -> Explained:
    found = [each for each in _programme(model, asked).sessions or () if each["session_id"] == asked.get("session")]
    if not found or found[0]["unit_ids"] is None:
        raise NotFound
    [session] = found
    units = _named(model, asked.region)
    position = session["attendance_position"]
    return Explained(
        number=len(session["unit_ids"]),
        label=N_("Units present"),
        definition=N_("Units that came to this session, as its attendance was recorded last."),
        facts=tuple(_unit(units, each, position=position) for each in session["unit_ids"]),
        subject=session["title"],
    )


def _absent(model: Model, asked: Asked) -> Explained:
    missing = never_came(_programme(model, asked), asked.as_of)
    if missing is None:
        raise NotFound
    units = _named(model, asked.region)
    return Explained(
        number=len(missing),
        label=N_("Committed, but never came"),
        definition=N_(
            "Units that signed the commitment and are in no recorded attendance; the record is the signature."
        ),
        facts=tuple(_unit(units, each["unit_id"], on=each["signed_on"], position=each["position"]) for each in missing),
        on=N_("Signed on"),
    )


_REACHED = """
SELECT i.unit_id, count(*) AS innovations,
       (array_agg(i.first_position ORDER BY i.proposed_on, i.first_position))[n.least] AS position,
       (array_agg(i.proposed_on ORDER BY i.proposed_on, i.first_position))[n.least] AS reached_on
FROM {s}.innovation i CROSS JOIN (SELECT %(least)s::int AS least) n
WHERE i.region = %(region)s AND i.proposed_on <= %(as_of)s
  AND (%(programme)s::text IS NULL OR i.programme_id = %(programme)s)
  AND (%(unit)s::text IS NULL OR i.unit_id = %(unit)s)
GROUP BY i.unit_id, n.least HAVING count(*) >= n.least ORDER BY i.unit_id LIMIT %(limit)s
"""


def _reached(model: Model, asked: Asked) -> Explained:
    least = asked.get("least") or "1"
    if not (re.fullmatch(r"\d{1,6}", least, re.ASCII) and 1 <= int(least) <= LIMIT):
        raise NoNumber(field="least")
    rows = model.run(
        _REACHED,
        {
            "region": asked.region,
            "as_of": asked.as_of,
            "programme": asked.programme,
            "unit": asked.get("unit"),
            "least": int(least),
            "limit": LIMIT,
        },
    )
    units = _named(model, asked.region)
    found = [_unit(units, row.unit_id, value=row.innovations, on=row.reached_on, position=row.position) for row in rows]
    return Explained(
        number=len(found),
        label=N_("Units reached"),
        definition=N_(
            "Units that put enough innovations forward on or before this date; the record is the one that was enough."
        ),
        facts=tuple(sorted(found, key=lambda fact: fact.name)),
        value=N_("Innovations"),
        on=N_("Put forward"),
    )


def _staff(model: Model, asked: Asked) -> Explained:
    counted = [row for row in queries.region_units(model, asked.region) if row.civil_servants is not None]
    return Explained(
        number=sum(row.civil_servants for row in counted),
        label=N_("Civil servants"),
        definition=N_("Of the units whose civil servants were counted, by the newest count of each."),
        facts=tuple(
            Fact(row.name, f"/units/{row.unit_id}", row.civil_servants, row.counted_on, row.counted_position)
            for row in counted
        ),
        value=N_("Civil servants"),
        on=N_("Counted on"),
    )


def _stage(asked: Asked) -> str:
    stage = asked.get("stage")
    if stage not in STAGES:
        raise NoStage(field="stage")
    return stage


def _portrayed(model: Model, what: str, asked: Asked, only: str | None = None) -> Rows:
    return portraits.portrayed(
        model, what, asked.region, asked.as_of, programme=asked.programme, only=only, limit=LIMIT
    )


def _stays(model: Model, asked: Asked) -> Explained:
    stage = _stage(asked)
    rows = _portrayed(model, "stays", asked, stage)
    return Explained(
        number=len(rows),
        label=N_("Stays at a stage that ended"),
        definition=N_(
            "From the day on which an innovation came to the stage to the day on which it moved on, was returned or"
            " was displayed; the record is the one by which it left."
        ),
        facts=tuple(
            Fact(row.title, f"/innovations/{row.innovation_id}", row.days, row.left_on, row.left_position)
            for row in rows
        ),
        value=N_("Days"),
        on=N_("Left on"),
        subject=stage.capitalize(),
    )


def _came(model: Model, asked: Asked) -> Explained:
    stage = _stage(asked)
    rows = _portrayed(model, "came", asked, stage)
    return Explained(
        number=len(rows),
        label=N_("Innovations that came to a stage"),
        definition=N_("Innovations that came to this stage on or before this date, wherever they stand now."),
        facts=tuple(
            Fact(row.title, f"/innovations/{row.innovation_id}", None, row.happened_on, row.position) for row in rows
        ),
        on=N_("Happened on"),
        subject=stage.capitalize(),
    )


def _outcomes(what: str, label: str, definition: str) -> "Explain":
    def explain(model: Model, asked: Asked) -> Explained:
        rows = _portrayed(model, what, asked)
        return Explained(
            number=len(rows),
            label=label,
            definition=definition,
            facts=tuple(
                Fact(
                    row.title,
                    f"/innovations/{row.innovation_id}",
                    Decimal(row.value) if row.value is not None else None,
                    row.measured_on,
                    row.position,
                    f"{row.name}: {row.baseline} → {row.target} {row.unit_of_measure}",
                )
                for row in rows
            ),
            value=N_("Measured"),
            on=N_("Measured on"),
        )

    return explain


def _adapted(model: Model, asked: Asked) -> Explained:
    rows = _portrayed(model, "adapted", asked)
    return Explained(
        number=len(rows),
        label=N_("Copies in other regions"),
        definition=N_("Innovations of other regions that were adapted from one of here, put forward by this date."),
        facts=tuple(
            Fact(row.copy_title, f"/innovations/{row.copy_id}", None, row.proposed_on, row.first_position, row.title)
            for row in rows
        ),
        on=N_("Put forward"),
    )


Explain = Callable[[Model, Asked], Explained]

FACTS: Mapping[str, Explain] = {
    "committed": _committed,
    "attended": _attended,
    "absent": _absent,
    "reached": _reached,
    "staff": _staff,
    "stays": _stays,
    "came": _came,
    "outcomes": _outcomes(
        "outcomes",
        N_("Outcome indicators shown"),
        N_("Outcome indicators that the public sees, of innovations put forward on or before this date."),
    ),
    "measured": _outcomes(
        "measured",
        N_("Outcome indicators measured"),
        N_("Outcome indicators that the public sees, with a measurement on or before this date."),
    ),
    "target_reached": _outcomes(
        "target_reached",
        N_("Outcome targets reached"),
        N_("Outcome indicators that the public sees, whose newest measurement up to this date meets the target."),
    ),
    "adapted": _adapted,
}
"""The numbers that are explained here, by the name of the count in the address."""
