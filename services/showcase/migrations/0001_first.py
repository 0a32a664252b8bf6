"""The consumer's checkpoints, the row that names the active read model, and the first schema of it."""

from alembic import op

from services.showcase.projections import FIRST_SCHEMA, showcase
from shared.log_tables import consumer_ddl
from shared.migrations import app_role

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_READ_MODEL = """
CREATE TABLE read_model (
    name text PRIMARY KEY,
    active text NOT NULL,
    switched_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def upgrade() -> None:
    """Make the tables. Later shapes of the read model come by rebuilding, never by a migration."""
    for statement in consumer_ddl(app_role()):
        op.execute(statement)
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(_READ_MODEL)
    op.execute(f"INSERT INTO read_model (name, active) VALUES ('{showcase.name}', '{FIRST_SCHEMA}')")
    op.execute(f'GRANT SELECT ON read_model TO "{app_role()}"')
    connection = op.get_bind()
    showcase.create(connection, app_role=app_role())
    # SQLAlchemy keeps the schema on the connection; Alembic's own table stands in the default one.
    connection.execution_options(schema_translate_map=None)
