"""Programmes as JSON."""

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import JSONResponse

from services.submission.api.answers import Items, record, rows
from services.submission.desk import programmes as desk
from services.submission.desk.asked import AskedBy, readable_regions, require_reading
from services.submission.desk.programmes import (
    Agreement,
    Attendance,
    Closing,
    Commitment,
    Completion,
    Gates,
    Labels,
    NewProgramme,
    NewSession,
    Opening,
    Resumption,
    StageDates,
    Stall,
    StatedCount,
    Target,
)
from services.submission.domain.programme import PROGRAMME, Programme
from services.submission.domain.vocabulary import Stage
from services.submission.read_models import programmes
from shared.auth import LAN, Coordinator, Reader
from shared.domain import NotFound, region_of
from shared.http import Accepted, Commands, JsonRoute, accepted
from shared.lists import ListsNow

router = APIRouter(prefix="/programmes", route_class=JsonRoute, tags=["programmes"])


class SessionAccepted(Accepted):
    """The answer to a new session: its id too."""

    session_id: str


@router.post("", status_code=201, response_model=Accepted)
def request_programme(actor: Coordinator, asked: AskedBy, body: NewProgramme) -> JSONResponse:
    """Request a programme of a region and edition."""
    outcome = desk.request(asked, body)
    return accepted(outcome, status_code=201, location=f"/submission/programmes/{outcome.stream.partition('/')[2]}")


@router.post("/{programme_id}/agreement", response_model=Accepted)
def agree(actor: LAN, asked: AskedBy, programme_id: str, body: Agreement) -> JSONResponse:
    """Record the memorandum of understanding."""
    return accepted(desk.agree(asked, programme_id, body))


@router.post("/{programme_id}/schedule", response_model=Accepted)
def schedule_stage(actor: Coordinator, asked: AskedBy, programme_id: str, body: StageDates) -> JSONResponse:
    """Put a stage into the calendar, or move it."""
    return accepted(desk.schedule_stage(asked, programme_id, body))


@router.post("/{programme_id}/stages/{stage}/open", response_model=Accepted)
def open_stage(actor: Coordinator, asked: AskedBy, programme_id: str, stage: Stage, body: Opening) -> JSONResponse:
    """Open a stage."""
    return accepted(desk.open_stage(asked, programme_id, stage, body))


@router.post("/{programme_id}/stages/{stage}/complete", response_model=Accepted)
def complete_stage(
    actor: Coordinator, asked: AskedBy, programme_id: str, stage: Stage, body: Completion
) -> JSONResponse:
    """Complete a stage."""
    return accepted(desk.complete_stage(asked, programme_id, stage, body))


@router.post("/{programme_id}/labels", response_model=Accepted)
def label_stages(actor: Coordinator, asked: AskedBy, programme_id: str, body: Labels) -> JSONResponse:
    """Choose the region's own labels of the stages."""
    return accepted(desk.label_stages(asked, programme_id, body))


@router.post("/{programme_id}/sessions", status_code=201, response_model=SessionAccepted)
def schedule_session(actor: Coordinator, asked: AskedBy, programme_id: str, body: NewSession) -> JSONResponse:
    """Set a session."""
    outcome, session_id = desk.schedule_session(asked, programme_id, body)
    answer = SessionAccepted(
        id=programme_id,
        version=outcome.version,
        region=outcome.region,
        position=outcome.last_position,
        session_id=session_id,
    )
    return JSONResponse(answer.model_dump(), status_code=201, headers={"ETag": f'"{outcome.version}"'})


@router.post("/{programme_id}/sessions/{session_id}/attendance", response_model=Accepted)
def record_attendance(
    actor: Coordinator, asked: AskedBy, programme_id: str, session_id: str, body: Attendance
) -> JSONResponse:
    """Record which units came to a session."""
    return accepted(desk.record_attendance(asked, programme_id, session_id, body))


@router.post("/{programme_id}/targets", response_model=Accepted)
def set_target(actor: Coordinator, asked: AskedBy, programme_id: str, body: Target) -> JSONResponse:
    """Set a target."""
    return accepted(desk.set_target(asked, programme_id, body))


@router.post("/{programme_id}/gates", response_model=Accepted)
def choose_gates(actor: Coordinator, asked: AskedBy, programme_id: str, body: Gates) -> JSONResponse:
    """Choose which transitions need a panel, and with which rubric."""
    return accepted(desk.choose_gates(asked, programme_id, body))


@router.post("/{programme_id}/commitments", response_model=Accepted)
def sign_commitment(actor: Coordinator, asked: AskedBy, programme_id: str, body: Commitment) -> JSONResponse:
    """Record that the head of a unit signed the commitment."""
    return accepted(desk.sign_commitment(asked, programme_id, body))


@router.post("/{programme_id}/stated-counts", response_model=Accepted)
def state_count(actor: Coordinator, asked: AskedBy, programme_id: str, body: StatedCount) -> JSONResponse:
    """Put down a count that somebody stated in public."""
    return accepted(desk.state_count(asked, programme_id, body))


@router.post("/{programme_id}/stall", response_model=Accepted)
def stall(actor: Coordinator, asked: AskedBy, programme_id: str, body: Stall) -> JSONResponse:
    """Record that the programme came to a halt."""
    return accepted(desk.stall(asked, programme_id, body))


@router.post("/{programme_id}/resume", response_model=Accepted)
def resume(actor: Coordinator, asked: AskedBy, programme_id: str, body: Resumption) -> JSONResponse:
    """Record that the programme goes on."""
    return accepted(desk.resume(asked, programme_id, body))


@router.post("/{programme_id}/close", response_model=Accepted)
def close(actor: Coordinator, asked: AskedBy, programme_id: str, body: Closing) -> JSONResponse:
    """Close the programme with its report."""
    return accepted(desk.close(asked, programme_id, body))


@router.get("", response_model=Items)
def list_programmes(actor: Reader, lists: ListsNow, region: str | None = None) -> JSONResponse:
    """List the programmes of a region, or of all that may be read."""
    regions = readable_regions(actor, region)
    with lists.of(regions) as connection:
        return rows(programmes(connection, regions))


@router.get("/{programme_id}")
def get_programme(actor: Reader, commands: Commands, programme_id: str) -> JSONResponse:
    """Give a programme."""
    require_reading(actor, region_of(programme_id))
    programme, version = commands.state(PROGRAMME, programme_id)
    if programme is None:
        raise NotFound
    return record(_as_json(programme), version)


_ADAPTER: TypeAdapter[Programme] = TypeAdapter(Programme)


def _as_json(programme: Programme) -> dict[str, object]:
    """Give the programme with its targets as a list: their key is no JSON name."""
    values: dict[str, object] = _ADAPTER.dump_python(programme, mode="json", exclude={"targets"})
    return values | {"programme_id": programme.programme_id, "targets": list(programme.targets.values())}
