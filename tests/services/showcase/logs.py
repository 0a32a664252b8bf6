"""Logs in memory that give real wire JSON, as the producers' feeds would to a service; and a laboratory to put in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from services.review.domain import events as review
from services.review.main import CATALOGUE as REVIEW
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import (
    Channel,
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
from services.submission.main import CATALOGUE as SUBMISSION
from shared.domain import Event
from shared.envelope import Clearance, Meta, Recorded
from shared.event_log import FIRST_EPOCH, Head
from shared.incoming import Received, parse
from shared.sources import PAGE, Page

STARTED = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
CATALOGUES = {"submission": SUBMISSION, "review": REVIEW}


@dataclass
class Logs:
    """All logs of one producing service, readable as a source is."""

    name: str
    events: dict[str, list[Received]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def record(
        self, region: str, stream: str, *events: Event, at: datetime | None = None, causation: str | None = None
    ) -> list[Received]:
        """Append events to a region's log; give them as a service gets them."""
        catalogue, log = CATALOGUES[self.name], self.events.setdefault(region, [])
        for event in events:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            moment = at or STARTED + timedelta(minutes=len(log))
            prepared = catalogue.prepare(
                event,
                region=region,
                epoch=FIRST_EPOCH,
                stream=stream,
                stream_version=version,
                meta=Meta(
                    actor="00000000-0000-5000-8000-000000000001", at=moment, correlation="test", causation=causation
                ),
            )
            recorded = Recorded(
                service=self.name,
                region=region,
                epoch=FIRST_EPOCH,
                position=len(log) + 1,
                **{name: getattr(prepared, name) for name in prepared.__slots__},
            )
            log.append(parse(catalogue.render(recorded, Clearance.SERVICE, opened=False)))
        return log[-len(events) :]

    def heads(self) -> Sequence[Head]:
        """Give where the logs end."""
        return [
            Head(region=region, epoch=FIRST_EPOCH, position=len(log), leaf_hash=log[-1].leaf_hash)
            for region, log in sorted(self.events.items())
        ]

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        """Give the events behind a position."""
        return Page(epoch=FIRST_EPOCH, events=self.events.get(region, [])[after : after + limit])

    def all(self) -> Iterable[Received]:
        """Give every event of every region."""
        return (each for log in self.events.values() for each in log)


INDICATOR = submission.Indicator(
    indicator_id="waktu",
    kind=IndicatorKind.OUTCOME,
    dimension=Dimension.FASTER,
    name="Waktu layanan",
    baseline=Decimal(14),
    target=Decimal("3.50"),
    unit_of_measure="hari",
    due_on=date(2020, 12, 1),
    source="Catatan loket",
)


def unit(region: str, code: str, name: str, kind: UnitKind = UnitKind.OPD) -> submission.UnitRegistered:
    """Give the registration of a unit."""
    return submission.UnitRegistered(
        unit_id=f"{region}-{code}", name=name, short_name=code.upper(), kind=kind, aliases=()
    )


def programme(region: str, edition: str = "2020") -> submission.ProgrammeRequested:
    """Give the request for a programme."""
    return submission.ProgrammeRequested(
        programme_id=f"{region}-{edition}",
        edition=edition,
        title=f"Laboratorium Inovasi {edition}",
        coordinator_office="Bappeda",
        requested_on=date(int(edition), 1, 10),
        note="",
    )


def proposed(
    region: str,
    number: int,
    *,
    unit_id: str | None = None,
    title: str = "Antar Adminduk",
    meaning: str = "Antar dokumen kependudukan ke rumah",
    idea: str = "Dokumen diantar ke rumah warga.",
    sector: Sector = Sector.CIVIL_REGISTRATION,
    adapted_from: str | None = None,
    on: date = date(2020, 3, 2),
    is_example: bool = False,
) -> submission.InnovationProposed:
    """Give the proposal of an innovation."""
    return submission.InnovationProposed(
        innovation_id=f"{region}-{number:032x}",
        programme_id=f"{region}-2020",
        unit_id=unit_id or f"{region}-disdukcapil",
        title=title,
        meaning=meaning,
        idea=idea,
        sector=sector,
        initiator=Initiator.UNIT,
        channel=Channel.LAB_SESSION,
        adapted_from=adapted_from,
        is_example=is_example,
        source="sumber berita",
        proposed_on=on,
    )


