"""The words for closed lists as people read them; English here, translated when shown."""

from shared.web.messages import N_

STATUS = {
    "open": (N_("Panel at work"), "info"),
    "moderation": (N_("In moderation"), "warn"),
    "complete": (N_("Awaiting determination"), "warn"),
    "concluded": (N_("Concluded"), "good"),
    "cancelled": (N_("Cancelled"), "neutral"),
}
SEAT = {
    "assigned": (N_("Has yet to declare"), "warn"),
    "cleared": (N_("Scoring"), "info"),
    "scored": (N_("Scorecard handed in"), "good"),
    "recused": (N_("Recused"), "neutral"),
    "released": (N_("Released"), "neutral"),
}
OUTCOME = {
    "advance": (N_("Advance"), "good"),
    "revise": (N_("Revise"), "warn"),
    "decline": (N_("Decline"), "bad"),
}
CONSEQUENCE = {
    "advance": N_("The innovation moves on to the next stage at once."),
    "revise": N_("The innovation returns to its unit with what must change; it may be submitted again."),
    "decline": N_("The innovation stays in its stage and may be submitted anew."),
}
METHOD = {
    "balanced": N_("Balanced"),
    "random": N_("Drawn by lot"),
}
BAR = {
    "unit": N_("of the submitting unit"),
    "region": N_("of the submitting region"),
    "team": N_("of the innovation's team"),
    "mentor": N_("mentor of its programme"),
}
CHANGE = {
    "new": (N_("New"), "good"),
    "renewed": (N_("Renewed"), "info"),
    "same": (N_("As it is"), "neutral"),
}
CONFLICT = {
    "family": N_("Family or close relation to somebody in the team"),
    "financial": N_("Financial interest"),
    "collaboration": N_("Worked together on this innovation"),
    "mentor": N_("Mentored this innovation"),
    "other": N_("Another reason"),
}
ROUND = {
    "desk": (N_("At the desk"), "neutral"),
    "presentation": (N_("Presentation"), "info"),
}
HISTORY = {
    "assessment.opened": N_("The assessment was opened"),
    "assessment.reviewer-assigned": N_("A reviewer was assigned"),
    "assessment.conflict-cleared": N_("A reviewer declared to have no conflict of interest"),
    "assessment.reviewer-recused": N_("A reviewer was recused"),
    "assessment.reviewer-released": N_("A reviewer was released"),
    "assessment.scorecard-submitted": N_("A scorecard was handed in"),
    "assessment.scorecard-revised": N_("A scorecard was revised"),
    "assessment.panel-completed": N_("The panel was complete"),
    "assessment.moderation-opened": N_("The panel was asked to talk: its scores differ widely"),
    "assessment.remark-made": N_("Something was said in the moderation"),
    "assessment.moderation-closed": N_("The moderation ended"),
    "assessment.round-opened": N_("A further round was opened"),
    "assessment.presentation-scheduled": N_("The presentation was scheduled"),
    "assessment.reviewer-resolved": N_("An auditor learned who a reviewer was"),
    "assessment.concluded": N_("The outcome was determined"),
    "assessment.cancelled": N_("The assessment was cancelled"),
}
SECTOR = {
    "health": N_("Health"),
    "education": N_("Education"),
    "civil-registration": N_("Civil registration"),
    "agriculture": N_("Agriculture"),
    "marine": N_("Marine and fisheries"),
    "tourism": N_("Tourism"),
    "governance": N_("Governance"),
    "public-works": N_("Public works"),
    "social": N_("Social affairs"),
    "environment": N_("Environment"),
    "security": N_("Security"),
    "village": N_("Village affairs"),
    "trade": N_("Trade"),
    "licensing": N_("Licensing"),
    "labour": N_("Labour"),
    "other": N_("Other"),
}
FORM = {
    "governance": N_("Governance"),
    "public-service": N_("Public service"),
    "other": N_("Other"),
}
TYPE = {
    "process": N_("Process"),
    "method": N_("Method"),
    "product": N_("Product"),
    "conceptual": N_("Conceptual"),
    "technology": N_("Technology"),
    "structure": N_("Organisational structure"),
    "relation": N_("Relation"),
    "human-resources": N_("Human resources"),
}
DIMENSION = {
    "faster": N_("Faster"),
    "cheaper": N_("Cheaper"),
    "easier": N_("Easier"),
    "wider": N_("Wider reach"),
}
MAIL = {
    "queued": (N_("Waiting to be sent"), "info"),
    "sending": (N_("Being sent"), "info"),
    "sent": (N_("Sent"), "good"),
    "failed": (N_("Not accepted"), "bad"),
    "held": (N_("Kept here, not sent"), "warn"),
    "uncertain": (N_("Unclear whether it arrived"), "warn"),
}
LETTER = {
    "advance": N_("Letter: advances"),
    "revise": N_("Letter: to be revised"),
    "decline": N_("Letter: does not advance"),
    "due-soon": N_("Reminder: due soon"),
    "overdue": N_("Reminder: overdue"),
    "reminder": N_("Reminder from the chair"),
}
