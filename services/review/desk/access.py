"""Which assessments an actor may know of, and the names of the pool."""

from datetime import datetime

from sqlalchemy import Engine

from services.review.read_models.assessments import Scope
from services.review.read_models.determinations import Chaired
from shared.auth import EVERYWHERE, Actor, Role
from shared.domain import region_of
from shared.mail import Sight

_NAME = """
INSERT INTO person (person, name, roles, regions, units, home_region, seen_at)
VALUES (%s, %s, '{reviewer}', '{}', '{}', %s, %s) ON CONFLICT (person) DO NOTHING
"""


def scope_of(actor: Actor) -> Scope:
    """Give whose assessments the actor may know of; `disclose` says the same of a single one."""
    regional = actor.has(Role.COORDINATOR, Role.AUDITOR, Role.MACHINE)
    regions = set(actor.regions) if regional else set()
    if actor.has(Role.COORDINATOR, Role.AUDITOR):
        regions |= {region_of(unit) for unit in actor.units}
    return Scope(
        everywhere=actor.has(Role.LAN) or (regional and EVERYWHERE in actor.regions),
        regions=frozenset(regions),
        units=actor.units if actor.has(Role.UNIT_MEMBER) else frozenset(),
        person=actor.person,
    )


def chaired_by(actor: Actor) -> Chaired:
    """Give where the actor chairs panels: LAN everywhere, a coordinator in the own region."""
    coordinates = actor.has(Role.COORDINATOR)
    return Chaired(
        everywhere=actor.has(Role.LAN) or (coordinates and EVERYWHERE in actor.regions),
        regions=(actor.regions | {region_of(unit) for unit in actor.units}) if coordinates else frozenset(),
    )


def sight_of(actor: Actor) -> Sight:
    """Give whose letters the actor sees: where they chair, their units', and those that they got themselves."""
    chaired = chaired_by(actor)
    return Sight(
        person=actor.person,
        everywhere=chaired.everywhere,
        regions=chaired.regions,
        units=actor.units if actor.has(Role.UNIT_MEMBER) else frozenset(),
    )


def name_person(engine: Engine, person: str, name: str, home_region: str, at: datetime) -> None:
    """Keep a person's name where sign-in has left none."""
    with engine.begin() as connection:
        connection.exec_driver_sql(_NAME, (person, name, home_region, at))
