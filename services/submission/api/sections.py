"""The sections of an innovation's record as JSON, each saved by itself."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from services.submission.desk import sections as desk
from services.submission.desk.asked import AskedBy
from services.submission.desk.sections import (
    Design,
    Diagnosis,
    Display,
    Done,
    Evidence,
    Idea,
    Launch,
    Measurement,
    Team,
)
from shared.auth import UnitMember
from shared.http import Accepted, JsonRoute, accepted

router = APIRouter(prefix="/innovations/{innovation_id}", route_class=JsonRoute, tags=["innovations"])


@router.put("/idea", response_model=Accepted)
def save_idea(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Idea) -> JSONResponse:
    """Write the idea anew."""
    return accepted(desk.save_idea(asked, innovation_id, body))


@router.put("/team", response_model=Accepted)
def name_team(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Team) -> JSONResponse:
    """Name the team."""
    return accepted(desk.name_team(asked, innovation_id, body))


@router.put("/diagnosis", response_model=Accepted)
def save_diagnosis(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Diagnosis) -> JSONResponse:
    """Write down the diagnosis."""
    return accepted(desk.save_diagnosis(asked, innovation_id, body))


@router.put("/design", response_model=Accepted)
def save_design(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Design) -> JSONResponse:
    """Write down the design, its action plan and its indicators."""
    return accepted(desk.save_design(asked, innovation_id, body))


@router.post("/launch", response_model=Accepted)
def launch(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Launch) -> JSONResponse:
    """Record the launch."""
    return accepted(desk.launch(asked, innovation_id, body))


@router.post("/milestones/{milestone_id}/done", response_model=Accepted)
def complete_milestone(
    actor: UnitMember, asked: AskedBy, innovation_id: str, milestone_id: str, body: Done
) -> JSONResponse:
    """Record that a milestone was reached."""
    return accepted(desk.complete_milestone(asked, innovation_id, milestone_id, body))


@router.put("/evidence", response_model=Accepted)
def save_evidence(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Evidence) -> JSONResponse:
    """Write down the evidence of the delivery."""
    return accepted(desk.save_evidence(asked, innovation_id, body))


@router.post("/measurements", response_model=Accepted)
def measure(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Measurement) -> JSONResponse:
    """Record the value of an indicator on a day."""
    return accepted(desk.measure(asked, innovation_id, body))


@router.put("/display", response_model=Accepted)
def save_display(actor: UnitMember, asked: AskedBy, innovation_id: str, body: Display) -> JSONResponse:
    """Write down what the public reads."""
    return accepted(desk.save_display(asked, innovation_id, body))
