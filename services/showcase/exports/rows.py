"""An innovation as a row for a national system, with what it lacks there, by the rules of a year. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.showcase import views, words
from services.showcase.exports.rules import Answer, Column, Indicator, Rules
from shared.sheets import Cell
from shared.web.formats import Formats
from shared.web.messages import N_

MISSING = N_("%(what)s: nothing recorded")
TOO_SHORT = N_("%(what)s: %(n)s words, at least %(bound)s are needed")
TOO_LONG = N_("%(what)s: %(n)s words, at most %(bound)s are allowed")
YES, NO = N_("Yes"), N_("No")
MATURITY = {"idea": N_("Initiative"), "trial": N_("Trial"), "in-use": N_("In use")}
DIGITAL, NON_DIGITAL = N_("Digital"), N_("Non-digital")

Gettext = Callable[[str], str]
# What stands in a row is for the national system, whatever the language of the page.
_INDONESIAN = Formats("id")


@dataclass(frozen=True)
class Lack:
    """What is missing, as a sentence or a name, and whether the system takes nothing without it."""

    what: str
    mandatory: bool


@dataclass(frozen=True)
class Line:
    """A row of an export: the values by column, the parameter of each indicator that is known, and what is missing.

    What is mandatory comes first among what is missing. `to_judge` names indicators for which something is recorded
    whose parameter only people can tell.
    """

    innovation_id: str
    title: str
    unit: str
    stage: str
    values: Mapping[str, Cell]
    parameters: Mapping[int, int]
    to_judge: Sequence[str]
    missing: Sequence[Lack]
    score: int

    @property
    def complete(self) -> bool:
        """Whether nothing that is mandatory is missing."""
        return not any(lack.mandatory for lack in self.missing)


def lines(rules: Rules, rows: Sequence[Row[Any]], copies: Mapping[str, int], public_url: str, _: Gettext) -> list[Line]:
    """Give the lines of innovations, by unit and title; `copies` says how many other regions copied each."""
    made = [_line(rules, row, facts(row, rules, copies.get(row.innovation_id, 0), public_url, _), _) for row in rows]
    return sorted(made, key=lambda line: (line.unit.casefold(), line.title.casefold(), line.innovation_id))


def not_held(rules: Rules) -> list[Lack]:
    """Give the names of what a system asks for that no record of ours holds, so that it is filled in there."""
    columns = [Lack(column.label, column.required) for column in rules.columns if column.source is None]
    unanswered = [indicator for indicator in rules.indicators if rules.answer(indicator) is None]
    return columns + [Lack(indicator.name, indicator.mandatory) for indicator in unanswered]


def facts(row: Row[Any], rules: Rules, copies: int, public_url: str, _: Gettext) -> dict[str, Cell]:
    """Give what is recorded of an innovation under the names that rules use; None where nothing is."""
    diagnosis, design = row.diagnosis or {}, row.design or {}
    reached = {each["to_stage"]: each["happened_on"] for each in row.journey or () if each["kind"] == "advanced"}
    trial_on = date.fromisoformat(reached["deliver"]) if "deliver" in reached else None
    digital = design.get("digital")
    maturity = "in-use" if row.launched_on else "trial" if trial_on else "idea"
    return {
        "title": row.title,
        "unit": row.unit_name or row.unit_id,
        "maturity": _(MATURITY[maturity]),
        "initiator": words.word(_, "initiator", row.initiator),
        "digital": None if digital is None else _(DIGITAL) if digital else _(NON_DIGITAL),
        "form": words.word(_, "form", design.get("form")) or None,
        "sector": words.word(_, "sector", row.sector),
        "basic_service": _(YES if row.sector in rules.basic_service else NO),
        "trial_on": trial_on,
        "launched_on": row.launched_on,
        "launched_year": row.launched_on.year if row.launched_on else None,
        "months_to_launch": _months(row.proposed_on, row.launched_on),
        "design": design.get("design") or None,
        "purpose": diagnosis.get("simple_solution") or None,
        "significance": _joined(diagnosis.get("problem"), diagnosis.get("affected"), _results(row)),
        "results": _results(row),
        "summary": row.public_summary or None,
        "replication_notes": row.replication_notes or None,
        "sustainability": _joined(design.get("legal_basis"), design.get("resources")),
        "legal_basis": design.get("legal_basis") or None,
        "resources": design.get("resources") or None,
        "sdgs": ", ".join(str(each) for each in design.get("sdgs", ())) or None,
        "video": row.video_url or None,
        "copying_regions": copies or None,
        "complaints_answered_percent": 100 * row.answered // row.complaints if row.complaints else None,
        "people_reached": _people(row, rules),
        "address": f"{public_url}/innovations/{row.innovation_id}",
    }


def _line(rules: Rules, row: Row[Any], known: Mapping[str, Cell], _: Gettext) -> Line:
    missing = [Lack(what, column.required) for column in rules.columns if (what := _lack(column, known, _))]
    parameters, to_judge = {}, []
    for indicator in rules.indicators:
        answer = rules.answer(indicator)
        if answer is None:
            continue
        value = known[answer.source]
        if value is None:
            missing.append(Lack(_(MISSING) % {"what": indicator.name}, indicator.mandatory))
        elif (parameter := _parameter(answer, value)) is not None:
            parameters[indicator.no] = parameter
        else:
            to_judge.append(indicator.name)
    return Line(
        innovation_id=row.innovation_id,
        title=row.title,
        unit=str(known["unit"]),
        stage=row.stage,
        values={column.key: known[column.source] if column.source else None for column in rules.columns},
        parameters=parameters,
        to_judge=to_judge,
        missing=sorted(missing, key=lambda lack: not lack.mandatory),
        score=_score(rules.indicators, parameters),
    )


def _lack(column: Column, known: Mapping[str, Cell], _: Gettext) -> str | None:
    """Give what a column lacks; None where it is as it is to be, or no record of ours would hold it."""
    if column.source is None:
        return None
    value = known[column.source]
    if value is None:
        return _(MISSING) % {"what": column.label} if column.required else None
    n = len(str(value).split())
    if column.at_least_words is not None and n < column.at_least_words:
        return _(TOO_SHORT) % {"what": column.label, "n": n, "bound": column.at_least_words}
    if column.at_most_words is not None and n > column.at_most_words:
        return _(TOO_LONG) % {"what": column.label, "n": n, "bound": column.at_most_words}
    return None


def _parameter(answer: Answer, value: Cell) -> int | None:
    """Give the highest parameter that a value reaches, 1 to 3; None where that is for people to say."""
    if isinstance(value, str):
        found = [n for n, names in enumerate(answer.one_of, start=1) if any(_says(value, name) for name in names)]
    elif isinstance(value, (int, Decimal)):
        found = [n for n, bound in enumerate(answer.at_least, start=1) if value >= bound]
        found += [n for n, most in enumerate(answer.at_most, start=1) if most is None or value <= most]
    else:
        found = []
    return max(found, default=None)


def _says(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) is not None


def _score(indicators: Sequence[Indicator], parameters: Mapping[int, int]) -> int:
    return sum(indicator.weight * parameters.get(indicator.no, 0) for indicator in indicators)


def _months(begin: date, end: date | None) -> int | None:
    """Give the months from the proposal to the launch, a month begun counted whole; at least one."""
    if end is None:
        return None
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return max(1, months + (end.day > begin.day))


def _people(row: Row[Any], rules: Rules) -> Decimal | None:
    """Give the greatest newest figure that counts people."""
    units = {unit for answer in rules.answered_by for unit in answer.units}
    counted = [
        figure.actual
        for figure in views.figures(row)
        if figure.actual is not None and figure.unit_of_measure.strip().casefold() in units
    ]
    return max(counted, default=None)


def _results(row: Row[Any]) -> str | None:
    """Give the measured outcomes as lines: the name, the figure before, and the newest with its day."""
    told = [
        f"{figure.name}: {_INDONESIAN.number(figure.baseline)} → {_INDONESIAN.number(figure.actual)}"
        f" {figure.unit_of_measure} ({_INDONESIAN.day(figure.actual_on)})"
        for figure in views.figures(row)
        if figure.kind == "outcome" and figure.actual is not None
    ]
    return "\n".join(told) or None


def _joined(*texts: str | None) -> str | None:
    return "\n\n".join(text for text in texts if text) or None
