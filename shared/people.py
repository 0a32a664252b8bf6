"""Names and contacts of people: a table of each service that can be corrected and erased; never part of an event."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine

from shared.auth import Actor

_REMEMBER = """
INSERT INTO person (person, name, email, roles, regions, units, home_region, seen_at)
VALUES (%(person)s, %(name)s, %(email)s, %(roles)s, %(regions)s, %(units)s, %(home_region)s, clock_timestamp())
ON CONFLICT (person) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email, roles = EXCLUDED.roles,
    regions = EXCLUDED.regions, units = EXCLUDED.units, home_region = EXCLUDED.home_region, seen_at = EXCLUDED.seen_at
"""


def remember(engine: Engine) -> Callable[[Actor, Mapping[str, Any]], None]:
    """Give what keeps the name and contact of everyone who signs in, from verified claims."""

    def on_sign_in(actor: Actor, claims: Mapping[str, Any]) -> None:
        email = claims.get("email")
        with engine.begin() as connection:
            connection.exec_driver_sql(
                _REMEMBER,
                {
                    "person": actor.person,
                    "name": actor.name or "",
                    "email": email if isinstance(email, str) else None,
                    "roles": sorted(actor.roles),
                    "regions": sorted(actor.regions),
                    "units": sorted(actor.units),
                    "home_region": actor.home_region,
                },
            )

    return on_sign_in


def names(engine: Engine, persons: set[str]) -> dict[str, str]:
    """Give the names known of these people: one query, none for nobody."""
    if not persons:
        return {}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT person::text, name FROM person WHERE person = ANY(%s::uuid[])", (sorted(persons),)
        )
        return {row[0]: row[1] for row in rows}
