"""What review does by itself: open assessments, cancel them when their innovation is withdrawn, erase people's data.

An assessment's id follows from its submission, so that a repeated event finds what it made before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid5

from services.review.desk import erasure
from services.review.domain.assessment import ASSESSMENT, Cancel, OpenAssessment
from services.review.domain.panel import MAX_REASON
from services.review.domain.rejections import AlreadyEnded, AlreadyOpened
from services.review.domain.state import Assessment, Status
from services.review.incoming import InnovationWithdrawn, StageSubmitted
from shared.domain import region_of
from shared.erasure import PersonErased
from shared.incoming import Received
from shared.reaction import Do, Reaction

SYSTEM = "review"
_NAMESPACE = UUID("5a0b7c5e-6d0f-5b52-9a57-3f0c3a7b9d11")
_PROBES = 4

REACTION = Reaction("review.reactions")


def assessment_id(innovation_id: str, submission_no: int) -> str:
    """Give the id of the assessment that a submission opens."""
    return f"{region_of(innovation_id)}-{uuid5(_NAMESPACE, f'{innovation_id}/{submission_no}').hex}"


@REACTION.on(StageSubmitted)
def open_assessment(event: StageSubmitted, at: Received, do: Do) -> None:
    """Open the assessment of a submission, unless there is one."""
    ident = assessment_id(event.innovation_id, event.submission_no)
    command = OpenAssessment(
        actor=SYSTEM,
        at=datetime.now(UTC),
        assessment_id=ident,
        innovation_id=event.innovation_id,
        programme_id=event.programme_id,
        unit_id=event.unit_id,
        submission_no=event.submission_no,
        from_stage=event.from_stage,
        to_stage=event.to_stage,
        rubric_id=event.rubric_id,
        rubric_version=event.rubric_version,
        panel_size=event.panel_size,
        quorum=event.quorum,
    )
    try:
        do(ASSESSMENT, ident, command)
    except AlreadyOpened:
        return


@REACTION.on(InnovationWithdrawn)
def cancel_assessments(event: InnovationWithdrawn, at: Received, do: Do) -> None:
    """Cancel what is still open of an innovation's assessments."""
    for ident, state in _assessments(event.innovation_id, do):
        if state.status in (Status.OPEN, Status.MODERATION, Status.COMPLETE):
            reason = event.reason.strip()[:MAX_REASON] or "–"
            try:
                do(ASSESSMENT, ident, Cancel(actor=SYSTEM, at=datetime.now(UTC), reason=reason))
            except AlreadyEnded:
                continue


@REACTION.on(PersonErased)
def erase_person(event: PersonErased, at: Received, do: Do) -> None:
    """Erase a person's data here."""
    erasure.obey(event, do)


def _assessments(innovation_id: str, do: Do) -> Iterator[tuple[str, Assessment]]:
    """Give an innovation's assessments: submissions are numbered from 1 without a gap, and so are these."""
    for first in count(1, _PROBES):
        idents = [assessment_id(innovation_id, number) for number in range(first, first + _PROBES)]
        streams = [ASSESSMENT.stream(ident) for ident in idents]
        loaded = do.commands.log.load(region_of(innovation_id), streams, connection=do.connection)
        for ident, stream in zip(idents, streams, strict=True):
            if not loaded.versions[stream]:
                return
            yield ident, ASSESSMENT.fold(loaded.streams[stream])  # type: ignore[arg-type]  # its own types only
