"""Submission in a browser: what each role has to do, as pages and forms that need no script."""

from fastapi import APIRouter

from services.submission.pages import home, innovations, programmes, sections, units
from shared.web.messages import N_
from shared.web.pages import NavItem

_EVERY_ROLE = frozenset({"lan", "coordinator", "unit-member", "auditor"})

NAV = (
    NavItem("/", N_("My work"), _EVERY_ROLE),
    NavItem("/work/innovations", N_("Innovations"), _EVERY_ROLE),
    NavItem("/work/programmes", N_("Programmes"), _EVERY_ROLE),
    NavItem("/work/units", N_("Units"), _EVERY_ROLE),
)

routers: tuple[APIRouter, ...] = (
    home.router,
    units.router,
    programmes.router,
    innovations.router,
    sections.router,
)
