"""What a replication begins with: the public words of its original, and what was written at its design.

Nothing of it is recorded until the unit saves it as its own.
"""

from typing import Any

from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation, Status
from services.submission.domain.vocabulary import Channel, Stage
from shared.command_handler import CommandHandler
from shared.domain import NotFound


def original(commands: CommandHandler, innovation_id: str) -> Innovation | None:
    """Give the innovation to adapt from, of any region: one query. None for an unknown or a withdrawn one."""
    try:
        found: Innovation | None = commands.state(INNOVATION, innovation_id)[0]
    except NotFound:
        return None
    return None if found is None or found.status is Status.WITHDRAWN else found


def displayed_original(commands: CommandHandler, replication: Innovation) -> Innovation | None:
    """Give the original of a replication where its diagnosis and design are public: from the stage display on."""
    if replication.proposed.adapted_from is None:
        return None
    found = original(commands, replication.proposed.adapted_from)
    return found if found is not None and found.stage is Stage.DISPLAY else None


def idea(found: Innovation) -> dict[str, Any]:
    """Give what the form of a proposal begins with, but for its title."""
    return {
        "meaning": found.meaning,
        "idea": found.idea,
        "sector": found.sector,
        "channel": Channel.REPLICATION,
        "adapted_from": found.innovation_id,
    }


def diagnosis(found: Innovation, _: Innovation) -> dict[str, Any]:
    """Give what the form of the diagnosis begins with; who is affected here, and the evidence, are the unit's to find.

    Takes the original and the replication.
    """
    written = found.diagnosis
    if written is None:
        return {}
    return {
        "problem": written.problem,
        "root_causes": written.root_causes,
        "simple_solution": written.simple_solution,
    }


def design(found: Innovation, replication: Innovation) -> dict[str, Any]:
    """Give what the form of the design begins with: dates as long after the proposal as the original's were after its.

    The value before is left open, because it has to be measured here; so is the legal basis, which is each region's.
    """
    written = found.design
    if written is None:
        return {}
    later = replication.proposed.proposed_on - found.proposed.proposed_on
    return {
        "design": written.design,
        "form": written.form,
        "types": written.types,
        "digital": written.digital,
        "milestones": [{"title": each.title, "due_on": each.due_on + later} for each in written.milestones],
        "indicators": [
            {
                "kind": each.kind,
                "dimension": each.dimension,
                "name": each.name,
                "target": each.target,
                "unit_of_measure": each.unit_of_measure,
                "due_on": each.due_on + later,
            }
            for each in written.indicators
        ],
        "resources": written.resources,
        "sdgs": written.sdgs,
    }
