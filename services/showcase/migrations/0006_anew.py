"""The read model of the first release had other columns: it is made anew in its place and filled from the logs.

A rebuild beside it would need the pages to read both shapes meanwhile. An installation that begins with this release
has nothing to make anew.
"""

from alembic import op

from services.showcase.projections import showcase
from shared.migrations import app_role
from shared.projection import TablesChanged

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget how far the old tables had come, so that the new ones begin at the first event."""
    connection = op.get_bind()
    found = connection.exec_driver_sql("SELECT active FROM read_model WHERE name = %s", (showcase.name,))
    active = showcase.into(str(found.scalar_one()))
    try:
        with connection.begin_nested():
            active.create(connection, app_role=app_role())
    except TablesChanged:
        active.drop(connection)
        active.create(connection, app_role=app_role())
        for table in ("checkpoint", "parked"):
            op.execute(f"DELETE FROM {table} WHERE consumer = '{showcase.name}'")
    # SQLAlchemy keeps the schema on the connection; Alembic's own table stands in the default one.
    connection.execution_options(schema_translate_map=None)
