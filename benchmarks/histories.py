"""What happens to a made-up innovation, from its idea to what citizens say of it, by its number. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from services.submission.domain import events as e
from services.submission.domain import feedback_events as f
from services.submission.domain.vocabulary import (
    Channel,
    Dimension,
    Form,
    IndicatorKind,
    Initiator,
    InnovationType,
    Sector,
    Stage,
)
from shared.domain import Event

DAY = date(2026, 1, 5)
_SECTORS = list(Sector)
WORDS = (
    *("kependudukan", "kesehatan", "pendidikan", "perizinan", "pertanian", "wisata", "nelayan", "sampah", "air"),
    *("jalan", "pasar", "desa", "ibu", "anak", "lansia", "guru", "padi", "kopi", "digital", "keliling", "terpadu"),
)
_INDICATOR = e.Indicator(
    indicator_id="waktu",
    kind=IndicatorKind.OUTCOME,
    dimension=Dimension.FASTER,
    name="Waktu layanan",
    baseline=Decimal(14),
    target=Decimal("3.5"),
    unit_of_measure="hari",
    due_on=date(2026, 12, 1),
    source="Catatan loket",
)


def two_stages(programme: str, unit: str, ident: str, number: int) -> Iterator[Event]:
    """Give the six events of an innovation's first two stages."""
    title = f"Layanan {WORDS[number % len(WORDS)]} {WORDS[number // 7 % len(WORDS)]} {number}"
    yield e.InnovationProposed(
        innovation_id=ident,
        programme_id=programme,
        unit_id=unit,
        title=title,
        meaning="Pelayanan yang lebih dekat dengan warga",
        idea="Petugas mendatangi warga di desa, bukan warga yang datang ke kantor. " * 4,
        sector=_SECTORS[number % len(_SECTORS)],
        initiator=Initiator.UNIT,
        channel=Channel.LAB_SESSION,
        adapted_from=None,
        is_example=True,
        source="benchmark",
        proposed_on=DAY + timedelta(days=number % 28),
    )
    yield e.TeamNamed(innovation_id=ident, members=(str(uuid4()),))
    yield _advanced(ident, Stage.DRUM_UP, Stage.DIAGNOSE)
    yield e.DiagnosisSaved(
        innovation_id=ident,
        problem="Warga menempuh perjalanan jauh untuk mengurus dokumen.",
        affected="Warga di desa terpencil",
        root_causes="Kantor layanan hanya ada di ibu kota kabupaten",
        evidence="Survei kepuasan masyarakat",
        simple_solution="Layanan keliling terjadwal",
    )
    yield _advanced(ident, Stage.DIAGNOSE, Stage.DESIGN)
    yield e.IdeaSaved(
        innovation_id=ident,
        title=title,
        meaning="Pelayanan yang lebih dekat dengan warga",
        idea="Petugas mendatangi warga di desa sesuai jadwal yang diumumkan kepala desa. " * 4,
        sector=_SECTORS[number % len(_SECTORS)],
        initiator=Initiator.UNIT,
        channel=Channel.LAB_SESSION,
    )


def further(ident: str, number: int) -> Iterator[Event]:
    """Give what follows: nothing for two of five, then a design, measurements, a display for one of five each."""
    reached = number % 5
    if reached >= 2:
        yield e.DesignSaved(
            innovation_id=ident,
            design="Mobil keliling dengan jadwal tetap di balai desa. " * 3,
            form=Form.PUBLIC_SERVICE,
            types=(InnovationType.PROCESS,),
            digital=False,
            milestones=(),
            indicators=(_INDICATOR,),
            resources="APBD",
            legal_basis="SK Kepala Dinas",
            sdgs=(16,),
        )
        yield _advanced(ident, Stage.DESIGN, Stage.DELIVER)
    if reached >= 3:
        yield e.InnovationLaunched(innovation_id=ident, launched_on=DAY + timedelta(days=40), place="Balai", remark="")
        for month, value in enumerate(("9", "5.25"), start=2):
            yield e.OutcomeMeasured(
                innovation_id=ident,
                indicator_id="waktu",
                value=Decimal(value),
                measured_on=DAY + timedelta(days=30 * month),
                source="loket",
            )
    if reached >= 4:
        yield e.DisplaySaved(
            innovation_id=ident,
            public_summary="Warga desa mengurus dokumen tanpa pergi ke kota. " * 3,
            shown_indicators=(_INDICATOR,),
            replication_notes="Mulai dari satu kecamatan.",
            video_url=None,
        )
        yield _advanced(ident, Stage.DELIVER, Stage.DISPLAY)
        yield e.InnovationDisplayed(innovation_id=ident, displayed_on=DAY + timedelta(days=60))
        yield e.RunningConfirmed(innovation_id=ident, confirmed_on=DAY + timedelta(days=200))


def said(ident: str, number: int) -> Iterator[tuple[str, Sequence[Event]]]:
    """Give what citizens said of a displayed innovation: the id and the events of a confirmation and of a rating."""
    if number % 5 != 4:
        return
    region = ident.partition("-")[0]
    on = DAY + timedelta(days=90)
    for kind, stars in ((f.FeedbackKind.CONFIRMATION, None), (f.FeedbackKind.RATING, 1 + number // 5 % 5)):
        feedback = f"{region}-{uuid4().hex}"
        worded = stars is not None
        events: list[Event] = [
            f.FeedbackGiven(
                feedback_id=feedback, innovation_id=ident, kind=kind, stars=stars, worded=worded, given_on=on
            )
        ]
        if worded:
            events += [
                f.FeedbackWorded(feedback_id=feedback, text="Sekarang cukup menunggu di balai desa."),
                f.FeedbackPublished(feedback_id=feedback, published_on=on),
                f.FeedbackAnswered(feedback_id=feedback, answered_on=on + timedelta(days=2)),
                f.AnswerWorded(feedback_id=feedback, text="Terima kasih."),
            ]
        yield feedback, events


def _advanced(ident: str, from_stage: Stage, to_stage: Stage) -> Event:
    return e.StageAdvanced(
        innovation_id=ident, from_stage=from_stage, to_stage=to_stage, advanced_on=DAY, assessment_id=None
    )
