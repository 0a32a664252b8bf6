"""What a coordinator, or LAN, can record of a programme by a form: one entry a form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.submission.desk import programmes as desk
from services.submission.desk.asked import Asked
from services.submission.desk.programmes import (
    Agreement,
    Attendance,
    Closing,
    Commitment,
    Completion,
    Gates,
    Labels,
    NewSession,
    Opening,
    Resumption,
    StageDates,
    Stall,
    StatedCount,
    Target,
)
from services.submission.domain.programme import Programme
from services.submission.domain.vocabulary import Stage
from shared.web.messages import N_

Values = Mapping[str, Any]


class StageOpening(Opening):
    """Which stage began, and when."""

    stage: Stage


class StageCompletion(Completion):
    """Which stage was completed, and when."""

    stage: Stage


class SessionAttendance(Attendance):
    """Which session, and the units that came."""

    session_id: str


@dataclass(frozen=True, kw_only=True)
class ProgrammeForm:
    """A form: its heading and what it is for, the body that it fills in, what is done, and what it shows at first.

    `beside` finds the fields of errors in a form that has another shape than its body.
    """

    title: str
    lead: str
    body: type[BaseModel]
    act: Callable[[Asked, str, Any], object]
    values: Callable[[Programme, Values], Values] = lambda *_: {}
    lists: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict
    lan_only: bool = False
    beside: Callable[[Values, Mapping[str, str]], Mapping[str, str]] = lambda _, errors: errors


def _chosen_gates(filled: dict[str, Any]) -> dict[str, Any]:
    """Give the gates for which a rubric was chosen; the form has a row for every transition.

    A choice is an id and a version, written as one value.
    """
    return {"gates": [row | _rubric_of(str(row["rubric_id"])) for _, row in _with_rubric(filled)]}


def _with_rubric(filled: Values) -> list[tuple[int, dict[str, Any]]]:
    rows = filled.get("gates", [])
    return [(place, row) for place, row in enumerate(rows) if isinstance(row, dict) and "rubric_id" in row]


def rubric_choice(rubric_id: str, version: int) -> str:
    """Give the value by which the form names a version of a rubric."""
    return f"{rubric_id}/{version}"


def _rubric_of(choice: str) -> dict[str, Any]:
    rubric_id, _, version = choice.rpartition("/")
    return {"rubric_id": rubric_id, "rubric_version": version}


def _beside_gates(filled: Values, errors: Mapping[str, str]) -> dict[str, str]:
    """Give the errors by the rows of the form, of which the command has only those with a rubric."""
    place_of = {str(number): place for number, (place, _) in enumerate(_with_rubric(filled))}
    found = {}
    for path, sentence in errors.items():
        match path.split("/"):
            case ["gates", number, name] if number in place_of:
                found[f"gates/{place_of[number]}/{'rubric_id' if name == 'rubric_version' else name}"] = sentence
            case _:
                found[path] = sentence
    return found


def _gate_rows(programme: Programme, _: Values) -> Values:
    stages = list(Stage)[:-1]
    gates = {gate.from_stage: gate for gate in programme.gates}
    rows = (vars(gates[stage]) if stage in gates else {} for stage in stages)
    return {
        "gates": [
            row | {"rubric_id": rubric_choice(row["rubric_id"], row["rubric_version"])} if row else {} for row in rows
        ]
    }


def _schedule(programme: Programme, asked: Values) -> Values:
    found = programme.schedule.get(Stage(asked["stage"])) if asked.get("stage") in set(Stage) else None
    return vars(found) if found else {}


def _attended(programme: Programme, asked: Values) -> Values:
    found = programme.attendance.get(asked.get("session_id", ""))
    return vars(found) if found else {}


FORMS: Mapping[str, ProgrammeForm] = {
    "agreement": ProgrammeForm(
        title=N_("Record the agreement"),
        lead=N_("The memorandum of understanding between LAN and the region. With it the programme begins."),
        body=Agreement,
        act=desk.agree,
        lines=("parties", "scope"),
        lan_only=True,
    ),
    "schedule": ProgrammeForm(
        title=N_("Schedule a stage"),
        lead=N_("When the stage is planned to begin and to end."),
        body=StageDates,
        act=desk.schedule_stage,
        values=_schedule,
    ),
    "open": ProgrammeForm(
        title=N_("Open a stage"),
        lead=N_("The stage has begun."),
        body=StageOpening,
        act=lambda asked, ident, body: desk.open_stage(asked, ident, body.stage, body),
    ),
    "complete": ProgrammeForm(
        title=N_("Complete a stage"),
        lead=N_("The stage is over in the whole region."),
        body=StageCompletion,
        act=lambda asked, ident, body: desk.complete_stage(asked, ident, body.stage, body),
    ),
    "labels": ProgrammeForm(
        title=N_("Name the stages"),
        lead=N_("Your region's own names for the five stages. A stage without one keeps the common name."),
        body=Labels,
        act=desk.label_stages,
        values=lambda programme, _: {"labels": programme.labels},
        shape=lambda filled: {"labels": {}} | filled,
    ),
    "session": ProgrammeForm(
        title=N_("Add a session"),
        lead=N_("A meeting of the laboratory: plenary, workshop, consultation, festival."),
        body=NewSession,
        act=desk.schedule_session,
        lines=("mentors",),
    ),
    "attendance": ProgrammeForm(
        title=N_("Record attendance"),
        lead=N_("The units that came to the session. It replaces what was recorded before."),
        body=SessionAttendance,
        act=lambda asked, ident, body: desk.record_attendance(asked, ident, body.session_id, body),
        values=_attended,
        lists=("unit_ids",),
        shape=lambda filled: {"unit_ids": []} | filled,
    ),
    "target": ProgrammeForm(
        title=N_("Set a target"),
        lead=N_("For the whole region, or for one unit. A target of the same kind is replaced."),
        body=Target,
        act=desk.set_target,
    ),
    "gates": ProgrammeForm(
        title=N_("Choose the gates"),
        lead=N_("At a gate a panel decides. Choose the rubric; without one the way is free."),
        body=Gates,
        act=desk.choose_gates,
        values=_gate_rows,
        shape=_chosen_gates,
        beside=_beside_gates,
    ),
    "commitment": ProgrammeForm(
        title=N_("Record a commitment"),
        lead=N_("The head of the unit signed the commitment declaration. Without it its innovations stay in drum-up."),
        body=Commitment,
        act=desk.sign_commitment,
    ),
    "count": ProgrammeForm(
        title=N_("Record a stated count"),
        lead=N_("A number that somebody stated in public. It stands beside the counts of the record."),
        body=StatedCount,
        act=desk.state_count,
    ),
    "stall": ProgrammeForm(
        title=N_("Record a halt"),
        lead=N_("The programme came to a halt. The reason is public."),
        body=Stall,
        act=desk.stall,
    ),
    "resume": ProgrammeForm(
        title=N_("Resume the programme"), lead=N_("The programme goes on."), body=Resumption, act=desk.resume
    ),
    "close": ProgrammeForm(
        title=N_("Close the programme"),
        lead=N_("A closed programme takes no new innovations. Those on their way go on."),
        body=Closing,
        act=desk.close,
    ),
}
