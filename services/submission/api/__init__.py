"""Submission as JSON: units, programmes, innovations. A route is a permission, one command, one answer."""

from fastapi import APIRouter

from services.submission.api import feedback, festivals, innovations, people, programmes, sections, units

routers: tuple[APIRouter, ...] = (
    units.router,
    programmes.router,
    innovations.router,
    sections.router,
    feedback.router,
    festivals.router,
    people.router,
)
