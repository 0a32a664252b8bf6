"""Regions whose innovations go all kinds of ways: forward, back, away and to the end. One seed, one history."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from services.submission.domain import events as e
from services.submission.domain import feedback_events as f
from services.submission.domain import festival_events as s
from services.submission.domain.vocabulary import (
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
    Stage,
    TargetMeasure,
    UnitKind,
)
from tests.services.showcase.logs import INDICATOR, Logs, design, programme, proposed, unit

REGIONS = ("36", "36.74", "33.27")
EDITIONS = ("2025", "2026")
_STAGES = list(Stage)


class Wandering:
    """Records the histories of all regions into submission's logs."""

    def __init__(self, logs: Logs, last: date, seed: int) -> None:
        """Take the logs, the last day on which something happens, and the seed."""
        self.logs = logs
        self.last = last
        self.random = Random(seed)
        self.innovations: list[str] = []

    def record(self, innovations: int) -> None:
        """Record so many innovations in each region, with programmes, units and what citizens say."""
        for region in REGIONS:
            self._units(region)
            for edition in EDITIONS:
                self._programme(region, edition)
        self.go_on(1, innovations)
        for number, region in enumerate(REGIONS):
            self._festival(region, f"Festival {number}")

    def go_on(self, first: int, last: int) -> None:
        """Record further innovations in each region, numbered from the first to the last."""
        for region in REGIONS:
            for number in range(first, last + 1):
                self._innovation(region, number)

    def _festival(self, region: str, title: str) -> None:
        ident = f"{region}-{self.last.year}"
        about: dict[str, Any] = {
            "title": title,
            "about": "",
            "starts_on": self.last,
            "ends_on": self.last,
            "venue": "Alun-alun",
        }
        events: list[Any] = [s.FestivalAnnounced(festival_id=ident, programme_id=None, **about)]
        own = [each for each in self.innovations if each.startswith(f"{region}-")]
        for _ in range(2):
            chosen = tuple(self.random.sample(own, min(len(own), self.random.randint(3, 6))))
            best = tuple(self.random.sample(chosen, min(len(chosen), 3)))
            events.append(s.InnovationsChosen(festival_id=ident, innovation_ids=chosen))
            named: dict[str, Any] = {"category": s.TopCategory.INNOVATION, "grounds": "juri", "named_on": self.last}
            events.append(s.TopNamed(festival_id=ident, innovation_ids=best, **named))
        self.logs.record(region, f"festival/{ident}", *events)

    def _some(self, share: float) -> bool:
        return self.random.random() < share

    def _day(self, least: int = 0, most: int = 420) -> date:
        return self.last - timedelta(days=self.random.randint(least, most))

    def _unit(self, region: str) -> str:
        return f"{region}-u{self.random.randrange(6)}"

    def _units(self, region: str) -> None:
        for number in range(7):
            code = f"u{number}"
            stream = f"unit/{region}-{code}"
            self.logs.record(region, stream, unit(region, code, f"Dinas {number}", self.random.choice(list(UnitKind))))
            for _ in range(self.random.randrange(3)):
                counted = e.StaffCounted(
                    unit_id=f"{region}-{code}",
                    civil_servants=self.random.randint(1, 9),
                    counted_on=self._day(),
                    source="BKPSDM",
                )
                self.logs.record(region, stream, counted)

    def _programme(self, region: str, edition: str) -> None:
        ident = f"{region}-{edition}"

        def record(cls: Any, **values: Any) -> None:
            self.logs.record(region, f"programme/{ident}", cls(programme_id=ident, **values))

        self.logs.record(region, f"programme/{ident}", programme(region, edition))
        for stage in _STAGES[: self.random.randrange(6)]:
            record(e.StageOpened, stage=stage, opened_on=self._day())
            if self._some(0.7):
                record(e.StageCompleted, stage=stage, completed_on=self._day())
        for _ in range(self.random.randint(2, 9)):
            office = "Kepala"
            record(e.CommitmentSigned, unit_id=self._unit(region), signatory_office=office, signed_on=self._day())
        for number in range(3):
            session, day = f"s{number}", self._day()
            where: dict[str, Any] = {"stage": Stage.DESIGN, "title": f"Klinik {number}", "venue": "Aula", "mentors": ()}
            record(e.SessionScheduled, session_id=session, starts_on=day, ends_on=day, **where)
            for _ in range(self.random.randrange(3)):
                came = tuple(self._unit(region) for _ in range(self.random.randint(0, 6)))
                record(e.AttendanceRecorded, session_id=session, unit_ids=came, remark="")
        for measure in TargetMeasure:
            for unit_id in (None, self._unit(region)):
                for _ in range(self.random.randint(1, 2)):
                    value = self.random.randint(1, 3)
                    record(e.TargetSet, measure=measure, value=value, unit_id=unit_id, due_on=None, note="")
        for number in range(self.random.randrange(3)):
            said = {"stated_by": f"Media {number}", "units": None, "note": ""}
            record(e.CountStated, innovations=self.random.randint(0, 50), stated_on=self._day(), **said)
        if self._some(0.4):
            record(e.ProgrammeStalled, reason="tanpa anggaran", stalled_on=self._day())
            if self._some(0.5):
                record(e.ProgrammeResumed, resumed_on=self._day(), note="")

    def _innovation(self, region: str, number: int) -> None:
        first = proposed(
            region,
            number,
            unit_id=self._unit(region),
            title=f"Inovasi {region} {number}",
            sector=self.random.choice(list(Sector)[:5]),
            adapted_from=self.random.choice(self.innovations) if self.innovations and self._some(0.3) else None,
            on=self._day(200),
            is_example=self._some(0.2),
        )
        ident = first.innovation_id
        edition = self.random.choice(EDITIONS)
        values = {
            **vars(first),
            "programme_id": f"{region}-{edition}",
            "initiator": self.random.choice(list(Initiator)),
            "idea": self.random.choice(("", first.idea)),
        }
        self._record(ident, type(first)(**values))
        self.innovations.append(ident)
        self._way(ident, region, edition, first.proposed_on)
        if self._some(0.15):
            self._record(ident, e.InnovationWithdrawn(innovation_id=ident, reason="", withdrawn_on=self.last))
        elif self._some(0.15):
            self._record(ident, e.InnovationRetired(innovation_id=ident, reason="usang", retired_on=self.last))

    def _record(self, ident: str, *events: Any) -> None:
        self.logs.record(ident.partition("-")[0], f"innovation/{ident}", *events)

    def _way(self, ident: str, region: str, edition: str, day: date) -> None:
        at, submissions, launched = Stage.DRUM_UP, 0, False
        for _ in range(self.random.randrange(12)):
            day = min(self.last, day + timedelta(days=self.random.randint(0, 25)))
            self._writes(ident, day, at)
            onward = _STAGES[_STAGES.index(at) + 1] if at is not Stage.DISPLAY else None
            if onward and self._some(0.5):
                submissions += 1
                self._record(ident, self._submitted(ident, region, edition, at, onward, submissions, day))
            if self._some(0.2):
                back = self.random.choice(_STAGES[: _STAGES.index(at) + 1])
                returned: dict[str, Any] = {"required_changes": "lengkapi", "returned_on": day, "assessment_id": None}
                self._record(ident, e.InnovationReturned(innovation_id=ident, from_stage=at, to_stage=back, **returned))
                at = back
            elif onward and self._some(0.15):
                declined: dict[str, Any] = {"rationale": "belum", "declined_on": day, "assessment_id": "x"}
                gone = e.InnovationDeclined(innovation_id=ident, from_stage=at, to_stage=onward, **declined)
                self._record(ident, gone)
            elif onward and self._some(0.7):
                advanced = e.StageAdvanced(
                    innovation_id=ident, from_stage=at, to_stage=onward, advanced_on=day, assessment_id=None
                )
                self._record(ident, advanced)
                at = onward
            if at in (Stage.DELIVER, Stage.DISPLAY) and not launched and self._some(0.7):
                launched = True
                self._record(ident, e.InnovationLaunched(innovation_id=ident, launched_on=day, place="", remark=""))
                self._said(ident, day)
            if launched and self._some(0.2):
                self._record(ident, e.RunningConfirmed(innovation_id=ident, confirmed_on=day))
            if at is Stage.DISPLAY and self._some(0.6):
                self._record(ident, e.InnovationDisplayed(innovation_id=ident, displayed_on=day))
                return

    def _submitted(
        self, ident: str, region: str, edition: str, at: Stage, onward: Stage, number: int, day: date
    ) -> e.StageSubmitted:
        return e.StageSubmitted(
            innovation_id=ident,
            programme_id=f"{region}-{edition}",
            unit_id=f"{region}-u0",
            submission_no=number,
            from_stage=at,
            to_stage=onward,
            rubric_id="00-rubric",
            rubric_version=1,
            panel_size=3,
            quorum=2,
            submitted_on=day,
        )

    def _indicators(self) -> tuple[e.Indicator, ...]:
        return tuple(
            e.Indicator(
                **{
                    **vars(INDICATOR),
                    "indicator_id": f"i{number}",
                    "kind": self.random.choice(list(IndicatorKind)),
                    "dimension": self.random.choice([*Dimension, None]),
                    "baseline": Decimal(self.random.randint(1, 9)),
                    "target": Decimal(self.random.randint(1, 9)),
                }
            )
            for number in range(self.random.randrange(4))
        )

    def _writes(self, ident: str, day: date, at: Stage) -> None:
        if self._some(0.3):
            of: dict[str, Any] = {
                "form": self.random.choice(list(Form)),
                "types": tuple(self.random.sample(list(InnovationType), 2)),
                "indicators": self._indicators(),
            }
            saved = {**vars(design(ident)), **of}
            self._record(ident, e.DesignSaved(**saved))
        if self._some(0.3):
            words = {"problem": "jauh", "affected": "warga", "root_causes": "", "evidence": "", "simple_solution": ""}
            self._record(ident, e.DiagnosisSaved(innovation_id=ident, **words))
        for _ in range(self.random.randrange(3)):
            self._record(
                ident,
                e.OutcomeMeasured(
                    innovation_id=ident,
                    indicator_id=f"i{self.random.randrange(3)}",
                    value=Decimal(self.random.randint(0, 10)),
                    measured_on=day - timedelta(days=self.random.randrange(3)),
                    source="loket",
                ),
            )
        if at in (Stage.DELIVER, Stage.DISPLAY) and self._some(0.4):
            summary: dict[str, Any] = {
                "public_summary": self.random.choice(("", "Ringkas")),
                "replication_notes": self.random.choice(("", "Mulailah dari loket.")),
                "video_url": None,
            }
            chosen = self._indicators()
            self._record(ident, e.DisplaySaved(innovation_id=ident, shown_indicators=chosen, **summary))

    def _said(self, ident: str, day: date) -> None:
        for number in range(self.random.randrange(5)):
            feedback_id = f"{ident}{number}"
            kind = self.random.choice(list(f.FeedbackKind))
            stars = self.random.randint(1, 5) if kind is f.FeedbackKind.RATING else None
            worded = kind is f.FeedbackKind.COMPLAINT or self._some(0.5)
            given: dict[str, Any] = {
                "innovation_id": ident,
                "kind": kind,
                "stars": stars,
                "worded": worded,
                "given_on": day,
            }
            events: list[Any] = [f.FeedbackGiven(feedback_id=feedback_id, **given)]
            if worded:
                events.append(f.FeedbackWorded(feedback_id=feedback_id, text="kata"))
            if worded and self._some(0.5):
                events.append(f.FeedbackPublished(feedback_id=feedback_id, published_on=day))
            if self._some(0.6):
                answered = day + timedelta(days=self.random.randrange(20))
                events.append(f.FeedbackAnswered(feedback_id=feedback_id, answered_on=answered))
                events += [f.AnswerWorded(feedback_id=feedback_id, text="jawab")] * self.random.randint(1, 2)
            if self._some(0.2):
                withheld: dict[str, Any] = {"grounds": f.Withheld.SPAM, "withheld_on": day}
                events.append(f.FeedbackWithheld(feedback_id=feedback_id, **withheld))
            elif self._some(0.1):
                events.append(f.FeedbackWithdrawn(feedback_id=feedback_id, withdrawn_on=day))
            self.logs.record(ident.partition("-")[0], f"feedback/{feedback_id}", *events)
