"""How one innovation goes its way through the five stages, as far as its goal, with the dates on which it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from deploy.demo.panels import DESIGN_REVIEW, RESULTS_REVIEW, in_moderation, panel, scorecard
from deploy.demo.steps import Act, AwaitAssessment, AwaitDecision, Script, Step
from deploy.demo.texts import Texts

Acts = Iterator[Act]
OWN = "/submission/innovations/{innovation}"


class Goal(StrEnum):
    """How far an innovation goes, and what becomes of it there."""

    IDEA = "idea"
    DIAGNOSING = "diagnosing"
    RETURNED = "returned"
    DESIGNING = "designing"
    WITHDRAWN = "withdrawn"
    FIRST_GATE_OPEN = "first-gate-open"
    FIRST_GATE_HALF = "first-gate-half"
    FIRST_GATE_SCORED = "first-gate-scored"
    FIRST_GATE_REVISED = "first-gate-revised"
    DECLINED = "declined"
    DELIVERING = "delivering"
    RETIRED = "retired"
    EVIDENCED = "evidenced"
    SECOND_GATE_OPEN = "second-gate-open"
    SECOND_GATE_HALF = "second-gate-half"
    SECOND_GATE_SCORED = "second-gate-scored"
    SECOND_GATE_REVISED = "second-gate-revised"
    DISPLAY_STAGE = "display-stage"
    DISPLAYED = "displayed"


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The dates of an innovation's way, each on or after the one before it."""

    proposed: date
    diagnosed_from: date
    designed_from: date
    submitted: date
    admitted: date
    launched: date
    tried: date
    measured: date
    results_submitted: date
    results_admitted: date
    displayed: date

    @classmethod
    def of(cls, start: date, gaps: Sequence[int]) -> "Calendar":
        """Give the calendar that begins on this day, with the days between its ten next dates."""
        days = [start + timedelta(days=each) for each in accumulate(gaps, initial=0)]
        return cls(**dict(zip(cls.__dataclass_fields__, days, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Journey:
    """An innovation, who acts for it, and how far it goes."""

    programme_id: str
    unit_id: str
    texts: Texts
    goal: Goal
    calendar: Calendar
    channel: str = "lab-session"
    adapted_from: str | None = None
    is_example: bool = False
    source: str = ""
    team: tuple[str, ...] = ()
    reviewers: int = 2
    design_gate: bool = True
    coordinator: str | None = None
    member: str | None = None

    @property
    def name(self) -> str:
        """The name of its script, which other innovations know it by."""
        return f"{self.region}/{self.texts.title}"

    @property
    def region(self) -> str:
        """Its region."""
        return self.unit_id.partition("-")[0]

    def script(self) -> Script:
        """Give everything it goes through."""
        return Script(self.name, self.region, tuple(self._acts()))

    def _acts(self) -> Acts:
        goal, on = self.goal, self.calendar
        yield self._propose()
        if goal is Goal.IDEA:
            return
        yield self._do("POST", "/stage", on=on.diagnosed_from)
        if goal is Goal.DIAGNOSING:
            return
        yield self._do("PUT", "/diagnosis", **self.texts.diagnosis())
        yield self._do("POST", "/stage", on=on.designed_from)
        if goal is Goal.RETURNED:
            yield self._end("/return", to_stage="diagnose", required_changes="Contoh: lengkapi bukti masalahnya.")
            return
        milestones = (on.tried.isoformat(), on.measured.isoformat())
        yield self._do("PUT", "/design", **self.texts.design(milestones, on.measured.isoformat()))
        if goal is Goal.WITHDRAWN:
            yield self._end("/withdraw", reason="Contoh: digabungkan dengan layanan lain dari unit yang sama.")
        if goal in (Goal.DESIGNING, Goal.WITHDRAWN):
            return
        yield from self._first_gate()
        if goal in _AT_FIRST_GATE:
            return
        yield from self._deliver()
        if goal in (Goal.DELIVERING, Goal.RETIRED, Goal.EVIDENCED):
            return
        yield from self._second_gate()
        if goal in _AT_SECOND_GATE:
            return
        yield self._do("PUT", "/display", **self.texts.display())
        if goal is Goal.DISPLAYED:
            yield self._do("POST", "/publication", on=on.displayed)

    def _propose(self) -> Step:
        body = {
            "programme_id": self.programme_id,
            "unit_id": self.unit_id,
            "title": self.texts.title,
            "meaning": self.texts.meaning,
            "idea": self.texts.idea,
            "sector": self.texts.sector,
            "initiator": "unit",
            "channel": self.channel,
            "team": list(self.team or self._invented_team()),
            "is_example": self.is_example,
            "source": self.source,
            "proposed_on": self.calendar.proposed.isoformat(),
        }
        if self.adapted_from is not None:
            body |= {"adapted_from": f"{{original:{self.adapted_from}}}", "channel": "replication"}
        # Whoever says where a text comes from coordinates the region.
        return Step(path="/submission/innovations", body=body, actor=self.coordinator, keeps=("id", "innovation"))

    def _invented_team(self) -> Iterator[str]:
        yield from (str(uuid5(NAMESPACE_URL, f"contoh/{self.name}/{number}")) for number in (1, 2, 3))

    def _deliver(self) -> Acts:
        on, texts = self.calendar, self.texts
        yield self._do("POST", "/launch", launched_on=on.launched)
        yield self._do("POST", "/milestones/uji-coba/done", done_on=on.tried)
        yield self._measure(1, on.measured)
        if self.goal is Goal.RETIRED:
            yield self._end("/retire", reason="Contoh: layanan pusat yang sama sudah tersedia untuk semua warga.")
        if self.goal in (Goal.DELIVERING, Goal.RETIRED):
            return
        yield self._do("POST", "/milestones/meluas/done", done_on=on.measured)
        yield self._do("PUT", "/evidence", evidence=texts.evidence())
        yield self._measure(2, on.results_submitted)

    def _measure(self, time: int, on: date) -> Step:
        figures = {"indicator_id": "dampak", "value": self.texts.measured(time), "source": "Contoh: catatan pelayanan"}
        return self._do("POST", "/measurements", **figures, measured_on=on)

    def _first_gate(self) -> Acts:
        on = self.calendar
        if self.design_gate:
            yield from self._gate(1, DESIGN_REVIEW, _AT_FIRST_GATE, on.submitted, on.admitted)
        else:
            yield self._do("POST", "/stage", on=on.admitted)

    def _second_gate(self) -> Acts:
        on, number = self.calendar, 2 if self.design_gate else 1
        yield from self._gate(number, RESULTS_REVIEW, _AT_SECOND_GATE, on.results_submitted, on.results_admitted)

    def _gate(self, number: int, rubric_id: str, here: dict[Goal, str], submitted: date, concluded: date) -> Acts:
        """Give the way to a gate, through its panel and out of it, as far as the goal asks for."""
        until = here.get(self.goal, "advance")
        yield self._do("POST", "/stage", on=submitted)
        yield AwaitAssessment(number)
        if until == "open":
            return
        seated = panel(self.region, self.reviewers, self.name)
        yield self._chair(number, "/assignments", reviewers=[f"{{person:{each}}}" for each in seated])
        for each in seated[: 1 if until == "half" else None]:
            yield Step(path=_panel(number, "/declaration"), body={"conflict": False}, actor=each)
            yield Step(path=_panel(number, "/scorecard"), body=scorecard(rubric_id, self.name, each), actor=each)
        if until == "half":
            return
        if (differing := in_moderation(rubric_id, self.name, seated)) is not None:
            yield from self._moderation(number, rubric_id, *differing, ends=until != "scored")
        if until == "scored":
            return
        changes = "Contoh: tambahkan angka awal dan rencana pengukurannya." if until == "revise" else ""
        yield self._chair(
            number,
            "/conclusion",
            outcome=until,
            rationale=_RATIONALES[until],
            required_changes=changes,
            concluded_on=concluded.isoformat(),
        )
        yield AwaitDecision(number)

    def _moderation(self, number: int, rubric_id: str, lowest: str, middle: str, *, ends: bool) -> Acts:
        """Give how a panel that differs widely talks; it is left talking unless it `ends`."""
        said = "Contoh: bukti pada berkas saya nilai lemah; apakah ada yang membaca lampirannya?"
        yield Step(path=_panel(number, "/remarks"), body={"text": said}, actor=lowest)
        if ends:
            card = scorecard(rubric_id, self.name, middle)
            reason = "Contoh: lampirannya memang memuat bukti yang saya cari."
            yield Step(path=_panel(number, "/revisions"), body={**card, "reason": reason}, actor=lowest)
            yield self._chair(number, "/moderation/end")

    def _do(self, method: str, path: str, **body: Any) -> Step:
        said = {name: each.isoformat() if isinstance(each, date) else each for name, each in body.items()}
        return Step(method=method, path=OWN + path, body=said, actor=self.member or self.coordinator)

    def _end(self, path: str, **body: Any) -> Step:
        # Ends and returns are the coordinator's here, a month after what went before.
        on = self.calendar.results_submitted if self.goal is Goal.RETIRED else self.calendar.submitted
        return Step(path=OWN + path, body={**body, "on": on.isoformat()}, actor=self.coordinator)

    def _chair(self, number: int, path: str, **body: Any) -> Step:
        return Step(path=_panel(number, path), body=body, actor=self.coordinator)


def _panel(number: int, path: str) -> str:
    return f"/review/assessments/{{assessment {number}}}{path}"


_AT_FIRST_GATE = {
    Goal.FIRST_GATE_OPEN: "open",
    Goal.FIRST_GATE_HALF: "half",
    Goal.FIRST_GATE_SCORED: "scored",
    Goal.FIRST_GATE_REVISED: "revise",
    Goal.DECLINED: "decline",
}
_AT_SECOND_GATE = {
    Goal.SECOND_GATE_OPEN: "open",
    Goal.SECOND_GATE_HALF: "half",
    Goal.SECOND_GATE_SCORED: "scored",
    Goal.SECOND_GATE_REVISED: "revise",
}
_RATIONALES = {
    "advance": "Contoh: panel menilai syarat tahap ini terpenuhi.",
    "revise": "Contoh: gagasannya baik, tetapi buktinya belum cukup.",
    "decline": "Contoh: belum berbeda dari layanan yang sudah ada.",
}
