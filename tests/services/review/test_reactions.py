"""What review does by itself, and the dossier that it keeps: events of submission in, on a real database."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from services.review.domain.assessment import ASSESSMENT
from services.review.domain.state import Status
from services.review.reactions import assessment_id
from services.review.read_models import dossier
from services.submission.domain import events as told
from services.submission.domain.vocabulary import Dimension, Form, IndicatorKind, InnovationType
from shared.domain import Event, NotFound
from tests.services.review import examples as ex
from tests.services.review.desk import ANN, BEN, UNIT, Desk, new_innovation, proposed, sent, submitted


def withdrawn(desk: Desk, reason: str = "Tidak dilanjutkan.") -> told.InnovationWithdrawn:
    return told.InnovationWithdrawn(innovation_id=desk.innovation, reason=reason, withdrawn_on=date(2020, 11, 9))


def statuses(desk: Desk, *numbers: int) -> list[Status | None]:
    found = []
    for number in numbers:
        state, version = desk.review.kernel.commands.state(ASSESSMENT, assessment_id(desk.innovation, number))
        found.append(state.status if version else None)
    return found


def test_a_submission_opens_an_assessment(desk: Desk) -> None:
    desk.opened()
    seen = desk.looks(UNIT)["opened"]
    assert seen == {
        "assessment_id": desk.assessment,
        "innovation_id": desk.innovation,
        "programme_id": "36.74-2020",
        "unit_id": ex.UNIT,
        "submission_no": 1,
        "from_stage": "deliver",
        "to_stage": "display",
        "rubric_id": "00-results-review",
        "rubric_version": 1,
        "panel_size": 3,
        "quorum": 2,
    }


def test_a_repeated_submission_changes_nothing(desk: Desk) -> None:
    log = desk.review.kernel.log
    arrived = sent(submitted(desk.innovation), stream=f"innovation/{desk.innovation}", version=2, position=2)
    reactions = desk.review.consumers[0].effect
    for _ in range(3):
        with desk.review.kernel.engine.begin() as connection:
            reactions.apply(connection, [arrived])
    assert len(log.stream("36.74", ASSESSMENT.stream(desk.assessment))) == 1


def test_the_same_submission_under_another_event_changes_nothing(desk: Desk) -> None:
    desk.arrives(proposed(desk.innovation), submitted(desk.innovation))
    again = sent(submitted(desk.innovation), stream=f"innovation/{desk.innovation}", version=3, position=3)
    with desk.review.kernel.engine.begin() as connection:
        desk.review.consumers[0].effect.apply(connection, [again])
    assert len(desk.review.kernel.log.stream("36.74", ASSESSMENT.stream(desk.assessment))) == 1


def test_withdrawing_cancels_what_is_open(desk: Desk) -> None:
    desk.arrives(proposed(desk.innovation), submitted(desk.innovation), withdrawn(desk))
    assert statuses(desk, 1, 2) == [Status.CANCELLED, None]


def test_withdrawing_leaves_what_was_concluded(desk: Desk) -> None:
    desk.ready().scored(ANN, BEN).concluded()
    many = range(2, 8)
    stream = f"innovation/{desk.innovation}"
    events: list[Event] = [*(submitted(desk.innovation, number) for number in many), withdrawn(desk, " " + "x" * 5000)]
    arrived = [sent(event, stream=stream, version=at, position=at) for at, event in enumerate(events, start=3)]
    with desk.review.kernel.engine.begin() as connection:
        desk.review.consumers[0].effect.apply(connection, arrived)
    assert statuses(desk, 1, *many) == [Status.CONCLUDED, *[Status.CANCELLED] * len(many)]


def test_withdrawing_what_was_never_submitted(desk: Desk) -> None:
    desk.arrives(proposed(desk.innovation), withdrawn(desk))
    assert statuses(desk, 1) == [None]


INDICATOR = told.Indicator(
    indicator_id="i1",
    kind=IndicatorKind.OUTCOME,
    dimension=Dimension.FASTER,
    name="Waktu layanan",
    baseline=Decimal(14),
    target=Decimal(3),
    unit_of_measure="hari",
    due_on=date(2020, 12, 1),
    source="register",
)


def written(innovation: str) -> list[Event]:
    """Give what a unit writes on the way to the second gate, and what it changes afterwards."""
    return [
        proposed(innovation),
        told.DiagnosisSaved(
            innovation_id=innovation,
            problem="Antre lama.",
            affected="Warga",
            root_causes="Loket tunggal",
            evidence="Buku antrean",
            simple_solution="Loket kelurahan",
        ),
        told.DesignSaved(
            innovation_id=innovation,
            design="Rancangan.",
            form=Form.PUBLIC_SERVICE,
            types=(InnovationType.PROCESS,),
            digital=False,
            milestones=(
                told.Milestone(milestone_id="m1", title="Uji coba", due_on=date(2020, 10, 1)),
                told.Milestone(milestone_id="m2", title="Penerapan", due_on=date(2020, 11, 1)),
            ),
            indicators=(INDICATOR,),
            resources="Tanpa biaya",
            legal_basis="SK Kepala Dinas",
            sdgs=(),
        ),
        told.InnovationLaunched(innovation_id=innovation, launched_on=date(2020, 9, 1), place="Serpong", remark=""),
        told.MilestoneDone(innovation_id=innovation, milestone_id="m1", done_on=date(2020, 10, 2), remark="Tepat."),
        told.OutcomeMeasured(
            innovation_id=innovation,
            indicator_id="i1",
            value=Decimal(4),
            measured_on=date(2020, 10, 30),
            source="register",
        ),
        told.OutcomeMeasured(
            innovation_id=innovation,
            indicator_id="i1",
            value=Decimal(9),
            measured_on=date(2020, 9, 30),
            source="register",
        ),
        told.EvidenceSaved(innovation_id=innovation, evidence="Foto dan register."),
        submitted(innovation),
        told.EvidenceSaved(innovation_id=innovation, evidence="Diubah setelah diajukan."),
        told.IdeaSaved(
            innovation_id=innovation,
            **{
                name: getattr(proposed(innovation), name)
                for name in ("meaning", "idea", "sector", "initiator", "channel")
            },
            title="Judul baru",
        ),
    ]


def test_the_dossier_stands_as_of_its_submission(desk: Desk) -> None:
    desk.arrives(*written(desk.innovation))
    with desk.review.kernel.engine.connect() as connection:
        found = dossier.read(connection, desk.innovation, 1)
    assert (found.title, found.submitted_on, found.is_example) == ("Lapor Lurah", date(2020, 11, 2), True)
    assert (found.diagnosis and found.diagnosis.problem, found.evidence and found.evidence.evidence) == (
        "Antre lama.",
        "Foto dan register.",
    )
    assert [(step.milestone.title, step.done_on) for step in found.steps] == [
        ("Uji coba", date(2020, 10, 2)),
        ("Penerapan", None),
    ]
    (figure,) = found.figures
    assert (figure.indicator.baseline, [each.value for each in figure.measurements]) == (
        Decimal(14),
        [Decimal(9), Decimal(4)],
    )
    assert found.display is None


def test_lists_show_the_newest_title(desk: Desk) -> None:
    desk.arrives(*written(desk.innovation))
    with desk.review.kernel.engine.connect() as connection:
        assert dossier.titles(connection, [desk.innovation])[desk.innovation].title == "Judul baru"


def test_no_dossier_before_its_submission_has_arrived(desk: Desk) -> None:
    desk.arrives(*written(desk.innovation)[:5])
    with desk.review.kernel.engine.connect() as connection, pytest.raises(NotFound):
        dossier.read(connection, desk.innovation, 1)


def test_read_models_are_the_same_after_a_rebuild(owner: Engine) -> None:
    innovation = new_innovation()
    arrived = [
        sent(event, stream=f"innovation/{innovation}", version=at, position=at)
        for at, event in enumerate(written(innovation), start=1)
    ]
    fingerprints = []
    for name, size in (("one", 1), ("all", len(arrived))):
        model = dossier.PROJECTION.into(name)
        with owner.begin() as connection:
            model.create(connection)
            for start in range(0, len(arrived), size):
                model.apply(connection, arrived[start : start + size])
            fingerprints.append(model.fingerprint(connection))
    assert fingerprints[0] == fingerprints[1]
