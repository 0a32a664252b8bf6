"""What a record says in one sentence, and what the parts of its envelope and payload are called.

The sentences are those of the producers' catalogues, which a service may not import: a test holds that each type has
its own here. A type or field that is new and not yet known is shown by its name.
"""

from collections.abc import Mapping

from shared.web.messages import N_

SENTENCES: Mapping[str, str] = {
    "unit.registered": N_("A unit of the region was registered."),
    "unit.renamed": N_("A unit got another official name, or other aliases; its former name is among the aliases."),
    "unit.staff-counted": N_(
        "The number of a unit's civil servants on a day, with its source; targets by civil servant are held against it."
    ),
    "programme.requested": N_("A region asked LAN to facilitate a laboratory."),
    "programme.agreed": N_("LAN and the region signed a memorandum of understanding."),
    "programme.stage-scheduled": N_("A stage got its dates in the programme's calendar."),
    "programme.stage-opened": N_("A stage of the programme began."),
    "programme.stage-completed": N_("A stage of the programme was completed."),
    "programme.stages-labelled": N_(
        "The region chose its own labels for stages; a stage without one keeps the canonical name."
    ),
    "programme.session-scheduled": N_("A session of the laboratory was set: its stage, dates, venue and mentors."),
    "programme.attendance-recorded": N_(
        "The units that came to a session were recorded; it replaces an earlier record of the same session."
    ),
    "programme.target-set": N_(
        "The programme set itself a target; for one unit, or for the region where no unit is named."
    ),
    "programme.gates-chosen": N_("The programme chose which transitions need a panel, and with which rubric."),
    "programme.commitment-signed": N_("The head of a unit signed the commitment declaration."),
    "programme.count-stated": N_(
        "Somebody stated a count in public; it stands beside the counts of the log, with who said it."
    ),
    "programme.stalled": N_("The programme came to a halt, with its reason."),
    "programme.resumed": N_("The programme went on after a halt."),
    "programme.closed": N_("The programme was closed with a report."),
    "innovation.proposed": N_("A unit put an innovation forward."),
    "innovation.idea-saved": N_("The idea of an innovation was written anew."),
    "innovation.team-named": N_("The team of an innovation was named, by opaque ids of persons."),
    "innovation.diagnosis-saved": N_(
        "The problem, who is affected, its root causes, the evidence and a simple solution were written down."
    ),
    "innovation.design-saved": N_("The design of an innovation was written down."),
    "innovation.launched": N_("An innovation was launched."),
    "innovation.milestone-done": N_("A milestone of the action plan was reached."),
    "innovation.evidence-saved": N_("The evidence of an innovation's delivery was written down."),
    "innovation.outcome-measured": N_("An indicator of an innovation was measured."),
    "innovation.display-saved": N_(
        "What the public reads of an innovation was written down: summary, outcomes to show, notes for replication."
    ),
    "innovation.stage-submitted": N_("A unit submitted its innovation to a gate."),
    "innovation.stage-advanced": N_("An innovation moved on to its next stage."),
    "innovation.returned": N_(
        "An innovation was returned, with what must change; to the same stage where a gate asked for revision."
    ),
    "innovation.declined": N_("A gate declined an innovation; it stays in its stage and may be submitted anew."),
    "innovation.displayed": N_("An innovation was shown to the public: the end of its way through the five stages."),
    "innovation.confirmation-asked": N_(
        "A unit was asked whether its launched innovation still runs; it is asked every six months."
    ),
    "innovation.running-confirmed": N_("A unit confirmed that its innovation still runs."),
    "innovation.withdrawn": N_("A unit withdrew its innovation."),
    "innovation.retired": N_("An innovation was retired because it brings no benefit any more."),
    "festival.announced": N_("A festival was announced, with its days and its venue."),
    "festival.changed": N_("A festival got another title, other words, days or another venue."),
    "festival.innovations-chosen": N_(
        "The innovations that a festival shows were chosen, in their order; it replaces an earlier choice."
    ),
    "festival.scheduled": N_("The schedule of a festival was set; it replaces an earlier one."),
    "festival.top-named": N_(
        "The best of a festival were named, first place first, with the grounds; it replaces an earlier naming."
    ),
    "festival.cancelled": N_("A festival will not take place."),
    "rubric.published": N_("A version of a rubric was published; running assessments keep theirs."),
    "reviewer.registered": N_(
        "A person was admitted to the pool of reviewers, or the entry was renewed: where from, for what, for how many."
    ),
    "assessment.opened": N_("An assessment was opened because an innovation was submitted to a gate."),
    "assessment.reviewer-assigned": N_(
        "A reviewer was assigned to the panel under a pseudonym, perhaps over a relation that bars others."
    ),
    "assessment.conflict-cleared": N_(
        "A reviewer declared to have no conflict of interest; only now does the dossier open."
    ),
    "assessment.reviewer-recused": N_("A reviewer declared a conflict of interest and left the panel."),
    "assessment.reviewer-released": N_("The chair released a reviewer who had not scored."),
    "assessment.scorecard-submitted": N_("A reviewer handed in a scorecard, sealed until the assessment is concluded."),
    "assessment.scorecard-revised": N_("A reviewer replaced the scorecard; the one before it stays in the record."),
    "assessment.panel-completed": N_(
        "Every assigned reviewer has scored, been recused or been released: the chair may now read the scores."
    ),
    "assessment.moderation-opened": N_(
        "The reviewers differ so widely that the panel is asked to talk before the chair determines the outcome."
    ),
    "assessment.remark-made": N_("Somebody of the panel, or its chair, said something in the moderation."),
    "assessment.moderation-closed": N_("The chair ended the moderation; scores stand as they then were."),
    "assessment.round-opened": N_(
        "The panel was asked for a further round, with a rubric of its own; earlier rounds stay as they are."
    ),
    "assessment.presentation-scheduled": N_(
        "The unit was given its time to present, in minutes to present and minutes to be interviewed."
    ),
    "assessment.reviewer-resolved": N_("An auditor learned who sat at a place of a concluded panel, and said why."),
    "assessment.concluded": N_("The chair determined the outcome of an assessment, with the rationale."),
    "assessment.cancelled": N_("An assessment ended without an outcome because its innovation was withdrawn."),
    "feedback.given": N_("A citizen confirmed, rated or complained about an innovation; words wait for a moderator."),
    "feedback.worded": N_("What the citizen wrote; for the region until a moderator publishes it."),
    "feedback.published": N_("A moderator let everybody read what the citizen wrote."),
    "feedback.withheld": N_("A moderator kept what was said from the public: it is neither shown nor counted."),
    "feedback.answered": N_("The unit answered what the citizen said."),
    "feedback.answer-worded": N_("What the unit answered; a later answer replaces an earlier one."),
    "feedback.withdrawn": N_("The citizen took back what was said; the words are erased."),
    "person.erased": N_(
        "The erasure of a person's data was ordered; every service obeys. Nobody else is told who it is."
    ),
    "payloads.erased": N_(
        "The contents of earlier events of this log were erased on request; the events stand, and so do their proofs."
    ),
    "access.recorded": N_("Somebody took data away or looked behind a curtain, and said why."),
}

