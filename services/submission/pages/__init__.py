"""Submission in a browser: what each role has to do, as pages and forms that need no script."""

from fastapi import APIRouter

from services.submission.pages import (
    citizens,
    feedback,
    festivals,
    home,
    innovations,
    people,
    programmes,
    sections,
    units,
)

routers: tuple[APIRouter, ...] = (
    home.router,
    units.router,
    programmes.router,
    innovations.router,
    sections.router,
    citizens.router,
    feedback.router,
    festivals.router,
    people.router,
)