def design(innovation_id: str, text: str = "RANCANGAN") -> submission.DesignSaved:
    """Give a saved design."""
    return submission.DesignSaved(
        innovation_id=innovation_id,
        design=text,
        form=Form.PUBLIC_SERVICE,
        types=(InnovationType.PROCESS,),
        digital=True,
        milestones=(),
        indicators=(INDICATOR,),
        resources="tanpa biaya",
        legal_basis="SK",
        sdgs=(16,),
    )


def diagnosis(innovation_id: str, text: str = "MASALAH") -> submission.DiagnosisSaved:
    """Give a saved diagnosis."""
    return submission.DiagnosisSaved(
        innovation_id=innovation_id,
        problem=text,
        affected="warga",
        root_causes="jarak",
        evidence="antrean",
        simple_solution="diantar",
    )


def advanced(innovation_id: str, to_stage: Stage, on: date) -> submission.StageAdvanced:
    """Give the step to a stage from the one before it."""
    order = list(Stage)
    return submission.StageAdvanced(
        innovation_id=innovation_id,
        from_stage=order[order.index(to_stage) - 1],
        to_stage=to_stage,
        advanced_on=on,
        assessment_id=None,
    )


def shown(innovation_id: str, summary: str = "Ringkasan publik") -> submission.DisplaySaved:
    """Give what the public reads."""
    return submission.DisplaySaved(
        innovation_id=innovation_id,
        public_summary=summary,
        shown_indicators=(INDICATOR,),
        replication_notes="Mulai dari satu kecamatan.",
        video_url="https://example.org/video",
    )


def target(region: str, measure: TargetMeasure, value: int, *, due_on: date | None = None) -> submission.TargetSet:
    """Give a target of the region's programme."""
    return submission.TargetSet(
        programme_id=f"{region}-2020", measure=measure, value=value, unit_id=None, due_on=due_on, note=""
    )


def opened(assessment_id: str, innovation_id: str) -> review.AssessmentOpened:
    """Give the opening of an assessment."""
    return review.AssessmentOpened(
        assessment_id=assessment_id,
        innovation_id=innovation_id,
        programme_id="36.74-2020",
        unit_id="36.74-disdukcapil",
        submission_no=1,
        from_stage="design",
        to_stage="deliver",
        rubric_id="00-design-review",
        rubric_version=1,
        panel_size=3,
        quorum=2,
    )


def laboratory(logs: Logs, reviews: Logs, region: str, innovations: int = 4) -> list[str]:
    """Record a laboratory with innovations in every stage, some returned, declined or withdrawn; give their ids."""
    programme_id = f"{region}-2020"
    logs.record(
        region,
        f"programme/{programme_id}",
        programme(region),
        submission.ProgrammeAgreed(
            programme_id=programme_id,
            mou_number="MoU/1/2020",
            parties=("LAN", "Pemerintah daerah"),
            signed_on=date(2020, 2, 1),
            valid_until=None,
            scope=("riset",),
        ),
        submission.StageOpened(programme_id=programme_id, stage=Stage.DRUM_UP, opened_on=date(2020, 3, 1)),
        target(region, TargetMeasure.UNITS_REACHED, 35),
    )
    logs.record(region, f"unit/{region}-disdukcapil", unit(region, "disdukcapil", "Dinas Dukcapil"))
    order = list(Stage)
    ids = []
    for number in range(1, innovations + 1):
        put_forward = proposed(region, number, title=f"Inovasi {number}")
        ident, stream = put_forward.innovation_id, f"innovation/{put_forward.innovation_id}"
        ids.append(ident)
        logs.record(region, stream, put_forward, diagnosis(ident))
        for stage in order[1 : number % len(order) + 1]:
            logs.record(region, stream, advanced(ident, stage, date(2020, 6, number)))
        if number % 4 == 1:
            logs.record(
                region,
                stream,
                submission.InnovationWithdrawn(innovation_id=ident, reason="digabung", withdrawn_on=date(2020, 7, 1)),
            )
        if number % len(order) == len(order) - 1:
            launched = submission.InnovationLaunched(
                innovation_id=ident, launched_on=date(2020, 12, 21), place="", remark=""
            )
            measured = submission.OutcomeMeasured(
                innovation_id=ident,
                indicator_id="waktu",
                value=Decimal("3.0"),
                measured_on=date(2020, 12, 1),
                source="loket",
            )
            logs.record(region, stream, design(ident), launched, measured, shown(ident))
        reviews.record(
            region,
            f"assessment/{region}-{number}",
            opened(f"{region}-{number}", ident),
            review.PanelCompleted(assessment_id=f"{region}-{number}", scorecards=2),
        )
    return ids
