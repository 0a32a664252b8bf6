"""The event log, the checkpoints of the consumers, and the people."""

from alembic import op

from shared.log_tables import consumer_ddl, log_ddl
from shared.migrations import app_role

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    role = app_role()
    for statement in (*log_ddl(role), *consumer_ddl(role)):
        op.execute(statement)
