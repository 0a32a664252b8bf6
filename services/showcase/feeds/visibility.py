"""Which events' payloads the showcase may hand on, and to whom: the producers' declarations, as plain lists.

A type that stands in neither list is handed on without its payload: what was sealed and never reaches the copy, what
is for our own services alone, and what a release newer than this one records.
"""

from shared.envelope import Clearance

PUBLIC = frozenset(
    {
        "feedback.answer-worded",
        "feedback.answered",
        "feedback.given",
        "feedback.published",
        "feedback.withdrawn",
        "feedback.withheld",
        "festival.announced",
        "festival.cancelled",
        "festival.changed",
        "festival.innovations-chosen",
        "festival.scheduled",
        "festival.top-named",
        "innovation.confirmation-asked",
        "innovation.display-saved",
        "innovation.displayed",
        "innovation.idea-saved",
        "innovation.launched",
        "innovation.outcome-measured",
        "innovation.proposed",
        "innovation.retired",
        "innovation.running-confirmed",
        "innovation.stage-advanced",
        "innovation.withdrawn",
        "payloads.erased",
        "programme.agreed",
        "programme.attendance-recorded",
        "programme.closed",
        "programme.commitment-signed",
        "programme.count-stated",
        "programme.gates-chosen",
        "programme.requested",
        "programme.resumed",
        "programme.session-scheduled",
        "programme.stage-completed",
        "programme.stage-opened",
        "programme.stage-scheduled",
        "programme.stages-labelled",
        "programme.stalled",
        "programme.target-set",
        "rubric.published",
        "unit.registered",
        "unit.renamed",
        "unit.staff-counted",
    }
)

REGIONAL = frozenset(
    {
        "assessment.cancelled",
        "assessment.concluded",
        "assessment.moderation-closed",
        "assessment.moderation-opened",
        "assessment.opened",
        "assessment.panel-completed",
        "assessment.presentation-scheduled",
        "assessment.reviewer-resolved",
        "assessment.round-opened",
        "feedback.worded",
        "innovation.declined",
        "innovation.design-saved",
        "innovation.diagnosis-saved",
        "innovation.evidence-saved",
        "innovation.milestone-done",
        "innovation.returned",
        "innovation.stage-submitted",
        "innovation.team-named",
        "reviewer.registered",
    }
)


def may_read(wire_name: str, clearance: Clearance) -> bool:
    """Whether a reader with this clearance in the event's region sees its payload, if the copy holds one."""
    match clearance:
        case Clearance.ENVELOPE:
            return False
        case Clearance.PUBLIC:
            return wire_name in PUBLIC
        case Clearance.REGIONAL | Clearance.AUDIT:
            return wire_name in PUBLIC or wire_name in REGIONAL
        case Clearance.SERVICE | Clearance.OWNER:
            return True
