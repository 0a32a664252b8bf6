"""The event log, the checkpoints of the consumers, the people, and the first schema of the lists."""

from alembic import op

from services.submission.read_models import LISTS
from shared.log_tables import consumer_ddl, log_ddl
from shared.migrations import app_role

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables. Later shapes of the lists come by rebuilding, never by a migration."""
    role = app_role()
    for statement in (*log_ddl(role), *consumer_ddl(role)):
        op.execute(statement)
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    connection = op.get_bind()
    LISTS.create(connection, app_role=role)
    # SQLAlchemy keeps the schema on the connection; Alembic's own table stands in the default one.
    connection.execution_options(schema_translate_map=None)