ENVELOPE: Mapping[str, str] = {
    "id": N_("The identity of this record, the same in every copy: what a subscriber tells repetitions by."),
    "source": N_("Which service recorded it, and in the log of which region."),
    "sequence": N_("Its position in that log: counted from 1 on, without a gap."),
    "type": N_("What kind of record it is, and in which version of its form."),
    "subject": N_("The stream: the one thing that this record is about."),
    "streamversion": N_("Which record of that thing it is."),
    "time": N_("When it was recorded (UTC); the date on which something happened is in the data."),
    "actor": N_("Who acted, as an opaque id or a pseudonym: no name stands in a log."),
    "correlationid": N_("What belongs to one request carries the same one."),
    "causationid": N_("The record that this one answers to."),
    "traceparent": N_("Leads operators to the technical trace of the request."),
    "epoch": N_("Counts how often the log was put back from a backup and opened anew."),
    "partitionkey": N_("The region, by which records are kept in order."),
    "datahash": N_("The fingerprint of the data with its salt: proves the data without showing it."),
    "dataschema": N_("Where the form of the data is written down."),
    "datacontenttype": N_("How the data is written."),
    "specversion": N_("The version of CloudEvents, the standard of this envelope."),
}

FIELDS: Mapping[str, str] = {
    "innovation_id": N_("Innovation"),
    "programme_id": N_("Programme"),
    "unit_id": N_("Unit"),
    "assessment_id": N_("Assessment"),
    "title": N_("Title"),
    "name": N_("Name"),
    "short_name": N_("Short name"),
    "aliases": N_("Aliases"),
    "kind": N_("Kind"),
    "edition": N_("Edition"),
    "coordinator_office": N_("Coordinated by"),
    "requested_on": N_("Requested on"),
    "note": N_("Note"),
    "mou_number": N_("Memorandum"),
    "parties": N_("Parties"),
    "signed_on": N_("Signed on"),
    "valid_until": N_("Valid until"),
    "scope": N_("Scope"),
    "stage": N_("Stage"),
    "from_stage": N_("From stage"),
    "to_stage": N_("To stage"),
    "opens_on": N_("Opens on"),
    "closes_on": N_("Closes on"),
    "opened_on": N_("Opened on"),
    "completed_on": N_("Completed on"),
    "proposed_on": N_("Put forward on"),
    "launched_on": N_("Launched on"),
    "displayed_on": N_("Displayed on"),
    "submitted_on": N_("Submitted on"),
    "advanced_on": N_("Moved on (date)"),
    "returned_on": N_("Returned on"),
    "declined_on": N_("Declined on"),
    "withdrawn_on": N_("Withdrawn on"),
    "retired_on": N_("Retired on"),
    "concluded_on": N_("Concluded on"),
    "measured_on": N_("Measured on"),
    "stated_on": N_("Stated on"),
    "stated_by": N_("Stated by"),
    "stalled_on": N_("Halted on"),
    "resumed_on": N_("Resumed on"),
    "closed_on": N_("Closed on"),
    "innovations": N_("Innovations"),
    "units": N_("Units"),
    "meaning": N_("Meaning"),
    "idea": N_("Idea"),
    "sector": N_("Sector"),
    "initiator": N_("Put forward by"),
    "channel": N_("Came by way of"),
    "adapted_from": N_("Adapted from"),
    "is_example": N_("Example"),
    "source": N_("Source"),
    "place": N_("Place"),
    "venue": N_("Venue"),
    "remark": N_("Remark"),
    "reason": N_("Reason"),
    "report": N_("Report"),
    "value": N_("Value"),
    "measure": N_("Measure"),
    "due_on": N_("Due on"),
    "indicator_id": N_("Indicator"),
    "public_summary": N_("Summary for the public"),
    "replication_notes": N_("Notes for those who copy it"),
    "required_changes": N_("What must change"),
    "rationale": N_("Rationale"),
    "outcome": N_("Outcome"),
    "score": N_("Score"),
    "starts_on": N_("Starts on"),
    "ends_on": N_("Ends on"),
    "civil_servants": N_("Civil servants"),
    "counted_on": N_("Counted on"),
    "asked_on": N_("Asked on"),
    "confirmed_on": N_("Confirmed on"),
    "festival_id": N_("Festival"),
    "about": N_("About"),
    "innovation_ids": N_("Innovations, in order"),
    "slots": N_("Schedule"),
    "category": N_("Category"),
    "grounds": N_("Grounds"),
    "named_on": N_("Named on"),
    "cancelled_on": N_("Cancelled on"),
    "request": N_("Erasure"),
    "positions": N_("Positions"),
    "labels": N_("Labels"),
    "feedback_id": N_("Opinion"),
    "stars": N_("Stars"),
    "worded": N_("With words"),
    "given_on": N_("Given on"),
    "published_on": N_("Published on"),
    "withheld_on": N_("Withheld on"),
    "answered_on": N_("Answered on"),
}
