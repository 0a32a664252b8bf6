"""How a service's tables come up to date: Alembic under the owner's role, one environment for all services."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


def migrate(owner_url: str, app_url: str, versions: Path) -> None:
    """Bring a service's database to the newest revision.

    Takes the owner's URL, the application's (its role is granted what it needs) and the folder with the service's
    revisions. A revision finds the application's role with `app_role()`.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes["app_role"] = make_url(app_url).username
    engine = create_engine(owner_url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def app_role() -> str:
    """Give, inside a revision, the role that the application connects as."""
    from alembic import context

    role = context.config.attributes["app_role"]
    assert isinstance(role, str)
    return role
