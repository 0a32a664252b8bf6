"""The counts of innovations that pages show: what each counts, in words and as the one condition that counts it.

A page that counts and a page that lists what was counted use the same condition, so that they cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.showcase.incoming import STAGES
from shared.web.messages import N_


@dataclass(frozen=True)
class Count:
    """A count: its condition on an innovation `i` (with `as_of`, a date), and the transitions that make it hold."""

    condition: str
    label: str
    definition: str
    made_by: tuple[str, ...]
    dated: bool = True

    @property
    def by_stage(self) -> bool:
        """Whether it counts those that stand at one stage, where the transition into that stage made it so."""
        return "advanced" in self.made_by


def _at(stage: str) -> Count:
    return Count(
        condition=f"i.status = 'active' AND i.stage = '{stage}'",
        label=stage.capitalize(),
        definition=N_("Innovations that are neither withdrawn nor retired, by the stage where they stand."),
        made_by=("proposed", "advanced", "returned"),
        dated=False,
    )


COUNTS: Mapping[str, Count] = {
    "registered": Count(
        condition="i.proposed_on <= %(as_of)s",
        label=N_("Put forward"),
        definition=N_("Put forward on or before this date, also those that ended since."),
        made_by=("proposed",),
    ),
    "launched": Count(
        condition="i.launched_on <= %(as_of)s",
        label=N_("Launched"),
        definition=N_("Launched on or before this date, also those that ended since."),
        made_by=("launched",),
    ),
    "displayed": Count(
        condition="i.displayed_on <= %(as_of)s",
        label=N_("Displayed"),
        definition=N_("Shown to the public on or before this date, also those that ended since."),
        made_by=("displayed",),
    ),
    "active": Count(
        condition="i.status = 'active'",
        label=N_("Active"),
        definition=N_("Innovations that are neither withdrawn nor retired."),
        made_by=("proposed",),
        dated=False,
    ),
    **{"in_" + stage.replace("-", "_"): _at(stage) for stage in STAGES},
}


@dataclass(frozen=True)
class Section:
    """A section of an innovation's record: its label, and the condition that it is filled in.

    The condition is on an innovation `i` with its texts `t`.
    """

    label: str
    condition: str


# What makes a launched innovation's record complete. Diagnosis and design are read by the region alone before stage
# display; that they were written is not.
SECTIONS: Mapping[str, Section] = {
    "idea": Section(N_("Idea"), "t.idea <> ''"),
    "diagnosis": Section(N_("Diagnosis"), "t.diagnosis IS NOT NULL"),
    "design": Section(N_("Design"), "t.design IS NOT NULL"),
    "indicators": Section(N_("Indicators"), "coalesce(t.indicators <> '[]', false)"),
    "measurement": Section(
        N_("A measurement"),
        "EXISTS (SELECT FROM {s}.measurement m WHERE m.region = i.region AND m.innovation_id = i.innovation_id)",
    ),
    "summary": Section(N_("Public summary"), "t.public_summary <> ''"),
    "replication": Section(N_("Notes for those who copy it"), "t.replication_notes <> ''"),
}
